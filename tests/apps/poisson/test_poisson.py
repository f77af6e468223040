# SPDX-License-Identifier: Apache-2.0
"""ansatz-poisson from outside: what docs/errors.md promises, run by run.
usage: test_poisson.py PART POISSON MPIEXEC MAKE_SAMPLES INSPECT
Truth: h5py reads the files, numpy applies the operator of docs/poisson.md.  Exit 77: h5py is missing, or the part needs rights this user lacks."""
import concurrent.futures
import contextlib
import glob
import hashlib
import json
import math
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

PART, POISSON, MPIEXEC, MAKE_SAMPLES, INSPECT = sys.argv[1:6]


def require(holds, *what):
    if not holds:
        raise AssertionError(what)


class Done:
    """A finished run: code, what it said, CPU seconds and peak memory of the process started."""

    def __init__(self, command, env, during=None):
        with tempfile.TemporaryFile("w+", newline="") as out, tempfile.TemporaryFile("w+", newline="") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **env})
            if during:
                during(process)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            self.code, self.out, self.err = process.returncode, out.read(), err.read()
        self.seconds, self.peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
        self.command = command

    def expect(self, code, *phrases):
        require(self.code == code, self.command, "code", self.code, "not", code, self.out, self.err)
        for phrase in phrases:
            require(phrase in self.out + self.err, self.command, phrase, self.out, self.err)
        return self


def run(*words, ranks=1, env=None, during=None):
    launcher = [MPIEXEC, "-q", "-n", str(ranks)] if ranks > 1 else []
    return Done([*launcher, POISSON, *map(str, words)], env or {}, during)


def summary(path="s.json"):
    with open(path) as f:
        return json.load(f)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def field(path, name="pressure"):
    with h5py.File(path) as f:
        return f["fields/" + name][0]


def apply(flags, x):
    """A x of docs/poisson.md on kinds 1 solid, 2 fluid, 3 air, in the order z, y, x."""
    kind = np.pad(flags, 1)
    value = np.pad(np.where(flags == 2, x, 0.0), 1)
    inner = (slice(1, -1),) * 3
    result = np.zeros_like(x)
    for axis in range(3):
        for shift in (1, -1):
            k, v = np.roll(kind, shift, axis)[inner], np.roll(value, shift, axis)[inner]
            result += np.where(k == 2, value[inner] - v, np.where(k == 3, value[inner], 0.0))
    return np.where(flags == 2, result, 0.0)


def residual(flags, b, x):
    return np.linalg.norm(b - apply(flags, x)) / np.linalg.norm(b)


def answers():
    run("--grid", 32, "--output", "a.h5", "--json", "s.json").expect(0, "converged_rtol", "written: a.h5")
    s = summary()
    require(s["exit"] == {"code": 0, "reason": "converged_rtol", "message": ""}, s["exit"])
    require(s["app"] == "ansatz-poisson" and s["ranks"] == 1 and s["threads"] == 1 and s["machine"]["host"], s)
    require(s["config"]["grid"] == [32], s)
    require([p["name"] for p in s["phases"]] == ["scene", "solve", "output"], s["phases"])
    require(all(p["min"] <= p["mean"] <= p["max"] for p in s["phases"]), s["phases"])
    row = s["results"][0]
    with h5py.File("a.h5") as f:
        a = f["solver"].attrs
        require(a["converged"] and a["reason"].decode() == "converged_rtol" and a["iterations"] == row["iterations"], dict(a))
        require(len(f["history/residual"]) == row["iterations"] + 1 == len(f["history/wall_time"]))
        require(json.loads(f["meta/config_json"][0])["grid"] == [32] and b"HDF5" in f["meta"].attrs["libraries"])
    true = residual(field("a.h5", "flags"), field("a.h5", "rhs"), field("a.h5"))
    require(true <= 1e-6 and abs(true - row["relative_residual"]) < 1e-12, true, row)

    # No answer: the best iterate is written and marked.
    run("--grid", 32, "--max-iterations", 2, "--output", "b.h5", "--json", "s.json").expect(3, "max_iterations")
    with h5py.File("b.h5") as f:
        require(not f["solver"].attrs["converged"] and f["solver"].attrs["reason"] == b"max_iterations" and f["solver"].attrs["iterations"] == 2)
    require(summary()["exit"]["reason"] == "max_iterations" and summary()["results"][0]["converged"] is False, summary())
    best = residual(field("b.h5", "flags"), field("b.h5", "rhs"), field("b.h5"))
    require(1e-6 < best < 0.1 and abs(best - summary()["results"][0]["relative_residual"]) < 1e-12, best)
    for solver in ("cg", "mgcg", "dcdm"):
        run("--grid", 16, "--solver", solver, "--rtol", "1e-17", "--json", "s.json").expect(3)
        require(summary()["exit"]["reason"] == "stagnated" and summary()["results"][0]["iterations"] < (500 if solver == "cg" else 100), solver, summary())
        require(summary()["results"][0]["relative_residual"] < 1e-12, solver, summary())
    run("--grid", 16, "--atol", 1e9).expect(0, "converged_atol")

    # A right-hand side that no pressure reaches, and one that holds NaN.
    run("--grid", 16, "--scene", "closed", "--rhs", "random", "--output", "c.h5").expect(0)
    with h5py.File("c.h5", "r+") as f:
        f["fields/rhs"][...] = f["fields/rhs"][...] + 1.0
    for solver in ("mgcg", "cg", "dcdm"):
        run("--grid", 16, "--scene", "closed", "--rhs", "c.h5", "--solver", solver, "--json", "s.json").expect(3, "inconsistent")
        require(summary()["exit"]["reason"] == "inconsistent" and not summary()["results"][0]["converged"])
    with h5py.File("c.h5", "r+") as f:
        f["fields/rhs"][0, 3, 4, 5] = math.nan
    for ranks in (1, 2):
        done = run("--grid", 16, "--scene", "closed", "--rhs", "c.h5", "--json", "s.json", "--output", "d.h5", ranks=ranks)
        done.expect(2, "c.h5: the field rhs holds NaN or Inf")
        require(summary()["exit"]["reason"] == "bad_value" and not os.path.exists("d.h5"))
    run("--grid", 17, "--scene", "closed", "--rhs", "c.h5").expect(2, "16 x 16 x 16 cells; must be 17 x 17 x 17, those of the grid")
    # A comparison reports every solver and goes on after one that cannot run.
    run("--grid", 16, "--compare", "mgcg,fft,cg", "--json", "s.json").expect(0, "fft: refused")
    require([r["solver"] for r in summary()["results"]] == ["mgcg", "fft", "cg"] and summary()["results"][1]["reason"].startswith("refused"))


def replay():
    """Systems out of files: frames of a series, and what ansatz-poisson itself wrote."""
    subprocess.run([MAKE_SAMPLES, "."], check=True)
    with h5py.File("series.h5") as f:
        frames = {int(name): (g["fields/flags"][0], g["fields/rhs"][0], g["grid/z"][:]) for name, g in f["frames"].items()}
    require(sorted(frames) == list(range(5)))
    for number, (flags, rhs, z) in frames.items():
        run("--scene", "series.h5", "--frame", number, "--rtol", "1e-9", "--output", "a.h5", "--overwrite", ranks=1 + number % 2).expect(0)
        require(np.array_equal(field("a.h5", "flags"), flags) and np.array_equal(field("a.h5", "rhs"), rhs), number)
        require(residual(flags, rhs, field("a.h5")) <= 1e-9, number)
        with h5py.File("a.h5") as f:
            require(np.allclose(f["grid/z"][:], z, rtol=0, atol=1e-15))
    run("--scene", "series_0004.h5", "--rtol", "1e-9", "--output", "b.h5").expect(0)
    require(np.array_equal(field("a.h5"), field("b.h5")), "a frame is a file of its own")
    run("--scene", "b.h5", "--rtol", "1e-9", "--output", "c.h5").expect(0)
    require(np.array_equal(field("a.h5"), field("c.h5")), "and so is the result")
    run("--scene", "b.h5", "--rhs", "random", "--output", "d.h5").expect(0)
    require(not np.array_equal(field("d.h5", "rhs"), rhs))
    # A checkpoint knows where the system came from.
    open("stop", "w").close()
    run("--scene", "series.h5", "--frame", 3, "--output", "e.h5").expect(5)
    os.remove("stop")
    run("--restart", "e_checkpoint.h5").expect(0)
    require(np.array_equal(field("e.h5", "rhs"), frames[3][1]))

    def broken(name, change):
        shutil.copy("series_0001.h5", name)
        with h5py.File(name, "r+", libver="latest") as f:
            change(f)

    def set_values(path, index, value):
        def change(f):
            f[path][index] = value
        return change
    broken("no_rhs.h5", lambda f: f["fields"].pop("rhs"))
    broken("no_flags.h5", lambda f: f["fields"].pop("flags"))
    broken("uneven.h5", set_values("grid/y", 3, 0.2))
    broken("flat.h5", set_values("grid/z", slice(None), np.arange(32) * 0.03))
    broken("kind.h5", set_values("fields/flags", (0, 1, 2, 3), 9))
    broken("solid.h5", set_values("fields/flags", slice(None), 1))
    broken("nan.h5", set_values("fields/rhs", (0, 1, 2, 3), math.nan))
    for words, code, phrase in ((["series.h5"], 2, "a series of 5 frames; choose one with --frame 0 to 4"),
                                (["series.h5", "--frame", 5], 2, "there is no frame 5; there are 0 to 4"),
                                (["series_0001.h5", "--frame", 1], 2, "a single file and no series; leave out --frame 1"),
                                (["box", "--frame", 1], 2, "there is no file; give --scene FILE.h5 too"),
                                (["series_0001.h5", "--grid", 8], 2, "grid: given together with the scene in series_0001.h5"),
                                (["series_0001.h5", "--mesh", "a.off"], 2, "scene.mesh: given together with the scene in series_0001.h5"),
                                (["absent.h5"], 4, "absent.h5"), (["model.h5"], 4, "a model file where a result file is wanted"),
                                (["no_rhs.h5"], 4, "holds no field rhs; a pressure system is the fields flags and rhs"),
                                (["no_flags.h5"], 4, "holds no field flags"), (["uneven.h5"], 2, "/grid/y goes from"),
                                (["flat.h5"], 2, "must be cubes"), (["kind.h5"], 2, "the field flags holds 9"),
                                (["solid.h5"], 2, "no cell is fluid"), (["nan.h5"], 2, "the field rhs holds NaN or Inf")):
        done = run("--scene", *words, "--output", "f.h5").expect(code, phrase)
        require(done.err.count("error: ") == 1 and not os.path.exists("f.h5"), done.err)
    run("--scene", "no_rhs.h5", "--rhs", "random").expect(0)
    run("--scene", "kind.h5", ranks=2).expect(2, "the field flags holds 9")
    os.remove("series_0002.h5")
    run("--scene", "series.h5", "--frame", 2).expect(4, "series_0002.h5")


FOOLISH = [
    # words, code, phrase, reason
    (["--grid", "0"], 2, "found [0]; must be list of integers in [1, 4096]", "bad_value"),
    (["--grid", "8,8"], 2, "must be N or NX,NY,NZ", "bad_value"),
    (["--grid", "8,8,8,8"], 2, "1 to 3 of them", "bad_value"),
    (["--grid", "4096"], 2, "PETSc as Debian builds it counts up to 2147483647", "bad_value"),
    (["--grid", "1290"], 1, "are available; use a smaller grid", "out_of_memory"),
    (["--rtol", "0"], 2, "must be real in (0, 1)", "bad_value"),
    (["--rtol", "nan"], 2, 'found "nan"', "bad_value"),
    (["--rtol"], 2, "--rtol", "usage"),
    (["--max-iterations", "1e3"], 2, "must be integer", "bad_value"),
    (["--solver", "mgc"], 2, 'did you mean "mgcg"?', "bad_value"),
    (["--solver", "fft"], 2, "fft", "bad_value"),
    (["--scene", "boxx"], 2, 'or a result file NAME.h5; did you mean "box"?', "bad_value"),
    (["--scene", "absent.json"], 4, "absent.json: the case file cannot be read", "file_open"),
    (["--compare", "mgcg,"], 2, "must be list of mgcg", "bad_value"),
    (["--set", "solver.rtl=1"], 2, 'did you mean "solver.rtol"?', "bad_key"),
    (["--rtoll", "1"], 2, 'did you mean "--rtol"?', "usage"),
    (["out.h5"], 2, "one argument too many", "usage"),
    (["--wall-time", "1:2:3:4"], 2, "must be hh:mm:ss, mm:ss or seconds", "bad_value"),
    (["--progress", "bars"], 2, 'did you mean "bar"?', "bad_value"),
    (["--ranks", "8"], 2, "only with --dry-run", "usage"),
    (["--rhs", "absent.h5"], 4, "absent.h5", "file_open"),
    (["--rhs", "text.txt"], 4, "text.txt", "file_format"),
    (["--mesh", "absent.off"], 4, "absent.off", "file_open"),
    (["--mesh", "text.txt", "--scene", "box"], 2, "leave one out", "bad_value"),
    (["--set", "scene.length=2"], 2, "it belongs to scene.shapes", "bad_value"),
    (["--set", 'scene.shapes=[{"type":"sphere","centre":[0,0,0],"radius":-1}]'], 2, "scene.shapes[0].radius: found -1.0", "bad_value"),
    (["--set", 'scene.shapes=[{"type":"box","low":[-1,-1,-1],"high":[2,2,2]}]'], 2, "fluid", "bad_value"),
    (["--config", "absent.json"], 4, "absent.json", "file_open"),
    (["--config", "."], 4, "cannot be read", "file_open"),
    (["--output", "taken.h5"], 4, "taken.h5: exists; give --overwrite", "file_open"),
    (["--output", "no/where.h5"], 4, "no/where.h5: its folder cannot be written", "file_open"),
    (["--output", "."], 4, "is a folder", "file_open"),
    (["--log", "no/where.jsonl"], 4, "cannot be created", "file_open"),
    (["--log", "text.txt"], 2, "the log exists", "bad_value"),
    (["--checkpoint-every", "1"], 2, "give --output too", "bad_value"),
    (["--restart", "absent.h5"], 4, "absent.h5", "file_open"),
    (["--restart", "text.txt"], 4, "text.txt", "file_format"),
    (["--", "-ksp_tpye", "cg"], 2, "it is misspelt or does not belong to this solver; did you mean -ksp_type?", "bad_key"),
    (["--", "ksp_type"], 2, "no PETSc option", "bad_key"),
]


def foolish():
    for name in ("text.txt", "taken.h5"):
        with open(name, "w") as f:
            f.write("hello\n")
    os.mkdir("summaries")
    before = sorted(os.listdir("."))

    def one(number):
        words, code, phrase, reason = FOOLISH[number]
        # PETSc options are judged after the set-up of the solver: a small grid.
        grid = [] if "--grid" in words else ["--grid", "8"]
        done = run("--json", f"summaries/{number}.json", *grid, *words).expect(code, phrase)
        require(done.err.startswith("ansatz-poisson: error: ") and f"[{reason}]" in done.err, words, done.err)
        require(done.seconds < 1.0, words, done.seconds)
        exit = summary(f"summaries/{number}.json")["exit"]
        require(exit["code"] == code and exit["reason"] == reason and phrase in exit["message"], words, exit)

    # Starting MPI is mostly waiting.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(len(FOOLISH))))
    require(sorted(os.listdir(".")) == before, os.listdir("."))
    # Before anything is computed.
    require(run("--json", "no/where.json").expect(4, "the summary cannot be written").out == "")
    require(run("--json", ".").expect(4, "it is a folder").out == "")
    # Two ranks make the same mistake: one message.
    done = run("--grid", 8, "--rtol", 2, ranks=2).expect(2)
    require(done.err.count("must be real in (0, 1)") == 1 and "[rank" not in done.err, done.err)
    run(env={"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"}).expect(2, "announces 2 processes, but MPI sees 1")


def configuration():
    # The printed configuration is a case file and gives the same bits; so does the one in the result file.
    words = ["--grid", "12,16,20", "--scene", "box", "--rhs", "random", "--seed", 7, "--solver", "cg", "--rtol", "1e-5"]
    petsc = ["--", "-ksp_norm_type", "unpreconditioned"]
    run(*words, "--output", "a.h5", *petsc).expect(0)
    printed = run(*words, "--print-config", *petsc).expect(0).out
    with open("case.json", "w") as f:
        f.write(printed)
    require('"seed": 7, // cli' in printed and '"-ksp_norm_type": "unpreconditioned" // cli' in printed, printed)
    run("--config", "case.json", "--output", "b.h5").expect(0)
    run("--scene", "case.json", "--output", "c.h5").expect(0)
    with h5py.File("a.h5") as f, open("kept.json", "wb") as out:
        out.write(f["meta/config_json"][0])
    run("--config", "kept.json", "--output", "d.h5").expect(0)
    for name in ("b.h5", "c.h5", "d.h5"):
        require(np.array_equal(field("a.h5"), field(name)), name)
    # default < file < environment < command line
    with open("order.json", "w") as f:
        f.write('{"solver": {"rtol": 1e-3, "max_iterations": 3, "name": "cg"}}')
    env = {"ANSATZ_SOLVER__MAX_ITERATIONS": "4", "ANSATZ_SOLVER__NAME": "dcdm", "ANSATZ_PRESET": "release"}
    out = run("--config", "order.json", "--solver", "mgcg", "--print-config", env=env).expect(0).out
    for line in ('"rtol": 0.001, // file', '"max_iterations": 4, // env', '"name": "mgcg", // cli', '"atol": 0.0, // default'):
        require(line in out, line, out)
    run(env={"ANSATZ_SOLVER__RTOLL": "1"}).expect(2, 'did you mean "ANSATZ_SOLVER__RTOL"?')
    # PETSc: block < PETSC_OPTIONS < after --; .petscrc only if asked for.
    with open("petsc.json", "w") as f:
        f.write('{"grid": [8], "petsc": {"ksp_max_it": 1, "-ksp_type": "cg"}, "solver": {"name": "cg"}}')
    limits = [(["--config", "petsc.json"], {}, 1), (["--config", "petsc.json"], {"PETSC_OPTIONS": "-ksp_max_it 2"}, 2),
              (["--config", "petsc.json", "--", "-ksp_max_it", "3"], {"PETSC_OPTIONS": "-ksp_max_it 2"}, 3)]
    for line, env, limit in limits:
        run("--json", "s.json", *line, env=env).expect(3)
        require(summary()["results"][0]["iterations"] == limit, line, summary())
    with open(".petscrc", "w") as f:
        f.write("-ksp_max_it 1\n")
    run("--grid", 8).expect(0)
    run("--grid", 8, "--petscrc").expect(3)
    run("--grid", 8, "--config", "petsc.json", "--set", "solver.name=mgcg", env={"PETSC_OPTIONS": "-ksp_tpye cg"}).expect(2, "-ksp_tpye")
    os.remove(".petscrc")
    # Nothing but JSON on stdout; the log is JSON line by line and says how many threads BLAS has.
    done = run("--grid", 8, "--json", "-", "--log", "log.jsonl").expect(0)
    require(json.loads(done.out)["exit"]["code"] == 0 and "converged_rtol" in done.err, done.out)
    require(json.loads(run("--json", "-", "--rtol", 2).expect(2).out)["exit"]["reason"] == "bad_value")
    with open("log.jsonl") as f:
        events = [json.loads(line) for line in f]
    require([e["event"] for e in events][0] == "threads" and events[0]["values"]["blas_threads"] == 1 and events[-1]["event"] == "end", events)
    require([e["step"] for e in events if e["event"] == "iteration"] == list(range(len(events) - 2)), events)
    # Lines of progress, with rate and time left.
    out = run("--grid", 32, "--solver", "cg", "--progress-interval", "1e-9").expect(0).out
    require("rate 0." in out and "steps left, ETA " in out and out.count("cg: step") > 50, out[:1000])
    require("cg: step" not in run("--grid", 32, "--solver", "cg", "--progress-interval", "1e-9", "--progress", "none").expect(0).out)
    require("\r" in run("--grid", 16, "--progress", "bar", "--progress-interval", "1e-9").out)
    # What only prints.
    schema = json.loads(run("--schema").expect(0).out)
    require(schema["properties"]["solver"]["properties"]["rtol"]["exclusiveMaximum"] == 1.0)
    run("--list").expect(0, "mgcg", "dam-break")
    run("--version").expect(0, "commit", "under the GPL: ")
    run("--help").expect(0, "--restart", "--checkpoint-every")
    run("--completion", "bash").expect(0, "complete -F _ansatz_poisson ansatz-poisson")


def same():
    for solver in ("mgcg", "cg"):
        for name in ("a.h5", "b.h5"):
            run("--grid", 24, "--rhs", "random", "--solver", solver, "--output", name, "--overwrite").expect(0)
        require(np.array_equal(field("a.h5"), field("b.h5")), solver)
        with h5py.File("a.h5") as a, h5py.File("b.h5") as b:
            require(np.array_equal(a["history/residual"][:], b["history/residual"][:]), solver)
    # A x1 = b - r1 and A x2 = b - r2 give |x1 - x2| <= (|r1| + |r2|) / lambda_min; lambda_min of a box with air on top is known (docs/poisson.md).
    rtol, xs, iterations = 1e-8, [], []
    for ranks in (1, 2, 4):
        box = ["--grid", 24, "--scene", "box", "--rhs", "random", "--rtol", rtol]
        run(*box, "--output", "r.h5", "--overwrite", "--json", "s.json", ranks=ranks).expect(0)
        xs.append(field("r.h5"))
        iterations.append(summary()["results"][0]["iterations"])
        require(summary()["ranks"] == ranks)
    require(max(iterations) - min(iterations) <= 1, iterations)
    b, flags = field("r.h5", "rhs"), field("r.h5", "flags")
    n = int((flags[:, 0, 0] == 2).sum())
    bound = 2 * rtol * np.linalg.norm(b) / (2 - 2 * math.cos(0.5 * math.pi / (n + 0.5)))
    for x in xs[1:]:
        require(np.linalg.norm(x - xs[0]) <= bound, np.linalg.norm(x - xs[0]), bound)


def memory():
    base = run("--grid", 4).expect(0).peak
    for grid in ("64", "112", "96,64,140"):
        run("--grid", grid, "--dry-run", "--json", "s.json").expect(0, "memory: ", "result file: ")
        told = summary()["forecast"]["bytes_each_rank"]
        peak = run("--grid", grid).expect(0).peak - base
        require(abs(told / peak - 1) <= 0.1, grid, told / peak)
    done = run("--grid", 64, "--output", "a.h5").expect(0)
    told = json.loads(run("--grid", 64, "--dry-run", "--json", "-").out)["forecast"]["bytes_file"]
    require(abs(os.path.getsize("a.h5") / told - 1) < 0.1, os.path.getsize("a.h5"), told)
    run("--grid", 64, "--dry-run", "--ranks", 8, "--json", "s.json").expect(0, "the largest of 8 blocks has 32 x 32 x 32 = 32768")
    require(summary()["forecast"]["ranks"] == 8 and summary()["exit"]["reason"] == "dry_run" and summary()["results"] == [])
    run("--grid", 64, "--solver", "gamg", "--dry-run").expect(0, "more than", "lower bound")
    require(not os.path.exists("b.h5"))
    run("--grid", 64, "--dry-run", "--output", "b.h5").expect(0)
    require(not os.path.exists("b.h5"))
    run("--dry-run", "--rtol", 2).expect(2)


def disk():
    os.mkdir("small")
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", "small"], capture_output=True).returncode != 0:
        print("skipped: no right to mount a small disk")
        sys.exit(77)
    try:
        run("--grid", 16, "--output", "small/a.h5").expect(0)
        before = digest("small/a.h5")
        for ranks in (1, 2):
            run("--grid", 64, "--output", "small/a.h5", "--overwrite", "--json", "s.json", ranks=ranks).expect(4, "small/a.h5")
            require(summary()["exit"]["reason"] == "disk_full", summary()["exit"])
            require(digest("small/a.h5") == before and sorted(os.listdir("small")) == ["a.h5", "a.xdmf"], os.listdir("small"))
            # A checkpoint inside the solve, in PETSc's loop.
            done = run("--grid", 64, "--output", "small/b.h5", "--checkpoint-every", "1e-9", "--json", "s.json", ranks=ranks)
            done.expect(4, "small/b_checkpoint.h5")
            require(summary()["exit"]["reason"] == "disk_full" and sorted(os.listdir("small")) == ["a.h5", "a.xdmf"], os.listdir("small"))
    finally:
        subprocess.run(["umount", "-l", "small"], check=True)


def children(pid):
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path) as f:
            text = f.read()
            if int(text.rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(text.split()[0]))
    return found


LONG = ["--grid", 64, "--solver", "cg", "--rtol", "1e-12", "--max-iterations", 100000, "--set", "scene.name=tw0"]


def require_checkpoint(path):
    """A whole file whose x has the residual the history ends with."""
    with h5py.File(path) as f:
        c = f["checkpoint"]
        iterations, history, x = int(c.attrs["iterations"]), c["history"][:], c["x"][:]
        require(f["meta"].attrs["content"] == b"checkpoint" and len(history) == iterations + 1, iterations, len(history))
        return iterations, history, x.reshape(c.attrs["nz"], c.attrs["ny"], c.attrs["nx"])


def after_start(number, seconds):
    def during(process):
        # Handlers are in place when main begins; before that the loader is at work.
        while process.poll() is None and not os.path.exists("log.jsonl"):
            time.sleep(0.005)
        time.sleep(seconds)
        process.send_signal(number)
    return during


def signals():
    run("--grid", 64, "--set", "scene.name=tw0", "--solver", "mgcg", "--output", "truth.h5").expect(0)
    flags, b = field("truth.h5", "flags"), field("truth.h5", "rhs")
    for seed in range(8):
        random.seed(seed)
        number = random.choice((signal.SIGUSR1, signal.SIGTERM, signal.SIGINT))
        wait = random.uniform(0, 0.6)
        done = run(*LONG, "--output", "a.h5", "--overwrite", "--log", "log.jsonl", "--json", "s.json", during=after_start(number, wait))
        done.expect(5, "stopped_signal", "checkpoint: a_checkpoint.h5; go on with --restart a_checkpoint.h5")
        require(summary()["exit"] == {"code": 5, "reason": "stopped_signal", "message": ""}, summary())
        require(summary()["checkpoint"] == "a_checkpoint.h5", summary())
        iterations, history, x = require_checkpoint("a_checkpoint.h5")
        require(abs(residual(flags, b, x) - history[-1]) < 1e-6 * history[-1], seed, iterations)
        require(not os.path.exists("a.h5"), "a stopped run has no answer to write")
        os.remove("log.jsonl")
    # USR1 to mpirun reaches the ranks, and their code comes back.
    run(*LONG, "--output", "a.h5", "--overwrite", "--log", "log.jsonl", ranks=2, during=after_start(signal.SIGUSR1, 0.3)).expect(5)
    require_checkpoint("a_checkpoint.h5")
    os.remove("log.jsonl")
    # Without an output nothing is kept, and the run says so.
    run(*LONG, "--log", "log.jsonl", during=after_start(signal.SIGUSR1, 0.2)).expect(5, "nothing was kept, since no --output was given")
    os.remove("log.jsonl")

    def twice(process):
        after_start(signal.SIGINT, 0.2)(process)
        process.send_signal(signal.SIGINT)
    done = run(*LONG, "--log", "log.jsonl", during=twice)
    require(done.code in (130, 5), done.code)  # 5: the first was served before the second came
    # A rank killed while it computes: the former output stays as it was.
    os.remove("log.jsonl")
    run("--grid", 8, "--output", "k.h5").expect(0)
    before = digest("k.h5")

    def kill_one(process):
        while process.poll() is None and not os.path.exists("log.jsonl"):
            time.sleep(0.005)
        time.sleep(0.3)
        os.kill(children(process.pid)[-1], signal.SIGKILL)
    done = run(*LONG, "--output", "k.h5", "--overwrite", "--log", "log.jsonl", ranks=2, during=kill_one)
    require(done.code == 137, done.code, done.err)
    require(digest("k.h5") == before)


def restart():
    words = ["--grid", 24, "--rhs", "random", "--rtol", "1e-8"]
    run(*words, "--output", "whole.h5").expect(0)
    flags, b = field("whole.h5", "flags"), field("whole.h5", "rhs")

    def cut(solver, at, ranks, *more):
        """A run that ends for want of iterations, with a checkpoint of every iteration."""
        for name in glob.glob("c*"):
            os.remove(name)
        run(*words, "--solver", solver, "--output", "c.h5", "--checkpoint-every", "1e-9", "--max-iterations", at, *more, ranks=ranks).expect(3)
        iterations, history, x = require_checkpoint("c_checkpoint.h5")
        require(iterations == at, solver, iterations)
        require(abs(residual(flags, b, x) - history[-1]) <= 1e-6 * history[-1], solver, at, "x is not the iterate the residual belongs to")
        return history

    def go_on(ranks, at, history, *more):
        done = run("--restart", "c_checkpoint.h5", "--max-iterations", 1000, "--overwrite", "--json", "s.json", *more, ranks=ranks).expect(0)
        require(f"{at} iterations done by" in done.out, done.out)
        row = summary()["results"][0]
        with h5py.File("c.h5") as f:
            all = f["history/residual"][:]
            require(len(all) == row["iterations"] + 1 == f["solver"].attrs["iterations"] + 1 and np.array_equal(all[:at + 1], history), at, len(all))
            require(np.all(np.diff(f["history/wall_time"][:]) >= 0))
        require(residual(flags, b, field("c.h5")) <= 1e-8 and row["relative_residual"] <= 1e-8, row)
        return row["iterations"]

    with h5py.File("whole.h5") as f:
        uncut = int(f["solver"].attrs["iterations"])
    # A cut loses the recurrence, not the iterate: it costs a few iterations, not another start.
    late = uncut - 2
    for solver, at, ranks, then in (("mgcg", 1, 1, 1), ("mgcg", late, 1, 1), ("mgcg", late, 1, 2), ("mgcg", late, 2, 1), ("dcdm", late, 1, 1)):
        total = go_on(then, at, cut(solver, at, ranks))
        require(total <= uncut + 3, solver, at, total, uncut)
    go_on(1, 5, cut("cg", 5, 1, "--", "-ksp_type", "gmres"))

    # Checkpoints on the way change nothing.
    run(*words, "--output", "often.h5", "--checkpoint-every", "1e-9").expect(0)
    require(np.array_equal(field("often.h5"), field("whole.h5")))
    require(os.path.exists("often_checkpoint_prev.h5"))

    # The configuration comes from the file; overrides are recorded.
    cut("mgcg", 3, 1)
    out = run("--restart", "c_checkpoint.h5", "--rtol", "1e-3", "--print-config").expect(0).out
    for line in ('"grid": [24], // file', '"rtol": 0.001, // cli', '"max_iterations": 3, // file'):
        require(line in out, line, out)
    # Another system is refused, a damaged file too.
    changes = ((["--grid", 25], "nx was 24 and is 25"), (["--scene", "box"], "unknowns, now"), (["--seed", 2], "its right-hand side has the norm"))
    for change, phrase in changes:
        run("--restart", "c_checkpoint.h5", "--overwrite", *change, "--json", "s.json").expect(2, "belongs to another system: ", phrase)
    run("--restart", "whole.h5", "--overwrite").expect(4, "whole.h5")
    with open("c_checkpoint.h5", "rb") as f:
        content = f.read()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 64]) + content[middle + 1:]  # HDF5's checksum sees every single byte, and most others
    for name, bad in (("half.h5", content[:middle]), ("flipped.h5", flipped)):
        with open(name, "wb") as f:
            f.write(bad)
        run("--restart", name, "--overwrite", "--json", "s.json").expect(4, name)
        require(summary()["exit"]["reason"] == "file_damaged", summary()["exit"])

    # Stop files, write_now, wall time. What is there already stops at once.
    os.mkdir("out")
    open("out/stop", "w").close()
    run(*words, "--output", "out/a.h5", "--json", "s.json").expect(5, "stopped_file after 0 iterations", 'remove the file "stop"')
    require(summary()["exit"]["reason"] == "stopped_file")
    os.rename("out/stop", "out/write_now")
    run(*words, "--output", "out/b.h5").expect(0)
    require(os.path.exists("out/b_checkpoint.h5") and not os.path.exists("out/write_now"))
    run("--restart", "out/a_checkpoint.h5").expect(0)
    require(residual(flags, b, field("out/a.h5")) <= 1e-8)
    begin = time.time()
    run(*LONG, "--output", "t.h5", "--wall-time", "1", "--json", "s.json").expect(5, "stopped_time")
    require(time.time() - begin < 5 and summary()["exit"]["reason"] == "stopped_time")
    # Neither an answer nor a checkpoint of an earlier run is overwritten unasked.
    run(*words, "--output", "t.h5").expect(4, "t_checkpoint.h5: exists", "go on from it with --restart t_checkpoint.h5")
    # A comparison keeps the state of its first solver.
    run(*words, "--compare", "mgcg,cg", "--output", "d.h5", "--overwrite", "--checkpoint-every", "1e-9").expect(0)
    with h5py.File("d_checkpoint.h5") as f:
        require(f["checkpoint/solver"][0] == b"mgcg")


def examples():
    lines = [line.strip() for line in run("--help").out.split("Examples:\n")[1].split("\n\n")[0].splitlines()]
    require(len(lines) >= 4, lines)
    for i, line in enumerate(lines):
        os.mkdir(str(i))
        with contextlib.ExitStack() as stack:
            here = os.getcwd()
            stack.callback(os.chdir, here)
            os.chdir(str(i))
            with open("bunny.off", "w") as f:  # an octahedron
                f.write("OFF\n6 8 0\n1 0 0\n-1 0 0\n0 1 0\n0 -1 0\n0 0 1\n0 0 -1\n"
                        "3 0 2 4\n3 2 1 4\n3 1 3 4\n3 3 0 4\n3 2 0 5\n3 1 2 5\n3 3 1 5\n3 0 3 5\n")
            with open("case.json", "w") as f:
                f.write('{"grid": [16], // cells\n'
                        ' "scene": {"shapes": [{"type": "sphere", "centre": [0.5, 0.5, 0.5], "radius": 0.2}], "open": ["z_high"]}}')
            if "series.h5" in line:
                line = line.replace("7", "3")
                subprocess.run([MAKE_SAMPLES, "."], check=True)
            if "--restart" in line:
                open("stop", "w").close()
                run("--mesh", "bunny.off", "--grid", 32, "--output", "bunny.h5").expect(5)
                os.remove("stop")
            words = [{"ansatz-poisson": POISSON, "mpirun": MPIEXEC}.get(word, word) for word in shlex.split(line)]
            Done(words, {}).expect(0, "converged_rtol")


def compression():
    """A compressed answer keeps its bound and, chosen by the residual, the solver's tolerance; checkpoints stay exact; ansatz-inspect says what is there."""
    exact_words = ["--grid", "20,18,22", "--rtol", 1e-7, "--output"]
    run(*exact_words, "exact.h5").expect(0)
    exact, flags, b = (field("exact.h5", name) for name in ("pressure", "flags", "rhs"))
    for ranks in (1, 2):
        run(*exact_words, "c.h5", "--overwrite", "--compress", "residual=0.1", "--json", "s.json", ranks=ranks).expect(0, "compressed: pressure")
        tolerance = 1e-7 * np.linalg.norm(b)
        with h5py.File("c.h5") as f:
            a = dict(f["fields/pressure"].attrs)
            require(f["fields/pressure"].fletcher32 and np.array_equal(f["fields/flags"][0], flags))
        require(abs(a["residual_tolerance"] / tolerance - 1) < 1e-4 and 0 < a["residual_change"] <= 0.1 * tolerance, a, tolerance)
        if ranks == 1:
            change = np.linalg.norm(apply(flags, exact - field("c.h5")))
            require(abs(a["residual_change"] / change - 1) < 1e-6, a, change)
            require(np.abs(exact - field("c.h5")).max() == a["error_max_measured"] <= a["error_bound"])
        require(residual(flags, b, field("c.h5")) <= 1.1e-7)
        stored = summary()["storage"]["pressure"]
        require(stored["error_max_measured"] == a["error_max_measured"] and stored["bits"] == a["bits"] and stored["ratio"] > 1.5, stored)
    shown = subprocess.run([INSPECT, "c.h5", "--verify"], capture_output=True, text=True)
    require(shown.returncode == 0 and "Compressed fields" in shown.stdout and "every checksum right" in shown.stdout, shown.stdout, shown.stderr)
    run("--scene", "c.h5", "--output", "again.h5").expect(0)
    run(*exact_words, "l.h5", "--compress", "abs=1e-2,pred=lorenzo", "--checkpoint-every", "1e-9").expect(0)
    require(np.abs(exact - field("l.h5")).max() <= 1e-2)
    with h5py.File("l_checkpoint.h5") as f:
        f.visititems(lambda name, item: require(not isinstance(item, h5py.Dataset) or list(item._filters) == ["fletcher32"], name))
    run(*exact_words, "no.h5", "--compress", "abs=0").expect(2, "above 0")
    run(*exact_words, "no.h5", "--compress", "abs=1e-300,level=plain").expect(2, "use level=packed")
    require(not os.path.exists("no.h5"))


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    try:
        {f.__name__: f for f in (answers, replay, foolish, configuration, same, memory, disk, signals, restart, examples,
                                  compression)}[PART]()
    finally:
        os.chdir("/")
    leftovers = [name for _, _, names in os.walk(scratch) for name in names if name.endswith(".part")]
    require(PART == "signals" or not leftovers, leftovers)
