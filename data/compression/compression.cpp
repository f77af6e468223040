// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/compression/compression.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <charconv>

namespace ansatz {

namespace {

using compression::Method;

[[noreturn]] void refuse(const std::string& text, const std::string& rule) {
  throw UsageError("bad_value", "compression \"" + text + "\": " + rule + "; for example abs=1e-6,pred=interp");
}

double number_of(const std::string& text, const std::string& key, const std::string& value) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number) || !(number > 0))
    refuse(text, key + " must be a number above 0, not \"" + value + "\"");
  return number;
}

std::size_t choice_of(const std::string& text, const std::string& key, const std::string& value, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == value) return i;
  refuse(text, key + "=" + value + " is not offered" + did_you_mean(value, names));
}

void set(Compression& c, const std::string& text, const std::string& key, const std::string& value) {
  const std::vector<std::string> bounds{"abs", "rel", "residual"};
  const bool blocks = c.method == Method::bfp;
  const std::vector<std::string> keys = blocks ? std::vector<std::string>{"w"} : std::vector<std::string>{"abs", "rel", "residual", "pred", "level"};
  const std::size_t k = choice_of(text, "the key", key, keys);
  if (blocks) {
    constexpr std::array<unsigned, 3> widths{8, 16, 32};
    c.width = widths[choice_of(text, key, value, {"8", "16", "32"})];
  } else if (k < bounds.size()) {
    if (c.bound > 0) refuse(text, "one bound is enough");
    c.kind = static_cast<Compression::Bound>(k);
    c.bound = number_of(text, key, value);
  } else if (key == "pred") {
    c.method = choice_of(text, key, value, {"interp", "lorenzo"}) == 0 ? Method::interp : Method::lorenzo;
  } else {
    c.level = static_cast<Compression::Level>(choice_of(text, key, value, {"packed", "plain"}));
  }
}

} // namespace

std::optional<Compression> read_compression(const std::string& text) {
  if (text.empty() || text == "none") return std::nullopt;
  Compression c;
  std::string rest = text;
  const std::size_t colon = rest.find(':');
  const std::string format = colon == std::string::npos ? rest == "bfp" ? rest : "ebq" : rest.substr(0, colon);
  if (choice_of(text, "the format", format, {"ebq", "bfp"}) == 1) c.method = Method::bfp;
  rest = colon != std::string::npos ? rest.substr(colon + 1) : rest == "bfp" ? "" : rest;
  while (!rest.empty()) {
    const std::string part = rest.substr(0, rest.find(','));
    rest = part.size() < rest.size() ? rest.substr(part.size() + 1) : "";
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) refuse(text, "\"" + part + "\" is not KEY=VALUE");
    set(c, text, part.substr(0, equals), part.substr(equals + 1));
  }
  if (c.method != Method::bfp && !(c.bound > 0)) refuse(text, "a bound is missing: abs, rel or residual");
  return c;
}

} // namespace ansatz
