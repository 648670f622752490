// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/partition/evaluate.hpp"
#include "cleave/partition/mapping.hpp"
#include "cleave/text/fields.hpp"
#include "cleave/text/yaml_file.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A mapping as a user wrote it. The mapping is in normal form, so places are kept by layer.
struct MappingFile {
    Mapping mapping;
    /// Where each layer of a run or split is named.
    std::map<LayerId, Reference> places;
    /// Where its hardware is.
    std::map<LayerId, Reference> hardware_places;
    /// The document as a whole.
    Reference whole;

    /// Reports faults that a check against the platform found, each where its layer, or its hardware, is
    /// named; at the start of the document for layers that the mapping does not name.
    void report(const std::vector<MappingFault>& found, FaultList& faults) const;
};

/// The implementations that layers may have, by name: their positions in the model's list.
[[nodiscard]] Choices<std::size_t> implementation_choices(const Fpga& fpga);

/// Numbers of the channels, filters or groups of a split that the FPGA takes (Split::picked).
[[nodiscard]] std::vector<std::int64_t> read_picked(const Field& field, std::int64_t share);

/// How a layer folds, by the keys pe, simd, multipliers and columns of a map; nothing if it has none of them.
/// @param usual  without the key multipliers
[[nodiscard]] std::optional<Fold> read_fold(Fields& fields, Multipliers usual = Multipliers::dsp);

/// Mapping of a document in the mapping format (docs/schema/mapping.schema.json) against its network. Whether
/// layers may form a run, be split or have that hardware is not checked here.
/// @return the mapping; nothing if anything was wrong with it.
[[nodiscard]] std::optional<MappingFile> read_mapping(const Node& root, const Network& network,
                                                      const Choices<std::size_t>& implementations,
                                                      FaultList& faults);
/// @throws InputError
[[nodiscard]] MappingFile load_mapping(const std::string& file_name, const Network& network,
                                       const Choices<std::size_t>& implementations);

}  // namespace cleave
