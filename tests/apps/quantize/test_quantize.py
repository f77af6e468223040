# SPDX-License-Identifier: Apache-2.0
"""ansatz-quantize from outside.
usage: test_quantize.py QUANTIZE MPIEXEC
Truth: numpy quantizes the same numbers; h5py writes and reads the files.  Exit 77: h5py is missing."""
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

QUANTIZE, MPIEXEC = sys.argv[1:3]


def run(*words, ranks=1, code=0, phrase=""):
    launcher = [MPIEXEC, "-q", "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run([*launcher, QUANTIZE, *map(str, words)], capture_output=True, text=True, timeout=100)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    assert phrase in done.stdout + done.stderr, (words, phrase, done.stdout, done.stderr)
    return done.stdout


def results(path):
    with open(path) as f:
        return {r["method"]: r for r in json.load(f)["results"]}


def relative(x, y):
    return np.sqrt(((x - y) ** 2).sum() / (x ** 2).sum())


def built_in_network():
    out = run("--repeats", 1, "--seconds", 0, "--json", "all.json", "--output", "all.h5", "--png", "all.png")
    assert os.path.getsize("all.png") > 5000
    rows = results("all.json")
    assert len(rows) > 30 and all(r in out for r in rows)
    assert all(r["max_error"] <= r["error_bound"] * 1.0000001 for r in rows.values())
    # orders that theory gives: bits, granularity, better clips, the best codebook
    rms = {name: r["rms_error"] for name, r in rows.items()}
    assert rms["bf16"] < rms["fp8-e4m3"] < rms["fp8-e5m2"]
    assert rms["dfp"] < rms["uniform:b=8,channel"] < rms["uniform:b=8"]
    assert rms["codebook:b=4,channel"] < rms["power:b=4,channel"] <= rms["uniform:b=4,channel,calib=mse"] < rms["uniform:b=4,channel"]
    assert rows["lmul"]["rms_error"] < 1e-7 < 0.02 < rows["lmul"]["product_error"] < 0.04
    with h5py.File("all.h5") as f:
        t = {name: f["table"][name][:] for name in f["table"]}
        assert f["meta"].attrs["content"].decode() == "arrays"
    assert [m.decode() for m in t["method"]] == list(rows)
    assert np.array_equal(t["rms_error"], [r["rms_error"] for r in rows.values()])
    run("--output", "all.h5", "--methods", "bf16", code=4)


def figures():
    rng = np.random.default_rng(3)
    w = rng.standard_normal((16, 100)).astype("f4")
    p = np.sin(np.arange(4 * 5 * 6).reshape(1, 4, 5, 6))
    with h5py.File("in.h5", "w") as f:
        f["w"], f["deep/p"], f["grid/x"], f["n"], f["b"] = w, p, np.arange(9.0), np.arange(9), np.ones(3)
    run("in.h5:w", "--methods", "uniform:b=8,channel bf16 fixed:W=8,I=4,Q=RND,O=SAT", "--json", "w.json", "--repeats", 2)
    rows = results("w.json")
    s = (np.abs(w).max(1, keepdims=True) / np.float32(127)).astype("f4")
    y = np.clip(np.rint(w / s), -127, 127) * s
    r = rows["uniform:b=8,channel"]
    assert abs(r["rms_error"] / relative(w.astype("f8"), y.astype("f8")) - 1) < 1e-6
    assert r["bits_per_value"] == 8 + 32 * 16 / 1600 and r["bytes"] == 1600 + 4 * 16
    bits = w.view("u4")
    y = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 << 16).astype("u4").view("f4")
    assert abs(rows["bf16"]["rms_error"] / relative(w.astype("f8"), y.astype("f8")) - 1) < 1e-6
    y = np.clip(np.floor(w * 16.0 + 0.5), -128, 127) / 16
    assert abs(rows["fixed:W=8,I=4,Q=RND,O=SAT"]["rms_error"] / relative(w.astype("f8"), y) - 1) < 1e-6
    assert "residual_error" not in r

    out = run("in.h5:/deep/p", "--methods", "dfp:s=4", "--json", "p.json")
    r = results("p.json")["dfp:s=4"]
    y = np.clip(np.rint(p[0].astype("f4") * 2.0 ** 11), -2047, 2047) / 2.0 ** 11  # Emax = -1, E = -1 - 14 + 4
    e, x = p[0] - y, p[0]

    def apply(v):
        u = np.pad(v, 1)
        c = u[1:-1, 1:-1, 1:-1]
        return 6 * c - u[2:, 1:-1, 1:-1] - u[:-2, 1:-1, 1:-1] - u[1:-1, 2:, 1:-1] - u[1:-1, :-2, 1:-1] - u[1:-1, 1:-1, 2:] - u[1:-1, 1:-1, :-2]

    assert abs(r["residual_error"] / np.sqrt((apply(e) ** 2).sum() / (apply(x) ** 2).sum()) - 1) < 1e-5
    assert abs(r["energy_error"] / np.sqrt((e * apply(e)).sum() / (x * apply(x)).sum()) - 1) < 1e-5
    assert "energy_error" in out
    run("in.h5", "--methods", "bf16", phrase="2 tensors, 1720 values")


def stored():
    rng = np.random.default_rng(4)
    w = rng.standard_normal((8, 50)).astype("f4")
    with h5py.File("store_in.h5", "w") as f:
        f["w"] = w
    methods = ["uniform:b=4,channel", "bfp:w=16,B=32", "ternary", "codebook:b=3", "lmul:k=3"]
    run("store_in.h5:w", "--methods", " ".join(methods), "--store", "store.h5", "--json", "s.json", "--repeats", 1, "--seconds", 0)
    rows = results("s.json")
    with h5py.File("store.h5") as f:
        g = f["stored/uniform:b=4,channel/w"]
        bits = np.unpackbits(g["codes"][:], bitorder="little").reshape(-1, 4)
        codes = (bits * [1, 2, 4, 8]).sum(1) + g.attrs["lowest_code"]
        s = g["scales"][:][:, None]
        assert np.array_equal(codes.reshape(8, 50), np.clip(np.rint(w / s), -7, 7))
        assert rows["uniform:b=4,channel"]["stored_bits"] == 8 * (200 + 8 * 4 + 2 * 4) / 400  # checksums of two datasets
        for m in methods:
            size = sum(d.id.get_storage_size() for d in f["stored"][m]["w"].values())
            assert rows[m]["stored_bits"] == 8 * size / 400
            assert size - 4 * len(f["stored"][m]["w"]) <= np.ceil(rows[m]["bits_per_value"] * 400 / 8) + 4, m
    run("store_in.h5:w", "--methods", "bf16", "--store", "store.h5", code=4)


def fields_within_bounds():
    z, y, x = np.mgrid[0:24, 0:20, 0:22] / 24.0
    p = np.sin(6 * x) * np.cos(4 * y) + z * z
    with h5py.File("field.h5", "w") as f:
        f["p"] = p
    zfp = "zfp:abs=1e-3" if "not in this build" not in run("--list") else ""
    run("field.h5:p", "--methods", "ebq:abs=1e-3 ebq:rel=1e-4,pred=lorenzo bf16 " + zfp, "--json", "b.json", "--repeats", 1, "--seconds", 0)
    rows = results("b.json")
    r = rows["ebq:abs=1e-3"]
    assert 0.5e-3 < r["max_error"] * np.abs(p).max() <= 1e-3 + 1e-6 and r["bits_per_value"] < 4
    assert rows["ebq:rel=1e-4,pred=lorenzo"]["max_error"] * np.abs(p).max() <= 1e-4 * (p.max() - p.min()) + 1e-6
    if zfp:
        assert rows[zfp]["max_error"] * np.abs(p).max() <= 1e-3 and rows[zfp]["bits_per_value"] > r["bits_per_value"]
    else:
        run("field.h5:p", "--methods", "zfp:abs=1e-3", code=2, phrase="libzfp-dev")
    run("field.h5:p", "--methods", "zfp", code=2, phrase="a bound is needed")
    run("field.h5:p", "--methods", "ebq:abs=-1", code=2, phrase="a number from")
    run("field.h5:p", "--methods", "ebq:pred=spline", code=2, phrase="pred")


def full_disk():
    os.mkdir("small")  # ulimit -f would stop Open MPI's own files first
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", "small"], capture_output=True).returncode != 0:
        print("full disk: skipped, no right to mount a small one")
        return
    try:
        for word in ("--output", "--store"):
            with open("small/kept.h5", "wb") as f:
                f.write(b"as it was")
            run("field.h5:p", "--methods", "f32", "--repeats", 1, "--seconds", 0, word, "small/kept.h5", "--overwrite", code=4, phrase="disk_full")
            with open("small/kept.h5", "rb") as f:
                assert f.read() == b"as it was" and os.listdir("small") == ["kept.h5"]
    finally:
        subprocess.run(["umount", "-l", "small"], check=True)


def classifier():
    model = os.path.join(os.path.dirname(QUANTIZE), "../../share/ansatz/models/fashion_mlp.h5")
    if not os.path.exists("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"):
        return
    run(model, "--methods", "f32 uniform:b=8,channel binary", "--network-images", 300, "--network-bits", 3, "--repeats", 1, "--seconds", 0,
        "--json", "net.json", phrase="whole network")
    rows = results("net.json")
    assert rows["f32"]["agreement"] == 1 and rows["uniform:b=8,channel"]["agreement"] > 0.98 > rows["binary"]["agreement"]
    assert 0.8 < rows["f32"]["accuracy"] < 1
    assert rows["uniform-descent"]["logit_error"] < rows["uniform"]["logit_error"] < 1
    assert 3 < rows["power-learned"]["bits_per_value"] < 3.1


def foolish():
    run("in.h5", "--methods", "unifrom", code=2, phrase='did you mean "uniform"')
    run("in.h5", "--methods", "uniform:b=99", code=2, phrase="from 1 to 16")
    run("in.h5", "--methods", " ", code=2, phrase="--methods is empty")
    run("absent.h5", code=4)
    run("in.h5:nothing", code=4)
    run("in.h5:n", code=4, phrase="floating-point")
    run("--bogus", code=2)
    run("--methods", "f32", "--png", "none.png", "--repeats", 1, "--seconds", 0, code=2, phrase="no error to draw")
    with open("text.h5", "w") as f:
        f.write("no file of ours")
    run("text.h5", code=4)
    with h5py.File("bad.h5", "w") as f:
        f["x"] = np.array([[1.0, np.nan]])
    run("bad.h5", code=2, phrase="value 1 is nan")
    with h5py.File("whole.h5", "w") as f:
        f["n"] = np.arange(3)
    run("whole.h5", code=2, phrase="no dataset")
    run("in.h5", ranks=2, code=2, phrase="without mpirun")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    built_in_network()
    figures()
    stored()
    fields_within_bounds()
    full_disk()
    classifier()
    foolish()
