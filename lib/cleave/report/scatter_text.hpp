// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/report/report.hpp"

#include <string>

namespace cleave {

/// The front as a scatter for a terminal, 72 columns wide, in ASCII: `o` front, `K` its knee, `.` dominated,
/// `G` the GPU alone; the mark further on in this list hides the others: . o K G.
[[nodiscard]] std::string scatter_text(const Report& report);

}  // namespace cleave
