// SPDX-License-Identifier: Apache-2.0
/// Small labelled grey images from Debian packages, for training and judging classifiers.
///   fashion-mnist  dataset-fashion-mnist: IDX files (gzip): big-endian magic 2051 (images) or 2049 (labels), counts, bytes; 60,000 images of 28 x 28 to
///                  train and 10,000 to test, 10 classes
///   digits         python3-sklearn: digits.csv.gz, 64 values 0..16 and a label a line; lines 1..1437 to train, the other 360 to test, 10 classes
/// Cite: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747 (2017).
/// Errors: FileError `file_open` naming the Debian package if a file is not there, `file_damaged` if it ends early, `file_format` for another magic number,
/// counts that differ, values out of range.
/// Threads: no state.  MPI: local.  Memory: one byte a pixel.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ansatz {

struct LabelledImages {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t classes = 10;
  std::uint8_t white = 255; ///< largest value a pixel can have
  std::vector<std::uint8_t> pixels{};
  std::vector<std::uint8_t> labels{};

  [[nodiscard]] std::int64_t count() const noexcept { return static_cast<std::int64_t>(labels.size()); }
  [[nodiscard]] std::span<const std::uint8_t> image(std::int64_t number) const noexcept {
    const std::int64_t size = rows * columns;
    return std::span(pixels).subspan(static_cast<std::size_t>(number * size), static_cast<std::size_t>(size));
  }
};

/// An IDX pair.
[[nodiscard]] LabelledImages read_idx(const std::string& images_path, const std::string& labels_path);

/// Lines of `rows * columns` values and a label, separated by commas.
[[nodiscard]] LabelledImages read_labelled_lines(const std::string& path, std::int64_t rows, std::int64_t columns, std::uint8_t white);

struct ImageSet {
  LabelledImages train{};
  LabelledImages test{};
};

/// \param name  fashion-mnist or digits
/// \param folder  where its files lie; empty: where Debian puts them
[[nodiscard]] ImageSet read_image_set(const std::string& name, const std::string& folder = "");

/// True if the files of the set are where Debian puts them.
[[nodiscard]] bool has_image_set(const std::string& name);

} // namespace ansatz
