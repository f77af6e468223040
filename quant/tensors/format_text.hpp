// SPDX-License-Identifier: Apache-2.0
/// Formats as text: NAME[:KEY=VALUE,FLAG,...], for example "uniform:b=8,sym,channel,calib=mse". Reads each key with its range; unknown keys, values out of range
/// and keys given twice are refused with the nearest valid name.
/// Errors: UsageError `bad_value` quoting the whole text.  Threads: values.
#pragma once

#include <ansatz/quant/formats/concepts.hpp>

#include <map>
#include <string>
#include <vector>

namespace ansatz::quant {

class FormatText {
public:
  explicit FormatText(const std::string& text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }

  /// Every key is asked for once; `finish` then refuses what nobody asked for.
  [[nodiscard]] int integer(const std::string& key, int fallback, int low, int high);
  [[nodiscard]] double real(const std::string& key, double fallback, double low, double high);
  [[nodiscard]] std::string word(const std::string& key, const std::string& fallback);
  [[nodiscard]] std::string choice(const std::string& key, const std::string& fallback, const std::vector<std::string>& choices);
  [[nodiscard]] bool flag(const std::string& key);
  /// tensor | channel | group=N | block=N.
  [[nodiscard]] Sharing sharing();
  void finish() const;

  [[noreturn]] void refuse(const std::string& why) const;

private:
  std::string text_, name_;
  std::map<std::string, std::string> entries_;
  std::vector<std::string> known_;
};

} // namespace ansatz::quant
