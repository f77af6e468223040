# SPDX-License-Identifier: Apache-2.0
"""ansatz-gp from outside: result files against exact solutions by h5py and numpy, problems from case files, exit codes of foolish runs.
usage: test_gp.py GP INSPECT.  Exit 77: h5py is missing."""
import json
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

GP, INSPECT = map(os.path.abspath, sys.argv[1:3])


def run(*words, code=0, phrases=()):
    done = subprocess.run([GP, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    for phrase in phrases:
        assert phrase in done.stdout + done.stderr, (words, phrase, done.stdout, done.stderr)
    return done.stdout


def results():
    """Files and summaries: the solution is the exact one, rows of the reference are there."""
    run("--problem", "P3", "--output", "p3.h5", "--json", "p3.json", phrases=["chebyshev", "log evidence", "samples of source"])
    with h5py.File("p3.h5") as f:
        x = f["grid/x"][:]
        u = f["fields/solution"][0, 0, 0]
        assert np.linalg.norm(u - np.sin(6 * x) * np.cos(100 * x)) < 1e-9 * np.linalg.norm(u)
        assert np.all(f["fields/variance"][:] >= 0) and np.abs(f["fields/error"][:]).max() < 1e-8
        assert f["solver"].attrs["converged"]
    rows = json.load(open("p3.json"))["results"]
    assert [row["solver"] for row in rows] == ["direct", "chebyshev", "chebyshev*"], rows
    assert all(row["error"] < 1e-9 for row in rows), rows
    run("--problem", "A4", "--grid", "50,54", "--output", "a4.h5")
    with h5py.File("a4.h5") as f:
        x, y = f["grid/x"][:], f["grid/y"][:]
        s = lambda a: np.sin(2 * np.pi * a * x)[None, :] * np.cos(2 * np.pi * a * y)[:, None]
        u = f["fields/solution"][0, 0]
        assert u.shape == (54, 50)
        assert np.linalg.norm(u - s(20) - s(1)) < 1e-8 * np.linalg.norm(u)
    shown = subprocess.run([INSPECT, "a4.h5", "--png", "a4"], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert "solution" in shown.stdout, shown.stdout


def statements():
    """A problem stated in a case file is the built-in one; given frequencies are taken."""
    case = {"problem": {"name": "custom", "box": [0, 1], "terms": ["xx: 1", "u: -3"], "source": "-(1600+3)*sin(40*x) - 3*x", "boundary": "sin(40*x) + x",
                        "exact": "sin(40*x) + x"}, "grid": [100]}
    with open("case.json", "w") as f:
        json.dump(case, f)
    run("--config", "case.json", "--json", "own.json")
    assert json.load(open("own.json"))["results"][0]["error"] < 1e-10
    run("--config", "case.json", "--set", "gp.frequencies_x=[40]", "--json", "own.json", phrases=["lines at 0 40 (given)"])
    assert json.load(open("own.json"))["results"][0]["error"] < 1e-10
    run("--config", "case.json", "--set", "gp.frequencies_x=[5]", code=3, phrases=["stagnated"])
    run("--config", "case.json", "--dry-run", phrases=["unknowns"])


def published():
    run("--problem", "P1", "--grid", "100", "--method", "reference", "--set", "published.steps=3", "--json", "r.json", code=3, phrases=["max_iterations"])
    assert json.load(open("r.json"))["results"][0]["iterations"] == 3


def foolish():
    run("--problem", "P9", code=2, phrases=["P1"])
    run("--problem", "P1", "--grid", "10,10", code=2, phrases=["one dimension"])
    run("--problem", "P1", "--set", "problem.source=1", code=2, phrases=["custom"])
    custom = ["--problem", "custom"]
    run(*custom, "--set", "problem.source=sin(", code=2, phrases=["problem.source"])
    run(*custom, "--set", "problem.source=z", code=2, phrases=["is not known"])
    run(*custom, "--set", "problem.source=1/0", code=2)
    run(*custom, "--set", "problem.box=[1,0]", code=2, phrases=["upper end"])
    run(*custom, "--set", "problem.faces=[]", code=2, phrases=["no face has data"])
    run(*custom, "--grid", "3", code=2, phrases=["grid"])
    run("--task", "table", "--output", "t.h5", code=2, phrases=["--json"])
    run("--problem", "P1", "--output", "none/p1.h5", code=4, phrases=["no folder"])
    run("--problem", "P1", "--output", "p3.h5", code=4, phrases=["--overwrite"])
    run("--problem", "P1", "--checkpoint-every", "5", "--output", "q.h5", code=2, phrases=["no checkpoints"])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for part in (results, statements, published, foolish):
        part()
        print(part.__name__)
