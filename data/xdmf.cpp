// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/result_reader.hpp>
#include <ansatz/data/xdmf.hpp>

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

namespace ansatz {

namespace {

/// Shortest text that reads back as the same number, whatever the locale.
std::string number(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string extent(const std::array<std::int64_t, 3>& n) {
  std::string text = std::to_string(n[0]);
  return text.append(" ").append(std::to_string(n[1])).append(" ").append(std::to_string(n[2]));
}

std::string axis(const std::string& file, const std::string& name, std::size_t points) {
  return "          <DataItem Dimensions=\"" + std::to_string(points) + R"(" NumberType="Float" Precision="8" Format="HDF">)" + file + ":/grid/" +
         name + "</DataItem>\n";
}

std::string attribute(const std::string& file, const Field& field, std::size_t step, std::size_t steps) {
  const std::string dims = extent(field.dims);
  const std::string type = field.is_byte ? R"(NumberType="UChar" Precision="1")" : R"(NumberType="Float" Precision="8")";
  std::string text = "        <Attribute Name=\"" + field.name + "\" AttributeType=\"Scalar\" Center=\"Node\">\n";
  text += "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"" + dims + "\">\n";
  text += "            <DataItem Dimensions=\"3 4\" Format=\"XML\">" + std::to_string(step) + " 0 0 0  1 1 1 1  1 " + dims + "</DataItem>\n";
  text += "            <DataItem Dimensions=\"" + std::to_string(steps) + " " + dims + "\" " + type + " Format=\"HDF\">" + file + ":/fields/" +
          field.name + "</DataItem>\n          </DataItem>\n        </Attribute>\n";
  return text;
}

std::string compose(const ResultReader& reader, const std::string& file) {
  const Grid grid = reader.grid();
  const std::array<std::int64_t, 3> points{static_cast<std::int64_t>(grid.z.size()), static_cast<std::int64_t>(grid.y.size()),
                                           static_cast<std::int64_t>(grid.x.size())};
  std::string text;
  for (std::size_t step = 0; step < grid.time.size(); ++step) {
    text += "      <Grid Name=\"grid\" GridType=\"Uniform\">\n        <Time Value=\"" + number(grid.time[step]) + "\"/>\n";
    text += "        <Topology TopologyType=\"3DRectMesh\" Dimensions=\"" + extent(points) + "\"/>\n        <Geometry GeometryType=\"VXVYVZ\">\n";
    text += axis(file, "x", grid.x.size()) + axis(file, "y", grid.y.size()) + axis(file, "z", grid.z.size());
    text += "        </Geometry>\n";
    for (const std::string& name : reader.fields()) {
      const Field field = reader.describe(name);
      if (field.storage && field.storage->level == "plain") continue; // integers, which XDMF cannot unpack
      text += attribute(file, field, step, grid.time.size());
    }
    text += "      </Grid>\n";
  }
  return text;
}

[[noreturn]] void fail(const std::string& path, const char* what) {
  const int error = errno;
  throw FileError(error == ENOSPC || error == EDQUOT || error == EFBIG ? "disk_full" : "file_write",
                  path + ": " + what + ": " + std::strerror(error));
}

} // namespace

std::string xdmf_grids(const std::string& result_path) {
  const ResultReader reader(result_path);
  return compose(reader, escaped(reader.path().substr(reader.path().rfind('/') + 1))); // npos + 1 is 0
}

std::string write_xdmf(const std::string& result_path) { return write_xdmf_collection(result_path, xdmf_grids(result_path)); }

std::string write_xdmf_collection(const std::string& hdf5_path, const std::string& grids) {
  const std::size_t name = hdf5_path.rfind('/') + 1;
  const std::size_t dot = hdf5_path.rfind('.');
  std::string path = (dot == std::string::npos || dot < name ? hdf5_path : hdf5_path.substr(0, dot)) + ".xdmf";
  const std::string text = "<?xml version=\"1.0\" ?>\n<Xdmf Version=\"2.0\">\n  <Domain>\n"
                           "    <Grid Name=\"steps\" GridType=\"Collection\" CollectionType=\"Temporal\">\n" +
                           grids + "    </Grid>\n  </Domain>\n</Xdmf>\n";
  const std::string part = path + ".part";
  const auto close = [](std::FILE* f) { return std::fclose(f); };
  std::unique_ptr<std::FILE, decltype(close)> out(std::fopen(part.c_str(), "we"), close);
  if (!out) fail(part, "creating");
  const bool written =
      std::fwrite(text.data(), 1, text.size(), out.get()) == text.size() && std::fflush(out.get()) == 0 && fsync(fileno(out.get())) == 0;
  if (!written || std::fclose(out.release()) != 0) {
    const int error = errno;
    unlink(part.c_str());
    errno = error;
    fail(part, "writing");
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) fail(path, "renaming");
  return path;
}

} // namespace ansatz
