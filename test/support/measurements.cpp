// SPDX-License-Identifier: Apache-2.0
#include "support/measurements.hpp"

#include "cleave/calibrate/gpu_fit.hpp"
#include "support/random.hpp"

#include <cmath>
#include <string>

namespace cleave::testing {
namespace {

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

}  // namespace

GpuData synthetic_gpu_data(const GpuModel& truth, double noise, bool outliers) {
    GpuData data;
    Random random(11);
    for (int n = 0; n < 120; ++n) {
        Workload workload;
        workload.name = "net" + std::to_string(n) + "@" + std::to_string(64 + n);
        workload.network = "net" + std::to_string(n / 3);
        workload.family = "family" + std::to_string(n / 30);
        const std::int64_t layers = random.between(5, 40);
        for (std::int64_t i = 0; i < layers; ++i) {
            const std::int64_t size = std::int64_t{7} << random.between(0, 4);
            const std::int64_t channels = std::int64_t{8} << random.between(0, 6);
            const std::int64_t filters = std::int64_t{8} << random.between(0, 6);
            LayerWork work;
            switch (random.between(0, 7)) {
                case 0: work = conv(size, channels, filters, 1, 1, 1); break;
                case 1: work = conv(size, channels, filters, 3, 1, 1); break;
                case 2: work = conv(size, channels, filters, 3, 2, 1); break;
                case 3: work = conv(size, channels, filters, 7, 2, 1); break;
                case 4: work = conv(size, channels, channels, 3, 1, channels); break;
                case 5: work = conv(size, channels, channels, 5, 1, channels); break;
                case 6:
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
    data.workload_file = {"w.csv", std::string(64, '0'), 120};
    data.layer_files = {{"l.csv", std::string(64, '0'), 120}};
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

FpgaData synthetic_fpga_data(const Fpga& truth, std::size_t count) {
    FpgaData data;
    data.files = {{"designs.csv", std::string(64, '0'), count}};
    Random random(5);
    const auto noisy = [&](double value) {
        return value * (1 + 0.01 * static_cast<double>(random.between(-100, 100)) / 100);
    };
    for (std::size_t i = 0; i < count; ++i) {
        FpgaDesign design;
        design.name = "design " + std::to_string(i);
        design.work = conv(random.between(6, 16), random.between(1, 10), random.between(2, 10),
                           random.between(2, 5), 1, 1);
        const Resources demand = truth.variants(design.work).front().resources;
        const Resources used = truth.occupied(demand);
        design.alm = noisy(static_cast<double>(used.alm));
        design.alut = noisy(truth.aluts(design.work).value());
        design.m20k = static_cast<double>(used.m20k);
        design.fmax = Hertz(noisy(truth.fmax(design.work)->value()));
        design.power =
            Watts(noisy((truth.static_power() + (truth.base_power(truth.clocks().front()) +
                                                 truth.work_power(truth.implementations().front().number,
                                                                  demand, truth.clocks().front())))
                            .value()));
        data.designs.push_back(design);
    }
    return data;
}

}  // namespace cleave::testing
