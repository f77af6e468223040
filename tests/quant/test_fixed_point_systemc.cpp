// SPDX-License-Identifier: Apache-2.0
// Fixed point against SystemC's sc_fix and sc_ufix, in all quantization and overflow modes.
#define SC_INCLUDE_FX
#define SC_CPLUSPLUS 201703L // of Debian's library, which refuses to be linked with another standard
#include <systemc>

#include "support.hpp"

#include <ansatz/quant/formats/fixed_point.hpp>
#include <ansatz/quant/formats/reference/fixed_point.hpp>

#include <boost/test/unit_test.hpp>

int sc_main(int, char**) { return 0; } // libsystemc refers to it

namespace ansatz::quant {

namespace {

sc_dt::sc_q_mode quantization_of(FixedQuantization mode) {
  switch (mode) {
    case FixedQuantization::trn: return sc_dt::SC_TRN;
    case FixedQuantization::trn_zero: return sc_dt::SC_TRN_ZERO;
    case FixedQuantization::rnd: return sc_dt::SC_RND;
    case FixedQuantization::rnd_zero: return sc_dt::SC_RND_ZERO;
    case FixedQuantization::rnd_min_inf: return sc_dt::SC_RND_MIN_INF;
    case FixedQuantization::rnd_inf: return sc_dt::SC_RND_INF;
    default: return sc_dt::SC_RND_CONV;
  }
}

sc_dt::sc_o_mode overflow_of(FixedOverflow mode) {
  switch (mode) {
    case FixedOverflow::sat: return sc_dt::SC_SAT;
    case FixedOverflow::sat_zero: return sc_dt::SC_SAT_ZERO;
    case FixedOverflow::sat_sym: return sc_dt::SC_SAT_SYM;
    case FixedOverflow::wrap: return sc_dt::SC_WRAP;
    default: return sc_dt::SC_WRAP_SM;
  }
}

/// What SystemC makes of the values, as numbers.
std::vector<double> truth(const FixedPoint& f, const std::vector<double>& values) {
  std::vector<double> out;
  const auto all = [&](auto number) {
    for (const double v : values) {
      number = v;
      out.push_back(number.to_double());
    }
  };
  if (f.is_signed)
    all(sc_dt::sc_fix(f.width, f.integer, quantization_of(f.quantization), overflow_of(f.overflow), f.saturated_bits));
  else
    all(sc_dt::sc_ufix(f.width, f.integer, quantization_of(f.quantization), overflow_of(f.overflow), f.saturated_bits));
  return out;
}

/// f(format) for the 35 pairs of modes, signed and unsigned, where the pair exists.
template <class F>
void for_modes(int width, int integer, int saturated_bits, F&& f) {
  for (const bool is_signed : {true, false})
    for (int q = 0; q < 7; ++q)
      for (int o = 0; o < 5; ++o) {
        const FixedPoint format{.width = width,
                                .integer = integer,
                                .is_signed = is_signed,
                                .quantization = static_cast<FixedQuantization>(q),
                                .overflow = static_cast<FixedOverflow>(o),
                                .saturated_bits = saturated_bits};
        if (!is_signed && format.overflow == FixedOverflow::wrap_sm) continue;
        if (saturated_bits > 0 && o < 3) continue; // N belongs to the wrapping modes
        f(format);
      }
}

/// Codes of `code` as numbers, differing from `expected`.
std::size_t differences(const FixedPoint& f, const std::vector<std::int32_t>& code, const std::vector<double>& expected) {
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const double number = f.is_signed ? static_cast<double>(code[i]) : static_cast<double>(static_cast<std::uint32_t>(code[i]));
    wrong += number * f.unit() != expected[i] ? 1U : 0U;
  }
  return wrong;
}

} // namespace

BOOST_AUTO_TEST_SUITE(fixed_point_systemc_)

BOOST_AUTO_TEST_CASE(every_cast_to_few_bits) {
  std::size_t cases = 0;
  for (int width = 2; width <= 6; ++width)
    for (int saturated_bits = 0; saturated_bits <= std::min(width, 3); ++saturated_bits)
      for_modes(width, width - 2, saturated_bits, [&](const FixedPoint& f) {
        std::vector<std::int32_t> v, code;
        std::vector<double> values;
        for (std::int32_t i = -(16 << width); i < (16 << width); ++i) { // 5 bits after the point, of which 2 stay
          v.push_back(i);
          values.push_back(i / 32.0);
        }
        code.resize(v.size());
        f.cast(v, 5, code);
        BOOST_TEST(differences(f, code, truth(f, values)) == 0U,
                   name(f.quantization) << ' ' << name(f.overflow) << " W=" << width << " N=" << saturated_bits << (f.is_signed ? "" : " unsigned"));
        cases += v.size();
      });
  BOOST_TEST(cases > 300000U);
}

BOOST_AUTO_TEST_CASE(random_casts_of_integers_and_floats_up_to_32_bits) {
  const auto random = [](std::uint64_t i) { return learning::mix(i * 0x9e3779b97f4a7c15U + 77); };
  std::uint64_t at = 0;
  for (const int width : {7, 8, 12, 16, 24, 31, 32})
    for (const int integer : {-3, 0, width / 2, width, width + 4})
      for_modes(width, integer, 0, [&](const FixedPoint& f) {
        std::vector<std::int32_t> v(60), code(60);
        std::vector<float> x(60);
        std::vector<double> from_integers, from_floats;
        const int fraction = f.fraction_bits() + static_cast<int>(random(at) % 24) - 6;
        for (std::size_t i = 0; i < v.size(); ++i) {
          const std::uint64_t a = random(++at), b = random(++at);
          v[i] = static_cast<std::int32_t>(a >> 32) >> (a % 20);
          x[i] = static_cast<float>(std::ldexp(static_cast<double>(static_cast<std::int32_t>(b)), f.integer - 34 + static_cast<int>((b >> 32) % 6)));
          from_integers.push_back(std::ldexp(v[i], -fraction));
          from_floats.push_back(static_cast<double>(x[i]));
        }
        f.cast(v, fraction, code);
        BOOST_TEST(differences(f, code, truth(f, from_integers)) == 0U, name(f.quantization)
                                                                            << ' ' << name(f.overflow) << " W=" << width << " I=" << integer);
        f.encode(x, code);
        BOOST_TEST(differences(f, code, truth(f, from_floats)) == 0U, name(f.quantization)
                                                                          << ' ' << name(f.overflow) << " W=" << width << " I=" << integer);
      });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::quant
