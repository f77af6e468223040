// SPDX-License-Identifier: Apache-2.0
#include <ansatz/apps/common/output_place.hpp>

#include <ansatz/data/collective.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace ansatz::apps {

std::string checkpoint_path(const Config& config) {
  const std::filesystem::path output(config.get_text("run.output"));
  if (output.empty()) return "";
  return (output.parent_path() / (output.stem().string() + "_checkpoint.h5")).string();
}

void require_output_place(const RunContext& run, bool series) {
  const std::string& path = run.config.get_text("run.output");
  if (path.empty()) {
    if (run.config.get_real("run.checkpoint_every") > 0)
      throw UsageError("bad_value", "--checkpoint-every: checkpoints are written beside the output; give --output too");
    return;
  }
  on_rank_0(run.comm, [&] {
    std::error_code ignored;
    const std::string checkpoint = checkpoint_path(run.config);
    const bool continued = !run.restart.empty() && std::filesystem::equivalent(run.restart, checkpoint, ignored);
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (std::filesystem::is_directory(path, ignored)) throw FileError("file_open", path + ": is a folder; give --output the name of a file");
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
      throw FileError("file_open", path + ": is no regular file and would be replaced by one; give --output another name");
    if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0)
      throw FileError("file_open", path + ": its folder cannot be written: " + std::strerror(errno) + "; create it or choose another --output");
    if (run.config.get_bool("run.overwrite")) return;
    for (const std::string& name : {continued && series ? std::string() : path, continued ? std::string() : checkpoint})
      if (!name.empty() && std::filesystem::exists(name, ignored))
        throw FileError("file_open",
                        name + ": exists; give --overwrite or another --output" + (name == path ? "" : ", or go on from it with --restart " + name));
  });
}

} // namespace ansatz::apps
