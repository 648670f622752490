// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/link_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>

namespace cleave {
namespace {

struct TransferSample {
    std::string name;
    Bytes size;
    Seconds time;
};

std::vector<TransferSample> samples_of(const LinkData& data, Direction direction) {
    std::vector<TransferSample> samples;
    for (const LinkTransfer& transfer : data.transfers) {
        const auto& time = direction == Direction::to_fpga ? transfer.to_fpga : transfer.to_gpu;
        if (time) {
            samples.push_back({transfer.name, transfer.size, *time});
        }
    }
    return samples;
}

/// Ranges follow the samples: the shortest time bounds what every transfer takes, the longest one the rate.
FitFields<LinkDirection> fields_for(const std::vector<TransferSample>& samples) {
    const auto by_time = [](const TransferSample& a, const TransferSample& b) { return a.time < b.time; };
    const TransferSample& longest = *std::max_element(samples.begin(), samples.end(), by_time);
    const Seconds least = std::min_element(samples.begin(), samples.end(), by_time)->time;
    const BytesPerSecond bandwidth = longest.size / longest.time;
    using D = LinkDirection;
    return {
        {"floor", &D::floor, least / 100, 1.2 * least, least},
        {"overhead", &D::overhead, least / 1000, 2 * least, least / 2},
        {"bandwidth", &D::bandwidth, bandwidth / 3, bandwidth * 3, bandwidth},
        {"exponent", &D::exponent, 1, 16, 4},
    };
}

LinkDirectionFit fit_samples(const std::vector<TransferSample>& samples) {
    FitOptions options;
    options.extra_starts = 8;
    // The timer's own steps are a few per cent of the shortest times: hold weakly determined figures loosely.
    options.ridge = 1e-6;
    const FitFields<LinkDirection> fields = fields_for(samples);
    return {fields, fit(
                        parameters_of(fields), samples.size(),
                        [&](std::span<const double> p, std::span<double> r) {
                            const LinkDirection direction = named(fields, p);
                            for (std::size_t i = 0; i < samples.size(); ++i) {
                                r[i] = direction.time(samples[i].size) / samples[i].time - 1;
                            }
                        },
                        options)};
}

Prediction predict(const LinkDirection& direction, const TransferSample& sample) {
    return {sample.name, sample.time.value(), direction.time(sample.size).value()};
}

}  // namespace

LinkDirectionFit fit_link(const LinkData& data, Direction which) {
    const std::vector<TransferSample> samples = samples_of(data, which);
    constexpr std::size_t kLeast = 5;
    if (samples.size() < kLeast) {
        throw std::invalid_argument(
            fmt::format("{} transfers {} are too few to fit a link: at least {} are needed", samples.size(),
                        which == Direction::to_fpga ? "to the FPGA" : "to the GPU", kLeast));
    }
    LinkDirectionFit result = fit_samples(samples);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        result.in_sample.push_back(predict(result.value, samples[i]));
        std::vector<TransferSample> others = samples;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        result.held_out.push_back(predict(fit_samples(others).value, samples[i]));
    }
    result.value.spread = spread(result.held_out);
    return result;
}

std::vector<Prediction> predict_link(const LinkModel& model, const LinkData& data, Direction direction) {
    std::vector<Prediction> predictions;
    for (const TransferSample& sample : samples_of(data, direction)) {
        predictions.push_back(
            predict(direction == Direction::to_fpga ? model.to_fpga : model.to_gpu, sample));
    }
    return predictions;
}

}  // namespace cleave
