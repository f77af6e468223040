#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Products of signals on the sphere from Python, through the C interface (c_api.h) with ctypes and numpy.
usage: example.py PATH/TO/libansatz_gaunt.so"""
import ctypes
import sys

import numpy as np


class Description(ctypes.Structure):
    """ansatz_gaunt_desc."""
    _fields_ = [("struct_size", ctypes.c_size_t), ("degree1", ctypes.c_int), ("degree2", ctypes.c_int), ("degree3", ctypes.c_int),
                ("irreps1", ctypes.c_char_p), ("irreps2", ctypes.c_char_p), ("irreps3", ctypes.c_char_p), ("precision", ctypes.c_int),
                ("layout", ctypes.c_int), ("normalisation", ctypes.c_int), ("method", ctypes.c_char_p), ("threads", ctypes.c_int),
                ("flags", ctypes.c_uint)]


class Product:
    """z = P[x * y] of batches of features, rows of numpy arrays; gradients too."""

    def __init__(self, library, irreps1, irreps2, irreps3, dtype=np.float32, threads=1, method=None):
        self.library, self.dtype = library, np.dtype(dtype)
        library.ansatz_last_error.restype = ctypes.c_char_p
        library.ansatz_gaunt_size.restype = ctypes.c_size_t
        library.ansatz_gaunt_size.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.ansatz_gaunt_plan_destroy.argtypes = [ctypes.c_void_p]
        d = Description(irreps1=irreps1.encode(), irreps2=irreps2.encode(), irreps3=irreps3.encode(), threads=threads,
                        precision=0 if self.dtype == np.float32 else 1, method=method.encode() if method else None)
        d.struct_size = ctypes.sizeof(d)
        self.plan = ctypes.c_void_p()
        self.check(library.ansatz_gaunt_plan_create(ctypes.byref(d), ctypes.byref(self.plan)))

    def __del__(self):
        self.library.ansatz_gaunt_plan_destroy(self.plan)

    def check(self, status):
        if status < 0:
            raise RuntimeError(self.library.ansatz_last_error().decode())

    def columns(self, operand):
        return self.library.ansatz_gaunt_size(self.plan, operand)

    def rows(self, array, operand):
        array = np.ascontiguousarray(array, self.dtype)
        if array.ndim != 2 or array.shape[1] != self.columns(operand):
            raise ValueError(f"operand {operand} has shape {array.shape}, ({len(array)}, {self.columns(operand)}) is needed")
        return array

    def __call__(self, x, y):
        x, y = self.rows(x, 1), self.rows(y, 2)
        z = np.empty((len(x), self.columns(3)), self.dtype)
        self.check(self.library.ansatz_gaunt_execute(self.plan, *map(pointer, (x, y, z)), ctypes.c_size_t(len(x)), None))
        return z

    def vjp(self, x, y, g):
        x, y, g = self.rows(x, 1), self.rows(y, 2), self.rows(g, 3)
        xbar, ybar = np.empty_like(x), np.empty_like(y)
        self.check(self.library.ansatz_gaunt_vjp(self.plan, *map(pointer, (x, y, g, xbar, ybar)), ctypes.c_size_t(len(x)), None))
        return xbar, ybar


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


def main():
    library = ctypes.CDLL(sys.argv[1])
    rng = np.random.default_rng(1)
    product = Product(library, "8x0e+8x1o+8x2e", "0e+1o+2e", "8x0e+8x1o+8x2e", np.float64)
    x, y, g = (rng.standard_normal((100, product.columns(k))) for k in (1, 2, 3))
    z = product(x, y)
    xbar, ybar = product.vjp(x, y, g)
    print("z", z.shape, " <g, z> =", np.vdot(g, z), " <xbar, x> =", np.vdot(xbar, x))


if __name__ == "__main__":
    main()
