// SPDX-License-Identifier: Apache-2.0
/// Voxelised meshes against analytic bodies and solid angles; files of four formats, whole and damaged.
#include <ansatz/data/error.hpp>
#include <ansatz/solvers/poisson/mesh.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <numbers>
#include <numeric>
#include <sstream>
#include <unistd.h>

namespace {

using namespace ansatz::solvers;
using Point = std::array<double, 3>;
using Cells = std::vector<std::uint8_t>;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

TriangleMesh cube(const Point& low, const Point& high) {
  TriangleMesh mesh;
  for (int c = 0; c < 8; ++c) mesh.vertices.push_back({c & 1 ? high[0] : low[0], c & 2 ? high[1] : low[1], c & 4 ? high[2] : low[2]});
  for (const auto& q : {std::array{0, 2, 3, 1}, std::array{4, 5, 7, 6}, std::array{0, 1, 5, 4}, std::array{2, 6, 7, 3}, std::array{0, 4, 6, 2},
                        std::array{1, 3, 7, 5}}) {
    mesh.triangles.push_back({q[0], q[1], q[2]});
    mesh.triangles.push_back({q[0], q[2], q[3]});
  }
  return mesh;
}

/// A torus around z; the nearest distance of the facets to the surface shrinks as 1/n^2.
TriangleMesh torus(double big, double small, const Point& centre, int n) {
  TriangleMesh mesh;
  const double step = 2.0 * std::numbers::pi / n;
  for (int a = 0; a < n; ++a)
    for (int b = 0; b < n; ++b) {
      const double r = big + small * std::cos(step * b);
      mesh.vertices.push_back({centre[0] + r * std::cos(step * a), centre[1] + r * std::sin(step * a), centre[2] + small * std::sin(step * b)});
      const int p = a * n + b, q = (a + 1) % n * n + b, r0 = (a + 1) % n * n + (b + 1) % n, s = a * n + (b + 1) % n;
      mesh.triangles.push_back({p, q, r0});
      mesh.triangles.push_back({p, r0, s});
    }
  return mesh;
}

/// Octahedron refined towards the sphere.
TriangleMesh sphere(double radius, const Point& centre, int levels) {
  TriangleMesh mesh;
  mesh.vertices = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
  mesh.triangles = {{0, 2, 4}, {2, 1, 4}, {1, 3, 4}, {3, 0, 4}, {2, 0, 5}, {1, 2, 5}, {3, 1, 5}, {0, 3, 5}};
  for (int l = 0; l < levels; ++l) {
    std::vector<std::array<int, 3>> finer;
    for (const auto& t : mesh.triangles) {
      std::array<int, 3> mid{};
      for (std::size_t c = 0; c < 3; ++c) {
        Point p{};
        for (std::size_t a = 0; a < 3; ++a) p[a] = mesh.vertices[at(t[c])][a] + mesh.vertices[at(t[(c + 1) % 3])][a];
        const double length = std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
        for (double& x : p) x /= length;
        mid[c] = static_cast<int>(mesh.vertices.size());
        mesh.vertices.push_back(p); // twice for every edge, equal bits: the sum commutes
      }
      finer.push_back({t[0], mid[0], mid[2]});
      finer.push_back({t[1], mid[1], mid[0]});
      finer.push_back({t[2], mid[2], mid[1]});
      finer.push_back(mid);
    }
    mesh.triangles = finer;
  }
  for (auto& p : mesh.vertices)
    for (std::size_t a = 0; a < 3; ++a) p[a] = centre[a] + radius * p[a];
  return mesh;
}

TriangleMesh joined(TriangleMesh a, const TriangleMesh& b) {
  const int first = static_cast<int>(a.vertices.size());
  a.vertices.insert(a.vertices.end(), b.vertices.begin(), b.vertices.end());
  for (const auto& t : b.triangles) a.triangles.push_back({t[0] + first, t[1] + first, t[2] + first});
  return a;
}

Grid unit_grid(int n) { return {.cells = {n, n, n}, .spacing = 1.0 / n}; }
Cells voxels(const TriangleMesh& mesh, const Grid& grid) { return voxelize(mesh, grid, {0, 0, 0}, grid.cells); }
int volume(const Cells& cells) { return std::accumulate(cells.begin(), cells.end(), 0); }

/// Cells whose answer differs from inside(centre), left out where undecided(centre).
template <class Inside, class Undecided>
int wrong(const Cells& cells, const Grid& g, Inside&& inside, Undecided&& undecided) {
  int count = 0;
  std::size_t c = 0;
  for (int k = 0; k < g.cells[2]; ++k)
    for (int j = 0; j < g.cells[1]; ++j)
      for (int i = 0; i < g.cells[0]; ++i, ++c) {
        const Point p = g.centre(i, j, k);
        count += !undecided(p) && inside(p) != (cells[c] != 0);
      }
  return count;
}

/// Winding number of the mesh around a point: its solid angle (van Oosterom and Strackee) over 4 pi.
double winding(const TriangleMesh& mesh, const Point& x) {
  double sum = 0.0;
  for (const auto& t : mesh.triangles) {
    std::array<Point, 3> d;
    std::array<double, 3> l{};
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t a = 0; a < 3; ++a) d[c][a] = mesh.vertices[at(t[c])][a] - x[a];
      l[c] = std::hypot(d[c][0], d[c][1], d[c][2]);
    }
    const auto dot = [&](std::size_t p, std::size_t q) { return d[p][0] * d[q][0] + d[p][1] * d[q][1] + d[p][2] * d[q][2]; };
    const double det = d[0][0] * (d[1][1] * d[2][2] - d[1][2] * d[2][1]) - d[0][1] * (d[1][0] * d[2][2] - d[1][2] * d[2][0]) +
                       d[0][2] * (d[1][0] * d[2][1] - d[1][1] * d[2][0]);
    sum += 2.0 * std::atan2(det, l[0] * l[1] * l[2] + dot(0, 1) * l[2] + dot(1, 2) * l[0] + dot(2, 0) * l[1]);
  }
  return sum / (4.0 * std::numbers::pi);
}

/// A folder of its own, removed at the end.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("ansatz_test_mesh_" + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).string();
  }
};

std::string off(const TriangleMesh& m) {
  std::ostringstream s;
  s << std::setprecision(9) << "OFF\n# a remark\n" << m.vertices.size() << ' ' << m.triangles.size() << " 0\n";
  for (const auto& p : m.vertices) s << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
  for (const auto& t : m.triangles) s << "3 " << t[0] << ' ' << t[1] << ' ' << t[2] << '\n';
  return s.str();
}
std::string ply(const TriangleMesh& m) {
  std::ostringstream s;
  s << std::setprecision(9) << "ply\nformat ascii 1.0\nelement vertex " << m.vertices.size()
    << "\nproperty float x\nproperty float y\nproperty float z\nelement face " << m.triangles.size()
    << "\nproperty list uchar int vertex_indices\nend_header\n";
  for (const auto& p : m.vertices) s << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
  for (const auto& t : m.triangles) s << "3 " << t[0] << ' ' << t[1] << ' ' << t[2] << '\n';
  return s.str();
}
/// Every other face with indices counted back from the end.
std::string obj(const TriangleMesh& m) {
  std::ostringstream s;
  s << std::setprecision(9);
  for (const auto& p : m.vertices) s << "v " << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
  const int n = static_cast<int>(m.vertices.size());
  bool back = false;
  for (const auto& t : m.triangles) {
    const int shift = back ? -n : 1;
    s << "f " << t[0] + shift << ' ' << t[1] + shift << ' ' << t[2] + shift << '\n';
    back = !back;
  }
  return s.str();
}
std::string ascii_stl(const TriangleMesh& m) {
  std::ostringstream s;
  s << std::setprecision(9) << "solid body\n";
  for (const auto& t : m.triangles) {
    s << "facet normal 0 0 0\nouter loop\n";
    for (int v : t) s << "vertex " << m.vertices[at(v)][0] << ' ' << m.vertices[at(v)][1] << ' ' << m.vertices[at(v)][2] << '\n';
    s << "endloop\nendfacet\n";
  }
  s << "endsolid body\n";
  return s.str();
}
std::string binary_stl(const TriangleMesh& m) {
  std::string s = "solid although binary";
  s.resize(84, ' ');
  const auto n = static_cast<std::uint32_t>(m.triangles.size());
  std::memcpy(s.data() + 80, &n, 4);
  for (const auto& t : m.triangles) {
    std::array<float, 12> f{};
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t a = 0; a < 3; ++a) f[3 + 3 * c + a] = static_cast<float>(m.vertices[at(t[c])][a]);
    s.append(reinterpret_cast<const char*>(f.data()), 48);
    s.append(2, '\0');
  }
  return s;
}

const auto never = [](const Point&) { return false; };

} // namespace

BOOST_AUTO_TEST_SUITE(mesh)

BOOST_AUTO_TEST_CASE(cube_through_cell_centres) {
  const Grid g = unit_grid(16);
  for (int shift = 0; shift < 3; ++shift) {
    const Point low = g.centre(3 + shift, 4, 5 - shift);
    const Point high = g.centre(9 + shift, 12, 10 - shift);
    const Cells cells = voxels(cube(low, high), g);

    // Every centre on a face, an edge and a corner of the cube: low sides belong to it, high sides do not.
    BOOST_TEST(volume(cells) == 6 * 8 * 5);
    BOOST_TEST(
        wrong(
            cells, g,
            [&](const Point& p) { return p[0] >= low[0] && p[0] < high[0] && p[1] >= low[1] && p[1] < high[1] && p[2] >= low[2] && p[2] < high[2]; },
            never) == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_cut_cube_fills_space_once) {
  // Two halves sharing a face through cell centres: each cell in exactly one.
  const Grid g = unit_grid(12);
  const Cells all = voxels(cube(g.centre(1, 1, 1), g.centre(10, 10, 10)), g);
  const Cells left = voxels(cube(g.centre(1, 1, 1), g.centre(4, 10, 10)), g);
  const Cells right = voxels(cube(g.centre(4, 1, 1), g.centre(10, 10, 10)), g);
  int differences = 0;
  for (std::size_t c = 0; c < all.size(); ++c) differences += all[c] != left[c] + right[c];
  BOOST_TEST(differences == 0);
}

BOOST_AUTO_TEST_CASE(curved_bodies) {
  const Grid g = unit_grid(40);
  const Point c = {0.5, 0.47, 0.52};
  const auto distance = [&](const Point& p) { return std::hypot(p[0] - c[0], p[1] - c[1], p[2] - c[2]); };
  const auto tube = [&](const Point& p) { return std::hypot(std::hypot(p[0] - c[0], p[1] - c[1]) - 0.3, p[2] - c[2]); };

  // Facets lie up to 1e-3 inside the sphere (6 refinements) and 1e-3 off the torus (128 x 128).
  BOOST_TEST(wrong(
                 voxels(sphere(0.4, c, 6), g), g, [&](const Point& p) { return distance(p) < 0.4; },
                 [&](const Point& p) { return std::abs(distance(p) - 0.4) < 1e-3; }) == 0);
  BOOST_TEST(wrong(
                 voxels(torus(0.3, 0.12, c, 128), g), g, [&](const Point& p) { return tube(p) < 0.12; },
                 [&](const Point& p) { return std::abs(tube(p) - 0.12) < 1e-3; }) == 0);
}

BOOST_AUTO_TEST_CASE(symmetries) {
  const Grid g = unit_grid(24);
  const TriangleMesh body = torus(0.2713, 0.1171, {0.4871, 0.5313, 0.4517}, 24);
  const Cells cells = voxels(body, g);
  TriangleMesh turned = body, moved = body, reversed = body;
  for (auto& p : turned.vertices) p = {p[2], p[0], p[1]};
  for (auto& p : moved.vertices) p[0] += 2.0 / 24;
  for (auto& t : reversed.triangles) std::swap(t[0], t[1]);
  const Cells a = voxels(turned, g), b = voxels(moved, g);
  int differences = 0;
  for (int k = 0; k < 24; ++k)
    for (int j = 0; j < 24; ++j)
      for (int i = 0; i < 24; ++i) {
        const auto index = [](int p, int q, int r) { return at(p) + 24 * (at(q) + 24 * at(r)); };
        differences += cells[index(i, j, k)] != a[index(k, i, j)];
        if (i < 22) differences += cells[index(i, j, k)] != b[index(i + 2, j, k)];
      }
  BOOST_TEST(differences == 0);
  BOOST_TEST(voxels(reversed, g) == cells, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(blocks_are_parts_of_the_whole) {
  const Grid g = unit_grid(20);
  const TriangleMesh body = torus(0.3, 0.15, {0.5, 0.5, 0.5}, 30);
  const Cells all = voxels(body, g), block = voxelize(body, g, {7, 3, 6}, {9, 12, 8});
  std::size_t c = 0;
  int differences = 0;
  for (int k = 6; k < 14; ++k)
    for (int j = 3; j < 15; ++j)
      for (int i = 7; i < 16; ++i, ++c) differences += block[c] != all[at(i) + 20 * (at(j) + 20 * at(k))];
  BOOST_TEST(differences == 0);
}

BOOST_AUTO_TEST_CASE(overlapping_and_flipped_parts) {
  const Grid g = unit_grid(20);
  const TriangleMesh a = cube({0.1, 0.1, 0.1}, {0.6, 0.6, 0.6}), b = cube({0.4, 0.4, 0.4}, {0.9, 0.9, 0.9});
  BOOST_TEST(volume(voxels(joined(a, b), g)) == 1000 + 1000 - 64);
  TriangleMesh mixed = a;
  std::swap(mixed.triangles[8][0], mixed.triangles[8][1]); // half of a side that rays along x meet
  BOOST_TEST(check_mesh(mixed).flipped_edges == 3);
  BOOST_TEST(volume(voxels(mixed, g)) == 1000);
}

BOOST_AUTO_TEST_CASE(open_and_degenerate) {
  const Grid g = unit_grid(20);
  TriangleMesh body = cube({0.1, 0.1, 0.1}, {0.6, 0.6, 0.6});
  BOOST_TEST(check_mesh(body).open_edges == 0);
  body.triangles.push_back({1, 1, 2});
  BOOST_TEST(check_mesh(body).degenerate == 1);
  BOOST_TEST(volume(voxels(body, g)) == 1000);
  body.triangles.erase(body.triangles.begin(), body.triangles.begin() + 2); // the floor
  BOOST_TEST(check_mesh(body).open_edges == 4);
  BOOST_TEST(volume(voxels(body, g)) == 1000);
  body.triangles.erase(body.triangles.begin() + 6, body.triangles.begin() + 8); // the side at low x: only rays along y pass no hole
  BOOST_TEST(check_mesh(body).open_edges == 6);
  BOOST_TEST(volume(voxels(body, g)) == 1000);
  BOOST_CHECK_THROW(voxels(cube({0, 0, 0}, {1e9, 1, 1}), g), ansatz::UsageError);
  BOOST_CHECK_THROW(voxels(cube({0, 0, 0}, {NAN, 1, 1}), g), ansatz::UsageError);
}

BOOST_AUTO_TEST_CASE(formats_agree) {
  const Folder folder;
  const Grid g = unit_grid(24);
  const TriangleMesh body = torus(0.3, 0.13, {0.49, 0.51, 0.5}, 20);
  const Cells truth = voxels(body, g);
  for (const auto& [name, text] : {std::pair("a.off", off(body)), std::pair("a.ply", ply(body)), std::pair("a.obj", obj(body)),
                                   std::pair("ascii.stl", ascii_stl(body)), std::pair("binary.stl", binary_stl(body))}) {
    const TriangleMesh read = read_mesh(folder.write(name, text));
    const MeshReport report = check_mesh(read);
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(report.triangles == body.triangles.size());
      BOOST_TEST(report.open_edges + report.crowded_edges + report.flipped_edges == 0);
      BOOST_TEST(voxels(read, g) == truth, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(damaged_files) {
  const Folder folder;
  const TriangleMesh body = torus(0.3, 0.13, {0.5, 0.5, 0.5}, 8);
  for (const auto& [name, text] : {std::pair("a.off", off(body)), std::pair("a.ply", ply(body)), std::pair("ascii.stl", ascii_stl(body)),
                                   std::pair("binary.stl", binary_stl(body))})
    for (double part : {0.0, 0.1, 0.5, 0.9}) {
      const std::string file = folder.write(name, text.substr(0, static_cast<std::size_t>(part * static_cast<double>(text.size()))));
      BOOST_TEST_CONTEXT(name << " cut to " << part) { BOOST_CHECK_THROW((void)read_mesh(file), ansatz::FileError); }
    }
  BOOST_CHECK_THROW((void)read_mesh(folder.write("a.txt", "no mesh at all")), ansatz::FileError);
  BOOST_CHECK_THROW((void)read_mesh(folder.write("far.off", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n")), ansatz::FileError);
  BOOST_CHECK_THROW((void)read_mesh((folder.path / "absent.off").string()), ansatz::FileError);
}

// The bunny of CGAL's example data, where that is installed: a closed mesh. Then the same with holes cut into it.
BOOST_AUTO_TEST_CASE(bunny_against_solid_angles) {
  const char* archive = "/usr/share/doc/libcgal-dev/data.tar.gz";
  const Folder folder;
  const std::string unpack = std::string("tar -xzf ") + archive + " -C '" + folder.path.string() + "' data/meshes/bunny00.off 2>/dev/null";
  if (!std::filesystem::exists(archive) || std::system(unpack.c_str()) != 0) { // NOLINT: a fixed command
    BOOST_TEST_MESSAGE("no bunny here: libcgal-demo is not installed");
    return;
  }
  const TriangleMesh file = read_mesh((folder.path / "data/meshes/bunny00.off").string());
  const MeshReport before = check_mesh(file);
  const double size = std::max({before.high[0] - before.low[0], before.high[1] - before.low[1], before.high[2] - before.low[2]});
  const TriangleMesh body = placed(file, 0.8 / size, {0.5, 0.5, 0.5});
  const Grid g = unit_grid(10);
  TriangleMesh holed = body;
  holed.triangles.clear();
  for (std::size_t t = 0; t < body.triangles.size(); ++t)
    if (t % 50 != 0) holed.triangles.push_back(body.triangles[t]);

  const auto inside = [&](const Point& p) { return std::abs(winding(body, p)) > 0.5; };
  const Cells cells = voxels(body, g);
  BOOST_TEST(before.open_edges + before.crowded_edges + before.flipped_edges == 0);
  BOOST_TEST(wrong(cells, g, inside, never) == 0);
  BOOST_TEST(volume(cells) > 50);
  BOOST_TEST(check_mesh(holed).open_edges > 1000);
  BOOST_TEST(voxels(holed, g) == cells, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
