// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/shipped_file.hpp>

#include <dlfcn.h>

#include <filesystem>
#include <vector>

namespace ansatz {

namespace fs = std::filesystem;

std::string shipped_file(const std::string& name) {
  std::error_code ignored;
  std::vector<fs::path> starts;
  Dl_info here{};
  if (dladdr(reinterpret_cast<const void*>(&shipped_file), &here) != 0 && here.dli_fname != nullptr)
    starts.push_back(fs::canonical(here.dli_fname, ignored));
  starts.push_back(fs::read_symlink("/proc/self/exe", ignored));
  for (const fs::path& start : starts)
    for (fs::path folder = start.parent_path(); folder.has_relative_path(); folder = folder.parent_path())
      if (const fs::path file = folder / "share/ansatz" / name; fs::exists(file, ignored)) return file.string();
  const fs::path configured = fs::path(ANSATZ_DATADIR) / name;
  if (fs::exists(configured, ignored)) return configured.string();
  throw FileError("file_open", "share/ansatz/" + name + ": not found above " + starts.back().parent_path().string() +
                                   " nor in " ANSATZ_DATADIR "; no such file is shipped, or the installation is incomplete");
}

} // namespace ansatz
