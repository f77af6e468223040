# SPDX-License-Identifier: Apache-2.0
"""ansatz-train from outside: a training that is cut or shared out gives the same bits, its model serves ansatz-poisson, foolish input is refused; so for a classifier.
usage: test_train.py TRAIN INSPECT POISSON MPIEXEC"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    print("skipped: python3-h5py is missing")
    sys.exit(77)

TRAIN, INSPECT, POISSON, MPIEXEC = sys.argv[1:5]
SMALL = ["--sizes", "8", "--steps", "6", "--geometries", "4", "--validate-every", "2", "--set", "validation.problems=3", "--seed", "3"]


def run(arguments, code=0, phrase="", ranks=1):
    launcher = [MPIEXEC, "-q", "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run(launcher + arguments, capture_output=True, text=True, timeout=150)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    assert phrase in done.stdout + done.stderr, (arguments, phrase, done.stdout, done.stderr)
    return done.stdout


def model(path):
    with h5py.File(path) as f:
        group = f["model"]
        values = {name: group["arrays"][name][:] for name in group["arrays"]}
        values.update({name: group[name][:] for name in ("loss_history", "validation_steps", "validation_history")})
        assert group.attrs["name"] == b"from64"
        return values


def same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].tobytes() == b[name].tobytes(), name


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)

    run([TRAIN] + SMALL + ["--output", "whole.h5", "--json", "whole.json"])
    whole = model("whole.h5")
    result = json.load(open("whole.json"))["results"][0]
    assert len(whole["loss_history"]) == 6 and list(whole["validation_steps"]) == [0, 2, 4, 6]
    assert all(np.isfinite(v).all() for v in whole.values())
    assert whole["input.weight"].dtype == np.float32 and whole["input.weight"].shape == (16, 1, 3, 3, 3)
    assert result["worth_best"] == whole["validation_history"].min() <= result["worth_initial"] == whole["validation_history"][0]

    # Cut after its first step, twice.
    os.mkdir("cut")
    open("cut/stop", "w").close()
    run([TRAIN] + SMALL + ["--output", "cut/cut.h5"], 5, "stopped_file after 1 steps")
    run([TRAIN, "--restart", "cut/cut_checkpoint.h5"], 5, "stopped_file after 2 steps")
    os.remove("cut/stop")
    run([TRAIN, "--restart", "cut/cut_checkpoint.h5"], 0, "written: cut/cut.h5")
    same(whole, model("cut/cut.h5"))

    run([TRAIN] + SMALL + ["--output", "shared.h5"], ranks=2)
    same(whole, model("shared.h5"))

    run([POISSON, "--grid", "8", "--solver", "dcdm", "--direction", "published", "--weights", "whole.h5", "--rtol", "1e-3"], 0, "dcdm/published")
    run([INSPECT, "whole.h5", "--png", "pictures"], 0, "6 losses")
    assert os.path.getsize("pictures/training.png") > 4000

    # A classifier, whole and cut.
    if os.path.exists("/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"):
        digits = ["--model", "digits-mlp", "--epochs", "6", "--batch", "32", "--rate", "1e-2", "--seed", "3"]
        run([TRAIN] + digits + ["--output", "digits.h5", "--json", "digits.json"], 0, "accuracy on the test images")
        result = json.load(open("digits.json"))["results"][0]
        assert result["accuracy"] > 0.85 > result["accuracy_initial"], result
        assert result["steps"] == 6 * (1437 // 32)
        with h5py.File("digits.h5") as f:
            assert f["model"].attrs["name"] == b"digits-mlp"
            weight = f["model"]["arrays"]["hidden.weight"][:]
            wrong = f["model"]["validation_history"][:]
        assert weight.shape == (32, 64) and weight.dtype == np.float32 and np.isfinite(weight).all()
        assert len(wrong) == 7 and abs(1 - wrong[-1] - result["accuracy"]) < 1e-12
        open("cut/stop", "w").close()
        run([TRAIN] + digits + ["--output", "cut/digits.h5"], 5, "stopped_file after 1 steps")
        os.remove("cut/stop")
        run([TRAIN, "--restart", "cut/digits_checkpoint.h5"], 0, "written: cut/digits.h5")
        with h5py.File("cut/digits.h5") as f:
            assert f["model"]["arrays"]["hidden.weight"][:].tobytes() == weight.tobytes()
        run([TRAIN, "--model", "digits-mlp", "--batch", "6"], 2, "multiple of the 4 chunks")
    run([TRAIN, "--model", "fashion-cnn", "--images", "/nowhere"], 4, "dataset-fashion-mnist")
    run([TRAIN, "--sizes", "9"], 2, "even")
    run([TRAIN, "--geometries", "3", "--steps", "1"], 2, "power of two")
    run([TRAIN] + SMALL + ["--output", "whole.h5"], 4, "exists")
    run([TRAIN, "--restart", "cut/cut_checkpoint.h5", "--model", "from128", "--output", "other.h5"], 4, "layout")
    run([POISSON, "--grid", "8", "--solver", "dcdm", "--weights", "whole.h5"], 2, "--direction learned or published")
    run([POISSON, "--grid", "8", "--solver", "mgcg", "--direction", "none"], 2, "only dcdm")
    run([POISSON, "--grid", "8", "--solver", "dcdm", "--direction", "published", "--weights", "cut/cut_checkpoint.h5"], 4)
print("ok")
