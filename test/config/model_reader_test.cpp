// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/model_reader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace cleave;

namespace {

const std::string kModels = std::string(CLEAVE_SOURCE_DIR) + "/cost_models/";

/// Every number names one of the sources, and every fit says what it was fitted to.
void check_sheet(const ModelSheet& sheet, std::size_t figures) {
    CHECK(sheet.figures.size() == figures);
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

TEST_CASE("the Jetson TX2 model is read", "[config][model]") {
    const auto [gpu, sheet] = config::load_gpu_model(kModels + "jetson_tx2.yaml");
    check_sheet(sheet, 52);
    CHECK(gpu.name == "jetson_tx2");
    const KernelParams& pointwise = gpu.kernels[static_cast<std::size_t>(KernelClass::conv_1x1)];
    CHECK(pointwise.overhead == Seconds(2e-6));
    CHECK(pointwise.per_depth == Seconds(109.7e-9));
    CHECK(pointwise.compute == OperationsPerSecond(154.3e9));
    CHECK(pointwise.memory == BytesPerSecond(8.201e9));
    CHECK_FALSE(gpu.kernels[static_cast<std::size_t>(KernelClass::pool)].compute);
    CHECK(gpu.tile_positions == 128);
    CHECK(gpu.tile_filters == 64);
    CHECK(gpu.power.per_byte == JoulesPerByte(252e-12));
    REQUIRE(gpu.profiles.size() == 4);
    CHECK(gpu.profiles[0].name == "eager");
    CHECK(gpu.profiles[0].host_overhead == Seconds(0.35e-3));
    CHECK(gpu.profiles[0].separate_elementwise);
    const ExecutionProfile& engine = gpu.profiles[2];
    CHECK(engine.kernel_scale[static_cast<std::size_t>(KernelClass::depthwise)] == 1.0);
    CHECK(engine.kernel_scale[static_cast<std::size_t>(KernelClass::conv_1x1)] == 0.70);
    REQUIRE(gpu.power_modes.size() == 5);
    CHECK(gpu.power_modes[gpu.reference_mode].name == "max_n");
    CHECK(gpu.power_modes[1].gpu_clock == Hertz(0.85e9));
}

TEST_CASE("the Cyclone 10 GX model is read", "[config][model]") {
    const auto [fpga, sheet] = config::load_fpga_model(kModels + "cyclone10gx_10cx220.yaml");
    check_sheet(sheet, 44);
    CHECK(fpga.capacity == Resources{80330, 192, 587});
    CHECK(fpga.static_power == Watts(0.64));
    REQUIRE(fpga.implementations.size() == 2);
    const Implementation& fitted = fpga.implementations[0];
    CHECK(fitted.name == "dhm-2021");
    CHECK(fitted.fill == FillRule::full_window);
    CHECK(fitted.clock == Hertz(76e6));
    const auto& form = std::get<DhmFitted>(fitted.form);
    CHECK(form.alm_per_filter == -83.9);
    CHECK(form.m20k_before_spill == 560);
    // The spill reproduces the two slopes of the data: 28.4 ALM a weight before, 56 after.
    CHECK(form.alm_per_weight + form.m20k_per_weight * static_cast<double>(form.alm_per_spilled_m20k) ==
          Approx(56).epsilon(0.005));
    CHECK(form.alm_per_weight * fitted.power.per_alm.value() +
              (56 - form.alm_per_weight) * fitted.power.per_spilled_alm.value() ==
          Approx(56 * 6.2e-6).epsilon(0.005));
    const Implementation& csd = fpga.implementations[1];
    CHECK(std::get<DhmCsd>(csd.form).alm_per_depthwise_weight == 22);
    CHECK(csd.usable_alm_share == 0.85);
    CHECK(csd.power.per_alm == Watts(6.2e-6));
}

TEST_CASE("both link models are read", "[config][model]") {
    const auto [paper, paper_sheet] = config::load_link_model(kModels + "pcie_gen2_x4_paper.yaml");
    check_sheet(paper_sheet, 8);
    CHECK(paper.time(Direction::to_fpga, Bytes(2.5e9)) == Seconds(1));
    const auto [link, sheet] = config::load_link_model(kModels + "pcie_gen2_x4_measured.yaml");
    check_sheet(sheet, 8);
    // Measured: 1,024 KiB take 0.699 ms to the FPGA and 0.652 ms back, 2 KiB 13 and 21 us.
    CHECK(link.time(Direction::to_fpga, Bytes(1048576)).value() == Approx(0.699e-3).epsilon(0.01));
    CHECK(link.time(Direction::to_gpu, Bytes(1048576)).value() == Approx(0.652e-3).epsilon(0.01));
    CHECK(link.time(Direction::to_fpga, Bytes(2048)) == Seconds(13e-6));
    CHECK(link.time(Direction::to_gpu, Bytes(2048)) == Seconds(21e-6));
    // Traffic or idle power, not both.
    CHECK(link.idle_power == Watts(0.30));
    CHECK(link.energy == JoulesPerByte(0));
}

TEST_CASE("the sheet lists figures in the order of the file", "[config][model]") {
    const auto file = config::load_link_model(kModels + "pcie_gen2_x4_measured.yaml");
    REQUIRE(file.sheet.figures.size() == 8);
    CHECK(file.sheet.figures[0].path == "to_fpga.floor");
    CHECK(file.sheet.figures[0].value == "13 us");
    CHECK(file.sheet.figures[0].source == "pcie-dma");
    CHECK(file.sheet.figures[7].path == "idle_power");
    const Source& dma = file.sheet.sources.at(0);
    CHECK(dma.kind == SourceKind::fitted);
    CHECK(dma.rows == "10");
    CHECK(dma.data == "pcie_tx2_c10gx.csv");
}
