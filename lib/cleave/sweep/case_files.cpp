// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/case_files.hpp"

#include "cleave/text/input_file.hpp"
#include "cleave/text/json_reader.hpp"
#include "cleave/text/version.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <utility>

namespace cleave {
namespace {

constexpr const char* kMark = "case.json";
constexpr std::size_t kLargestFile = std::size_t{1} << 30;

Json tool_json() { return {{"name", "cleave"}, {"version", version()}}; }

Json parameters_json(const std::vector<SweepParameter>& parameters) {
    Json json = Json::object();
    for (const SweepParameter& p : parameters) {
        json[p.key] = p.value;
    }
    return json;
}

std::vector<SweepParameter> read_parameters(const JsonField& owner) {
    std::vector<SweepParameter> parameters;
    const std::optional<JsonField> field = owner.require("parameters");
    if (field && !field->value().is_object()) {
        field->fault("must be an object");
    } else if (field) {
        for (const auto& item : field->value().items()) {
            parameters.push_back({item.key(), field->string(item.key())});
        }
    }
    return parameters;
}

void check_schema_version(const JsonField& root) {
    if (const auto field = root.require("schema_version")) {
        (void)field->integer(1, 1);
    }
}

Json point_json(const CasePoint& point) {
    return {{"latency_s", point.latency_s},
            {"energy_j", point.energy_j},
            {"resources", {{"alm", point.alm}, {"dsp", point.dsp}, {"m20k", point.m20k}}},
            {"link_bytes", point.link_bytes}};
}

CasePoint read_point(const JsonField& owner, const std::string& key) {
    CasePoint point;
    if (const auto field = owner.require(key)) {
        point.latency_s = field->real("latency_s");
        point.energy_j = field->real("energy_j");
        point.link_bytes = field->integer("link_bytes", 0);
        if (const auto resources = field->require("resources")) {
            point.alm = resources->integer("alm", 0);
            point.dsp = resources->integer("dsp", 0);
            point.m20k = resources->integer("m20k", 0);
        }
    }
    return point;
}

Json record_json(const CaseRecord& record) {
    Json json{{"name", record.name},
              {"parameters", parameters_json(record.parameters)},
              {"status", case_status_name(record.status)}};
    if (!record.error.empty()) {
        json["error"] = record.error;
    }
    if (record.problem) {
        const CaseProblem& problem = *record.problem;
        json["network"] = problem.network;
        json["link_bandwidth_b_per_s"] = problem.link_bandwidth;
        json["gpu_only"] = {{"latency_s", problem.gpu_latency_s}, {"energy_j", problem.gpu_energy_j}};
    }
    if (record.front) {
        const CaseFront& front = *record.front;
        json["design_points"] = front.design_points;
        json["points"] = front.points;
        json["min_latency"] = point_json(front.min_latency);
        json["knee"] = point_json(front.knee);
        json["min_energy"] = point_json(front.min_energy);
    }
    return json;
}

CaseRecord read_record(const JsonField& root) {
    CaseRecord record;
    record.name = root.string("name");
    record.parameters = read_parameters(root);
    if (const auto field = root.require("status")) {
        const std::optional<CaseStatus> status = case_status(field->string().value_or(""));
        if (!status) {
            field->fault("is no status");
        }
        record.status = status.value_or(CaseStatus::failure);
    }
    if (root.find("error")) {
        record.error = root.string("error");
    }
    if (root.find("network")) {
        CaseProblem problem{root.string("network"), root.real("link_bandwidth_b_per_s"), 0, 0};
        if (const auto gpu = root.require("gpu_only")) {
            problem.gpu_latency_s = gpu->real("latency_s");
            problem.gpu_energy_j = gpu->real("energy_j");
        }
        record.problem = std::move(problem);
    }
    if (root.find("design_points")) {
        record.front = CaseFront{
            root.string("design_points"), static_cast<std::size_t>(root.integer("points", 1)),
            read_point(root, "min_latency"), read_point(root, "knee"), read_point(root, "min_energy")};
        if (!record.problem) {
            root.fault("has a front but no network");
        }
    }
    return record;
}

/// Whether a name stays inside the folder that it is joined to.
bool is_inside(const std::string& name) {
    const std::string whole = "/" + name + "/";
    return !name.empty() && whole.find("//") == std::string::npos && whole.find("/../") == std::string::npos;
}

}  // namespace

std::string sweep_json(const SweepListing& listing) {
    Json cases = Json::array();
    for (const SweepListing::Entry& entry : listing.cases) {
        cases.push_back({{"name", entry.name},
                         {"parameters", parameters_json(entry.parameters)},
                         {"inputs_sha256", entry.inputs_sha256}});
    }
    Json json{{"schema_version", 1},
              {"tool", tool_json()},
              {"name", listing.name},
              {"sweep_sha256", listing.sha256}};
    if (listing.shard != Shard{}) {
        json["shard"] = {{"index", listing.shard.index}, {"count", listing.shard.count}};
    }
    json["cases"] = std::move(cases);
    return json_text(json);
}

SweepListing parse_sweep_json(std::string_view text) {
    const Json json = parse_json(text);
    std::vector<std::string> faults;
    const JsonField root(json, "", faults);
    SweepListing listing;
    if (!json.is_object()) {
        throw FormatError({"must be an object"});
    }
    check_schema_version(root);
    listing.name = root.string("name");
    listing.sha256 = root.sha256("sweep_sha256");
    if (const auto shard = root.find("shard")) {
        listing.shard = {static_cast<std::size_t>(shard->integer("index", 1)),
                         static_cast<std::size_t>(shard->integer("count", 1))};
        if (listing.shard.index > listing.shard.count) {
            shard->fault("index is greater than count");
        }
    }
    if (const auto cases = root.require("cases")) {
        for (const JsonField& item : cases->items()) {
            listing.cases.push_back(
                {item.string("name"), read_parameters(item), item.sha256("inputs_sha256")});
            const std::string& name = listing.cases.back().name;
            if (!is_inside(name) || name.front() == '.' || name.find('/') != std::string::npos) {
                item.fault("name is no name of a folder");
            }
        }
    }
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return listing;
}

std::string case_json(const CaseRecord& record, const std::string& inputs_sha256, const NamedFiles& files) {
    Json json{{"schema_version", 1}, {"tool", tool_json()}, {"inputs_sha256", inputs_sha256}};
    json.update(record_json(record));
    Json hashes = Json::object();
    for (const auto& [name, content] : files) {
        hashes[name] = sha256(content);
    }
    json["files"] = std::move(hashes);
    return json_text(json);
}

std::optional<StoredCase> read_case(const std::string& folder) {
    try {
        const Json json = parse_json(read_input_file(folder + "/" + kMark, kLargestFile));
        if (!json.is_object()) {
            return std::nullopt;
        }
        std::vector<std::string> faults;
        const JsonField root(json, "", faults);
        check_schema_version(root);
        StoredCase stored{read_record(root), root.sha256("inputs_sha256"), {}};
        if (const auto files = root.require("files"); files && files->value().is_object()) {
            for (const auto& item : files->value().items()) {
                const std::string hash = files->sha256(item.key());
                if (!is_inside(item.key()) ||
                    sha256(read_input_file(folder + "/" + item.key(), kLargestFile)) != hash) {
                    return std::nullopt;
                }
                stored.files.push_back(item.key());
            }
        }
        return faults.empty() ? std::optional(std::move(stored)) : std::nullopt;
    } catch (const FormatError&) {
        return std::nullopt;
    }
}

std::optional<StoredCase> finished_case(const CaseStore& store, const SweepListing::Entry& entry) {
    std::optional<StoredCase> stored = read_case(store.path(entry.name));
    const bool same = stored && stored->inputs_sha256 == entry.inputs_sha256 &&
                      stored->record.name == entry.name && stored->record.parameters == entry.parameters;
    return same ? std::move(stored) : std::nullopt;
}

}  // namespace cleave
