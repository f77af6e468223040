// SPDX-License-Identifier: Apache-2.0
/// The XDMF file is XML whose every path, shape, order and number type h5py finds in the HDF5 file.
#include "fixture.hpp"

#include <ansatz/data/xdmf.hpp>

namespace ansatz::tests {

BOOST_AUTO_TEST_SUITE(xdmf)

constexpr const char* check = R"(
import os, sys, xml.etree.ElementTree as xml, h5py, numpy as np
root = xml.parse(sys.argv[1]).getroot(); folder = os.path.dirname(sys.argv[1])
assert root.tag == 'Xdmf' and root.get('Version') == '2.0'
numbers = {('Float', '8'): '<f8', ('UChar', '1'): 'u1'}
def data(item):
    name, path = item.text.split(':')
    d = h5py.File(os.path.join(folder, name), 'r')[path]
    assert d.shape == tuple(map(int, item.get('Dimensions').split())), path
    assert d.dtype == numbers[item.get('NumberType'), item.get('Precision')], path
    return d
grids = root.findall('./Domain/Grid/Grid')
assert len(grids) == 1 and float(grids[0].find('Time').get('Value')) == 0.75
topology = grids[0].find('Topology')
assert topology.get('TopologyType') == '3DRectMesh'
shape = tuple(map(int, topology.get('Dimensions').split()))
geometry = grids[0].find('Geometry')
assert geometry.get('GeometryType') == 'VXVYVZ'
x, y, z = (data(i) for i in geometry.findall('DataItem'))
assert (len(z), len(y), len(x)) == shape == (4, 3, 5) and x[0] == 0.5 and z[3] == -8
names = set()
for a in grids[0].findall('Attribute'):
    slab = a.find('DataItem')
    assert slab.get('ItemType') == 'HyperSlab' and tuple(map(int, slab.get('Dimensions').split())) == shape and a.get('Center') == 'Node'
    selection, source = slab.findall('DataItem')
    start, stride, count = np.array(selection.text.split(), int).reshape(3, 4)
    d = data(source)
    part = d[tuple(slice(s, s + c) for s, c in zip(start, count))]
    assert list(stride) == [1]*4 and part.size == np.prod(shape) and part.reshape(shape)[2, 1, 3] == 213
    names.add(a.get('Name'))
assert names == {'pressure', 'flags'}
)";

BOOST_AUTO_TEST_CASE(h5py_finds_what_it_names, *boost::unit_test::precondition(has_h5py)) {
  const Scratch scratch;
  write_sample(MPI_COMM_WORLD, scratch / "a&b.h5");

  const std::string path = write_xdmf(scratch / "a&b.h5");

  BOOST_TEST(path == scratch / "a&b.xdmf");
  BOOST_TEST(python(check, "'" + path + "'"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ansatz::tests
