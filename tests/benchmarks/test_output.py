# SPDX-License-Identifier: Apache-2.0
"""Runs a benchmark on tiny sizes and judges its JSON: every timing has ordered statistics, every solver that ran says what it reached.
usage: test_output.py PROGRAM ARGUMENTS..."""
import json
import subprocess
import sys

run = subprocess.run(sys.argv[1:] + ["--json", "-"], capture_output=True, text=True)
assert run.returncode == 0, run.stderr
summary = json.loads(run.stdout)
assert summary["exit"]["code"] == 0
assert summary["results"], "no results"
for name in ("app", "version", "commit", "compiler", "machine", "ranks", "threads", "config"):
    assert name in summary, name


def judge(tree, path):
    if isinstance(tree, dict) and "median" in tree:
        assert 0 <= tree["min"] <= tree["q1"] <= tree["median"] <= tree["q3"], (path, tree)
        assert tree["samples"] >= 1
    elif isinstance(tree, dict):
        for key, value in tree.items():
            judge(value, f"{path}.{key}")


timed = 0
for i, result in enumerate(summary["results"]):
    judge(result, f"results[{i}]")
    timed += any(isinstance(v, dict) and "median" in v for v in result.values())
assert timed > 0, "nothing was timed"
print(f"{len(summary['results'])} results, {timed} timed")
