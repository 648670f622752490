// SPDX-License-Identifier: Apache-2.0
#include "front_input.hpp"

#include "cleave/text/input_file.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace cleave::cli {
namespace {

constexpr std::size_t kLargestFront = std::size_t{256} << 20U;

[[noreturn]] void fail(const std::string& path, const std::string& message) {
    throw FormatError({fault_line(path, message)});
}

ExploreConfig load_inputs(const std::string& front_path, const InputHashes& hashes, const Session& session) {
    const std::filesystem::path folder = std::filesystem::path(front_path).parent_path() / "inputs";
    const std::string config_path = (folder / "config.yaml").string();
    std::vector<std::string> faults;
    for (const auto& [name, hash] :
         {std::pair("config.yaml", hashes.config), std::pair("network.yaml", hashes.network),
          std::pair("gpu.yaml", hashes.gpu), std::pair("fpga.yaml", hashes.fpga),
          std::pair("link.yaml", hashes.link)}) {
        const std::string path = (folder / name).string();
        try {
            if (sha256(read_input_file(path, kLargestFile)) != hash) {
                faults.push_back(fault_line(path, fmt::format("is not what {} was made from (its SHA-256 in "
                                                              "context.inputs is another); explore again",
                                                              front_path)));
            }
        } catch (const FormatError& error) {
            faults.push_back(error.messages().front());
        }
    }
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return load_explore_config(config_path, {session.data_dirs, {}});
}

}  // namespace

Front load_front(const std::string& path, const Session& session) {
    const std::string text = read_input_file(path, kLargestFront);
    try {
        FrontFile file = read_front(text);
        ExploreConfig config = load_inputs(path, file.inputs, session);
        if (config.request.network.name() != file.network) {
            fail(path, fmt::format("context.network.name: is '{}', but inputs/network.yaml is '{}'",
                                   file.network, config.request.network.name()));
        }
        return {path, text, sha256(text), std::move(file), std::move(config)};
    } catch (const FormatError& error) {
        // Lines that name another file already are left as they are.
        std::vector<std::string> lines = error.messages();
        for (std::string& line : lines) {
            line = line.find(": error: ") == std::string::npos ? fault_line(path, line) : line;
        }
        throw FormatError(std::move(lines));
    }
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
        fail(front.path, fmt::format("there is no point '{}' ({})", wanted, range));
    }
    return *found;
}

Mapping mapping_of(const Front& front, const FrontEntry& point, const UnitGraph& units) {
    try {
        return mapping_of(point, units);
    } catch (const FormatError& error) {
        throw FormatError(fault_lines(front.path, error.messages()));
    }
}

Score score_again(const Front& front, const FrontEntry& point, const Mapping& mapping, const Costing& costing,
                  const StateSpace& states) {
    const Network& network = costing.graph().network();
    std::vector<std::string> faults;
    for (const MappingFault& fault : check_mapping(costing, states, mapping)) {
        faults.push_back(fault_line(front.path, fmt::format("{}: layer '{}': {}", point.path,
                                                            network.layer(fault.layer).name, fault.message)));
    }
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    Score score = evaluate(costing, states, mapping);
    const auto compare = [&](const char* key, auto stated, auto found) {
        if (stated != found) {
            faults.push_back(
                fault_line(front.path,
                           fmt::format("{}.{}: is {}, but the mapping comes to {} on the platform in inputs/",
                                       point.path, key, stated, found)));
        }
    };
    compare("latency_s", point.latency_s, to_si(score.latency).value());
    compare("energy_j", point.energy_j, to_si(score.energy).value());
    compare("link_bytes", point.link_bytes, score.link_bytes);
    if (score.infeasible) {
        faults.push_back(fault_line(
            front.path, fmt::format("{}: does not fit the FPGA: {} {} needed, {} available", point.path,
                                    score.infeasible->refusal.needed, score.infeasible->refusal.resource,
                                    score.infeasible->refusal.available)));
    }
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return score;
}

}  // namespace cleave::cli
