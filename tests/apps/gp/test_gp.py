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


def observations():
    """Unknown coefficients with error bars, in the summary and in the file; a checkpoint inside the outer loop gives the identical history."""
    out = run("--problem", "I1", "--output", "i1.h5", "--json", "i1.json", "--checkpoint-every", "1e-9", phrases=["k2 = 6", "+-", "chebyshev"])
    whole = json.load(open("i1.json"))["results"][0]
    estimate = whole["coefficients"][0]
    assert abs(estimate["value"] - 80.3**2) < 3 * estimate["sd"] and 6 < estimate["sd"] < 10, estimate
    assert whole["warnings"] == [] and "warning" not in out, whole
    with h5py.File("i1.h5") as f:
        assert np.array_equal(f["tables/estimates/k2"][:], [estimate["value"], estimate["sd"]])
        assert f["tables/outer_round_1/coefficient_1"][0] == 6000 and "warnings" not in f["solver"].attrs
        assert f["tables/lines_x/frequency"][0] == 0
    run("--restart", "i1_checkpoint_prev.h5", "--output", "again.h5", "--json", "again.json", phrases=["going on"])
    again = json.load(open("again.json"))["results"][0]
    for key in ("log_evidence_history", "coefficients", "log_evidence", "error"):
        assert again[key] == whole[key], (key, again[key], whole[key])
    with h5py.File("i1.h5") as f, h5py.File("again.h5") as g:
        for name in ("fields/solution", "fields/variance", "tables/outer_round_1/x_line_1_frequency"):
            assert np.array_equal(f[name][:], g[name][:]), name
    open("stop", "w").close()
    run("--problem", "I1", "--output", "stopped.h5", code=5, phrases=["stopped_file after 0 rounds"])
    os.remove("stop")
    assert not os.path.exists("stopped.h5")
    run("--restart", "stopped_checkpoint.h5", "--output", "stopped.h5", "--json", "again.json")
    assert json.load(open("again.json"))["results"][0]["log_evidence_history"] == whole["log_evidence_history"]
    run("--restart", "i1_checkpoint.h5", "--set", "data.noise=0.02", "--output", "other.h5", code=2, phrases=["another problem"])


def files_of_observations():
    """Points from a text file, from HDF5 and from the case; samples; what must not be believed says so on screen and in the file."""
    random = np.random.default_rng(3)
    x = np.sort(random.uniform(0, 1, 40))
    y = 2 + np.sin(3 * x) + 0.05 * random.normal(size=40)
    with h5py.File("points.h5", "w") as f:
        f["table"] = np.column_stack([x, y])
    own = ["--problem", "custom", "--grid", "21", "--set", "problem.faces=[]", "--set", 'problem.terms=["u: 1"]', "--set", "gp.collocation=none",
           "--set", "gp.optimise=no", "--set", "data.noise=0.05", "--set", "gp.samples=2"]
    fields = {}
    inline = "data.points=[" + ",".join(f"{a!r},{b!r}" for a, b in zip(x.tolist(), y.tolist())) + "]"
    np.savetxt("points.txt", np.column_stack([x, y]), header="x value", delimiter=", ", fmt="%.17g")
    for name, source in (("text", "data.file=points.txt"), ("hdf5", "data.file=points.h5:table"), ("inline", inline)):
        run(*own, "--set", source, "--output", f"{name}.h5", "--json", f"{name}.json")
        with h5py.File(f"{name}.h5") as f:
            fields[name] = [f[k][:].ravel() for k in ("grid/x", "fields/solution", "fields/variance", "fields/sample_1", "fields/sample_2")]
            line = {k: f["tables/lines_x/" + k][:] for k in ("weight", "rate", "frequency")}
    for name in ("hdf5", "inline"):
        assert all(np.array_equal(a, b) for a, b in zip(fields["text"], fields[name])), name
    assert not np.array_equal(fields["text"][3], fields["text"][4])
    against_sklearn(x, y, fields["text"], line, json.load(open("text.json"))["results"][0]["log_evidence"])
    done = subprocess.run([GP, *own, "--set", "data.file=points.txt", "--set", "data.noise=0.001", "--output", "noise.h5"], capture_output=True, text=True)
    assert "times their stated noise" in done.stderr, done.stderr
    with h5py.File("noise.h5") as f:
        warnings = f["solver"].attrs["warnings"]
    assert "times their stated noise" in (warnings.decode() if isinstance(warnings, bytes) else warnings)


def against_sklearn(x, y, fields, line, log_evidence):
    """Mean, variance and log marginal likelihood of the same kernel."""
    try:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel
    except ImportError:
        print("python3-sklearn is not installed: the comparison with it is left out")
        return
    kernel = ConstantKernel(line["weight"][0]) * RBF(1 / np.sqrt(2 * line["rate"][0]))
    model = GaussianProcessRegressor(kernel, alpha=0.05**2, optimizer=None).fit(x[:, None], y)
    mean, sd = model.predict(fields[0][:, None], return_std=True)
    assert np.abs(mean - fields[1]).max() < 1e-6, np.abs(mean - fields[1]).max()
    assert np.abs(sd**2 - fields[2]).max() < 1e-6, np.abs(sd**2 - fields[2]).max()
    assert abs(model.log_marginal_likelihood_value_ - log_evidence) < 1e-6 * abs(log_evidence), (model.log_marginal_likelihood_value_, log_evidence)


def published():
    run("--problem", "P1", "--grid", "100", "--method", "reference", "--set", "published.steps=3", "--json", "r.json", code=3, phrases=["max_iterations"])
    assert json.load(open("r.json"))["results"][0]["iterations"] == 3


def space():
    """Three dimensions: the field, its variance and error in the file, also from two ranks; other representations and rows."""
    run("--problem", "C1", "--grid", "36,34,32", "--output", "c1.h5", "--json", "c1.json", phrases=["36x34x32", "chebyshev", "z: "])
    with h5py.File("c1.h5") as f:
        z, y, x = (f["grid/" + axis][:] for axis in "zyx")
        u = f["fields/solution"][0]
        exact = np.sin(30 * z)[:, None, None] * np.sin(40 * y)[None, :, None] * np.sin(50 * x)[None, None, :]
        assert u.shape == (32, 34, 36) and np.linalg.norm(u - exact) < 1e-6 * np.linalg.norm(exact)
        assert np.all(f["fields/variance"][:] >= 0)
        assert "gp_chebyshev" in f["runs"]
    case = {"problem": {"name": "custom", "box": [0, 1, 0, 2, 0, 1], "terms": ["xx: 2", "yy: 1", "zz: 1+x", "u: -1"], "source": "-x*y*z", "boundary": "x*y*z",
                        "exact": "x*y*z"}, "grid": [48]}
    with open("space.json", "w") as f:
        json.dump(case, f)
    run("--config", "space.json", "--json", "space_out.json")
    assert json.load(open("space_out.json"))["results"][0]["error"] < 1e-9
    run("--problem", "C1", "--grid", "40", "--representation", "kernel", "--json", "c1k.json")
    assert json.load(open("c1k.json"))["results"][0]["error"] < 1e-7
    run("--problem", "C1", "--method", "reference", code=2, phrases=["one or two dimensions"])
    run("--problem", "C1", "--dry-run", phrases=["MiB a rank"])


def other_rows():
    """Finite differences on request, the kernel representation, both stages of the published method; a line is drawn."""
    run("--problem", "P2", "--compare", "fd", "--output", "p2.h5", "--json", "p2.json")
    rows = {row["solver"]: row for row in json.load(open("p2.json"))["results"]}
    assert rows["direct"]["error"] < 1e-9 < 1e-5 < rows["fd"]["error"] < 1e-2, rows
    with h5py.File("p2.h5") as f:
        assert sorted(f["runs"]) == ["gp_chebyshev", "gp_fd"], sorted(f["runs"])
    for more in (["--set", "gp.kernel=matern52"], ["--output", "k.h5"]):
        run("--problem", "P2", "--representation", "kernel", "--json", "k.json", *more)
        assert json.load(open("k.json"))["results"][0]["error"] < 1e-6
    with h5py.File("k.h5") as f:
        assert np.all(f["fields/variance"][:] >= 0) and "tables/lines_x" in f
    run("--problem", "A4", "--grid", "30", "--set", "gp.collocation=latin_hypercube", "--json", "s.json")
    assert json.load(open("s.json"))["results"][0]["error"] < 1e-6
    run("--problem", "I1", "--representation", "kernel", code=2, phrases=["need --representation features"])
    run("--problem", "P2", "--grid", "50", "--method", "reference", "--set", "published.steps=40", "--set", "published.second_stage=0.5", "--set",
        "published.oracle=true", "--json", "two.json", code=3, phrases=["ORACLE", "min_checkpoint"])
    own, oracle = json.load(open("two.json"))["results"][:2]
    assert own["iterations"] == 40 and oracle["solver"] == "ORACLE" and oracle["error"] <= own["error"] * 1.01, (own, oracle)
    shown = subprocess.run([INSPECT, "p2.h5", "--png", "p2"], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    if os.path.exists("p2/convergence.png") or os.path.isdir("p2"):
        for field in ("solution", "variance", "error"):
            with open(f"p2/field_{field}.png", "rb") as f:
                assert f.read(4) == b"\x89PNG", field


def foolish():
    run("--problem", "P9", code=2, phrases=["P1"])
    run("--problem", "P1", "--grid", "10,10", code=2, phrases=["one dimension"])
    run("--problem", "P1", "--set", "problem.source=1", code=2, phrases=["custom"])
    custom = ["--problem", "custom"]
    run(*custom, "--set", "problem.source=sin(", code=2, phrases=["problem.source"])
    run(*custom, "--set", "problem.source=z", code=2, phrases=["is not known"])
    run(*custom, "--set", "problem.source=1/0", code=2)
    run(*custom, "--set", "problem.box=[1,0]", code=2, phrases=["upper end"])
    run(*custom, "--set", "problem.faces=[]", phrases=["no boundary values and no observations"])
    run(*custom, "--set", "problem.unknowns=[\"b\"]", code=2, phrases=["START, LOW, HIGH"])
    run(*custom, "--set", "data.points=[1,2,3]", code=2, phrases=["needs two: x, value"])
    run(*custom, "--set", "data.points=[7,2]", code=2, phrases=["outside the box"])
    run(*custom, "--set", "data.file=none.txt", code=4, phrases=["none.txt"])
    run("--problem", "I1", "--set", "data.points=[1,2]", code=2, phrases=["one of data.file"])
    run(*custom, "--grid", "3", code=2, phrases=["grid"])
    run("--task", "table", "--output", "t.h5", code=2, phrases=["--json"])
    run("--problem", "P1", "--output", "none/p1.h5", code=4, phrases=["folder cannot be written"])
    run("--problem", "P1", "--output", "p3.h5", code=4, phrases=["--overwrite"])
    os.mkfifo("pipe")
    run("--problem", "P1", "--output", "pipe", "--overwrite", code=4, phrases=["no regular file"])
    run("--problem", "P1", "--json", "pipe", code=4, phrases=["no regular file"])
    assert not os.path.isfile("pipe")
    run(*custom, "--set", "problem.box=[1e16,1.0000000000000002e16]", code=2, phrases=["too narrow"])
    run(*custom, "--set", "problem.unknowns=[\"x: 1, 0, 3\"]", "--set", "problem.terms=[\"xx: x\"]", code=2, phrases=["another name"])
    run("--problem", "P1", "--checkpoint-every", "5", "--output", "q.h5", code=2, phrases=["only the outer loop"])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for part in (results, statements, observations, files_of_observations, published, space, other_rows, foolish):
        part()
        print(part.__name__)
