// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"
#include "cleave/text/fields.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// An input of a network, and where it is written; nowhere if it is missing.
struct WrittenInput {
    std::string name;
    Input input;
    std::optional<Field> field;
};

/// Reads `input` of a network spec, which is called "input", or the named ones of `inputs`.
/// @return one at least, also after faults
[[nodiscard]] std::vector<WrittenInput> read_inputs(Fields& root);

/// A fault if a name is in use. @param lines  of the names so far
/// @param subject  "module name 'a' is"
void check_unique(std::map<std::string, int>& lines, const std::string& name, const Field& field,
                  const std::string& subject);

}  // namespace cleave
