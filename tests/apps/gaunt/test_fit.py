#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ansatz-gaunt --task fit: fits a potential to some molecules and evaluates it; h5py and numpy check what it wrote.

usage: test_fit.py ANSATZ-GAUNT MOLECULES.h5
"""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)

app, molecules = sys.argv[1:]
folder = pathlib.Path(tempfile.mkdtemp(prefix="ansatz_fit_"))


def run(*arguments, code=0, phrase=""):
    done = subprocess.run([app, "--task", "fit", *map(str, arguments)], capture_output=True, text=True, cwd=folder)
    text = done.stdout + done.stderr
    assert done.returncode == code and phrase in text, f"{arguments}: code {done.returncode}, wanted {code} and \"{phrase}\":\n{text}"
    return text


def thin(path, step, first=0, labels=True, element=None):
    """Every step-th configuration of the sources' file, by h5py."""
    with h5py.File(molecules) as source, h5py.File(path, "w", libver="latest") as f:
        source.copy("meta", f)
        g = source["molecules"]
        offsets = g["offsets"][:]
        chosen = range(first, len(offsets) - 1, step)
        atoms = np.concatenate([np.arange(offsets[c], offsets[c + 1]) for c in chosen])
        out = f.create_group("molecules")
        out["offsets"] = np.concatenate([[0], np.cumsum([offsets[c + 1] - offsets[c] for c in chosen])])
        out["numbers"] = g["numbers"][:][atoms]
        out["positions"] = g["positions"][:][atoms]
        if element is not None:
            out["numbers"][0] = element
        if labels:
            out["forces"] = g["forces"][:][atoms]
            out["energies"] = g["energies"][:][list(chosen)]


def check_fit():
    thin(folder / "some.h5", 7)
    small = ["--molecules", "some.h5", "--channels", 8, "--degree", 2, "--radial", 6]
    run(*small, "--output", "a.h5", "--picture", "fit.png", "--json", "a.json")
    run(*small, "--output", "b.h5", "--products", "gaunt")
    rows = {row["potential"]: row["stages"] for row in json.loads((folder / "a.json").read_text())["results"]}
    last = {name: stages[-1]["force_mae_ev_per_angstrom"] for name, stages in rows.items()}
    assert list(rows) == ["composition", "gaunt", "clebsch_gordan", "pairs"], rows.keys()
    assert max(last["gaunt"], last["clebsch_gordan"]) < 0.8 * last["pairs"] < 0.8 * last["composition"], last
    curve = [stage["force_mae_ev_per_angstrom"] for stage in rows["gaunt"]]
    assert len(curve) == 5 and curve[-1] < 0.7 * curve[0], curve
    assert (folder / "fit.png").read_bytes()[:4] == b"\x89PNG"
    with h5py.File(folder / "a.h5") as a, h5py.File(folder / "b.h5") as b:
        assert a["model"].attrs["name"] == b"potential"
        assert np.array_equal(a["model/arrays/coefficients"], b["model/arrays/coefficients"]), "equal fits differ"
        assert json.loads(a["model/description_json"][0])["elements"] == [1, 6, 7, 8, 9]


def check_evaluation():
    thin(folder / "other.h5", 31, first=3)
    thin(folder / "bare.h5", 31, first=3, labels=False)
    run("--molecules", "other.h5", "--model", "a.h5", "--output", "found.h5", "--json", "e.json")
    run("--molecules", "bare.h5", "--model", "a.h5", "--output", "bare_found.h5")
    said = json.loads((folder / "e.json").read_text())["results"][0]["stages"][0]
    with h5py.File(folder / "other.h5") as wanted, h5py.File(folder / "found.h5") as found, h5py.File(folder / "bare_found.h5") as bare:
        w, f, o = wanted["molecules"], found["molecules"], bare["molecules"]
        sizes = np.diff(w["offsets"][:])
        energy = np.abs((f["energies"][:] - w["energies"][:]) / sizes).mean()
        force = np.abs(f["forces"][:] - w["forces"][:]).mean()
        assert abs(energy / said["energy_mae_ev_per_atom"] - 1) < 1e-6 and abs(force / said["force_mae_ev_per_angstrom"] - 1) < 1e-6, (energy, force, said)
        assert np.array_equal(f["forces"][:], o["forces"][:]) and np.array_equal(f["energies"][:], o["energies"][:])
    run("--molecules", "bare.h5", code=2, phrase="no energies and forces to fit")


def check_mistakes():
    thin(folder / "chlorine.h5", 500, element=17)
    run(code=2, phrase="needs --molecules")
    run("--molecules", "some.h5", "--channels", 12, code=2, phrase="multiple of 8")
    run("--molecules", "some.h5", "--products", "gant", code=2, phrase="gaunt")
    run("--molecules", "some.h5", "--hold-out", "molecules", code=2, phrase="which molecule")
    run("--molecules", "chlorine.h5", "--model", "a.h5", code=2, phrase="atomic number 17")
    run("--molecules", "a.h5", code=4, phrase="a model file where a molecules file is wanted")
    run("--molecules", "none.h5", code=4, phrase="none.h5")
    run("--molecules", "some.h5", "--model", "some.h5", code=4, phrase="a molecules file")


check_fit()
check_evaluation()
check_mistakes()
