#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the table of a bench_pressure run in Markdown: a row for each scene and grid, a column for each solver, seconds with iterations in brackets.
usage: table.py FILE.json..."""
import json
import sys

cells, solvers = {}, []
for name in sys.argv[1:]:
    with open(name) as file:
        for r in json.load(file)["results"]:
            if r["solver"] not in solvers:
                solvers.append(r["solver"])
            cells.setdefault((r["scene"], r["cells"]), {})[r["solver"]] = r


def text(r):
    if r is None or "refused" in r:
        return ""
    seconds = f"{r['total_seconds']['median']:.3g}"
    if "iterations" not in r:
        return seconds
    return f"{seconds} ({r['iterations']})" if r["converged"] else f"{r['reason']} ({r['iterations']})"


print("| scene | grid | " + " | ".join(f"`{s}`" for s in solvers) + " |")
print("|---" * (len(solvers) + 2) + "|")
for (scene, n), row in cells.items():
    print(f"| {scene.split('.')[0]} | {n}^3 | " + " | ".join(text(row.get(s)) for s in solvers) + " |")
