#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes g2.h5: thermally distorted molecules of the G2 set with energies and forces of GFN2-xTB.

    data/molecules/make_g2.py [--output g2.h5] [--per-molecule 60] [--seed 1] [--work FOLDER]

Needs Debian's packages xtb, python3-ase and python3-h5py, and about three minutes of one core. What was computed is kept below --work; a run that was
stopped goes on there.

Molecules: those of ase.data.g2 (Curtiss et al., J. Chem. Phys. 106 (1997) 1063) with H, C, N, O, F only, at least two atoms, an even number of electrons
and no unpaired ones; singlet CH2, a carbene, is left out. Labels: GFN2-xTB (Bannwarth, Ehlert and Grimme, J. Chem. Theory Comput. 15 (2019) 1652).
Distortions: each molecule is relaxed, its Hessian (differences of forces) gives the normal modes, and the coordinates q_k of the modes (mass-weighted) are
drawn from the classical distribution of the harmonic oscillator, variance kT / w_k^2, at 300, 600 and 1200 K in turn; frequencies below 200 cm^-1, imaginary
ones included, count as 200 cm^-1, since soft modes (turning methyl groups) are not straight.
Layout of the file: docs/formats.md.
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

import ase
import h5py
import numpy as np
from ase import units
from ase.build import molecule
from ase.data.g2 import data as g2
from ase.io import read, write

TEMPERATURES = [300.0, 600.0, 1200.0]  # K
SOFTEST = 200.0  # cm^-1
ELEMENTS = {"H", "C", "N", "O", "F"}
CARBENES = {"CH2_s1A1d"}
# Hartree and Bohr as xtb has them (CODATA 2018), so that its numbers convert without loss.
HARTREE = 27.211386245988  # eV
BOHR = 0.529177210903  # Angstrom


def names():
    """Closed-shell molecules of the set, in the order of the alphabet."""

    def wanted(name):
        atoms = molecule(name)
        unpaired = any(g2[name].get("magmoms") or [])
        return set(atoms.get_chemical_symbols()) <= ELEMENTS and len(atoms) > 1 and sum(atoms.numbers) % 2 == 0 and not unpaired

    return [name for name in sorted(g2) if wanted(name) and name not in CARBENES]


def xtb(folder, atoms, *arguments):
    """Runs xtb on `atoms` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "in.xyz", atoms)
    environment = dict(os.environ, OMP_NUM_THREADS="1", OMP_STACKSIZE="64M")
    done = subprocess.run(["xtb", "in.xyz", "--gfn", "2", "--norestart", "--acc", "0.1", *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"xtb {' '.join(arguments)} in {folder} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def label(folder, atoms):
    """Energy (eV) and forces (eV/Angstrom)."""
    xtb(folder, atoms, "--grad")
    lines = (folder / "gradient").read_text().replace("D", "E").splitlines()
    n = len(atoms)
    energy = float((folder / "energy").read_text().split()[2])
    gradient = np.array([[float(word) for word in line.split()] for line in lines[2 + n : 2 + 2 * n]])
    if gradient.shape != (n, 3) or not np.isfinite(gradient).all():
        raise RuntimeError(f"{folder}/gradient does not hold {n} gradients")
    return energy * HARTREE, -gradient * HARTREE / BOHR


def hessian_of(folder, atoms):
    """Central differences of the forces (eV/Angstrom^2). xtb's own Hessian is followed by an analysis that crashes for linear molecules (6.5.1)."""
    step = 0.005  # Angstrom
    rows = []
    for i in range(3 * len(atoms)):
        forces = []
        for sign in (1, -1):
            moved = atoms.copy()
            moved.positions[i // 3, i % 3] += sign * step
            forces.append(label(folder, moved)[1].ravel())
        rows.append((forces[1] - forces[0]) / (2 * step))
    return (np.array(rows) + np.array(rows).T) / 2


def modes(folder, start):
    """Relaxed geometry, the displacements of the modes as columns, and squares of their frequencies (eV / (Angstrom^2 amu))."""
    xtb(folder, start, "--opt", "tight")
    atoms = read(folder / "xtbopt.xyz")
    root = np.repeat(np.sqrt(atoms.get_masses()), 3)
    rigid = rigid_motions(atoms, root)
    keep = np.eye(len(root)) - rigid @ rigid.T
    squares, vectors = np.linalg.eigh(keep @ (hessian_of(folder, atoms) / np.outer(root, root)) @ keep)
    order = np.argsort(np.abs(squares))[rigid.shape[1] :]
    return atoms, vectors[:, order] / root[:, None], squares[order]


def rigid_motions(atoms, root):
    """Orthonormal mass-weighted translations and rotations, 6 columns, 5 for a linear molecule."""
    centred = atoms.positions - atoms.get_center_of_mass()
    columns = [np.tile(axis, len(atoms)) for axis in np.eye(3)] + [np.cross(axis, centred).ravel() for axis in np.eye(3)]
    u, s, _ = np.linalg.svd(root[:, None] * np.array(columns).T, full_matrices=False)
    return u[:, s > 1e-3 * s[0]]


def distortions(name, count, seed, work):
    """Configurations of one molecule: positions, energies, forces, temperatures."""
    kept = work / f"{name}-{count}-{seed}.npz"
    if kept.exists():
        with np.load(kept) as found:
            return {key: found[key] for key in found.files}
    atoms, vectors, squares = modes(work / name, molecule(name))
    # Squares of angular frequencies in ASE's unit of time, Angstrom (amu/eV)^(1/2): hbar w = hc nu.
    least = (SOFTEST * units.invcm / (units._hbar * units.J * units.second)) ** 2
    squares = np.maximum(np.abs(squares), least)
    random = np.random.default_rng([seed, *name.encode()])
    relaxed = atoms.positions.copy()
    out = {"positions": [], "energies": [], "forces": [], "temperatures": []}
    for i in range(count):
        temperature = TEMPERATURES[i % len(TEMPERATURES)]
        q = random.standard_normal(len(squares)) * np.sqrt(units.kB * temperature / squares)
        # The file holds float32: the labels are those of the rounded positions.
        atoms.positions = (relaxed + (vectors @ q).reshape(-1, 3)).astype(np.float32)
        energy, forces = label(work / name, atoms)
        for key, value in zip(out, [atoms.positions.copy(), energy, forces, temperature]):
            out[key].append(value)
    out = {key: np.array(value) for key, value in out.items()} | {"numbers": atoms.numbers}
    np.savez(kept.with_suffix(".part.npz"), **out)
    kept.with_suffix(".part.npz").rename(kept)
    return out


def fixed(text):
    return np.bytes_(text.encode() or b"\0")


def write_meta(file, arguments, config):
    version = subprocess.run(["xtb", "--version"], capture_output=True, text=True).stdout.split("xtb version")[1].split()[0]
    meta = file.create_group("meta")
    meta.attrs["format"] = fixed("ansatz")
    meta.attrs["format_version"] = np.array([1, 0])
    meta.attrs["content"] = fixed("molecules")
    meta.attrs["software"] = fixed("make_g2.py")
    meta.attrs["software_version"] = fixed("1")
    meta.attrs["git_commit"] = fixed("")
    meta.attrs["git_dirty"] = np.bool_(False)
    meta.attrs["date"] = fixed(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    meta.attrs["host"] = fixed(platform.node())
    meta.attrs["ranks"] = 1
    meta.attrs["threads"] = 1
    meta.attrs["seed"] = arguments.seed
    meta.attrs["libraries"] = fixed(f"xtb {version}, ase {ase.__version__}, numpy {np.__version__}, h5py {h5py.__version__}")
    meta.attrs["command_line"] = fixed(" ".join(["make_g2.py", *sys.argv[1:]]))
    put(meta, "config_json", np.array([json.dumps(config).encode()]))


def put(group, name, values, unit=None, si=None, long_name=None):
    """A chunked, checksummed dataset; `si` is the factor to SI."""
    dataset = group.create_dataset(name, data=values, chunks=tuple(min(n, 16384) for n in values.shape), fletcher32=True)
    for key, value in {"units": unit, "long_name": long_name}.items():
        if value is not None:
            dataset.attrs[key] = fixed(value)
    if si is not None:
        dataset.attrs["unitSI"] = si


def write_file(path, parts, arguments):
    config = {"per_molecule": arguments.per_molecule, "temperatures_K": TEMPERATURES, "softest_mode_per_cm": SOFTEST}
    part = path.with_name(path.name + ".part")
    counts = [len(p["energies"]) for p in parts.values()]
    sizes = np.concatenate([np.full(len(p["energies"]), len(p["numbers"])) for p in parts.values()])
    joined = {key: np.concatenate([p[key].reshape(-1, 3) for p in parts.values()]) for key in ("positions", "forces")}
    with h5py.File(part, "w", libver="latest") as file:
        write_meta(file, arguments, config)
        group = file.create_group("molecules")
        group.attrs["reference"] = fixed("GFN2-xTB total energies, gas phase, neutral singlets")
        group.attrs["geometries"] = fixed("ase.data.g2, relaxed; normal modes at temperature")
        put(group, "offsets", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32), long_name="atoms offsets[c] to offsets[c+1]-1 are configuration c")
        put(group, "numbers", np.concatenate([np.tile(p["numbers"], len(p["energies"])) for p in parts.values()]).astype(np.uint8), long_name="atomic numbers")
        put(group, "positions", joined["positions"].astype(np.float32), "Angstrom", 1e-10, "positions of the atoms")
        put(group, "forces", joined["forces"].astype(np.float32), "eV/Angstrom", 1.602176634e-9, "forces on the atoms")
        put(group, "energies", np.concatenate([p["energies"] for p in parts.values()]), "eV", 1.602176634e-19, "total energies")
        put(group, "temperatures", np.concatenate([p["temperatures"] for p in parts.values()]).astype(np.float32), "K", 1.0, "temperatures of the distortions")
        put(group, "kinds", np.repeat(np.arange(len(parts)), counts).astype(np.uint8), long_name="which molecule: index into kind_names")
        put(group, "kind_names", np.array([name.encode() for name in parts]))
    part.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("g2.h5"))
    parser.add_argument("--per-molecule", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("g2-work"))
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    parts = {}
    for name in names():
        parts[name] = distortions(name, arguments.per_molecule, arguments.seed, arguments.work)
        print(f"{name}: {len(parts[name]['energies'])} configurations", flush=True)
    write_file(arguments.output, parts, arguments)


if __name__ == "__main__":
    main()
