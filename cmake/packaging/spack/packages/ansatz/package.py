# SPDX-License-Identifier: Apache-2.0
from spack.package import *


class Ansatz(CMakePackage):
    """Solver suite for PDE grids: cheap proposals, corrected until the true residual is met."""

    version("0.1.0")

    variant("fftw", default=True, description="The FFT solver (FFTW is GPL-2+)")

    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5@1.10: +mpi")
    depends_on("petsc@3.18 +mpi +hypre +double ~complex ~int64")
    depends_on("fftw@3: precision=double", when="+fftw")
    depends_on("boost@1.74:")
    depends_on("nlohmann-json@3.11:")
    depends_on("cli11@2.1:")
    depends_on("assimp@5.2:")
    depends_on("onednn@2.6:2")
    depends_on("openblas")
    depends_on("muparser")
    depends_on("gnuplot", type="run")

    conflicts("%gcc@:11", msg="C++20 as g++ 12 and clang 14 understand it")

    def cmake_args(self):
        return [self.define_from_variant("ANSATZ_WITH_FFTW", "fftw"), self.define("ANSATZ_TESTS", False)]
