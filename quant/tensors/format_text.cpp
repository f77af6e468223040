// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/nearest_name.hpp>
#include <ansatz/quant/tensors/format_text.hpp>

#include <charconv>
#include <sstream>

namespace ansatz::quant {

namespace {

/// The whole text as a number, independent of locale.
template <class T>
bool read_number(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

std::string plain(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << value;
  return text.str();
}

} // namespace

FormatText::FormatText(const std::string& text) : text_(text) {
  const std::size_t colon = text.find(':');
  name_ = text.substr(0, colon);
  for (std::size_t at = colon; at != std::string::npos;) {
    const std::size_t comma = text.find(',', at + 1);
    const std::string entry = text.substr(at + 1, comma == std::string::npos ? comma : comma - at - 1);
    const std::size_t equals = entry.find('=');
    const std::string key = entry.substr(0, equals);
    if (key.empty()) refuse("a key is empty; the form is NAME:KEY=VALUE,FLAG,...");
    if (!entries_.emplace(key, equals == std::string::npos ? "" : entry.substr(equals + 1)).second) refuse("the key " + key + " is given twice");
    at = comma;
  }
}

void FormatText::refuse(const std::string& why) const { throw UsageError("bad_value", "format \"" + text_ + "\": " + why); }

std::string FormatText::word(const std::string& key, const std::string& fallback) {
  known_.push_back(key);
  const auto found = entries_.find(key);
  return found == entries_.end() ? fallback : found->second;
}

int FormatText::integer(const std::string& key, int fallback, int low, int high) {
  const std::string given = word(key, "");
  if (entries_.count(key) == 0) return fallback;
  int value = 0;
  if (!read_number(given, value) || value < low || value > high)
    refuse(key + " is \"" + given + "\"; an integer from " + std::to_string(low) + " to " + std::to_string(high) + " is needed");
  return value;
}

double FormatText::real(const std::string& key, double fallback, double low, double high) {
  const std::string given = word(key, "");
  if (entries_.count(key) == 0) return fallback;
  double value = 0.0;
  if (!read_number(given, value) || !(value >= low && value <= high))
    refuse(key + " is \"" + given + "\"; a number from " + plain(low) + " to " + plain(high) + " is needed");
  return value;
}

std::string FormatText::choice(const std::string& key, const std::string& fallback, const std::vector<std::string>& choices) {
  const std::string given = word(key, fallback);
  for (const std::string& valid : choices)
    if (given == valid) return valid;
  refuse(key + " is \"" + given + "\"" + did_you_mean(given, choices));
}

bool FormatText::flag(const std::string& key) {
  const std::string given = word(key, "");
  if (entries_.count(key) == 0) return false;
  if (!given.empty()) refuse(key + " is a flag and takes no value; \"" + given + "\" was given");
  return true;
}

Sharing FormatText::sharing() {
  std::vector<Sharing> chosen;
  if (flag("tensor")) chosen.push_back({});
  if (flag("channel")) chosen.push_back({.granularity = Granularity::channel});
  for (const auto& [key, granularity] : {std::pair{"group", Granularity::group}, {"block", Granularity::block}})
    if (const int length = integer(key, 0, 1, 1 << 30); length > 0)
      chosen.push_back({.granularity = granularity, .length = static_cast<std::size_t>(length)});
  if (chosen.size() > 1) refuse("scales are shared in one way only: tensor, channel, group=N or block=N");
  return chosen.empty() ? Sharing{} : chosen.front();
}

void FormatText::finish() const {
  for (const auto& [key, value] : entries_)
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      refuse(name_ + " has no key \"" + key + "\"" + (known_.empty() ? "; it takes none" : did_you_mean(key, known_)));
}

} // namespace ansatz::quant
