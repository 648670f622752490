// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/model_layers.hpp"
#include "cleave/measurements/report_text.hpp"
#include "cleave/measurements/row_table.hpp"
#include "cleave/units/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A time that a report gives to a kernel, and what the kernel computes.
struct KernelTime {
    Place place;
    std::string kernel;
    Seconds time;
    /// Nodes of the model that it computes, as far as the report says; other names may be among them.
    std::vector<std::string> nodes;
    /// Dimensions of its only output, N first; empty if the report does not say.
    std::vector<std::int64_t> output;
    /// The layer, where the report itself describes it.
    std::optional<LayerRow> layer;
    /// Set if it computes nothing, but changes the order of a map in memory.
    enum class Does { work, reorder } does = Does::work;
};

/// Rows of single kernels, one for each layer of the model that has a kernel to itself and for those that
/// were merged into one wider convolution. Of a layer with several kernels the times are added. Without a
/// model, of the kernels whose layer the report describes. What has no row is told in the notes, with its
/// time. A kernel whose output has another size than its layer's, and a report none of whose names is the
/// model's, are faults.
[[nodiscard]] Measured join_kernels(const std::vector<KernelTime>& kernels, const std::string& report,
                                    const std::string& source, const ModelLayers* model, FaultList& faults);

/// Adds a row of a single kernel.
void add_kernel_row(RowTable& table, const LayerRow& layer, Seconds time, const std::string& kernel,
                    const std::string& source);

/// "a, b and 3 more"
[[nodiscard]] std::string list_some(const std::vector<std::string>& names);

}  // namespace cleave
