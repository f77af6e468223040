// SPDX-License-Identifier: Apache-2.0
/// The JSON reader against nlohmann's own verdict and against itself, over kept texts and random damage to them.
#include <ansatz/apps/common/read_json.hpp>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

namespace ansatz::apps {
namespace {

const std::vector<std::string> kept{
    "{}",
    "[]",
    "null",
    "true",
    "-0.0",
    "1e-320",
    "[1, 2.5, -3e10, \"a\", null, true, {\"b\": [[]]}]",
    R"({"grid": [64], "scene": {"shapes": [{"type": "ball", "centre": [0.5, 0.5, 0.5], "radius": 0.25}]}, "solver": {"name": "mgcg"}})",
    R"({"a": "\u0000\u001f\"\\\/\b\f\n\r\t é \ud83d\ude00"})",
    "{ // comment\n\"a\": /* another */ 1}",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
};

std::uint64_t bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

bool same(const Tree& a, const Tree& b) { return a.to_json() == b.to_json(); }

} // namespace

BOOST_AUTO_TEST_SUITE(read_json_texts)

BOOST_AUTO_TEST_CASE(numbers_keep_their_bits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    std::vector<std::string> problems;
    const Tree tree = read_json(number_text(value), problems);
    BOOST_REQUIRE_MESSAGE(problems.empty() && tree.kind == Tree::Kind::real && bits_of(tree.real) == bits, number_text(value));
  }
  BOOST_TEST(number_text(std::numeric_limits<double>::quiet_NaN()) == "null");
  BOOST_TEST(number_text(3.0) == "3.0");
}

BOOST_AUTO_TEST_CASE(kept_texts_survive_a_round_trip) {
  for (const std::string& text : kept) {
    std::vector<std::string> problems;
    const Tree tree = read_json(text, problems);
    const Tree again = read_json(tree.to_json(), problems);
    BOOST_TEST(problems.empty(), text);
    BOOST_TEST(same(tree, again), text);
    BOOST_TEST(nlohmann::json::parse(tree.to_json()) == nlohmann::json::parse(text, nullptr, true, true), text);
  }
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused) {
  std::vector<std::string> problems;
  (void)read_json(std::string(64, '[') + std::string(64, ']'), problems);
  BOOST_TEST(problems.empty());

  (void)read_json(std::string(100000, '['), problems);

  BOOST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems[0].find("64 levels") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(duplicates_are_found_at_any_depth) {
  std::vector<std::string> problems;

  (void)read_json(R"({"a": {"b": 1, "c": 2, "b": 3}, "d": [{"e": 1, "e": 2}], "a": 4})", problems);

  BOOST_REQUIRE(problems.size() == 3U);
  BOOST_TEST(problems[0].find("a.b: the key stands there twice") == 0U);
  BOOST_TEST(problems[1].find("d.e: the key stands there twice") == 0U);
  BOOST_TEST(problems[2].find("a: the key stands there twice") == 0U);
}

BOOST_AUTO_TEST_CASE(damaged_texts_are_problems_never_crashes) {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    for (int i = 0; i < 5000; ++i) {
      std::string text = kept[below(kept.size())];
      for (std::size_t damage = 1 + below(4); damage > 0; --damage) {
        const std::size_t at = below(text.size() + 1);
        switch (below(4)) {
          case 0: text.erase(at, 1 + below(4)); break;
          case 1: text.insert(at, 1, static_cast<char>(below(256))); break;
          case 2: text.insert(at, kept[below(kept.size())]); break;
          default: text.insert(at, 1, "{}[],:\"\\/0-e.n"[below(15)]); break;
        }
      }
      std::vector<std::string> problems;
      const Tree tree = read_json(text, problems);
      const bool valid = nlohmann::json::accept(text, true);
      BOOST_REQUIRE_MESSAGE(valid || !problems.empty(), "seed " << seed << ": " << text);
      if (!problems.empty()) continue;
      BOOST_REQUIRE_MESSAGE(same(tree, read_json(tree.to_json(), problems)) && problems.empty(), "seed " << seed << ": " << text);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
} // namespace ansatz::apps
