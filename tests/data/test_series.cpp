// SPDX-License-Identifier: Apache-2.0
/// Time series: what h5py and an XML parser find, restarts, runs that were cut, names that are taken, and files that are not what they should be.
#include "fixture.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/data/series_reader.hpp>

#include <stdexcept>

namespace ansatz::tests {

BOOST_AUTO_TEST_SUITE(series)

const Grid grid{.x = {0.5, 1.5, 2.5, 3.5, 4.5}, .y = {0.25, 0.5, 0.75}, .z = {-1, -2, -4, -8}, .time = {}, .units = "m"};
const std::vector<SeriesColumn> columns{{"dt", "s", "length of the step"}, {"iterations", "1", "of the pressure solve"}};

SeriesFile open_series(const std::string& path, SeriesOptions options = {}) { return {MPI_COMM_WORLD, path, sample_meta(), grid, columns, options}; }

/// Steps from + 1 to `to` of a run whose step takes 0.25 s and that writes a frame every second step. Frame values are those of the sample, times the step.
void run(SeriesFile& series, std::int64_t from, std::int64_t to) {
  for (std::int64_t step = from + 1; step <= to; ++step) {
    const double time = 0.25 * static_cast<double>(step);
    series.record(step, time, {0.25, static_cast<double>(10 * step)});
    if (step % 2 == 0)
      series.write_frame(step, time, [&](ResultFile& frame) {
        const auto block = sample_block(MPI_COMM_WORLD, "density");
        auto values = sample_values(block);
        for (double& value : values) value *= static_cast<double>(step);
        frame.write_field(block, values);
        frame.write_field(sample_block(MPI_COMM_WORLD, "flags"), std::vector<std::uint8_t>(values.size(), 2));
      });
  }
}

constexpr const char* check_index = R"(
import sys, h5py, numpy as np
path, ranks, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with h5py.File(path, 'r') as f:
    m = f['meta'].attrs
    assert m['content'] == b'series' and m['ranks'] == ranks and m['seed'] == 42
    frames = steps // 2
    assert list(f['grid/time']) == [0.5 * (i + 1) for i in range(frames)] and list(f['grid/step']) == [2 * (i + 1) for i in range(frames)]
    h = f['history']
    assert set(h) == {'step', 'time', 'dt', 'iterations'} and h['dt'].maxshape == (None,) and h['dt'].fletcher32
    assert list(h['step']) == list(range(1, steps + 1)) and list(h['time']) == [0.25 * (i + 1) for i in range(steps)]
    assert set(h['dt'][:]) == {0.25} and list(h['iterations']) == [10 * (i + 1) for i in range(steps)]
    assert h['dt'].attrs['units'] == b's' and h['iterations'].dims[0].label == 'step' and h['iterations'].dims[0][0] == h['step']
    assert sorted(f['frames']) == ['%04d' % i for i in range(frames)]
    for i in range(frames):
        link = f['frames'].get('%04d' % i, getlink=True)
        assert link.filename == 'a&b_%04d.h5' % i and link.path == '/', link.filename
        frame = f['frames/%04d' % i]
        assert frame['meta'].attrs['content'] == b'result' and frame['meta'].attrs['ranks'] == ranks
        assert frame['grid/time'][0] == f['grid/time'][i] and frame['fields/density'][0, 2, 1, 3] == 213 * 2 * (i + 1)
)";

constexpr const char* check_xdmf = R"(
import os, sys, xml.etree.ElementTree as xml, h5py, numpy as np
root = xml.parse(sys.argv[1]).getroot(); folder = os.path.dirname(sys.argv[1]); frames = int(sys.argv[2])
collection, = root.findall('./Domain/Grid')
assert collection.get('GridType') == 'Collection' and collection.get('CollectionType') == 'Temporal'
grids = collection.findall('Grid')
assert len(grids) == frames
numbers = {('Float', '8'): '<f8', ('UChar', '1'): 'u1'}
for n, g in enumerate(grids):
    assert float(g.find('Time').get('Value')) == 0.5 * (n + 1)
    shape = tuple(map(int, g.find('Topology').get('Dimensions').split()))
    assert shape == (4, 3, 5) and g.find('Topology').get('TopologyType') == '3DRectMesh'
    def data(item):
        name, path = item.text.split(':')
        assert name == 'a&b_%04d.h5' % n and '/' not in name
        d = h5py.File(os.path.join(folder, name), 'r')[path]
        assert d.shape == tuple(map(int, item.get('Dimensions').split())) and d.dtype == numbers[item.get('NumberType'), item.get('Precision')]
        return d
    x, y, z = (data(i) for i in g.find('Geometry').findall('DataItem'))
    assert (len(z), len(y), len(x)) == shape and z[3] == -8
    found = {}
    for a in g.findall('Attribute'):
        slab = a.find('DataItem'); selection, source = slab.findall('DataItem')
        start, stride, count = np.array(selection.text.split(), int).reshape(3, 4)
        found[a.get('Name')] = data(source)[tuple(slice(s, s + c) for s, c in zip(start, count))].reshape(shape)[2, 1, 3]
    assert found == {'density': 213 * 2 * (n + 1), 'flags': 2}, found
)";

bool index_is_right(const std::string& path, int steps) {
  return python(check_index, "'" + path + "' " + std::to_string(size_of(MPI_COMM_WORLD)) + " " + std::to_string(steps));
}

BOOST_AUTO_TEST_CASE(h5py_and_xml_find_what_was_written, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;
  SeriesFile series = open_series(scratch / "a&b.h5");

  run(series, 0, 7);
  BOOST_TEST(index_is_right(scratch / "a&b.h5", 6)); // record 7 is not flushed
  series.flush();

  BOOST_TEST(index_is_right(scratch / "a&b.h5", 7));
  BOOST_TEST(python(check_xdmf, "'" + (scratch / "a&b.xdmf") + "' 3"));
  const SeriesReader reader(scratch / "a&b.h5");
  BOOST_TEST(reader.frames().size() == 3U);
  BOOST_TEST(reader.frame(1).step == 4);
  BOOST_TEST(reader.frame(1).time == 1.0);
  BOOST_TEST(reader.history().values[1].back() == 70.0);
  BOOST_TEST(ResultReader(reader.frame(2).path).read_field("density").values[(2 * 3 + 1) * 5 + 3] == 213.0 * 6);
  BOOST_TEST(reader.verify().datasets > verify_file(scratch / "a&b.h5").datasets);
}

BOOST_AUTO_TEST_CASE(no_frame_yet, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;
  SeriesFile series = open_series(scratch / "a&b.h5");
  series.record(1, 0.25, {0.25, 10});

  series.flush();

  BOOST_TEST(index_is_right(scratch / "a&b.h5", 1));
  const std::vector<std::string> names{"a&b.h5"};
  BOOST_TEST(scratch.names() == names, boost::test_tools::per_element());
  BOOST_CHECK_THROW((void)SeriesReader(scratch / "a&b.h5").frame(0), UsageError);
}

/// What the index says: steps of the history, steps of the frames.
std::vector<std::int64_t> said(const std::string& path) {
  const SeriesReader reader(path);
  std::vector<std::int64_t> all = reader.history().step;
  for (const SeriesFrame& frame : reader.frames()) all.push_back(frame.step);
  MPI_Barrier(MPI_COMM_WORLD); // nobody changes it before all have read
  return all;
}

BOOST_AUTO_TEST_CASE(goes_on_after_any_step, *boost::unit_test::precondition(has_h5py)) {
  const std::vector<std::int64_t> whole{1, 2, 3, 4, 5, 6, 7, 2, 4, 6};
  for (const std::int64_t cut : {0, 1, 2, 5}) {
    const Scratch scratch;
    {
      SeriesFile series = open_series(scratch / "a&b.h5");
      run(series, 0, 7); // ran further than the checkpoint the next run goes on from
      series.flush();
    }
    SeriesFile series = open_series(scratch / "a&b.h5", {.resume_step = cut});
    BOOST_TEST(series.frames() == cut / 2);
    BOOST_TEST(said(scratch / "a&b.h5") == whole, boost::test_tools::per_element()); // nothing is lost before there is something new

    series.flush();
    const auto frames = static_cast<std::size_t>(cut / 2);
    BOOST_TEST(said(scratch / "a&b.h5").size() == static_cast<std::size_t>(cut) + frames);
    const std::size_t files = scratch.names().size();
    MPI_Barrier(MPI_COMM_WORLD);
    BOOST_TEST(files == 2 + frames); // later frames are gone; an index and an XDMF file, the older one before there is a frame
    run(series, cut, 7);
    series.flush();

    BOOST_TEST(said(scratch / "a&b.h5") == whole, boost::test_tools::per_element());
    if (cut != 5) continue;
    BOOST_TEST(index_is_right(scratch / "a&b.h5", 7));
    BOOST_TEST(python(check_xdmf, "'" + (scratch / "a&b.xdmf") + "' 3"));
  }
}

BOOST_AUTO_TEST_CASE(a_frame_that_fails_changes_nothing, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;
  SeriesFile series = open_series(scratch / "a&b.h5");
  run(series, 0, 4);

  BOOST_CHECK_THROW(series.write_frame(6, 1.5, [](ResultFile&) { throw std::runtime_error("cut"); }), std::runtime_error);

  BOOST_TEST(index_is_right(scratch / "a&b.h5", 4));
  BOOST_TEST(scratch.names().size() == 4U);
}

BOOST_AUTO_TEST_CASE(names_that_are_taken) {
  const Scratch scratch;
  {
    SeriesFile series = open_series(scratch / "a.h5");
    run(series, 0, 6);
  }
  const auto message = [&](const std::string& name) {
    try {
      (void)open_series(scratch / name);
    } catch (const FileError& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  BOOST_TEST(message("a.h5").find("a.h5 exists and is not replaced without --overwrite") != std::string::npos);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0) std::filesystem::rename(scratch / "a.h5", scratch / "b.h5");
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST(message("a.h5").find("a_000") != std::string::npos);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0) std::filesystem::rename(scratch / "b.h5", scratch / "a.h5");
  MPI_Barrier(MPI_COMM_WORLD);

  SeriesFile shorter = open_series(scratch / "a.h5", {.overwrite = true});
  run(shorter, 0, 2);

  const std::vector<std::string> names{"a.h5", "a.xdmf", "a_0000.h5"};
  BOOST_TEST(scratch.names() == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(foolish_use) {
  const Scratch scratch;
  SeriesFile series = open_series(scratch / "a.h5");
  run(series, 0, 2);

  BOOST_CHECK_THROW(series.record(3, 0.75, {1.0}), UsageError);
  if (rank_of(MPI_COMM_WORLD) == 0) {
    BOOST_CHECK_THROW(series.record(2, 0.5, {1.0, 2.0}), UsageError);
  }
  BOOST_CHECK_THROW(series.write_frame(2, 0.5, [](ResultFile&) {}), UsageError);
  for (const char* name : {"step", "time", "dt", "a/b", ""})
    BOOST_CHECK_THROW(SeriesFile(MPI_COMM_WORLD, scratch / "b.h5", {}, grid, {columns[0], {.name = name}}), UsageError);
  BOOST_CHECK_THROW(SeriesFile(MPI_COMM_WORLD, scratch / "a.h5", {}, grid, {columns[0]}, {.resume_step = 2}), FileError);
  BOOST_CHECK_THROW(SeriesFile(MPI_COMM_WORLD, scratch / "a.h5", {}, grid, {columns[0], {.name = "other"}}, {.resume_step = 2}), FileError);
}

BOOST_AUTO_TEST_CASE(choosing_a_frame) {
  const Scratch scratch;
  SeriesFile series = open_series(scratch / "a.h5");
  run(series, 0, 4);
  const auto message = [&](const std::string& name, std::optional<std::int64_t> number) {
    try {
      return choose_frame(MPI_COMM_WORLD, scratch / name, number);
    } catch (const UsageError& e) {
      return std::string(e.what());
    }
  };

  BOOST_TEST(message("a.h5", 1) == scratch / "a_0001.h5");
  BOOST_TEST(message("a_0000.h5", std::nullopt) == scratch / "a_0000.h5");
  BOOST_TEST(message("a.h5", 2).find("there is no frame 2; there are 0 to 1") != std::string::npos);
  BOOST_TEST(message("a.h5", std::nullopt).find("a series of 2 frames; choose one with --frame 0 to 1") != std::string::npos);
  BOOST_TEST(message("a_0000.h5", 1).find("a single file and no series; leave out --frame 1") != std::string::npos);
  BOOST_CHECK_THROW((void)choose_frame(MPI_COMM_WORLD, scratch / "c.h5", 0), FileError);
}

constexpr const char* make_bad = R"(
import sys, shutil, h5py
folder = sys.argv[1]
def copy(name, change):
    shutil.copy(folder + '/a.h5', folder + '/' + name)
    with h5py.File(folder + '/' + name, 'r+', libver='latest') as f:
        change(f)
def link(target, path='/'):
    def change(f):
        del f['frames/0001']
        f['frames/0001'] = h5py.ExternalLink(target, path)
    return change
copy('up.h5', link('../a_0001.h5'))
copy('root.h5', link('/etc/passwd'))
copy('object.h5', link('a_0001.h5', '/fields'))
def soft(f):
    del f['frames/0001']
    f['frames/0001'] = h5py.SoftLink('/grid')
copy('soft.h5', soft)
def less(f): del f['frames/0001']
copy('less.h5', less)
def name(f): f.move('frames/0001', 'frames/one')
copy('name.h5', name)
def short(f): f['history/dt'].resize((1,))
copy('short.h5', short)
)";

BOOST_AUTO_TEST_CASE(an_index_that_lies_is_refused, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;
  SeriesFile series = open_series(scratch / "a.h5");
  run(series, 0, 4);

  BOOST_REQUIRE(python(make_bad, scratch.folder()));

  for (const char* name : {"up.h5", "root.h5", "object.h5", "soft.h5", "less.h5", "name.h5", "short.h5"}) {
    std::string reason = "none";
    try {
      (void)SeriesReader(scratch / name);
    } catch (const FileError& e) {
      reason = e.reason();
      BOOST_TEST(std::string(e.what()).find(name) != std::string::npos);
    }
    BOOST_TEST_CONTEXT(name) BOOST_TEST(reason == "file_format");
  }
  if (rank_of(MPI_COMM_WORLD) == 0) spill(scratch / "a_0001.h5", slurp(scratch / "a_0001.h5").substr(0, 3000));
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_CHECK_THROW((void)SeriesReader(scratch / "a.h5").verify(), FileError);
  BOOST_CHECK_THROW((void)ResultReader(scratch / "a.h5"), FileError);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
