// SPDX-License-Identifier: Apache-2.0
/// What we write, h5py reads; what is written, our reader returns; what must not be written is refused. On 1 and 2 ranks.
#include "fixture.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>

namespace ansatz::tests {

BOOST_AUTO_TEST_SUITE(result_file)

constexpr const char* h5py_check = R"(
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], 'r'); ranks = int(sys.argv[2])
k, j, i = np.meshgrid(range(4), range(3), range(5), indexing='ij')
p = f['fields/pressure']
assert p.shape == (1, 4, 3, 5) and p.dtype == '<f8' and np.array_equal(p[0], k*100 + j*10 + i)
assert p.fletcher32 and p.chunks is not None and p.compression is None
flags = f['fields/flags']
assert flags.dtype == 'u1' and np.array_equal(flags[0], (k*100 + j*10 + i) % 256)
assert p.attrs['units'] == b'Pa' and p.attrs['unitSI'] == 1.0 and p.attrs['location'] == b'cell' and p.attrs['long_name'] == b'pressure of the sample'
for axis, name in enumerate(('time', 'z', 'y', 'x')):
    assert p.dims[axis].label == name and p.dims[axis][0] == f['grid/' + name], name
assert np.array_equal(f['grid/x'][:], [0.5, 1.5, 2.5, 3.5, 4.5]) and np.array_equal(f['grid/z'][:], [-1, -2, -4, -8]) and f['grid/time'][0] == 0.75
assert f['grid/y'].attrs['units'] == b'm' and f['grid/time'].attrs['units'] == b's'
m = f['meta'].attrs
assert m['format'] == b'ansatz' and list(m['format_version']) == [1, 1] and m['ranks'] == ranks and m['seed'] == 42 and m['threads'] == 2
assert m['command_line'] == b'ansatz-poisson --seed 42' and m['git_dirty'] in (True, False) and len(m['date']) == 20
assert f['meta/config_json'][0] == b'{"solver": {"rtol": 1e-8}}'
for s, h in (('solver', 'history'), ('runs/cg+gamg', 'runs/cg+gamg/history')):
    a = f[s].attrs
    assert a['converged'] is np.True_ and a['iterations'] == 3 and a['relative_residual'] == 2.5e-9 and a['bytes_peak'] == 123456789012
    assert np.array_equal(f[h + '/residual'][:], [1, 0.5, 0.125, 2.5e-9]) and np.array_equal(f[h + '/iteration'][:], range(4))
    assert f[h + '/residual'].maxshape == (None,) and f[h + '/residual'].dims[0][0] == f[h + '/iteration']
assert f['solver'].attrs['solver'] == b'dcdm'
assert list(f['phases/name'][:]) == [b'setup', b'solve'] and f['phases/max'][0] == ranks and f['phases/mean'][0] == (ranks + 1) / 2
def checked(name, o):
    if isinstance(o, h5py.Dataset): assert o.fletcher32 and o.chunks, name
f.visititems(checked)
)";

BOOST_AUTO_TEST_CASE(h5py_reads_it, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;

  write_sample(MPI_COMM_WORLD, scratch / "a.h5");

  BOOST_TEST(python(h5py_check, scratch / "a.h5 " + std::to_string(size_of(MPI_COMM_WORLD))));
}

BOOST_AUTO_TEST_CASE(our_reader_returns_it) {
  const Scratch scratch;

  write_sample(MPI_COMM_WORLD, scratch / "a.h5");
  const ResultReader reader(scratch / "a.h5");

  BOOST_TEST(reader.fields() == std::vector<std::string>({"flags", "pressure"}), boost::test_tools::per_element());
  const Field p = reader.read_field("pressure");
  FieldBlock whole = sample_block(MPI_COMM_SELF, "pressure");
  BOOST_TEST(p.values == sample_values(whole), boost::test_tools::per_element());
  BOOST_TEST(p.dims == dims, boost::test_tools::per_element());
  BOOST_TEST(p.units == "Pa");
  BOOST_TEST(!p.is_byte);
  BOOST_TEST(reader.describe("flags").is_byte);
  const Meta meta = reader.meta();
  BOOST_TEST(meta.seed == 42);
  BOOST_TEST(meta.config_json == sample_meta().config_json);
  BOOST_TEST(meta.ranks == size_of(MPI_COMM_WORLD));
  const auto solver = reader.solver();
  BOOST_REQUIRE(solver.has_value());
  BOOST_TEST(solver->converged);
  BOOST_TEST(solver->history == sample_solver("dcdm").history, boost::test_tools::per_element());
  BOOST_TEST(solver->history_seconds == sample_solver("dcdm").history_seconds, boost::test_tools::per_element());
  BOOST_REQUIRE(reader.runs().size() == 1U);
  BOOST_TEST(reader.runs()[0].name == "cg+gamg");
  BOOST_REQUIRE(reader.phases().size() == 2U);
  BOOST_TEST(reader.phases()[0].max == static_cast<double>(size_of(MPI_COMM_WORLD)));
  BOOST_TEST(reader.grid().z[3] == -8.0);
  BOOST_TEST(reader.verify().datasets >= 15);
}

BOOST_AUTO_TEST_CASE(blocks_are_read_collectively) {
  const Scratch scratch;
  write_sample(MPI_COMM_WORLD, scratch / "a.h5");
  const ResultReader reader(scratch / "a.h5", MPI_COMM_WORLD);
  const bool last = rank_of(MPI_COMM_WORLD) == size_of(MPI_COMM_WORLD) - 1;

  FieldBlock box = sample_block(MPI_COMM_SELF, "pressure");
  box.start = {1, 1, 2};
  box.count = {2, 1, last ? 3 : 0};
  const auto values = reader.read_block("pressure", box.start, box.count);

  BOOST_TEST(values == sample_values(box), boost::test_tools::per_element());
  BOOST_CHECK_THROW((void)reader.read_block("pressure", {0, 0, 0}, {5, 1, 1}), UsageError);
  BOOST_CHECK_THROW((void)reader.read_block("pressure", {0, 0, 0}, {1, 1, 1}, 1), UsageError);
  BOOST_CHECK_THROW((void)reader.read_block("presure", {0, 0, 0}, {1, 1, 1}), FileError);
}

BOOST_AUTO_TEST_CASE(a_rank_may_hold_nothing) {
  const Scratch scratch;
  const int rank = rank_of(MPI_COMM_WORLD);
  const std::vector<double> axis{1, 2, 3};
  FieldBlock block{.name = "v", .units = "1", .long_name = "v", .dims = {3, 3, 3}, .count = {3, 3, 3}};
  if (rank > 0) block.count = {0, 0, 0};
  std::vector<double> values(rank > 0 ? 0 : 27);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);

  ResultFile file(MPI_COMM_WORLD, scratch / "v.h5");
  file.write_meta(sample_meta());
  file.write_grid(axis, axis, axis, "m");
  file.write_field(block, values);
  file.publish();

  BOOST_TEST(ResultReader(scratch / "v.h5").read_field("v").values[26] == 26.0);
}

BOOST_AUTO_TEST_CASE(chunks_of_large_fields_stay_below_4_MiB) {
  const Scratch scratch;
  const std::vector<double> x(100, 0.0);
  const std::vector<double> z(80, 0.0);
  const std::int64_t ranks = size_of(MPI_COMM_WORLD);
  FieldBlock block{.name = "v", .units = "1", .long_name = "v", .dims = {80, 100, 100}, .start = {80 * rank_of(MPI_COMM_WORLD) / ranks, 0, 0}};
  block.count = {80 * (rank_of(MPI_COMM_WORLD) + 1) / ranks - block.start[0], 100, 100};
  std::vector<double> values(static_cast<std::size_t>(block.count[0]) * 10000, 1.0);
  values.back() = 7;

  ResultFile file(MPI_COMM_WORLD, scratch / "v.h5");
  file.write_meta(sample_meta());
  file.write_grid(x, x, z, "m");
  file.write_field(block, values);
  file.publish();

  const auto read = ResultReader(scratch / "v.h5").read_field("v").values;
  BOOST_TEST(read.back() == 7.0);
  BOOST_TEST(static_cast<std::int64_t>(std::count(read.begin(), read.end(), 7.0)) == ranks);
  BOOST_TEST(python("import sys, h5py; c = h5py.File(sys.argv[1], 'r')['fields/v'].chunks; n = 8*c[1]*c[2]*c[3]; assert 2**18 <= n <= 2**22, c",
                    scratch / "v.h5"));
}

BOOST_AUTO_TEST_CASE(foolish_calls_are_refused) {
  const Scratch scratch;
  const std::vector<double> axis{1, 2, 3};
  const std::vector<double> none;
  ResultFile file(MPI_COMM_WORLD, scratch / "v.h5");
  const FieldBlock good{.name = "v", .units = "1", .long_name = "v", .dims = {3, 3, 3}, .start = {0, 0, 0}, .count = {3, 3, 3}};
  const std::vector<double> values(27);

  BOOST_CHECK_THROW(file.write_field(good, values), UsageError); // no grid yet
  BOOST_CHECK_THROW(file.write_grid(axis, none, axis, "m"), UsageError);
  file.write_grid(axis, axis, axis, "m");
  BOOST_CHECK_THROW(file.write_grid(axis, axis, axis, "m"), UsageError);
  for (const auto& change : std::vector<std::function<void(FieldBlock&)>>{[](FieldBlock& b) { b.name = "a/b"; }, [](FieldBlock& b) { b.name = ""; },
                                                                          [](FieldBlock& b) { b.name = "p-1"; },
                                                                          [](FieldBlock& b) {
                                                                            b.dims = {3, 3, 4};
                                                                          },
                                                                          [](FieldBlock& b) {
                                                                            b.start = {1, 0, 0};
                                                                          },
                                                                          [](FieldBlock& b) {
                                                                            b.count = {3, 3, 2};
                                                                          },
                                                                          [](FieldBlock& b) { b.location = "face"; }}) {
    FieldBlock bad = good;
    change(bad);
    BOOST_CHECK_THROW(file.write_field(bad, values), UsageError);
  }
  if (size_of(MPI_COMM_WORLD) > 1) BOOST_CHECK_THROW(file.write_field(good, values), UsageError); // every rank claims everything
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
