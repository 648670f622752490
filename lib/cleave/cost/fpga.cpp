// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/fpga.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/network/parameters.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

bool is_outside(const std::optional<SeenRange>& range, std::int64_t value) {
    return range && (value < range->least || value > range->most);
}

}  // namespace

Fpga::Fpga(FpgaModel model, std::size_t implementation, Hertz clock, Resources capacity)
    : model_(std::move(model)), implementation_(implementation), clock_(clock), capacity_(capacity) {
    if (implementation_ >= model_.implementations.size() || !(clock_.value() > 0)) {
        throw std::invalid_argument("FPGA implementation or clock out of range");
    }
    limits_ = this->implementation().form.limits(available());
}

std::int64_t Fpga::usable_alm() const {
    return static_cast<std::int64_t>(
        std::floor(implementation().usable_alm_share * static_cast<double>(capacity_.alm)));
}

bool Fpga::extrapolated(const LayerWork& work) const {
    const auto* conv = std::get_if<Conv>(&work.op);
    if (conv == nullptr) {
        return false;
    }
    const Shape& in = work.inputs.front();
    const Filters filters = filters_of(work.op, in).value();
    const SeenRanges& seen = implementation().seen;
    return is_outside(seen.taps, filters.taps) || is_outside(seen.filters, filters.count) ||
           is_outside(seen.weights, filters.weights()) || is_outside(seen.kernel, conv->window.kernel_h) ||
           is_outside(seen.kernel, conv->window.kernel_w) || is_outside(seen.width, in.width) ||
           is_outside(seen.groups, conv->groups);
}

Watts Fpga::dynamic_power(const Resources& demand) const {
    const Resources real = occupied(demand);
    return implementation().power.dynamic(static_cast<double>(real.alm), static_cast<double>(real.m20k));
}

std::int64_t Fpga::map_bytes() const { return ceil_div(implementation().bits, 8); }

std::int64_t Fpga::partial_sum_bytes(std::int64_t taps) const {
    return ceil_div(2 * implementation().bits + ceil_log2(taps), 8);
}

}  // namespace cleave
