// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include "command_line.hpp"
#include "read_json.hpp"

#include <algorithm>
#include <cmath>

namespace ansatz::apps {

namespace {

std::string row(const std::string& name, const std::string& text) {
  const std::size_t width = 26;
  return "  " + name + (name.size() < width ? std::string(width - name.size(), ' ') : "\n" + std::string(width + 2, ' ')) + text + "\n";
}

Tree texts(const std::vector<std::string>& names) {
  Tree list = Tree::list();
  for (const std::string& name : names) list.items.push_back(Tree::of(name));
  return list;
}

Tree scalar_schema(const Option& option, const char* type) {
  Tree schema = Tree::object();
  schema["type"] = Tree::of(std::string(type));
  if (std::isfinite(option.minimum)) schema[option.open_minimum ? "exclusiveMinimum" : "minimum"] = Tree::of(option.minimum);
  if (std::isfinite(option.maximum)) schema[option.open_maximum ? "exclusiveMaximum" : "maximum"] = Tree::of(option.maximum);
  if (option.kind != OptionKind::path && !option.choices.empty()) schema["enum"] = texts(option.choices);
  return schema;
}

Tree option_schema(const Option& option);

Tree variant_schema(const Variant& variant) {
  Tree schema = Tree::object();
  schema["type"] = Tree::of(std::string("object"));
  schema["description"] = Tree::of(variant.sentence);
  schema["properties"]["type"]["const"] = Tree::of(variant.type);
  std::vector<std::string> required{"type"};
  for (const Option& field : variant.fields) {
    schema["properties"][field.path] = option_schema(field);
    if (field.fallback.empty()) required.push_back(field.path);
  }
  schema["required"] = texts(required);
  schema["additionalProperties"] = Tree::of(false);
  return schema;
}

Tree list_schema(const Option& option) {
  Tree schema = Tree::object();
  schema["type"] = Tree::of(std::string("array"));
  if (option.min_length > 0) schema["minItems"] = Tree::of(static_cast<std::int64_t>(option.min_length));
  if (option.max_length < std::numeric_limits<std::size_t>::max()) schema["maxItems"] = Tree::of(static_cast<std::int64_t>(option.max_length));
  if (option.kind == OptionKind::object_list) {
    schema["items"]["oneOf"] = Tree::list();
    for (const Variant& v : option.variants) schema["items"]["oneOf"].items.push_back(variant_schema(v));
  } else {
    schema["items"] = scalar_schema(option, option.kind == OptionKind::integer_list ? "integer"
                                            : option.kind == OptionKind::real_list  ? "number"
                                                                                    : "string");
  }
  return schema;
}

Tree option_schema(const Option& option) {
  Tree schema;
  switch (option.kind) {
    case OptionKind::boolean: schema = scalar_schema(option, "boolean"); break;
    case OptionKind::integer: schema = scalar_schema(option, "integer"); break;
    case OptionKind::real: schema = scalar_schema(option, "number"); break;
    case OptionKind::text:
    case OptionKind::path:
    case OptionKind::choice: schema = scalar_schema(option, "string"); break;
    default: schema = list_schema(option); break;
  }
  schema["description"] = Tree::of(option.sentence + (option.unit.empty() ? "" : " [" + option.unit + "]"));
  std::vector<std::string> problems;
  if (!option.fallback.empty()) schema["default"] = read_json(option.fallback, problems);
  return schema;
}

/// The schema object of the level a dotted path's last key belongs to, created on the way.
Tree& level_of(Tree& root, const std::string& path, std::string& key) {
  Tree* level = &root;
  std::size_t start = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    level = &(*level)["properties"][path.substr(start, dot - start)];
    (*level)["type"] = Tree::of(std::string("object"));
    (*level)["additionalProperties"] = Tree::of(false);
    start = dot + 1;
  }
  key = path.substr(start);
  return *level;
}

} // namespace

std::string help_text(const AppDescription& app, const std::vector<Option>& options, bool all) {
  std::string text = "Usage: " + app.name + " [options]";
  for (const Option& o : options)
    if (!o.flag.empty() && !o.flag.starts_with("-")) text += " " + o.flag;
  text += std::string(app.solves ? " [-- PETSc options]" : "") + "\n\n" + app.summary + "\n\nOptions:\n";
  for (const Option& o : options) {
    if (o.flag.empty() ? !all : (o.advanced && !all)) continue;
    std::string meaning = o.sentence;
    if (!o.unit.empty()) meaning += " [" + o.unit + "]";
    if (all || (o.kind != OptionKind::text_list && !o.choices.empty())) meaning += " (" + rule_text(o) + ")";
    if (!o.fallback.empty() && o.fallback != "\"\"" && o.fallback != "[]" && o.kind != OptionKind::boolean) meaning += "; default " + o.fallback;
    text += row(o.flag.empty() ? "--set " + o.path + "=..." : o.flag, meaning);
  }
  text += "\nGeneral:\n";
  for (const auto& [flag, sentence] : general_flags(app)) text += row(flag, sentence);
  if (!app.examples.empty()) text += "\nExamples:\n";
  for (const std::string& example : app.examples) text += "  " + example + "\n";
  return text + "\nExit codes: 0 " + (app.solves ? "answer" : "done") + ", 1 internal error, 2 usage, " + (app.solves ? "3 no answer, " : "") +
         "4 file" + (app.solves ? ", 5 stopped" : "") + ".\n";
}

std::string schema_text(const AppDescription& app, const std::vector<Option>& options) {
  Tree schema = Tree::object();
  schema["$schema"] = Tree::of(std::string("https://json-schema.org/draft/2020-12/schema"));
  schema["title"] = Tree::of("case file of " + app.name);
  schema["type"] = Tree::of(std::string("object"));
  schema["additionalProperties"] = Tree::of(false);
  for (const Option& o : options) {
    std::string key;
    Tree& level = level_of(schema, o.path, key);
    level["properties"][key] = option_schema(o);
  }
  schema["properties"]["petsc"]["type"] = Tree::of(std::string("object"));
  return schema.to_json() + "\n";
}

std::string completion_text(const AppDescription& app, const std::vector<Option>& options) {
  std::string function = "_" + app.name;
  std::replace(function.begin(), function.end(), '-', '_');
  std::string flags;
  std::string cases;
  for (const auto& [flag, sentence] : general_flags(app)) flags += flag + " ";
  for (const Option& o : options) {
    if (!o.flag.starts_with("-")) continue;
    flags += o.flag + " ";
    if (o.choices.empty()) continue;
    cases += "    " + o.flag + ") COMPREPLY=($(compgen -W \"";
    for (const std::string& choice : o.choices) cases += choice + " ";
    cases += "\" -- \"${word}\")); return ;;\n";
  }
  return "# bash completion of " + app.name + "\n" + function +
         "() {\n  local word=${COMP_WORDS[COMP_CWORD]}\n  case ${COMP_WORDS[COMP_CWORD-1]} in\n" + cases +
         "  esac\n  if [[ ${word} == -* ]]; then COMPREPLY=($(compgen -W \"" + flags +
         "\" -- \"${word}\")); else COMPREPLY=($(compgen -f -- \"${word}\")); fi\n}\n" + "complete -F " + function + " " + app.name + "\n";
}

std::string lists_text(const AppDescription& app) {
  std::string text;
  for (const NamedList& list : app.lists) {
    text += list.title + ":\n";
    for (const auto& [name, sentence] : list.entries) text += row(name, sentence);
  }
  return text;
}

} // namespace ansatz::apps
