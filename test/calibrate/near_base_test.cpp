// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fit_doubts.hpp"
#include "cleave/calibrate/gpu_fit.hpp"
#include "cleave/calibrate/kernel_networks.hpp"
#include "cleave/calibrate/shared_shifts.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/models/write_calibrated.hpp"
#include "support/folder.hpp"
#include "support/measurements.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kBoardBase = source_dir() + "/cost_models/jetson_tx2.yaml";

/// Another board: slower, with better memory and cheaper overheads.
GpuModel other_board(const GpuModel& base) {
    GpuModel board = base;
    for (KernelParams& params : board.kernels) {
        params.overhead *= 1.5;
        params.per_depth *= 1.5;
        params.memory *= 0.7;
        if (params.compute) {
            *params.compute *= 0.25;
        }
        params.extra_power *= 3;
    }
    board.power.idle *= 2;
    board.power.active *= 3;
    board.power.per_mac *= 3;
    return board;
}

/// Every so many networks, and the others.
std::pair<GpuData, GpuData> divide(const GpuData& data, std::size_t every) {
    std::pair<GpuData, GpuData> parts{data, data};
    parts.first.workloads.clear();
    parts.second.workloads.clear();
    for (std::size_t i = 0; i < data.workloads.size(); ++i) {
        (i % every == 0 ? parts.first : parts.second).workloads.push_back(data.workloads[i]);
    }
    return parts;
}

}  // namespace

TEST_CASE("shifts are shared as their kinship says", "[calibrate][near]") {
    const std::vector<Kinship> kinship{{1, 0}, {-1, 1}, {-1, 1}, {0, 0}, {0, 0, 2}};
    const std::vector<double> base{10, 20, 40, 3, 5};
    SECTION("all by one factor, and what is no property of the device by itself") {
        const SharedShifts shifts(kinship, base, {0, 0});
        REQUIRE(shifts.parameters().size() == 2);
        CHECK(shifts.parameters()[0].ridge == 0);
        const std::vector<double> values = shifts.values(std::vector<double>{2, 7});
        CHECK(values[0] == Approx(20));
        CHECK(values[1] == Approx(10));
        CHECK(values[2] == Approx(20));
        CHECK(values[3] == Approx(3));
        CHECK(values[4] == Approx(35));
    }
    SECTION("groups and single ones besides, with the ridge of their priors") {
        const SharedShifts shifts(kinship, base, {0.5, 0.1});
        // One for all, two groups, five single ones.
        REQUIRE(shifts.parameters().size() == 8);
        CHECK(shifts.parameters()[1].ridge == Approx(0.04));
        CHECK(shifts.parameters()[3].ridge == Approx(1));
        CHECK(shifts.parameters()[7].ridge == Approx(0.0025));
        const std::vector<double> values = shifts.values(std::vector<double>{1, 1, 4, 1, 1, 3, 1, 1});
        CHECK(values[1] == Approx(5));
        CHECK(values[2] == Approx(30));
        CHECK(values[0] == Approx(10));
    }
    SECTION("errors are those of the parameters that shifts make") {
        const SharedShifts shifts(kinship, base, {0, 0});
        FitResult fit;
        fit.parameters = {2, 7};
        fit.covariance = {0.01, 0.002, 0.002, 0.04};
        const FitResult result = shifts.values(fit);
        CHECK(result.standard_errors[0] == Approx(0.1 * 20));
        CHECK(result.standard_errors[3] == 0);
        CHECK(result.standard_errors[4] == Approx(0.2 * 35));
        // A time and a rate move against each other.
        CHECK(result.covariance[1] == Approx(-0.01));
        CHECK(result.correlation[1] == Approx(-1));
        CHECK(result.correlation[0 * 5 + 4] == Approx(0.1));
    }
}

TEST_CASE("few networks of another board are enough near a base", "[calibrate][near]") {
    const GpuModel base = load_gpu_model(kBoardBase).model;
    const GpuData all = synthetic_gpu_data(other_board(base), 0.03, false);
    for (const std::size_t every : {20, 12, 6}) {
        const auto [few, rest] = divide(all, every);
        CAPTURE(few.workloads.size());
        CHECK_THROWS_WITH(fit_gpu(few, base), Catch::Contains("or 5 near a base of another device"));
        const GpuFit fit = fit_gpu(few, base, Prior::base);
        REQUIRE(fit.latency->near.has_value());
        CHECK(fit.latency->near->group > 0);
        CHECK(summarize(predict_latency(fit.model, rest)).mape < 0.06);
        CHECK(summarize(predict_power(fit.model, rest)).mape < 0.08);
        // The base times one number is far from it.
        CHECK(summarize(fit.rescaled_latency).mape > 1.5 * summarize(fit.latency->held_out).mape);
        // All figures have an error, and models that say so can be read.
        CHECK(fit.model.spread.library.figures.size() == fit.latency->names.size());
        const Folder folder;
        const std::string file =
            folder.write("board.yaml", calibrated_gpu_yaml(kBoardBase, {"board", ""}, few, fit));
        CHECK(load_gpu_model(file).model.kernels[0].overhead.value() ==
              Approx(fit.model.kernels[0].overhead.value()).epsilon(1e-3));
        CHECK_THAT(read_text(file), Catch::Contains("near the base"));
    }
}

TEST_CASE("a base times one number is found where that is all", "[calibrate][near]") {
    const GpuModel base = load_gpu_model(kBoardBase).model;
    GpuData few = divide(synthetic_gpu_data(base, 0, false), 15).first;
    for (Workload& workload : few.workloads) {
        *workload.latency *= 7;
    }
    const GpuFit fit = fit_gpu(few, base, Prior::base);
    CHECK(summarize(fit.latency->held_out).mape < 0.001);
    CHECK(fit.model.kernels[0].overhead.value() ==
          Approx(7 * base.kernels[0].overhead.value()).epsilon(0.01));
    CHECK(fit.model.kernels[0].memory.value() == Approx(base.kernels[0].memory.value() / 7).epsilon(0.01));
}

TEST_CASE("what a base lacks is not fitted near it, and much data need none", "[calibrate][near]") {
    const GpuModel base = load_gpu_model(kBoardBase).model;
    const GpuData all = synthetic_gpu_data(other_board(base), 0.03, false);
    CHECK_FALSE(fit_gpu(all, base, Prior::base).latency->near.has_value());
    GpuModel bare = base;
    bare.kernels[static_cast<std::size_t>(KernelClass::conv_1x1)].compute.reset();
    CHECK_THROWS_WITH(fit_gpu(divide(all, 12).first, bare, Prior::base), Catch::Contains("too few"));
    // Of fewer powers than five, those of the base say more.
    GpuData dark = divide(all, 12).first;
    for (std::size_t i = 4; i < dark.workloads.size(); ++i) {
        dark.workloads[i].power.reset();
    }
    const GpuFit fit = fit_gpu(dark, base, Prior::base);
    CHECK_FALSE(fit.power.has_value());
    CHECK(fit.model.power.idle == base.power.idle);
    // Fewer networks than five are too few for anything.
    CHECK_THROWS_WITH(fit_gpu(divide(all, 40).first, base, Prior::base),
                      Catch::Contains("3 workloads with a latency are too few"));
}

TEST_CASE("kernels alone are networks of one kernel each", "[calibrate][near]") {
    const GpuModel base = load_gpu_model(kBoardBase).model;
    const GpuModel board = other_board(base);
    GpuData data;
    const GpuData networks = synthetic_gpu_data(board, 0, false);
    for (std::size_t i = 0; i < 24; ++i) {
        const LayerWork& work = networks.workloads[i].layers.front().work;
        const std::vector<KernelRow> row{kernel_row(work, 1, board.kernels, board.common())};
        data.kernels.push_back({"k@o.csv:" + std::to_string(i + 2), work,
                                Seconds(time_of(row, board.kernels, board.roof_exponent).all)});
    }
    data.kernel_file = {"o.csv", std::string(64, '0'), 24};
    const GpuData kernels = kernels_as_networks(data);
    REQUIRE(kernels.workloads.size() == 24);
    CHECK(kernels.kernels.empty());
    CHECK(kernels.workload_file.name == "o.csv");
    std::set<std::string> families;
    for (const Workload& workload : kernels.workloads) {
        families.insert(workload.family);
    }
    CHECK(families.count("conv_1x1") == 1);
    const GpuFit fit = fit_gpu(kernels, base, Prior::base);
    CHECK_FALSE(fit.tuned.has_value());
    CHECK_FALSE(fit.power.has_value());
    CHECK(summarize(fit.latency->held_out).mape < 0.1);
    CHECK(summarize(predict_latency(fit.model, networks)).mape < 0.1);
}
