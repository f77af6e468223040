// SPDX-License-Identifier: Apache-2.0
#include "read_json.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace ansatz::apps {

namespace {

/// Receives nlohmann's events. The library's own tree would silently keep the last of two equal keys.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
public:
  Reader(Tree& root, std::vector<std::string>& problems) : root_(root), problems_(problems) {}

  bool null() override { return put(Tree{}); }
  bool boolean(bool value) override { return put(Tree::of(value)); }
  bool number_integer(number_integer_t value) override { return put(Tree::of(std::int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) return put(Tree::of(static_cast<double>(value)));
    return put(Tree::of(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override { return put(Tree::of(value)); }
  bool string(string_t& value) override { return put(Tree::of(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Tree::object()); }
  bool start_array(std::size_t) override { return open(Tree::list()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    Frame& top = stack_.back();
    if (top.value.find(name) != nullptr) problems_.push_back(path(name) + ": the key stands there twice; a key may be given once");
    top.key = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) override {
    problems_.push_back(std::string("no valid JSON: ") + error.what());
    return false;
  }

private:
  struct Frame {
    Tree value;
    std::string key;
  };

  std::string path(const std::string& last) const {
    std::string all;
    for (std::size_t i = 0; i + 1 < stack_.size(); ++i)
      if (!stack_[i].key.empty()) all += stack_[i].key + ".";
    return all + last;
  }
  bool put(Tree value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (stack_.back().value.kind == Tree::Kind::list) {
      stack_.back().value.items.push_back(std::move(value));
    } else {
      stack_.back().value[stack_.back().key] = std::move(value);
    }
    return true;
  }
  bool open(Tree value) {
    constexpr std::size_t deepest = 64;
    if (stack_.size() >= deepest) {
      problems_.push_back("nested deeper than 64 levels");
      return false;
    }
    stack_.push_back({std::move(value), ""});
    return true;
  }
  bool close() {
    Tree done = std::move(stack_.back().value);
    stack_.pop_back();
    return put(std::move(done));
  }

  Tree& root_;
  std::vector<std::string>& problems_;
  std::vector<Frame> stack_;
};

} // namespace

Tree read_json(const std::string& text, std::vector<std::string>& problems) {
  Tree root;
  Reader reader(root, problems);
  const bool good = nlohmann::json::sax_parse(text, &reader, nlohmann::json::input_format_t::json, true, true);
  if (!good) return {};
  return root;
}

} // namespace ansatz::apps
