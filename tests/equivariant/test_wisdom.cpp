// SPDX-License-Identifier: Apache-2.0
/// Measured choices of methods: kept in files, alike on all ranks, refused if foreign.
#include <ansatz/data/array_file.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/equivariant/gaunt/wisdom.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdio>
#include <functional>

namespace {

using namespace ansatz;
using namespace ansatz::equivariant;

/// A name all ranks share; rank 0 removes the file at the end.
struct Scratch {
  std::string path = "wisdom-" + std::to_string(size_of(MPI_COMM_WORLD)) + ".h5";
  ~Scratch() {
    if (rank_of(MPI_COMM_WORLD) == 0) (void)std::remove(path.c_str());
  }
};

bool on_all_ranks(bool holds) {
  int all = holds ? 1 : 0;
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD), "MPI_Allreduce");
  return all == 1;
}

std::string reason_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.reason() + ": " + e.what();
  }
  return "nothing thrown";
}

/// A file whose group /gaunt says this.
void write_foreign(const std::string& path, const char* convention, std::int64_t version) {
  StagedFile file(MPI_COMM_WORLD, path, {.overwrite = true});
  write_provenance(file, {}, "wisdom");
  file.step([&] {
    const hdf5::Group group = hdf5::create_group(file.id(), "gaunt", file.place("/gaunt"));
    hdf5::write_attribute(group.get(), "convention", convention, file.place("/gaunt"));
    hdf5::write_attribute(group.get(), "format_version", version, file.place("/gaunt"));
  });
  file.publish();
}

} // namespace

BOOST_AUTO_TEST_SUITE(wisdom)

BOOST_AUTO_TEST_CASE(choices_are_measured_once_and_alike_everywhere) {
  Scratch scratch;
  Wisdom first;
  const GauntOptions chosen = choose_methods<float>(MPI_COMM_WORLD, {.degree1 = 5, .degree2 = 5}, first);
  first.write(MPI_COMM_WORLD, scratch.path);
  std::string of_rank_0 = chosen.method + " " + chosen.gradient_method;
  broadcast(MPI_COMM_WORLD, of_rank_0);
  Wisdom second;
  second.read(MPI_COMM_WORLD, scratch.path);
  const GauntOptions again = choose_methods<float>(MPI_COMM_WORLD, {.degree1 = 5, .degree2 = 5}, second);

  BOOST_TEST(on_all_ranks(of_rank_0 == chosen.method + " " + chosen.gradient_method));
  BOOST_TEST(on_all_ranks(again.method == chosen.method && again.gradient_method == chosen.gradient_method));
  BOOST_TEST(on_all_ranks(first.size() == 2 && second.size() == 2));
  BOOST_TEST(on_all_ranks(GauntPlan<float>(again).method() == chosen.method));
}

BOOST_AUTO_TEST_CASE(the_file_decides_for_this_processor_only) {
  Scratch scratch;
  Wisdom written;
  (void)choose_methods<float>(MPI_COMM_WORLD, {.degree1 = 2, .degree2 = 2}, written);
  const std::string kernels(GauntPlan<float>({.degree1 = 2, .degree2 = 2, .method = "estimate"}).kernels());
  written.enter("product_even_2_2_4_f32_" + kernels, {"torus_fft", 1.0});
  written.write(MPI_COMM_WORLD, scratch.path);
  Wisdom read;
  read.read(MPI_COMM_WORLD, scratch.path);

  const GauntOptions chosen = choose_methods<float>(MPI_COMM_WORLD, {.degree1 = 2, .degree2 = 2}, read);

  BOOST_TEST(on_all_ranks(chosen.method == "torus_fft"));
  BOOST_TEST(on_all_ranks(read.find("product_even_2_2_4_f32_" + kernels)->seconds == 1.0));
  BOOST_TEST(on_all_ranks(!read.find("product_even_3_3_6_f32_" + kernels).has_value()));
}

BOOST_AUTO_TEST_CASE(named_methods_are_left_alone) {
  Wisdom none;

  const GauntOptions same = choose_methods<double>(MPI_COMM_WORLD, {.degree1 = 2, .degree2 = 2, .method = "theta_fft"}, none);

  BOOST_TEST(same.method == "theta_fft");
  BOOST_TEST(none.size() == 0u);
}

BOOST_AUTO_TEST_CASE(foreign_files_are_refused) {
  Scratch scratch;
  Wisdom w;
  write_foreign(scratch.path, "z-polar", 1);
  const std::string convention = reason_of([&] { w.read(MPI_COMM_WORLD, scratch.path); });
  write_foreign(scratch.path, product_convention, 2);
  const std::string version = reason_of([&] { w.read(MPI_COMM_WORLD, scratch.path); });
  const std::string missing = reason_of([&] { w.read(MPI_COMM_WORLD, "no-such-file.h5"); });

  BOOST_TEST(on_all_ranks(convention.find("file_format") == 0 && convention.find("z-polar") != std::string::npos), convention);
  BOOST_TEST(on_all_ranks(version.find("file_format") == 0 && version.find("version 2") != std::string::npos), version);
  BOOST_TEST(on_all_ranks(missing.find("file_open") == 0), missing);
}

BOOST_AUTO_TEST_SUITE_END()
