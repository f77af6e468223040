// SPDX-License-Identifier: Apache-2.0
#include "guard.hpp"

#include <ansatz/apps/common/app.hpp>
#include <ansatz/apps/common/failure.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace ansatz::apps {

namespace {

int tell_of_crash(int argc, char** argv, const AppDescription& app, int signal) {
  std::string words;
  for (int i = 1; i < argc; ++i) words += (i > 1 ? " " : "") + std::string(argv[i]);
  const Failure failure{ExitCode::file, "file_damaged",
                        words + ": reading crashed HDF5 (signal " + std::to_string(signal) + "); the file is damaged; NAME_prev.h5 may be whole"};
  report(failure, app.name, 0, true);
  try {
    Summary summary(app.name, app.name + " " + words, 1);
    summary.set_exit(failure.code, failure.reason, failure.message);
    summary.write(find_summary_path(argc, argv, {}));
  } catch (const Error& error) { // the crash decides the exit code
    report({error.code(), error.reason(), error.what()}, app.name, 0, true);
  }
  return static_cast<int>(failure.code);
}

} // namespace

int run_guarded(int argc, char** argv, const AppDescription& app, const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) return body();
  int status = 0;
  if (child < 0 || (waitpid(child, &status, 0) < 0 && errno != EINTR)) {
    report({ExitCode::internal, "internal", std::string("no child process to read in: ") + std::strerror(errno)}, app.name, 0, true);
    return static_cast<int>(ExitCode::internal);
  }
  return WIFSIGNALED(status) ? tell_of_crash(argc, argv, app, WTERMSIG(status)) : WEXITSTATUS(status);
}

} // namespace ansatz::apps
