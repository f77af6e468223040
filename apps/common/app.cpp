// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include "command_line.hpp"
#include "schema.hpp"

#include <ansatz/data/collective.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/staged_file.hpp>
#include <ansatz/data/version.hpp>

#include <hdf5.h>
#include <petscsys.h>

#include <dlfcn.h>
#include <sched.h>
#include <unistd.h>
#ifdef ANSATZ_FP_TRAPS
#include <cfenv>
#endif

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

extern char** environ;

namespace ansatz::apps {

namespace {

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

std::string version_text(const AppDescription& app) {
  std::ostringstream text;
  text << app.name << " (Ansatz) " << version() << "\ncommit " << git_commit() << (git_dirty() ? " with changes" : "") << "\ncompiler " << compiler()
       << '\n'
       << libraries() << '\n';
  return text.str();
}

std::vector<std::pair<std::string, std::string>> environment() {
  std::vector<std::pair<std::string, std::string>> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const auto equals = text.find('=');
    // One level at least: ANSATZ_SOLVER__RTOL. Others belong to scripts (ANSATZ_PRESET).
    if (text.starts_with("ANSATZ_") && text.substr(0, equals).find("__") != std::string::npos)
      all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    else if (text.starts_with("ANSATZ_GRID=") || text.starts_with("ANSATZ_RHS="))
      all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

/// The case file as rank 0 reads it.
std::string read_case(const std::string& path, MPI_Comm comm) {
  std::string text;
  on_rank_0(comm, [&] {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in) throw FileError("file_open", path + ": the case file cannot be read; look at the name given to --config");
    text = bytes.str();
  });
  broadcast(comm, text);
  return text;
}

/// More processes announced by the launcher than MPI knows: its runs would all do the whole job and overwrite each other.
void check_launcher(int ranks) {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && std::atoi(value) > ranks)
      throw UsageError("environment", std::string(name) + " announces " + value + " processes, but MPI sees " + std::to_string(ranks) +
                                          "; start the app with the launcher of the MPI it was built with");
  }
}

/// One BLAS thread a rank unless the user or the environment says otherwise; several change the bits of the answer.
void set_threads(const Config& config, EventLog& log) {
  const int threads = static_cast<int>(config.get_int("run.threads"));
  const bool told = std::getenv("OPENBLAS_NUM_THREADS") != nullptr || std::getenv("OMP_NUM_THREADS") != nullptr;
  if (told && config.origin("run.threads") == Origin::fallback) return;
  using Setter = void (*)(int);
  if (auto* set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
  Tree values = Tree::object();
  values["blas_threads"] = Tree::of(static_cast<std::int64_t>(threads));
  log.event("threads", 0, values);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) < threads)
    log.warn("run.threads is " + std::to_string(threads) + " but the process may use " + std::to_string(CPU_COUNT(&cores)) +
             " cores; under mpirun give --bind-to none");
}

/// Arguments of PetscInitialize. The block of the case file comes first, so that PETSC_OPTIONS and what follows `--` replace it.
std::vector<std::string> petsc_arguments(const CommandLine& line, const Config& config, const std::string& program) {
  std::vector<std::string> all{program};
  if (!line.petscrc) all.emplace_back("-skip_petscrc");
  for (const auto& [name, value] : config.petsc()) {
    all.push_back(name);
    if (!value.empty()) all.push_back(value);
  }
  if (const char* options = std::getenv("PETSC_OPTIONS")) {
    std::istringstream words(options);
    for (std::string word; words >> word;) all.push_back(word);
  }
  all.insert(all.end(), line.petsc.begin(), line.petsc.end());
  return all;
}

struct Failure {
  ExitCode code = ExitCode::answer;
  std::string reason;
  std::string message;
};

/// The exception being handled, as what the user will see.
Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.reason(), error.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::internal, "out_of_memory", "out of memory; use a smaller grid or more ranks (--dry-run estimates the need)"};
  } catch (const std::exception& error) {
    return {ExitCode::internal, "internal", error.what()};
  }
}

void report(const Failure& failure, const std::string& app, int rank, bool alone) {
  if (rank != 0 && !alone) return;
  std::cout.flush();
  std::cerr << (rank == 0 ? "" : "[rank " + std::to_string(rank) + "] ") << app << ": error: " << failure.message << std::endl;
}

/// Whether all ranks arrived with a failure. A rank that waits in vain ends the job: the others hang in a collective call it will never make.
bool all_failed(MPI_Comm comm, const Failure& failure, const std::string& app, int rank) {
  const int mine = failure.code == ExitCode::answer ? 0 : 1;
  int everywhere = 0;
  MPI_Request request{};
  check_mpi(MPI_Iallreduce(&mine, &everywhere, 1, MPI_INT, MPI_MIN, comm, &request), "MPI_Iallreduce");
  int done = 0;
  constexpr double patience = 20.0;
  for (const double start = MPI_Wtime(); done == 0; (void)usleep(100)) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0 && mine == 1 && MPI_Wtime() - start > patience) {
      report(failure, app, rank, true);
      (void)MPI_Abort(comm, static_cast<int>(failure.code));
    }
  }
  return everywhere == 1;
}

/// Answers of the flags that only print; nothing for the others.
std::optional<std::string> printed(const CommandLine& line, const AppDescription& app, const std::vector<Option>& options) {
  if (line.help || line.help_all) return help_text(app, options, line.help_all);
  if (line.version) return version_text(app);
  if (line.schema) return schema_text(app, options);
  if (line.list) return lists_text(app);
  if (line.completion == "bash") return completion_text(app, options);
  if (!line.completion.empty()) throw UsageError("usage", "--completion " + line.completion + ": must be bash");
  return std::nullopt;
}

Progress::Style style_of(const std::string& name) {
  if (name == "none") return Progress::Style::none;
  return name == "bar" ? Progress::Style::bar : Progress::Style::lines;
}

std::string host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

/// The life of one run between MPI_Init and MPI_Finalize.
class Run {
public:
  Run(int argc, char** argv, const AppDescription& app) : argc_(argc), argv_(argv), app_(app), options_(app.options), summary_(app.name) {
    for (const Option& o : common_options(app.solves)) options_.push_back(o);
    for (int i = 0; i < argc; ++i) command_line_ += (i > 0 ? " " : "") + std::string(argv[i]);
    rank_ = rank_of(MPI_COMM_WORLD);
    ranks_ = size_of(MPI_COMM_WORLD);
    summary_.set("machine", Tree::of(host()));
    summary_.set("ranks", Tree::of(static_cast<std::int64_t>(ranks_)));
    summary_.set("command_line", Tree::of(command_line_));
  }

  int operator()(const Body& body) {
    Failure failure;
    ExitCode code = ExitCode::answer;
    try {
      if (!prepare()) return 0;
      code = start(body);
    } catch (...) {
      failure = current_failure();
    }
    const bool everywhere = all_failed(MPI_COMM_WORLD, failure, app_.name, rank_);
    int worst = static_cast<int>(failure.code);
    (void)MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (worst != 0) {
      if (failure.code != ExitCode::answer) report(failure, app_.name, rank_, !everywhere);
      code = static_cast<ExitCode>(worst);
      summary_.set_exit(code, failure.reason.empty() ? "internal" : failure.reason, failure.message);
    } else {
      summary_.set_exit(code, reason_, "");
    }
    code = write_summary(code);
    // HDF5 cannot close a file whose write failed: it would crash in MPI_Finalize.
    if (code == ExitCode::file && worst != 0) abandon(MPI_COMM_WORLD, static_cast<int>(code));
    return static_cast<int>(code);
  }

private:
  /// Reads and checks everything the user said. False: the answer has been printed.
  bool prepare() {
    line_ = read_command_line(argc_, argv_, options_);
    for (const auto& [path, text] : line_.values)
      if (path == "run.json") json_path_ = text;
    check_launcher(ranks_);
    if (const auto text = printed(line_, app_, options_)) {
      if (rank_ == 0) std::cout << *text << std::flush;
      return false;
    }
    if (line_.ranks > 0 && !line_.dry_run)
      throw UsageError("usage", "--ranks " + std::to_string(line_.ranks) + ": only with --dry-run; ranks are given to mpirun -n");
    Sources sources{.file_name = line_.config,
                    .file_text = line_.config.empty() ? "" : read_case(line_.config, MPI_COMM_WORLD),
                    .environment = environment(),
                    .command_line = line_.values};
    config_.emplace(options_, sources);
    json_path_ = config_->get_text("run.json");
    if (app_.solves) wall_seconds_ = parse_wall_time(config_->get_text("run.wall_time"));
    summary_.set("config", config_->json_subtree(""));
    if (line_.print_config && rank_ == 0) std::cout << config_->to_commented_json() << std::flush;
    return !line_.print_config;
  }

  ExitCode start(const Body& body) {
    const bool solves = app_.solves;
    EventLog log(solves ? config_->get_text("run.log") : "", solves && config_->get_bool("run.overwrite"), rank_);
    Progress progress(style_of(solves ? config_->get_text("run.progress") : "none"), solves ? config_->get_real("run.progress_interval") : 1.0, rank_,
                      ranks_ > 1);
    if (json_path_ == "-") progress.silence();
    if (solves) set_threads(*config_, log);
    summary_.set("threads", Tree::of(solves ? config_->get_int("run.threads") : 1));
    std::vector<std::string> words = petsc_arguments(line_, *config_, argv_[0]);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    int count = static_cast<int>(words.size());
    char** arguments = pointers.data();
    if (PetscInitialize(&count, &arguments, nullptr, nullptr) != 0) throw InternalError("internal", "PetscInitialize failed");
    // Our own exceptions tell the story once; PETSc would print it on every rank.
    (void)PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
#ifdef ANSATZ_FP_TRAPS
    (void)feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
#endif
    const ExitCode code = guarded(body, log, progress);
    if (PetscFinalize() != 0) throw InternalError("internal", "PetscFinalize failed");
    return code;
  }

  ExitCode guarded(const Body& body, EventLog& log, Progress& progress) {
    const std::string output = app_.solves ? config_->get_text("run.output") : "";
    const auto slash = output.rfind('/');
    const std::string folder = output.empty() ? "" : slash == std::string::npos ? "." : output.substr(0, slash);
    StopWatcher stop(MPI_COMM_WORLD, wall_seconds_, folder);
    RunContext run{.comm = MPI_COMM_WORLD,
                   .rank = rank_,
                   .ranks = ranks_,
                   .dry_run = line_.dry_run,
                   .dry_ranks = line_.ranks > 0 ? line_.ranks : ranks_,
                   .command_line = command_line_,
                   .config = *config_,
                   .progress = progress,
                   .log = log,
                   .summary = summary_,
                   .stop = stop};
    const ExitCode code = body(run);
    reason_ = to_text(stop.reason());
    for (const std::string& name : unread_petsc_options())
      if (name != "-skip_petscrc") log.warn("the PETSc option " + name + " was read by nothing");
    Tree values = Tree::object();
    values["code"] = Tree::of(static_cast<std::int64_t>(code));
    log.event("end", 0, values);
    return code;
  }

  ExitCode write_summary(ExitCode code) {
    try {
      on_rank_0(MPI_COMM_WORLD, [&] { summary_.write(json_path_); });
    } catch (const Error& error) {
      report({error.code(), error.reason(), error.what()}, app_.name, rank_, false);
      if (code == ExitCode::answer) return error.code();
    }
    return code;
  }

  int argc_;
  char** argv_;
  const AppDescription& app_;
  std::vector<Option> options_;
  Summary summary_;
  std::string command_line_;
  int rank_ = 0;
  int ranks_ = 1;
  CommandLine line_;
  std::optional<Config> config_;
  std::string json_path_;
  std::string reason_;
  double wall_seconds_ = 0.0;
};

} // namespace

int run_app(int argc, char** argv, const AppDescription& app, const Body& body) {
  if (MPI_Init(&argc, &argv) != MPI_SUCCESS) return static_cast<int>(ExitCode::internal);
  const int code = Run(argc, argv, app)(body);
  (void)MPI_Finalize();
  return code;
}

} // namespace ansatz::apps
