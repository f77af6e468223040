// SPDX-License-Identifier: Apache-2.0
/// Number of MPI_Allreduce calls of this process since it was last set to 0.
#pragma once

namespace dcdm_test {

extern int reductions;

} // namespace dcdm_test
