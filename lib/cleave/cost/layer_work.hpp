// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/csd_logic.hpp"
#include "cleave/network/network.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// What a device is asked to compute: an operation on given shapes, a whole layer or a slice of one.
struct LayerWork {
    Op op;
    std::vector<Shape> inputs;
    Shape output;
    /// What its own weights make in direct mapping, where they are known.
    std::optional<CsdLogic> csd = {};

    /// Multiply-accumulates and weights of a convolution or fully connected layer, or as an operation without
    /// a model states them; 0 for others.
    [[nodiscard]] std::int64_t macs() const;
    [[nodiscard]] std::int64_t weights() const;
    /// Elements of all input feature maps.
    [[nodiscard]] std::int64_t input_elements() const;
};

[[nodiscard]] LayerWork whole_layer(const Network& network, LayerId id);

/// The slice of a dense convolution that reads `channels` of its C_I input channels: the same N filters, each
/// cut to those channels. It yields N partial maps (without bias), which must be added to the rest's.
/// @throws std::invalid_argument unless the work is an ungrouped convolution and 1 <= channels <= C_I.
[[nodiscard]] LayerWork slice_channels(const LayerWork& work, std::int64_t channels);
/// The slice of a dense convolution that computes `filters` of its N filters from the whole input feature
/// map.
/// @throws std::invalid_argument unless the work is an ungrouped convolution and 1 <= filters <= N.
[[nodiscard]] LayerWork slice_filters(const LayerWork& work, std::int64_t filters);
/// The slice of a grouped convolution that computes `groups` whole groups from those groups' channels.
/// @throws std::invalid_argument unless the work is a grouped convolution and 1 <= groups <= its groups.
[[nodiscard]] LayerWork slice_groups(const LayerWork& work, std::int64_t groups);

}  // namespace cleave
