// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/element_type.hpp"

#include <algorithm>
#include <array>

namespace cleave {
namespace {

struct NumberedType {
    std::int64_t number = 0;
    OnnxType type = OnnxType::other;
};
constexpr std::array<NumberedType, 15> kNumberedTypes{{{1, OnnxType::float32},
                                                       {2, OnnxType::uint8},
                                                       {3, OnnxType::int8},
                                                       {4, OnnxType::uint16},
                                                       {5, OnnxType::int16},
                                                       {6, OnnxType::int32},
                                                       {7, OnnxType::int64},
                                                       {9, OnnxType::boolean},
                                                       {10, OnnxType::float16},
                                                       {11, OnnxType::float64},
                                                       {12, OnnxType::uint32},
                                                       {13, OnnxType::uint64},
                                                       {16, OnnxType::bfloat16},
                                                       {21, OnnxType::uint4},
                                                       {22, OnnxType::int4}}};

}  // namespace

OnnxType element_type(std::int64_t number) {
    const auto* found = std::find_if(kNumberedTypes.begin(), kNumberedTypes.end(),
                                     [&](const NumberedType& one) { return one.number == number; });
    return found == kNumberedTypes.end() ? OnnxType::other : found->type;
}

std::int64_t element_number(OnnxType type) {
    const auto* found = std::find_if(kNumberedTypes.begin(), kNumberedTypes.end(),
                                     [&](const NumberedType& one) { return one.type == type; });
    return found == kNumberedTypes.end() ? 0 : found->number;
}

}  // namespace cleave
