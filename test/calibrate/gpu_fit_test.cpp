// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/gpu_fit.hpp"

#include "cleave/calibrate/fit_doubts.hpp"
#include "cleave/cost/normal.hpp"
#include "cleave/models/read_measurements.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/models/write_calibrated.hpp"
#include "support/measurements.hpp"
#include "support/skip.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <variant>

using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kMeasurements = source_dir() + "/../shared/data/";

GpuModel shipped() { return load_gpu_model(source_dir() + "/cost_models/jetson_tx2.yaml").model; }

const KernelParams& kernel(const GpuModel& model, KernelClass kind) {
    return model.kernels[static_cast<std::size_t>(kind)];
}

}  // namespace

TEST_CASE("kernel parameters of synthetic networks are recovered", "[calibrate]") {
    const GpuModel truth = shipped();
    SECTION("to 0.1 % without noise") {
        const GpuFit fit = fit_gpu(synthetic_gpu_data(truth, 0, false), truth);
        const KernelParams& a = kernel(fit.model, KernelClass::conv_1x1);
        const KernelParams& b = kernel(truth, KernelClass::conv_1x1);
        CHECK(a.overhead.value() == Approx(b.overhead.value()).epsilon(1e-3));
        CHECK(a.memory.value() == Approx(b.memory.value()).epsilon(1e-3));
        CHECK(a.compute->value() == Approx(b.compute->value()).epsilon(1e-3));
        CHECK(a.output_passes == Approx(b.output_passes).epsilon(1e-3));
        CHECK(fit.model.power.active.value() == Approx(truth.power.active.value()).epsilon(1e-2));
        CHECK(summarize(fit.latency->held_out).mape < 1e-3);
        CHECK(summarize(fit.latency->held_out).rows == 120);
    }
    SECTION("within 20 % and predicting to 3 % with 3 % noise and outliers") {
        const GpuFit fit = fit_gpu(synthetic_gpu_data(truth, 0.03, true), truth);
        const auto near = [&](KernelClass kind) {
            return kernel(fit.model, kind).compute->value() ==
                   Approx(kernel(truth, kind).compute->value()).epsilon(0.2);
        };
        CHECK(near(KernelClass::conv_1x1));
        CHECK(near(KernelClass::conv_3x3_s1));
        CHECK(near(KernelClass::conv_other));
        CHECK(near(KernelClass::depthwise_large));
        CHECK(summarize(fit.latency->held_out).median < 0.03);
        CHECK(fit.model.seen[static_cast<std::size_t>(KernelClass::conv_1x1)].has_value());
    }
}

TEST_CASE("tiles, cache and roofs of a GPU fit are the base's", "[calibrate]") {
    GpuModel board = shipped();
    board.tile_positions = 32;
    board.tile_filters = 16;
    board.wave_tiles = 5;
    board.roof_exponent = 2;
    board.cache = Bytes(3e6);
    for (KernelParams& params : board.kernels) {
        params.tile_positions = 0;
    }
    const GpuFit fit = fit_gpu(synthetic_gpu_data(board, 0, false), board);
    CHECK(fit.model.tile_positions == 32);
    CHECK(fit.model.tile_filters == 16);
    CHECK(fit.model.wave_tiles == 5);
    CHECK(fit.model.roof_exponent == 2);
    CHECK(fit.model.cache == Bytes(3e6));
    CHECK(kernel(fit.model, KernelClass::conv_3x3_s1).tile_positions == 0);
    // With any others the data would not be met.
    CHECK(summarize(fit.latency->held_out).mape < 1e-3);
    CHECK(kernel(fit.model, KernelClass::conv_other).compute->value() ==
          Approx(kernel(board, KernelClass::conv_other).compute->value()).epsilon(1e-3));
}

TEST_CASE("a GPU fit names its parameters", "[calibrate]") {
    const GpuFit fit = fit_gpu(synthetic_gpu_data(shipped(), 0.03, false), shipped());
    const std::vector<std::string>& names = fit.latency->names;
    const auto at = [&](const char* name) {
        const auto found = std::find(names.begin(), names.end(), name);
        REQUIRE(found != names.end());
        return static_cast<std::size_t>(found - names.begin());
    };
    const LibraryParameters& value = fit.latency->value;
    CHECK(value.pool_overhead.value() == fit.latency->fit.parameters[at("pool_overhead")]);
    CHECK(value.weight_passes_1x1 == fit.latency->fit.parameters[at("weight_passes_1x1")]);
    CHECK(fit.latency->standard_error.memory.value() == fit.latency->fit.standard_errors[at("memory")]);
    CHECK(kernel(fit.model, KernelClass::pool).memory == value.memory);
    CHECK(kernel(fit.model, KernelClass::pool_s1).overhead == value.overhead);
    CHECK_FALSE(kernel(fit.model, KernelClass::depthwise).compute.has_value());
    CHECK(fit.model.loop_gap == fit.power->value.gap);
}

TEST_CASE("a GPU fit finds devices of any speed and power", "[calibrate]") {
    const GpuModel base = shipped();
    for (const double slower : {0.1, 20.0}) {
        for (const double watts : {0.2, 20.0}) {
            CAPTURE(slower, watts);
            GpuModel board = base;
            for (KernelParams& params : board.kernels) {
                params.overhead *= slower;
                params.per_depth *= slower;
                // Memory that is better than its arithmetic by more than the base's.
                params.memory *= 2 / slower;
                if (params.compute) {
                    *params.compute *= 1 / slower;
                }
                params.extra_power *= watts;
            }
            board.power.idle *= watts;
            board.power.active *= watts;
            board.power.per_mac *= watts * slower;
            board.loop_gap *= 0.3 * slower;
            board.loop_host *= slower;
            const GpuFit fit = fit_gpu(synthetic_gpu_data(board, 0, false), base);
            CHECK(summarize(fit.latency->held_out).mape < 1e-3);
            CHECK(summarize(fit.latency->held_out_family).mape < 1e-3);
            CHECK(summarize(fit.power->held_out).mape < 1e-3);
            CHECK(kernel(fit.model, KernelClass::conv_1x1).memory.value() ==
                  Approx(kernel(board, KernelClass::conv_1x1).memory.value()).epsilon(1e-3));
            CHECK(fit.model.power.idle.value() == Approx(board.power.idle.value()).epsilon(1e-2));
            CHECK(doubts(fit, KnowsData::no).empty());
        }
    }
}

TEST_CASE("the spread of single kernels is found from whole networks", "[calibrate]") {
    // Every kernel takes longer by its own factor, the same in all networks.
    const GpuModel truth = shipped();
    GpuData data = synthetic_gpu_data(truth, 0, false);
    for (Workload& workload : data.workloads) {
        double time = 0;
        for (const WorkloadLayer& layer : workload.layers) {
            const KernelRow row = kernel_row(layer.work, layer.count, truth.kernels, truth.common());
            time += time_of({row}, truth.kernels, truth.roof_exponent).all * Normal(row.key).factor(0.2);
        }
        workload.latency = Seconds(time);
    }
    const GpuFit fit = fit_gpu(data, truth);
    CHECK(fit.model.spread.kernel == Approx(0.2).epsilon(0.25));
    REQUIRE(fit.latency->left_open.size() == fit.latency->held_out_family.size());
    REQUIRE(fit.model.spread.library.figures.size() >= 10);
    // The factor's rows give the covariance again.
    const JointError& error = fit.model.spread.library;
    const auto& names = fit.latency->names;
    const auto at = [&](KernelFigure figure) {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), name_of(figure)) -
                                        names.begin());
    };
    for (std::size_t i = 0; i < error.figures.size(); ++i) {
        if (fit.latency->undetermined[at(error.figures[i])] > 0) {
            continue;
        }
        double variance = 0;
        double with_first = 0;
        for (std::size_t j = 0; j <= i; ++j) {
            variance += error.factor[i][j] * error.factor[i][j];
            with_first += j == 0 ? error.factor[i][j] * error.factor[0][j] : 0;
        }
        const std::size_t row = at(error.figures[i]) * names.size();
        CHECK(variance == Approx(fit.latency->fit.covariance[row + at(error.figures[i])]));
        CHECK(with_first == Approx(fit.latency->fit.covariance[row + at(error.figures[0])]));
    }
}

TEST_CASE("what the data do not determine is drawn as far as they allow", "[calibrate]") {
    GpuData data = synthetic_gpu_data(shipped(), 0.03, false);
    for (Workload& workload : data.workloads) {
        auto& layers = workload.layers;
        layers.erase(std::remove_if(layers.begin(), layers.end(),
                                    [](const WorkloadLayer& layer) {
                                        const auto* conv = std::get_if<Conv>(&layer.work.op);
                                        return conv != nullptr && conv->window.taps() > 9;
                                    }),
                     layers.end());
    }
    const GpuFit fit = fit_gpu(data, shipped());
    const JointError& error = fit.model.spread.library;
    const auto found =
        std::find(error.figures.begin(), error.figures.end(), KernelFigure::compute_depthwise_large);
    REQUIRE(found != error.figures.end());
    const auto row = static_cast<std::size_t>(found - error.figures.begin());
    // Off by itself, by a factor of more than e.
    CHECK(error.factor[row][row] > 1);
    for (std::size_t j = 0; j < row; ++j) {
        CHECK(error.factor[row][j] == 0);
    }
}

TEST_CASE("too few workloads are refused", "[calibrate]") {
    GpuData data = synthetic_gpu_data(shipped(), 0, false);
    data.workloads.resize(10);
    CHECK_THROWS_WITH(fit_gpu(data, shipped()), Catch::Contains("10 workloads with a latency are too few"));
}

TEST_CASE("the committed GPU model comes from the measurements, within the bars", "[calibrate][data]") {
    if (!std::filesystem::exists(kMeasurements + "tx2_workloads.csv")) {
        skip_case("there is no " + kMeasurements);
        return;
    }
    const std::string file = source_dir() + "/cost_models/jetson_tx2.yaml";
    const GpuData data = load_gpu_data({kMeasurements + "tx2_workloads.csv",
                                        {kMeasurements + "tx2_workload_layers.csv",
                                         source_dir() + "/cost_models/data/tx2_shufflenet_moves.csv"},
                                        kMeasurements + "tx2_ops.csv"});
    const GpuFit fit = fit_gpu(data, load_gpu_model(file).model);
    CHECK(summarize(fit.latency->held_out).mape <= 0.045);
    CHECK(summarize(fit.latency->held_out_family).mape <= 0.055);
    CHECK(summarize(fit.latency->held_out_family).rows == 310);
    CHECK(doubts(fit, KnowsData::yes).empty());
    // What kernels spread by when each is measured alone is what explains the errors of whole networks.
    CHECK(fit.model.spread.kernel == Approx(fit.model.spread.tuned_kernel).epsilon(0.3));
    CHECK(summarize(fit.power->held_out).mape <= 0.09);
    CHECK(summarize(fit.tuned->held_out).mape <= 0.15);
    CHECK(calibrated_gpu_yaml(file, {}, data, fit) == read_text(file));
}

TEST_CASE("networks of other resolutions are predicted", "[calibrate][data]") {
    if (!std::filesystem::exists(kMeasurements + "tx2_workloads.csv")) {
        skip_case("there is no " + kMeasurements);
        return;
    }
    const GpuData all = load_gpu_data({kMeasurements + "tx2_workloads.csv",
                                       {kMeasurements + "tx2_workload_layers.csv",
                                        source_dir() + "/cost_models/data/tx2_shufflenet_moves.csv"},
                                       ""});
    GpuData small = all;
    GpuData large = all;
    const auto keep = [](GpuData& data, auto wanted) {
        auto& workloads = data.workloads;
        workloads.erase(std::remove_if(workloads.begin(), workloads.end(),
                                       [&](const Workload& workload) {
                                           const auto at = workload.name.find('@');
                                           return at == std::string::npos ||
                                                  !wanted(std::stoi(workload.name.substr(at + 1)));
                                       }),
                        workloads.end());
    };
    keep(small, [](int pixels) { return pixels <= 224; });
    keep(large, [](int pixels) { return pixels >= 480; });
    REQUIRE(small.workloads.size() > 100);
    REQUIRE(large.workloads.size() > 50);
    const GpuFit up = fit_gpu(small, shipped());
    CHECK(summarize(predict_latency(up.model, large)).mape < 0.06);
    CHECK(summarize(predict_power(up.model, large)).mape < 0.08);
    const GpuFit down = fit_gpu(large, shipped());
    CHECK(summarize(predict_latency(down.model, small)).mape < 0.09);
    // Large inputs say too little of small ones' power, and the fit says so.
    CHECK_FALSE(doubts(down, KnowsData::yes).empty());
}
