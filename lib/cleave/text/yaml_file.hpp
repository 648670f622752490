// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/fault.hpp"
#include "cleave/text/node.hpp"
#include "cleave/units/sha256.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cleave {

/// Where another input names a file: that place takes the fault if the file cannot be read.
struct Reference {
    Place place;
    std::string path;
};

/// Bytes of a file of at most `most` bytes; otherwise a fault at the reference, or of the file as a
/// whole.
[[nodiscard]] std::optional<std::string> read_file(const std::string& file_name,
                                                   const std::optional<Reference>& reference,
                                                   FaultList& faults, std::size_t most = kLargestFile);

/// A YAML file: its bytes and its tree.
struct YamlFile {
    std::string bytes;
    Node root;
};
[[nodiscard]] std::optional<YamlFile> read_yaml_file(const std::string& file_name,
                                                     const std::optional<Reference>& reference,
                                                     FaultList& faults);

using cleave::sha256;

}  // namespace cleave
