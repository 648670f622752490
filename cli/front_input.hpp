// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"
#include "cleave/front/read_front.hpp"
#include "cleave/partition/evaluate.hpp"
#include "commands.hpp"

#include <string>

namespace cleave::cli {

/// front.json and what it was made from.
struct Front {
    std::string path;
    /// The file as it is, and its SHA-256.
    std::string text;
    std::string sha256;
    FrontFile file;
    ExploreConfig config;
};

/// Reads front.json and, from inputs/ beside it, what the front was made from, which must not have changed.
/// @throws FormatError, InputError
[[nodiscard]] Front load_front(const std::string& path, const Session& session);

/// A point by its identifier, or min-latency, min-energy, knee. @throws FormatError if there is none
[[nodiscard]] const FrontEntry& find_point(const Front& front, const std::string& wanted);

/// The mapping that a point says. @throws FormatError
[[nodiscard]] Mapping mapping_of(const Front& front, const FrontEntry& point, const UnitGraph& units);

/// The mapping that a point says, scored again: the file may have been edited, or come from another version.
/// @throws FormatError if it is not possible, does not fit, or comes to other figures
[[nodiscard]] Score score_again(const Front& front, const FrontEntry& point, const Mapping& mapping,
                                const Costing& costing, const StateSpace& states);

}  // namespace cleave::cli
