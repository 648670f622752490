// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/fold_norm.hpp"

#include <cmath>
#include <cstddef>

namespace cleave {

ChannelAffine affine_of(const LayerParameters& norm) {
    ChannelAffine result;
    for (std::size_t c = 0; c < norm.scale.size(); ++c) {
        const double factor = static_cast<double>(norm.scale[c]) /
                              std::sqrt(static_cast<double>(norm.variance[c]) + norm.epsilon);
        result.factor.push_back(factor);
        result.offset.push_back(static_cast<double>(norm.shift[c]) -
                                static_cast<double>(norm.mean[c]) * factor);
    }
    return result;
}

void fold_norm(LayerParameters& parameters, const ChannelAffine& norm) {
    const std::size_t filters = norm.factor.size();
    const std::size_t each = parameters.weights.size() / filters;
    parameters.bias.resize(filters, 0.0F);
    for (std::size_t f = 0; f < filters; ++f) {
        for (std::size_t i = f * each; i < (f + 1) * each; ++i) {
            parameters.weights[i] = static_cast<float>(parameters.weights[i] * norm.factor[f]);
        }
        parameters.bias[f] = static_cast<float>(parameters.bias[f] * norm.factor[f] + norm.offset[f]);
    }
}

LayerParameters norm_as_filters(const LayerParameters& norm) {
    const ChannelAffine affine = affine_of(norm);
    LayerParameters filters;
    filters.weights.assign(affine.factor.begin(), affine.factor.end());
    filters.bias.assign(affine.offset.begin(), affine.offset.end());
    return filters;
}

}  // namespace cleave
