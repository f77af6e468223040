// SPDX-License-Identifier: Apache-2.0
#include "event_log.hpp"

#include <ansatz/data/error.hpp>

#include <filesystem>
#include <iostream>

namespace ansatz::apps {

EventLog::EventLog(const std::string& path, bool overwrite, int rank) : path_(path), rank_(rank) {
  if (path.empty() || rank != 0) return;
  std::error_code ignored;
  if (!overwrite && std::filesystem::exists(path, ignored))
    throw UsageError("bad_value", path + ": the log exists; give --overwrite or another name");
  file_.open(path, std::ios::trunc);
  if (!file_) throw FileError("file_open", path + ": the log cannot be created");
}

double EventLog::elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

void EventLog::event(const std::string& name, std::int64_t step, const Tree& values) {
  if (!file_.is_open()) return;
  Tree line = Tree::object();
  line["time"] = Tree::of(elapsed());
  line["step"] = Tree::of(step);
  line["event"] = Tree::of(name);
  if (values.kind == Tree::Kind::object) line["values"] = values;
  file_ << line.to_json() << std::endl;
}

void EventLog::warn(const std::string& text) {
  if (rank_ == 0) std::cerr << "warning: " << text << std::endl;
  Tree values = Tree::object();
  values["text"] = Tree::of(text);
  event("warning", 0, values);
}

} // namespace ansatz::apps
