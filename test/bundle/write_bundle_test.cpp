// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/write_bundle.hpp"

#include "cleave/front/write_front.hpp"
#include "cleave/units/sha256.hpp"
#include "support/bundles.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Names that would do harm where text is not escaped.
const std::vector<std::string> kNames{"quote\"'",        "line\nend", "</script><b>",          "../../escape",
                                      "$(touch x);`id`", "t000",      "\xf0\x9f\x98\x80 # {}:"};

/// Two convolutions with harmful names: a run, a split, and layers beside them.
Network harmful() {
    return Chain({4, 5, 5}, kNames[3])
        .then(kNames[0], conv_op(4, 3, 1, 1))
        .then(kNames[1], Activation{})
        .then(kNames[2], conv_op(6, 1))
        .then(kNames[3], Activation{})
        .module(kNames[2])
        .then(kNames[4], conv_op(6, 1))
        .then(kNames[5], Activation{})
        .then(kNames[6], conv_op(2, 1))
        .build();
}

Mapping harmful_mapping(const Network& network) {
    Mapping mapping{{{find_layer(network, kNames[0])}},
                    {{find_layer(network, kNames[2]), SplitAxis::channels, 2},
                     {find_layer(network, kNames[4]), SplitAxis::filters, 4}}};
    normalize(mapping);
    return mapping;
}

}  // namespace

TEST_CASE("numbers are written little-endian in their type", "[bundle]") {
    CHECK(raw_bytes({1, -2}, TensorType::float32) == std::string("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8));
    CHECK(raw_bytes({-128, 127, -1}, TensorType::int8) == "\x80\x7f\xff");
    CHECK(raw_bytes({-2, 258}, TensorType::int32) == std::string("\xfe\xff\xff\xff\x02\x01\x00\x00", 8));
    CHECK_THROWS_AS(raw_bytes({128}, TensorType::int8), std::invalid_argument);
    CHECK_THROWS_AS(raw_bytes({0.5}, TensorType::int32), std::invalid_argument);
}

TEST_CASE("a step that streams says from what, and starts behind all else that it depends on", "[bundle]") {
    for (const HandOver hand_over : {HandOver::buffered, HandOver::streamed}) {
        const Network network = harmful();
        PlatformOptions options;
        options.hand_over = hand_over;
        const MadeBundle made(network, harmful_mapping(network), options);
        const nlohmann::json manifest =
            nlohmann::json::parse(manifest_json(made.bundle(), BundleFiles{{"network.yaml", "spec"}}));
        const nlohmann::json& steps = manifest["steps"];
        int streams = 0;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const nlohmann::json& step = steps[i];
            const nlohmann::json sources = step.value("streams_from", nlohmann::json::array());
            const auto start = step["expected"]["start_ns"].get<std::int64_t>();
            for (const nlohmann::json& id : step["depends_on"]) {
                CHECK(id.get<std::size_t>() < i);
                const nlohmann::json& source = steps.at(id.get<std::size_t>());
                const auto begin = source["expected"]["start_ns"].get<std::int64_t>();
                const bool is_streamed = std::find(sources.begin(), sources.end(), id) != sources.end();
                if (is_streamed) {
                    CHECK(begin <= start);
                    CHECK((step["device"] == "fpga" ? source["device"] == "link" : step["device"] == "link"));
                    ++streams;
                } else if (step["device"] != source["device"]) {
                    CHECK(begin + source["expected"]["duration_ns"].get<std::int64_t>() <= start);
                }
            }
        }
        CHECK((streams > 0) == (hand_over == HandOver::streamed));
    }
}

TEST_CASE("a manifest says what the plan says, whatever layers are called", "[bundle]") {
    const Network network = harmful();
    const MadeBundle made(network, harmful_mapping(network));
    const BundleFiles files{{"network.yaml", "spec"}};
    const std::string text = manifest_json(made.bundle(), files);
    CHECK(text == manifest_json(made.bundle(), files));
    const nlohmann::json manifest = nlohmann::json::parse(text);
    CHECK(manifest["network"]["sha256"] == sha256("spec"));
    CHECK(manifest["files"] == nlohmann::json::parse(R"([{"path": "network.yaml", "bytes": 4, "sha256": ")" +
                                                     sha256("spec") + "\"}]"));
    std::int64_t bytes = 0;
    std::set<std::string> dtypes;
    for (const nlohmann::json& tensor : manifest["tensors"]) {
        dtypes.insert(tensor["dtype"]);
        bytes += tensor.contains("crossing") ? tensor["crossing"]["bytes"].get<std::int64_t>() : 0;
        CHECK_THAT(tensor["name"].get<std::string>(), Catch::Matches("t[0-9]{3}"));
    }
    CHECK(dtypes == std::set<std::string>{"float32", "int32", "int8"});
    CHECK(bytes == made.score.link_bytes);
    std::int64_t energy = manifest["point"]["standing_energy_pj"];
    for (const nlohmann::json& step : manifest["steps"]) {
        energy += step["expected"]["energy_pj"].get<std::int64_t>();
        if (step["kind"] == "compute") {
            CHECK_THAT(step["file"].get<std::string>(), Catch::Matches("steps/s[0-9]{3}_(gpu|fpga)\\.onnx"));
        }
    }
    CHECK(energy == made.score.energy.ticks());
    REQUIRE(manifest["layers"].size() == kNames.size());
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        const nlohmann::json& layer = manifest["layers"][i];
        CHECK(layer["name"] == kNames[i]);
        for (const nlohmann::json& part : layer["parts"]) {
            const Graph& graph = made.graphs.at(part["step"]);
            CHECK(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                [&](const GraphNode& n) { return n.name == part.value("node", ""); }) == 1);
        }
    }
    // The channels split: 2 of 4 input channels on the FPGA, and what follows on the GPU.
    const nlohmann::json& sums = manifest["layers"][2]["parts"];
    REQUIRE(sums.size() == 2);
    CHECK(sums[0]["device"] == "fpga");
    CHECK(sums[0]["axis"] == "channels");
    CHECK(sums[0]["count"] == 2);
    CHECK(sums[1]["first"] == 2);
    CHECK(manifest["layers"][3]["parts"].size() == 1);
    CHECK(manifest["layers"][5]["parts"].size() == 2);
}

TEST_CASE("tensors of the segments have their own names, whatever layers are called", "[bundle]") {
    const Network network = harmful();
    const MadeBundle made(network, harmful_mapping(network));
    for (std::size_t i = 0; i < made.plan.steps.size(); ++i) {
        const Graph& graph = made.graphs[i];
        std::set<std::string> names;
        for (const GraphTensor& tensor : graph.tensors) {
            CHECK(names.insert(tensor.name).second);
        }
        const PlanStep& step = made.plan.steps[i];
        if (step.device == StepDevice::link) {
            continue;
        }
        REQUIRE(graph.inputs.size() == step.inputs.size());
        for (std::size_t k = 0; k < step.inputs.size(); ++k) {
            CHECK(graph.tensor(graph.inputs[k]).name == made.plan.tensor(step.inputs[k]).name);
        }
        for (std::size_t k = 0; k < step.outputs.size(); ++k) {
            CHECK(graph.tensor(graph.outputs[k]).name == made.plan.tensor(step.outputs[k]).name);
        }
    }
}

TEST_CASE("the schedule has every step on its track", "[bundle]") {
    const Network network = harmful();
    const MadeBundle made(network, harmful_mapping(network));
    const nlohmann::json trace = nlohmann::json::parse(schedule_json(network, made.plan));
    std::map<int, std::string> tracks;
    std::size_t steps = 0;
    double end = 0;
    for (const nlohmann::json& event : trace["traceEvents"]) {
        if (event["ph"] == "M" && event["name"] == "thread_name") {
            tracks[event["tid"]] = event["args"]["name"];
        } else if (event["ph"] == "X") {
            const PlanStep& step = made.plan.steps[event["args"]["step"]];
            CHECK(event["ts"].get<double>() * 1e3 == Approx(static_cast<double>(step.start.ticks())));
            CHECK(event["cat"] == name_of(step.device));
            CHECK(tracks.count(event["tid"]) == 1);
            end = std::max(end, event["ts"].get<double>() + event["dur"].get<double>());
            ++steps;
        }
    }
    CHECK(tracks.size() == 3);
    CHECK(steps == made.plan.steps.size());
    CHECK(end * 1e3 == Approx(static_cast<double>(made.score.latency.ticks())));
}
