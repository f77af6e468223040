// SPDX-License-Identifier: Apache-2.0
#include "tree.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace ansatz::apps {

Tree Tree::of(bool value) {
  Tree t;
  t.kind = Kind::boolean;
  t.boolean = value;
  return t;
}

Tree Tree::of(std::int64_t value) {
  Tree t;
  t.kind = Kind::integer;
  t.integer = value;
  t.real = static_cast<double>(value);
  return t;
}

Tree Tree::of(double value) {
  Tree t;
  t.kind = Kind::real;
  t.real = value;
  return t;
}

Tree Tree::of(std::string value) {
  Tree t;
  t.kind = Kind::text;
  t.text = std::move(value);
  return t;
}

Tree Tree::list() {
  Tree t;
  t.kind = Kind::list;
  return t;
}

Tree Tree::object() {
  Tree t;
  t.kind = Kind::object;
  return t;
}

const Tree* Tree::find(std::string_view name) const {
  for (const auto& [key, value] : members)
    if (key == name) return &value;
  return nullptr;
}

Tree& Tree::operator[](const std::string& name) {
  kind = Kind::object;
  for (auto& [key, value] : members)
    if (key == name) return value;
  return members.emplace_back(Member{name, {}}).value;
}

const Tree* Tree::at_path(std::string_view path) const {
  const Tree* here = this;
  while (here != nullptr && !path.empty()) {
    const auto dot = path.find('.');
    here = here->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return here;
}

void Tree::set_path(std::string_view path, Tree value) {
  const auto dot = path.find('.');
  Tree& next = (*this)[std::string(path.substr(0, dot))];
  if (dot == std::string_view::npos) {
    next = std::move(value);
  } else {
    next.set_path(path.substr(dot + 1), std::move(value));
  }
}

std::string Tree::to_json() const {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return boolean ? "true" : "false";
    case Kind::integer: return std::to_string(integer);
    case Kind::real: return number_text(real);
    case Kind::text: return quoted(text);
    case Kind::list: {
      std::string all = "[";
      for (const Tree& item : items) all += (all.size() > 1 ? ", " : "") + item.to_json();
      return all + "]";
    }
    case Kind::object: break;
  }
  std::string all = "{";
  for (const auto& [name, value] : members) all += (all.size() > 1 ? ", " : "") + quoted(name) + ": " + value.to_json();
  return all + "}";
}

std::string quoted(std::string_view text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      all += '\\';
      all += c;
    } else if (c == '\n') {
      all += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> code{};
      (void)std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
      all += code.data();
    } else {
      all += c;
    }
  }
  return all + "\"";
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

} // namespace ansatz::apps
