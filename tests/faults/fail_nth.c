/* SPDX-License-Identifier: Apache-2.0
 * Preloaded library: lets the n-th call of one kind fail, or kills the process there, when the call concerns a file below one folder.
 *   FAIL_FOLDER  absolute path            FAIL_CALL    write | fsync | rename | link | unlink | space (fallocate fails; statvfs tells of plenty until less than 1 MiB is left)
 *   FAIL_NTH     1, 2, ...; 0: every call FAIL_RANK    only on this MPI rank, if set
 *   FAIL_ERRNO   number, "kill", or "usr1": that signal, and the call goes on        FAIL_MARK    a file made when a call was hit, so that the test knows where the calls end */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

static int below(const char* path) {
  const char* folder = getenv("FAIL_FOLDER");
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int below_fd(int fd) {
  char link_name[64];
  char path[4096];
  snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link_name, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = '\0';
  return below(path);
}

/* Whether this call is the one to fail; errno is set then. */
static int hit(const char* call, int concerned) {
  static int calls;
  const char* wanted = getenv("FAIL_CALL");
  const char* rank = getenv("FAIL_RANK");
  const char* mine = getenv("OMPI_COMM_WORLD_RANK");
  const char* nth = getenv("FAIL_NTH");
  const char* error = getenv("FAIL_ERRNO");
  const char* mark = getenv("FAIL_MARK");
  if (!concerned || !wanted || !nth || !error || strcmp(wanted, call) != 0) return 0;
  if (rank && mine && strcmp(rank, mine) != 0) return 0;
  if (atoi(nth) != 0 && ++calls != atoi(nth)) return 0;
  if (mark) close(open(mark, O_CREAT | O_WRONLY, 0600));
  if (strcmp(error, "kill") == 0) raise(SIGKILL);
  if (strcmp(error, "usr1") == 0) {
    raise(SIGUSR1);
    return 0;
  }
  errno = atoi(error);
  return 1;
}

#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void* data, size_t n) {
  REAL(ssize_t, "write", int, const void*, size_t);
  return hit("write", below_fd(fd)) ? -1 : real(fd, data, n);
}
ssize_t writev(int fd, const struct iovec* parts, int n) {
  REAL(ssize_t, "writev", int, const struct iovec*, int);
  return hit("write", below_fd(fd)) ? -1 : real(fd, parts, n);
}
ssize_t pwrite(int fd, const void* data, size_t n, off_t at) {
  REAL(ssize_t, "pwrite", int, const void*, size_t, off_t);
  return hit("write", below_fd(fd)) ? -1 : real(fd, data, n, at);
}
ssize_t pwrite64(int fd, const void* data, size_t n, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void*, size_t, off64_t);
  return hit("write", below_fd(fd)) ? -1 : real(fd, data, n, at);
}
ssize_t pwritev(int fd, const struct iovec* parts, int n, off_t at) {
  REAL(ssize_t, "pwritev", int, const struct iovec*, int, off_t);
  return hit("write", below_fd(fd)) ? -1 : real(fd, parts, n, at);
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return hit("fsync", below_fd(fd)) ? -1 : real(fd);
}
int rename(const char* from, const char* to) {
  REAL(int, "rename", const char*, const char*);
  return hit("rename", below(to)) ? -1 : real(from, to);
}
int link(const char* from, const char* to) {
  REAL(int, "link", const char*, const char*);
  return hit("link", below(to)) ? -1 : real(from, to);
}
int unlink(const char* path) {
  REAL(int, "unlink", const char*);
  return hit("unlink", below(path)) ? -1 : real(path);
}
int statvfs(const char* path, struct statvfs* out) {
  REAL(int, "statvfs", const char*, struct statvfs*);
  const int status = real(path, out);
  if (hit("space", below(path)) && status == 0 && out->f_bavail * out->f_frsize >= 1 << 20) out->f_bavail = (fsblkcnt_t)1 << 40;
  return status;
}
int fallocate(int fd, int how, off_t from, off_t length) {
  REAL(int, "fallocate", int, int, off_t, off_t);
  return hit("space", below_fd(fd)) ? -1 : real(fd, how, from, length);
}
