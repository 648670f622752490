// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fpga_extrapolation.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

/// Of the most weights in the data: threefold is what lies between.
constexpr double kSmall = 0.28;
constexpr double kLarge = 3 * kSmall;
constexpr std::size_t kFewestLarge = 40;

std::optional<FpgaFit> fit_if_enough(const FpgaData& data, const Fpga& base) {
    try {
        return fit_fpga(data, base);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

std::optional<FpgaExtrapolation> extrapolate(const FpgaData& data, const Fpga& base) {
    std::int64_t most = 0;
    for (const FpgaDesign& design : data.designs) {
        most = std::max(most, design.work.weights());
    }
    FpgaExtrapolation result;
    result.most_fitted = static_cast<std::int64_t>(kSmall * static_cast<double>(most));
    result.least_checked = static_cast<std::int64_t>(kLarge * static_cast<double>(most));
    FpgaData small;
    FpgaData large;
    for (const FpgaDesign& design : data.designs) {
        if (design.work.weights() <= result.most_fitted) {
            small.designs.push_back(design);
        } else if (design.work.weights() >= result.least_checked) {
            large.designs.push_back(design);
        }
    }
    if (large.designs.size() < kFewestLarge) {
        return std::nullopt;
    }
    const std::optional<FpgaFit> fit = fit_if_enough(small, base);
    if (!fit) {
        return std::nullopt;
    }
    FpgaModel model = base.model();
    model.implementations = {fit->implementation};
    const Hertz clock = fit->implementation.clock;
    result.predictions = predict_fpga({std::move(model), 0, clock, base.capacity()}, large);
    return result;
}

}  // namespace

FpgaFit fit_fpga_beyond(const FpgaData& data, const Fpga& base) {
    FpgaFit fit = fit_fpga(data, base);
    fit.extrapolation = extrapolate(data, base);
    if (fit.extrapolation) {
        const FpgaPredictions& beyond = fit.extrapolation->predictions;
        ImplementationSpread& spreads = fit.implementation.spread;
        spreads.alm = std::max(spreads.alm, spread(beyond.alm));
        spreads.m20k = std::max(spreads.m20k, spread(beyond.m20k));
        spreads.power = std::max(spreads.power, spread(beyond.power, base.static_power().value()));
        spreads.clock = std::max(spreads.clock, spread(beyond.fmax));
    }
    return fit;
}

}  // namespace cleave
