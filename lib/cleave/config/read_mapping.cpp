// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_mapping.hpp"

#include "cleave/text/fields.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_map>
#include <utility>

namespace cleave {
namespace {

class MappingReader {
public:
    MappingReader(const Network& network, FaultList& faults) : network_(network), faults_(faults) {
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
            if (const auto id = read_layer(layer)) {
                run.push_back(*id);
            }
        }
        file_.mapping.runs.push_back(std::move(run));
    }

    void read_split(const Field& field) {
        Fields fields(field);
        Split split;
        if (const auto layer = fields.require("layer")) {
            split.layer = read_layer(*layer).value_or(LayerId{});
        }
        if (const auto axis = fields.require("axis")) {
            split.axis = axis->choice<SplitAxis>("axis").value_or(SplitAxis::channels);
        }
        if (const auto share = fields.require("fpga_share")) {
            split.fpga_share = share->integer({1, kLargestExtent}).value_or(1);
        }
        fields.done();
        file_.mapping.splits.push_back(split);
    }

    std::optional<LayerId> read_layer(const Field& field) {
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
        const auto [first, inserted] =
            file_.places.emplace(found->second, Reference{field.node().place, field.path()});
        if (!inserted) {
            field.fault(fmt::format("layer {} is placed twice (first in line {})", quote(*name),
                                    first->second.place.line));
            return std::nullopt;
        }
        return found->second;
    }

    const Network& network_;
    FaultList& faults_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, LayerId> ids_;
    MappingFile file_;
};

}  // namespace

void MappingFile::report(const std::vector<MappingFault>& found, FaultList& faults) const {
    for (const MappingFault& fault : found) {
        const auto place = places.find(fault.layer);
        const Reference& reference = place == places.end() ? whole : place->second;
        faults.add(reference.place, reference.path, fault.message);
    }
}

std::optional<MappingFile> read_mapping(const Node& root, const Network& network, FaultList& faults) {
    return MappingReader(network, faults).read(root);
}

MappingFile load_mapping(const std::string& file_name, const Network& network) {
    FaultList faults;
    std::optional<MappingFile> mapping;
    if (const std::optional<YamlFile> file = read_yaml_file(file_name, std::nullopt, faults)) {
        mapping = read_mapping(file->root, network, faults);
    }
    faults.throw_if_any();
    return std::move(*mapping);
}

}  // namespace cleave
