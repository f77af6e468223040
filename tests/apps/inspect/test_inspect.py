# SPDX-License-Identifier: Apache-2.0
"""ansatz-inspect from outside: the summary against known content, pictures, damaged and foreign files, foolish command lines.
usage: test_inspect.py INSPECT MAKE_SAMPLES"""
import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

INSPECT, MAKE = sys.argv[1:3]


def run(*words, env=None):
    done = subprocess.run([INSPECT, *words], capture_output=True, text=True, timeout=60, env=env)
    return done.returncode, done.stdout, done.stderr


def require(holds, *what):
    if not holds:
        raise AssertionError(what)


def size_of_png(path):
    with open(path, "rb") as f:
        head = f.read(24)
    require(head[:8] == b"\x89PNG\r\n\x1a\n", path)
    return struct.unpack(">II", head[16:24])


def pixels(path):
    """Rows of (r, g, b) of an 8-bit PNG without interlacing: PNG specification, section 9."""
    with open(path, "rb") as f:
        data = f.read()
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
            require(depth == 8 and colour in (2, 6), depth, colour)
            size = 3 if colour == 2 else 4
        elif kind == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += length + 12
    raw, rows = zlib.decompress(packed), []
    above = bytearray(width * size)
    for r in range(height):
        method, *row = raw[r * (width * size + 1):(r + 1) * (width * size + 1)]
        for i in range(len(row)):
            a, b, c = (row[i - size] if i >= size else 0), above[i], (above[i - size] if i >= size else 0)
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth)[method]) % 256
        above = row
        rows.append([tuple(row[i:i + 3]) for i in range(0, len(row), size)])
    return rows


def centre(rows, columns, wanted):
    """Mean row and number of the pixels of a kind within a range of columns."""
    found = [r for r, row in enumerate(rows) for pixel in row[columns[0]:columns[1]] if wanted(*pixel)]
    return (sum(found) / max(len(found), 1), len(found))


def summary(folder):
    code, out, err = run(folder + "/result.h5", "--verify", "--json", "-")
    require(code == 0 and err == "", code, err)
    s = json.loads(out)
    require(s["app"] == "ansatz-inspect" and s["exit"] == {"code": 0, "reason": "inspected", "message": ""}, s["exit"])
    require([r["solver"] for r in s["results"]] == ["mgcg", "cg+jacobi"])
    mgcg, jacobi = s["results"]
    require(mgcg["converged"] and mgcg["iterations"] == 9 and len(mgcg["history"]) == 10 and mgcg["relative_residual"] == 0.2**9)
    require(not jacobi["converged"] and jacobi["reason"] == "max_iterations")
    require({p["name"]: p["max"] for p in s["phases"]} == {"setup": 0.25, "solve": 0.5})
    fields = {f["name"]: f for f in s["fields"]}
    t = fields["temperature"]
    require(t["dims"] == [20, 24, 32] and t["units"] == "K")
    require(abs(t["min"] - (300 + 0.625 + 0.0625)) < 1e-12 and abs(t["max"] - (300 + 39.375 + 2.9375)) < 1e-12 and abs(t["mean"] - 321.5) < 1e-9, t)
    require((fields["flags"]["min"], fields["flags"]["max"]) == (1, 3))
    require(s["verified"]["datasets"] >= 15 and s["meta"]["seed"] == 7)
    code, out, err = run(folder + "/result.h5")
    require(code == 0 and all(word in out for word in ("mgcg", "NOT CONVERGED", "setup", "temperature", "ansatz-poisson --seed 7", "20 x 24 x 32")), out)


def other_contents(folder):
    s = json.loads(run(folder + "/model.h5", "--json", "-")[1])
    require(s["model"]["name"] == "voxmg-weights" and s["model"]["arrays"][0]["max"] == 6 and s["model"]["loss_history"] == [3, 2, 1])
    s = json.loads(run(folder + "/checkpoint.h5", "--json", "-")[1])
    require(s["content"] == "checkpoint" and {"name": "x", "shape": [3]} in s["datasets"])
    s = json.loads(run(folder + "/layer.h5", "--json", "-")[1])
    require(s["fields"][0]["not_finite"] == 1 and s["fields"][0]["max"] == 11 and s["results"] == [])
    require("NOT FINITE: 1" in run(folder + "/layer.h5")[1])
    for name in ("model", "checkpoint"):
        code, out, err = run(f"{folder}/{name}.h5")
        require(code == 0 and name in out, out)
    require(run(folder + "/checkpoint.h5", "--png", folder + "/none")[0] == 2)
    require(run(folder + "/model.h5", "--png", folder + "/model")[0] == 0 and os.listdir(folder + "/model") == ["training.png"])
    os.rename(folder + "/checkpoint.h5", folder + "/checkpoint_prev.h5")
    require(json.loads(run(folder + "/checkpoint.h5", "--json", "-")[1])["file"] == folder + "/checkpoint_prev.h5")


def pictures(folder):
    out = folder + "/it's a folder"
    code, _, err = run(folder + "/result.h5", "--png", out)
    require(code == 0 and err == "", err)
    require(sorted(os.listdir(out)) == ["convergence.png", "field_pressure.png", "field_temperature.png"], os.listdir(out))
    require(size_of_png(out + "/convergence.png") == (1200, 520) and size_of_png(out + "/field_pressure.png") == (1500, 480))
    # Second panel, y = const: air above, the sphere in the middle, the highest pressure (yellow) at the bottom. Columns leave out the colour bar.
    rows = pixels(out + "/field_pressure.png")
    air, solid, high = (centre(rows, (570, 905), kind) for kind in (
        lambda r, g, b: (r, g, b) == (222, 233, 242), lambda r, g, b: (r, g, b) == (150, 150, 150), lambda r, g, b: r > 200 and g > 200 and b < 80))
    require(min(air[1], solid[1], high[1]) > 500 and air[0] < solid[0] < high[0], air, solid, high)
    require(run(folder + "/layer.h5", "--png", folder + "/layer")[0] == 0 and os.listdir(folder + "/layer") == ["field_v.png"])
    # MPI, alone on this machine, still looks for a remote shell.
    env = {**os.environ, "PATH": "/nowhere", "OMPI_MCA_plm_rsh_agent": "/bin/true"}
    code, _, err = run(folder + "/result.h5", "--png", folder + "/p", env=env)
    require(code == 2 and "gnuplot-nox" in err and os.listdir(folder + "/p") == [], err)
    code, _, err = run(folder + "/result.h5", "--png", folder + "/result.h5")
    require(code == 4 and "result.h5" in err, err)


def gif_pictures(path):
    """Number of pictures and size: GIF89a specification, sections 18 to 22."""
    with open(path, "rb") as f:
        data = f.read()
    require(data[:6] == b"GIF89a", data[:6])
    width, height, packed = struct.unpack("<HHB", data[6:11])
    at, count = 13 + (3 << (packed & 7) + 1 if packed & 128 else 0), 0
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            count += 1
            at += 11 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 128 else 0)
        else:
            require(data[at] == 0x21, at, data[at])
            at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    return count, width, height


def series(folder):
    file = folder + "/series.h5"
    code, out, err = run(file, "--verify", "--json", "-")
    require(code == 0, err)
    s = json.loads(out)
    require(s["content"] == "series" and [f["number"] for f in s["frames"]] == list(range(5)), s["frames"])
    require([(f["step"], f["time"]) for f in s["frames"]] == [(2 * i + 2, 0.25 * i + 0.25) for i in range(5)], s["frames"])
    columns = {c["name"]: c for c in s["history"]["columns"]}
    require(s["history"]["step"] == list(range(1, 11)) and columns["divergence"]["values"] == [0.5**i for i in range(1, 11)], s["history"])
    require((columns["iterations"]["min"], columns["iterations"]["max"]) == (7, 8) and columns["divergence"]["units"] == "1/s", columns)
    require(s["verified"]["datasets"] > 5 * 7, s["verified"])
    code, out, _ = run(file)
    require(code == 0 and "5: 0 to 4; time 0.25 to 1.25 s; step 2 to 10" in out and "History (10 records)" in out, out)

    require(run(file, "--png", folder + "/h")[0] == 0 and os.listdir(folder + "/h") == ["history.png"])
    code, _, err = run(file, "--png", folder + "/s", "--frames")
    require(code == 0, err)
    frames = [f"frame_000{i}.png" for i in range(5)]
    require(sorted(os.listdir(folder + "/s")) == ["animation.gif", *frames, "history.png"], os.listdir(folder + "/s"))
    require(all(size_of_png(f"{folder}/s/{name}") == (1100, 520) for name in frames))
    count, width, height = gif_pictures(folder + "/s/animation.gif")
    require(count == 5 and height == 384 and 200 < width < 360, count, width, height)
    # Smoke is bright and rises; the sphere is sand-coloured and stays.
    heights, bodies = [], []
    for name in (frames[0], frames[2]):
        rows = [row[100:450] for row in pixels(f"{folder}/s/{name}")[45:500]]
        heights.append(centre(rows, (0, 350), lambda r, g, b: 90 < min(r, g, b) and max(r, g, b) - min(r, g, b) < 25))
        bodies.append(centre(rows, (0, 350), lambda r, g, b: r > b + 8))
    require(min(h[1] for h in heights) > 300 and heights[1][0] < heights[0][0] - 20, heights)
    require(min(b[1] for b in bodies) > 1000 and abs(bodies[0][0] - bodies[1][0]) < 10, bodies)

    for words, phrase in (([file, "--frames"], "give --png FOLDER too"),
                          ([folder + "/result.h5", "--png", folder + "/none", "--frames"], "draws the frames of a series; this is a single result")):
        code, _, err = run(*words)
        require(code == 2 and phrase in err, words, code, err)
    with open(folder + "/series_0003.h5", "r+b") as f:
        f.truncate(5000)
    code, _, err = run(file, "--verify")
    require(code == 4 and "series_0003.h5" in err, code, err)
    require(run(file)[0] == 0, "the index alone is whole")


def damaged(folder):
    with open(folder + "/result.h5", "rb") as f:
        whole = f.read()
    bad = folder + "/bad.h5"
    # The values of the field themselves: found by their bytes.
    at = whole.find(struct.pack("<d", 300 + 0.625 + 0.0625))
    require(at > 0)
    cases = {"flipped": whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:], "half": whole[: len(whole) // 2], "head": whole[:100], "empty": b""}
    for name, content in cases.items():
        with open(bad, "wb") as f:
            f.write(content)
        for flags in ([], ["--verify"]):
            code, out, err = run(bad, "--json", folder + "/bad.json", *flags)
            require(code == 4 and "bad.h5" in err and out == "", name, flags, code, err)
            with open(folder + "/bad.json") as f:
                s = json.load(f)
            require(s["exit"]["code"] == 4 and s["exit"]["reason"] in ("file_damaged", "file_format"), s)
            require(name != "flipped" or "/fields/temperature" in err, err)
    # One flipped bit anywhere: an error or a harmless place, never a crash.
    for place in range(7, len(whole), len(whole) // 12):
        with open(bad, "wb") as f:
            f.write(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1:])
        require(run(bad, "--verify")[0] in (0, 4), place)


def foreign(folder):
    with open(folder + "/text.h5", "w") as f:
        f.write("hello\n" * 1000)
    cases = {"text.h5": "file_format", "absent.h5": "file_open", ".": "file_open"}
    try:
        import h5py
        with h5py.File(folder + "/foreign.h5", "w") as f:
            f["a"] = 1
        with h5py.File(folder + "/newer.h5", "w") as f:
            f.create_group("meta").attrs.update(format=b"ansatz", format_version=[99, 0], content=b"result")
        cases.update({"foreign.h5": "file_format", "newer.h5": "file_format"})
    except ImportError:
        print("h5py is missing: foreign HDF5 files are left out")
    for name, reason in cases.items():
        code, _, err = run(folder + "/" + name)
        require(code == 4 and f"[{reason}]" in err and name in err, name, code, err)


def foolish(folder):
    file = folder + "/result.h5"
    for words, phrase in (([], "the name of a file is missing"), ([file, "--verfy"], '"--verify"'), ([file, file], "one argument too many"),
                          ([file, "--png"], "--png"), ([file, "--dry-run"], "unknown flag"), ([file, "--", "-ksp_type"], "unknown flag"),
                          ([file, "--set", "verify=1"], "must be true or false")):
        code, out, err = run(*words)
        require(code == 2 and phrase in err and out == "", words, code, err)
    require(run(file, "--json", folder + "/no/where.json")[0] == 4)
    for flag in ("--help", "--version"):
        code, out, err = run(flag)
        require(code == 0 and "ansatz-inspect" in out and err == "" and len(out.splitlines()) < 30, out)
    code, out, _ = run("--print-config", file, "--verify")
    require(code == 0 and '"verify": true, // cli' in out, out)


def crashed(folder):
    """The reading process dies of a signal: the parent says so. A pipe nobody writes to keeps it waiting until then."""
    pipe = folder + "/pipe.h5"
    os.mkfifo(pipe)
    parent = subprocess.Popen([INSPECT, pipe, "--json", folder + "/pipe.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    child = ""
    while not child:
        with open(f"/proc/{parent.pid}/task/{parent.pid}/children") as f:
            child = f.read().strip()
        time.sleep(0.05)
    os.kill(int(child), signal.SIGSEGV)
    out, err = parent.communicate(timeout=20)
    with contextlib.suppress(OSError):  # whoever still waits for the pipe
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
    os.remove(pipe)
    with open(folder + "/pipe.json") as f:
        s = json.load(f)
    require(parent.returncode == 4 and out == "" and "pipe.h5" in err and "crashed HDF5 (signal 11)" in err, parent.returncode, out, err)
    require(s["exit"]["code"] == 4 and s["exit"]["reason"] == "file_damaged", s)


with tempfile.TemporaryDirectory() as scratch:
    subprocess.run([MAKE, scratch], check=True, timeout=60)
    for test in (summary, pictures, series, damaged, foreign, foolish, crashed, other_contents):
        test(scratch)
        print(test.__name__, "passed", flush=True)
    leftovers = [name for _, _, names in os.walk(scratch) for name in names if ".part" in name]
    require(not leftovers, leftovers)
