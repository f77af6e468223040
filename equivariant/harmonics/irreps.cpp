// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/harmonics/irreps.hpp>

#include <charconv>
#include <cstdlib>

namespace ansatz::equivariant {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// Reads one term after the other.
class Parser {
public:
  explicit Parser(std::string_view text) : whole_(text) {
    for (const char c : text)
      if (c != ' ') text_ += c;
  }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }

  IrrepsTerm term() {
    const std::size_t start = at_;
    long number = read_number("a degree or a multiplicity");
    IrrepsTerm term{1, {}};
    if (at_ < text_.size() && text_[at_] == 'x') {
      term.multiplicity = static_cast<std::size_t>(number);
      ++at_;
      number = read_number("a degree after \"x\"");
    }
    if (number > max_degree) fail("degree " + std::to_string(number) + " is above " + std::to_string(max_degree));
    term.irrep.l = static_cast<int>(number);
    const char p = at_ < text_.size() ? text_[at_] : ' ';
    if (p != 'e' && p != 'o' && p != 'y')
      fail("term " + quoted(text_.substr(start, at_ - start)) + " has no parity; write e, o or y after the degree");
    term.irrep.parity = p == 'e' || (p == 'y' && number % 2 == 0) ? 1 : -1;
    ++at_;
    return term;
  }
  void plus() {
    if (text_[at_] != '+') fail("found " + quoted(text_.substr(at_)) + " where \"+\" or the end is expected");
    ++at_;
  }

private:
  long read_number(const char* what) {
    long number = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc{} || number < 0 || number > 1'000'000'000) fail("found " + quoted(text_.substr(at_)) + " where " + what + " is expected");
    at_ = static_cast<std::size_t>(end - text_.data());
    return number;
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw UsageError("bad_value", "irreps " + quoted(whole_) + ": " + why + "; the form is \"8x0e+8x1o\"");
  }

  std::string whole_, text_;
  std::size_t at_ = 0;
};

bool has_path(const std::vector<Path>& paths, const Irrep& out) {
  for (const auto& p : paths)
    if (p.used && p.out == out) return true;
  return false;
}

} // namespace

Irreps::Irreps(std::string_view text) {
  Parser parser(text);
  for (bool first = true; first || !parser.done(); first = false) {
    if (!first) parser.plus();
    const IrrepsTerm term = parser.term();
    if (!terms_.empty() && terms_.back().irrep == term.irrep)
      terms_.back().multiplicity += term.multiplicity;
    else
      terms_.push_back(term);
  }
}

std::size_t Irreps::size() const {
  std::size_t n = 0;
  for (const auto& t : terms_) n += t.multiplicity * index(2 * t.irrep.l + 1);
  return n;
}

std::string Irreps::str() const {
  std::string text;
  for (const auto& t : terms_) text += (text.empty() ? "" : "+") + std::to_string(t.multiplicity) + "x" + t.irrep.str();
  return text;
}

SignalIrreps::SignalIrreps(const Irreps& irreps) : SignalIrreps(irreps, 0) {
  const auto fail = [&](const std::string& why) { throw UsageError("bad_value", "irreps \"" + irreps.str() + "\": " + why); };
  if (degree < 0) fail("is empty");
  for (const auto& [multiplicity, irrep] : irreps.terms())
    if (multiplicity > 0 && irrep.type() != type)
      fail("mixes signals (0e, 1o, 2e, ..) with pseudo-signals (0o, 1e, 2o, ..): " + irrep.str() +
           " is of the other type; give each type its own product");
}

SignalIrreps::SignalIrreps(const Irreps& irreps, int wanted_type) : degree(-1), type(wanted_type), channels(0), size(irreps.size()) {
  std::ptrdiff_t at = 0;
  const auto fail = [&](const std::string& why) { throw UsageError("bad_value", "irreps \"" + irreps.str() + "\": " + why); };
  for (const auto& [multiplicity, irrep] : irreps.terms()) {
    if (multiplicity == 0) continue;
    const std::ptrdiff_t start = at;
    at += static_cast<std::ptrdiff_t>(multiplicity) * (2 * irrep.l + 1);
    if (type == 0) type = irrep.type();
    if (irrep.type() != type) continue;
    if (channels == 0) channels = multiplicity;
    if (multiplicity != channels)
      fail(irrep.str() + " has multiplicity " + std::to_string(multiplicity) + ", the others " + std::to_string(channels) +
           "; signals need one for all");
    if (irrep.l > degree) {
      degree = irrep.l;
      offset.resize(index(degree) + 1, -1);
    }
    auto& place = offset[index(irrep.l)];
    if (place >= 0) fail(irrep.str() + " occurs twice; a signal has each degree once");
    place = start;
  }
}

SignalIrreps::SignalIrreps(int largest, std::size_t count) : degree(largest), type(1), channels(count), size(count * signal_size(largest)) {
  check_degree(largest, "SignalIrreps");
  for (int l = 0; l <= largest; ++l) offset.push_back(static_cast<std::ptrdiff_t>(count) * l * l);
}

std::vector<Path> product_paths(const Irreps& first, const Irreps& second, const Irreps& out, Parts parts) {
  std::vector<Path> paths;
  for (const auto& c : out.terms()) {
    for (const auto& a : first.terms())
      for (const auto& b : second.terms()) {
        const bool triangle = c.irrep.l >= std::abs(a.irrep.l - b.irrep.l) && c.irrep.l <= a.irrep.l + b.irrep.l;
        if (triangle && c.irrep.parity == a.irrep.parity * b.irrep.parity)
          paths.push_back(
              {a.irrep, b.irrep, c.irrep, parts == Parts::both || (a.irrep.l + b.irrep.l + c.irrep.l) % 2 == (parts == Parts::odd ? 1 : 0)});
      }
    if (!has_path(paths, c.irrep))
      throw UsageError("bad_value", "output irrep " + c.irrep.str() + " cannot be reached from \"" + first.str() + "\" and \"" + second.str() +
                                        "\": no pair of degrees has the parity, the triangle rule and " +
                                        (parts == Parts::even  ? "an even sum"
                                         : parts == Parts::odd ? "an odd sum"
                                                               : "a sum") +
                                        " of degrees; leave it out");
  }
  return paths;
}

} // namespace ansatz::equivariant
