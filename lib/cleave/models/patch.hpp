// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/model_sheet.hpp"
#include "cleave/text/node.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Changes a cost model's document: a new fit replaces figures and their source, everything else stays.
class ModelPatch {
public:
    explicit ModelPatch(Node root) : root_(std::move(root)) {}

    /// Sets a figure, `{value, standard_error, source}`, at a path of keys; missing maps are made.
    void set_figure(const std::vector<std::string>& path, const std::string& value,
                    const std::string& standard_error, const std::string& source);
    /// Removes the value at a path of keys, if it is there.
    void remove(const std::vector<std::string>& path);
    /// Sets an entry of the table of sources. Figures that name an entry of this name now keep it, under
    /// another name: they are not what the new one tells of.
    void set_source(const Source& source);
    /// Makes it the model of another device: every source that it has now is marked as taken from the model
    /// that it was, unless it is marked already.
    void rename(const std::string& name);
    void set_description(const std::string& text);
    [[nodiscard]] std::string name() const;
    [[nodiscard]] bool has(const std::string& key) const { return root_.find(key) != nullptr; }
    /// The document as YAML, without sources that no figure names any more.
    [[nodiscard]] std::string yaml(const std::string& header);

private:
    Node root_;
};

/// A number with four significant digits and a unit, such as "1.525 GB/s": `si` is divided by `scale` first.
[[nodiscard]] std::string figure_text(double si, double scale, const std::string& unit);
/// A standard error likewise, with two digits: an error of an error is large. Empty if it is not known.
[[nodiscard]] std::string error_text(double si, double scale, const std::string& unit);

}  // namespace cleave
