// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/described_bundle.hpp"
#include "cleave/text/format_error.hpp"

#include <string>
#include <string_view>

namespace cleave {

/// Reads manifest.json (docs/schema/manifest.schema.json). @throws FormatError with everything that is not as
/// in the schema
[[nodiscard]] DescribedBundle read_manifest(std::string_view text);

/// True for a path that the schema allows: folders and names of a-z, 0-9 and _ with an ending, relative,
/// without a step upwards.
[[nodiscard]] bool is_bundle_path(std::string_view path);

}  // namespace cleave
