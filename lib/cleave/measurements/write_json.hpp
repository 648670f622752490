// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/row_table.hpp"
#include "cleave/text/json.hpp"

namespace cleave {

/// {"rows": [{COLUMN: VALUE}], "notes": [TEXT]}: without cells that are empty; figures as numbers.
[[nodiscard]] Json measured_json(const Measured& measured);

}  // namespace cleave
