# SPDX-License-Identifier: Apache-2.0
"""The C interface from Python, through the example that users copy: products with the harmonics written out by numpy, gradients by the adjoint, threads, errors.
usage: test_c_api.py FOLDER_OF_EXAMPLE LIBRARY.  Exit 77: numpy is missing."""
import ctypes
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import example

library = ctypes.CDLL(sys.argv[2])
rng = np.random.default_rng(3)


def harmonics(n):
    """Y_0..Y_8 at unit vectors n: degrees 0, 1, 2 of docs/gaunt.md."""
    x, y, z = n.T
    s = np.sqrt(1 / np.pi)
    return np.stack([s / 2 + 0 * x, *(s * np.sqrt(3) / 2 * c for c in (x, y, z)), s * np.sqrt(15) / 2 * x * z, s * np.sqrt(15) / 2 * x * y,
                     s * np.sqrt(5) / 4 * (3 * y * y - 1), s * np.sqrt(15) / 2 * y * z, s * np.sqrt(15) / 4 * (z * z - x * x)], 1)


n = rng.standard_normal((50, 3))
n /= np.linalg.norm(n, axis=1)[:, None]
Y = harmonics(n)
for dtype, tolerance in ((np.float32, 3e-6), (np.float64, 1e-14)):
    product = example.Product(library, "0e+1o", "0e+1o", "0e+1o+2e", dtype)
    x, y = (rng.standard_normal((20, 4)).astype(dtype) for _ in range(2))
    z = product(x, y)
    error = np.abs(z @ Y.T - (x @ Y[:, :4].T) * (y @ Y[:, :4].T)).max()
    assert error < tolerance, ("values at points", dtype, error)

C = 6
names = (f"{C}x0e+{C}x1o+{C}x2e", "0e+1o+2e", f"{C}x0e+{C}x1o+{C}x2e")
one, two = (example.Product(library, *names, np.float64, threads=t, method="direct") for t in (1, 2))
x, y, g = (rng.standard_normal((33, one.columns(k))) for k in (1, 2, 3))
z = one(x, y)
xbar, ybar = one.vjp(x, y, g)
assert np.array_equal(two(x, y), z) and np.array_equal(two.vjp(x, y, g)[0], xbar) and np.array_equal(two.vjp(x, y, g)[1], ybar), "threads"
assert abs(np.vdot(xbar, x) - np.vdot(g, z)) < 1e-12 * np.linalg.norm(g) * np.linalg.norm(z), "the product is linear in x"
assert abs(np.vdot(ybar, y) - np.vdot(g, z)) < 1e-12 * np.linalg.norm(g) * np.linalg.norm(z), "and in y"

for bad, phrase in ((("8x", "0e", "0e"), "8x"), (("2x0e", "3x0e", "3x0e"), "channels"), (("0e", "0e", "1o"), "1o")):
    try:
        example.Product(library, *bad)
    except RuntimeError as e:
        assert phrase in str(e), (bad, e)
    else:
        raise AssertionError(bad)
print("ok")
