// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/gpu_fit.hpp"

#include "cleave/models/read_measurements.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/models/write_calibrated.hpp"
#include "support/random.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace cleave;
using cleave::testing::Random;

namespace {

const std::string kRoot = CLEAVE_SOURCE_DIR;
const std::string kData = kRoot + "/../shared/data/";

std::string slurp(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

LayerWork conv(std::int64_t size, std::int64_t channels, std::int64_t filters, std::int64_t kernel,
               std::int64_t stride, std::int64_t groups) {
    Conv c;
    c.window.kernel_h = c.window.kernel_w = kernel;
    c.window.stride_h = c.window.stride_w = stride;
    c.filters = filters;
    c.groups = groups;
    c.bias = false;
    return {c, {Shape{channels, size, size}}, Shape{filters, size / stride, size / stride}};
}

/// Networks of random layers whose times come from a model, with noise; every 25th is off by half.
GpuData synthetic(const GpuModel& truth, double noise, bool outliers) {
    GpuData data;
    Random random(11);
    for (int n = 0; n < 120; ++n) {
        Workload workload;
        workload.name = "net" + std::to_string(n) + "@" + std::to_string(64 + n);
        workload.network = "net" + std::to_string(n / 3);
        const std::int64_t layers = random.between(5, 40);
        for (std::int64_t i = 0; i < layers; ++i) {
            const std::int64_t size = std::int64_t{7} << random.between(0, 4);
            const std::int64_t channels = std::int64_t{8} << random.between(0, 6);
            const std::int64_t filters = std::int64_t{8} << random.between(0, 6);
            LayerWork work;
            switch (random.between(0, 6)) {
                case 0: work = conv(size, channels, filters, 1, 1, 1); break;
                case 1: work = conv(size, channels, filters, 3, 1, 1); break;
                case 2: work = conv(size, channels, filters, 3, 2, 1); break;
                case 3: work = conv(size, channels, filters, 7, 2, 1); break;
                case 4: work = conv(size, channels, channels, 3, 1, channels); break;
                case 5:
                    work = {FullyConnected{1000, false}, {Shape{channels, 1, 1}}, Shape{1000, 1, 1}};
                    break;
                default: {
                    Pool pool;
                    pool.window.stride_h = pool.window.stride_w = 2;
                    work = {pool, {Shape{channels, size, size}}, Shape{channels, size / 2, size / 2}};
                }
            }
            workload.layers.push_back({static_cast<double>(random.between(1, 3)), work});
        }
        workload.latency = Seconds(1);
        workload.power = Watts(1);
        data.workloads.push_back(workload);
    }
    data.files = {{"w.csv", std::string(64, '0'), 120}, {"l.csv", std::string(64, '0'), 120}};
    const auto error = [&](std::size_t i) {
        const double random_part = noise * static_cast<double>(random.between(-1000, 1000)) / 1000.0;
        return std::exp(random_part) * (outliers && i % 25 == 0 ? 1.5 : 1.0);
    };
    const auto latency = predict_latency(truth, data);
    for (std::size_t i = 0; i < latency.size(); ++i) {
        data.workloads[i].latency = Seconds(latency[i].predicted * error(i));
    }
    const auto power = predict_power(truth, data);
    for (std::size_t i = 0; i < power.size(); ++i) {
        data.workloads[i].power = Watts(power[i].predicted * error(i));
    }
    return data;
}

GpuModel shipped() { return load_gpu_model(kRoot + "/cost_models/jetson_tx2.yaml").model; }

const KernelParams& kernel(const GpuModel& model, KernelClass kind) {
    return model.kernels[static_cast<std::size_t>(kind)];
}

}  // namespace

TEST_CASE("kernel parameters of synthetic networks are recovered", "[calibrate]") {
    const GpuModel truth = shipped();
    SECTION("to 0.1 % without noise") {
        const GpuFit fit = fit_gpu(synthetic(truth, 0, false), truth);
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
        const GpuFit fit = fit_gpu(synthetic(truth, 0.03, true), truth);
        const auto near = [&](KernelClass kind) {
            return kernel(fit.model, kind).compute->value() ==
                   Approx(kernel(truth, kind).compute->value()).epsilon(0.2);
        };
        CHECK(near(KernelClass::conv_1x1));
        CHECK(near(KernelClass::conv_3x3_s1));
        CHECK(near(KernelClass::conv_other));
        CHECK(near(KernelClass::depthwise));
        CHECK(summarize(fit.latency->held_out).median < 0.03);
        CHECK(fit.model.seen[static_cast<std::size_t>(KernelClass::conv_1x1)].has_value());
    }
}

TEST_CASE("too few workloads are refused", "[calibrate]") {
    GpuData data = synthetic(shipped(), 0, false);
    data.workloads.resize(10);
    CHECK_THROWS_WITH(fit_gpu(data, shipped()), Catch::Contains("10 workloads with a latency are too few"));
}

TEST_CASE("the committed GPU model comes from the measurements, within the bars", "[calibrate][data]") {
    if (!std::filesystem::exists(kData + "tx2_workloads.csv")) {
        WARN("skipped: the measurements are not there");
        return;
    }
    const std::string file = kRoot + "/cost_models/jetson_tx2.yaml";
    const GpuData data =
        load_gpu_data(kData + "tx2_workloads.csv", kData + "tx2_workload_layers.csv", kData + "tx2_ops.csv");
    const GpuFit fit = fit_gpu(data, load_gpu_model(file).model);
    CHECK(summarize(fit.latency->held_out).mape <= 0.07);
    CHECK(summarize(fit.latency->held_out).rows == 310);
    CHECK(summarize(fit.power->held_out).mape <= 0.09);
    CHECK(summarize(fit.tuned->held_out).mape <= 0.15);
    CHECK(calibrated_gpu_yaml(file, data, fit) == slurp(file));
}
