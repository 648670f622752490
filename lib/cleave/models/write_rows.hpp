// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"
#include "cleave/text/fault.hpp"

#include <string>
#include <vector>

namespace cleave {

/// A network and the file that it was read from.
struct RowsSource {
    std::string file;
    const Network* network = nullptr;
};

/// The layers that run kernels of their own (convolutions, fully connected layers, pooling, slices and
/// shuffles of channels), as load_gpu_data
/// reads them: a row for equal layers of a network, in the order of the first, with a header line. The
/// workload is the network's name, with @ and the height of its input if there is no @ in it. Two networks of
/// one such name are a fault.
[[nodiscard]] std::string workload_layers_csv(const std::vector<RowsSource>& sources, FaultList& faults);

}  // namespace cleave
