// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <cmath>
#include <cstdio>
#include <iostream>

namespace ansatz::apps {

Forecast forecast(const std::deque<std::pair<std::int64_t, double>>& residuals, double target, double seconds_per_step) {
  Forecast out;
  if (residuals.size() < 2) return out;
  const auto& [first, r_first] = residuals.front();
  const auto& [last, r_last] = residuals.back();
  if (!(r_first > 0) || !(r_last > 0) || last <= first) return out;
  out.rate = std::pow(r_last / r_first, 1.0 / static_cast<double>(last - first));
  if (!(out.rate < 1) || !(target > 0)) return out;
  out.steps_left = r_last <= target ? 0.0 : std::ceil(std::log(target / r_last) / std::log(out.rate));
  out.seconds_left = out.steps_left * seconds_per_step;
  return out;
}

Progress::Progress(Style style, double interval, int rank, bool parallel)
    : style_(style == Style::bar && parallel ? Style::lines : style), interval_(interval), rank_(rank) {}

void Progress::silence() { silent_ = true; }

void Progress::start(const std::string& title, double target) {
  title_ = title;
  target_ = target;
  recent_.clear();
  start_ = std::chrono::steady_clock::now();
  last_print_ = 0.0;
}

void Progress::step(std::int64_t number, double residual) {
  constexpr std::size_t window = 10;
  recent_.emplace_back(number, residual);
  if (recent_.size() > window) recent_.pop_front();
  if (due()) print(number, residual, last_print_);
}

void Progress::step(const std::function<std::string()>& text) {
  if (due()) show(text());
}

/// Whether the interval is over; starts the next one.
bool Progress::due() {
  const double now = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (style_ == Style::none || silent_ || rank_ != 0 || now - last_print_ < interval_) return false;
  last_print_ = now;
  return true;
}

void Progress::print(std::int64_t number, double residual, double now) {
  const Forecast next = forecast(recent_, target_, number > 0 ? now / static_cast<double>(number) : 0.0);
  char line[200];
  (void)std::snprintf(line, sizeof line, "%s: step %lld, %.1f s, residual %.3e", title_.c_str(), static_cast<long long>(number), now, residual);
  std::string text(line);
  if (next.rate > 0) {
    (void)std::snprintf(line, sizeof line, ", rate %.3f", next.rate);
    text += line;
  }
  if (next.steps_left >= 0) {
    (void)std::snprintf(line, sizeof line, ", %.0f steps left, ETA %.1f s", next.steps_left, next.seconds_left);
    text += line;
  } else {
    text += ", ETA -";
  }
  show(text);
}

void Progress::show(const std::string& text) {
  if (style_ == Style::bar) {
    std::cout << '\r' << text << "\033[K" << std::flush;
    open_bar_ = true;
  } else {
    std::cout << text << std::endl;
  }
}

void Progress::say(const std::string& text) {
  if (rank_ != 0) return;
  if (open_bar_) std::cout << '\n';
  open_bar_ = false;
  (silent_ ? std::cerr : std::cout) << text << std::endl;
}

Progress::Style to_style(const std::string& name) {
  if (name == "none") return Progress::Style::none;
  return name == "bar" ? Progress::Style::bar : Progress::Style::lines;
}

} // namespace ansatz::apps
