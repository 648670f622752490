// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/read_manifest.hpp"

#include <map>
#include <string>
#include <vector>

namespace cleave {

/// A bundle as it lies on disk, every file as the manifest says.
struct BundleFolder {
    Manifest manifest;
    /// Contents by name.
    std::map<std::string, std::string> files;
};

/// The manifest of a bundle's folder. @throws InputError
[[nodiscard]] Manifest read_manifest_of(const std::string& folder);

/// Reads a bundle and checks its files: each is listed, a regular file of the right size and checksum, and
/// nothing else lies in the folder.
/// @throws InputError
[[nodiscard]] BundleFolder read_bundle(const std::string& folder);

/// The graph of a compute step's file. @throws InputError
[[nodiscard]] Graph read_step_graph(const std::string& folder, const BundleFolder& bundle,
                                    const std::string& name);

/// Test vectors that the bundle has files of, at least one.
[[nodiscard]] std::size_t vector_count(const BundleFolder& bundle);

/// Test vectors of the bundle. @throws InputError
[[nodiscard]] std::vector<TestVector> read_vectors(const std::string& folder, const BundleFolder& bundle,
                                                   const Plan& plan);

/// The graph as it comes back from its ONNX file: with factors of activations and the like in float32.
[[nodiscard]] Graph as_written(const Graph& graph);

}  // namespace cleave
