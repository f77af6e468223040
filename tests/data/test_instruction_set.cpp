// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/instruction_set.hpp>

#include <boost/test/unit_test.hpp>

namespace ansatz {

BOOST_AUTO_TEST_SUITE(instruction_set_)

BOOST_AUTO_TEST_CASE(names_are_taken_or_refused_with_a_suggestion) {
  BOOST_TEST((instruction_set("portable") == InstructionSet::portable));
  BOOST_TEST(name(instruction_set("")) == name(instruction_set(std::string(name(instruction_set(""))))));
  BOOST_CHECK_EXCEPTION(static_cast<void>(instruction_set("avx3")), UsageError,
                        [](const UsageError& e) { return std::string(e.what()).find("avx2") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(a_set_that_the_machine_lacks_is_refused) {
  if (instruction_set("") == InstructionSet::vnni) return;
  BOOST_CHECK_EXCEPTION(static_cast<void>(instruction_set("vnni")), UsageError,
                        [](const UsageError& e) { return std::string(e.what()).find("this machine has") != std::string::npos; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz
