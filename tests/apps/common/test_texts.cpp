// SPDX-License-Identifier: Apache-2.0
/// What is made from the table of options: rules, names, help, schema, completion.
#include "scratch.hpp"
#include "support.hpp"

#include <ansatz/apps/common/command_line.hpp>
#include <ansatz/apps/common/schema.hpp>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

namespace ansatz::apps {

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(rules_read_like_sentences) {
  using K = OptionKind;
  const auto rule = [](Option o) {
    o.path = "a";
    return rule_text(o);
  };

  BOOST_TEST(rule({.kind = K::boolean}) == "true or false");
  BOOST_TEST(rule({.kind = K::integer}) == "integer");
  BOOST_TEST(rule({.kind = K::integer, .minimum = 1, .maximum = 1024}) == "integer in [1, 1024]");
  BOOST_TEST(rule({.kind = K::real, .minimum = 0, .open_minimum = true}) == "real > 0");
  BOOST_TEST(rule({.kind = K::real, .minimum = 0.5}) == "real >= 0.5");
  BOOST_TEST(rule({.kind = K::real, .maximum = 1, .open_maximum = true}) == "real < 1");
  BOOST_TEST(rule({.kind = K::real, .maximum = 1}) == "real <= 1");
  BOOST_TEST(rule({.kind = K::real, .minimum = 0, .maximum = 1, .open_minimum = true}) == "real in (0, 1]");
  BOOST_TEST(rule({.kind = K::choice, .choices = {"a", "b"}}) == "one of a, b");
  BOOST_TEST(rule({.kind = K::path}) == "file name");
  BOOST_TEST(rule({.kind = K::path, .choices = {"a"}}) == "one of a, or a file name");
  BOOST_TEST(rule({.kind = K::real_list, .min_length = 3, .max_length = 3}) == "list of reals, 3 of them");
  BOOST_TEST(rule({.kind = K::integer_list, .min_length = 1}) == "list of integers, at least 1");
  BOOST_TEST(rule({.kind = K::object_list, .variants = {{"box", "", {}}, {"ball", "", {}}}}) == "list of objects with \"type\": box, ball");
}

BOOST_AUTO_TEST_CASE(names_in_the_environment) {
  BOOST_TEST(environment_name("solver.rtol") == "ANSATZ_SOLVER__RTOL");
  BOOST_TEST(environment_name("scene.free_surface.wave_x") == "ANSATZ_SCENE__FREE_SURFACE__WAVE_X");
  BOOST_TEST(environment_name("grid") == "ANSATZ_GRID");
}

BOOST_AUTO_TEST_CASE(help_names_every_flag_and_help_all_every_key) {
  AppDescription app = description();
  const std::string help = help_text(app, app.options, false);
  const std::string all = help_text(app, app.options, true);

  for (const Option& o : app.options) {
    if (!o.flag.empty()) BOOST_TEST(help.find(o.flag) != std::string::npos, o.flag);
    BOOST_TEST(all.find(o.flag.empty() ? o.path : o.flag) != std::string::npos, o.path);
  }
  for (const auto& [flag, sentence] : general_flags(app)) BOOST_TEST(help.find(flag + " ") != std::string::npos, flag);
  BOOST_TEST(help.find("ansatz-test [options] [-- PETSc options]") != std::string::npos);
  app.solves = false;
  const std::string reader = help_text(app, app.options, false);
  for (const char* absent : {"PETSc", "--dry-run", "--restart", "5 stopped"}) BOOST_TEST(reader.find(absent) == std::string::npos, absent);
}

BOOST_AUTO_TEST_CASE(the_schema_says_what_the_loader_checks) {
  const AppDescription app = description();

  const auto schema = nlohmann::json::parse(schema_text(app, app.options));

  BOOST_TEST(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  BOOST_TEST(schema.at("additionalProperties") == false);
  const auto& solver = schema.at("properties").at("solver");
  BOOST_TEST(solver.at("additionalProperties") == false);
  const auto& rtol = solver.at("properties").at("rtol");
  BOOST_TEST(rtol.at("type") == "number");
  BOOST_TEST(rtol.at("exclusiveMinimum") == 0.0);
  BOOST_TEST(rtol.at("exclusiveMaximum") == 1.0);
  BOOST_TEST(rtol.at("default") == 1e-6);
  BOOST_TEST(solver.at("properties").at("steps").at("maximum") == 1000.0);
  BOOST_TEST(solver.at("properties").at("name").at("enum") == nlohmann::json({"cg", "mgcg"}));
  BOOST_TEST(!schema.at("properties").at("rhs").contains("enum"));
  BOOST_TEST(schema.at("properties").at("grid").at("maxItems") == 3);
  const auto& ball = schema.at("properties").at("shapes").at("items").at("oneOf").at(0);
  BOOST_TEST(ball.at("required") == nlohmann::json({"type", "radius"}));
  BOOST_TEST(ball.at("properties").at("type").at("const") == "ball");
}

BOOST_AUTO_TEST_CASE(bash_accepts_the_completion) {
  const AppDescription app = description();
  const Scratch folder;
  const std::string name = folder.path() + "/completion";
  std::ofstream(name) << completion_text(app, app.options)
                      << "COMP_WORDS=(ansatz-test --solver m); COMP_CWORD=2; _ansatz_test; [[ ${COMPREPLY[*]} == mgcg ]] || exit 1\n"
                      << "COMP_WORDS=(ansatz-test --rt); COMP_CWORD=1; _ansatz_test; [[ ${COMPREPLY[*]} == --rtol ]] || exit 2\n";

  const int status = std::system(("bash -eu " + name).c_str());

  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
} // namespace ansatz::apps
