// SPDX-License-Identifier: Apache-2.0
// Image files written here byte by byte, damaged ones, and those of Debian where they are installed.
#include "fixture.hpp"

#include <ansatz/data/error.hpp>
#include <ansatz/data/labelled_images.hpp>

#include <zlib.h>

#include <functional>

namespace ansatz::tests {

namespace {

void write_gzip(const std::string& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  BOOST_REQUIRE(file != nullptr);
  BOOST_REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  gzclose(file);
}

std::string big_endian(unsigned value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
}

bool refused(const std::function<void()>& body, const std::string& reason, const std::string& phrase) {
  try {
    body();
  } catch (const FileError& error) {
    return error.reason() == reason && std::string(error.what()).find(phrase) != std::string::npos;
  }
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(labelled_images)

BOOST_AUTO_TEST_CASE(idx_files_are_read_and_damaged_ones_refused) {
  const Scratch folder;
  const std::string images = folder / "images.gz", labels = folder / "labels.gz";
  const std::string head = big_endian(2051) + big_endian(2) + big_endian(2) + big_endian(3);
  write_gzip(images, head + std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\xff", 12));
  write_gzip(labels, big_endian(2049) + big_endian(2) + std::string("\x09\x00", 2));

  const LabelledImages set = read_idx(images, labels);

  BOOST_TEST(set.count() == 2);
  BOOST_TEST(set.rows == 2);
  BOOST_TEST(set.columns == 3);
  BOOST_TEST(set.image(1)[5] == 255);
  BOOST_TEST(set.labels[0] == 9);
  const auto with = [&](const std::string& i, const std::string& l) {
    write_gzip(images, i);
    write_gzip(labels, l);
    (void)read_idx(images, labels);
  };
  const std::string good_labels = big_endian(2049) + big_endian(2) + std::string("\x09\x00", 2);
  BOOST_TEST(refused([&] { with(head + "12345", good_labels); }, "file_damaged", "ends after 5 of 12"));
  BOOST_TEST(refused([&] { with(good_labels, good_labels); }, "file_format", "2051"));
  BOOST_TEST(refused([&] { with(head + "123456789012", big_endian(2049) + big_endian(3) + "123"); }, "file_format", "3 labels for the 2 images"));
  BOOST_TEST(refused([&] { with(head + "123456789012", big_endian(2049) + big_endian(2) + "\x01\x0a"); }, "file_format", "label 10"));
  BOOST_TEST(
      refused([&] { with(big_endian(2051) + big_endian(0xffffffff) + big_endian(9) + big_endian(9), good_labels); }, "file_format", "announces"));
  BOOST_TEST(refused([&] { (void)read_idx(folder / "nothing", labels); }, "file_open", "nothing"));
}

BOOST_AUTO_TEST_CASE(lines_of_numbers_are_read_and_damaged_ones_refused) {
  const Scratch folder;
  const std::string path = folder / "digits.csv.gz";
  const auto read = [&](const std::string& text) {
    write_gzip(path, text);
    return read_labelled_lines(path, 1, 3, 16);
  };

  const LabelledImages set = read("1,2,3,4\n16,0,5,9\n");

  BOOST_TEST(set.count() == 2);
  BOOST_TEST(set.image(1)[0] == 16);
  BOOST_TEST(set.labels[1] == 9);
  BOOST_TEST(refused([&] { (void)read("1,2,3,4\n1,2,3\n"); }, "file_format", "line 2 holds 3 numbers"));
  BOOST_TEST(refused([&] { (void)read("1,2,17,4\n"); }, "file_format", "above 16"));
  BOOST_TEST(refused([&] { (void)read("1,2,3,10\n"); }, "file_format", "label 10"));
  BOOST_TEST(refused([&] { (void)read("1,x,3,4\n"); }, "file_format", "line 1"));
  BOOST_TEST(refused([&] { (void)read("1;2,3,4\n"); }, "file_format", "commas"));
}

BOOST_AUTO_TEST_CASE(the_sets_of_debian) {
  if (has_image_set("digits")) {
    const ImageSet digits = read_image_set("digits");
    BOOST_TEST(digits.train.count() == 1437);
    BOOST_TEST(digits.test.count() == 360);
    BOOST_TEST(digits.train.labels[0] == 0);
  }
  if (has_image_set("fashion-mnist")) {
    const ImageSet fashion = read_image_set("fashion-mnist");
    BOOST_TEST(fashion.train.count() == 60000);
    BOOST_TEST(fashion.test.count() == 10000);
    std::array<int, 10> count{};
    for (const std::uint8_t label : fashion.test.labels) ++count[label];
    for (const int n : count) BOOST_TEST(n == 1000); // as its paper says
  }
  BOOST_CHECK_THROW((void)read_image_set("mnist"), UsageError);
  BOOST_TEST(refused([] { (void)read_image_set("digits", "/nowhere"); }, "file_open", "python3-sklearn"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
