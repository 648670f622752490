// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/graph.hpp"
#include "cleave/deploy/plan.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// Powers of two that the fixed-point numbers of a layer on the FPGA count in. Absent where there is none: no
/// weights, folded into another layer, or passed on inside a stage.
struct LayerExponents {
    std::optional<int> weights;
    std::optional<int> bias;
    std::optional<int> output;
};

/// The fixed-point formats of a plan.
struct FixedPointFormats {
    /// By PlanTensorId, those of crossing tensors.
    std::vector<std::optional<int>> tensors;
    /// By LayerId. A layer is on the FPGA at most once, whole or in part.
    std::vector<LayerExponents> layers;
    /// Layers whose maps, on the FPGA, have the scale of the model's own codes.
    std::int64_t own_scales = 0;
};

/// How a bundle holds a tensor: float32 unless it crosses, then int8 (a map) or int32 (partial sums).
[[nodiscard]] TensorType stored_type(const PlanTensor& tensor);

/// What a compute step computes, as a graph whose inputs and outputs are the step's, by their names. Nodes
/// are named as the layers they compute. On the FPGA, batch norm is folded into the weights of the
/// convolution or fully connected layer right before it, else it is a depthwise 1x1 convolution.
/// @param formats  with them, crossing tensors and everything on the FPGA are fixed point; without, all is
/// float32
/// @throws std::invalid_argument for a transfer
[[nodiscard]] Graph segment(const Plan& plan, StepId step, const UnitGraph& units,
                            const Parameters& parameters,
                            const std::optional<FixedPointFormats>& formats = std::nullopt);

}  // namespace cleave
