// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/node.hpp"

#include <string>
#include <vector>

namespace cleave {

/// A value for one key path, with the place where it is written.
struct Setting {
    Key key;
    Node value;
    /// The value as one line of text.
    std::string text;
};

/// Puts `value` at a key path ("fpga.clock"); missing maps are made. Faults are placed at the key, with
/// columns counted on through the path.
void set_value(Node& root, const Key& path, Node value, FaultList& faults);

/// Applies `key.path=VALUE` to a tree: VALUE, read as YAML, replaces the value at that path; missing maps are
/// made. Faults in it are placed at `--set key.path=VALUE`, line 1, with columns counted from the first byte
/// of the key path.
void apply_override(Node& root, const std::string& override_text, FaultList& faults);

}  // namespace cleave
