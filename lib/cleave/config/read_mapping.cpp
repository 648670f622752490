// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace cleave {
namespace {

class MappingReader {
public:
    MappingReader(const Network& network, const Choices<std::size_t>& implementations, FaultList& faults)
        : network_(network), implementations_(implementations), faults_(faults) {
        for (std::size_t i = 0; i < network.layers().size(); ++i) {
            const std::string& name = network.layer(layer_id(i)).name;
            names_.push_back(name);
            ids_.emplace(name, layer_id(i));
        }
    }

    std::optional<MappingFile> read(const Node& root) {
        const std::size_t before = faults_.size();
        Fields fields(root, faults_);
        if (!check_version(fields, "cleave_mapping")) {
            return std::nullopt;
        }
        file_.whole = {root.place, ""};
        if (const auto name = fields.require("network")) {
            const std::optional<std::string> text = name->string();
            if (text && *text != network_.name()) {
                name->fault(fmt::format("the mapping is for network {}, but this is network {}", quote(*text),
                                        quote(network_.name())));
                return std::nullopt;  // unknown layers would only repeat it
            }
        }
        if (const auto runs = fields.find("fpga_runs")) {
            for (const Field& run : runs->items("runs, each a list of layers,")) {
                read_run(run);
            }
        }
        if (const auto splits = fields.find("splits")) {
            for (const Field& split : splits->items("splits")) {
                read_split(split);
            }
        }
        // Behind runs and splits, which say what is on the FPGA.
        if (const auto hardware = fields.find("hardware")) {
            for (const Field& choice : hardware->items("layers with their hardware")) {
                read_choice(choice);
            }
        }
        fields.done();
        if (faults_.size() > before) {
            return std::nullopt;
        }
        normalize(file_.mapping);
        return std::move(file_);
    }

private:
    void read_run(const Field& field) {
        FpgaRun run;
        const std::vector<Field> layers = field.items("layers");
        if (layers.empty() && field.is(NodeKind::sequence)) {
            field.fault("is empty (a run has at least one layer)");
        }
        for (const Field& layer : layers) {
            if (const auto id = place_layer(layer)) {
                run.push_back(*id);
            }
        }
        file_.mapping.runs.push_back(std::move(run));
    }

    void read_split(const Field& field) {
        Fields fields(field);
        Split split;
        if (const auto layer = fields.require("layer")) {
            split.layer = place_layer(*layer).value_or(LayerId{});
        }
        if (const auto axis = fields.require("axis")) {
            split.axis = axis->choice<SplitAxis>("axis").value_or(SplitAxis::channels);
        }
        if (const auto share = fields.require("fpga_share")) {
            split.fpga_share = share->integer({1, kLargestExtent}).value_or(1);
        }
        if (const auto picked = fields.find("picked")) {
            split.picked = read_picked(*picked, split.fpga_share);
        }
        fields.done();
        file_.mapping.splits.push_back(std::move(split));
    }

    void read_choice(const Field& field) {
        Fields fields(field);
        LayerChoice choice;
        if (const auto layer = fields.require("layer")) {
            if (const auto id = find_layer(*layer)) {
                choice.layer = *id;
                check_choice(*layer, *id);
                file_.hardware_places.emplace(*id, Reference{field.node().place, field.path()});
            }
        }
        if (const auto name = fields.require("implementation")) {
            choice.hardware.implementation = name->choice(implementations_, "implementation").value_or(0);
        }
        choice.hardware.fold = read_fold(fields, usual_multipliers(choice.layer));
        fields.done();
        file_.mapping.hardware.push_back(choice);
    }

    /// What has no weights has nothing to multiply, and foldings in logic only.
    [[nodiscard]] Multipliers usual_multipliers(LayerId id) const {
        const Op& op = network_.layer(id).op;
        const bool multiplies = std::holds_alternative<Conv>(op) ||
                                std::holds_alternative<FullyConnected>(op) ||
                                std::holds_alternative<BatchNorm>(op);
        return multiplies ? Multipliers::dsp : Multipliers::logic;
    }

    void check_choice(const Field& field, LayerId id) const {
        const std::vector<LayerChoice>& all = file_.mapping.hardware;
        if (file_.places.find(id) == file_.places.end()) {
            field.fault(fmt::format("layer {} is not on the FPGA (no run and no split names it)",
                                    quote(network_.layer(id).name)));
        } else if (std::any_of(all.begin(), all.end(),
                               [&](const LayerChoice& other) { return other.layer == id; })) {
            field.fault(
                fmt::format("the hardware of layer {} is named twice", quote(network_.layer(id).name)));
        }
    }

    std::optional<LayerId> find_layer(const Field& field) const {
        const std::optional<std::string> name = field.string();
        if (!name) {
            return std::nullopt;
        }
        const auto found = ids_.find(*name);
        if (found == ids_.end()) {
            const std::optional<std::string> near = nearest(*name, names_);
            field.fault(fmt::format("network {} has no layer {} ({}layers are named MODULE/LAYER)",
                                    quote(network_.name()), quote(*name),
                                    near ? fmt::format("did you mean {}?; ", quote(*near)) : ""));
            return std::nullopt;
        }
        return found->second;
    }

    std::optional<LayerId> place_layer(const Field& field) {
        const std::optional<LayerId> id = find_layer(field);
        if (!id) {
            return std::nullopt;
        }
        const auto [first, inserted] = file_.places.emplace(*id, Reference{field.node().place, field.path()});
        if (!inserted) {
            field.fault(fmt::format("layer {} is placed twice (first in line {})",
                                    quote(network_.layer(*id).name), first->second.place.line));
            return std::nullopt;
        }
        return id;
    }

    const Network& network_;
    const Choices<std::size_t>& implementations_;
    FaultList& faults_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, LayerId> ids_;
    MappingFile file_;
};

}  // namespace

void MappingFile::report(const std::vector<MappingFault>& found, FaultList& faults) const {
    for (const MappingFault& fault : found) {
        const auto& named = fault.hardware ? hardware_places : places;
        const auto place = named.find(fault.layer);
        const Reference& reference = place == named.end() ? whole : place->second;
        faults.add(reference.place, reference.path, fault.message);
    }
}

Choices<std::size_t> implementation_choices(const Fpga& fpga) {
    Choices<std::size_t> choices;
    for (const ClockedImplementation& one : fpga.implementations()) {
        choices.emplace_back(fpga.implementation(one.number).name, one.number);
    }
    return choices;
}

std::vector<std::int64_t> read_picked(const Field& field, std::int64_t share) {
    std::vector<std::int64_t> numbers;
    for (const Field& item : field.items("numbers")) {
        const auto number = item.integer({0, kLargestExtent});
        if (number && !numbers.empty() && *number <= numbers.back()) {
            item.fault("must be greater than the number before it");
        }
        numbers.push_back(number.value_or(numbers.empty() ? 0 : numbers.back() + 1));
    }
    const bool is_list = field.is(NodeKind::sequence);
    if (is_list && static_cast<std::int64_t>(numbers.size()) != share) {
        field.fault(fmt::format("has {} numbers, but fpga_share is {}", numbers.size(), share));
    }
    // The first ones need no list.
    if (numbers.empty() || numbers.back() == share - 1) {
        numbers.clear();
    }
    return numbers;
}

std::optional<Fold> read_fold(Fields& fields, Multipliers usual) {
    bool any = false;
    for (const char* key : {"pe", "simd", "multipliers", "columns"}) {
        any = fields.find(key) || any;
    }
    if (!any) {
        return std::nullopt;
    }
    Fold fold;
    fold.multipliers = usual;
    fold.pe = fields.integer("pe", {1, kLargestExtent});
    fold.simd = fields.integer("simd", {1, kLargestExtent});
    if (const auto multipliers = fields.find("multipliers")) {
        fold.multipliers = multipliers->choice<Multipliers>("multipliers").value_or(fold.multipliers);
    }
    if (const auto columns = fields.find("columns")) {
        fold.columns = columns->boolean().value_or(false);
    }
    return fold;
}

std::optional<MappingFile> read_mapping(const Node& root, const Network& network,
                                        const Choices<std::size_t>& implementations, FaultList& faults) {
    return MappingReader(network, implementations, faults).read(root);
}

MappingFile load_mapping(const std::string& file_name, const Network& network,
                         const Choices<std::size_t>& implementations) {
    FaultList faults;
    std::optional<MappingFile> mapping;
    if (const std::optional<YamlFile> file = read_yaml_file(file_name, std::nullopt, faults)) {
        mapping = read_mapping(file->root, network, implementations, faults);
    }
    faults.throw_if_any();
    return std::move(*mapping);
}

}  // namespace cleave
