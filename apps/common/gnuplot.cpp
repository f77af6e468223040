// SPDX-License-Identifier: Apache-2.0
#include "gnuplot.hpp"

#include <ansatz/data/error.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

extern char** environ;

namespace ansatz::apps {

namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Exit status of `gnuplot SCRIPT`; what it says goes to the file `log`.
int run_gnuplot(const std::string& script, const std::string& log) {
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) throw InternalError("out_of_memory", "no memory to start gnuplot");
  int status = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (status == 0) status = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (status == 0) status = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  std::string name = "gnuplot";
  std::string option = "--default-settings"; // no ~/.gnuplot
  std::string argument = script;
  const std::array<char*, 4> arguments{name.data(), option.data(), argument.data(), nullptr};
  pid_t child = 0;
  if (status == 0) status = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), environ);
  (void)posix_spawn_file_actions_destroy(&actions);
  if (status != 0)
    throw UsageError("environment",
                     std::string("gnuplot cannot be started: ") + std::strerror(status) + "; pictures need the Debian package gnuplot-nox");
  int end = 0;
  while (waitpid(child, &end, 0) < 0)
    if (errno != EINTR) throw InternalError("internal", std::string("waiting for gnuplot: ") + std::strerror(errno));
  return end;
}

void draw(const std::string& path, const std::string& terminal, const std::string& body) {
  const std::string part = path + ".part";
  const std::string script = path + ".gnuplot.part";
  const std::string log = path + ".log.part";
  {
    std::ofstream out(script, std::ios::trunc);
    out << "set encoding utf8\nset terminal " << terminal << "\nset output " << gnuplot_text(part) << '\n' << body << "unset output\n";
    if (!out.flush()) throw FileError("file_write", script + ": cannot be written: " + std::strerror(errno));
  }
  int end = 0;
  std::string words;
  try {
    end = run_gnuplot(script, log);
    words = slurp(log);
  } catch (const Error&) {
    (void)unlink(script.c_str());
    (void)unlink(log.c_str());
    throw;
  }
  (void)unlink(script.c_str());
  (void)unlink(log.c_str());
  if (end == 0 && std::rename(part.c_str(), path.c_str()) == 0) return;
  (void)unlink(part.c_str());
  throw FileError("file_write", path + ": gnuplot failed (status " + std::to_string(end) + "): " + words);
}

} // namespace

std::string gnuplot_text(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += '\'';
    literal += c == '\n' ? ' ' : c;
  }
  return literal + "'";
}

void draw_png(const std::string& path, int width, int height, const std::string& body) {
  draw(path, "pngcairo noenhanced size " + std::to_string(width) + "," + std::to_string(height) + " font 'DejaVu Sans,11' background rgb 'white'",
       body);
}

void draw_gif(const std::string& path, int width, int height, const std::string& body) {
  draw(path,
       "gif animate delay 10 loop 0 noenhanced size " + std::to_string(width) + "," + std::to_string(height) +
           " font 'DejaVuSans,11' background rgb '#151b2a'",
       body);
}

} // namespace ansatz::apps
