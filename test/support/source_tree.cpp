// SPDX-License-Identifier: Apache-2.0
#include "support/source_tree.hpp"

#include <fstream>
#include <sstream>

namespace cleave::testing {

std::string source_dir() { return CLEAVE_SOURCE_DIR; }

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace cleave::testing
