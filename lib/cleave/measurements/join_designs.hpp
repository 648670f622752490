// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/fpga_designs.hpp"
#include "cleave/measurements/model_layers.hpp"
#include "cleave/measurements/row_table.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cleave {

/// A convolution of stride 1 alone on a device.
struct DesignShape {
    Shape in;
    std::int64_t kernel = 1;
    std::int64_t filters = 1;
};

/// The shapes of designs by their names.
class DesignShapes {
public:
    explicit DesignShapes(const ModelLayers& model);
    explicit DesignShapes(std::map<std::string, DesignShape> table);

    /// The shape of a design called as a layer: by its whole name, or by the part behind the last '/', with
    /// any character that files and entities cannot have in their names as '_'. No layer of that name,
    /// several, and one that is no convolution of stride 1, are faults.
    [[nodiscard]] std::optional<DesignShape> require(const std::string& name, const Place& place,
                                                     FaultList& faults) const;
    /// Whether there is any layer of that name.
    [[nodiscard]] bool has(const std::string& name) const;

private:
    struct Entry {
        std::string name;
        /// Nothing for what tables of designs have no row for.
        std::optional<DesignShape> shape;
    };
    [[nodiscard]] std::vector<const Entry*> find(const std::string& name) const;
    std::vector<Entry> entries_;
};

/// A table of shapes: columns design, h_in, w_in (optional), c_in, kernel, filters.
[[nodiscard]] std::optional<DesignShapes> read_design_shapes(const std::string& file, FaultList& faults);

/// What reports say of a design.
struct NamedDesign {
    std::string name;
    Place place;
    DesignReport report;
};

/// Whether rows are made of whole designs or of the entities in them.
enum class DesignRows { designs, entities };

/// Rows of FPGA designs. Figures of a whole design that its entities do not have are notes.
[[nodiscard]] Measured join_designs(const std::vector<NamedDesign>& designs, const DesignShapes& shapes,
                                    DesignRows rows, FaultList& faults);

/// The design that a report is of, by its file: the name up to its first '.', without what Vivado adds to it
/// ("conv1_utilization_placed.rpt").
[[nodiscard]] std::string design_name(const std::string& file);

}  // namespace cleave
