// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/version.hpp"

namespace cleave {

std::string version() { return CLEAVE_VERSION; }

}  // namespace cleave
