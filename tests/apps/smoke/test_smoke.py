# SPDX-License-Identifier: Apache-2.0
"""ansatz-smoke from outside: frames that can be solved again, restarts, refusals, example scenes.
usage: test_smoke.py PART SMOKE POISSON MPIEXEC SCENES
Truth: h5py and numpy recompute the divergence and the pressure system.  Exit 77: h5py is missing."""
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

PART, SMOKE, POISSON, MPIEXEC, SCENES = sys.argv[1:6]


def require(holds, *what):
    if not holds:
        raise AssertionError(what)


def run(*words, code=0, ranks=1, program=SMOKE):
    launcher = [MPIEXEC, "-q", "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run([*launcher, program, *map(str, words)], capture_output=True, text=True, timeout=100)
    require(done.returncode == code, words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def fields(path):
    with h5py.File(path) as f:
        return {name: f["fields"][name][0] for name in f["fields"]}


def apply(flags, x):
    """A x of docs/poisson.md, in the order z, y, x."""
    kind, value = np.pad(flags, 1), np.pad(np.where(flags == 2, x, 0.0), 1)
    inner = (slice(1, -1),) * 3
    result = np.zeros(x.shape)
    for axis in range(3):
        for side in (-1, 1):
            near_kind, near = np.roll(kind, side, axis)[inner], np.roll(value, side, axis)[inner]
            result += np.where(near_kind == 2, x - near, 0.0) + np.where(near_kind == 3, x, 0.0)
    return np.where(flags == 2, result, 0.0)


def replay():
    """The frames hold the systems the run has solved, to the tolerance of every step, and ansatz-poisson finds the same pressure."""
    for kind, scene in (("smoke", "s8w"), ("liquid", "dam-break")):
        out = kind + ".h5"
        run("--kind", kind, "--scene", scene, "--grid", 16, "--steps", 6, "--frames-every", 3, "--tolerance", 1e-7, "--output", out)
        with h5py.File(out) as f:
            history = {name: f["history"][name][:] for name in f["history"]}
            require(list(history["step"]) == [1, 2, 3, 4, 5, 6] and len(f["frames"]) == 2, list(history["step"]))
        require(np.all(history["dt"] * history["divergence"] <= 1.01e-7), history["dt"] * history["divergence"])
        frame = fields(f"{kind}_0001.h5")
        require(all(np.all(np.isfinite(values)) for values in frame.values()))
        h = 1 / 16
        rest = frame["rhs"] - apply(frame["flags"], frame["pressure"])
        require(np.linalg.norm(rest) <= 1.01e-7 * h / history["dt"][5], np.linalg.norm(rest))
        run("--scene", out, "--frame", 1, "--rtol", 1e-10, "--output", kind + "_again.h5", program=POISSON)
        again = fields(kind + "_again.h5")["pressure"]
        require(np.abs(again - frame["pressure"]).max() <= 1e-4 * np.abs(again).max(), np.abs(again - frame["pressure"]).max())


def restart():
    """Stopped after a step and gone on with: the same bits on as many ranks, close on another number."""
    words = ["--grid", 16, "--steps", 5, "--frames-every", 1, "--guess", "fischer", "--scheme", "reflection"]
    run(*words, "--output", "whole.h5")
    open("stop", "w").close()
    said = run(*words, "--output", "cut.h5", code=5)
    require("stopped_file after step 1" in said, said)
    os.remove("stop")
    said = run("--restart", "cut_checkpoint.h5")
    require("going on from cut_checkpoint.h5: step 1" in said, said)
    for number in range(5):
        whole, cut = fields(f"whole_{number:04}.h5"), fields(f"cut_{number:04}.h5")
        require(all(whole[name].tobytes() == cut[name].tobytes() for name in whole), number)
    with h5py.File("whole.h5") as a, h5py.File("cut.h5") as b:
        require(np.array_equal(a["history/dt"][:], b["history/dt"][:]), "history")
    run("--restart", "cut_checkpoint.h5", "--output", "two.h5", ranks=2)
    difference = np.abs(fields("two_0003.h5")["density"] - fields("whole_0004.h5")["density"]).max()
    require(difference < 1e-3, difference)
    require("another flow" in run("--restart", "cut_checkpoint.h5", "--scene", "box", "--output", "x.h5", code=2))
    with open("cut_checkpoint.h5", "r+b") as f:
        f.seek(os.path.getsize("cut_checkpoint.h5") // 2)
        f.write(b"\xff" * 4096)
    run("--restart", "cut_checkpoint.h5", "--overwrite", code=4)


def refused():
    def case(text, phrase, code=2, more=()):
        with open("case.json", "w") as f:
            json.dump({"grid": [8], **text}, f)
        require(phrase in run("--config", "case.json", "--json", "s.json", *more, code=code), phrase)
        with open("s.json") as f:
            require(json.load(f)["exit"]["code"] == code)

    inflow = {"type": "inflow", "wall": "x_low", "velocity": [1, 0, 0]}
    closed = {"scene": {"name": "closed"}}
    case({**closed, "flow": {"walls": [inflow]}}, "no way out")
    case({**closed, "flow": {"walls": [{**inflow, "velocity": [-1, 0, 0]}]}}, "point into the box")
    case({"scene": {"shapes": [{"type": "box", "low": [-1, -1, -1], "high": [2, 2, 2]}]}}, "no fluid cell")
    case({"flow": {"obstacles": [{"type": "sphere", "centre": [0.5, 0.5, 0.5], "radius": 9}]}}, "no fluid cell")
    case({"flow": {"walls": [{"type": "moving", "wall": "y_low", "velocity": [1, 0, 0]}]}}, "without viscosity")
    case({"flow": {"kind": "liquid", "scheme": "reflection"}}, "reflection is for smoke")
    case({"flow": {"sources": [{"type": "sphere", "centre": [9, 9, 9], "radius": 0.1}]}}, "covers no cell")
    case({"time": {"step": 50.0}}, "CFL")
    case({"time": {"smallest_step": 10.0}}, "diverged", code=3)
    case({"solver": {"max_iterations": 1, "tolerance": 1e-12}}, "max_iterations", code=3)
    case({}, "unknown", code=2, more=("--set", "flow.liift=1"))


def examples():
    for name in ("paddle.json", "wind_tunnel.json", "cavity.json"):
        run("--config", os.path.join(SCENES, name), "--steps", 3)
    require("memory" in run("--dry-run", "--grid", 128, "--ranks", 4))
    require("smoke" in run("--steps", 2, "--grid", 16, ranks=2))
    for solver in ("dcdm", "cg", "icc", "gamg"):
        run("--steps", 2, "--grid", 12, "--solver", solver)


def compression():
    """Frames of a compressed series are those of the run without, within the bound; flags and checkpoints are exact."""
    words = ["--grid", "16,18,20", "--steps", 4, "--frames-every", 2]
    for ranks in (1, 2):
        run(*words, "--output", f"exact{ranks}.h5", ranks=ranks)
        run(*words, "--output", f"close{ranks}.h5", "--compress", "rel=1e-4", ranks=ranks)
        for number in range(2):
            exact, close = fields(f"exact{ranks}_{number:04}.h5"), fields(f"close{ranks}_{number:04}.h5")
            require(exact.keys() == close.keys() and np.array_equal(exact["flags"], close["flags"]))
            for name in exact.keys() - {"flags"}:
                require(np.abs(exact[name] - close[name]).max() <= 1e-4 * np.ptp(exact[name]), name)
        size = [sum(os.path.getsize(f"{name}{ranks}_{number:04}.h5") for number in range(2)) for name in ("exact", "close")]
        require(size[1] < 0.5 * size[0], size)
    open("stop", "w").close()
    run(*words, "--output", "cut.h5", "--compress", "rel=1e-4", code=5)
    with h5py.File("cut_checkpoint.h5") as f:
        f.visititems(lambda name, item: require(not isinstance(item, h5py.Dataset) or list(item._filters) == ["fletcher32"], name))
    require("ansatz-poisson" in run("--compress", "residual=0.1", "--output", "no.h5", code=2))


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    {"replay": replay, "restart": restart, "refused": refused, "examples": examples, "compression": compression}[PART]()
