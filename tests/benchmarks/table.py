#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tables of benchmark results in Markdown.
usage: table.py KIND FILE.json...        prints one
       table.py --write README.md        makes the tables of a document anew
       table.py --check README.md        fails if one is not that of its results
KIND: pressure, kernels, training, networks, formats, compression or
predictors. In a document a table follows a line <!-- table: KIND FILE.json... --> and ends with the
next empty line; its files lie in results/ beside this program."""
import json
import os
import re
import statistics
import sys

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "results")


def read(names):
    for name in names:
        with open(name if os.path.exists(name) else os.path.join(RESULTS, name)) as file:
            yield json.load(file)


def rows_of(names):
    return [row for data in read(names) for row in data["results"]]


def markdown(heads, rows):
    return "\n".join("| " + " | ".join(line) + " |" if line else "|---" * len(heads) + "|" for line in (heads, None, *rows)) + "\n"


def first_seen(values):
    return list(dict.fromkeys(values))


def pressure(names):
    """A row for each scene and grid, a column for each solver: seconds, iterations in brackets."""
    cells = {}
    for r in rows_of(names):
        cells.setdefault((r["scene"], r["cells"]), {})[r["solver"]] = r
    solvers = first_seen(r["solver"] for r in rows_of(names))

    def text(r):
        if r is None or "refused" in r:
            return ""
        seconds = f"{r['total_seconds']['median']:.3g}"
        if "iterations" not in r:
            return seconds
        return f"{seconds} ({r['iterations']})" if r["converged"] else f"{r['reason']} ({r['iterations']})"

    return markdown(["scene", "grid"] + [f"`{s}`" for s in solvers],
                    [[scene.split(".")[0], f"{n}^3"] + [text(row.get(s)) for s in solvers] for (scene, n), row in cells.items()])


def kernels(names):
    """The largest problem of every kind: 10^9 operations a second, and how many times float32 of oneDNN that is."""
    by = {}
    for r in rows_of(names):
        by.setdefault(r["problem"], {})[r["name"]] = r
    largest = list({problem.rsplit(" ", 1)[0]: problem for problem in by}.values())
    contestants = [n for n in first_seen(n for p in largest for n in by[p]) if "with conversion" not in n and not n.startswith("OpenBLAS")]

    def text(r):
        return f"{r['gops']:.0f} ({r['times_f32']:.2f})" if r else ""

    return markdown(["10^9 operations a second (times float32)"] + largest, [[f"`{n}`" if " " not in n else n] + [text(by[p].get(n)) for p in largest] for n in contestants])


def training(names):
    """Accuracy over the seeds, and the median over them of a step's median milliseconds."""
    runs = [r for r in rows_of(names) if r["part"] == "training"]
    rows = []
    for method in first_seen(r["method"] for r in runs):
        reached = [r["accuracy"] for r in runs if r["method"] == method]
        step = [1e3 * r["step_seconds"]["median"] for r in runs if r["method"] == method]
        rows.append([f"`{method}`", f"{statistics.mean(reached):.4f}", f"{min(reached):.4f} to {max(reached):.4f}", str(len(reached)),
                     f"{statistics.median(step):.1f}"])
    assert len(rows) > 1, "training in one arithmetic alone compares nothing"
    return markdown(["arithmetic", "accuracy, mean", "from, to", "seeds", "ms a step"], rows)


def networks(names):
    """Weights in few bits after training: accuracy, agreement with float32, error of the logits."""
    post = [r for r in rows_of(names) if r["part"] == "post"]
    model = post[0]["model"]
    by = {(r["method"], r["weight_bits"]): r for r in post if r["model"] == model}
    bits = sorted({b for method, b in by if method != "f32"}, reverse=True)
    shown = ["uniform-clip", "uniform-gptq", "uniform-adaround", "power", "power-learned", "codebook", "codebook-descent"]
    methods = [m for m in shown if all((m, b) in by for b in bits)]
    assert len(methods) >= 5, f"{names}: of {shown} only {methods} were measured"

    def text(r):
        return f"{r['accuracy']:.4f}, {r['agreement']:.4f}, {r['logit_error']:.3f}"

    return markdown([f"{model} (float32: {next(r['accuracy'] for (m, _), r in by.items() if m == 'f32'):.4f})"] + [f"{b} bits: accuracy, agreement, logits" for b in bits],
                    [[f"`{m}`"] + [text(by[m, b]) for b in bits] for m in methods])


def formats(names):
    """Share of the triad's bandwidth, of that of a loop that only moves as many bytes in brackets, and GB/s in cache; at the end fixed-point casts."""
    by, casts = {}, {}
    for r in rows_of(names):
        if "share_of_bandwidth" in r:
            by[r["name"], r["arrays"]] = r
        elif "elements_per_cycle" in r:
            casts.setdefault(r["name"].split()[1], []).append(r["elements_per_cycle"])
    rows = []
    for name in first_seen(n.rsplit(" ", 1)[0] for n, _ in by if n.endswith(" encode")):
        cells = [f"`{name}`"]
        for way in ("encode", "decode"):
            far, near = by[f"{name} {way}", "memory"], by[f"{name} {way}", "cache"]
            cells += [f"{far['share_of_bandwidth']:.2f} ({far['share_of_stream']:.2f})", f"{near['gbytes_per_second']:.0f}"]
        rows.append(cells)
    span = [f"{kind} {min(speeds):.2g} to {max(speeds):.2g}" for kind, speeds in casts.items()]
    assert len(span) == 2 and all(len(speeds) == 35 for speeds in casts.values()), "casts: integers and floats in 35 pairs of modes each"
    rows.append(["fixed-point casts, elements a cycle, 35 pairs of modes", span[0], "", span[1], ""])
    return markdown(["format", "encode, memory", "cache, GB/s", "decode, memory", "cache, GB/s"], rows)


def compression(names):
    """Bits a value of ours and of zfp with the largest tolerance that keeps the bound; speeds are the least and the greatest over the bounds."""
    rows = []
    for data in read(names):
        bounds = data["config"]["bounds"]
        results = data["results"]
        for field in first_seen(r["field"] for r in results):
            cells = [field]
            mine = [r for r in results if r["field"] == field and r["name"] == "interp"]
            peer = [r for r in results if r["field"] == field and r["name"] == "zfp raised"]
            assert len(mine) == len(bounds) == len(peer), field
            assert all(r["error_max_measured"] <= r["error_bound"] for r in mine), field
            cells += [f"{m['bits']:.2f} ({p['bits']:.2f})" if m["bits"] < p["bits"] else f"**{m['bits']:.2f}** ({p['bits']:.2f})" for m, p in zip(mine, peer)]
            for key in ("encode_MB_s", "decode_MB_s"):
                speeds = [r[key] for r in mine]
                cells.append(f"{min(speeds):.0f} to {max(speeds):.0f}")
            rows.append(cells)
    return markdown(["bits a value (zfp)"] + [f"{b:.0e}" for b in bounds] + ["write, MB/s", "read, MB/s"], rows)


def predictors(names):
    """Bits a value at every bound."""
    rows = []
    for data in read(names):
        for field in first_seen(r["field"] for r in data["results"]):
            bits = {}
            for r in data["results"]:
                if r["field"] == field:
                    bits.setdefault(r["name"], []).append(f"{r['bits']:.2f}")
            rows.append([field] + [" / ".join(bits[name]) for name in ("interp", "lorenzo", "zfp raised")])
    return markdown(["field", "interp", "lorenzo", "zfp, raised"], rows)


KINDS = {f.__name__: f for f in (pressure, kernels, training, networks, formats, compression, predictors)}


def made(text):
    """The document with its tables made anew."""
    marks = re.compile(r"(<!-- table: (\w+) ([^>]+) -->\n)((?:\|.*\n)*)")
    assert marks.search(text), "no table is marked"
    return marks.sub(lambda m: m[1] + KINDS[m[2]](m[3].split()), text)


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in (*KINDS, "--write", "--check"):
        sys.exit(__doc__)
    if sys.argv[1] in KINDS:
        print(KINDS[sys.argv[1]](sys.argv[2:]), end="")
        sys.exit()
    with open(sys.argv[2]) as file:
        document = file.read()
    if sys.argv[1] == "--check" and made(document) != document:
        sys.exit(f"a table of {sys.argv[2]} is not that of its results; make them anew: tests/benchmarks/table.py --write {sys.argv[2]}")
    if sys.argv[1] == "--write":
        new = made(document)
        with open(sys.argv[2], "w") as file:
            file.write(new)
