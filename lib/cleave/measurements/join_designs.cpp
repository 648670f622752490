// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/join_designs.hpp"

#include "cleave/text/csv.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace cleave {
namespace {

std::string plain(std::string_view name) {
    std::string result(name);
    std::replace_if(
        result.begin(), result.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
        '_');
    return result;
}

std::optional<DesignShape> shape_of(const Network& network, LayerId id) {
    const auto* conv = std::get_if<Conv>(&network.layer(id).op);
    if (conv == nullptr) {
        return std::nullopt;
    }
    const Window& w = conv->window;
    const bool fits = w.kernel_h == w.kernel_w && w.stride_h == 1 && w.stride_w == 1 && w.dilation_h == 1 &&
                      w.dilation_w == 1 && conv->groups == 1;
    return fits ? std::optional(DesignShape{network.input(id), w.kernel_h, conv->filters}) : std::nullopt;
}

void add_design_row(RowTable& table, const std::string& name, const DesignShape& shape,
                    const DesignFigures& figures) {
    const std::size_t row = table.add_row();
    table.set(row, "design", printable(name));
    table.set(row, "h_in", std::to_string(shape.in.height));
    table.set(row, "w_in", std::to_string(shape.in.width));
    table.set(row, "c_in", std::to_string(shape.in.channels));
    table.set(row, "kernel", std::to_string(shape.kernel));
    table.set(row, "filters", std::to_string(shape.filters));
    for (const auto& [figure, column] : names_of(DesignFigure{})) {
        if (const auto found = figures.values.find(figure); found != figures.values.end()) {
            table.set(row, std::string(column), number_cell(found->second));
        }
    }
    if (!figures.stage.empty()) {
        table.set(row, "stage", figures.stage);
    }
    if (!figures.power_confidence.empty()) {
        table.set(row, "power_confidence", printable(figures.power_confidence));
    }
}

bool has_resources(const DesignFigures& figures) {
    return figures.values.count(DesignFigure::alm) > 0 || figures.values.count(DesignFigure::lut) > 0;
}

void add_entities(const NamedDesign& design, const DesignShapes& shapes, Measured& result,
                  FaultList& faults) {
    std::vector<std::string> others;
    std::size_t found = 0;
    for (const EntityFigures& entity : design.report.entities) {
        const auto name = std::find_if(entity.names.begin(), entity.names.end(),
                                       [&](const std::string& n) { return shapes.has(n); });
        if (name == entity.names.end()) {
            others.push_back(quote(entity.names.front()));
            continue;
        }
        ++found;
        if (const auto shape = shapes.require(*name, entity.place, faults)) {
            add_design_row(result.table, *name, *shape, entity.figures);
        }
    }
    if (found == 0) {
        faults.add(
            design.place, "",
            fmt::format("none of {} entities is called as a layer: {}", design.report.entities.size(),
                        others.empty() ? "there are none" : fmt::format("{}", fmt::join(others, ", "))));
    } else if (!others.empty()) {
        result.notes.push_back(fmt::format("{}: no row for entities that are no layers: {}", design.name,
                                           fmt::join(others, ", ")));
    }
    for (const auto& [figure, value] : design.report.whole.values) {
        if (figure == DesignFigure::fmax || figure == DesignFigure::power) {
            result.notes.push_back(fmt::format("{}: no place for {} {} of the whole design", design.name,
                                               name_of(figure), number_cell(value)));
        }
    }
}

void say_what_figures_are(const NamedDesign& design, Notes& notes) {
    const DesignFigures& whole = design.report.whole;
    if (!whole.stage.empty() && whole.stage != "placed and routed") {
        notes.push_back(
            fmt::format("{}: its figures are {}, not placed and routed", design.name, whole.stage));
    }
    if (!whole.power_confidence.empty() && !whole.power_confidence.starts_with("High")) {
        notes.push_back(
            fmt::format("{}: confidence of its power is {}", design.name, quote(whole.power_confidence)));
    }
}

}  // namespace

DesignShapes::DesignShapes(const ModelLayers& model) {
    const Network& network = model.network();
    for (const LayerId id : model.with_rows()) {
        const auto shape = shape_of(network, id);
        entries_.push_back({network.layer(id).name, shape});
        if (!model.name(id).empty() && model.name(id) != network.layer(id).name) {
            entries_.push_back({model.name(id), shape});
        }
    }
}

DesignShapes::DesignShapes(std::map<std::string, DesignShape> table) {
    for (auto& [name, shape] : table) {
        entries_.push_back({name, shape});
    }
}

std::vector<const DesignShapes::Entry*> DesignShapes::find(const std::string& name) const {
    std::vector<const Entry*> whole;
    std::vector<const Entry*> last;
    for (const Entry& entry : entries_) {
        if (plain(entry.name) == plain(name)) {
            whole.push_back(&entry);
        } else if (plain(entry.name.substr(entry.name.rfind('/') + 1)) == plain(name)) {
            last.push_back(&entry);
        }
    }
    return whole.empty() ? last : whole;
}

bool DesignShapes::has(const std::string& name) const { return !find(name).empty(); }

std::optional<DesignShape> DesignShapes::require(const std::string& name, const Place& place,
                                                 FaultList& faults) const {
    const auto found = find(name);
    if (found.size() == 1 && found.front()->shape) {
        return found.front()->shape;
    }
    std::vector<std::string> names;
    for (const Entry* entry : found) {
        names.push_back(entry->name);
    }
    for (std::size_t i = 0; found.empty() && i < entries_.size(); ++i) {
        names.push_back(entries_[i].name);
    }
    faults.add(
        place, "",
        found.empty()
            ? fmt::format("design {} is called as no layer {}", quote(name), hint(name, names, "layers"))
        : found.size() > 1 ? fmt::format("design {} may be any of {}", quote(name), join(names))
                           : fmt::format("design {} is no convolution of stride 1 with a square kernel and "
                                         "one group, and rows of designs are of no other layers",
                                         quote(name)));
    return std::nullopt;
}

std::optional<DesignShapes> read_design_shapes(const std::string& file_name, FaultList& faults) {
    using Need = CsvColumn::Need;
    const auto file = read_csv(file_name,
                               {{"design", Need::required},
                                {"h_in", Need::required},
                                {"w_in", Need::optional},
                                {"c_in", Need::required},
                                {"kernel", Need::required},
                                {"filters", Need::required}},
                               "shapes of designs", faults);
    if (!file) {
        return std::nullopt;
    }
    const std::size_t before = faults.size();
    std::map<std::string, DesignShape> table;
    for (const CsvRow& row : file->rows) {
        const CsvCells cells(*file, row, faults);
        DesignShape shape;
        const std::int64_t height = cells.count("h_in");
        shape.in = {cells.count("c_in"), height, cells.count_or("w_in", height)};
        shape.kernel = cells.count("kernel");
        shape.filters = cells.count("filters");
        if (!table.emplace(cells.text("design"), shape).second) {
            cells.fault("design", fmt::format("{} comes twice", quote(cells.text("design"))));
        }
    }
    return faults.size() == before ? std::optional(DesignShapes(std::move(table))) : std::nullopt;
}

Measured join_designs(const std::vector<NamedDesign>& designs, const DesignShapes& shapes, DesignRows rows,
                      FaultList& faults) {
    Measured result;
    result.table.kind = RowKind::designs;
    for (const NamedDesign& design : designs) {
        result.notes.insert(result.notes.end(), design.report.notes.begin(), design.report.notes.end());
        const bool only_entities = !design.report.entities.empty() && !has_resources(design.report.whole);
        if (rows == DesignRows::entities || only_entities) {
            add_entities(design, shapes, result, faults);
            continue;
        }
        if (const auto shape = shapes.require(design.name, design.place, faults)) {
            DesignFigures figures = design.report.whole;
            if (design.report.fmax_by_slack) {
                figures.values.emplace(DesignFigure::fmax, *design.report.fmax_by_slack);
            }
            add_design_row(result.table, design.name, *shape, figures);
        }
        say_what_figures_are(design, result.notes);
        if (!design.report.entities.empty()) {
            result.notes.push_back(
                fmt::format("{}: no rows for its {} entities, unless --by-entity asks for them", design.name,
                            design.report.entities.size()));
        }
    }
    return result;
}

std::string design_name(const std::string& file) {
    const std::string name = std::filesystem::path(file).filename().string();
    std::string stem = name.substr(0, name.find('.'));
    for (const std::string_view what :
         {"_utilization", "_timing_summary", "_power", "_timing", "_util", "_csynth"}) {
        for (const std::string_view stage : {"_placed", "_routed", "_synth", ""}) {
            const std::string ending = std::string(what) + std::string(stage);
            if (stem.size() > ending.size() && stem.ends_with(ending)) {
                return stem.substr(0, stem.size() - ending.size());
            }
        }
    }
    return stem;
}

}  // namespace cleave
