// SPDX-License-Identifier: Apache-2.0
#include "surroundings.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/version.hpp>

#include <hdf5.h>
#include <mpi.h>
#include <petscsys.h>

#include <dlfcn.h>
#include <link.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <sstream>

extern char** environ;

namespace ansatz::apps {

namespace {

/// Cores this process may run on.
int cores() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  return sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

int collect_gpl(dl_phdr_info* info, std::size_t, void* found) {
  const std::string path(info->dlpi_name);
  for (const char* name : {"libfftw3", "libumfpack", "libcholmod", "libspqr"})
    if (path.find(name) != std::string::npos) static_cast<std::set<std::string>*>(found)->insert(name);
  return 0;
}

} // namespace

std::vector<std::pair<std::string, std::string>> option_environment(const std::vector<Option>& options) {
  std::vector<std::pair<std::string, std::string>> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (!text.starts_with("ANSATZ_")) continue;
    const std::string name = text.substr(0, text.find('='));
    const bool known = std::any_of(options.begin(), options.end(), [&](const Option& o) { return environment_name(o.path) == name; });
    if (known || name.find("__") != std::string::npos) all.emplace_back(name, text.substr(std::min(name.size() + 1, text.size())));
  }
  return all;
}

std::vector<std::string> petsc_environment() {
  std::vector<std::string> all;
  const char* options = std::getenv("PETSC_OPTIONS");
  std::istringstream words(options == nullptr ? "" : options);
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

void check_launcher(int ranks) {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && std::strtol(value, nullptr, 10) > ranks)
      throw UsageError("environment", std::string(name) + " announces " + value + " processes, but MPI sees " + std::to_string(ranks) +
                                          "; start the app with the launcher of the MPI it was built with");
  }
}

int use_threads(int threads, bool chosen, EventLog& log) {
  const bool told = std::getenv("OPENBLAS_NUM_THREADS") != nullptr || std::getenv("OMP_NUM_THREADS") != nullptr;
  auto* set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  auto* get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  if (set != nullptr && (chosen || !told)) set(threads);
  const int effective = get != nullptr ? get() : threads;
  Tree values = Tree::object();
  values["blas_threads"] = Tree::of(static_cast<std::int64_t>(effective));
  values["by"] = Tree::of(std::string(chosen ? "option" : told ? "environment" : "default"));
  log.event("threads", 0, values);
  if (chosen && cores() < threads)
    log.warn("run.threads is " + std::to_string(threads) + " but the process may use " + std::to_string(cores()) +
             " cores; under mpirun give --bind-to none");
  return effective;
}

Tree machine() {
  std::array<char, 256> name{};
  Tree tree = Tree::object();
  tree["host"] = Tree::of(gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string());
  tree["cores"] = Tree::of(static_cast<std::int64_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  return tree;
}

std::string libraries() {
  std::array<char, 256> petsc{};
  (void)PetscGetVersion(petsc.data(), petsc.size());
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> mpi{};
  int length = 0;
  (void)MPI_Get_library_version(mpi.data(), &length);
  const std::string first(mpi.data());
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  (void)H5get_libversion(&major, &minor, &release);
  std::ostringstream text;
  text << petsc.data() << "; " << first.substr(0, first.find(',')) << "; HDF5 " << major << '.' << minor << '.' << release;
  return text.str();
}

std::string version_text(const std::string& app) {
  std::set<std::string> gpl;
  (void)dl_iterate_phdr(collect_gpl, &gpl);
  std::ostringstream text;
  text << app << " (Ansatz) " << version() << "\ncommit " << git_commit() << (git_dirty() ? " with changes" : "") << "\ncompiler " << compiler()
       << '\n'
       << libraries() << "\nunder the GPL:";
  for (const std::string& name : gpl) text << ' ' << name;
  text << (gpl.empty() ? " nothing" : "") << '\n';
  return text.str();
}

} // namespace ansatz::apps
