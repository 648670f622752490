// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave {

/// What frameworks call layers and their settings, and what files here call them. Lower case.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 36> kUsualWords{
    {{"bn", "batch_norm"},
     {"batchnorm", "batch_norm"},
     {"batchnorm2d", "batch_norm"},
     {"dw", "depthwise"},
     {"dwconv", "depthwise"},
     {"depthwise_conv", "depthwise"},
     {"conv2d", "conv"},
     {"pointwise", "conv"},
     {"linear", "fc"},
     {"dense", "fc"},
     {"gemm", "fc"},
     {"gap", "global_avg_pool"},
     {"globalaveragepool", "global_avg_pool"},
     {"maxpool", "max_pool"},
     {"avgpool", "avg_pool"},
     {"averagepool", "avg_pool"},
     {"silu", "swish"},
     {"hswish", "hard_swish"},
     {"hardswish", "hard_swish"},
     {"cat", "concat"},
     {"sum", "add"},
     {"multiply", "mul"},
     {"split", "slice"},
     {"channel_shuffle", "shuffle"},
     {"upsample", "other"},
     {"resize", "other"},
     {"convtranspose", "other"},
     {"padding", "pad"},
     {"strides", "stride"},
     {"kernel_size", "kernel"},
     {"out_channels", "filters"},
     {"out_features", "features"},
     {"units", "features"},
     {"input", "from"},
     {"inputs", "from"},
     {"activation", "then"}}};

/// The one of these names that usual words mean; nothing if none does.
[[nodiscard]] inline std::optional<std::string> by_usual_word(std::string_view lower_case,
                                                              const std::vector<std::string>& names) {
    for (const auto& [word, name] : kUsualWords) {
        if (word == lower_case && std::find(names.begin(), names.end(), name) != names.end()) {
            return std::string(name);
        }
    }
    return std::nullopt;
}

}  // namespace cleave
