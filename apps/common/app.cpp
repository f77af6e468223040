// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include "command_line.hpp"
#include "failure.hpp"
#include "petsc_options.hpp"
#include "read_json.hpp"
#include "schema.hpp"
#include "surroundings.hpp"

#include <ansatz/data/checkpoint.hpp>
#include <ansatz/data/collective.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/data/staged_file.hpp>

#include <petscsys.h>

#ifdef ANSATZ_FP_TRAPS
#include <cfenv>
#endif
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

namespace ansatz::apps {

namespace {

std::string read_case(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in || !bytes) throw FileError("file_open", path + ": the case file cannot be read; look at the name given to --config");
  return bytes.str();
}

/// Where the configuration comes from: rank 0 reads, all get the same bytes.
Sources sources_of(const CommandLine& line, const std::vector<Option>& options, MPI_Comm comm) {
  const bool restart = !line.restart.empty();
  Sources sources{.file_name = restart ? line.restart : line.config,
                  .file_text = {},
                  .folder = restart ? "" : std::filesystem::path(line.config).parent_path().string(),
                  .environment = option_environment(options),
                  .command_line = line.values,
                  .petsc_environment = petsc_environment(),
                  .petsc_command_line = line.petsc};
  if (sources.file_name.empty()) return sources;
  on_rank_0(comm, [&] { sources.file_text = restart ? CheckpointReader(MPI_COMM_SELF, line.restart).meta().config_json : read_case(line.config); });
  broadcast(comm, sources.file_text);
  return sources;
}

/// Answers of the flags that only print; nothing for the others.
std::optional<std::string> printed(const CommandLine& line, const AppDescription& app, const std::vector<Option>& options) {
  if (line.help || line.help_all) return help_text(app, options, line.help_all);
  if (line.version) return version_text(app.name);
  if (line.schema) return schema_text(app, options);
  if (line.list) return lists_text(app);
  if (line.completion == "bash") return completion_text(app, options);
  if (!line.completion.empty()) throw UsageError("usage", "--completion " + line.completion + ": must be bash");
  return std::nullopt;
}

/// PETSc between its start and its end; an app that does not solve needs none.
class PetscSession {
public:
  PetscSession(const std::string& program, const Config& config, bool petscrc) {
    std::vector<std::string> words{program};
    if (!petscrc) words.emplace_back("-skip_petscrc");
    for (const PetscOption& option : config.petsc()) {
      words.push_back(option.name);
      if (!option.text.empty()) words.push_back(option.text);
    }
    for (std::string& word : words) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
    int count = static_cast<int>(words.size());
    char** arguments = pointers_.data();
    const SignalsHeld held;
    if (PetscInitialize(&count, &arguments, nullptr, nullptr) != 0) throw InternalError("internal", "PetscInitialize failed");
    catch_signals();
    // Our own exceptions tell the story once; PETSc would print it on every rank.
    (void)PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
#ifdef ANSATZ_FP_TRAPS
    (void)feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
#endif
  }
  PetscSession(const PetscSession&) = delete;
  PetscSession& operator=(const PetscSession&) = delete;
  void finish() {
    if (PetscFinalize() != 0) throw InternalError("internal", "PetscFinalize failed");
  }

private:
  std::vector<char*> pointers_;
};

std::string folder_of(const std::string& file) {
  const auto slash = file.rfind('/');
  return file.empty() ? "" : slash == std::string::npos ? "." : file.substr(0, slash + 1);
}

std::string joined(int argc, char** argv) {
  std::string all;
  for (int i = 0; i < argc; ++i) all += (i > 0 ? " " : "") + std::string(argv[i]);
  return all;
}

/// The life of one run between MPI_Init and MPI_Finalize.
class Run {
public:
  Run(int argc, char** argv, const AppDescription& app)
      : argc_(argc), argv_(argv), app_(app), options_(app.options), command_line_(joined(argc, argv)), rank_(rank_of(comm_)), ranks_(size_of(comm_)),
        summary_(app.name, command_line_, ranks_) {
    for (const Option& o : common_options(app.solves)) options_.push_back(o);
  }

  int operator()(const Body& body) {
    Failure failure;
    Outcome outcome{ExitCode::answer, ""};
    try {
      if (!prepare()) return 0;
      outcome = start(body);
    } catch (...) {
      failure = current_failure();
    }
    failure = settle(comm_, failure, app_.name, [&] {
      summary_.set_exit(failure.code, failure.reason, failure.message);
      summary_.write(json_path_);
    });
    const bool failed = failure.code != ExitCode::answer;
    if (failed) outcome = {failure.code, failure.reason};
    summary_.set_exit(outcome.code, outcome.reason, failure.message);
    const ExitCode code = write_summary(outcome.code);
    // HDF5 cannot close a file whose write failed: it would crash in MPI_Finalize.
    if (failed && code == ExitCode::file) abandon(comm_, static_cast<int>(code));
    return static_cast<int>(code);
  }

private:
  /// Reads and checks everything the user said. False: the answer has been printed.
  bool prepare() {
    json_path_ = find_summary_path(argc_, argv_, {.environment = option_environment(options_)});
    check_launcher(ranks_);
    line_ = read_command_line(argc_, argv_, app_, options_);
    if (const auto text = printed(line_, app_, options_)) {
      if (rank_ == 0) std::cout << *text << std::flush;
      return false;
    }
    if (line_.ranks > 0 && !line_.dry_run)
      throw UsageError("usage", "--ranks " + std::to_string(line_.ranks) + ": only with --dry-run; ranks are given to mpirun -n");
    const Sources sources = sources_of(line_, options_, comm_);
    json_path_ = find_summary_path(argc_, argv_, sources);
    config_.emplace(options_, sources);
    json_path_ = config_->get_text("run.json");
    summary_.set("config", config_->json_subtree(""));
    if (app_.solves) wall_seconds_ = parse_wall_time(config_->get_text("run.wall_time"));
    if (line_.print_config && rank_ == 0) std::cout << config_->to_commented_json() << std::flush;
    if (!line_.print_config) on_rank_0(comm_, [&] { Summary::require_place(json_path_); });
    return !line_.print_config;
  }

  Outcome start(const Body& body) {
    if (!app_.solves) {
      EventLog log("", false, rank_);
      Progress progress(Progress::Style::none, 1.0, rank_, ranks_ > 1);
      return with_progress(body, log, progress);
    }
    std::optional<EventLog> log;
    agree(comm_, [&] { log.emplace(config_->get_text("run.log"), config_->get_bool("run.overwrite"), rank_); });
    Progress progress(to_style(config_->get_text("run.progress")), config_->get_real("run.progress_interval"), rank_, ranks_ > 1);
    const int threads = use_threads(static_cast<int>(config_->get_int("run.threads")), config_->origin("run.threads") != Origin::fallback, *log);
    summary_.set("threads", Tree::of(static_cast<std::int64_t>(threads)));
    PetscSession petsc(argv_[0], *config_, line_.petscrc);
    Outcome outcome = with_progress(body, *log, progress);
    for (const std::string& name : unread_petsc_options()) log->warn("the PETSc option " + name + " was read by nothing");
    Tree values = Tree::object();
    values["code"] = Tree::of(static_cast<std::int64_t>(outcome.code));
    values["reason"] = Tree::of(outcome.reason);
    log->event("end", 0, values);
    petsc.finish();
    return outcome;
  }

  Outcome with_progress(const Body& body, EventLog& log, Progress& progress) {
    if (json_path_ == "-") progress.silence();
    const bool solves = app_.solves;
    StopWatcher stop(comm_, wall_seconds_, solves ? config_->get_real("run.checkpoint_every") : 0.0,
                     solves ? folder_of(config_->get_text("run.output")) : "");
    RunContext run{.comm = comm_,
                   .rank = rank_,
                   .ranks = ranks_,
                   .dry_run = line_.dry_run,
                   .dry_ranks = line_.ranks > 0 ? line_.ranks : ranks_,
                   .command_line = command_line_,
                   .restart = line_.restart,
                   .config = *config_,
                   .progress = progress,
                   .log = log,
                   .summary = summary_,
                   .stop = stop};
    return body(run);
  }

  ExitCode write_summary(ExitCode code) {
    try {
      on_rank_0(comm_, [&] { summary_.write(json_path_); });
    } catch (const Error& error) {
      report({error.code(), error.reason(), error.what()}, app_.name, rank_, false);
      if (code == ExitCode::answer) return error.code();
    }
    return code;
  }

  MPI_Comm comm_ = MPI_COMM_WORLD;
  int argc_;
  char** argv_;
  const AppDescription& app_;
  std::vector<Option> options_;
  std::string command_line_;
  int rank_;
  int ranks_;
  Summary summary_;
  CommandLine line_;
  std::optional<Config> config_;
  std::string json_path_;
  double wall_seconds_ = 0.0;
};

} // namespace

Meta provenance_of(const RunContext& run) {
  Meta meta;
  meta.seed = run.config.get_int("run.seed");
  meta.threads = run.config.get_int("run.threads");
  meta.config_json = run.config.to_json();
  meta.command_line = run.command_line;
  meta.libraries = libraries();
  return meta;
}

std::string find_summary_path(int argc, const char* const* argv, const Sources& sources) {
  std::string found;
  std::vector<std::string> ignored;
  const Tree file = read_json(sources.file_text, ignored);
  if (const Tree* value = file.at_path("run.json"))
    found = value->text.empty() || sources.folder.empty() ? value->text : sources.folder + "/" + value->text;
  for (const auto& [name, text] : sources.environment)
    if (name == environment_name("run.json")) found = text;
  for (int i = 1; i < argc && std::string(argv[i]) != "--"; ++i) {
    const std::string word(argv[i]);
    for (const std::string flag : {"--json=", "--set=run.json="})
      if (word.starts_with(flag)) found = word.substr(flag.size());
    if (i + 1 < argc && word == "--json") found = argv[i + 1];
    if (i + 1 < argc && word == "--set" && std::string(argv[i + 1]).starts_with("run.json=")) found = std::string(argv[i + 1]).substr(9);
  }
  return found;
}

int run_app(int argc, char** argv, const AppDescription& app, const Body& body) {
  if (app.solves) catch_signals();
  if (MPI_Init(&argc, &argv) != MPI_SUCCESS) return static_cast<int>(ExitCode::internal);
  const int code = Run(argc, argv, app)(body);
  (void)MPI_Finalize();
  return code;
}

} // namespace ansatz::apps
