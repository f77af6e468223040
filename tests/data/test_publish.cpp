// SPDX-License-Identifier: Apache-2.0
/// Names and folders: nothing appears before publish, nothing is replaced unasked, the former file is kept on request.
#include "fixture.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>

namespace ansatz::tests {

namespace {

/// The reason of the FileError that `body` throws; empty if it throws none.
template <class Body>
std::string reason_of(Body body) {
  try {
    body();
  } catch (const FileError& e) {
    return e.reason();
  }
  return "";
}

std::int64_t seed_of(const std::string& path) { return ResultReader(path).meta().seed; }

void write_with_seed(const std::string& path, std::int64_t seed, PublishOptions options) {
  ResultFile file(MPI_COMM_WORLD, path, options);
  file.write_meta({.seed = seed, .config_json = "", .command_line = "", .libraries = ""});
  file.publish();
}

} // namespace

BOOST_AUTO_TEST_SUITE(publish)

BOOST_AUTO_TEST_CASE(nothing_appears_before_publish) {
  const Scratch scratch;
  {
    ResultFile file(MPI_COMM_WORLD, scratch / "a.h5");
    file.write_meta(sample_meta());
    BOOST_TEST(!std::filesystem::exists(scratch / "a.h5"));
    BOOST_TEST(std::filesystem::exists(scratch / "a.h5.part"));
    MPI_Barrier(MPI_COMM_WORLD);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST(scratch.names().empty());
}

BOOST_AUTO_TEST_CASE(replacing_must_be_asked_for) {
  const Scratch scratch;
  write_with_seed(scratch / "a.h5", 1, {});

  BOOST_TEST(reason_of([&] { write_with_seed(scratch / "a.h5", 2, {}); }) == "file_open");
  BOOST_TEST(seed_of(scratch / "a.h5") == 1);

  MPI_Barrier(MPI_COMM_WORLD);
  write_with_seed(scratch / "a.h5", 3, {.overwrite = true});
  BOOST_TEST(seed_of(scratch / "a.h5") == 3);
  BOOST_TEST(scratch.names() == std::vector<std::string>{"a.h5"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_appears_meanwhile_is_not_replaced) {
  const Scratch scratch;
  ResultFile file(MPI_COMM_WORLD, scratch / "a.h5");
  file.write_meta(sample_meta());
  if (rank_of(MPI_COMM_WORLD) == 0) spill(scratch / "a.h5", "somebody else's");
  MPI_Barrier(MPI_COMM_WORLD);

  BOOST_TEST(reason_of([&] { file.publish(); }) == "file_write");

  BOOST_TEST(slurp(scratch / "a.h5") == "somebody else's");
}

BOOST_AUTO_TEST_CASE(the_previous_file_is_kept) {
  const Scratch scratch;
  const PublishOptions keep{.overwrite = true, .keep_previous = true};

  for (std::int64_t seed = 1; seed <= 3; ++seed) write_with_seed(scratch / "a.h5", seed, keep);

  BOOST_TEST(seed_of(scratch / "a.h5") == 3);
  BOOST_TEST(seed_of(scratch / "a_prev.h5") == 2);
  BOOST_TEST(scratch.names() == std::vector<std::string>({"a.h5", "a_prev.h5"}), boost::test_tools::per_element());
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0) std::filesystem::remove(scratch / "a.h5");
  MPI_Barrier(MPI_COMM_WORLD);
  const ResultReader reader(scratch / "a.h5"); // as after a cut rename where there are no hard links
  BOOST_TEST(reader.path() == scratch / "a_prev.h5");
}

BOOST_AUTO_TEST_CASE(a_leftover_that_is_a_link_to_the_file_does_no_harm) {
  const Scratch scratch;
  write_with_seed(scratch / "a.h5", 1, {});
  if (rank_of(MPI_COMM_WORLD) == 0) std::filesystem::create_hard_link(scratch / "a.h5", scratch / "a.h5.part"); // killed between link and unlink
  MPI_Barrier(MPI_COMM_WORLD);

  { const ResultFile never_published(MPI_COMM_WORLD, scratch / "a.h5", {.overwrite = true}); }

  BOOST_TEST(seed_of(scratch / "a.h5") == 1);
}

BOOST_AUTO_TEST_CASE(missing_folder_is_named) {
  const Scratch scratch;

  BOOST_TEST(reason_of([&] { ResultFile(MPI_COMM_WORLD, scratch / "no/such/a.h5"); }) == "file_open");
  BOOST_TEST(reason_of([&] { ResultReader(scratch / "no/such/a.h5"); }) == "file_open");
}

BOOST_AUTO_TEST_CASE(previous_names) {
  BOOST_TEST(previous_path("out/a.h5") == "out/a_prev.h5");
  BOOST_TEST(previous_path("a.b/c") == "a.b/c_prev");
  BOOST_TEST(previous_path(".h5") == ".h5_prev");
  BOOST_TEST(previous_path("./.h5") == "./.h5_prev");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
