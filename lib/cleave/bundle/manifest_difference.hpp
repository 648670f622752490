// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/node.hpp"

namespace cleave {

/// Reports where a manifest is not what the rest of its bundle gives, leaf by leaf:
/// "steps[3].expected.start_ns: is 5, but the rest of the bundle gives 7". The order of keys does not matter.
/// The first 16 differences are reported; if there are more, also how many.
/// @param expected  the manifest as it is written again
void report_differences(const Node& found, const Node& expected, FaultList& faults);

}  // namespace cleave
