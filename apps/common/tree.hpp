// SPDX-License-Identifier: Apache-2.0
/// A JSON value as a plain tree; the only form in which configuration travels between files.
/// Threads: values, free to copy.  MPI: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ansatz::apps {

struct Tree {
  struct Member;
  enum class Kind { null, boolean, integer, real, text, list, object };
  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0.0; ///< also set for integers
  std::string text;
  std::vector<Tree> items;     ///< of a list
  std::vector<Member> members; ///< of an object, in the order written

  static Tree of(bool value);
  static Tree of(std::int64_t value);
  static Tree of(double value);
  static Tree of(std::string value);
  static Tree list();
  static Tree object();

  /// The member called `name`, or nullptr.
  [[nodiscard]] const Tree* find(std::string_view name) const;
  /// The member called `name`, created as null if absent; this tree becomes an object.
  Tree& operator[](const std::string& name);
  /// The value at a dotted path, or nullptr.
  [[nodiscard]] const Tree* at_path(std::string_view path) const;
  /// Sets the value at a dotted path, creating objects on the way.
  void set_path(std::string_view path, Tree value);
  /// JSON on one line; numbers with 17 digits at most and always as valid JSON (a real keeps its point or exponent; NaN and Inf become null).
  [[nodiscard]] std::string to_json() const;
};

struct Tree::Member {
  std::string name;
  Tree value;
};

/// `"text"` with JSON escapes.
[[nodiscard]] std::string quoted(std::string_view text);

/// Shortest decimal text that reads back as the same double, with a point or an exponent.
[[nodiscard]] std::string number_text(double value);

} // namespace ansatz::apps
