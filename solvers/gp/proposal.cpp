// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/gp/proposal.hpp>

#include <ansatz/solvers/gp/line_fit.hpp>
#include <ansatz/solvers/gp/spectrum.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace ansatz::solvers::gp {

namespace {

constexpr int lines_across = 8;
constexpr int fewest_samples = 64;
constexpr double search_ratio = 0.01;   // b T^2/2: seven terms, too few to imitate a neighbouring wave
constexpr double search_noise = 1e-4;   // relative to the data: an envelope may not imitate a misplaced frequency below it
constexpr double weakest_weight = 1e-6; // of the largest: a prior must not exclude what it did not foresee

double largest(const Matrix& a) {
  double value = 0.0;
  for (const double x : a.values) value = std::max(value, std::abs(x));
  return value;
}

/// f along the axis, on lines at places no wave is likely to have its zeros at.
Matrix source_samples(const Problem& problem, int axis, const std::vector<double>& along) {
  if (problem.dimensions == 1) return problem.source.at(along, std::vector<double>{0.0});
  const Interval& other = problem.box[static_cast<std::size_t>(1 - axis)];
  std::vector<double> across(lines_across);
  for (int k = 0; k < lines_across; ++k) across[static_cast<std::size_t>(k)] = other.low + other.length * std::fmod((k + 1) * std::numbers::phi, 1.0);
  return axis == 0 ? problem.source.at(along, across) : transposed(problem.source.at(across, along));
}

/// Face data that run along the axis: those of the faces of the other axis.
Matrix face_samples(const Problem& problem, int axis, const std::vector<double>& along) {
  if (problem.dimensions == 1) return {};
  std::vector<Face> faces;
  for (const Side side : {Side::low, Side::high})
    if (problem.faces.given({1 - axis, side})) faces.push_back({1 - axis, side});
  Matrix g(static_cast<int>(along.size()), static_cast<int>(faces.size()));
  for (int j = 0; j < g.cols; ++j)
    for (int i = 0; i < g.rows; ++i) g(i, j) = problem.faces(faces[static_cast<std::size_t>(j)], along[static_cast<std::size_t>(i)]);
  return g;
}

/// |symbol| of the terms that differentiate along this axis alone, with their coefficients at the centre.
double symbol(const Problem& problem, int axis, double m) {
  std::complex<double> sum = 0.0;
  double size = 0.0;
  for (const Term& term : problem.terms) {
    if (term.order[static_cast<std::size_t>(1 - axis)] != 0) continue;
    const std::complex<double> part = term.coefficient(problem.box[0].centre(), problem.box[1].centre()) *
                                      std::pow(std::complex<double>(0.0, m), term.order[static_cast<std::size_t>(axis)]);
    sum += part;
    size += std::abs(part);
  }
  const double value = std::max(std::abs(sum), 1e-3 * size); // near a resonance the estimate would have no bound
  return value > 0.0 ? value : 1.0;
}

class AxisSearch {
public:
  AxisSearch(const Problem& problem, const ProposalOptions& options, int axis) : problem_(problem), axis_(axis) {
    const Interval& interval = problem.box[static_cast<std::size_t>(axis)];
    const bool plane = problem.dimensions == 2;
    const bool sparse = problem.constant_coefficients() && !problem.nonlinear();
    threshold_ = options.threshold > 0.0 ? options.threshold : sparse ? 1e-6 : 3e-3;
    most_lines_ = static_cast<std::size_t>(options.most_lines > 0 ? options.most_lines : plane ? 3 : 8);
    unit_rate_ = 2.0 / (interval.length * interval.length);
    mean_ratio_ = options.mean_ratio;
    wave_ratio_ = options.wave_ratio > 0.0 ? options.wave_ratio : plane ? 0.003 : 1.0;
    found_.interval = interval;
    found_.lines = {{.weight = 1.0, .rate = options.mean_ratio * unit_rate_, .frequency = 0.0}};
    points_ = uniform_points(interval, std::max(fewest_samples, options.oversampling * options.points[static_cast<std::size_t>(axis)]));
  }

  void operator()() {
    Matrix f = source_samples(problem_, axis_, points_);
    Matrix g = face_samples(problem_, axis_, points_);
    const double f_size = largest(f);
    const double g_size = largest(g);
    if (f_size > 0.0) search(f, f_size);
    const double u_size = weigh(f, f_size, g_size);
    // Face values far below the solution's own size are rounding.
    if (g_size > 1e-9 * u_size) {
      search(g, g_size);
      (void)weigh(f, f_size, g_size);
    }
  }

  /// The lines found, with the rates of the solution's prior.
  [[nodiscard]] AxisModel model() const {
    AxisModel model = found_;
    for (std::size_t q = 0; q < model.lines.size(); ++q) {
      model.lines[q].rate = unit_rate_ * (q == 0 ? mean_ratio_ : wave_ratio_);
      model.lines[q].weight = weights_[q];
    }
    return model;
  }
  [[nodiscard]] int samples() const { return static_cast<int>(points_.size()); }
  [[nodiscard]] double misfit() const { return misfit_; }

private:
  /// Adds the lines of these samples.
  void search(const Matrix& y, double size) {
    const double spacing = points_[1] - points_[0];
    const double bin = 2.0 * std::numbers::pi / found_.interval.length;
    Matrix centred = y;
    for (int j = 0; j < y.cols; ++j) {
      double mean = 0.0;
      for (int i = 0; i < y.rows; ++i) mean += y(i, j) / y.rows;
      for (int i = 0; i < y.rows; ++i) centred(i, j) -= mean;
    }
    const double limit = threshold_ * highest_peak(centred, spacing, 0.0).amplitude;
    LineFit fit = fit_lines(found_, points_, y, search_noise);
    while (found_.lines.size() <= most_lines_) {
      const Peak peak = highest_peak(fit.residual, spacing, 0.5 * bin);
      if (!(peak.amplitude > limit) || peak.amplitude < 1e-12 * size) break;
      if (std::any_of(found_.lines.begin(), found_.lines.end(),
                      [&](const Line& line) { return std::abs(line.frequency - peak.frequency) < 0.25 * bin; }))
        break;
      AxisModel wider = found_;
      wider.lines.push_back({.weight = 1.0, .rate = search_ratio * unit_rate_, .frequency = peak.frequency});
      LineFit next = refine_frequencies(wider, points_, y, search_noise);
      if (!(next.objective < 0.8 * fit.objective)) break;
      found_ = std::move(wider);
      fit = std::move(next);
    }
    misfit_ = std::max(misfit_, std::sqrt(dot(fit.residual.values, fit.residual.values) / static_cast<double>(y.size())) / size);
  }

  /// Sets the weights; returns the size expected of the solution.
  double weigh(const Matrix& f, double f_size, double g_size) {
    std::vector<double> amplitude(found_.lines.size(), f_size > 0.0 || g_size > 0.0 ? g_size : 1.0);
    if (f_size > 0.0) {
      const Matrix c = fit_lines(found_, points_, f, search_noise).coefficients;
      int first = 0;
      for (std::size_t q = 0; q < found_.lines.size(); ++q) {
        const Line& line = found_.lines[q];
        const Matrix phi = features({&line, 1}, found_.interval, found_.cut, points_, 0);
        Matrix part(phi.cols, c.cols);
        for (int j = 0; j < c.cols; ++j) std::copy_n(c.column(j) + first, phi.cols, part.column(j));
        const Matrix wave = product(phi, part);
        const double power = 2.0 * dot(wave.values, wave.values) / static_cast<double>(wave.size());
        first += phi.cols;
        const double m = line.frequency > 0.0 ? line.frequency : 2.0 * std::numbers::pi / found_.interval.length;
        const double own = std::sqrt(power) / symbol(problem_, axis_, m);
        amplitude[q] = line.frequency > 0.0 ? own : std::max(own, g_size);
      }
    }
    const double top = std::max(*std::max_element(amplitude.begin(), amplitude.end()), 1e-300);
    weights_.clear();
    for (const double a : amplitude) weights_.push_back(std::max(a * a / 2.0, weakest_weight * top * top));
    return top;
  }

  const Problem& problem_;
  int axis_;
  AxisModel found_; ///< with unit weights
  std::vector<double> weights_;
  std::vector<double> points_;
  double threshold_ = 0.0;
  std::size_t most_lines_ = 0;
  double unit_rate_ = 0.0;
  double mean_ratio_ = 0.0;
  double wave_ratio_ = 0.0;
  double misfit_ = 0.0;
};

} // namespace

Proposal propose_lines(const Problem& problem, const ProposalOptions& options) {
  Proposal proposal;
  for (int axis = 0; axis < problem.dimensions; ++axis) {
    AxisSearch search(problem, options, axis);
    search();
    const auto a = static_cast<std::size_t>(axis);
    proposal.models[a] = search.model();
    proposal.samples[a] = search.samples();
    proposal.misfit[a] = search.misfit();
  }
  if (problem.dimensions == 2) {
    // Only the product of the axes' variances is seen: the second axis keeps shares.
    double sum = 0.0;
    for (const Line& line : proposal.models[1].lines) sum += line.weight;
    for (Line& line : proposal.models[1].lines) line.weight /= sum;
  }
  return proposal;
}

} // namespace ansatz::solvers::gp
