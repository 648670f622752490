// SPDX-License-Identifier: Apache-2.0
#include "front_input.hpp"

#include "cleave/text/yaml_file.hpp"
#include "cleave/units/sha256.hpp"
#include "data_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace cleave::cli {
namespace {

ExploreConfig load_inputs(const std::string& front_path, const InputHashes& hashes, const Session& session) {
    const std::filesystem::path folder = std::filesystem::path(front_path).parent_path() / "inputs";
    FaultList faults;
    for (const auto& [name, hash] :
         {std::pair("config.yaml", hashes.config), std::pair("network.yaml", hashes.network),
          std::pair("gpu.yaml", hashes.gpu), std::pair("fpga.yaml", hashes.fpga),
          std::pair("link.yaml", hashes.link), std::pair("logic.json", hashes.logic)}) {
        if (hash.empty()) {
            continue;
        }
        const std::string path = (folder / name).string();
        const std::optional<std::string> bytes = read_file(path, std::nullopt, faults);
        if (bytes && sha256(*bytes) != hash) {
            faults.add(file_fault(path, fmt::format("is not what {} was made from (its SHA-256 in "
                                                    "context.inputs is another); explore again",
                                                    front_path)));
        }
    }
    faults.throw_if_any();
    return load_explore_config((folder / "config.yaml").string(), {session.data_dirs, {}});
}

}  // namespace

Front load_front(const std::string& named, const Session& session) {
    const std::string path = front_path(named);
    FaultList faults;
    const std::optional<std::string> text = read_file(path, std::nullopt, faults, kLargestFront);
    std::optional<Node> document = text ? parse_json(*text, path, faults) : std::nullopt;
    std::optional<FrontFile> file = document ? read_front(*document, faults) : std::nullopt;
    faults.throw_if_any();
    ExploreConfig config = load_inputs(path, file->inputs, session);
    if (config.request.network.name() != file->network) {
        faults.add(document->find("context")->find("network")->find("name")->place, "context.network.name",
                   fmt::format("is '{}', but inputs/network.yaml is '{}'", file->network,
                               config.request.network.name()));
    }
    const std::string counted = config.request.weights ? config.request.weights->sha256 : kAssumedWeights;
    if (file->weights != counted || file->inputs.logic.empty() != !config.request.weights) {
        faults.add(
            document->find("context")->place, "context.weights",
            fmt::format("is '{}', but what lies in inputs/ counts those of '{}'", file->weights, counted));
    }
    faults.throw_if_any();
    return {path, sha256(*text), std::move(*document), std::move(*file), std::move(config)};
}

const FrontEntry& find_point(const Front& front, const std::string& wanted) {
    std::string id = wanted;
    if (wanted == "min-latency") {
        id = front.file.min_latency;
    } else if (wanted == "min-energy") {
        id = front.file.min_energy;
    } else if (wanted == "knee") {
        id = front.file.knee;
    }
    const auto& points = front.file.points;
    const auto found =
        std::find_if(points.begin(), points.end(), [&](const FrontEntry& p) { return p.id == id; });
    if (found == points.end()) {
        const std::string range = points.empty()
                                      ? "it has none"
                                      : fmt::format("it has {} to {}; or min-latency, min-energy, knee",
                                                    points.front().id, points.back().id);
        throw InputError(file_fault(front.path, fmt::format("there is no point '{}' ({})", wanted, range)));
    }
    return *found;
}

Score score_again(const FrontEntry& point, const Mapping& mapping, const Costing& costing,
                  const StateSpace& states) {
    const Network& network = costing.graph().network();
    FaultList faults;
    for (const MappingFault& fault : check_mapping(costing, states, mapping)) {
        faults.add(point.place, point.path,
                   fmt::format("layer '{}': {}", network.layer(fault.layer).name, fault.message));
    }
    faults.throw_if_any();
    Score score = evaluate(costing, states, mapping);
    const auto compare = [&](const char* key, auto stated, auto found) {
        if (stated != found) {
            faults.add(
                point.place, point.path + "." + key,
                fmt::format("is {}, but the mapping comes to {} on the platform in inputs/", stated, found));
        }
    };
    compare("latency_s", point.latency_s, to_si(score.latency).value());
    compare("energy_j", point.energy_j, to_si(score.energy).value());
    compare("link_bytes", point.link_bytes, score.link_bytes);
    if (score.infeasible) {
        const FpgaRefusal& refusal = score.infeasible->refusal;
        faults.add(point.place, point.path,
                   fmt::format("does not fit the FPGA: {} {} needed, {} available", refusal.needed,
                               refusal.resource, refusal.available));
    }
    faults.throw_if_any();
    return score;
}

}  // namespace cleave::cli
