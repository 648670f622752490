// SPDX-License-Identifier: Apache-2.0
// Times of kernels, joined to layers: trtexec, ONNX Runtime, PyTorch.
#include "cleave/measurements/trtexec.hpp"
#include "cleave/models/read_measurements.hpp"
#include "measurements/measured.hpp"
#include "support/folder.hpp"
#include "support/skip.hpp"

#include <filesystem>

using namespace cleave;
using namespace cleave::testing;
using Catch::Matchers::Contains;

namespace {

/// Two convolutions of one map that a GPU may run as one, behind a strided one; names as in the samples.
constexpr const char* kTwins = R"(cleave_network: 1
name: twins
input: {channels: 3, height: 224, width: 224}
modules:
  - name: conv1
    layers:
      - {name: conv, op: conv, kernel: 3, stride: 2, filters: 64, then: [relu]}
  - name: fire2
    layers:
      - {name: expand1x1, op: conv, kernel: 1, filters: 64, from: conv1/conv}
      - {name: expand3x3, op: conv, kernel: SIZE, pad: PAD, filters: 32, from: conv1/conv}
      - {name: concat, op: concat, from: [expand1x1, expand3x3]}
)";

std::string twins(const Folder& folder, const std::string& size, const std::string& pad) {
    std::string text = kTwins;
    text.replace(text.find("SIZE"), 4, size);
    text.replace(text.find("PAD"), 3, pad);
    return folder.write("twins" + size + ".yaml", text);
}

MeasureOptions of_model(const std::string& model) {
    MeasureOptions options;
    options.model = model;
    return options;
}

}  // namespace

TEST_CASE("a profile of trtexec gives the layers of its model their medians", "[measurements][trtexec]") {
    const Folder folder;
    // The layer information is of the first layer only; the others are known by name.
    const std::vector<std::string> files{sample("trtexec_profile.json"), sample("trtexec_layers.json")};
    const Measured measured = measure(ReportSource::trtexec, files, of_model(twins(folder, "3", "1")));
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "op") == "conv");
    CHECK(cell(measured.table, 0, "h_out") == "111");
    CHECK(cell(measured.table, 0, "c_out") == "64");
    CHECK(cell(measured.table, 0, "stride") == "2");
    CHECK(cell(measured.table, 0, "latency_ms") == "0.1416");
    // Both times without a row are told, and the layers without one.
    CHECK_THAT(all_notes(measured), Contains("no row for a kernel of 0.0179 ms (reorders a map)"));
    CHECK_THAT(all_notes(measured),
               Contains("no row for a kernel of 0.1198 ms (computes several different layers)"));
    CHECK_THAT(all_notes(measured), !Contains("no time for"));
}

TEST_CASE("convolutions of one map that run as one are one wider row", "[measurements][trtexec]") {
    const Folder folder;
    const Measured measured =
        measure(ReportSource::trtexec, {sample("trtexec_profile.json")}, of_model(twins(folder, "1", "0")));
    REQUIRE(measured.table.rows.size() == 2);
    CHECK(cell(measured.table, 1, "c_in") == "64");
    CHECK(cell(measured.table, 1, "c_out") == "96");
    CHECK(cell(measured.table, 1, "kernel_h") == "1");
    CHECK(cell(measured.table, 1, "latency_ms") == "0.1198");
    CHECK(cell(measured.table, 1, "kernel") == "fire2/expand1x1 || fire2/expand3x3 + fire2/relu");
}

TEST_CASE("layer information of names alone is enough to join by", "[measurements][trtexec]") {
    const Folder folder;
    const Measured measured = measure(
        ReportSource::trtexec, {sample("trtexec_profile.json"), sample("trtexec_layers_names_only.json")},
        of_model(twins(folder, "1", "0")));
    CHECK(measured.table.rows.size() == 2);
}

TEST_CASE("nodes in the metadata count before those in names", "[measurements][trtexec]") {
    const Folder folder;
    const std::string profile = folder.write(
        "profile.json",
        R"([{"count": 10}, {"name": "kernel 7", "timeMs": 5, "averageMs": 0.5, "percentage": 100}])");
    const std::string layers = folder.write(
        "layers.json",
        R"({"Layers": [{"Name": "kernel 7", "LayerType": "CaskConvolution", "Metadata": "[ONNX Layer: other[0]][ONNX Layer: conv1/conv]"}]})");
    const Measured measured =
        measure(ReportSource::trtexec, {layers, profile}, of_model(twins(folder, "1", "0")));
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "latency_ms") == "0.5");
    CHECK_THAT(all_notes(measured), Contains("the profile has no medians"));
    CHECK_THAT(all_notes(measured), Contains("no time for 2 of 3 layers"));
}

TEST_CASE("names of an engine's layers are taken apart", "[measurements][trtexec]") {
    using Names = std::vector<std::string>;
    CHECK(node_names("a + b") == Names{"a", "b"});
    CHECK(node_names("a || b + c") == Names{"a", "b", "c"});
    CHECK(node_names("a + PWN(PWN(b), PWN(c, d))") == Names{"a", "b", "c", "d"});
    CHECK(node_names("{ForeignNode[a...b]}") == Names{"{ForeignNode[a...b]}"});
}

TEST_CASE("without a model the convolutions that the layer information describes have rows",
          "[measurements][trtexec]") {
    const std::vector<std::string> files{sample("trtexec_profile.json"), sample("trtexec_layers.json")};
    const Measured measured = measure(ReportSource::trtexec, files, {});
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "kernel_h") == "3");
    CHECK(cell(measured.table, 0, "h_in") == "224");
    CHECK_THAT(all_notes(measured), Contains("no row for 2 kernels of 0.1377 ms"));
    CHECK_THAT(faults_of(ReportSource::trtexec, {sample("trtexec_profile.json")}),
               Contains("trtexec_profile.json:1:1: error: describes no layers by itself: name the model"));
}

TEST_CASE("what is wrong with files of trtexec is said with its place", "[measurements][trtexec]") {
    const Folder folder;
    const MeasureOptions options = of_model(twins(folder, "1", "0"));
    const std::string profile = sample("trtexec_profile.json");
    const auto fault = [&](const std::string& name, const std::string& text) {
        return faults_of(ReportSource::trtexec, {profile, folder.write(name, text)}, options);
    };
    CHECK_THAT(fault("cut.json", "{\"Layers\": [\"a\",\n \"b"), Contains("cut.json:2:4: error: is no JSON"));
    CHECK_THAT(fault("unknown.json", "[{\"ms\": 1}]"),
               Contains("unknown.json:1:1: error: is no report of trtexec"));
    CHECK_THAT(fault("other.json", "{\"Layers\": [\n\"pool5\"]}"),
               Contains("other.json:2:1: error: layer 'pool5' is not in the profile, or not in this order"));
    CHECK_THAT(fault("empty.json", " \n"), Contains("empty.json:1:1: error: the file is empty"));
    CHECK_THAT(fault("again.json", "[{\"count\": 1}, {\"name\": \"a\", \"averageMs\": 1}]"),
               Contains("one profile (--exportProfile) is needed"));
    // Of one file, everything.
    const std::string twice = fault("twice.json", "[{\"count\": 0},\n{\"averageMs\": -1}]");
    CHECK_THAT(twice, Contains("twice.json:1:12: error: [0].count: "));
    CHECK_THAT(twice, Contains("twice.json:2:1: error: [1]: "));
    CHECK_THAT(twice, Contains("twice.json:2:15: error: [1].averageMs: "));
    CHECK_THAT(faults_of(ReportSource::trtexec,
                         {folder.write("dla.json",
                                       "[{\"count\": 1},\n{\"name\": \"data to nvm\", \"averageMs\": 1}]")},
                         options),
               Contains("dla.json:2:1: error: [1]: times of a DLA"));
    CHECK_THAT(faults_of(ReportSource::trtexec, {profile},
                         of_model(source_dir() + "/network_specs/mobilenet_v2_0.5.yaml")),
               Contains("none of its names is that of a convolution"));
}

TEST_CASE("an engine of another batch or shape than the model is refused", "[measurements][trtexec]") {
    const Folder folder;
    const auto fault = [&](const std::string& dims) {
        const std::string layers = folder.write(
            "layers.json",
            "{\"Layers\": [{\"Name\": \"conv1/conv + conv1/relu\", \"Outputs\": [{\"Name\": \"y\", "
            "\"Dimensions\": " +
                dims + "}]}]}");
        return faults_of(ReportSource::trtexec, {sample("trtexec_profile.json"), layers},
                         of_model(twins(folder, "1", "0")));
    };
    CHECK(fault("[1,64,111,111]").empty());
    CHECK_THAT(fault("[32,64,111,111]"), Contains("trtexec_profile.json:4:3: error: ") &&
                                             Contains("a batch of 32: rows are of batch 1"));
    CHECK_THAT(fault("[1,64,112,112]"),
               Contains("gives 64x111x111: is it another model, or another input shape"));
}

TEST_CASE("times of queries are a row of a whole network", "[measurements][trtexec]") {
    MeasureOptions options;
    options.workload = "squeezenet@224";
    const Measured measured = measure(ReportSource::trtexec, {sample("trtexec_times.json")}, options);
    // The mean of 2.56 and 2.57; copies are not in it.
    CHECK(csv_text(measured.table) == "workload,latency_ms,gpu_power_mw\nsqueezenet@224,2.565,\n");
    CHECK_THAT(all_notes(measured), Contains("of 0.07 and 0.02 ms"));
    CHECK_THAT(
        faults_of(ReportSource::trtexec, {sample("trtexec_times.json"), sample("trtexec_profile.json")}),
        Contains("give them apart"));
}

TEST_CASE("a profile of ONNX Runtime is joined by nodes, without its first run",
          "[measurements][onnxruntime]") {
    const Folder folder;
    const auto event = [](const char* category, const char* name, int begin, int duration) {
        return fmt::format(
            R"({{"cat":"{}","name":"{}","ts":{},"dur":{},"args":{{"provider":"CPUExecutionProvider"}}}})",
            category, name, begin, duration);
    };
    std::string text = "[";
    for (const int run : {0, 1, 2, 3}) {
        const int begin = 1000 * run;
        // 900 us in the first run, then 110, 120, 130.
        text += (run == 0 ? "" : ",\n") + event("Session", "model_run", begin, 999) + ",\n" +
                event("Node", "conv1/conv_kernel_time", begin + 1, run == 0 ? 900 : 100 + 10 * run) + ",\n" +
                event("Node", "reorder_7_kernel_time", begin + 950, 8);
    }
    const std::string model = twins(folder, "1", "0");
    const Measured measured =
        measure(ReportSource::onnxruntime, {folder.write("runs.json", text + "]")}, of_model(model));
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "latency_ms") == "0.12");
    CHECK_THAT(all_notes(measured), Contains("4 runs: medians without the first"));
    CHECK_THAT(all_notes(measured), Contains("no row for a kernel of 0.008 ms"));
    CHECK_THAT(faults_of(ReportSource::onnxruntime, {folder.write("runs.json", text + "]")}),
               Contains("needs the model that was run"));
    CHECK_THAT(faults_of(ReportSource::onnxruntime, {folder.write("cut.json", text)}, of_model(model)),
               Contains("cut.json:12:") && Contains("is no JSON"));
    CHECK_THAT(faults_of(ReportSource::onnxruntime,
                         {folder.write("none.json", "[" + event("Node", "a", 1, 2) + "]")}, of_model(model)),
               Contains("none.json:1:1: error: has no run of a model"));
}

TEST_CASE("times of a provider that does not wait for the GPU are refused unless asked for",
          "[measurements][onnxruntime]") {
    const Folder folder;
    MeasureOptions options = of_model(folder.write("net.yaml", R"(cleave_network: 1
name: net
input: {channels: 3, height: 224, width: 224}
modules:
  - name: conv1
    layers:
      - {name: conv, op: conv, kernel: 3, stride: 2, filters: 64}
)"));
    std::string text = read_text(sample("ort_profile.json"));
    text.replace(text.find("conv1_kernel"), 5, "conv1/conv");
    const std::string file = folder.write("profile.json", text);
    CHECK_THAT(
        faults_of(ReportSource::onnxruntime, {file}, options),
        Contains("profile.json:3:151: error: [1].args.provider: CUDAExecutionProvider starts kernels"));
    options.host_times = HostTimes::taken;
    const Measured measured = measure(ReportSource::onnxruntime, {file}, options);
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "latency_ms") == "1.371");
    CHECK_THAT(all_notes(measured), Contains("those of the host") && Contains("one run only"));
}

TEST_CASE("a trace of PyTorch has its layers itself", "[measurements][pytorch]") {
    const Measured measured = measure(ReportSource::pytorch, {sample("pytorch_trace.json")}, {});
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "kernel_h") == "7");
    CHECK(cell(measured.table, 0, "h_out") == "112");
    CHECK(cell(measured.table, 0, "pad") == "3");
    CHECK(cell(measured.table, 0, "latency_ms") == "0.2605");
}

TEST_CASE("what a trace of PyTorch lacks is said", "[measurements][pytorch]") {
    const Folder folder;
    const std::string whole = read_text(sample("pytorch_trace.json"));
    const auto without = [&](const std::string& from, const std::string& to) {
        std::string text = whole;
        text.replace(text.find(from), from.size(), to);
        return faults_of(ReportSource::pytorch, {folder.write("trace.json", text)});
    };
    CHECK_THAT(without("\"cat\": \"kernel\"", "\"cat\": \"gpu_memset\""),
               Contains("trace.json:2:17: error: traceEvents: has no kernels of a GPU"));
    CHECK_THAT(without("\"Concrete Inputs\"", "\"Inputs\""), Contains("profile with record_shapes=True"));
    CHECK_THAT(without("[1,3,224,224]", "[8,3,224,224]"),
               Contains("trace.json:3:3: error: ") && Contains("a batch of 8"));
    CHECK_THAT(without("[64,3,7,7]", "[64,3,700,7]"), Contains("its shapes do not fit"));
    CHECK_THAT(without("]}}\n ]}", ","), Contains("is no JSON"));
}

TEST_CASE("rows of kernels are read by calibration", "[measurements]") {
    const Folder folder;
    const Measured traced = measure(ReportSource::pytorch, {sample("pytorch_trace.json")}, {});
    const Measured profiled =
        measure(ReportSource::trtexec, {sample("trtexec_profile.json")}, of_model(twins(folder, "1", "0")));
    FaultList faults;
    const std::string first = folder.write("first.csv", csv_text(traced.table));
    const std::string both = folder.write("both.csv", csv_text(add_rows(first, profiled.table, faults)));
    REQUIRE(faults.empty());
    const GpuData data = load_gpu_data({"", {}, both}, DataUse::check);
    REQUIRE(data.kernels.size() == 3);
    CHECK(data.kernels[0].latency.value() == Approx(260.5e-6));
    CHECK(data.kernels[1].latency.value() == Approx(141.6e-6));
    CHECK(data.kernels[2].work.output.channels == 96);
}

TEST_CASE("real profiles of TensorRT give every convolution its row", "[measurements][trtexec]") {
    const std::filesystem::path folder =
        std::filesystem::path(source_dir()).parent_path() / "shared/formats/real";
    if (!std::filesystem::is_directory(folder)) {
        skip_case("there is no folder " + folder.string());
        return;
    }
    const std::string name = (folder / "trtexec").string() + "/";
    const Measured int8 = measure(
        ReportSource::trtexec,
        {name + "mobilenet.qat.onnx.engine.profile.json", name + "mobilenet.qat.onnx.engine.graph.json"}, {});
    // MobileNetV2 has 52 convolutions; its last layer is a convolution in this engine, too.
    CHECK(int8.table.rows.size() == 53);
    const Measured fp16 = measure(
        ReportSource::trtexec,
        {name + "fuzzylabs_mobilenet_v2_fp16.profile.json", name + "fuzzylabs_mobilenet_v2_fp16.graph.json"},
        {});
    CHECK(fp16.table.rows.size() == 52);
    CHECK_THAT(faults_of(ReportSource::trtexec, {name + "a100_fp32_resnet.onnx.engine.profile.json",
                                                 name + "a100_fp32_resnet.onnx.engine.graph.json"}),
               Contains("the engine works on a batch of 32"));
    CHECK_THAT(faults_of(ReportSource::trtexec, {name + "timing_head.txt"}), Contains("timing_head.txt:6:"));
}
