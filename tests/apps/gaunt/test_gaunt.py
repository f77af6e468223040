# SPDX-License-Identifier: Apache-2.0
"""ansatz-gaunt from outside.
usage: test_gaunt.py GAUNT MPIEXEC
Truth: h5py reads and writes the files; products are multiplied point by point with the harmonics of docs/gaunt.md.  Exit 77: h5py is missing."""
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

GAUNT, MPIEXEC = sys.argv[1:3]


def run(*words, ranks=1, code=0, phrase=""):
    launcher = [MPIEXEC, "-q", "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run([*launcher, GAUNT, *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    assert phrase in done.stdout + done.stderr, (words, phrase, done.stdout, done.stderr)
    return done.stdout


def table():
    out = run("--degrees", "2,5", "--repeats", 2, "--seconds", "0.001", "--output", "t.h5", "--png", "t.png", "--json", "t.json")
    assert os.path.getsize("t.png") > 5000
    with open("t.json") as f:
        results = json.load(f)["results"]
    with h5py.File("t.h5") as f:
        assert f["meta"].attrs["content"].decode() == "arrays"
        t = {name: f["table"][name][:] for name in f["table"]}
        units = f["table/product"].attrs["units"].decode()
    assert units == "s" and len(t["degree"]) == len(results) == 10 and set(t["degree"]) == {2, 5}
    assert (t["output_degree"] == 2 * t["degree"]).all() and (t["error"] < 2e-6).all() and (t["error"] > 0).all()
    for i, r in enumerate(results):
        assert t["method"][i].decode() == r["method"]
        assert 0 < t["product_least"][i] <= t["product_q1"][i] <= t["product"][i] <= t["product_q3"][i]
        assert t["product"][i] == r["product_seconds"]["median"] and t["gradient"][i] == r["gradient_seconds"]["median"]
        assert f"{r['error']:.1e}" in out
    assert (t["streamed_product"] == 0).all()
    run("--degrees", "1", "--methods", "direct", "--full", "--repeats", 1, "--seconds", "0.001", "--output", "full.h5")
    with h5py.File("full.h5") as f:
        assert (f["table/streamed_product"][:] > 0).all() and (f["table/streamed_gradient"][:] > 0).all()
    run("--degrees", "3", "--type", "f64", "--truncated", "--repeats", 1, "--seconds", "0", "--threads", 2, "--json", "d.json")
    with open("d.json") as f:
        assert all(r["error"] < 1e-14 and r["output_degree"] == 3 for r in json.load(f)["results"])


def harmonics(n):
    x, y, z = n.T
    s = np.sqrt(1 / np.pi)
    return np.stack([s / 2 + 0 * x, *(s * np.sqrt(3) / 2 * c for c in (x, y, z)), s * np.sqrt(15) / 2 * x * z, s * np.sqrt(15) / 2 * x * y,
                     s * np.sqrt(5) / 4 * (3 * y * y - 1), s * np.sqrt(15) / 2 * y * z, s * np.sqrt(15) / 4 * (z * z - x * x)], 1)


def product():
    rng = np.random.default_rng(1)
    n = rng.standard_normal((20, 3))
    n /= np.linalg.norm(n, axis=1)[:, None]
    Y = harmonics(n)
    C, rows = 3, 41
    x, y = rng.standard_normal((rows, 4 * C)), rng.standard_normal((rows, 4))
    with h5py.File("in.h5", "w") as f:
        f["x"], f["deep/y"], f["one"], f["x32"], f["y32"] = x, y, y[0], x.astype("f4"), y.astype("f4")
        f["bad"] = np.arange(4)
    names = ("--irreps1", f"{C}x0e+{C}x1o", "--irreps2", "0e+1o", "--irreps3", f"{C}x0e+{C}x1o+{C}x2e")
    task = ("--task", "product", "--x", "in.h5:x", *names, "--overwrite")

    def judge(path, second, tolerance):
        with h5py.File(path) as f:
            z = f["arrays/z"]
            assert z.attrs["irreps"].decode() == names[5] and z.attrs["layout"].decode() == "mul_ir"
            assert z.attrs["convention"].decode() == "y-polar,noCS,integral,l2+l+m"
            z = z[:].astype("f8")
        for u in range(C):
            signal = lambda a, L: np.concatenate([a[:, C * l * l + u * (2 * l + 1):C * l * l + (u + 1) * (2 * l + 1)] for l in range(L + 1)], 1)
            wanted = (signal(x, 1) @ Y[:, :4].T) * (second @ Y[:, :4].T)
            assert np.abs(signal(z, 2) @ Y.T - wanted).max() < tolerance
        return z

    run(*task, "--y", "in.h5:deep/y", "--output", "z1.h5", "--method", "direct")
    z1 = judge("z1.h5", y, 1e-13)
    run(*task, "--y", "in.h5:deep/y", "--output", "z2.h5", "--method", "direct", ranks=2)
    assert np.array_equal(judge("z2.h5", y, 1e-13), z1), "ranks"
    run(*task, "--y", "in.h5:/deep/y", "--output", "z3.h5", "--method", "direct", "--threads", 3, "--verify")
    assert np.array_equal(judge("z3.h5", y, 1e-13), z1), "threads"
    run(*task, "--y", "in.h5:one", "--output", "z4.h5")
    judge("z4.h5", y[:1], 1e-13)
    # Choices of methods: nothing is written unless asked for; once written, they are read and left alone.
    assert not os.path.exists("w.h5")
    run(*task, "--y", "in.h5:one", "--output", "z4.h5", "--wisdom", "w.h5")
    before = os.stat("w.h5").st_mtime_ns
    with h5py.File("w.h5") as f:
        assert f["gaunt"].attrs["format_version"] == 1
        keys = [k for processor in f["gaunt/wisdom"].values() for k in processor]
        assert any(k.startswith("product_even_1_1_2_f64_") for k in keys), keys
    run(*task, "--y", "in.h5:one", "--output", "z4.h5", "--wisdom", "w.h5", ranks=2)
    assert os.stat("w.h5").st_mtime_ns == before
    # Single precision stays single.
    run("--task", "product", "--x", "in.h5:x32", "--y", "in.h5:y32", *names, "--output", "z5.h5")
    judge("z5.h5", y, 3e-5)
    with h5py.File("z5.h5") as f:
        assert f["arrays/z"].dtype == np.float32
    foolish(names, task)


def foolish(names, task):
    y = ("--y", "in.h5:deep/y")
    run("--task", "product", *names, code=2, phrase="--x")
    run("--task", "product", "--x", "in.h5:x", *names, code=2, phrase="--y")
    run("--task", "product", "--x", "in.h5", *y, *names, code=2, phrase="FILE:DATASET")
    run("--task", "product", "--x", "none.h5:x", *y, *names, code=4, phrase="none.h5")
    run("--task", "product", "--x", "in.h5:none", *y, *names, code=4, phrase="none")
    run("--task", "product", "--x", "in.h5:bad", *y, *names, code=4, phrase="floating-point")
    run("--task", "product", "--x", "in.h5:deep/y", *y, *names, code=2, phrase="columns")
    run(*task, "--y", "in.h5:y32", "--output", "no/folder.h5", code=4, phrase="no/folder.h5")
    run(*task[:-1], *y, "--output", "z1.h5", code=4, phrase="exists")
    run(*task, *y, "--threads", 0, code=2, phrase="threads")
    run(*task, *y, "--wisdom", "z1.h5", code=4, phrase="wisdom")
    run("--task", "multiply", code=2, phrase="product")
    run("--degrees", "2", ranks=2, code=2, phrase="mpirun")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    table()
    product()
print("ok")
