# SPDX-License-Identifier: Apache-2.0
"""ansatz-smoke cut at every step of a short run, by USR1 or by the death of a rank, and continued on the same or another number of ranks.
usage: test_restart_matrix.py SMOKE MPIEXEC FAIL_NTH
Truth: the run that was not cut. On the same number of ranks the same bytes; otherwise the bound below."""
import glob
import os
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

SMOKE, MPIEXEC, FAIL_NTH = sys.argv[1:4]
STEPS = 6
CASE = ["--grid", "16,16,20", "--steps", str(STEPS), "--frames-every", "1", "--tolerance", "1e-10", "--progress", "none"]
# Ranks add in different orders, and each pressure solve ends somewhere below its tolerance of 1e-10: relative to the largest value of a field. Measured: 2.9e-14.
BOUND = 1e-10


def require(holds, *what):
    if not holds:
        raise AssertionError(what)


def run(ranks, *words, fault=None):
    launcher = [MPIEXEC, "-q", "-n", str(ranks)] if ranks > 1 else []
    environment = {**os.environ, **({"LD_PRELOAD": FAIL_NTH, **fault} if fault else {})}
    done = subprocess.run([*launcher, SMOKE, *words], capture_output=True, text=True, timeout=60, env=environment)
    return done.returncode, done.stdout + done.stderr


def content(path):
    """Fields of every frame and the history of a series, seconds apart."""
    with h5py.File(path) as f:
        fields = {(int(n), name): g["fields/" + name][:] for n, g in f["frames"].items() for name in g["fields"]}
        history = {name: d[:] for name, d in f["history"].items() if not name.endswith("_seconds")}
    return fields, history


def require_same(ours, theirs, exact, *what):
    for mine, other in zip(ours, theirs):
        require(mine.keys() == other.keys(), what, sorted(map(str, mine)), sorted(map(str, other)))
        for name in mine:
            a, b = mine[name], other[name]
            require(a.shape == b.shape, what, name, a.shape, b.shape)
            if exact:
                require(np.array_equal(a, b), what, name)
            elif name not in ("iterations", "divergence", "guess_residual") and (not isinstance(name, tuple) or name[1] != "rhs"):
                # What is left of the divergence is below the tolerance, and no more is known about it.
                largest = max(np.abs(b).max(), 1e-30)
                error = np.abs(a.astype(float) - b.astype(float)).max() / largest
                worst[0] = max(worst[0], error)
                require(error <= BOUND, what, name, error)


worst = [0.0]
with tempfile.TemporaryDirectory() as folder:
    cut, checkpoint = folder + "/cut.h5", folder + "/cut_checkpoint.h5"
    whole = {}
    for ranks in (1, 2):
        code, said = run(ranks, *CASE, "--output", f"{folder}/whole{ranks}.h5")
        require(code == 0, code, said)
        whole[ranks] = content(f"{folder}/whole{ranks}.h5")
    require(len(whole[1][1]["step"]) == STEPS and {n for n, _ in whole[1][0]} == set(range(STEPS)), sorted(whole[1][0]))
    require_same(whole[2], whole[1], False, "1 and 2 ranks")

    # How it is cut, on how many ranks, on how many it goes on. The n-th checkpoint or frame is that of step n.
    usr1 = {"FAIL_CALL": "rename", "FAIL_FOLDER": folder + "/cut_0", "FAIL_ERRNO": "usr1"}
    between = {"FAIL_CALL": "rename", "FAIL_FOLDER": checkpoint, "FAIL_ERRNO": "kill"}  # written, but not renamed
    other = {"FAIL_CALL": "fsync", "FAIL_FOLDER": folder + "/cut_0", "FAIL_ERRNO": "kill", "FAIL_RANK": "1"}  # while a frame is being written
    start = time.monotonic()
    for how, fault, before, after in (("USR1", usr1, 1, 1), ("USR1", usr1, 1, 2), ("SIGKILL of rank 0", between, 2, 1), ("SIGKILL of rank 1", other, 2, 4),
                                      ("SIGKILL of rank 0", between, 2, 2)):
        for step in range(1, STEPS) if after != 2 or before == 1 else (3,):
            what = (how, f"{before} -> {after} ranks", f"step {step}")
            for name in glob.glob(folder + "/cut*"):
                os.remove(name)
            code, said = run(before, *CASE, "--output", cut, "--checkpoint-every", "1e-9", fault={**fault, "FAIL_NTH": str(step)})
            require(code == (5 if fault is usr1 else 137), what, code, said)
            # What was written before is there.
            frames = step - 1 if fault is other else step
            kept = content(cut) if frames else ({}, {})
            require({n for n, _ in kept[0]} >= set(range(frames)), what, sorted(kept[0]))
            for key, values in kept[0].items():
                require(np.array_equal(values, whole[before][0][key]), what, key)
            words = ["--restart", checkpoint, "--overwrite"] if os.path.exists(checkpoint) else [*CASE, "--output", cut, "--overwrite"]
            require((words[0] == "--restart") == (step > 1 or fault is usr1), what)
            code, said = run(after, *words, "--set", "run.checkpoint_every=0")
            require(code == 0, what, code, said)
            require_same(content(cut), whole[before], before == after, *what)
            # The continuation writes no checkpoint; a half-written one stays, everything else is replaced.
            require(set(glob.glob(folder + "/*.part")) <= {checkpoint + ".part"}, what, os.listdir(folder))
        print(f"{how}, {before} -> {after} ranks: passed after {time.monotonic() - start:.0f} s", flush=True)

    # One rank fails alone, with an error of its disk: all end with its code and message, and what was written before stays.
    for name in glob.glob(folder + "/cut*"):
        os.remove(name)
    code, said = run(2, *CASE, "--output", cut, fault={**other, "FAIL_ERRNO": "5", "FAIL_NTH": "3"})
    require(code == 4 and said.count("error: ") == 1 and f"[rank 1] {folder}/cut_0002.h5.part" in said, code, said)
    require({n for n, _ in content(cut)[0]} == {0, 1} and not glob.glob(folder + "/*.part"), os.listdir(folder))
    print(f"largest difference between numbers of ranks: {worst[0]:.1e}")
