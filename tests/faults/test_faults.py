# SPDX-License-Identifier: Apache-2.0
"""Files are whole or absent, whatever fails.

usage: test_faults.py {calls|kill|disk}[_compressed] PUBLISHER PRELOAD [LAUNCHER ...]
calls  the n-th write, fsync, rename, link, unlink fails, n = 1, 2, ... until no call is left: exit 0 or 4, the file is the old or the new one
       (with a launcher: of rank 1 alone, and fsync only: the first rank writes for all; compressed: only every third write)
kill   the process is killed there instead: the file is the old or the new one
disk   a full disk (tmpfs of 2 MiB): exit 4 and `disk_full`, both when the file system tells beforehand and when the write finds out; the old file stays
The field is compressed on request: it is read through the filter's plug-in.
Exit 77: not possible here (no h5py, no right to mount).
"""
import errno
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

mode, publisher, preload, *launcher = sys.argv[1:]
parallel = bool(launcher)
compressed = mode.endswith("_compressed")
mode = mode.removesuffix("_compressed")


def run(path, seed, points, fail=None, error=0, nth=0, keep=True, mark=None):
    env = dict(os.environ)
    variables = {}
    if fail:
        variables = {"LD_PRELOAD": preload, "FAIL_FOLDER": os.path.dirname(path), "FAIL_CALL": fail, "FAIL_NTH": str(nth), "FAIL_ERRNO": str(error)}
        if mark:
            variables["FAIL_MARK"] = mark
        if parallel and mode != "disk":
            variables["FAIL_RANK"] = "1"
    if parallel:
        command = launcher + [word for name, value in variables.items() for word in ("-x", name + "=" + value)]
    else:
        command = []
        env.update(variables)
    arguments = [publisher, path, str(seed), str(points)] + (["keep"] if keep else []) + (["compress"] if compressed else [])
    return subprocess.run(command + arguments, env=env, capture_output=True, text=True, timeout=60)


def seed_of(path):
    """The seed of a whole file; fails if anything in it is of another one or cannot be read."""
    with h5py.File(path, "r") as f:
        seed = int(f["meta"].attrs["seed"])
        assert np.all(np.floor(f["fields/v"][:]) == seed if compressed else f["fields/v"][:] == seed), path
        assert f["solver"].attrs["converged"] and len(f["history/residual"][:]) == 2
        return seed


def sweep(folder, error):
    """Fails the n-th call of each kind for all n; returns how many failures were tried."""
    path, mark, old = os.path.join(folder, "a.h5"), folder + ".mark", folder + ".old"
    assert run(path, 1, 4).returncode == 0
    shutil.copy(path, old)
    tried = 0
    for call in ("fsync",) if parallel else ("write", "fsync", "rename", "link", "unlink"):
        for nth in range(1, 200, 3 if compressed and call == "write" else 1):
            for name in os.listdir(folder):
                os.remove(os.path.join(folder, name))
            shutil.copy(old, path)
            done = run(path, 2, 4, call, error, nth, mark=mark)
            what = f"{call} {nth} {error}: exit {done.returncode} {done.stderr}"
            if not os.path.exists(mark):
                assert done.returncode == 0 and seed_of(path) == 2, what
                break
            os.remove(mark)
            tried += 1
            seed = seed_of(path)
            assert seed in (1, 2), what
            if error != "kill":
                assert done.returncode in (0, 4), what
                assert done.returncode == 4 or seed == 2, what
                assert call in ("unlink",) or not os.path.exists(path + ".part"), what
                assert done.returncode == 0 or folder in done.stderr, what
            if nth % 4 == 1 and set(os.listdir(folder)) - {"a.h5", "a_prev.h5"}:  # leftovers must not hinder the next run
                assert run(path, 3, 4).returncode == 0 and seed_of(path) == 3, "the next run: " + what
    os.remove(old)
    return tried


def disk(folder):
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], capture_output=True).returncode != 0:
        print("skipped: no right to mount a small disk")
        sys.exit(77)
    try:
        path = os.path.join(folder, "a.h5")
        assert run(path, 1, 8).returncode == 0
        # On two ranks a write may fail on one alone, and the job then ends after 20 s of waiting for the other.
        for fail in (None, "space"):  # the latter: the file system neither tells how much is free nor reserves it, so the write finds out
            done = run(path, 2, 80, fail, errno.EOPNOTSUPP)
            assert done.returncode == 4 and "disk_full" in done.stderr and path in done.stderr, f"{fail}: {done.returncode} {done.stderr}"
            if fail is None and not compressed:
                assert str(80**3 * 8 + 2**20) in done.stderr, "the bytes needed: " + done.stderr
            assert seed_of(path) == 1 and os.listdir(folder) == ["a.h5"], os.listdir(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


folder = tempfile.mkdtemp(prefix="ansatz_faults_")
try:
    if mode == "disk":
        disk(folder)
    else:
        tried = sweep(folder, "kill" if mode == "kill" else errno.EIO)
        print(f"{tried} failures tried")
        assert tried > (0 if parallel else 10), "the preloaded library was not used"
finally:
    shutil.rmtree(folder)
