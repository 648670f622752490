// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_model.hpp"

#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kModels = source_dir() + "/cost_models/";

/// Every number names one of the sources, and every fit says what it was fitted to.
void check_sheet(const ModelSheet& sheet) {
    CHECK(!sheet.figures.empty());
    CHECK(sheet.sha256.size() == 64);
    CHECK(!sheet.description.empty());
    std::set<std::string> names;
    for (const Source& source : sheet.sources) {
        CAPTURE(source.name);
        CHECK(names.insert(source.name).second);
        CHECK(!source.text.empty());
        CHECK((source.kind != SourceKind::fitted || (source.sha256.size() == 64 && !source.holdout.empty())));
    }
    for (const Figure& figure : sheet.figures) {
        CAPTURE(figure.path);
        CHECK(!figure.value.empty());
        CHECK(names.count(figure.source) == 1);
    }
}

}  // namespace

TEST_CASE("the Jetson TX2 model is read", "[models][model]") {
    const auto [gpu, sheet, bytes] = load_gpu_model(kModels + "jetson_tx2.yaml");
    check_sheet(sheet);
    CHECK(gpu.name == "jetson_tx2");
    const KernelParams& pointwise = gpu.kernels[static_cast<std::size_t>(KernelClass::conv_1x1)];
    // Within what the fit leaves open.
    CHECK(pointwise.overhead.value() == Approx(8.9e-6).epsilon(0.2));
    REQUIRE(pointwise.compute);
    CHECK(pointwise.compute->value() == Approx(222e9).epsilon(0.1));
    CHECK(pointwise.memory.value() == Approx(13.7e9).epsilon(0.1));
    CHECK(pointwise.tile_channels == 8);
    CHECK_FALSE(gpu.kernels[static_cast<std::size_t>(KernelClass::pool)].compute);
    CHECK(gpu.kernels[static_cast<std::size_t>(KernelClass::conv_3x3_s1)].tile_positions == 128);
    CHECK(gpu.kernels[static_cast<std::size_t>(KernelClass::depthwise)].extra_power > Watts(1));
    CHECK(gpu.tile_filters == 64);
    CHECK(gpu.cache == Bytes(500e3));
    REQUIRE(gpu.tuned);
    CHECK((*gpu.tuned)[static_cast<std::size_t>(KernelClass::conv_3x3_s1)].least_channels == 33);
    REQUIRE(gpu.profiles.size() == 5);
    CHECK(gpu.profiles[0].name == "eager");
    CHECK(gpu.profiles[0].host_overhead == Seconds(0.43e-3));
    CHECK(gpu.profiles[0].separate_elementwise);
    const ExecutionProfile& engine = gpu.profiles[2];
    CHECK(engine.weight_passes == 0);
    CHECK(engine.input_copies == 0);
    CHECK(gpu.profiles[1].input_copies == 1);
    const auto scale = [&](KernelClass kind) {
        return gpu.profiles[3].kernel_scale[static_cast<std::size_t>(kind)];
    };
    // What the profile says of depthwise kernels holds for large ones too.
    CHECK(scale(KernelClass::depthwise_large) == 1);
    CHECK(scale(KernelClass::pool_s1) == 0.58);
    CHECK(gpu.profiles[1].weight_passes == 1);
    CHECK(gpu.profiles[4].kernels == ExecutionProfile::Kernels::tuned);
    CHECK(gpu.spread.latency > 0);
    REQUIRE(gpu.seen[static_cast<std::size_t>(KernelClass::depthwise)]);
    REQUIRE(gpu.power_modes.size() == 5);
    CHECK(gpu.power_modes[gpu.reference_mode].name == "max_n");
    CHECK(gpu.power_modes[1].gpu_clock == Hertz(0.85e9));
}

TEST_CASE("the Cyclone 10 GX model is read", "[models][model]") {
    const auto [fpga, sheet, bytes] = load_fpga_model(kModels + "cyclone10gx_10cx220.yaml");
    check_sheet(sheet);
    CHECK(fpga.capacity == Resources{80330, 192, 587});
    CHECK(fpga.static_power == Watts(0.64));
    REQUIRE(fpga.implementations.size() == 3);
    const Implementation& fitted = fpga.implementations[0];
    CHECK(fitted.name == "dhm-2021");
    CHECK(fitted.fill == FillRule::full_window);
    CHECK(fitted.clock == Hertz(76e6));
    const auto& form = std::get<DhmFitted>(fitted.form);
    // Within what the fit leaves open, and the geometry of memory in logic, which is given.
    CHECK(form.alm.per_tap == Approx(15.15).margin(0.3));
    CHECK(form.delayed_share == Approx(0.99).margin(0.005));
    CHECK(form.undelayed_taps == Approx(5.7).margin(0.15));
    CHECK(form.short_lines.most_taps == 32);
    CHECK(form.short_lines.alm == 10);
    CHECK(form.middle_lines.alm == 20);
    CHECK(form.long_line_alm == 107);
    CHECK(form.path.fixed.value() == Approx(9.5e-9).epsilon(0.02));
    CHECK(fitted.spread.alm == Approx(0.025).margin(0.005));
    REQUIRE(fitted.seen.taps);
    CHECK(fitted.seen.taps->least == 4);
    CHECK(fitted.seen.taps->most == 250);
    const Implementation& csd = fpga.implementations[1];
    const auto& csd_form = std::get<DhmCsd>(csd.form);
    CHECK(csd_form.weight_sigma == 16);
    // A bit of a sum takes half an ALM.
    CHECK(csd_form.tables.per_term > 4);
    CHECK(csd_form.tables.per_term < 12);
    CHECK(csd_form.tables.per_adder > 3);
    CHECK(csd.usable_alm_share == 0.85);
    CHECK(csd.power.per_alm == fitted.power.per_alm);
    CHECK(!csd.seen.taps);
    CHECK(csd.seen.weights->most > 500);
    CHECK(csd.spread.alm == 0.22);
    CHECK(!csd.seen.dsp_multipliers);
    const Implementation& folded = fpga.implementations[2];
    REQUIRE(folded.seen.dsp_multipliers);
    CHECK(folded.seen.dsp_multipliers->most == 256);
    REQUIRE(folded.seen.logic_multipliers);
    CHECK(folded.seen.logic_multipliers->least == 1);
    CHECK(folded.seen.logic_multipliers->most == 128);
}

TEST_CASE("both link models are read", "[models][model]") {
    const auto [paper, paper_sheet, paper_bytes] = load_link_model(kModels + "pcie_gen2_x4_paper.yaml");
    check_sheet(paper_sheet);
    CHECK(paper.time(Direction::to_fpga, Bytes(2.5e9)) == Seconds(1));
    const auto [link, sheet, bytes] = load_link_model(kModels + "pcie_gen2_x4_measured.yaml");
    check_sheet(sheet);
    // Measured: 1,024 KiB take 0.699 ms to the FPGA and 0.652 ms back, 2 KiB 13 and 21 us.
    CHECK(link.time(Direction::to_fpga, Bytes(1048576)).value() == Approx(0.699e-3).epsilon(0.03));
    CHECK(link.time(Direction::to_gpu, Bytes(1048576)).value() == Approx(0.652e-3).epsilon(0.03));
    CHECK(link.time(Direction::to_fpga, Bytes(2048)).value() == Approx(13.06e-6).epsilon(0.05));
    CHECK(link.time(Direction::to_gpu, Bytes(2048)).value() == Approx(21.19e-6).epsilon(0.05));
    CHECK(link.to_fpga.spread > 0);
    // Traffic or idle power, not both.
    CHECK(link.idle_power == Watts(0.30));
    CHECK(link.energy == JoulesPerByte(0));
}

TEST_CASE("the sheet lists figures in the order of the file", "[models][model]") {
    const auto file = load_link_model(kModels + "pcie_gen2_x4_measured.yaml");
    REQUIRE(file.sheet.figures.size() == 16);
    CHECK(file.sheet.figures[0].path == "to_fpga.floor");
    CHECK(file.sheet.figures[0].source == "transfer-fit");
    CHECK(!file.sheet.figures[0].standard_error.empty());
    CHECK(file.sheet.figures[5].path == "to_fpga.sync");
    CHECK(file.sheet.figures[15].path == "idle_power");
    const auto fit = std::find_if(file.sheet.sources.begin(), file.sheet.sources.end(),
                                  [](const Source& s) { return s.name == "transfer-fit"; });
    REQUIRE(fit != file.sheet.sources.end());
    CHECK(fit->kind == SourceKind::fitted);
    CHECK(fit->rows == "10");
    CHECK(fit->data == "pcie_tx2_c10gx.csv");
    CHECK(!fit->worst.empty());
}
