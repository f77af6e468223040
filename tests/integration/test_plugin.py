# SPDX-License-Identifier: Apache-2.0
"""libansatz_petsc.so loaded into programs that know nothing of Ansatz.
usage: test_plugin.py PROGRAM PLUGIN MPIEXEC PYTHONPATH_OF_PETSC4PY [unittest arguments]"""
import os
import re
import subprocess
import sys
import unittest

PROGRAM, PLUGIN, MPIEXEC, PETSC4PY = sys.argv[1:5]
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plain_poisson.py")
RESULT = re.compile(r"result reason (\S+) iterations (\d+) residual (\S+) norm (\S+)")
FCG = ["-ksp_type", "fcg", "-ksp_fcg_mmax", "2", "-ksp_fcg_truncation_type", "standard", "-ksp_norm_type", "unpreconditioned"]


def run(command, ranks=1, environment=None):
    """Runs a program and returns exit code and all text."""
    launcher = [MPIEXEC, "-q", "-n", str(ranks)] if ranks > 1 else []
    variables = {**os.environ, **(environment or {})}
    done = subprocess.run(launcher + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables, timeout=60, check=False)
    return done.returncode, done.stdout


def program(*options, ranks=1, environment=None):
    return run([PROGRAM, "-skip_petscrc", "-ksp_rtol", "1e-8", *options], ranks, environment)


def script(*options, ranks=1):
    return run(["/usr/bin/python3", SCRIPT, "-skip_petscrc", "-ksp_rtol", "1e-8", *options], ranks, {"PYTHONPATH": PETSC4PY})


def petsc4py_found():
    return run(["/usr/bin/python3", "-c", "import petsc4py"], environment={"PYTHONPATH": PETSC4PY})[0] == 0


class Plugin(unittest.TestCase):
    def solved(self, outcome):
        """Checks the answer of a solve; returns iterations and norm of x."""
        code, text = outcome
        self.assertEqual(code, 0, text)
        match = RESULT.search(text)
        self.assertIsNotNone(match, text)
        self.assertNotIn("WARNING", text)
        return int(match[2]), float(match[4])

    def test_dcdm_is_flexible_cg_in_a_plain_program(self):
        iterations, norm = self.solved(program(*FCG, "-pc_type", "jacobi"))
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                ours, ours_norm = self.solved(program("-dll_append", PLUGIN, "-ksp_type", "dcdm", "-pc_type", "jacobi", ranks=ranks))
                self.assertLessEqual(abs(ours - iterations), 1)
                self.assertAlmostEqual(ours_norm / norm, 1.0, delta=1e-7)

    def test_options_of_the_loop_are_read_and_shown(self):
        code, text = program("-dll_append", PLUGIN, "-ksp_type", "dcdm", "-ksp_dcdm_history", "3", "-ksp_dcdm_fused", "0",
                             "-ksp_dcdm_true_residual", "1", "-pc_type", "sor", "-ksp_view", "-options_left")
        self.solved((code, text))
        self.assertIn("type: dcdm", text)
        self.assertIn("directions kept: 3, plain form", text)
        self.assertIn("There are no unused options", text)

    def test_suffix_and_command_line_are_optional(self):
        bare = PLUGIN[: -len(".so")]
        self.solved(program("-ksp_type", "dcdm", "-pc_type", "jacobi", environment={"PETSC_OPTIONS": f"-dll_append {bare}"}))

    def test_wrong_path_is_petsc_s_error(self):
        code, text = program("-dll_append", "/nowhere/libansatz_petsc.so", "-ksp_type", "dcdm")
        self.assertNotEqual(code, 0)
        self.assertRegex(text, r"[Uu]nable to (open|locate) dynamic library")
        self.assertIn("/nowhere/libansatz_petsc", text)

    def test_without_the_plugin_the_type_is_unknown(self):
        code, text = program("-ksp_type", "dcdm")
        self.assertNotEqual(code, 0)
        self.assertIn("Unable to find requested KSP type dcdm", text)

    def test_petsc4py(self):
        if not petsc4py_found():
            self.skipTest("petsc4py is not installed (Debian: python3-petsc4py-real)")
        iterations, norm = self.solved(script(*FCG, "-pc_type", "jacobi"))
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                ours, ours_norm = self.solved(script("-dll_append", PLUGIN, "-ksp_type", "dcdm", "-pc_type", "jacobi", ranks=ranks))
                self.assertLessEqual(abs(ours - iterations), 1)
                self.assertAlmostEqual(ours_norm / norm, 1.0, delta=1e-7)

    def test_multigrid_directions_on_a_matrix_nobody_prepared(self):
        grid = [word for axis in "xyz" for word in (f"-da_grid_{axis}", "24")]
        _, norm = self.solved(program(*grid, "-ksp_type", "cg", "-pc_type", "jacobi"))
        for solver in ("dcdm", "cg", "mgcg"):
            for ranks in (1, 2):
                with self.subTest(solver=solver, ranks=ranks):
                    ours, ours_norm = self.solved(program(*grid, "-dll_append", PLUGIN, "-ksp_type", solver, "-pc_type", "voxmg", ranks=ranks))
                    self.assertLessEqual(ours, 10)
                    self.assertAlmostEqual(ours_norm / norm, 1.0, delta=1e-6)

    def test_learned_directions_in_a_plain_program(self):
        grid = [word for axis in "xyz" for word in (f"-da_grid_{axis}", "32")]
        voxmg = ["-dll_append", PLUGIN, "-pc_type", "voxmg", "-ksp_view"]
        for solver in ("dcdm", "mgcg"):
            with self.subTest(solver=solver):
                classical, norm = self.solved(program(*grid, *voxmg, "-ksp_type", solver))
                outcome = program(*grid, *voxmg, "-ksp_type", solver, "-pc_voxmg_weights", "shipped")
                learned, learned_norm = self.solved(outcome)
                self.assertIn("learned weights", outcome[1])
                self.assertLess(learned, classical)
                self.assertAlmostEqual(learned_norm / norm, 1.0, delta=1e-6)

    def test_multigrid_directions_in_petsc4py(self):
        if not petsc4py_found():
            self.skipTest("petsc4py is not installed (Debian: python3-petsc4py-real)")
        iterations, _ = self.solved(script("-dll_append", PLUGIN, "-ksp_type", "dcdm", "-pc_type", "voxmg"))
        self.assertLessEqual(iterations, 10)

    def test_an_error_inside_is_petsc_s_error_outside(self):
        if not petsc4py_found():
            self.skipTest("petsc4py is not installed (Debian: python3-petsc4py-real)")
        code, text = script("-dll_append", PLUGIN, "-ksp_type", "dcdm", "-pc_type", "voxmg", "-without_dm", "true")
        self.assertEqual(code, 1, text)
        self.assertIn("petsc4py.PETSc.Error", text)
        self.assertNotIn("terminate called", text)

    def test_only_the_entry_point_is_exported(self):
        _, text = run(["nm", "-D", "--defined-only", "--format=posix", PLUGIN])
        names = {line.split()[0].split("@")[0] for line in text.splitlines() if line}
        self.assertEqual(names, {"PetscDLLibraryRegister_ansatz_petsc"})

    def test_nothing_of_ansatz_is_needed_beside_it(self):
        _, text = run(["readelf", "-d", PLUGIN])
        self.assertIn("libpetsc_real", text)
        self.assertNotRegex(text, r"NEEDED.*ansatz")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=2)
