// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/explore_config.hpp"
#include "cleave/io/front_reader.hpp"
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
    io::FrontFile file;
    config::ExploreConfig config;
};

/// Reads front.json and, from inputs/ beside it, what the front was made from, which must not have changed.
/// @throws io::FormatError, config::InputError
[[nodiscard]] Front load_front(const std::string& path, const Session& session);

/// A point by its identifier, or min-latency, min-energy, knee. @throws io::FormatError if there is none
[[nodiscard]] const io::FrontEntry& find_point(const Front& front, const std::string& wanted);

/// The mapping that a point says. @throws io::FormatError
[[nodiscard]] Mapping mapping_of(const Front& front, const io::FrontEntry& point, const UnitGraph& units);

/// The mapping that a point says, scored again: the file may have been edited, or come from another version.
/// @throws io::FormatError if it is not possible, does not fit, or comes to other figures
[[nodiscard]] Score score_again(const Front& front, const io::FrontEntry& point, const Mapping& mapping,
                                const Costing& costing, const StateSpace& states);

}  // namespace cleave::cli
