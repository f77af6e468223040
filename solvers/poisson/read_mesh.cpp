// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/solvers/poisson/mesh.hpp>

#include <assimp/Importer.hpp>
#include <assimp/postprocess.h>
#include <assimp/scene.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace ansatz::solvers {
namespace {

/// Next line that is neither blank nor a remark.
bool next_line(std::istream& file, std::string& line) {
  while (std::getline(file, line)) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos && line[first] != '#') return true;
  }
  return false;
}

/// What is wrong with an OFF file, empty if nothing: assimp fills in missing lines and replaces wrong vertex numbers, with no more than a warning.
std::string damage_off(std::istream& file) {
  std::string line;
  std::size_t vertices = 0;
  std::size_t faces = 0;
  if (!next_line(file, line) || line.rfind("OFF", 0) != 0) return {};
  if (line.find_first_of("0123456789") == std::string::npos && !next_line(file, line)) return "it ends after the word OFF";
  std::istringstream counts(line.rfind("OFF", 0) == 0 ? line.substr(3) : line);
  if (!(counts >> vertices >> faces)) return "no numbers of vertices and faces";
  for (std::size_t v = 0; v < vertices; ++v)
    if (!next_line(file, line)) return "it ends after " + std::to_string(v) + " of " + std::to_string(vertices) + " vertices";
  for (std::size_t f = 0; f < faces; ++f) {
    if (!next_line(file, line)) return "it ends after " + std::to_string(f) + " of " + std::to_string(faces) + " faces";
    const char* text = line.c_str();
    char* end = nullptr;
    const long corners = std::strtol(text, &end, 10);
    for (long c = 0; c < corners; ++c) {
      text = end;
      const long v = std::strtol(text, &end, 10);
      if (end == text) return "face " + std::to_string(f) + " has " + std::to_string(c) + " of " + std::to_string(corners) + " corners";
      if (v < 0 || static_cast<std::size_t>(v) >= vertices)
        return "face " + std::to_string(f) + " names vertex " + std::to_string(v) + " of " + std::to_string(vertices);
    }
  }
  return {};
}

/// The same for an ASCII PLY file: every element has its line.
std::string damage_ply(std::istream& file) {
  std::string line;
  std::size_t promised = 0;
  bool ascii = false;
  if (!std::getline(file, line) || line.rfind("ply", 0) != 0) return {};
  for (;;) {
    if (!std::getline(file, line)) return "its header has no end";
    if (line.rfind("end_header", 0) == 0) break;
    if (line.rfind("format ascii", 0) == 0) ascii = true;
    if (line.rfind("element ", 0) == 0) promised += std::strtoul(line.c_str() + line.rfind(' '), nullptr, 10);
  }
  std::size_t found = 0;
  while (ascii && next_line(file, line)) ++found;
  return ascii && found < promised ? "it ends after " + std::to_string(found) + " of " + std::to_string(promised) + " lines" : std::string();
}

/// The same for an ASCII STL file: the closing word is there. A binary file that starts so is told by its size, 84 + 50 n bytes.
std::string damage_stl(std::istream& file) {
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.rfind("solid", 0) != 0) return {};
  std::uint32_t n = 0;
  if (text.size() >= 84) std::memcpy(&n, text.data() + 80, 4);
  return text.size() != 84 + 50 * std::size_t{n} && text.find("endsolid") == std::string::npos ? "it begins with \"solid\" and has no \"endsolid\""
                                                                                               : std::string();
}

/// Throws on vertices and faces no mesh can have; returns whether there are polygons of more than three corners.
bool check_parts(const std::string& path, const aiScene& scene) {
  const auto damaged = [&](const std::string& what) { throw FileError("file_format", "mesh " + path + ": " + what + "; the file is damaged"); };
  bool polygons = false;
  for (unsigned m = 0; m < scene.mNumMeshes; ++m) {
    const aiMesh& part = *scene.mMeshes[m];
    if (!part.HasPositions()) damaged("a part without vertices");
    for (unsigned v = 0; v < part.mNumVertices; ++v) {
      const aiVector3D& p = part.mVertices[v];
      if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z)) damaged("vertex " + std::to_string(v) + " is not finite");
    }
    for (unsigned f = 0; f < part.mNumFaces; ++f) {
      const aiFace& face = part.mFaces[f];
      if (face.mNumIndices == 0 || !face.mIndices) damaged("face " + std::to_string(f) + " has no corners");
      for (unsigned c = 0; c < face.mNumIndices; ++c)
        if (face.mIndices[c] >= part.mNumVertices) damaged("face " + std::to_string(f) + " names a vertex that does not exist");
      polygons = polygons || face.mNumIndices > 3;
    }
  }
  return polygons;
}

} // namespace

TriangleMesh read_mesh(const std::string& path) {
  if (!std::ifstream(path)) throw FileError("file_open", "mesh " + path + ": cannot be opened; give an existing OFF, STL, OBJ or PLY file");
  std::ifstream file(path, std::ios::binary);
  for (const auto damage : {damage_off, damage_ply, damage_stl}) {
    file.clear();
    file.seekg(0);
    if (const std::string what = damage(file); !what.empty())
      throw FileError("file_format", std::string("mesh ").append(path).append(": ").append(what).append("; the file is damaged"));
  }
  Assimp::Importer importer;
  // Nothing but reading at first: assimp's later steps abort the program on faces without corners, which its readers leave behind in damaged files.
  const aiScene* scene = importer.ReadFile(path, 0);
  if (!scene) throw FileError("file_format", "mesh " + path + ": " + importer.GetErrorString());
  if (check_parts(path, *scene)) scene = importer.ApplyPostProcessing(aiProcess_Triangulate);
  if (!scene) throw FileError("file_format", "mesh " + path + ": its polygons cannot be cut into triangles: " + importer.GetErrorString());
  TriangleMesh mesh;
  for (unsigned m = 0; m < scene->mNumMeshes; ++m) {
    const aiMesh& part = *scene->mMeshes[m];
    const int first = static_cast<int>(mesh.vertices.size());
    for (unsigned v = 0; v < part.mNumVertices; ++v) {
      const aiVector3D& p = part.mVertices[v];
      mesh.vertices.push_back({static_cast<double>(p.x), static_cast<double>(p.y), static_cast<double>(p.z)});
    }
    for (unsigned f = 0; f < part.mNumFaces; ++f) {
      const aiFace& face = part.mFaces[f];
      if (face.mNumIndices != 3) continue;
      mesh.triangles.push_back(
          {first + static_cast<int>(face.mIndices[0]), first + static_cast<int>(face.mIndices[1]), first + static_cast<int>(face.mIndices[2])});
    }
  }
  if (mesh.triangles.empty()) throw FileError("file_format", "mesh " + path + ": holds no triangle");
  return mesh;
}

} // namespace ansatz::solvers
