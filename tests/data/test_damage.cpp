// SPDX-License-Identifier: Apache-2.0
/// Damaged, foreign and newer files are errors, never data: truncations and single flipped bits over a whole file, each read in a child process.
#include "fixture.hpp"

#include <ansatz/data/child_process.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>

#include <signal.h>
#include <unistd.h>

#include <cstring>

namespace ansatz::tests {

namespace {

/// Everything a reader can see of the file, as one text: equal texts mean that nothing was read wrongly.
std::string read_everything(const std::string& path) {
  const ResultReader reader(path);
  std::string all;
  const auto add = [&](const std::string& text) { all += text + "|"; };
  const auto add_numbers = [&](const std::vector<double>& values) {
    std::string bytes(values.size() * sizeof(double), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    add(bytes);
  };
  const Meta m = reader.meta();
  for (const auto& text : {m.config_json, m.command_line, m.libraries, m.software, m.software_version, m.git_commit, m.date, m.host}) add(text);
  for (const std::int64_t n : {m.seed, m.threads, m.ranks, m.major, m.minor}) add(std::to_string(n));
  const Grid grid = reader.grid();
  for (const auto& axis : {grid.x, grid.y, grid.z, grid.time}) add_numbers(axis);
  for (const auto& name : reader.fields()) {
    const Field field = reader.read_field(name);
    add(name + field.units + field.long_name + field.location + std::to_string(field.is_byte));
    add_numbers(field.values);
  }
  auto runs = reader.runs();
  if (reader.solver()) runs.push_back(*reader.solver());
  for (const auto& run : runs) {
    add(run.name + run.reason + std::to_string(run.converged) + std::to_string(run.iterations) + std::to_string(run.unknowns) +
        std::to_string(run.bytes_peak));
    add_numbers({run.relative_residual, run.tolerance, run.setup_seconds, run.solve_seconds});
    add_numbers(run.history);
    add_numbers(run.history_seconds);
  }
  for (const auto& phase : reader.phases()) {
    add(phase.name);
    add_numbers({phase.min, phase.mean, phase.max});
  }
  (void)reader.verify();
  return all;
}

/// Reads a changed copy in a child and says what came of it.
enum class Outcome { error, harmless, silent, crash };
struct Tally {
  std::array<int, 4> counts{};
  std::string first_bad;
  void add(Outcome outcome, const std::string& what) {
    ++counts[static_cast<std::size_t>(outcome)];
    if ((outcome == Outcome::silent || outcome == Outcome::crash) && first_bad.empty()) first_bad = what;
  }
  [[nodiscard]] int of(Outcome outcome) const { return counts[static_cast<std::size_t>(outcome)]; }
};

Outcome outcome_of(const std::string& path, const std::string& truth) {
  const ChildResult child = run_in_child([&] { return read_everything(path); }, 10);
  if (child.end == ChildResult::End::threw) return Outcome::error;
  if (child.end != ChildResult::End::returned) return Outcome::crash;
  return child.message == truth ? Outcome::harmless : Outcome::silent;
}

std::string reason_of_opening(const std::string& path) {
  try {
    const ResultReader reader(path);
  } catch (const FileError& e) {
    BOOST_TEST(std::string(e.what()).find(path) != std::string::npos); // the message names the file
    return e.reason();
  }
  return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(truncated_files_are_refused) {
  const Scratch scratch;
  write_sample(MPI_COMM_WORLD, scratch / "a.h5");
  const std::string whole = slurp(scratch / "a.h5");
  const std::string bad = scratch / "bad.h5";
  std::vector<std::size_t> lengths{whole.size() - 1};
  for (std::size_t n = 0; n < 96; n += 4) lengths.push_back(n);
  for (std::size_t n = 512; n < whole.size(); n += 2048) lengths.push_back(n);

  for (const std::size_t n : lengths) {
    spill(bad, whole.substr(0, n));
    const std::string reason = reason_of_opening(bad);
    BOOST_TEST_CONTEXT("length " << n) BOOST_TEST((reason == "file_damaged" || reason == "file_format"));
  }
}

BOOST_AUTO_TEST_CASE(flipped_bits_are_never_read_as_data) {
  const Scratch scratch;
  write_sample(MPI_COMM_WORLD, scratch / "a.h5");
  const std::string whole = slurp(scratch / "a.h5");
  const std::string truth = read_everything(scratch / "a.h5");
  const std::string bad = scratch / "bad.h5";
  Tally tally;

  const std::size_t step = whole.size() / 499 + 1;
  for (std::size_t at = 0; at < whole.size(); at += at < 96 ? 1 : step) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    spill(bad, changed);
    tally.add(outcome_of(bad, truth), "byte " + std::to_string(at));
  }

  BOOST_TEST_MESSAGE("errors " << tally.of(Outcome::error) << ", harmless " << tally.of(Outcome::harmless) << ", silent " << tally.of(Outcome::silent)
                               << ", crashes " << tally.of(Outcome::crash) << " of a file of " << whole.size() << " bytes");
  BOOST_TEST_CONTEXT("first: " << tally.first_bad) {
    BOOST_TEST(tally.of(Outcome::silent) == 0);
    BOOST_TEST(tally.of(Outcome::crash) == 0);
    BOOST_TEST(tally.of(Outcome::error) > 50); // the sweep did hit used bytes
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_the_field_is_named) {
  const Scratch scratch;
  write_sample(MPI_COMM_WORLD, scratch / "a.h5");
  std::string bytes = slurp(scratch / "a.h5");
  const double value = 213.0; // occurs once as a double
  const std::size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value));
  BOOST_REQUIRE(at != std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  spill(scratch / "bad.h5", bytes);
  const ResultReader reader(scratch / "bad.h5");

  const auto names_field = [](const FileError& e) {
    return e.reason() == "file_damaged" && std::string(e.what()).find("/fields/pressure") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION((void)reader.read_field("pressure"), FileError, names_field);
  BOOST_CHECK_EXCEPTION((void)reader.verify(), FileError, names_field);
  BOOST_TEST(reader.read_field("flags").values.size() == 60U); // the rest can be read
}

BOOST_AUTO_TEST_CASE(foreign_files_are_named_as_such, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;
  write_sample(MPI_COMM_WORLD, scratch / "a.h5");
  spill(scratch / "text.h5", "Pressure: 1 2 3\n");
  spill(scratch / "empty.h5", "");
  constexpr const char* make = R"(
import sys, shutil, h5py, numpy as np
d = sys.argv[1] + '/'
with h5py.File(d + 'old.h5', 'w', libver='earliest') as f: f['p'] = np.arange(6.0)
with h5py.File(d + 'other.h5', 'w') as f: f.create_group('meta').attrs['format'] = np.bytes_('openPMD')
def copy(name, change):
    shutil.copy(d + 'a.h5', d + name)
    with h5py.File(d + name, 'r+', libver='latest') as f: change(f)
copy('major.h5', lambda f: f['meta'].attrs.modify('format_version', np.array([2, 0])))
copy('minor.h5', lambda f: f['meta'].attrs.modify('format_version', np.array([1, 7])))
def no_seed(f): del f['meta'].attrs['seed']
copy('no_seed.h5', no_seed)
def text_seed(f): del f['meta'].attrs['seed']; f['meta'].attrs['seed'] = np.bytes_('7')
copy('text_seed.h5', text_seed)
def no_pressure(f): del f['fields/pressure']
copy('no_pressure.h5', no_pressure)
)";
  BOOST_REQUIRE(python(make, scratch.folder()));

  for (const char* name : {"text.h5", "old.h5", "other.h5", "major.h5", "no_seed.h5", "text_seed.h5"})
    BOOST_TEST_CONTEXT(name) BOOST_TEST(reason_of_opening(scratch / name) == "file_format");
  BOOST_TEST(reason_of_opening(scratch / "empty.h5") == "file_damaged");
  BOOST_TEST(reason_of_opening(scratch.folder()) == "file_open");
  BOOST_TEST(reason_of_opening(scratch / "absent.h5") == "file_open");
  BOOST_TEST(reason_of_opening(scratch / "minor.h5") == ""); // newer minor versions are read
  BOOST_TEST(ResultReader(scratch / "minor.h5").meta().minor == 7);
  const ResultReader without(scratch / "no_pressure.h5");
  BOOST_CHECK_EXCEPTION((void)without.read_field("pressure"), FileError, [](const FileError& e) {
    return e.reason() == "file_format" && std::string(e.what()).find("fields/pressure") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(children_report_every_end) {
  BOOST_TEST(run_in_child([] { return std::string("a\0b", 3); }).message == std::string("a\0b", 3));
  const ChildResult threw = run_in_child([]() -> std::string { throw FileError("file_open", "no"); });
  BOOST_TEST((threw.end == ChildResult::End::threw && threw.reason == "file_open" && threw.message == "no"));
  const ChildResult crashed = run_in_child([]() -> std::string { std::abort(); });
  BOOST_TEST((crashed.end == ChildResult::End::crashed && crashed.signal == SIGABRT));
  const ChildResult late = run_in_child(
      []() -> std::string {
        for (;;) pause();
      },
      1);
  BOOST_TEST((late.end == ChildResult::End::timed_out));
  BOOST_TEST(run_in_child([] { return std::string(1 << 20, 'x'); }).message.size() == 1U << 20); // more than a pipe holds
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
