// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/evaluate.hpp"
#include "cleave/partition/mapping.hpp"
#include "cleave/text/yaml_file.hpp"

#include <map>
#include <vector>

namespace cleave {

/// A mapping as a user wrote it. The mapping is in normal form, so places are kept by layer.
struct MappingFile {
    Mapping mapping;
    /// Where each layer of a run or split is named.
    std::map<LayerId, Reference> places;
    /// The document as a whole.
    Reference whole;

    /// Reports faults that a check against the platform found, each where its layer is named; at the start of
    /// the document for layers that the mapping does not name.
    void report(const std::vector<MappingFault>& found, FaultList& faults) const;
};

/// Mapping of a document in the mapping format (docs/schema/mapping.schema.json) against its network. Whether
/// layers may form a run or be split is not checked here.
/// @return the mapping; nothing if anything was wrong with it.
[[nodiscard]] std::optional<MappingFile> read_mapping(const Node& root, const Network& network,
                                                      FaultList& faults);
/// @throws InputError
[[nodiscard]] MappingFile load_mapping(const std::string& file_name, const Network& network);

}  // namespace cleave
