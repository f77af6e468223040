# SPDX-License-Identifier: Apache-2.0
"""Runs the README's sample commands with the apps of a build, in a folder of its own, and checks that what the README names is there: links, results; its tables are those of the results.
usage: test_readme.py SOURCE BUILD MPIEXEC"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE, BUILD, MPIEXEC = sys.argv[1:4]
with open(os.path.join(SOURCE, "README.md")) as file:
    readme = file.read()

for target in re.findall(r"\]\(([^)#]+)\)", readme):
    assert os.path.exists(os.path.join(SOURCE, target)), f"README links to {target}, which does not exist"

for name in re.findall(r"`([a-z0-9_]+\.json)`", readme):
    assert os.path.exists(os.path.join(SOURCE, "tests/benchmarks/results", name)), f"README names the results {name}, which do not exist"
for marked in ("README.md", "docs/compression.md"):
    subprocess.run([sys.executable, os.path.join(SOURCE, "tests/benchmarks/table.py"), "--check", os.path.join(SOURCE, marked)], check=True)

commands = [line for block in re.findall(r"```\n(.*?)```", readme, re.S) for line in block.splitlines() if line.startswith("apps/run ")]
commands = [c.split(" #")[0] for c in commands]
# Without arguments the script itself does more than start an app: tests/scripts/test_bootstrap.sh.
commands = [c for c in commands if len(c.split()) > 2]
assert len(commands) >= 4, commands
with tempfile.TemporaryDirectory() as folder:
    os.symlink(os.path.join(SOURCE, "data"), os.path.join(folder, "data"))
    for command in commands:
        words = shlex.split(command)[1:]
        launcher = []
        if words[0] == "-n":
            launcher, words = [MPIEXEC, "-q", "-n", words[1]], words[2:]
        app = os.path.join(BUILD, "apps", words[0], "ansatz-" + words[0])
        done = subprocess.run(launcher + [app, *words[1:]], cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
        print("ran:", command)
