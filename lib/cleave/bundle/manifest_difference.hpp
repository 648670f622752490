// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Where a manifest is not what the rest of its bundle gives, leaf by leaf, for the user:
/// "steps[3].expected.start_ns: is 5, but the rest of the bundle gives 7". The order of keys does not matter.
/// @param found  @throws FormatError if it is no JSON
/// @param expected  the manifest as it is written again
/// @return the first 16 differences; if there are more, a line that says how many
[[nodiscard]] std::vector<std::string> manifest_differences(std::string_view found,
                                                            std::string_view expected);

}  // namespace cleave
