// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/case_files.hpp"

#include "cleave/text/fields.hpp"
#include "cleave/text/json.hpp"
#include "cleave/text/version.hpp"
#include "cleave/text/yaml_file.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <utility>

namespace cleave {
namespace {

constexpr const char* kMark = "case.json";
constexpr std::size_t kLargestResult = std::size_t{1} << 30;

Json tool_json() { return {{"name", "cleave"}, {"version", version()}}; }

Json parameters_json(const std::vector<SweepParameter>& parameters) {
    Json json = Json::object();
    for (const SweepParameter& p : parameters) {
        json[p.key] = p.value;
    }
    return json;
}

std::vector<SweepParameter> read_parameters(Fields& owner) {
    std::vector<SweepParameter> parameters;
    const auto field = owner.require("parameters");
    if (field && !field->is(NodeKind::map)) {
        field->fault("must be an object");
    } else if (field && !field->node().keys.empty()) {
        for (const auto& [key, value] : field->named_items("parameters")) {
            parameters.push_back({key.text, value.text().value_or("")});
        }
    }
    return parameters;
}

Json point_json(const CasePoint& point) {
    return {{"latency_s", point.latency_s},
            {"energy_j", point.energy_j},
            {"resources", {{"alm", point.alm}, {"dsp", point.dsp}, {"m20k", point.m20k}}},
            {"link_bytes", point.link_bytes}};
}

CasePoint read_point(Fields& owner, const std::string& key) {
    CasePoint point;
    if (const auto field = owner.require(key)) {
        Fields fields(*field, OtherKeys::allowed);
        point.latency_s = fields.real("latency_s", {0});
        point.energy_j = fields.real("energy_j", {0});
        point.link_bytes = fields.integer("link_bytes", {0});
        if (const auto found = fields.require("resources")) {
            Fields resources(*found, OtherKeys::allowed);
            point.alm = resources.integer("alm", {0});
            point.dsp = resources.integer("dsp", {0});
            point.m20k = resources.integer("m20k", {0});
        }
    }
    return point;
}

Json record_json(const CaseRecord& record) {
    Json json{{"name", record.name},
              {"parameters", parameters_json(record.parameters)},
              {"status", name_of(record.status)}};
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

CaseRecord read_record(Fields& root) {
    CaseRecord record;
    record.name = root.text("name");
    record.parameters = read_parameters(root);
    if (const auto field = root.require("status")) {
        const std::optional<CaseStatus> status = value_of<CaseStatus>(field->text().value_or(""));
        if (!status) {
            field->fault("is no status");
        }
        record.status = status.value_or(CaseStatus::failure);
    }
    if (root.has("error")) {
        record.error = root.text("error");
    }
    if (root.has("network")) {
        CaseProblem problem{root.text("network"), root.real("link_bandwidth_b_per_s", {0}), 0, 0};
        if (const auto found = root.require("gpu_only")) {
            Fields gpu(*found, OtherKeys::allowed);
            problem.gpu_latency_s = gpu.real("latency_s", {0});
            problem.gpu_energy_j = gpu.real("energy_j", {0});
        }
        record.problem = std::move(problem);
    }
    if (root.has("design_points")) {
        record.front = CaseFront{
            root.text("design_points"), static_cast<std::size_t>(root.integer("points", {1})),
            read_point(root, "min_latency"), read_point(root, "knee"), read_point(root, "min_energy")};
        if (!record.problem) {
            root.self().fault("has a front but no network");
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

std::optional<SweepListing> read_listing(const Node& document, FaultList& faults) {
    const std::size_t before = faults.size();
    Fields root(document, faults, OtherKeys::allowed);
    SweepListing listing;
    if (!check_version(root, "schema_version")) {
        return std::nullopt;
    }
    listing.name = root.text("name");
    listing.sha256 = root.sha256("sweep_sha256");
    if (const auto found = root.find("shard")) {
        Fields shard(*found, OtherKeys::allowed);
        listing.shard = {static_cast<std::size_t>(shard.integer("index", {1})),
                         static_cast<std::size_t>(shard.integer("count", {1}))};
        if (listing.shard.index > listing.shard.count) {
            found->fault("index is greater than count");
        }
    }
    const auto cases = root.require("cases");
    for (const Field& item : cases ? cases->items("cases") : std::vector<Field>()) {
        Fields one(item, OtherKeys::allowed);
        listing.cases.push_back({one.text("name"), read_parameters(one), one.sha256("inputs_sha256")});
        const std::string& name = listing.cases.back().name;
        if (!is_inside(name) || name.front() == '.' || name.find('/') != std::string::npos) {
            item.fault("name is no name of a folder");
        }
    }
    return faults.size() == before ? std::optional(std::move(listing)) : std::nullopt;
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
    const auto read = [&](const std::string& name, FaultList& faults) {
        return read_file(folder + "/" + name, std::nullopt, faults, kLargestResult);
    };
    FaultList faults;
    const std::optional<std::string> mark = read(kMark, faults);
    const std::optional<Node> document = mark ? parse_json(*mark, kMark, faults) : std::nullopt;
    if (!document) {
        return std::nullopt;
    }
    Fields root(*document, faults, OtherKeys::allowed);
    if (!check_version(root, "schema_version")) {
        return std::nullopt;
    }
    StoredCase stored{read_record(root), root.sha256("inputs_sha256"), {}};
    const auto files = root.require("files");
    if (files && files->is(NodeKind::map) && !files->node().keys.empty()) {
        for (const auto& [key, hash] : files->named_items("hashes of files")) {
            const std::optional<std::string> bytes =
                is_inside(key.text) ? read(key.text, faults) : std::nullopt;
            if (!bytes || sha256(*bytes) != hash.sha256()) {
                return std::nullopt;
            }
            stored.files.push_back(key.text);
        }
    }
    return faults.empty() ? std::optional(std::move(stored)) : std::nullopt;
}

std::optional<StoredCase> finished_case(const CaseStore& store, const SweepListing::Entry& entry) {
    std::optional<StoredCase> stored = read_case(store.path(entry.name));
    const bool same = stored && stored->inputs_sha256 == entry.inputs_sha256 &&
                      stored->record.name == entry.name && stored->record.parameters == entry.parameters;
    return same ? std::move(stored) : std::nullopt;
}

}  // namespace cleave
