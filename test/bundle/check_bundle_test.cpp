// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/check_bundle.hpp"

#include "cleave/bundle/manifest_difference.hpp"
#include "cleave/bundle/write_graph.hpp"
#include "cleave/text/output_folder.hpp"
#include "cleave/units/sha256.hpp"
#include "support/bundles.hpp"
#include "support/folder.hpp"
#include "support/networks.hpp"
#include "support/reference_space.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>

using namespace cleave;
using namespace cleave::testing;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A small network with every kind of piece: a run over two layers, splits along all axes with what follows
/// them, layers beside them, a map that is sent twice.
Network sample() {
    const Activation relu{ActivationKind::relu};
    return Chain({4, 6, 6})
        .then("conv", conv_op(4, 3, 1, 1))
        .then("depthwise", conv_op(4, 3, 1, 1, 4))
        .then("norm", BatchNorm{})
        .module("m1")
        .then("sums", conv_op(6, 1))
        .then("sums_norm", BatchNorm{})
        .then("sums_relu", relu)
        .module("m2")
        .then("filters", conv_op(6, 1))
        .then("filters_relu", relu)
        .module("m3")
        .then("groups", conv_op(6, 1, 1, 0, 3))
        .then("groups_norm", BatchNorm{})
        .module("m4")
        .then("left", conv_op(3, 1))
        .add("right", conv_op(3, 3, 1, 1), {"groups_norm"})
        .add("concat", Concat{}, {"left", "right"})
        .module("m5")
        .then("pool", GlobalAveragePool{})
        .then("fc", FullyConnected{5, true})
        .build();
}

Mapping sample_mapping(const Network& network) {
    const auto at = [&](const char* name) { return find_layer(network, name); };
    Mapping mapping{{{at("conv"), at("depthwise")}, {at("right")}},
                    {{at("sums"), SplitAxis::channels, 2},
                     {at("filters"), SplitAxis::filters, 4},
                     {at("groups"), SplitAxis::groups, 1}}};
    normalize(mapping);
    return mapping;
}

BundleFiles all_files(const MadeBundle& made) {
    BundleFiles files = bundle_files(made.bundle());
    files.emplace_back("mapping.yaml", "mapping");
    files.emplace_back("network.yaml", "network");
    files.emplace_back("platform.yaml", "platform");
    return files;
}

/// A bundle in memory, its manifest as JSON that a test may change.
struct EditedBundle {
    Json manifest;
    std::map<std::string, std::string> files;

    explicit EditedBundle(const MadeBundle& made) {
        const BundleFiles all = all_files(made);
        manifest = Json::parse(manifest_json(made.bundle(), all));
        files.insert(all.begin(), all.end());
    }
};

std::vector<std::string> lines_of(const InputError& error) {
    std::vector<std::string> lines;
    for (const Fault& fault : error.faults()) {
        lines.push_back(format_fault(fault));
    }
    return lines;
}

/// @throws InputError
Manifest manifest_of(const EditedBundle& bundle) {
    FaultList faults;
    std::optional<Node> document = parse_json(bundle.manifest.dump(), "bundle/manifest.json", faults);
    std::optional<Manifest> manifest = read_manifest(std::move(document.value()), faults);
    faults.throw_if_any();
    return std::move(manifest.value());
}

/// What report_differences() says of two manifests.
std::vector<std::string> manifest_differences(const std::string& found, const std::string& expected) {
    FaultList unread;
    const std::optional<Node> a = parse_json(found, "found", unread);
    const std::optional<Node> b = parse_json(expected, "expected", unread);
    unread.throw_if_any();
    FaultList faults;
    report_differences(a.value(), b.value(), faults);
    std::vector<std::string> lines;
    for (const Fault& fault : faults.faults()) {
        lines.push_back(fault.path.empty() ? fault.message : fault.path + ": " + fault.message);
    }
    return lines;
}

/// What is said of a bundle; nothing if it is fine.
std::vector<std::string> faults_of(const MadeBundle& made, const EditedBundle& bundle) {
    try {
        const BundleFolder folder{manifest_of(bundle), bundle.files};
        static_cast<void>(
            check_bundle("bundle", folder, {made.units, made.parameters, made.mapping, made.platform}));
    } catch (const InputError& error) {
        CHECK_FALSE(error.faults().empty());
        return lines_of(error);
    }
    return {};
}

bool mentions(const std::vector<std::string>& faults, const std::string& text) {
    return std::any_of(faults.begin(), faults.end(),
                       [&](const std::string& fault) { return fault.find(text) != std::string::npos; });
}

std::string joined(const std::vector<std::string>& faults) {
    std::string text;
    for (const std::string& fault : faults) {
        text += fault + "\n";
    }
    return text;
}

/// Something is said of the bundle that has this text in it.
void check_refused(const MadeBundle& made, const EditedBundle& bundle, const std::string& message) {
    const std::vector<std::string> faults = faults_of(made, bundle);
    CAPTURE(joined(faults));
    CHECK(mentions(faults, message));
}

void add_pointers(const Json& value, const Json::json_pointer& where, std::vector<Json::json_pointer>& all) {
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        all.push_back(where / i);
        add_pointers(value[i], where / i, all);
    }
    for (auto it = value.begin(); value.is_object() && it != value.end(); ++it) {
        all.push_back(where / it.key());
        add_pointers(it.value(), where / it.key(), all);
    }
}

/// Calls `change` with every value of a document that is no object or list replaced by another of its kind,
/// and with every value of any kind replaced by one of another kind or removed.
void for_each_change(const Json& document,
                     const std::function<void(const std::string&, const Json&)>& change) {
    std::vector<Json::json_pointer> all;
    add_pointers(document, Json::json_pointer(), all);
    for (const Json::json_pointer& where : all) {
        const std::string pointer = where.to_string();
        const Json& value = document[where];
        Json changed = document;
        if (value.is_number_integer()) {
            changed[where] = value.get<std::int64_t>() + 1;
        } else if (value.is_number()) {
            changed[where] = value.get<double>() * 2;
        } else if (value.is_string()) {
            changed[where] = value.get<std::string>() + "x";
        } else if (!value.is_structured()) {
            changed[where] = 1;
        }
        if (!value.is_structured()) {
            change(pointer, changed);
        }
        if (value.is_string()) {
            changed[where] = "";
            change(pointer + " (empty)", changed);
        }
        if (value.is_object()) {
            changed[where]["more"] = 1;
            change(pointer + " (one key more)", changed);
        }
        changed = document;
        changed[where] = value.is_string() ? Json(1) : Json("something");
        change(pointer + " (of another kind)", changed);
        changed = document;
        Json& parent = changed[where.parent_pointer()];
        if (parent.is_object()) {
            parent.erase(where.back());
        } else {
            parent.erase(std::stoul(where.back()));
        }
        change(pointer + " (removed)", changed);
    }
}

/// A bundle in a folder that is gone afterwards.
class BundleOnDisk {
public:
    [[nodiscard]] std::string path() const { return folder_.path().string(); }

    void write(const EditedBundle& bundle) const {
        OutputFolder folder(path());
        for (const auto& [name, content] : bundle.files) {
            folder.add(name, content);
        }
        folder.add("manifest.json", bundle.manifest.dump());
        folder.commit();
    }
    [[nodiscard]] std::vector<std::string> faults() const {
        try {
            static_cast<void>(read_bundle(path()));
        } catch (const InputError& error) {
            return lines_of(error);
        }
        return {};
    }

private:
    Folder folder_;
};

}  // namespace

TEST_CASE("a bundle is what its network's cut gives", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    CHECK(joined(faults_of(made, EditedBundle(made))).empty());
    const EditedBundle bundle(made);
    const BundleFolder folder{manifest_of(bundle), bundle.files};
    const CheckedBundle checked =
        check_bundle("bundle", folder, {made.units, made.parameters, made.mapping, made.platform});
    const std::vector<VerifiedInput> results = run_inputs(
        checked.subject(),
        {seeded_input(network.output(LayerId{}), 5), seeded_input(network.output(LayerId{}), 6)}, 0);
    REQUIRE(results.size() == 2);
    for (const VerifiedInput& result : results) {
        CHECK(result.float_error < 1e-6);
        CHECK(result.sqnr_db > 15);
        CHECK(result.sqnr_db < 80);
    }
}

TEST_CASE("bundles of random mappings are what their networks' cuts give", "[bundle][bundle_check]") {
    std::size_t count = 0;
    for (std::uint32_t seed = 1; seed <= 200 / kFewer; ++seed) {
        Random random(seed);
        const Network network = random_network(random, random.between(2, 4));
        const Platform platform = make_platform();
        const ReferenceCosts costs(network, platform);
        if (costs.units().size() > 6) {
            continue;
        }
        const auto partitions = ReferenceSpace(costs, DesignSpace{}).partitions(300);
        if (!partitions) {
            continue;
        }
        for (const RefPartition& partition : *partitions) {
            if (random.below(30) != 0) {
                continue;
            }
            CAPTURE(seed, partition.mapping.runs.size(), partition.mapping.splits.size());
            const MadeBundle made(network, partition.mapping);
            REQUIRE(joined(faults_of(made, EditedBundle(made))).empty());
            ++count;
        }
    }
    CHECK(count > 50 / kFewer);
}

TEST_CASE("no change to a manifest goes unnoticed", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    EditedBundle bundle(made);
    // What says where a bundle comes from has nothing to be compared with here, and sizes of files are
    // compared with the folder: another value may stand there, but one of the same kind.
    const std::regex free(
        "/(calibration|weights)/seed|/calibration/inputs|/tool/version|/files/[0-9]+/bytes");
    std::size_t refused = 0;
    Random random(1);
    for_each_change(bundle.manifest, [&](const std::string& what, const Json& changed) {
        if (random.below(kFewer) != 0) {
            return;
        }
        EditedBundle other = bundle;
        other.manifest = changed;
        if (faults_of(made, other).empty()) {
            CAPTURE(what);
            CHECK(std::regex_match(what, free));
        } else {
            ++refused;
        }
    });
    CHECK(refused > 1000 / kFewer);
}

TEST_CASE("steps and tensors cannot be left out, added or exchanged", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    const EditedBundle bundle(made);
    const auto refused = [&](const auto& change, const std::string& message) {
        EditedBundle other = bundle;
        change(other);
        check_refused(made, other, message);
    };
    const std::size_t steps = bundle.manifest["steps"].size();
    REQUIRE(steps > 1);
    REQUIRE(bundle.manifest["tensors"].size() > 1);
    REQUIRE(bundle.manifest["layers"].size() > 1);
    for (std::size_t i = 0; i < steps; ++i) {
        refused([&](EditedBundle& b) { b.manifest["steps"].erase(i); }, "step");
        refused([&](EditedBundle& b) { b.manifest["steps"].push_back(b.manifest["steps"][i]); },
                "steps: has " + std::to_string(steps + 1) + " entries, but the rest of the bundle gives " +
                    std::to_string(steps));
        for (std::size_t k = 0; k < i; k += kFewer) {
            refused(
                [&](EditedBundle& b) {
                    std::swap(b.manifest["steps"][i], b.manifest["steps"][k]);
                    std::swap(b.manifest["steps"][i]["id"], b.manifest["steps"][k]["id"]);
                },
                "step");
        }
    }
    for (std::size_t i = 0; i < bundle.manifest["tensors"].size(); ++i) {
        refused([&](EditedBundle& b) { b.manifest["tensors"].erase(i); }, "tensors: has ");
        refused([&](EditedBundle& b) { b.manifest["tensors"].push_back(b.manifest["tensors"][i]); },
                "tensors: has ");
    }
    for (std::size_t i = 0; i < bundle.manifest["layers"].size(); ++i) {
        refused([&](EditedBundle& b) { b.manifest["layers"].erase(i); },
                "layers: has 14 entries, but the rest of the bundle gives 15");
        refused(
            [&](EditedBundle& b) {
                b.manifest["layers"][i]["parts"].push_back(b.manifest["layers"][i]["parts"][0]);
            },
            fmt::format("layers[{}].parts: has ", i));
    }
    refused([](EditedBundle& b) { b.manifest["vectors"][0]["tensors"].erase(1); },
            "vectors[0].tensors: has ");
    refused([](EditedBundle& b) { b.manifest["vectors"] = Json::array(); }, "vectors: has 0 entries");
    refused([](EditedBundle& b) { b.manifest["steps"] = Json::array(); }, "steps: has 0 entries");
    refused([](EditedBundle& b) { b.manifest["tensors"][0] = 3; }, "tensors[0]: is a number (a map");
    refused([](EditedBundle& b) { b.manifest["schema_version"] = 2; },
            "schema_version: version '2' is not supported");
    refused([](EditedBundle& b) { b.manifest["steps"][0]["file"] = "../../etc/passwd"; },
            "steps[0].file: is \"../../etc/passwd\", but the rest of the bundle gives \"steps/s000_");
    refused([](EditedBundle& b) { b.manifest["steps"][0]["file"] = "steps/none.onnx"; },
            "steps[0].file: is \"steps/none.onnx\"");
    refused(
        [](EditedBundle& b) {
            b.manifest["tensors"][1]["shape"] = {1, INT64_MAX, INT64_MAX, INT64_MAX};
        },
        "tensors[1].shape[1]: is 9223372036854775807, but");
    refused(
        [](EditedBundle& b) {
            b.manifest["tensors"][1]["channels"] = {INT64_MAX, INT64_MAX};
        },
        "tensors[1].channels[0]: is 9223372036854775807, but");
    refused([](EditedBundle& b) { b.manifest["steps"][0]["expected"]["energy_pj"] = INT64_MAX; },
            "steps[0].expected.energy_pj: is 9223372036854775807, but");
    refused([](EditedBundle& b) { b.manifest["point"]["standing_power_mw"] = INT64_MAX; },
            "point.standing_power_mw: is 9223372036854775807, but");
}

TEST_CASE("a bundle's times, energies and bytes are those of its platform", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    const EditedBundle bundle(made);
    const auto refused = [&](const auto& change, const std::string& message) {
        EditedBundle other = bundle;
        change(other.manifest);
        check_refused(made, other, message);
    };
    refused([](Json& m) { m["platform"]["gpu"]["profile"] = "another"; },
            "platform.gpu.profile: is \"another\", but");
    refused([](Json& m) { m["platform"]["fpga"]["clock_hz"] = 1; }, "platform.fpga.clock_hz: is 1, but");
    refused(
        [](Json& m) {
            m["weights"] = {{"source", "Model"}, {"sha256", std::string(64, '0')}};
        },
        "weights.source: 'Model' is none of: seed, model");
    refused([](Json& m) { m["more"] = 1; }, "unknown key 'more'");
    refused([](Json& m) { m["tool"]["version"] = "1.2.3\x1b[2J"; }, "version must be such as '1.2.3'");
    refused([](Json& m) { m["point"]["id"] = "p1\x1b[2J"; }, "id must be such as 'p001'");
    refused(
        [](Json& m) {
            m["calibration"] = {{"source", "files"}, {"inputs", 2}, {"sha256", Json::array()}};
        },
        "calibration.sha256: must have one for each of the 2 inputs");
    // Sums that fit each other, but steps that take no time or energy.
    refused(
        [](Json& m) {
            for (Json& step : m["steps"]) {
                step["expected"] = {{"start_ns", 0}, {"duration_ns", 0}, {"energy_pj", 0}};
            }
            m["point"].update({{"latency_ns", 0}, {"energy_pj", 0}, {"standing_energy_pj", 0}});
        },
        "steps[0].expected.duration_ns: is 0, but");
    // Sums of another width, with the bytes that it takes.
    const auto sums = [](const Json& tensor) { return tensor["content"] == "partial_sums"; };
    const Json& tensors = bundle.manifest["tensors"];
    const auto at =
        static_cast<std::size_t>(std::find_if(tensors.begin(), tensors.end(), sums) - tensors.begin());
    REQUIRE(at < tensors.size());
    refused(
        [&](Json& m) {
            Json& crossing = m["tensors"][at]["crossing"];
            const std::int64_t bits = crossing["bits"] == 32 ? 24 : 32;
            const std::int64_t bytes =
                crossing["bytes"].get<std::int64_t>() * bits / crossing["bits"].get<std::int64_t>();
            m["point"]["link_bytes"] =
                m["point"]["link_bytes"].get<std::int64_t>() - crossing["bytes"].get<std::int64_t>() + bytes;
            crossing["bits"] = bits;
            crossing["bytes"] = bytes;
        },
        ".crossing.bits: is");
    EditedBundle other = bundle;
    other.files["schedule.json"] = "{}";
    CHECK(mentions(faults_of(made, other), "schedule.json: error: is not the timeline of the steps"));
}

TEST_CASE("exponents that follow from others cannot be chosen", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    const EditedBundle bundle(made);
    const auto refused = [&](const std::string& pointer, const Json& value, const std::string& message) {
        EditedBundle other = bundle;
        other.manifest[Json::json_pointer(pointer)] = value;
        check_refused(made, other, message);
    };
    // The first layer is the first of a run on the FPGA.
    const Json& exponents = bundle.manifest["layers"][0]["parts"][0]["exponents"];
    REQUIRE(exponents.size() == 3);
    for (const char* derived : {"weights", "bias"}) {
        const std::int64_t more = exponents[derived].get<std::int64_t>() + 1;
        refused(std::string("/layers/0/parts/0/exponents/") + derived, more,
                fmt::format("layers[0].parts[0].exponents.{}: is {}, but the rest of the bundle gives {}",
                            derived, more, more - 1));
    }
    refused("/layers/0/parts/0/exponents/output", 61,
            "layers[0].parts[0].exponents.output: '61' is out of range");
    refused("/layers/0/parts/0/exponents/scale", 1, "layers[0].parts[0].exponents: unknown key 'scale'");
    const Json& tensors = bundle.manifest["tensors"];
    const auto at = static_cast<std::size_t>(
        std::find_if(tensors.begin(), tensors.end(),
                     [](const Json& tensor) {
                         return tensor.contains("crossing") && tensor["crossing"]["direction"] == "to_fpga";
                     }) -
        tensors.begin());
    REQUIRE(at < tensors.size());
    refused(fmt::format("/tensors/{}/exponent", at), 5,
            fmt::format("tensors[{}].scale: is {}, but the rest of the bundle gives 32.0", at,
                        tensors[at]["scale"].dump()));
}

TEST_CASE("only the first differences of a manifest are told", "[bundle][bundle_check]") {
    Json written{{"list", Json::array()}, {"name", "a"}, {"real", 2.0}, {"nothing", nullptr}};
    for (int i = 0; i < 30; ++i) {
        written["list"].push_back({{"value", i}});
    }
    const auto differences = [&](const auto& change) {
        Json found = written;
        change(found);
        return manifest_differences(found.dump(), written.dump());
    };
    const auto gives = [](const std::string& found, const std::string& right) {
        return "is " + found + ", but the rest of the bundle gives " + right;
    };
    using Lines = std::vector<std::string>;
    CHECK(differences([](Json&) {}).empty());
    // Another order of keys, and a real number without its fraction, say the same.
    CHECK(manifest_differences(R"({"b": 2, "a": 1})", R"({"a": 1, "b": 2.0})").empty());
    CHECK(manifest_differences(R"({"a": 1.0})", R"({"a": 1})") == Lines{"a: " + gives("1.0", "1")});
    CHECK(manifest_differences(R"({"a": 18446744073709551615})", R"({"a": -1})") ==
          Lines{"a: " + gives("18446744073709551615", "-1")});
    CHECK(manifest_differences("[]", "{}") == Lines{gives("a list", "an object")});
    CHECK(differences([](Json& m) { m["list"][3]["value"] = "3"; }) ==
          Lines{"list[3].value: " + gives("\"3\"", "3")});
    CHECK(differences([](Json& m) { m["nothing"] = 0; }) == Lines{"nothing: " + gives("0", "null")});
    CHECK(differences([](Json& m) { m["name"] = "\x1b[2J\n"; }) ==
          Lines{"name: " + gives(R"("\u001b[2J\n")", R"("a")")});
    CHECK(differences([](Json& m) { m["name"] = std::string(1000, 'x'); }).front().size() < 200);
    CHECK(differences([](Json& m) { m.erase("name"); }) == Lines{"missing key 'name'"});
    CHECK(differences([](Json& m) { m["list"][0]["more"] = 1; }) == Lines{"list[0]: unknown key 'more'"});
    CHECK(differences([](Json& m) { m["list"].erase(29); }) ==
          Lines{"list: has 29 entries, but the rest of the bundle gives 30"});
    const Lines many = differences([](Json& m) {
        for (Json& item : m["list"]) {
            item["value"] = -1;
        }
    });
    REQUIRE(many.size() == 17);
    CHECK(many[15] == "list[15].value: " + gives("-1", "15"));
    CHECK(many[16] == "14 more differences");
}

TEST_CASE("a bundle holds what is listed for it", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    std::vector<std::string> names;
    for (const auto& [name, content] : all_files(made)) {
        names.push_back(name);
    }
    const std::vector<std::string> expected = bundle_file_names(made.bundle());
    CHECK(expected.size() > 15);
    CHECK(names == expected);
}

TEST_CASE("what no bundle can hold is refused", "[bundle][bundle_check]") {
    const Network network =
        Chain({4, 6, 6}).then("odd", Other{"Einsum", {4, 6, 6}}).then("conv", conv_op(4, 3, 1, 1)).build();
    const MadeBundle made(network, Mapping{});
    std::vector<std::string> faults = undeployable(network, made.parameters, made.platform, made.plan);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0] ==
          "layer 'odd' is an operation without a model (Einsum), and there are no nodes to copy for it (an "
          "ONNX "
          "model has them, from opset 7 on: --model)");
    Parameters parameters = made.parameters;
    parameters[1].copied = "a model";
    CHECK(undeployable(network, parameters, made.platform, made.plan).empty());
}

TEST_CASE("a step's file cannot be another model", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    const EditedBundle bundle(made);
    std::vector<std::string> names;
    for (const auto& [name, content] : bundle.files) {
        if (name.find(".onnx") != std::string::npos) {
            names.push_back(name);
        }
    }
    REQUIRE(names.size() > 8);
    for (std::size_t i = 0; i < names.size(); ++i) {
        EditedBundle other = bundle;
        other.files[names[i]] = bundle.files.at(names[(i + 1) % names.size()]);
        CHECK(mentions(faults_of(made, other), names[i] + ": error: is not what the network's cut gives"));
    }
    // A single weight, one bit of it.
    std::size_t changed = 0;
    for (const std::string& name : names) {
        OnnxModel model = read_onnx(bundle.files.at(name));
        for (OnnxTensor& tensor : model.initializers) {
            if (tensor.name.find(".weights_quantized") != std::string::npos) {
                tensor.ints.back() ^= 1;
                EditedBundle other = bundle;
                other.files[name] = write_onnx(model);
                CHECK(mentions(faults_of(made, other), "has other weights"));
                tensor.ints.back() ^= 1;
                ++changed;
            }
        }
    }
    CHECK(changed >= 6);
    // Damaged bytes: refused, or what was changed does not count; never a crash.
    Random random(1);
    for (int i = 0; i < 400 / kFewer; ++i) {
        EditedBundle other = bundle;
        const std::string& name = random.pick(names);
        std::string& bytes = other.files[name];
        const auto at = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size())));
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        static_cast<void>(faults_of(made, other));
        bytes.resize(at);
        CHECK_FALSE(faults_of(made, other).empty());
    }
}

TEST_CASE("test vectors are what the steps compute", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    const EditedBundle bundle(made);
    REQUIRE(!bundle.manifest["vectors"][0]["tensors"].empty());
    for (const Json& recorded : bundle.manifest["vectors"][0]["tensors"]) {
        EditedBundle other = bundle;
        std::string& bytes = other.files.at(recorded["file"]);
        bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 0x20);
        CAPTURE(recorded["tensor"]);
        CHECK(mentions(faults_of(made, other), "vectors[0]: "));
        bytes.pop_back();
        CHECK(mentions(faults_of(made, other), "does not hold"));
    }
    EditedBundle other = bundle;
    std::string& bytes = other.files.at("vectors/0/float_output.bin");
    bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 0x20);
    CHECK(mentions(faults_of(made, other), "the whole network's output differs"));
}

TEST_CASE("a bundle belongs to its mapping and weights", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    const EditedBundle bundle(made);
    const BundleFolder folder{manifest_of(bundle), bundle.files};
    const Parameters other = seeded_parameters(network, 2);
    CHECK_THROWS_WITH(check_bundle("b", folder, {made.units, other, made.mapping, made.platform}),
                      Catch::Contains("is not what the network's cut gives"));
    CHECK_THROWS_WITH(
        check_bundle("b", folder, {made.units, made.parameters, Mapping{}, made.platform}),
        Catch::Contains("bundle/manifest.json:1:") && Catch::Contains("but the rest of the bundle gives"));
}

TEST_CASE("the files of a bundle are those of its manifest", "[bundle][bundle_check]") {
    const Network network = sample();
    const MadeBundle made(network, sample_mapping(network));
    const EditedBundle bundle(made);
    const auto refused = [&](const auto& change, const std::string& message) {
        const BundleOnDisk folder;
        folder.write(bundle);
        change(fs::path(folder.path()));
        const std::vector<std::string> faults = folder.faults();
        CAPTURE(joined(faults));
        CHECK(mentions(faults, message));
    };
    const auto refused_manifest = [&](const auto& change, const std::string& message) {
        EditedBundle other = bundle;
        change(other.manifest);
        refused([&](const fs::path& path) { std::ofstream(path / "manifest.json") << other.manifest; },
                message);
    };
    {
        const BundleOnDisk folder;
        folder.write(bundle);
        CHECK(joined(folder.faults()).empty());
        CHECK(read_bundle(folder.path()).files == bundle.files);
        CHECK(mentions({joined(BundleOnDisk().faults())}, "manifest.json: error: cannot read the file"));
    }
    refused([](const fs::path& p) { fs::remove(p / "schedule.json"); }, "schedule.json: error: is missing");
    refused([](const fs::path& p) { std::ofstream(p / "schedule.json") << "{}"; }, "has 2 bytes, not the");
    refused([](const fs::path& p) { std::ofstream(p / "network.yaml") << "networK"; }, "another SHA-256");
    refused([](const fs::path& p) { std::ofstream(p / "extra.bin") << "x"; },
            "extra.bin: error: is not listed");
    refused(
        [](const fs::path& p) {
            fs::remove(p / "network.yaml");
            fs::create_symlink("/dev/zero", p / "network.yaml");
        },
        "network.yaml: error: is no regular file");
    refused(
        [](const fs::path& p) {
            fs::rename(p / "steps", p / "elsewhere");
            fs::create_directory_symlink("elsewhere", p / "steps");
        },
        "steps: error: is no regular file");
    refused([](const fs::path& p) { fs::create_directories(p / "more/less"); },
            "more/less: error: is not listed");
    refused(
        [](const fs::path& p) {
            fs::remove(p / "manifest.json");
            REQUIRE(::mkfifo((p / "manifest.json").c_str(), 0600) == 0);
        },
        "manifest.json: error: is no regular file");
    refused([](const fs::path& p) { std::ofstream(p / "manifest.json") << "{"; }, "is no JSON");
    refused([](const fs::path& p) { std::ofstream(p / "manifest.json") << "[]"; }, "the document is a list");
    refused_manifest([](Json& m) { m["files"][0]["path"] = "../secret.bin"; },
                     "no file name that a bundle may have");
    refused_manifest([](Json& m) { m["files"][0]["path"] = "/etc/passwd"; },
                     "no file name that a bundle may have");
    refused_manifest([](Json& m) { m["files"][0]["path"] = "manifest.json"; }, "lists manifest.json itself");
    refused_manifest([](Json& m) { m["files"].push_back(m["files"][0]); }, "is listed twice");
    refused_manifest([](Json& m) { m["files"][0]["bytes"] = INT64_MAX; }, "has more than");
    refused_manifest([](Json& m) { m["files"].erase(0); }, "is not listed");
    refused_manifest(
        [](Json& m) {
            m["files"].erase(std::find_if(m["files"].begin(), m["files"].end(),
                                          [](const Json& file) { return file["path"] == "platform.yaml"; }));
        },
        "files: file 'platform.yaml' is not listed");
}

TEST_CASE("file names of a bundle stay inside it", "[bundle][bundle_check]") {
    for (const char* good : {"network.yaml", "steps/s000_gpu.onnx", "a/b/c.d"}) {
        CHECK(is_bundle_path(good));
    }
    for (const char* bad : {"", ".", "..", "a", "/a.b", "a/", "a//b.c", "../a.b", "a/../b.c", "a/.b", "a.b.c",
                            "A.b", "a b.c", "a\\b.c", "a.", ".b", "a.b/c.d", "a.b\n"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_bundle_path(bad));
    }
}
