// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/platforms.hpp"

namespace cleave::testing {

/// A FPGA on which much is worth doing.
inline PlatformOptions roomy() {
    PlatformOptions options;
    options.form = Form::folded_beside_csd;
    options.fpga_clock = 150;
    options.second_clock = 75;
    options.kernel_overhead = 30;
    options.capacity = {60000, 200, 200};
    return options;
}

}  // namespace cleave::testing
