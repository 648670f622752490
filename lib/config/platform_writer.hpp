// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/explore_config.hpp"

#include <string>

namespace cleave::config {

/// platform.yaml of a bundle: the settings in effect, defaults and overrides included, and the three models.
[[nodiscard]] std::string platform_yaml(const ExploreConfig& config);

}  // namespace cleave::config
