// SPDX-License-Identifier: Apache-2.0
/// Compressed fields in result files: written by several ranks, read by ours, by h5py through the plug-in and, at the plain level, without it;
/// damage.
#include "../fixture.hpp"
#include "fields.hpp"

#include <ansatz/data/compression/filter.hpp>
#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/data/xdmf.hpp>

#include <cstdlib>
#include <numeric>

namespace ansatz::tests {

namespace {

constexpr const char* plugin_folder = ANSATZ_BINARY_DIR "/lib/hdf5/plugin";

/// The file's field, whole.
std::vector<double> whole_field(const std::array<std::int64_t, 3>& n) {
  auto values = smooth_field('F', {static_cast<std::size_t>(n[0]), static_cast<std::size_t>(n[1]), static_cast<std::size_t>(n[2])});
  values[5] = std::numeric_limits<double>::quiet_NaN();
  return values;
}

/// Ranks hold slabs along y, so that no block is contiguous.
StoredField write_compressed(const std::string& path, const std::array<std::int64_t, 3>& n, const std::string& compression) {
  const std::int64_t from = n[1] * rank_of(MPI_COMM_WORLD) / size_of(MPI_COMM_WORLD);
  const std::int64_t to = n[1] * (rank_of(MPI_COMM_WORLD) + 1) / size_of(MPI_COMM_WORLD);
  const auto whole = whole_field(n);
  std::vector<double> own;
  for (std::int64_t k = 0; k < n[0]; ++k)
    for (std::int64_t j = from; j < to; ++j)
      for (std::int64_t i = 0; i < n[2]; ++i) own.push_back(whole[static_cast<std::size_t>((k * n[1] + j) * n[2] + i)]);
  const FieldBlock block{.name = "u", .units = "1", .long_name = "sample", .dims = n, .start = {0, from, 0}, .count = {n[0], to - from, n[2]}};
  std::array<std::vector<double>, 3> axes;
  for (std::size_t a = 0; a < 3; ++a) {
    axes[a].resize(static_cast<std::size_t>(n[a]));
    std::iota(axes[a].begin(), axes[a].end(), 0.0);
  }
  ResultFile file(MPI_COMM_WORLD, path, {.overwrite = true});
  file.write_meta(sample_meta());
  file.write_grid(axes[2], axes[1], axes[0], "m");
  const StoredField stored = file.write_field(block, own, *read_compression(compression));
  file.annotate("u", {{"residual_change", 0.5}});
  file.publish();
  return stored;
}

constexpr const char* check_field = R"(
import sys, h5py, numpy as np
path, exact, level, bound, ranks = sys.argv[1], np.fromfile(sys.argv[2]), sys.argv[3], float(sys.argv[4]), int(sys.argv[5])
with h5py.File(path, 'r') as f:
    d = f['fields/u']; a = d.attrs
    assert a['level'] == level.encode() and a['error_bound'] == bound and 0 < a['error_max_measured'] <= bound, dict(a)
    assert d.fletcher32 and a['residual_change'] == 0.5 and f['meta'].attrs['ranks'] == ranks
    if level == 'plain':
        assert '287' not in d._filters and d.compression == 'gzip' and d.shuffle
        q = d[0]; x = q * a['scale_factor'] + a['add_offset']; x[q == a['_FillValue']] = np.nan
    else:
        assert list(d._filters)[-1] == 'fletcher32' and '287' in d._filters and 'scale_factor' not in a
        x = d[0]
    exact = exact.reshape(x.shape); bad = np.isnan(exact)
    assert np.array_equal(np.isnan(x), bad) and np.abs(x - exact)[~bad].max() == a['error_max_measured'], np.abs(x - exact)[~bad].max()
    assert abs(a['bits'] - 8.0 * d.id.get_storage_size() / x.size) < 1e-9
)";

constexpr const char* check_refusal = R"(
import sys, h5py
with h5py.File(sys.argv[1], 'r') as f:
    try:
        f['fields/u'][0]
    except OSError:
        sys.exit(0)
sys.exit('read without the plug-in')
)";

bool h5py_reads(const std::string& path, const std::string& exact, const std::string& level, double bound) {
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), "%.17g", bound);
  return python(check_field, path + " " + exact + " " + level + " " + text.data() + " " + std::to_string(size_of(MPI_COMM_WORLD)) + " 2>&1");
}

} // namespace

BOOST_AUTO_TEST_SUITE(compression_files)

BOOST_AUTO_TEST_CASE(ranks_write_and_ours_reads) {
  const Scratch scratch;
  const std::array<std::int64_t, 3> n{12, 18, 20};
  const auto exact = whole_field(n);
  for (const char* wanted : {"abs=1e-4", "abs=1e-4,pred=lorenzo", "rel=1e-5", "bfp:w=16", "abs=1e-4,level=plain"}) {
    const StoredField stored = write_compressed(scratch / "u.h5", n, wanted);

    const ResultReader file(scratch / "u.h5", MPI_COMM_WORLD);
    const Field field = file.read_field("u");
    BOOST_REQUIRE(field.storage.has_value());
    BOOST_TEST(field.storage->error_max_measured == stored.storage.error_max_measured);
    BOOST_TEST(field.storage->bits < 40.0);
    double worst = 0;
    for (std::size_t p = 0; p < exact.size(); ++p)
      if (p != 5) worst = std::max(worst, std::fabs(field.values[p] - exact[p]));
    BOOST_TEST(std::isnan(field.values[5]));
    BOOST_TEST(worst == field.storage->error_max_measured);
    BOOST_TEST(worst <= field.storage->error_bound);
    BOOST_TEST(field.is_byte == false);
  }
}

BOOST_AUTO_TEST_CASE(h5py_reads_it, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;
  (void)setenv("HDF5_PLUGIN_PATH", plugin_folder, 1); // NOLINT(concurrency-mt-unsafe): no other thread
  const std::array<std::int64_t, 3> n{12, 18, 20};
  const auto exact = whole_field(n);
  if (rank_of(MPI_COMM_WORLD) == 0) spill(scratch / "exact", {reinterpret_cast<const char*>(exact.data()), exact.size() * sizeof(double)});

  (void)write_compressed(scratch / "packed.h5", n, "abs=1e-4");
  const double bfp_bound = write_compressed(scratch / "bfp.h5", n, "bfp:w=16").storage.error_bound;
  (void)write_compressed(scratch / "plain.h5", n, "abs=1e-4,level=plain");

  BOOST_TEST(h5py_reads(scratch / "packed.h5", scratch / "exact", "packed", 1e-4));
  BOOST_TEST(h5py_reads(scratch / "bfp.h5", scratch / "exact", "packed", bfp_bound));
  (void)setenv("HDF5_PLUGIN_PATH", "/nonexistent", 1); // NOLINT(concurrency-mt-unsafe)
  BOOST_TEST(h5py_reads(scratch / "plain.h5", scratch / "exact", "plain", 1e-4));
  BOOST_TEST(python(check_refusal, scratch / "packed.h5"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(compression_local)

BOOST_AUTO_TEST_CASE(foolish_requests_are_refused) {
  const auto refused = [](const std::string& text, const std::string& phrase) {
    try {
      (void)read_compression(text);
    } catch (const UsageError& e) {
      return std::string(e.what()).find(phrase) != std::string::npos;
    }
    return false;
  };
  BOOST_TEST(refused("abs=0", "above 0"));
  BOOST_TEST(refused("abs=-1", "above 0"));
  BOOST_TEST(refused("abs=nan", "above 0"));
  BOOST_TEST(refused("abs=1e-3x", "above 0"));
  BOOST_TEST(refused("abs=1e-3,rel=1e-3", "one bound"));
  BOOST_TEST(refused("pred=interp", "a bound is missing"));
  BOOST_TEST(refused("abs=1e-3,pred=interpol", "did you mean \"interp\""));
  BOOST_TEST(refused("ab=1e-3", "did you mean \"abs\""));
  BOOST_TEST(refused("bfp:w=12", "not offered"));
  BOOST_TEST(refused("zfp:abs=1", "did you mean"));
  BOOST_TEST(refused("1e-3", "KEY=VALUE"));
  BOOST_TEST(!read_compression("none").has_value());
  BOOST_TEST(!read_compression("").has_value());
  BOOST_TEST((read_compression("ebq:rel=1e-7,pred=lorenzo,level=plain")->level == Compression::Level::plain));
  BOOST_TEST(read_compression("bfp:w=32")->width == 32U);
}

BOOST_AUTO_TEST_CASE(plain_level_refuses_what_integers_cannot_hold) {
  using namespace compression;
  BOOST_TEST(plain_scale("u", 0, 1, 1e-2).width == 8U);
  BOOST_TEST(plain_scale("u", 0, 1, 1e-4).width == 16U);
  BOOST_TEST(plain_scale("u", 0, 1, 1e-9).width == 32U);
  BOOST_CHECK_THROW((void)plain_scale("u", 0, 1, 1e-11), UsageError);
  const std::array<double, 1> infinite{std::numeric_limits<double>::infinity()};
  BOOST_CHECK_THROW((void)plain_codes("u", infinite, plain_scale("u", 0, 1, 1e-3), 1e-3), UsageError);
  std::vector<double> large; // neighbouring doubles; the bound lies between half their distance and the whole
  for (int i = 0; i < 40; ++i) large.push_back(1e10 + i * 0x1p-19);
  BOOST_CHECK_THROW((void)plain_codes("u", large, plain_scale("u", large.front(), large.back(), 1.5e-6), 1.5e-6), UsageError);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_an_error_that_names_the_field) {
  const Scratch scratch;
  (void)write_compressed(scratch / "u.h5", {12, 18, 20}, "abs=1e-4");
  const std::string good = slurp(scratch / "u.h5");
  const std::size_t at = good.find("AEB2");
  BOOST_REQUIRE(at != std::string::npos);
  for (const std::size_t offset : {0U, 5U, 60U, 300U}) {
    std::string bad = good;
    bad[at + offset] = static_cast<char>(bad[at + offset] ^ 4);
    spill(scratch / "bad.h5", bad);

    const ResultReader file(scratch / "bad.h5");
    BOOST_CHECK_EXCEPTION((void)file.read_field("u"), FileError, [](const FileError& e) {
      return e.reason() == "file_damaged" && std::string(e.what()).find("/fields/u") != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(xdmf_shows_values_and_no_integers) {
  const Scratch scratch;
  (void)write_compressed(scratch / "packed.h5", {12, 18, 20}, "abs=1e-4");
  (void)write_compressed(scratch / "plain.h5", {12, 18, 20}, "abs=1e-4,level=plain");

  BOOST_TEST(slurp(write_xdmf(scratch / "packed.h5")).find("/fields/u") != std::string::npos);
  BOOST_TEST(slurp(write_xdmf(scratch / "plain.h5")).find("/fields/u") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_filter_says_why) {
  using namespace compression;
  const auto parameters = filter_parameters({Method::interp, 1e-3}, sizeof(double), {1, 4, 5, 6});
  void* buffer = std::malloc(100);
  std::memset(buffer, 0, 100);
  std::size_t capacity = 100;
  std::string why;

  BOOST_TEST(run_filter(true, parameters.size(), parameters.data(), 100, &capacity, &buffer, why) == 0U);
  BOOST_TEST(why == "the chunk does not begin with AEB2");
  BOOST_TEST(run_filter(false, parameters.size(), parameters.data(), 100, &capacity, &buffer, why) == 0U);
  BOOST_TEST(why == "the chunk has not the size of the filter's parameters");
  BOOST_TEST(run_filter(false, 3, parameters.data(), 100, &capacity, &buffer, why) == 0U);
  BOOST_TEST(capacity == 100U);
  std::free(buffer);
  BOOST_TEST((parameters[3] == 4U && parameters[4] == 5U && parameters[5] == 6U));
  const auto line = filter_parameters({Method::interp, 1e-3}, sizeof(float), {7});
  BOOST_TEST((line[3] == 1U && line[4] == 1U && line[5] == 7U));
  const auto many = filter_parameters({Method::interp, 1e-3}, sizeof(float), {2, 3, 4, 5, 6});
  BOOST_TEST((many[3] == 24U && many[4] == 5U && many[5] == 6U));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
