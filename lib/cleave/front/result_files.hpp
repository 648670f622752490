// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"
#include "cleave/front/write_front.hpp"
#include "cleave/text/output_folder.hpp"

namespace cleave {

[[nodiscard]] RunContext context_of(const ExploreConfig& config);

/// Files of an exploration's result that depend on nothing but its input, front.json aside: mappings, inputs,
/// front.csv.
[[nodiscard]] NamedFiles result_files(const ExploreConfig& config, const ExploreResult& result);

}  // namespace cleave
