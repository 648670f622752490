// SPDX-License-Identifier: Apache-2.0
#include "cleave/io/version.hpp"

namespace cleave::io {

std::string version() { return CLEAVE_VERSION; }

}  // namespace cleave::io
