// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"
#include "cleave/front/read_front.hpp"
#include "cleave/partition/evaluate.hpp"
#include "commands.hpp"

#include <cstddef>
#include <string>

namespace cleave::cli {

/// Bytes of a front.json at most.
constexpr std::size_t kLargestFront = std::size_t{256} << 20U;

/// front.json and what it was made from.
struct Front {
    std::string path;
    std::string sha256;
    Node document;
    FrontFile file;
    ExploreConfig config;
};

/// Reads front.json and, from inputs/ beside it, what the front was made from, which must not have changed.
/// @throws InputError
[[nodiscard]] Front load_front(const std::string& path, const Session& session);

/// A point by its identifier, or min-latency, min-energy, knee. @throws InputError if there is none
[[nodiscard]] const FrontEntry& find_point(const Front& front, const std::string& wanted);

/// The mapping that a point says, scored again: the file may have been edited, or come from another version.
/// @throws InputError if it is not possible, does not fit, or comes to other figures
[[nodiscard]] Score score_again(const FrontEntry& point, const Mapping& mapping, const Costing& costing,
                                const StateSpace& states);

}  // namespace cleave::cli
