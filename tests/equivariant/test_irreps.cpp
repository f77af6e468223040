// SPDX-License-Identifier: Apache-2.0
/// Irreps strings: e3nn's grammar, sizes, types, paths and what is refused.
#include <ansatz/equivariant/harmonics/irreps.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace ansatz::equivariant;

/// Message of the UsageError thrown by f, empty if none.
template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const ansatz::UsageError& error) {
    return error.what();
  }
  return "";
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(irreps)

BOOST_AUTO_TEST_CASE(strings_are_read_and_printed) {
  BOOST_TEST(Irreps("8x0e+8x1o").str() == "8x0e+8x1o");
  BOOST_TEST(Irreps(" 2e + 3x1y+ 4x2y ").str() == "1x2e+3x1o+4x2e");
  BOOST_TEST(Irreps("2x1o+3x1o+1o").str() == "6x1o");
  BOOST_TEST(Irreps("128x0e+64x1o+32x2e").size() == 128U + 64U * 3U + 32U * 5U);
  BOOST_TEST(Irreps("0x3o").size() == 0U);
}

BOOST_AUTO_TEST_CASE(malformed_strings_are_refused_with_the_place) {
  for (const char* text : {"", "8x", "1q", "-1x0e", "1", "0e+", "0e 1", "+0e", "3x3x0e", "0e,1o", "128e", "1e99", "99999999999x0e"}) {
    const std::string message = refusal([&] { (void)Irreps(text); });
    BOOST_TEST(contains(message, "irreps \"" + std::string(text) + "\""), text);
    BOOST_TEST(contains(message, "8x0e+8x1o"), text);
  }
  BOOST_TEST(contains(refusal([] { (void)Irreps("1q"); }), "no parity"));
}

BOOST_AUTO_TEST_CASE(signals_have_one_type_and_one_multiplicity) {
  const SignalIrreps signal(Irreps("4x2e+4x0e+4x5o"));

  BOOST_TEST(signal.degree == 5);
  BOOST_TEST(signal.type == 1);
  BOOST_TEST(signal.channels == 4U);
  const std::vector<std::ptrdiff_t> offset = {20, -1, 0, -1, -1, 24};
  BOOST_TEST(signal.offset == offset, boost::test_tools::per_element());
  BOOST_TEST(SignalIrreps(Irreps("3x0o+3x1e")).type == -1);
  BOOST_TEST(contains(refusal([] { (void)SignalIrreps(Irreps("2x0e+3x1o")); }), "multiplicity 3"));
  BOOST_TEST(contains(refusal([] { (void)SignalIrreps(Irreps("2x0e+2x1e")); }), "pseudo-signals"));
  BOOST_TEST(contains(refusal([] { (void)SignalIrreps(Irreps("0e+1o+0e")); }), "twice"));
  BOOST_TEST(contains(refusal([] { (void)SignalIrreps(Irreps("0x0e")); }), "empty"));
}

BOOST_AUTO_TEST_CASE(paths_are_reported_used_and_dropped) {
  const auto paths = product_paths(Irreps("0e+1o"), Irreps("0e+1o"), Irreps("0e+1o+2e"));

  BOOST_TEST(paths.size() == 5U); // 00>0 11>0 01>1 10>1 11>2
  for (const auto& p : paths) BOOST_TEST(p.used);
  // 1o x 1o -> 1e is the cross product: allowed by parity, out of reach of a product of functions.
  BOOST_TEST(contains(refusal([] { (void)product_paths(Irreps("1o"), Irreps("1o"), Irreps("1e")); }), "1e cannot be reached"));
  BOOST_TEST(contains(refusal([] { (void)product_paths(Irreps("1o"), Irreps("1o"), Irreps("0e+3o")); }), "3o"));
  BOOST_TEST(contains(refusal([] { (void)product_paths(Irreps("1o"), Irreps("0e"), Irreps("1e")); }), "1e"));
  // 2e x 2e -> 2e is used; with 1e beside it 1 x 2 -> 2 is dropped.
  const auto mixed = product_paths(Irreps("1e+2e"), Irreps("2e"), Irreps("2e"));
  BOOST_TEST(mixed.size() == 2U);
  BOOST_TEST(!mixed[0].used);
  BOOST_TEST(mixed[1].used);
}

BOOST_AUTO_TEST_SUITE_END()
