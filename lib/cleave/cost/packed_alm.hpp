// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace cleave {

/// An estimate of how tables and registers share ALMs: a table takes a half to a whole one (which is how
/// `tables` are counted), two registers come with each, and four fit one without a table.
[[nodiscard]] inline double packed_alm(double tables, double registers) {
    return std::max(tables, tables / 2 + registers / 4);
}

}  // namespace cleave
