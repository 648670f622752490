// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/explore_config.hpp"
#include "cleave/io/case_store.hpp"
#include "cleave/io/front_files.hpp"

#include <string>

namespace cleave::cli {

[[nodiscard]] io::RunContext context_of(const config::ExploreConfig& config);

/// Files of an exploration's result that depend on nothing but its input, front.json aside: mappings, inputs,
/// front.csv.
[[nodiscard]] io::NamedFiles result_files(const config::ExploreConfig& config, const ExploreResult& result);

/// What binds, and which layer asks for most of it.
[[nodiscard]] std::string describe(const Infeasibility& bad, const Network& network);

/// Lines that say which constraints no partition meets and what stands in the way.
[[nodiscard]] std::string unmet_text(const ExploreRequest& request, const ExploreResult& result);

}  // namespace cleave::cli
