// SPDX-License-Identifier: Apache-2.0
/// What ansatz-gp knows about u beside the equation: options, observations read from files, the statement made of all.  Threads: no state.  MPI: one
/// rank.
#pragma once

#include <ansatz/apps/common/app.hpp>
#include <ansatz/solvers/gp/statement.hpp>

namespace ansatz::apps {

[[nodiscard]] std::vector<Option> observation_options();

/// True where a grid, faces and an equation without unknowns are not the whole statement, or the outer loop is asked for.
[[nodiscard]] bool needs_inference(const Config& config, const solvers::gp::ProblemText& text);

/// As many points of a Latin hypercube as the grid has, where gp.collocation asks for them; otherwise none.
[[nodiscard]] solvers::gp::PointSet scattered_points(const Config& config, const solvers::gp::Problem& problem, std::array<int, 2> points);

/// Sensors come from data.file, data.points or, with noise added, from the exact solution at random places; at most one of the three.
/// Errors: UsageError `bad_value`; FileError for data.file.
[[nodiscard]] solvers::gp::Statement statement_of(const RunContext& run, const solvers::gp::ProblemText& text);

} // namespace ansatz::apps
