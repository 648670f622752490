// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_measurements.hpp"
#include "cleave/report/plot.hpp"
#include "cleave/report/run_section.hpp"
#include "cleave/runs/calibration_rows.hpp"
#include "cleave/runs/compare_run.hpp"
#include "cleave/units/sha256.hpp"
#include "support/bundles.hpp"
#include "support/folder.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace cleave;
using namespace cleave::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const std::string kMarkup = "</script><b>";

/// A run on the FPGA, then a split along channels, then two layers on the GPU.
Network run_network() {
    return Chain({4, 8, 8})
        .then("a", conv_op(4, 3, 1, 1))
        .then("a.relu", Activation{})
        .module("m")
        .then("b,\"", conv_op(6, 1))
        .then("b.relu", Activation{})
        .module("n")
        .then("c", conv_op(8, 3, 1, 1))
        .then("c.relu", Activation{})
        .then(kMarkup, conv_op(8, 3, 1, 1))
        .build();
}

Mapping run_mapping(const Network& network) {
    Mapping mapping{{{find_layer(network, "a")}}, {{find_layer(network, "b,\""), SplitAxis::filters, 2}}};
    normalize(mapping);
    return mapping;
}

/// A bundle's manifest, and what it predicts.
struct Predicted {
    Network network = run_network();
    MadeBundle made{network, run_mapping(network)};
    std::string text = manifest_json(made.bundle(), BundleFiles{{"network.yaml", "spec"}});

    [[nodiscard]] PredictedRun run() const { return *read(text).first; }

    static std::pair<std::optional<PredictedRun>, FaultList> read(const std::string& text) {
        FaultList faults;
        std::optional<Node> document = parse_json(text, "manifest.json", faults);
        REQUIRE(document);
        std::optional<Manifest> manifest = read_manifest(std::move(*document), faults);
        REQUIRE(manifest);
        manifest->sha256 = sha256(text);
        std::optional<PredictedRun> run = read_predicted_run(*manifest, faults);
        return {std::move(run), faults};
    }
};

/// Every step takes twice as long as predicted; kernels and conversions are told apart.
json twice(const PredictedRun& run) {
    json steps = json::array();
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        const PredictedStep& step = run.steps[i];
        json one{{"step", i},
                 {"device", "the " + name_of(step.device)},
                 {"runs", 7},
                 {"median_s", 2 * to_si(step.duration).value()}};
        for (const PredictedTerm& term : step.terms) {
            one[name_of(term.term) + "_s"] = 2 * to_si(term.time).value();
        }
        steps.push_back(std::move(one));
    }
    return {{"schema_version", 1},
            {"bundle", {{"manifest_sha256", run.sha256}}},
            {"devices",
             {{"the gpu", {{"model", run.models[0]}, {"description", kMarkup}}},
              {"the fpga", {{"model", run.models[1]}}},
              {"the link", {{"model", run.models[2]}}}}},
            {"steps", std::move(steps)}};
}

MeasuredRun read_well(const json& document, const PredictedRun& run) {
    FaultList faults;
    const std::optional<Node> node = parse_json(document.dump(1), "measured.json", faults);
    std::optional<MeasuredRun> measured = read_measured_run(*node, run, faults);
    faults.throw_if_any();
    return std::move(*measured);
}

std::string faults_of(const json& document, const PredictedRun& run) {
    try {
        static_cast<void>(read_well(document, run));
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

double sum_of(const std::vector<ComparedTerm>& terms) {
    double sum = 0;
    for (const ComparedTerm& term : terms) {
        sum += term.measured.value();
    }
    return sum;
}

}  // namespace

TEST_CASE("a manifest predicts each step by its terms", "[runs]") {
    const Predicted predicted;
    const PredictedRun run = predicted.run();
    const Plan& plan = predicted.made.plan;
    REQUIRE(run.steps.size() == plan.steps.size());
    CHECK(run.latency == plan.latency);
    CHECK(run.network == predicted.network.name());
    CHECK(run.models[0] == predicted.made.platform.gpu.model().name);
    CHECK(run.models[2] == predicted.made.platform.link.name);
    std::int64_t bytes = 0;
    Nanoseconds conversions;
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        CHECK(run.steps[i].device == plan.steps[i].device);
        CHECK(run.steps[i].duration == plan.steps[i].duration);
        Nanoseconds sum;
        for (const PredictedTerm& term : run.steps[i].terms) {
            sum += term.time;
            conversions += term.term == RunTerm::conversion ? term.time : Nanoseconds();
        }
        CHECK(sum == run.steps[i].duration);
        bytes += run.steps[i].transfer ? run.steps[i].transfer->bytes : 0;
    }
    CHECK(bytes == predicted.made.score.link_bytes);
    // What the groups of the mapping are charged before and behind their transfers.
    Nanoseconds charged;
    for (const ScoredStage& stage : predicted.made.score.stages) {
        for (const GroupCost& group : stage.groups) {
            charged += group.gpu_before + group.gpu_after;
        }
    }
    CHECK(charged > Nanoseconds());
    CHECK(conversions == charged);
    CHECK(run.steps.back().what == "c .. " + kMarkup);
}

TEST_CASE("a manifest without terms, or with others than its durations, is refused", "[runs]") {
    const Predicted predicted;
    json manifest = json::parse(predicted.text);
    json old = manifest;
    old["steps"][1]["expected"].erase("terms");
    const auto [none, faults] = Predicted::read(old.dump(1));
    CHECK_FALSE(none);
    REQUIRE(faults.size() == 1);
    CHECK_THAT(format_fault(faults.faults().front()),
               Contains("manifest.json:") && Contains("older version"));
    manifest["steps"][1]["expected"]["duration_ns"] = 1;
    manifest["steps"][0]["device"] = "npu";
    const auto [wrong, more] = Predicted::read(manifest.dump(1));
    CHECK_FALSE(wrong);
    CHECK(more.size() == 2);
}

TEST_CASE("what is measured is compared step by step and by term", "[runs]") {
    const PredictedRun run = Predicted().run();
    const RunComparison same = compare_run(run, read_well(twice(run), run));
    CHECK(same.missing.empty());
    CHECK(run_warnings(same).empty());
    REQUIRE(same.steps.size() == run.steps.size());
    CHECK(same.total.measured.value() == Approx(2 * same.total.predicted.value()));
    CHECK(same.totals.size() == 4);
    double share = 0;
    for (const RunMiss& miss : same.misses) {
        share += miss.share;
        const ComparedTerm& term = same.steps[miss.position].terms[miss.term];
        CHECK(term.difference().value() == Approx(term.predicted.value()));
    }
    CHECK(share == Approx(1));
    for (const ComparedStep& step : same.steps) {
        CHECK(sum_of(step.terms) == Approx(step.measured.value()));
        CHECK(step.runs == 7);
    }
    const auto longest =
        std::max_element(run.steps.begin(), run.steps.end(),
                         [](const auto& a, const auto& b) { return a.duration < b.duration; });
    CHECK(same.steps[same.misses.front().position].step ==
          static_cast<std::size_t>(longest - run.steps.begin()));
}

TEST_CASE("steps that were not measured, emulated or of another device say so", "[runs]") {
    const PredictedRun run = Predicted().run();
    json document = twice(run);
    document["devices"]["the gpu"].erase("model");
    document["devices"]["the fpga"]["how"] = "emulated";
    json& steps = document["steps"];
    for (std::size_t i = steps.size(); i-- > 0;) {
        if (steps[i]["device"] == "the link") {
            steps.erase(i);
        } else if (steps[i]["device"] == "the fpga") {
            steps[i].erase("fpga_s");
            steps[i]["median_s"] = 1000;
        }
    }
    document["inference"] = {{"times_s", {0.5, 0.25, 4, 1}}};
    const RunComparison comparison = compare_run(run, read_well(document, run));
    const auto is_link = [](const PredictedStep& step) { return step.device == StepDevice::link; };
    CHECK(static_cast<std::ptrdiff_t>(comparison.missing.size()) ==
          std::count_if(run.steps.begin(), run.steps.end(), is_link));
    CHECK(comparison.total.measured < Seconds(1000));
    for (const RunMiss& miss : comparison.misses) {
        CHECK(comparison.steps[miss.position].device == StepDevice::gpu);
    }
    REQUIRE(comparison.inference);
    CHECK(comparison.inference->runs == 4);
    CHECK(comparison.inference->median.value() == 0.75);
    const std::vector<std::string> warnings = run_warnings(comparison);
    REQUIRE(warnings.size() == 2);
    CHECK_THAT(warnings[0], Contains(kMarkup) && Contains("not said to be " + run.models[0]));
    CHECK_THAT(warnings[1], Contains("emulated"));
    const json written = json::parse(run_json(comparison));
    CHECK(written["devices"][2]["measured"].is_null());
    CHECK(written["devices"][0]["is_model"] == false);
    CHECK(written["not_measured"].size() == comparison.missing.size());
    CHECK(written["warnings"].size() == 2);
}

TEST_CASE("kernels and conversions that were measured together are one term", "[runs]") {
    const Predicted predicted;
    const PredictedRun run = predicted.run();
    json document = twice(run);
    std::size_t both = 0;
    for (json& step : document["steps"]) {
        for (const char* part : {"kernel_s", "conversion_s", "transfer_s", "fpga_s"}) {
            step.erase(part);
        }
    }
    const MeasuredRun measured = read_well(document, run);
    for (const ComparedStep& step : compare_run(run, measured).steps) {
        REQUIRE(step.terms.size() == 1);
        CHECK(step.terms.front().measured.value() == step.measured.value());
        both += step.terms.front().terms.size() > 1 ? 1 : 0;
    }
    CHECK(both > 0);
    // What was not told apart says nothing of kernels.
    const CalibrationRows rows = calibration_rows(run, measured, predicted.network);
    CHECK(std::count_if(rows.left_out.begin(), rows.left_out.end(), [](const std::string& text) {
              return text.find("kernel_s") != std::string::npos;
          }) == static_cast<std::ptrdiff_t>(both));
}

TEST_CASE("every fault of a measured run is named at its place", "[runs]") {
    const PredictedRun run = Predicted().run();
    json document = twice(run);
    document["bundle"]["manifest_sha256"] = std::string(64, 'a');
    document["devices"]["the gpu"]["how"] = "guessed";
    json& steps = document["steps"];
    steps[0]["transfer_s"] = 1;
    steps[0]["times_s"] = {1, 2};
    steps[1]["step"] = 0;
    steps[2]["device"] = "the bus";
    steps[2]["median_s"] = -1;
    steps[3]["step"] = 99;
    steps[3]["speed"] = 3;
    steps[4].erase("median_s");
    steps[4]["times_s"] = {1, 2};
    const std::string faults = faults_of(document, run);
    CAPTURE(faults);
    for (const char* what :
         {"another bundle", "unknown way 'guessed'", "which has no such part", "both median_s and times_s",
          "step 0 is there twice", "unknown device 'the bus'", "steps[2].median_s", "'99'",
          "unknown key 'speed'", "is 7, but times_s has 2 items"}) {
        CHECK_THAT(faults, Contains(what));
    }
    CHECK(std::count(faults.begin(), faults.end(), '\n') >= 9);
    CHECK_THAT(faults, Contains("measured.json:"));

    for (const auto& [key, value] : {std::pair<const char*, json>("steps", json::array()),
                                     std::pair<const char*, json>("devices", json::object()),
                                     std::pair<const char*, json>("schema_version", 2)}) {
        json other = twice(run);
        other[key] = value;
        CHECK_THAT(faults_of(other, run), Contains(key));
        other.erase(key);
        CHECK_THAT(faults_of(other, run), Contains("missing key"));
    }
    json mixed = twice(run);
    mixed["devices"]["other"] = json::object();
    mixed["steps"].back()["device"] = "other";
    CHECK_THAT(faults_of(mixed, run), Contains("one device is needed for all"));
}

TEST_CASE("measured kernels and transfers become rows that a calibration reads", "[runs]") {
    const Predicted predicted;
    const PredictedRun run = predicted.run();
    const CalibrationRows rows = calibration_rows(run, read_well(twice(run), run), predicted.network);
    CHECK(rows.workload_count > 0);
    CHECK(rows.transfer_count > 0);
    const Folder folder;
    const GpuData data = load_gpu_data({folder.write("workloads.csv", rows.workloads),
                                        {folder.write("layers.csv", rows.layers)},
                                        folder.write("ops.csv", rows.kernels)},
                                       DataUse::check);
    CHECK(data.left_out.empty());
    REQUIRE(data.workloads.size() == rows.workload_count);
    CHECK(data.kernels.size() == rows.kernel_count);
    double macs = 0;
    for (const Workload& workload : data.workloads) {
        CHECK(workload.network == predicted.network.name());
        for (const WorkloadLayer& layer : workload.layers) {
            macs += layer.count * static_cast<double>(layer.work.macs());
        }
    }
    // All of the network's but the run's, and the FPGA's two filters of six.
    const Network& network = predicted.network;
    const auto of = [&](const std::string& name) {
        return static_cast<double>(network.totals(find_layer(network, name)).macs);
    };
    CHECK(macs == Approx(of("b,\"") * 4 / 6 + of("c") + of(kMarkup)));
    const LinkData link = load_link_data(folder.write("transfers.csv", rows.transfers), DataUse::check);
    double bytes = 0;
    for (const LinkTransfer& transfer : link.transfers) {
        bytes += transfer.size.value() * ((transfer.to_fpga ? 1 : 0) + (transfer.to_gpu ? 1 : 0));
    }
    CHECK(bytes == Approx(static_cast<double>(predicted.made.score.link_bytes)));
    // The FPGA's time, and what does nothing but convert.
    CHECK(std::any_of(rows.left_out.begin(), rows.left_out.end(), [](const std::string& text) {
        return text.find("follows from the clock") != std::string::npos;
    }));

    json emulated = twice(run);
    for (json& device : emulated["devices"]) {
        device["how"] = "emulated";
    }
    const CalibrationRows none = calibration_rows(run, read_well(emulated, run), predicted.network);
    CHECK(none.workload_count + none.kernel_count + none.transfer_count == 0);
    CHECK(none.left_out.size() == run.steps.size());
    CHECK_THROWS_AS(
        calibration_rows(run, read_well(twice(run), run), Chain({4, 8, 8}).then("x", conv_op(2, 1)).build()),
        std::invalid_argument);
}

TEST_CASE("a report draws both times of each step, and names are data", "[runs]") {
    const PredictedRun run = Predicted().run();
    const RunComparison comparison = compare_run(run, read_well(twice(run), run));
    const std::string file = svg_file(run_plot(comparison));
    const std::string section = run_section(comparison);
    const auto count = [](const std::string& text, const std::string& what) {
        std::size_t found = 0;
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
            ++found;
        }
        return found;
    };
    CHECK(count(file, ": predicted") >= run.steps.size());
    CHECK(count(file, "2x") >= run.steps.size());
    CHECK(count(section, "<b>") == 0);
    CHECK(count(section, "&lt;b&gt;") > 0);
    CHECK(count(section, "<section") == 1);
}
