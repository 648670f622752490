// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/link.hpp"

#include <algorithm>

namespace cleave {

Seconds LinkModel::time(Direction direction, Bytes bytes) const {
    const LinkDirection& d = direction == Direction::to_fpga ? to_fpga : to_gpu;
    return std::max(d.floor, d.overhead + bytes / d.bandwidth);
}

}  // namespace cleave
