// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/quantisation.hpp"

#include "cleave/onnx/attributes.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

bool is_of_runtime(const OnnxNode& node) { return node.domain.empty() || node.domain == "com.microsoft"; }

/// Bounds of an integer type; nothing for others.
std::optional<std::pair<double, double>> bounds_of(OnnxType type) {
    switch (type) {
        case OnnxType::int4: return std::pair(-8.0, 7.0);
        case OnnxType::uint4: return std::pair(0.0, 15.0);
        case OnnxType::int8: return std::pair(-128.0, 127.0);
        case OnnxType::uint8: return std::pair(0.0, 255.0);
        case OnnxType::int16: return std::pair(-32768.0, 32767.0);
        case OnnxType::uint16: return std::pair(0.0, 65535.0);
        case OnnxType::int32: return std::pair(-2147483648.0, 2147483647.0);
        default: return std::nullopt;
    }
}

std::vector<double> numbers_of(const Constant& constant) {
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < constant.count(); ++i) {
        numbers.push_back(constant.number(i));
    }
    return numbers;
}

/// Finite numbers above 0.
bool are_scales(const Constant& constant) {
    const std::vector<double> numbers = constant.is_float() ? numbers_of(constant) : std::vector<double>();
    return !numbers.empty() && std::all_of(numbers.begin(), numbers.end(),
                                           [](double scale) { return scale > 0 && std::isfinite(scale); });
}

/// Of a number of bits.
std::optional<std::pair<double, double>> bounds_of_bits(const OnnxNode& node, double bits) {
    if (!(bits >= 1) || bits > 32 || bits != std::trunc(bits)) {
        return std::nullopt;
    }
    const bool narrow = integer_attribute(node, "narrow", 0) != 0;
    const double codes = std::exp2(bits);
    return integer_attribute(node, "signed", 1) != 0 ? std::pair(-codes / 2 + (narrow ? 1 : 0), codes / 2 - 1)
                                                     : std::pair(0.0, codes - (narrow ? 2 : 1));
}

/// The axis of a value of this rank along which the constant has its numbers; nothing if there are several.
std::optional<std::size_t> axis_of_numbers(const Constant& numbers, std::size_t rank) {
    std::size_t axis = 0;
    for (std::size_t i = 0; i < numbers.dims().size(); ++i) {
        const bool inside = rank + i >= numbers.dims().size();
        if (numbers.dims()[i] != 1 && (numbers.dims()[i] != numbers.count() || !inside)) {
            return std::nullopt;
        }
        axis = numbers.dims()[i] != 1 ? rank + i - numbers.dims().size() : axis;
    }
    return axis;
}

std::optional<Quantisation> fake_quantisation(const OnnxNode& node, const ConstantInputs& inputs,
                                              std::size_t rank) {
    if (inputs.size() < 2 || !inputs[1] || !are_scales(*inputs[1])) {
        return std::nullopt;
    }
    const auto axis = axis_of_numbers(*inputs[1], rank);
    if (!axis) {
        return std::nullopt;
    }
    Quantisation result{numbers_of(*inputs[1]), {0}, *axis, -1, 1};
    if (node.op == "BipolarQuant") {
        return result;
    }
    const bool whole = inputs.size() > 3 && inputs[2] && inputs[3] && inputs[3]->count() == 1;
    const auto bounds = whole ? bounds_of_bits(node, inputs[3]->number(0)) : std::nullopt;
    if (!bounds || (inputs[2]->count() != 1 && inputs[2]->dims() != inputs[1]->dims())) {
        return std::nullopt;
    }
    result.zero = numbers_of(*inputs[2]);
    std::tie(result.lowest, result.highest) = *bounds;
    return result;
}

/// In single precision, as runtimes do, where half decides.
double nearest_code(double x, double scale) {
    return static_cast<double>(std::nearbyint(static_cast<float>(x) / static_cast<float>(scale)));
}

double rounded(const OnnxNode& node, double x) {
    const std::string mode = text_attribute(node, "rounding_mode");
    return mode == "FLOOR"                             ? std::floor(x)
           : mode == "CEIL"                            ? std::ceil(x)
           : mode == "ROUND_TO_ZERO" || mode == "DOWN" ? std::trunc(x)
                                                       : std::nearbyint(x);
}

}  // namespace

std::optional<Codes> codes_of(const Quantisation& quantisation) {
    constexpr double kMostCodes = 1 << 16;
    const double zero = quantisation.zero.front();
    const auto scale = static_cast<double>(static_cast<float>(quantisation.scale.front()));
    const bool one = quantisation.scale.size() == 1 && quantisation.zero.size() == 1;
    if (!one || !(scale > 0) || !std::isfinite(scale) || zero != std::trunc(zero) ||
        quantisation.highest - quantisation.lowest >= kMostCodes) {
        return std::nullopt;
    }
    return Codes{scale, quantisation.lowest - zero, quantisation.highest - zero};
}

bool is_quantize(const OnnxNode& node) { return is_of_runtime(node) && node.op == "QuantizeLinear"; }

bool is_dequantize(const OnnxNode& node) { return is_of_runtime(node) && node.op == "DequantizeLinear"; }

const std::set<std::string>& fake_quantisers() {
    static const std::set<std::string> names{"BipolarQuant", "IntQuant", "Quant"};
    return names;
}

const std::set<std::string>& fake_quantiser_domains() {
    static const std::set<std::string> domains{"finn.custom_op.general", "onnx.brevitas",
                                               "qonnx.custom_op.general"};
    return domains;
}

bool is_fake_quantise(const OnnxNode& node) {
    return fake_quantiser_domains().contains(node.domain) && fake_quantisers().contains(node.op);
}

std::optional<Quantisation> quantisation_of(const OnnxNode& node, const ConstantInputs& inputs,
                                            std::size_t rank, OnnxType codes) {
    if (is_fake_quantise(node)) {
        return fake_quantisation(node, inputs, rank);
    }
    const Constant* zero = inputs.size() > 2 && inputs[2] ? &*inputs[2] : nullptr;
    if (inputs.size() < 2 || !inputs[1] || !are_scales(*inputs[1]) || inputs[1]->dims().size() > 1 ||
        (zero == nullptr && inputs.size() > 2 && !node.inputs[2].empty()) ||
        (zero != nullptr && zero->count() != inputs[1]->count())) {
        return std::nullopt;
    }
    if (is_quantize(node)) {
        codes = zero == nullptr ? OnnxType::uint8 : zero->type();
    }
    const auto bounds = bounds_of(codes);
    const bool one = inputs[1]->count() == 1;
    const auto axis = axis_of(integer_attribute(node, "axis", 1), std::max<std::size_t>(rank, 1));
    if (!bounds || (!one && !axis)) {
        return std::nullopt;
    }
    return Quantisation{numbers_of(*inputs[1]), zero == nullptr ? std::vector<double>{0} : numbers_of(*zero),
                        one ? 0 : *axis, bounds->first, bounds->second};
}

/// Codes of numbers, the numbers of codes, or both.
std::optional<Constant> fold_quantised(const OnnxNode& node, const ConstantInputs& inputs) {
    const Constant& in = *inputs.front();
    const bool fake = is_fake_quantise(node);
    const bool to_codes = fake || is_quantize(node);
    const bool from_codes = fake || is_dequantize(node);
    if ((!to_codes && !from_codes) || in.count() > kMostFolded) {
        return std::nullopt;
    }
    const auto codes = quantisation_of(node, inputs, in.dims().size(), in.type());
    const std::size_t count = codes ? std::max(codes->scale.size(), codes->zero.size()) : 0;
    const std::size_t along = count > 1 ? codes->axis : 0;
    if (count == 0 ||
        (count > 1 && (along >= in.dims().size() || in.dims()[along] != static_cast<std::int64_t>(count)))) {
        return std::nullopt;
    }
    std::int64_t inner = 1;
    for (std::size_t i = along + 1; i < in.dims().size(); ++i) {
        inner *= in.dims()[i];
    }
    std::vector<double> numbers;
    numbers.reserve(static_cast<std::size_t>(in.count()));
    for (std::int64_t i = 0; i < in.count(); ++i) {
        const auto at = static_cast<std::size_t>(i / inner) % count;
        const double scale = codes->scale_at(at);
        const double zero = codes->zero_at(at);
        double x = in.number(i);
        if (!std::isfinite(x) || !std::isfinite(zero)) {
            return std::nullopt;
        }
        if (node.op == "BipolarQuant") {
            x = x >= 0 ? 1 : -1;
        } else if (fake) {
            x = rounded(node, std::clamp(x / scale + zero, codes->lowest, codes->highest));
        } else if (to_codes) {
            x = std::clamp(nearest_code(x, scale) + zero, codes->lowest, codes->highest);
        }
        numbers.push_back(from_codes ? scale * (x - zero) : x);
    }
    const OnnxType codes_type = inputs.size() > 2 && inputs[2] ? inputs[2]->type() : OnnxType::uint8;
    Constant result = make_constant(from_codes ? OnnxType::float32 : codes_type, in.dims(), numbers);
    result.origin = in.origin;
    return result;
}

}  // namespace cleave
