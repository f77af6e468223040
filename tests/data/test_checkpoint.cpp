// SPDX-License-Identifier: Apache-2.0
/// Checkpoints and models come back bit for bit, on other rank counts too, and are refused where they do not fit.
#include "fixture.hpp"

#include <ansatz/data/checkpoint.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/model_file.hpp>
#include <ansatz/data/result_reader.hpp>

#include <cstring>
#include <limits>

namespace ansatz::tests {

namespace {

/// Values whose bits a careless conversion would change.
std::vector<double> delicate() {
  return {0.1,  -0.0, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
          1e308};
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

/// Rank r contributes r + 1 copies of the delicate values and as many counters; the last rank nothing when there are several.
void write_checkpoint(const std::string& path, std::int64_t step) {
  const int rank = rank_of(MPI_COMM_WORLD);
  std::vector<double> x;
  std::vector<std::int64_t> random;
  if (rank == 0 || rank + 1 < size_of(MPI_COMM_WORLD)) {
    x = delicate();
    random = {std::numeric_limits<std::int64_t>::min(), 7};
  }
  CheckpointWriter file(MPI_COMM_WORLD, path, sample_meta());
  file.array("x", x);
  file.array("random", random);
  file.array("nothing", std::vector<double>{});
  file.counter("step", step);
  file.number("time", 0.1);
  file.text("stream", "mt19937 1 2 3");
  file.publish();
}

Model sample_model() {
  return {.name = "voxmg-weights",
          .version = 3,
          .description_json = R"({"levels": 4})",
          .arrays = {{"bias", {2}, std::vector<double>{0.1, -0.0}}, {"kernel", {1, 2, 3}, std::vector<float>{0.1F, 2, 3, 4, 5, 6}}},
          .loss_history = {1.5, 0.5, 0.25}};
}

bool names(const FileError& e, const char* phrase) { return e.reason() == "file_format" && std::string(e.what()).find(phrase) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)

BOOST_AUTO_TEST_CASE(state_comes_back_bit_for_bit) {
  const Scratch scratch;
  write_checkpoint(scratch / "c.h5", 5);
  const int active = std::max(1, size_of(MPI_COMM_WORLD) - 1);

  const CheckpointReader all(MPI_COMM_SELF, scratch / "c.h5"); // another rank count than the writer's
  const CheckpointReader shared(MPI_COMM_WORLD, scratch / "c.h5");
  const auto size = static_cast<std::int64_t>(delicate().size());

  BOOST_TEST(all.array_size("x") == active * size);
  BOOST_TEST(same_bits(all.array("x", 0, size), delicate()));
  BOOST_TEST(same_bits(shared.array("x", 2, rank_of(MPI_COMM_WORLD) == 0 ? 1 : 0),
                       rank_of(MPI_COMM_WORLD) == 0 ? std::vector<double>{std::numeric_limits<double>::denorm_min()} : std::vector<double>{}));
  BOOST_TEST(all.integers("random", 0, 2) == std::vector<std::int64_t>({std::numeric_limits<std::int64_t>::min(), 7}),
             boost::test_tools::per_element());
  BOOST_TEST(all.array_size("nothing") == 0);
  BOOST_TEST(shared.array("nothing", 0, 0).empty());
  BOOST_TEST(all.counter("step") == 5);
  BOOST_TEST(all.number("time") == 0.1);
  BOOST_TEST(all.text("stream") == "mt19937 1 2 3");
  BOOST_TEST(all.meta().seed == 42);
}

BOOST_AUTO_TEST_CASE(the_one_before_is_kept) {
  const Scratch scratch;

  for (std::int64_t step = 1; step <= 3; ++step) write_checkpoint(scratch / "c.h5", step);

  BOOST_TEST(CheckpointReader(MPI_COMM_WORLD, scratch / "c.h5").counter("step") == 3);
  BOOST_TEST(CheckpointReader(MPI_COMM_WORLD, scratch / "c_prev.h5").counter("step") == 2);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const Scratch scratch;
  write_checkpoint(scratch / "c.h5", 1);
  const CheckpointReader reader(MPI_COMM_WORLD, scratch / "c.h5");

  BOOST_CHECK_THROW((void)reader.array("y", 0, 1), FileError);
  BOOST_CHECK_THROW((void)reader.array("random", 0, 1), FileError); // integers, not doubles
  BOOST_CHECK_THROW((void)reader.array("x", 0, 1000), UsageError);
  BOOST_CHECK_THROW((void)reader.counter("time"), FileError);
  BOOST_CHECK_EXCEPTION(ResultReader(scratch / "c.h5"), FileError,
                        [](const FileError& e) { return names(e, "a checkpoint file where a result file is wanted"); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(model)

BOOST_AUTO_TEST_CASE(models_come_back) {
  const Scratch scratch;
  write_model(scratch / "m.h5", sample_model(), sample_meta());

  const Model model = read_model(scratch / "m.h5", "voxmg-weights", 3, {{"kernel", {1, 2, 3}, true}, {"bias", {2}, false}});

  BOOST_TEST(std::get<std::vector<float>>(model.array("kernel").values) == std::get<std::vector<float>>(sample_model().arrays[1].values),
             boost::test_tools::per_element());
  BOOST_TEST(same_bits(std::get<std::vector<double>>(model.array("bias").values), {0.1, -0.0}));
  BOOST_TEST(model.loss_history == sample_model().loss_history, boost::test_tools::per_element());
  BOOST_TEST(model.description_json == sample_model().description_json);
  BOOST_TEST(read_model_meta(scratch / "m.h5").seed == 42);
  if (has_h5py(0))
    BOOST_TEST(python(
        "import sys, h5py, numpy as np; m = h5py.File(sys.argv[1], 'r')['model']; k = m['arrays/kernel']; assert k.shape == (1, 2, 3) and k.dtype "
        "== '<f4' and k[0, 1, 0] == 4 and m['arrays/bias'].dtype == '<f8' and m.attrs['version'] == 3",
        scratch / "m.h5"));
}

BOOST_AUTO_TEST_CASE(models_that_do_not_fit_are_refused) {
  const Scratch scratch;
  const std::string path = scratch / "m.h5";
  write_model(path, sample_model(), sample_meta());
  const auto refuses = [&](const std::string& name, std::int64_t version, const std::vector<ModelArraySpec>& expected, const char* phrase) {
    BOOST_CHECK_EXCEPTION((void)read_model(path, name, version, expected), FileError, [&](const FileError& e) { return names(e, phrase); });
  };

  refuses("dcdmnet", 3, {}, "holds model voxmg-weights version 3, wanted is dcdmnet version 3");
  refuses("voxmg-weights", 2, {}, "wanted is voxmg-weights version 2");
  refuses("voxmg-weights", 3, {{"kernel", {1, 3, 2}, true}}, "1 x 2 x 3, wanted is 1 x 3 x 2");
  refuses("voxmg-weights", 3, {{"kernel", {1, 2, 3}, false}}, "not float64");
  refuses("voxmg-weights", 3, {{"scale", {1}, true}}, "it has: bias, kernel");
}

BOOST_AUTO_TEST_CASE(models_that_contradict_themselves_are_not_written) {
  const Scratch scratch;
  Model short_of_values = sample_model();
  short_of_values.arrays[0].shape = {3};
  Model twice = sample_model();
  twice.arrays[1].name = "bias";
  Model nameless = sample_model();
  nameless.name = "";

  for (const Model& bad : {short_of_values, twice, nameless}) BOOST_CHECK_THROW(write_model(scratch / "m.h5", bad, sample_meta()), UsageError);

  BOOST_TEST(scratch.names().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
