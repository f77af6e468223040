// SPDX-License-Identifier: Apache-2.0
/// ansatz-inspect FILE: looks into a file the other apps wrote. All reading happens in a child process, which starts and ends its own MPI: a damaged file that
/// crashes HDF5 costs the child alone, and the parent says so with exit code 4. A serial program.
#include "command_line.hpp"
#include "plots.hpp"
#include "report.hpp"

#include <ansatz/data/child_process.hpp>
#include <ansatz/data/collective.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/open_file.hpp>
#include <ansatz/data/version.hpp>

#include <nlohmann/json.hpp>

#include <mpi.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <new>

namespace ansatz::apps {
namespace {

using nlohmann::json;

/// MPI for as long as it lives.
class MpiSession {
public:
  MpiSession() { check_mpi(MPI_Init(nullptr, nullptr), "MPI_Init"); }
  ~MpiSession() { (void)MPI_Finalize(); } // a destructor cannot report
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
};

std::string dump(const json& object, int indent) { return object.dump(indent, ' ', false, json::error_handler_t::replace); }

/// In the child: everything asked for, as the text of a JSON object.
std::string inspect(const CommandLine& line) {
  const MpiSession session;
  json report;
  if (line.verify) {
    const Verified done = verify_file(line.file);
    report["verified"] = {{"datasets", done.datasets}, {"attributes", done.attributes}, {"bytes", done.bytes}};
  }
  report.update(describe_file(line.file));
  if (!line.png_folder.empty()) {
    if (report.at("content") != "result")
      throw UsageError("usage", line.file + ": --png draws result files; this is a " + report.at("content").get<std::string>());
    report["pictures"] = draw_pictures(report, line.png_folder);
  }
  return dump(report, -1);
}

json run_guarded(const CommandLine& line) {
  const ChildResult child = run_in_child([&] { return inspect(line); }, 0);
  if (child.end == ChildResult::End::returned) return json::parse(child.message);
  if (child.end == ChildResult::End::threw) {
    if (child.reason.rfind("file", 0) == 0 || child.reason == "disk_full") throw FileError(child.reason, child.message);
    if (child.reason == "usage" || child.reason == "bad_value" || child.reason == "environment") throw UsageError(child.reason, child.message);
    throw InternalError(child.reason, child.message);
  }
  // MPI that cannot start says so itself and ends the child without a signal.
  if (child.signal == 0) throw UsageError("environment", "the process that reads " + line.file + " ended without a result; see the lines above");
  throw FileError("file_damaged", line.file + ": reading it crashed HDF5 (signal " + std::to_string(child.signal) + "); the file is damaged");
}

void write_json(const std::string& name, const std::string& text) {
  if (name == "-") {
    std::cout << text << std::endl;
    if (!std::cout) throw FileError("file_write", "standard output: " + std::string(std::strerror(errno)));
    return;
  }
  const std::string part = name + ".part";
  std::ofstream out(part, std::ios::trunc);
  out << text << '\n';
  out.close();
  if (out && std::rename(part.c_str(), name.c_str()) == 0) return;
  const int error = errno;
  (void)unlink(part.c_str());
  throw FileError("file_write", name + ": " + std::strerror(error) + "; give --json a name that can be written");
}

/// The object every app writes (docs/errors.md), with the report of the file beside it.
void write_summary(const CommandLine& line, const json& report, ExitCode code, const std::string& reason, const std::string& message) {
  if (line.json_file.empty()) return;
  json object{{"app", "ansatz-inspect"},
              {"version", version()},
              {"config", {{"file", line.file}, {"verify", line.verify}, {"png", line.png_folder}}},
              {"ranks", 1},
              {"threads", 1},
              {"results", json::array()}};
  std::string host(256, '\0');
  object["machine"] = {{"host", gethostname(host.data(), host.size() - 1) == 0 ? host.c_str() : ""}};
  if (report.is_object()) object.update(report);
  object["exit"] = {{"code", static_cast<int>(code)}, {"reason", reason}, {"message", message}};
  write_json(line.json_file, dump(object, 2));
}

int fail(const CommandLine& line, ExitCode code, const std::string& reason, const std::string& message) {
  std::cerr << "ansatz-inspect: " << message << " [" << reason << "]\n";
  try {
    write_summary(line, {}, code, reason, message);
  } catch (const std::exception& e) { // the first error decides the exit code
    std::cerr << "ansatz-inspect: " << e.what() << '\n';
  }
  return static_cast<int>(code);
}

int run(const std::vector<std::string>& words) {
  CommandLine line;
  try {
    line = read_command_line(words);
    if (line.help || line.version) {
      if (line.help) std::cout << help_text();
      if (line.version)
        std::cout << "ansatz-inspect " << version() << "\ncommit " << git_commit() << (git_dirty() ? " (modified)" : "") << '\n'
                  << compiler() << '\n';
      return std::cout.flush() ? 0 : static_cast<int>(ExitCode::file);
    }
    const json report = run_guarded(line);
    if (line.json_file != "-") print_report(report, std::cout);
    write_summary(line, report, ExitCode::answer, "inspected", "");
    if (!std::cout.flush()) throw FileError("file_write", "standard output cannot be written");
    return 0;
  } catch (const Error& e) {
    return fail(line, e.code(), e.reason(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(line, ExitCode::internal, "out_of_memory", "out of memory");
  } catch (const std::exception& e) {
    return fail(line, ExitCode::internal, "internal", e.what());
  }
}

} // namespace
} // namespace ansatz::apps

int main(int argc, char** argv) { return ansatz::apps::run(std::vector<std::string>(argv + 1, argv + argc)); }
