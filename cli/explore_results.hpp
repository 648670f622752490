// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"
#include "cleave/front/write_front.hpp"
#include "cleave/sweep/case_store.hpp"

#include <string>

namespace cleave::cli {

[[nodiscard]] RunContext context_of(const ExploreConfig& config);

/// Files of an exploration's result that depend on nothing but its input, front.json aside: mappings, inputs,
/// front.csv.
[[nodiscard]] NamedFiles result_files(const ExploreConfig& config, const ExploreResult& result);

/// What binds, and which layer asks for most of it.
[[nodiscard]] std::string describe(const Infeasibility& bad, const Network& network);

/// Lines that say which constraints no partition meets and what stands in the way.
[[nodiscard]] std::string unmet_text(const ExploreRequest& request, const ExploreResult& result);

}  // namespace cleave::cli
