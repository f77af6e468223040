// SPDX-License-Identifier: Apache-2.0
#include "summary.hpp"

#include "surroundings.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/version.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

namespace ansatz::apps {

namespace {

/// Renaming onto a device or a pipe would leave a file in its place.
void refuse_irregular(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    throw FileError("file_open", path + ": is no regular file and the summary would replace it; give --json another name, or - for standard output");
}

} // namespace

Summary::Summary(const std::string& app, const std::string& command_line, int ranks) {
  tree_["app"] = Tree::of(app);
  tree_["version"] = Tree::of(std::string(version()));
  tree_["command_line"] = Tree::of(command_line);
  tree_["machine"] = machine();
  tree_["ranks"] = Tree::of(static_cast<std::int64_t>(ranks));
  tree_["results"] = Tree::list();
}

void Summary::add_result(Tree result) { tree_["results"].items.push_back(std::move(result)); }
void Summary::set(const std::string& name, Tree value) { tree_[name] = std::move(value); }

void Summary::phase(const std::string& name, double seconds, MPI_Comm comm) {
  std::array<double, 3> all{-seconds, seconds, seconds};
  std::array<double, 3> out{};
  check_mpi(MPI_Allreduce(all.data(), out.data(), 2, MPI_DOUBLE, MPI_MAX, comm), "MPI_Allreduce");
  check_mpi(MPI_Allreduce(&all[2], &out[2], 1, MPI_DOUBLE, MPI_SUM, comm), "MPI_Allreduce");
  Tree phase = Tree::object();
  phase["name"] = Tree::of(name);
  phase["min"] = Tree::of(-out[0]);
  phase["mean"] = Tree::of(out[2] / size_of(comm));
  phase["max"] = Tree::of(out[1]);
  Tree& phases = tree_["phases"];
  phases.kind = Tree::Kind::list;
  phases.items.push_back(std::move(phase));
}

void Summary::set_exit(ExitCode code, const std::string& reason, const std::string& message) {
  Tree& exit = tree_["exit"];
  exit["code"] = Tree::of(static_cast<std::int64_t>(code));
  exit["reason"] = Tree::of(reason);
  exit["message"] = Tree::of(message);
}

void Summary::write(const std::string& path) const {
  if (path.empty()) return;
  if (path == "-") {
    std::cout << tree_.to_json() << std::endl;
    return;
  }
  refuse_irregular(path);
  const std::string part = path + ".part";
  std::ofstream out(part, std::ios::trunc);
  out << tree_.to_json() << '\n';
  out.close();
  if (out && std::rename(part.c_str(), path.c_str()) == 0) return;
  const std::string why = std::strerror(errno);
  (void)std::remove(part.c_str());
  throw FileError("file_write", path + ": the summary cannot be written: " + why + "; give --json a name that can be");
}

void Summary::require_place(const std::string& path) {
  if (path.empty() || path == "-") return;
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
    throw FileError("file_open", path + ": the summary cannot be written there, it is a folder; give --json a file name");
  refuse_irregular(path);
  if (access(folder.c_str(), W_OK) != 0)
    throw FileError("file_open", path + ": the summary cannot be written: " + folder + ": " + std::strerror(errno) + "; give --json another name");
}

} // namespace ansatz::apps
