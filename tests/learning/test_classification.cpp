// SPDX-License-Identifier: Apache-2.0
// Classifiers of images: the loss against its definition, patches against a loop over places, training on images that can be told apart.
#include "support.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/learning/classification.hpp>
#include <ansatz/learning/losses/cross_entropy.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz::learning::tests {

namespace {

/// Images of 8 x 8 whose class is the bright one of ten places, with noise.
LabelledImages bright_places(std::int64_t count, std::uint64_t seed) {
  LabelledImages set{.rows = 8, .columns = 8, .white = 16};
  for (std::int64_t n = 0; n < count; ++n) {
    const auto label = static_cast<std::uint8_t>(n % 10);
    for (std::int64_t i = 0; i < 64; ++i) {
      const double noise = 6 * uniform(seed, static_cast<std::uint64_t>(n), static_cast<std::uint64_t>(i));
      set.pixels.push_back(static_cast<std::uint8_t>(noise + (i == 5 * label + 3 ? 10 : 0)));
    }
    set.labels.push_back(label);
  }
  return set;
}

} // namespace

BOOST_AUTO_TEST_SUITE(classification)

BOOST_AUTO_TEST_CASE(cross_entropy_is_its_definition_and_survives_large_logits) {
  const std::vector<double> z{0.5, -1, 2, 1000, 0, -1000};
  const std::vector<std::uint8_t> labels{1, 0};
  std::vector<double> slope(6);

  const Classified got = cross_entropy<double>(z, labels, slope);

  const double sum = std::exp(0.5) + std::exp(-1.0) + std::exp(2.0);
  BOOST_TEST(got.loss == std::log(sum) + 1, boost::test_tools::tolerance(1e-14));
  BOOST_TEST(got.correct == 1);
  BOOST_TEST(slope[1] == std::exp(-1.0) / sum - 1, boost::test_tools::tolerance(1e-14));
  BOOST_TEST(slope[2] == std::exp(2.0) / sum, boost::test_tools::tolerance(1e-14));
  BOOST_TEST(slope[3] == 0.0);
  const std::vector<std::uint8_t> three{3, 0};
  BOOST_CHECK_EXCEPTION((void)cross_entropy<double>(z, three, {}), UsageError,
                        [](const UsageError& e) { return std::string(e.what()).find("label 3 of sample 0") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(patches_are_the_neighbours_of_a_place) {
  const Patches p{2, 3, 4, 2, 3};
  const std::vector<double> x = random_values<double>(p.places() * p.features, 4);
  std::vector<double> patches(static_cast<std::size_t>(p.places() * p.length()), -7);

  gather_patches(p, 0, 2, x.data(), patches.data());

  std::size_t at = 0;
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t j = 0; j < 3; ++j)
      for (std::int64_t i = 0; i < 4; ++i)
        for (std::int64_t row = j - 1; row <= j + 1; ++row)
          for (std::int64_t column = i - 1; column <= i + 1; ++column)
            for (std::int64_t f = 0; f < 2; ++f) {
              const bool inside = row >= 0 && row < 3 && column >= 0 && column < 4;
              const double wanted = inside ? x[static_cast<std::size_t>(((n * 3 + row) * 4 + column) * 2 + f)] : 0.0;
              BOOST_REQUIRE(patches[at++] == wanted);
            }
}

BOOST_AUTO_TEST_CASE(a_network_learns_what_can_be_told_apart_and_ranks_agree) {
  const ImageSet images{bright_places(400, 1), bright_places(200, 2)};
  const ClassificationOptions options{.model = "digits-mlp", .epochs = 12, .batch = 40, .rate = 1e-2, .seed = 3};
  ClassificationTraining together(MPI_COMM_WORLD, images, options);
  ClassificationTraining alone(MPI_COMM_SELF, images, options);

  const double before = together.validate();
  while (together.progress().step < together.steps()) {
    (void)together.step();
    (void)alone.step();
  }
  const double after = together.validate();

  BOOST_TEST(before > 0.7);
  BOOST_TEST(after < 0.02);
  BOOST_TEST(same_bits(std::as_const(together).arena().parameters(), std::as_const(alone).arena().parameters()));
  BOOST_TEST(together.progress().loss_history == alone.progress().loss_history);
}

BOOST_AUTO_TEST_CASE(logits_and_foolish_options) {
  const ImageSet images{bright_places(40, 1), bright_places(100, 2)};
  ClassificationTraining training(MPI_COMM_SELF, images, {.model = "digits-mlp", .batch = 40});

  const std::vector<float> logits = logits_of(training.network().chain, std::as_const(training).arena().parameters(), images.test, 100);

  BOOST_TEST(logits.size() == 1000U);
  BOOST_TEST(accuracy(logits, images.test.labels) == 1 - training.validate(), boost::test_tools::tolerance(1e-14));
  const auto refused = [&](const ClassificationOptions& o, const std::string& phrase) {
    BOOST_CHECK_EXCEPTION(ClassificationTraining(MPI_COMM_SELF, images, o), UsageError,
                          [&](const UsageError& e) { return std::string(e.what()).find(phrase) != std::string::npos; });
  };
  refused({.model = "digits-mlp", .batch = 41}, "multiple of the 4 chunks");
  refused({.model = "digits-mlp", .batch = 44}, "at most the 40 training images");
  refused({.model = "digits-mpl"}, "digits-mlp");
  refused({.model = "digits-mlp", .epochs = 0, .batch = 40}, "at least 1");
}

BOOST_AUTO_TEST_CASE(the_published_networks_have_the_parameters_they_say) {
  const auto parameters = [](const std::string& name) { return image_network<float>(name).layout.parameters(); };
  BOOST_TEST(parameters("fashion-cnn") == 16 * 9 + 16 + 32 * 144 + 32 + 64 * 1568 + 64 + 650);
  BOOST_TEST(parameters("fashion-mlp") == 101770);
  BOOST_TEST(parameters("digits-mlp") == 2410);
  BOOST_TEST(parameters("fashion-transformer") == 41674);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::learning::tests
