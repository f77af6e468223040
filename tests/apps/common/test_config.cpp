// SPDX-License-Identifier: Apache-2.0
/// Precedence and every refusal of the strict loader.
#include "support.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/check_value.hpp>
#include <ansatz/apps/common/command_line.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>

namespace ansatz::apps {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(later_sources_replace_earlier_ones) {
  Sources sources{.file_name = "case.json",
                  .file_text = R"({"solver": {"rtol": 1e-3, "steps": 3, "name": "mgcg"}})",
                  .environment = {{"ANSATZ_SOLVER__STEPS", "4"}, {"ANSATZ_SOLVER__NAME", "cg"}},
                  .command_line = {{"solver.name", "cg"}, {"solver.name", "mgcg"}}};

  const Config config(table(), sources);

  BOOST_TEST(config.get_text("title").empty());
  BOOST_TEST(config.get_real("solver.rtol") == 1e-3);
  BOOST_TEST(config.get_int("solver.steps") == 4);
  BOOST_TEST(config.get_text("solver.name") == "mgcg");
  BOOST_TEST((config.origin("title") == Origin::fallback));
  BOOST_TEST((config.origin("solver.rtol") == Origin::file));
  BOOST_TEST((config.origin("solver.steps") == Origin::environment));
  BOOST_TEST((config.origin("solver.name") == Origin::command_line));
}

BOOST_AUTO_TEST_CASE(petsc_options_come_from_three_places) {
  Sources sources{.file_name = "case.json",
                  .file_text = R"({"petsc": {"ksp_type": "cg", "-pc_type": "none", "ksp_max_it": 7, "ksp_monitor": ""}})",
                  .petsc_environment = {"-pc_type", "jacobi", "-log_view"},
                  .petsc_command_line = {"-ksp_type", "gmres", "-shift", "-1.5"}};

  const Config config(table(), sources);

  std::string all;
  for (const PetscOption& o : config.petsc()) all += o.name + "=" + o.text + "/" + to_text(o.origin) + " ";
  BOOST_TEST(all == "-ksp_type=gmres/cli -pc_type=jacobi/env -ksp_max_it=7/file -ksp_monitor=/file -log_view=/env -shift=-1.5/cli ");
  BOOST_TEST(
      holds(complaint([] { return Config(table(), {.petsc_command_line = {"ksp_type"}}); }), "bad_key: command line: ksp_type: no PETSc option"));
}

BOOST_AUTO_TEST_CASE(the_printed_configuration_is_a_case_file_of_the_same_values) {
  const Config config(table(),
                      {.file_name = "case.json",
                       .file_text = R"({"shapes": [{"type": "ball", "radius": 1}], "petsc": {"-a": "b \"c\""}, "title": "tab\t\"quote\" \\ é"})",
                       .command_line = {{"solver.rtol", "0.1"}, {"grid", "4,5,6"}}});

  for (const std::string& text : {config.to_json(), config.to_commented_json()}) {
    const Config again = from_file(text);
    BOOST_TEST(again.to_json() == config.to_json());
  }
  BOOST_TEST(holds(config.to_commented_json(), "\"rtol\": 0.1, // cli\n"));
  BOOST_TEST(holds(config.to_commented_json(), "\"steps\": 10, // default\n"));
}

BOOST_AUTO_TEST_CASE(variants_get_their_defaults_and_paths_their_folder) {
  const Config config = from_file(R"({"shapes": [{"type": "ball", "radius": 2}, {"type": "mesh", "file": "../a.off"}], "rhs": "b.h5"})", "cases/x");

  const auto& shapes = config.json_subtree("shapes").items;
  BOOST_TEST(shapes[0].find("axis")->text == "z");
  BOOST_TEST(shapes[0].find("radius")->to_json() == "2.0");
  BOOST_TEST(shapes[1].find("file")->text == "cases/a.off");
  BOOST_TEST(config.get_text("rhs") == "cases/x/b.h5");
  BOOST_TEST(from_file(R"({"rhs": "random"})", "cases").get_text("rhs") == "random");
  BOOST_TEST(from_file(R"({"rhs": "-"})", "cases").get_text("rhs") == "-");
  BOOST_TEST(from_file(R"({"rhs": "/a.h5"})", "cases").get_text("rhs") == "/a.h5");
  BOOST_TEST(from_line({{"rhs", "b.h5"}}).get_text("rhs") == "b.h5");
}

struct Refusal {
  const char* text;
  const char* phrase;
};
std::ostream& operator<<(std::ostream& out, const Refusal& r) { return out << r.text; }

const std::vector<Refusal> refusals{
    {R"({"sovler": {"rtol": 0.1}})", "bad_key: case.json: sovler: unknown key; did you mean \"solver\"?"},
    {R"({"solver": {"rtl": 0.1}})", "bad_key: case.json: solver.rtl: unknown key; did you mean \"rtol\"?"},
    {R"({"solver": {"rtol": 0.1, "rtol": 0.2}})", "bad_value: case.json: solver.rtol: the key stands there twice"},
    {R"({"solver": {"rtol": 0.1}, "solver": {"steps": 1}})", "solver: the key stands there twice"},
    {R"({"solver": {"rtol": "0.1"}})", "solver.rtol: found \"0.1\"; must be real in (0, 1)"},
    {R"({"solver": {"rtol": 0}})", "found 0.0; must be real in (0, 1)"},
    {R"({"solver": {"rtol": 1.0}})", "found 1.0; must be real in (0, 1)"},
    {R"({"solver": {"rtol": NaN}})", "no valid JSON"},
    {R"({"solver": {"rtol": Infinity}})", "no valid JSON"},
    {R"({"solver": {"rtol": 1e999}})", "no valid JSON"},
    {R"({"solver": {"rtol": null}})", "found null; must be real"},
    {R"({"solver": {"rtol": [0.1]}})", "found [0.1]; must be real"},
    {R"({"solver": {"steps": 3.9}})", "found 3.9; must be integer in [0, 1000]"},
    {R"({"solver": {"steps": 3.0}})", "found 3.0; must be integer in [0, 1000]"},
    {R"({"solver": {"steps": true}})", "found true; must be integer"},
    {R"({"solver": {"steps": -1}})", "found -1; must be integer"},
    {R"({"solver": {"steps": 12345678901}})", "found 12345678901; must be integer"},
    {R"({"solver": {"steps": 99999999999999999999}})", "must be integer"},
    {R"({"solver": {"name": "mgc"}})", "found \"mgc\"; must be one of cg, mgcg, or a case file NAME.json; did you mean \"mgcg\"?"},
    {R"({"solver": {"trace": 1}})", "found 1; must be true or false"},
    {R"({"solver": {"trace": "true"}})", "found \"true\"; must be true or false"},
    {R"({"solver": 3})", "solver: found 3; must be an object"},
    {R"({"title": 3})", "title: found 3; must be text"},
    {R"({"grid": 8})", "grid: found 8; must be list of integers >= 1, 1 to 3 of them"},
    {R"({"grid": []})", "grid: found []"},
    {R"({"grid": [1, 2, 3, 4]})", "grid: found [1, 2, 3, 4]"},
    {R"({"grid": [8, 0]})", "grid: found [8, 0]"},
    {R"({"grid": [8, 2.5]})", "grid: found [8, 2.5]"},
    {R"({"origin": [1]})", "list of reals, 2 of them"},
    {R"({"open": ["lift"]})", "must be list of left, right; did you mean \"left\"?"},
    {R"({"shapes": [{"radius": 1}]})", "shapes[0]: found {\"radius\": 1}; must be an object with a text \"type\""},
    {R"({"shapes": [{"type": "bull"}]})", "shapes[0].type: found \"bull\"; did you mean \"ball\"?"},
    {R"({"shapes": [{"type": "ball"}]})", "shapes[0].radius: missing; must be real > 0"},
    {R"({"shapes": [{"type": "ball", "radius": 1, "radios": 2}]})", "shapes[0].radios: unknown key; did you mean \"radius\"?"},
    {R"({"shapes": [{"type": "ball", "radius": -1}]})", "shapes[0].radius: found -1.0; must be real > 0"},
    {R"({"petsc": []})", "petsc: must be an object of PETSc options"},
    {R"({"title": "a"} x)", "no valid JSON"},
    {R"({"title": "a"}})", "no valid JSON"},
    {R"({"title": "a",})", "no valid JSON"},
    {"{'title': 1}", "no valid JSON"},
    {"[]", "must hold one object"},
    {"", "no valid JSON"},
    {"{\"title\": \"\xff\"}", "no valid JSON"},
};

BOOST_DATA_TEST_CASE(what_is_wrong_is_refused, boost::unit_test::data::make(refusals), refusal) {
  const std::string text = complaint([&] { return from_file(refusal.text); });

  BOOST_TEST(holds(text, refusal.phrase), text << " should hold " << refusal.phrase);
}

BOOST_AUTO_TEST_CASE(all_problems_are_listed_at_once) {
  const std::string text = complaint([] {
    return Config(table(), {.file_name = "case.json",
                            .file_text = R"({"solver": {"rtol": 2, "stepps": 1}, "title": "a", "title": "b"})",
                            .environment = {{"ANSATZ_SOLVER__RTOLL", "1"}, {"ANSATZ_SOLVER__STEPS", "x"}},
                            .command_line = {{"solver.nam", "cg"}, {"grid", "0"}}});
  });

  BOOST_TEST(text.starts_with("bad_key: "));
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 6);
  for (const char* part :
       {"case.json: solver.stepps: unknown key; did you mean \"steps\"?", "case.json: solver.rtol: found 2", "title: the key stands there twice",
        "environment: ANSATZ_SOLVER__RTOLL: unknown name; did you mean \"ANSATZ_SOLVER__RTOL\"?",
        "environment: ANSATZ_SOLVER__STEPS: found \"x\"; must be integer", "command line: solver.nam: unknown key; did you mean \"solver.name\"?",
        "command line: --grid (grid): found [0]"})
    BOOST_TEST(holds(text, part), text << " should hold " << part);
}

BOOST_AUTO_TEST_CASE(comments_are_allowed) {
  const Config config = from_file("{ // one\n \"solver\": {/* two */ \"steps\": 5}}");

  BOOST_TEST(config.get_int("solver.steps") == 5);
}

BOOST_AUTO_TEST_CASE(asking_for_what_is_not_there_is_our_fault) {
  const Config config = from_file("{}");

  BOOST_CHECK_THROW((void)config.get_real("solver.steps"), InternalError);
  BOOST_CHECK_THROW((void)config.get_int("nothing"), InternalError);
  BOOST_CHECK_THROW((void)config.json_subtree("nothing"), InternalError);
  BOOST_CHECK_THROW((void)config.origin("nothing"), InternalError);
}

BOOST_AUTO_TEST_CASE(texts_become_values_of_their_kind) {
  const auto value = [](OptionKind kind, const char* text) { return value_of_text({.path = "a", .kind = kind}, text).to_json(); };
  using K = OptionKind;

  BOOST_TEST(value(K::integer, "3") == "3");
  BOOST_TEST(value(K::integer, "3.0") == "3.0");
  BOOST_TEST(value(K::real, "1e-8") == "1e-08");
  BOOST_TEST(value(K::real, "1,5") == "\"1,5\"");
  BOOST_TEST(value(K::real, " 1 2") == "\" 1 2\"");
  BOOST_TEST(value(K::boolean, "true") == "true");
  BOOST_TEST(value(K::boolean, "yes") == "\"yes\"");
  BOOST_TEST(value(K::text, "3") == "\"3\"");
  BOOST_TEST(value(K::integer_list, "1,2,3") == "[1, 2, 3]");
  BOOST_TEST(value(K::integer_list, "[1, 2]") == "[1, 2]");
  BOOST_TEST(value(K::integer_list, "") == "[]");
  BOOST_TEST(value(K::integer_list, "1,") == "[1, \"\"]");
  BOOST_TEST(value(K::text_list, "a,b") == "[\"a\", \"b\"]");
  BOOST_TEST(value(K::object_list, R"([{"type": "ball"}])") == R"([{"type": "ball"}])");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(command_line)

namespace {

CommandLine parse(std::vector<const char*> words, const AppDescription& app = description()) {
  words.insert(words.begin(), "ansatz-test");
  return read_command_line(static_cast<int>(words.size()), words.data(), app, app.options);
}

} // namespace

BOOST_AUTO_TEST_CASE(flags_settings_and_petsc_options_are_told_apart) {
  const CommandLine line =
      parse({"--rtol", "1e-3", "--set", "solver.steps=4", "--trace", "--grid=4,4", "--rtol", "1e-4", "--dry-run", "--", "--help", "-ksp_type", "cg"});

  std::string values;
  for (const auto& [path, text] : line.values) values.append(path).append("=").append(text).append(" ");
  BOOST_TEST(values == "solver.rtol=1e-3 solver.steps=4 solver.trace=true grid=4,4 solver.rtol=1e-4 ");
  BOOST_TEST(line.dry_run);
  BOOST_TEST(!line.help);
  BOOST_TEST((line.petsc == std::vector<std::string>{"--help", "-ksp_type", "cg"}));
}

BOOST_AUTO_TEST_CASE(a_flag_that_takes_a_case_file_reads_it) {
  const CommandLine line = parse({"--solver", "a.json"});

  BOOST_TEST(line.config == "a.json");
  BOOST_TEST(line.values.empty());
  BOOST_TEST(parse({"--solver", "cg"}).config.empty());
  BOOST_TEST(holds(complaint([] { return parse({"--config", "b.json", "--solver", "a.json"}); }), "b.json was given before"));
}

BOOST_AUTO_TEST_CASE(foolish_command_lines_are_refused) {
  BOOST_TEST(holds(complaint([] { return parse({"--rtoll", "1"}); }), "usage: command line: --rtoll: unknown flag; did you mean \"--rtol\"?"));
  BOOST_TEST(holds(complaint([] { return parse({"--rtol"}); }), "--rtol"));
  BOOST_TEST(holds(complaint([] { return parse({"word"}); }), "word: one argument too many"));
  BOOST_TEST(holds(complaint([] { return parse({"--set", "a"}); }), "must be key=value"));
  BOOST_TEST(holds(complaint([] { return parse({"--set", "=1"}); }), "must be key=value"));
  BOOST_TEST(holds(complaint([] { return parse({"--ranks", "0"}); }), "--ranks"));
  BOOST_TEST(holds(complaint([] { return parse({"--config", "a", "--config", "b"}); }), "a was given before"));
  BOOST_TEST(holds(complaint([] { return parse({"--restart", "a.h5", "--config", "b"}); }), "holds the whole configuration"));
  AppDescription reader = description();
  reader.solves = false;
  for (const char* flag : {"--dry-run", "--restart", "--petscrc"})
    BOOST_TEST(holds(complaint([&] { return parse({flag, "a"}, reader); }), "unknown flag"), flag);
  BOOST_TEST(holds(complaint([&] { return parse({"--", "-ksp_type"}, reader); }), "unknown flag"));
}

BOOST_AUTO_TEST_CASE(the_summary_is_found_before_anything_is_checked) {
  const auto find = [](std::vector<const char*> words, const Sources& sources) {
    words.insert(words.begin(), "ansatz-test");
    return find_summary_path(static_cast<int>(words.size()), words.data(), sources);
  };
  const Sources file{.file_name = "d/case.json", .file_text = R"({"run": {"json": "f.json"}, "wrong": 1})", .folder = "d"};
  Sources both = file;
  both.environment = {{"ANSATZ_RUN__JSON", "e.json"}};

  BOOST_TEST(find({"--nonsense"}, {}).empty());
  BOOST_TEST(find({"--nonsense"}, file) == "d/f.json");
  BOOST_TEST(find({"--nonsense"}, both) == "e.json");
  BOOST_TEST(find({"--nonsense", "--json", "c.json"}, both) == "c.json");
  BOOST_TEST(find({"--json=c.json", "--", "--json", "d.json"}, both) == "c.json");
  BOOST_TEST(find({"--set", "run.json=c.json"}, both) == "c.json");
}

BOOST_AUTO_TEST_SUITE_END()
} // namespace ansatz::apps
