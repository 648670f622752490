// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/link.hpp"

#include <algorithm>
#include <cmath>

namespace cleave {

Seconds LinkDirection::time(Bytes bytes) const {
    const Seconds moving = overhead + bytes / bandwidth;
    if (exponent == 0 || floor.value() == 0) {
        return std::max(floor, moving);
    }
    const Seconds longer = std::max(floor, moving);
    const double ratio = std::min(floor, moving) / longer;
    return longer * std::pow(1 + std::pow(ratio, exponent), 1 / exponent);
}

Seconds LinkModel::time(Direction direction, Bytes bytes) const {
    return (direction == Direction::to_fpga ? to_fpga : to_gpu).time(bytes);
}

}  // namespace cleave
