// SPDX-License-Identifier: Apache-2.0
/// ParaView's and VisIt's way into a result file: NAME.xdmf (Xdmf 2.0) beside NAME.h5, a rectilinear grid per time step (3DRectMesh, VXVYVZ) whose coordinates
/// are /grid/x|y|z and whose fields are hyperslabs of /fields/<name>. Field points are shown as grid points (Center="Node"), also those that are cell centres.
/// Open it with ParaView's "Xdmf3 Reader S"; the default choice fails on some files. The HDF5 file is named without its folder: move both together.
/// Errors: FileError as ResultReader; `file_open`, `file_write`, `disk_full` for the XDMF file, which is written beside its name and renamed.
/// MPI: local; call on one rank after publishing.
#pragma once

#include <string>

namespace ansatz {

/// Returns the name of the file written: "out/a.h5" -> "out/a.xdmf". It replaces an older one.
std::string write_xdmf(const std::string& result_path);

/// The <Grid> elements of a result file, one a time step, for an XDMF file in the same folder.
[[nodiscard]] std::string xdmf_grids(const std::string& result_path);

/// Writes "out/a.xdmf" for "out/a.h5": a temporal collection of such elements. Returns its name.
std::string write_xdmf_collection(const std::string& hdf5_path, const std::string& grids);

} // namespace ansatz
