// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cleave {

/// The text as a name that the network format takes: no '/', no control characters, valid UTF-8, at most 100
/// bytes; "x" for an empty text.
[[nodiscard]] std::string valid_name(const std::string& text);

/// Names that are given once each.
class UniqueNames {
public:
    explicit UniqueNames(std::set<std::string> taken = {}) : taken_(std::move(taken)) {}
    /// The name, or with the least number from 2 up that makes it a new one: "conv_2".
    [[nodiscard]] std::string add(const std::string& name);

private:
    std::set<std::string> taken_;
    /// Numbers below are in use. Without it, many layers of one name would each count from 2.
    std::map<std::string, int> next_;
};

/// What a node is called by its model: its own name, or that of its weights where its own says nothing
/// ("n12", "Conv_3"). Empty if neither does. May have '/' in it, none at the ends.
/// @param weights  the value that holds its weights; may be empty
[[nodiscard]] std::string telling_name(const OnnxNode& node, const std::string& weights);

/// The longest common beginning of the names that ends where a part of each ends: "res2_0" of
/// "res2_0_branch1" and "res2_0_branch2a". Empty if there is none.
[[nodiscard]] std::string common_prefix(const std::vector<std::string>& names);

/// The name without the prefix and what separates them.
[[nodiscard]] std::string without_prefix(const std::string& name, const std::string& prefix);

/// The last part of a path, with those before it that it does not repeat: "layer1/layer1.0" becomes
/// "layer1.0", "a/b" becomes "a.b".
[[nodiscard]] std::string flat_path(const std::string& path);

/// Module and layer, if the name has the form MODULE/LAYER and both are names of the network format.
struct FullName {
    std::string module;
    std::string layer;
};
[[nodiscard]] std::optional<FullName> full_name(const std::string& name);

}  // namespace cleave
