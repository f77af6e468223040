// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/child_process.hpp>
#include <ansatz/data/error.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace ansatz {

namespace {

/// One letter for the outcome, the reason, a zero byte, the message.
std::string report(const std::function<std::string()>& body) {
  try {
    return std::string("r") + '\0' + body();
  } catch (const Error& e) {
    return "t" + e.reason() + '\0' + e.what();
  } catch (const std::exception& e) {
    return std::string("tinternal") + '\0' + e.what();
  }
}

[[noreturn]] void be_child(int out, const std::function<std::string()>& body) {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    (void)::signal(number, SIG_DFL); // PETSc's and MPI's handlers would print and linger
  const std::string text = report(body);
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = write(out, text.data() + sent, text.size() - sent);
    if (n <= 0 && errno != EINTR) _exit(1);
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  _exit(0);
}

/// Everything the child sends, until it closes its end. False when the time is over; 0 seconds: never.
bool read_all(int in, unsigned seconds, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{in, POLLIN, 0};
    const int patience = seconds == 0 ? -1 : static_cast<int>(std::max<std::int64_t>(left, 0));
    const int ready = poll(&waiting, 1, patience);
    if (ready == 0) return false;
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t n = read(in, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

} // namespace

ChildResult run_in_child(const std::function<std::string()>& body, unsigned seconds) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw InternalError("internal", std::string("no pipe to a child process: ") + std::strerror(errno));
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    throw InternalError("internal", std::string("no child process: ") + std::strerror(error));
  }
  if (child == 0) {
    close(ends[0]);
    be_child(ends[1], body);
  }
  close(ends[1]);
  std::string text;
  const bool in_time = read_all(ends[0], seconds, text);
  close(ends[0]);
  if (!in_time) (void)kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  ChildResult result;
  if (!in_time) {
    result.end = ChildResult::End::timed_out;
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !text.empty()) {
    const std::size_t zero = text.find('\0');
    result.end = text[0] == 'r' ? ChildResult::End::returned : ChildResult::End::threw;
    result.reason = text.substr(1, zero - 1);
    result.message = text.substr(zero + 1);
  } else {
    result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
  return result;
}

} // namespace ansatz
