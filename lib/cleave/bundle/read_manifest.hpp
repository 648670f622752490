// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/write_bundle.hpp"
#include "cleave/text/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// What of a manifest cannot be made from the rest of its bundle. Everything else is written again and
/// compared (manifest_differences()).
struct Manifest {
    /// All of it.
    Node document;
    Provenance provenance;
    std::vector<ListedFile> files;
    /// By position of tensors and layers in the manifest, as far as complete_formats() needs them.
    FixedPointFormats formats;
    /// Of the file, where it was read from one.
    std::string sha256 = {};
};

/// Reads manifest.json (docs/schema/manifest.schema.json).
/// @return nothing if there are faults, which are everything of it that is not as in the schema
[[nodiscard]] std::optional<Manifest> read_manifest(Node document, FaultList& faults);

/// True for a path that the schema allows: folders and names of a-z, 0-9 and _ with an ending, relative,
/// without a step upwards.
[[nodiscard]] bool is_bundle_path(std::string_view path);

}  // namespace cleave
