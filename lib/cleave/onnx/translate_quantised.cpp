// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/quantisation.hpp"
#include "cleave/onnx/structure.hpp"
#include "cleave/onnx/translator.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

// Quantised models. Layers stand for the numbers that codes stand for: where a feature map is rounded to
// codes and back, nothing is left but what the codes cannot hold, which models rely on instead of a ReLU.
namespace cleave {

bool Translator::clamp(const OnnxNode& node, Feature& feature, const Quantisation& codes) {
    // Of one code's width.
    constexpr double kSame = 0.01;
    constexpr double kSix = 6;
    const double scale = codes.scale.front();
    const bool one = codes.scale.size() == 1 && codes.zero.size() == 1 && scale > 0;
    const bool from_zero = one && codes.zero.front() == codes.lowest;
    if (!from_zero || is_never_negative(feature.layer)) {
        return pass(node, feature);
    }
    const double most = scale * (codes.highest - codes.lowest);
    const bool six = std::abs(most - kSix) <= kSame * scale;
    return pointwise(node, Activation{six ? ActivationKind::relu6 : ActivationKind::relu}, feature);
}

bool Translator::quantize(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    auto codes = in == nullptr ? std::nullopt
                               : quantisation_of(node, constants(node), in->dims.size(), OnnxType::uint8);
    const std::size_t from = in == nullptr ? 0 : in->layer;
    if (!codes || (in->is_padded() && !layer_of(*in)) || !clamp(node, *in, *codes)) {
        return false;
    }
    if (auto* out = std::get_if<Feature>(&values_[node.outputs.front()])) {
        // What a layer of its own cuts off holds codes alone.
        const bool own = out->layer != from;
        const bool all = count_elements(out->dims) == layers_[out->layer].shape.elements();
        RoundedMap map{out->layer, own ? "" : node.inputs.front(), std::nullopt, describe(node)};
        if (all && (own || !in->shared)) {
            map.codes = codes_of(*codes);
        }
        rounded_maps_.push_back(std::move(map));
        out->codes = std::make_shared<const Quantisation>(std::move(*codes));
        out->type = OnnxType::uint8;
    }
    return true;
}

bool Translator::dequantize(const OnnxNode& node) {
    Feature* in = feature(node, 0);
    if (in == nullptr || (in->is_padded() && !layer_of(*in))) {
        return false;
    }
    const auto codes = quantisation_of(node, constants(node), in->dims.size(), OnnxType::int32);
    if (!codes) {
        return false;
    }
    const auto same = [&](const Quantisation& other) {
        return codes->scale == other.scale && codes->zero == other.zero &&
               (codes->axis == other.axis || codes->scale.size() == 1);
    };
    if (in->codes != nullptr && same(*in->codes)) {
        Feature numbers = *in;
        numbers.codes = nullptr;
        numbers.type = OnnxType::float32;
        return pass(node, std::move(numbers));
    }
    // The numbers that these codes stand for, or that codes of another scale do.
    const bool one = codes->scale.size() == 1 && codes->zero.size() == 1 &&
                     (in->codes == nullptr || (in->codes->scale.size() == 1 && in->codes->zero.size() == 1));
    if (!one) {
        return false;
    }
    const double from_scale = in->codes == nullptr ? 1 : in->codes->scale.front();
    const double from_zero = in->codes == nullptr ? 0 : in->codes->zero.front();
    const double scale = codes->scale.front() / from_scale;
    const double shift = codes->scale.front() * (from_zero - codes->zero.front());
    if (scale == 1 && shift == 0) {
        Feature numbers = *in;
        numbers.codes = nullptr;
        numbers.type = OnnxType::float32;
        return pass(node, std::move(numbers));
    }
    const auto channels = static_cast<std::size_t>(is_map(*in) ? map_shape(in->dims).channels
                                                               : layers_[in->layer].shape.channels);
    LayerParameters p;
    p.scale.assign(channels, static_cast<float>(scale));
    p.shift.assign(channels, static_cast<float>(shift));
    p.mean.assign(channels, 0.0F);
    p.variance.assign(channels, 1.0F);
    p.epsilon = 0;
    return pointwise(node, BatchNorm{}, *in, std::move(p), ScalarAffine{scale, shift});
}

/// Only where all that reads a map reads the same codes of it. A batch norm behind a convolution is computed
/// in its weights, so that there is nothing to round between them.
void Translator::keep_codes() {
    std::map<std::string, std::int64_t> roundings;
    std::map<std::size_t, std::optional<Codes>> codes;
    for (const RoundedMap& map : rounded_maps_) {
        ++roundings[map.value];
        const auto [known, first] = codes.emplace(map.layer, map.codes);
        known->second = first || known->second == map.codes ? known->second : std::nullopt;
    }
    for (const DraftLayer& layer : layers_) {
        if (std::holds_alternative<BatchNorm>(layer.op)) {
            codes.erase(layer.inputs.front());
        }
    }
    std::size_t kept = 0;
    std::vector<std::string> left_out;
    for (const RoundedMap& map : rounded_maps_) {
        const auto found = codes.find(map.layer);
        if (found != codes.end() && found->second &&
            (map.value.empty() || roundings[map.value] == uses(map.value))) {
            std::optional<Codes>& own = layers_[map.layer].parameters.codes;
            kept += own ? 0 : 1;
            own = found->second;
        } else if (!map.node.empty()) {
            left_out.push_back(map.node);
        }
    }
    const auto maps = [](std::size_t count) {
        return count == 1 ? std::string("1 feature map") : fmt::format("{} feature maps", count);
    };
    if (kept > 0) {
        warnings_.push_back(
            fmt::format("the model rounds {} to codes of its own: the GPU does so, too; on the "
                        "FPGA the scale is the least power of two that holds what they hold",
                        maps(kept)));
    }
    if (!left_out.empty()) {
        warnings_.push_back(fmt::format(
            "{} to codes that not all readers read, or that are not of one scale: "
            "left out but for what the least code cuts off at 0 ({}{})",
            left_out.size() == 1 ? "1 rounding" : fmt::format("{} roundings", left_out.size()),
            left_out.front(), left_out.size() > 1 ? fmt::format(" and {} more", left_out.size() - 1) : ""));
    }
}

bool Translator::fake_quantise(const OnnxNode& node) {
    if (!is_fake_quantise(node)) {
        return false;
    }
    if (!quantize(node)) {
        return false;
    }
    if (auto* out = std::get_if<Feature>(&values_[node.outputs.front()])) {
        out->codes = nullptr;
        out->type = OnnxType::float32;
    }
    return true;
}

}  // namespace cleave
