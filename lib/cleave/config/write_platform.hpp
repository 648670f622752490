// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_config.hpp"

#include <string>

namespace cleave {

/// platform.yaml of a bundle: the settings in effect, defaults and overrides included, and the three models.
[[nodiscard]] std::string platform_yaml(const ExploreConfig& config);

}  // namespace cleave
