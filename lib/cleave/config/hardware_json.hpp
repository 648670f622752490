// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/text/json.hpp"

namespace cleave {

// How results say what is on an FPGA.

/// Blocks really occupied: {alm, dsp, m20k}.
[[nodiscard]] Json resources_json(const Fpga& fpga, const Resources& demand);
/// {pe, simd, multipliers, columns}
[[nodiscard]] Json fold_json(const Fold& fold);
/// Those that may be used: [{name, clock_hz}].
[[nodiscard]] Json implementations_json(const Fpga& fpga);

}  // namespace cleave
