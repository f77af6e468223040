# SPDX-License-Identifier: Apache-2.0
"""The filter plug-in as a user meets it: h5py writes and reads through it, h5dump and h5repack read it, h5ls names it; damaged chunks are errors.
usage: test_plugin.py PLUGIN.so        exit 77: a program is missing"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile

plugin = os.path.abspath(sys.argv[1])
os.environ["HDF5_PLUGIN_PATH"] = os.path.dirname(plugin)
try:
    import h5py
    import numpy as np
except ImportError:
    sys.exit(77)
needed = subprocess.run(["readelf", "-d", plugin], capture_output=True, text=True).stdout
assert "libhdf5" not in needed and "libmpi" not in needed, needed


def parameters(method, dtype, chunk, eps):
    low, high = struct.unpack("<II", struct.pack("<d", eps))
    return (1, {"lorenzo": 1, "interp": 2}[method], np.dtype(dtype).itemsize, *chunk, low, high)


folder = tempfile.mkdtemp()
path = os.path.join(folder, "u.h5")
z, y, x = np.meshgrid(*(np.linspace(0, 3, n) for n in (20, 30, 40)), indexing="ij")
field = np.sin(x + 2 * y) * np.cos(z)
field[3, 4, 5], field[3, 4, 6], field[19, 29, 39] = np.nan, np.inf, 5e-324
with h5py.File(path, "w", libver="latest") as f:
    for method in ("interp", "lorenzo"):
        for dtype in ("f4", "f8"):
            f.create_dataset(f"{method}_{dtype}", data=field.astype(dtype), chunks=(10, 30, 40), compression=287,
                             compression_opts=parameters(method, dtype, (10, 30, 40), 1e-5), fletcher32=True)
    f.create_dataset("raw", data=field, chunks=(10, 30, 40))
with h5py.File(path) as f:
    for name in f:
        got, want = f[name][:].astype("f8"), field.astype(f[name].dtype).astype("f8")
        finite = np.isfinite(want)
        assert np.abs(got[finite] - want[finite]).max() <= 1e-5, name
        assert np.array_equal(got[~finite], want[~finite], equal_nan=True), name
        if name != "raw":
            assert f[name].id.get_storage_size() < f["raw"].id.get_storage_size() / 2, name
    place = f["interp_f8"].id.get_chunk_info(0)

# h5py makes filters optional: one that refuses is left out, and the chunk is kept as it is.
for parameter, wrong in ((0, 2), (1, 9), (2, 3), (3, 0)):  # version, method, size, extent
    values = list(parameters("interp", "f8", (10, 30, 40), 1e-5))
    values[parameter] = wrong
    with h5py.File(os.path.join(folder, "wrong.h5"), "w") as f:
        f.create_dataset("u", data=field, chunks=(10, 30, 40), compression=287, compression_opts=tuple(values))
    with h5py.File(os.path.join(folder, "wrong.h5")) as f:
        assert f["u"].id.get_chunk_info(0).filter_mask == 1, parameter
        assert f["u"][:].tobytes() == field.tobytes(), parameter

bytes_ = bytearray(open(path, "rb").read())
bytes_[place.byte_offset + place.size // 2] ^= 16
open(os.path.join(folder, "bad.h5"), "wb").write(bytes_)
with h5py.File(os.path.join(folder, "bad.h5")) as f:
    try:
        f["interp_f8"][:]
        raise AssertionError("a damaged chunk was read")
    except OSError as e:
        assert "Fletcher32" in str(e) or "filter" in str(e), e

if shutil.which("h5dump"):
    dump = subprocess.run(["h5dump", "-p", "-d", "/interp_f8", "-s", "0,0,0", "-c", "1,1,2", path], capture_output=True, text=True)
    assert dump.returncode == 0 and "FILTER_ID 287" in dump.stdout and "(0,0,0): " in dump.stdout, dump.stdout + dump.stderr
    shown = [float(v) for v in dump.stdout.split("(0,0,0): ")[1].split("\n")[0].split(",")]
    assert np.allclose(shown, field[0, 0, :2], atol=1.1e-5), shown
    listed = subprocess.run(["h5ls", "-v", path], capture_output=True, text=True)
    assert listed.returncode == 0 and "Filter-0" in listed.stdout and "Ansatz" in listed.stdout, listed.stdout
    plain = os.path.join(folder, "plain.h5")
    assert subprocess.run(["h5repack", "-f", "GZIP=1", path, plain]).returncode == 0
    del os.environ["HDF5_PLUGIN_PATH"]
    subprocess.run([sys.executable, "-c", f"import h5py; h5py.File({plain!r})['interp_f8'][:]"], check=True)
shutil.rmtree(folder)
