// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_calibrated.hpp"

#include "cleave/models/read_measurements.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/models/write_calibrated_fpga.hpp"
#include "support/folder.hpp"
#include "support/measurements.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kRoot = source_dir();
const std::string kGpu = kRoot + "/cost_models/jetson_tx2.yaml";
const std::string kFpga = kRoot + "/cost_models/cyclone10gx_10cx220.yaml";
const std::string kLink = kRoot + "/cost_models/pcie_gen2_x4_measured.yaml";

/// What only the shipped models' own devices and tools may be said to be.
const std::regex kForeign("TX2|Jetson|Pascal|Cyclone|10CX220|Quartus|toggle|TensorFlow|PCIe",
                          std::regex::icase);

ModelSheet sheet_of(const std::string& yaml, FaultList& faults) {
    const std::optional<Node> root = parse_yaml(yaml, "written", faults);
    REQUIRE(root);
    if (root->find("cleave_gpu") != nullptr) {
        return read_gpu_model(*root, faults).value().sheet;
    }
    if (root->find("cleave_fpga") != nullptr) {
        return read_fpga_model(*root, faults).value().sheet;
    }
    return read_link_model(*root, faults).value().sheet;
}

/// Names of the sources that are marked as taken from `base`; all others tell nothing of another device.
std::set<std::string> marked(const std::string& yaml, const std::string& base) {
    FaultList faults;
    const ModelSheet sheet = sheet_of(yaml, faults);
    REQUIRE(faults.empty());
    std::set<std::string> names;
    for (const Source& source : sheet.sources) {
        CAPTURE(source.name);
        if (source.text.starts_with("Taken from " + base + ", not from these data: ")) {
            names.insert(source.name);
            continue;
        }
        for (const std::string* text : {&source.text, &source.data, &source.holdout, &source.left_out,
                                        &source.worst, &source.correlation}) {
            CAPTURE(*text);
            CHECK(!std::regex_search(*text, kForeign));
        }
    }
    for (const Figure& figure : sheet.figures) {
        CAPTURE(figure.path, figure.source);
        CHECK(!std::regex_search(figure.value, kForeign));
        CHECK((names.contains(figure.source) || !std::regex_search(figure.source, kForeign)));
    }
    CHECK(!std::regex_search(sheet.name, kForeign));
    const std::string unmarked = std::regex_replace(sheet.description, std::regex("taken from " + base), "");
    CHECK(!std::regex_search(unmarked, kForeign));
    for (std::size_t at = 0; yaml.compare(at, 1, "#") == 0; at = yaml.find('\n', at) + 1) {
        CHECK(!std::regex_search(yaml.substr(at, yaml.find('\n', at) - at), kForeign));
    }
    return names;
}

std::string source_of(const ModelSheet& sheet, const std::string& path) {
    const auto found = std::find_if(sheet.figures.begin(), sheet.figures.end(),
                                    [&](const Figure& figure) { return figure.path == path; });
    return found == sheet.figures.end() ? "no figure " + path : found->source;
}

std::string text_of(const ModelSheet& sheet, const std::string& source) {
    const auto found = std::find_if(sheet.sources.begin(), sheet.sources.end(),
                                    [&](const Source& s) { return s.name == source; });
    return found == sheet.sources.end() ? "no source " + source : found->text;
}

/// A board with half the TX2's speed and other tiles.
GpuModel made_up_gpu() {
    GpuModel board = load_gpu_model(kGpu).model;
    for (KernelParams& kernel : board.kernels) {
        kernel.overhead = kernel.overhead * 1.5;
        kernel.memory = kernel.memory * 0.8;
        if (kernel.compute) {
            kernel.compute = *kernel.compute * 0.5;
        }
    }
    return board;
}

Fpga made_up_fpga() {
    FpgaModel model = load_fpga_model(kFpga).model;
    auto& form = std::get<DhmFitted>(model.implementations[0].form);
    form.alm = {120, 14, 1.2, 6};
    form.path = {Seconds(8e-9), Seconds(6e-9), Seconds(1.2e-9)};
    return {model, 0, model.implementations[0].clock, model.capacity};
}

FpgaFit made_up_fpga_fit() {
    const FpgaModel base = load_fpga_model(kFpga).model;
    return fit_fpga(synthetic_fpga_data(made_up_fpga(), 400),
                    Fpga(base, 0, base.implementations[0].clock, base.capacity));
}

}  // namespace

TEST_CASE("another GPU's model says what it has from its base", "[models]") {
    const GpuModel base = load_gpu_model(kGpu).model;
    const GpuData data = synthetic_gpu_data(made_up_gpu(), 0.02, false);
    const GpuFit fit = fit_gpu(data, base);
    const std::string yaml = calibrated_gpu_yaml(kGpu, {"my_board", ""}, data, fit);
    const std::set<std::string> names = marked(yaml, "jetson_tx2");
    CHECK(names.contains("tiles"));
    CHECK(names.contains("tx2-fp32"));
    // No single kernels were measured.
    CHECK(names.contains("tuned-fit"));
    CHECK(!names.contains("latency-fit"));
    CHECK(!names.contains("power-fit"));
    FaultList faults;
    const auto [model, sheet, bytes] = *read_gpu_model(*parse_yaml(yaml, "written", faults), faults);
    CHECK(sheet.name == "my_board");
    CHECK(sheet.description == "Fitted to w.csv. What was not fitted is taken from jetson_tx2 and says so.");
    CHECK(source_of(sheet, "cache") == "tiles");
    CHECK(source_of(sheet, "power.idle") == "power-fit");
    CHECK(model.cache == base.cache);
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        CAPTURE(name_of(static_cast<KernelClass>(i)));
        const KernelParams& written = model.kernels[i];
        const KernelParams& fitted = fit.model.kernels[i];
        CHECK(written.overhead.value() == Approx(fitted.overhead.value()).epsilon(1e-3));
        CHECK(written.memory.value() == Approx(fitted.memory.value()).epsilon(1e-3));
        CHECK(written.compute.has_value() == fitted.compute.has_value());
        CHECK(written.output_passes == Approx(fitted.output_passes).epsilon(1e-3));
        CHECK(written.weight_passes == Approx(fitted.weight_passes).epsilon(1e-3));
        CHECK(written.per_depth.value() == Approx(fitted.per_depth.value()).epsilon(1e-3));
        CHECK(written.tile_positions == fitted.tile_positions);
        CHECK(written.extra_power.value() == Approx(fitted.extra_power.value()).epsilon(1e-3));
        CHECK(model.seen[i].has_value() == fit.model.seen[i].has_value());
    }
    CHECK(!model.seen[static_cast<std::size_t>(KernelClass::elementwise)]);

    SECTION("and says the same when it is fitted again over itself") {
        const Folder folder;
        const std::string file = folder.write("my_board.yaml", yaml);
        const GpuFit again = fit_gpu(data, load_gpu_model(file).model);
        CHECK(calibrated_gpu_yaml(file, {}, data, again) == yaml);
    }
    SECTION("and keeps the first mark when it becomes the base of a third") {
        const Folder folder;
        const std::string file = folder.write("my_board.yaml", yaml);
        const std::string third = calibrated_gpu_yaml(file, {"third", "A third board."}, data, fit);
        CHECK(marked(third, "jetson_tx2") == names);
        CHECK(sheet_of(third, faults).description == "A third board.");
    }
    SECTION("but nothing is marked in a new fit of the same device") {
        CHECK(calibrated_gpu_yaml(kGpu, {}, data, fit).find("Taken from") == std::string::npos);
        CHECK(calibrated_gpu_yaml(kGpu, {"jetson_tx2", ""}, data, fit).find("Taken from") ==
              std::string::npos);
    }
}

TEST_CASE("classes that a GPU's data lack are not seen and have no error", "[models]") {
    GpuData data = synthetic_gpu_data(made_up_gpu(), 0.02, false);
    for (Workload& workload : data.workloads) {
        std::erase_if(workload.layers, [](const WorkloadLayer& layer) {
            return kernel_class(layer.work) == KernelClass::depthwise_large;
        });
    }
    const GpuFit fit = fit_gpu(data, load_gpu_model(kGpu).model);
    FaultList faults;
    const auto [model, sheet, bytes] = *read_gpu_model(
        *parse_yaml(calibrated_gpu_yaml(kGpu, {"my_board", ""}, data, fit), "written", faults), faults);
    CHECK(!model.seen[static_cast<std::size_t>(KernelClass::depthwise_large)]);
    CHECK(source_of(sheet, "seen.depthwise_large.least_macs") == "no figure seen.depthwise_large.least_macs");
    const auto figure = std::find_if(sheet.figures.begin(), sheet.figures.end(), [](const Figure& f) {
        return f.path == "kernels.depthwise_large.compute";
    });
    REQUIRE(figure != sheet.figures.end());
    CHECK(figure->standard_error == "not determined");
}

TEST_CASE("tuned kernels have the base's tiles, or none where the base has no tuned kernels", "[models]") {
    const GpuModel base = load_gpu_model(kGpu).model;
    GpuData data = synthetic_gpu_data(made_up_gpu(), 0.02, false);
    for (const Workload& workload : data.workloads) {
        for (const WorkloadLayer& layer : workload.layers) {
            const auto kind = kernel_class(layer.work);
            if (data.kernels.size() < 100 && kind && *kind <= KernelClass::conv_other) {
                data.kernels.push_back({"kernel", layer.work, Seconds(1)});
            }
        }
    }
    data.kernel_file = {"o.csv", std::string(64, '0'), 100};
    const auto truth = predict_kernels(base, data);
    for (std::size_t i = 0; i < data.kernels.size(); ++i) {
        data.kernels[i].latency = Seconds(truth[i].predicted);
    }
    SECTION("the base's") {
        const GpuFit fit = fit_gpu(data, base);
        const std::string yaml = calibrated_gpu_yaml(kGpu, {"my_board", ""}, data, fit);
        const std::set<std::string> names = marked(yaml, "jetson_tx2");
        CHECK(names.contains("no-tiles"));
        CHECK(!names.contains("tuned-fit"));
        FaultList faults;
        CHECK(source_of(sheet_of(yaml, faults), "tuned.conv_3x3_s1.least_channels") == "no-tiles");
        CHECK(summarize(fit.tuned->held_out).mape < 1e-3);
    }
    SECTION("none") {
        GpuModel untuned = base;
        untuned.tuned.reset();
        const GpuFit fit = fit_gpu(data, untuned);
        Folder folder;
        std::ifstream file(kGpu, std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(file), {}};
        // Without the table of tuned kernels, its sources and the profile that runs them.
        text.erase(text.find("\ntuned:\n"));
        const auto cut = [&](const std::string& from, const std::string& to) {
            const std::size_t begin = text.find(from);
            REQUIRE(begin != std::string::npos);
            text.erase(begin, text.find(to, begin) - begin);
        };
        cut("  tuned_kernel:", "\nmeasuring_loop:");
        cut("  tuned-fit:\n", "\nkernels:");
        cut("  tuned:\n", "reference_mode:");
        const std::string yaml =
            calibrated_gpu_yaml(folder.write("base.yaml", text), {"my_board", ""}, data, fit);
        const std::set<std::string> names = marked(yaml, "jetson_tx2");
        CHECK(!names.contains("no-tiles"));
        FaultList faults;
        const auto [model, sheet, bytes] = *read_gpu_model(*parse_yaml(yaml, "written", faults), faults);
        CHECK(text_of(sheet, "no-tiles") ==
              "Tuning chooses tiles that divide the layer, so none are rounded up.");
        for (const KernelParams& kernel : model.tuned.value()) {
            CHECK(kernel.tile_positions == 1);
            CHECK(kernel.tile_filters == 1);
            CHECK(kernel.least_channels == 0);
        }
    }
}

TEST_CASE("another FPGA's model says what it has from its base", "[models][fpga]") {
    const FpgaFit fit = made_up_fpga_fit();
    const std::string yaml = calibrated_fpga_yaml(kFpga, {"my_device", ""}, {}, fit);
    const std::set<std::string> names = marked(yaml, "cyclone10gx_10cx220");
    for (const char* name : {"device", "m20k-shape", "mlab", "dhm-static", "csd-sigma"}) {
        CAPTURE(name);
        CHECK(names.contains(name));
    }
    for (const char* name :
         {"dhm-designs", "dhm-m20k", "dhm-alm", "dhm-alut", "dhm-power", "dhm-fmax", "dhm-clock"}) {
        CAPTURE(name);
        CHECK(!names.contains(name));
    }
    CHECK(yaml.starts_with("# Fitted figures were written by `cleave calibrate fpga`"));
    FaultList faults;
    const ModelSheet sheet = sheet_of(yaml, faults);
    CHECK(text_of(sheet, "dhm-designs").ends_with("Which tool their figures come from is not known."));
    CHECK(text_of(sheet, "dhm-alm") == "ALM of the designs of dhm-designs.");
    CHECK(text_of(sheet, "dhm-power").ends_with("How it was measured or estimated is not known."));

    SECTION("and what its user says of the designs") {
        const DesignOrigin origin{"Maker 3.1", "Measured on the board."};
        const std::string told = calibrated_fpga_yaml(kFpga, {"my_device", "Mine."}, origin, fit);
        const ModelSheet its = sheet_of(told, faults);
        CHECK(its.description == "Mine.");
        CHECK(text_of(its, "dhm-designs").ends_with("constant weights after Maker 3.1 place and route."));
        CHECK(text_of(its, "dhm-alm") == "ALM of the designs of dhm-designs, after place and route.");
        CHECK(text_of(its, "dhm-power").ends_with("the errors are of the whole. Measured on the board."));
    }
    SECTION("and a new fit of the same device marks nothing, but does not know the designs either") {
        const std::string same = calibrated_fpga_yaml(kFpga, {}, {}, fit);
        CHECK(same.find("Taken from") == std::string::npos);
        CHECK(same.find("Quartus") == std::string::npos);
        CHECK(same.starts_with("# Intel Cyclone 10 GX"));
    }
}

TEST_CASE("another link's model says what it has from its base", "[models]") {
    LinkDirection truth;
    truth.floor = Seconds(20e-6);
    truth.overhead = Seconds(6e-6);
    truth.bandwidth = BytesPerSecond(3e9);
    truth.exponent = 4;
    LinkData data;
    for (double kib = 1; kib <= 4096; kib *= 2) {
        const Seconds time = truth.time(Bytes(kib * 1024));
        data.transfers.push_back({"t", Bytes(kib * 1024), time, time});
    }
    data.files = {{"t.csv", std::string(64, '0'), data.transfers.size()}};
    const std::string yaml = calibrated_link_yaml(
        kLink, {"my_link", ""}, data, fit_link(data, Direction::to_fpga), fit_link(data, Direction::to_gpu));
    CHECK(marked(yaml, "pcie_gen2_x4_measured") ==
          std::set<std::string>{"hand-over", "pcie-always-on", "pcie-l0"});
}

TEST_CASE("figures that a fit leaves keep their source when it is written anew", "[models]") {
    FaultList faults;
    ModelPatch patch(
        *parse_yaml("name: base\n"
                    "sources:\n"
                    "  fit: {kind: assumed, text: An older fit.}\n"
                    "a: {value: 1, source: fit}\n"
                    "b: {value: 2, source: fit}\n",
                    "base", faults));
    Source source;
    source.name = "fit";
    source.text = "A new fit.";
    patch.set_source(source);
    patch.set_figure({"a"}, "3", "", "fit");
    CHECK(patch.yaml("") ==
          "name: base\n\n"
          "sources:\n"
          "  fit: {kind: assumed, text: A new fit.}\n"
          "  fit-base: {kind: assumed, text: An older fit.}\n\n"
          "a: {value: 3, source: fit}\n\n"
          "b: {value: 2, source: fit-base}\n");
}

TEST_CASE("no fit and no writer of models names a device or a tool", "[models]") {
    std::size_t strings = 0;
    for (const char* room : {"calibrate", "models", "cost"}) {
        for (const auto& entry : std::filesystem::directory_iterator(kRoot + "/lib/cleave/" + room)) {
            if (entry.path().extension() != ".cpp") {
                continue;
            }
            std::ifstream file(entry.path());
            for (std::string line; std::getline(file, line);) {
                const std::size_t quote = line.find('"');
                if (quote != std::string::npos && line.find("#include") == std::string::npos) {
                    ++strings;
                    CAPTURE(entry.path().filename().string(), line);
                    CHECK(!std::regex_search(line.substr(quote), kForeign));
                }
            }
        }
    }
    CHECK(strings > 300);
}
