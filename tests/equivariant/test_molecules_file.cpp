// SPDX-License-Identifier: Apache-2.0
// Files of molecules: round trip, h5py as the other reader and writer, and files that are wrong.
#include "molecules.hpp"

#include <ansatz/data/model_file.hpp>
#include <ansatz/data/open_file.hpp>

#include <cstdio>
#include <fstream>

BOOST_AUTO_TEST_SUITE(molecules_file)

using namespace equivariant_test;
using ansatz::FileError;
using ansatz::read_molecules;
using ansatz::write_model;
using ansatz::write_molecules;

namespace {

/// Runs a Python program with one argument; true if it exits 0.
bool python(const std::string& program, const std::string& argument) {
  const std::string command = "/usr/bin/python3 - " + argument;
  std::FILE* pipe = popen(command.c_str(), "w");
  BOOST_REQUIRE(pipe != nullptr);
  std::fwrite(program.data(), 1, program.size(), pipe);
  return pclose(pipe) == 0;
}

boost::test_tools::assertion_result has_h5py(boost::unit_test::test_unit_id) {
  return std::system("/usr/bin/python3 -c 'import h5py' >/dev/null 2>&1") == 0; // NOLINT(bugprone-command-processor): a constant command
}

auto says(const std::string& phrase) {
  return [phrase](const ansatz::Error& e) {
    BOOST_TEST_MESSAGE(e.what());
    return std::string(e.what()).find(phrase) != std::string::npos;
  };
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  const Folder folder;
  const Molecules m = labelled(5, 3);

  write_molecules(folder / "m.h5", m, {.seed = 3});
  const Molecules back = read_molecules(folder / "m.h5");

  BOOST_TEST(back.reference == m.reference);
  BOOST_TEST((back.offsets == m.offsets && back.numbers == m.numbers && back.positions == m.positions));
  BOOST_TEST((back.energies == m.energies && back.forces == m.forces && back.kinds == m.kinds && back.kind_names == m.kind_names));
  BOOST_TEST(ansatz::verify_file(folder / "m.h5").datasets == 8);
}

BOOST_AUTO_TEST_CASE(the_molecules_of_the_sources_are_whole) {
  const Molecules m = read_molecules(std::string(ANSATZ_SOURCE_DIR) + "/data/molecules/g2.h5");

  BOOST_TEST(m.size() == 72 * 60);
  BOOST_TEST(m.kind_names.size() == 72);
  BOOST_TEST((m.elements() == std::vector<int>{1, 6, 7, 8, 9}));
  // Nothing pulls a molecule as a whole, and forces are those of molecules, not of collisions.
  for (std::size_t c = 0; c < m.size(); ++c) {
    Vector3 sum{};
    for (const Vector3& f : m.forces_of(c))
      for (std::size_t axis = 0; axis < 3; ++axis) {
        sum[axis] += f[axis];
        BOOST_REQUIRE(std::abs(f[axis]) < 60);
      }
    for (const double s : sum) BOOST_REQUIRE(std::abs(s) < 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(h5py_reads_them, *boost::unit_test::precondition(has_h5py)) {
  const Folder folder;
  write_molecules(folder / "m.h5", labelled(5, 3), {});

  BOOST_TEST(python(R"(
import sys, h5py, numpy as np
with h5py.File(sys.argv[1]) as f:
    g = f["molecules"]
    assert f["meta"].attrs["content"] == b"molecules"
    assert g["offsets"][:].tolist() == [0, 3, 7, 12, 15, 19]
    assert g["numbers"][:3].tolist() == [8, 1, 1] and g["numbers"].dtype == np.uint8
    assert g["positions"].shape == g["forces"].shape == (19, 3) and g["energies"].shape == (5,)
    assert g["forces"].attrs["units"] == b"eV/Angstrom" and abs(g["energies"].attrs["unitSI"] / 1.602176634e-19 - 1) < 1e-12
    assert g["kind_names"][:].tolist() == [b"odd", b"even"] and g["positions"].fletcher32
    assert abs(g["forces"][:3].sum(axis=0)).max() < 1e-12
)",
                    folder / "m.h5"));
}

BOOST_AUTO_TEST_CASE(wrong_files_are_named, *boost::unit_test::precondition(has_h5py)) {
  const Folder folder;
  const std::string path = folder / "m.h5";
  // A change by h5py to a good file, and what the reader must say.
  const std::vector<std::pair<std::string, std::string>> changes{
      {"g['positions'][2, 1] = np.nan", "positions holds nan at place 7"},
      {"g['energies'][1] = np.inf", "energies holds inf at place 1"},
      {"g['numbers'][0] = 0", "numbers holds 0 at place 0; must be 1..118"},
      {"g['numbers'][4] = 119", "numbers holds 119 at place 4"},
      {"g['offsets'][2] = 1", "offsets falls from 3 to 1 at place 2"},
      {"g['offsets'][0] = 1", "offsets must start with 0"},
      {"g['kinds'][0] = 2", "kinds holds 2 at place 0; must be 0..1"},
      {"del g['forces']; g['forces'] = np.zeros((19, 2))", "forces has the shape (19, 2); wanted is (19, 3)"},
      {"del g['energies']; g['energies'] = np.zeros(4)", "energies has the shape (4); wanted is (5)"},
      {"del g['numbers']; g['numbers'] = np.ones(19)", "numbers must hold integers"},
      {"del g['positions']; g['positions'] = np.array([b'x'] * 19)", "positions must hold numbers"},
      {"del g['forces']", "forces"},
      {"del g['offsets']", "offsets"},
      {"del f['molecules']", "molecules"},
      {"f['meta'].attrs['content'] = np.bytes_(b'result')", "a result file where a molecules file is wanted"},
  };
  for (const auto& [change, phrase] : changes) {
    write_molecules(path, labelled(5, 3), {}, {.overwrite = true});
    BOOST_REQUIRE(python("import sys, h5py, numpy as np\nwith h5py.File(sys.argv[1], 'r+', libver='latest') as f:\n    g = f['molecules']\n    " +
                             change + "\n",
                         path));

    BOOST_CHECK_EXCEPTION((void)read_molecules(path), FileError, says(phrase));
  }
}

BOOST_AUTO_TEST_CASE(foreign_files_and_molecules_that_do_not_fit_are_refused) {
  const Folder folder;
  std::ofstream(folder / "text.h5") << "no HDF5";
  write_model(folder / "model.h5", {.name = "potential"}, {});
  Molecules m = labelled(3, 1);
  m.numbers.pop_back();

  BOOST_CHECK_EXCEPTION((void)read_molecules(folder / "none.h5"), FileError, says("No such file"));
  BOOST_CHECK_EXCEPTION((void)read_molecules(folder / "text.h5"), FileError, says("not an HDF5 file"));
  BOOST_CHECK_EXCEPTION((void)read_molecules(folder / "model.h5"), FileError, says("a model file"));
  BOOST_CHECK_EXCEPTION(write_molecules(folder / "m.h5", m, {}), ansatz::UsageError, says("11 numbers"));
  BOOST_TEST(!std::filesystem::exists(folder / "m.h5"));
}

BOOST_AUTO_TEST_SUITE_END()
