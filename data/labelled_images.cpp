// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/labelled_images.hpp>
#include <ansatz/data/nearest_name.hpp>

#include <zlib.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <memory>

namespace ansatz {

namespace {

struct Source {
  const char* name;
  const char* folder;
  const char* package;
  const char* first_file;
};

constexpr std::array sources{
    Source{"fashion-mnist", "/usr/share/datasets/fashion-mnist", "dataset-fashion-mnist", "train-images-idx3-ubyte.gz"},
    Source{"digits", "/usr/lib/python3/dist-packages/sklearn/datasets/data", "python3-sklearn", "digits.csv.gz"},
};

const Source& source_of(const std::string& name) {
  for (const Source& source : sources)
    if (name == source.name) return source;
  throw UsageError("bad_value", "no image set is called " + name + did_you_mean(name, {sources[0].name, sources[1].name}));
}

/// A gzip file (or a plain one), read from front to back.
class Compressed {
public:
  explicit Compressed(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_)
      throw FileError("file_open", path + ": cannot be opened; the image sets come with Debian's dataset-fashion-mnist and python3-sklearn");
  }

  /// So many bytes, or fewer at the end.
  std::vector<std::uint8_t> read(std::size_t bytes) {
    std::vector<std::uint8_t> values(bytes);
    std::size_t done = 0;
    while (done < bytes) {
      const int got = gzread(file_.get(), values.data() + done, static_cast<unsigned>(std::min<std::size_t>(bytes - done, 1U << 30)));
      if (got < 0) throw FileError("file_damaged", path_ + ": is no sound gzip file; install its package again");
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    values.resize(done);
    return values;
  }

  std::vector<std::uint8_t> read_exactly(std::size_t bytes) {
    std::vector<std::uint8_t> values = read(bytes);
    if (values.size() != bytes)
      throw FileError("file_damaged",
                      path_ + ": ends after " + std::to_string(values.size()) + " of " + std::to_string(bytes) + " bytes; install its package again");
    return values;
  }

  std::int64_t big_endian() {
    std::int64_t value = 0;
    for (const std::uint8_t byte : read_exactly(4)) value = 256 * value + byte;
    return value;
  }

  void require_magic(std::int64_t wanted) {
    if (const std::int64_t magic = big_endian(); magic != wanted)
      throw FileError("file_format", path_ + ": starts with the number " + std::to_string(magic) + ", an IDX file of this kind starts with " +
                                         std::to_string(wanted));
  }

private:
  struct Close {
    void operator()(gzFile f) const noexcept { gzclose(f); }
  };
  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
};

/// The numbers of a line up to its end; `at` is moved behind it.
std::vector<std::int64_t> numbers_of_line(const std::string& path, std::int64_t line, const char*& at, const char* end) {
  std::vector<std::int64_t> numbers;
  while (at < end) {
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(at, end, value);
    if (error != std::errc{} || value < 0 || value > 255)
      throw FileError("file_format", path + ": line " + std::to_string(line) + " holds something else than whole numbers from 0 to 255");
    numbers.push_back(value);
    at = rest;
    const char separator = at < end ? *at++ : '\n';
    if (separator == '\n') break;
    if (separator != ',') throw FileError("file_format", path + ": line " + std::to_string(line) + ": numbers must be separated by commas");
  }
  return numbers;
}

LabelledImages part_of(const LabelledImages& all, std::int64_t from, std::int64_t to) {
  LabelledImages part = all;
  const std::int64_t size = all.rows * all.columns;
  part.labels.assign(all.labels.begin() + from, all.labels.begin() + to);
  part.pixels.assign(all.pixels.begin() + from * size, all.pixels.begin() + to * size);
  return part;
}

} // namespace

LabelledImages read_idx(const std::string& images_path, const std::string& labels_path) {
  constexpr std::int64_t most = std::int64_t{1} << 30; // of pixels: a damaged header must not ask for all the memory
  Compressed images(images_path);
  Compressed labels(labels_path);
  images.require_magic(2051);
  labels.require_magic(2049);
  const std::int64_t count = images.big_endian();
  LabelledImages set{.rows = images.big_endian(), .columns = images.big_endian()};
  if (count < 1 || set.rows < 1 || set.columns < 1 || count > most / set.rows / set.columns)
    throw FileError("file_format", images_path + ": announces " + std::to_string(count) + " images of " + std::to_string(set.rows) + " x " +
                                       std::to_string(set.columns) + " pixels");
  if (const std::int64_t others = labels.big_endian(); others != count)
    throw FileError("file_format",
                    labels_path + ": holds " + std::to_string(others) + " labels for the " + std::to_string(count) + " images of " + images_path);
  set.pixels = images.read_exactly(static_cast<std::size_t>(count * set.rows * set.columns));
  set.labels = labels.read_exactly(static_cast<std::size_t>(count));
  for (const std::uint8_t label : set.labels)
    if (label >= set.classes) throw FileError("file_format", labels_path + ": holds the label " + std::to_string(label) + "; there are 10 classes");
  return set;
}

LabelledImages read_labelled_lines(const std::string& path, std::int64_t rows, std::int64_t columns, std::uint8_t white) {
  Compressed file(path);
  const std::vector<std::uint8_t> bytes = file.read(std::size_t{1} << 24);
  const std::string text(bytes.begin(), bytes.end());
  LabelledImages set{.rows = rows, .columns = columns, .white = white};
  const char* at = text.data();
  for (std::int64_t line = 1; at < text.data() + text.size(); ++line) {
    const std::vector<std::int64_t> numbers = numbers_of_line(path, line, at, text.data() + text.size());
    if (std::int64_t(numbers.size()) != rows * columns + 1)
      throw FileError("file_format", path + ": line " + std::to_string(line) + " holds " + std::to_string(numbers.size()) + " numbers; wanted are " +
                                         std::to_string(rows * columns) + " values and a label");
    for (std::int64_t i = 0; i < rows * columns; ++i)
      if (numbers[static_cast<std::size_t>(i)] > white)
        throw FileError("file_format", path + ": line " + std::to_string(line) + " holds a value above " + std::to_string(white));
    if (numbers.back() >= set.classes)
      throw FileError("file_format",
                      path + ": line " + std::to_string(line) + " holds the label " + std::to_string(numbers.back()) + "; there are 10 classes");
    for (const std::int64_t v : numbers) set.pixels.push_back(static_cast<std::uint8_t>(v));
    set.labels.push_back(set.pixels.back());
    set.pixels.pop_back();
  }
  return set;
}

ImageSet read_image_set(const std::string& name, const std::string& folder) {
  const Source& source = source_of(name);
  const std::string base = (folder.empty() ? source.folder : folder) + "/";
  if (!std::filesystem::exists(base + source.first_file))
    throw FileError("file_open", base + source.first_file + ": is not there; on Debian 12: apt-get install " + source.package);
  if (name == "fashion-mnist")
    return {read_idx(base + "train-images-idx3-ubyte.gz", base + "train-labels-idx1-ubyte.gz"),
            read_idx(base + "t10k-images-idx3-ubyte.gz", base + "t10k-labels-idx1-ubyte.gz")};
  const LabelledImages all = read_labelled_lines(base + source.first_file, 8, 8, 16);
  const std::int64_t split = all.count() * 1437 / 1797;
  return {part_of(all, 0, split), part_of(all, split, all.count())};
}

bool has_image_set(const std::string& name) {
  const Source& source = source_of(name);
  return std::filesystem::exists(std::string(source.folder) + "/" + source.first_file);
}

} // namespace ansatz
