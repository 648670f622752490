// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"

namespace cleave {

/// Single kernels as networks of one kernel each, for fits of what a library runs where no networks were
/// measured. Equal shapes are one network, kernels of a class a family.
[[nodiscard]] GpuData kernels_as_networks(GpuData data);

}  // namespace cleave
