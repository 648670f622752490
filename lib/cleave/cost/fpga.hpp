// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/dhm_csd.hpp"
#include "cleave/cost/dhm_fitted.hpp"

namespace cleave {

using ImplementationForm = AnyForm<DhmFitted, DhmCsd>;

/// One way to turn layers into hardware on a device.
struct Implementation : CommonFigures {
    ImplementationForm form;
};

/// Parameters of one FPGA, as its model file gives them.
struct FpgaModel {
    std::string name;
    Resources capacity;
    Watts static_power;
    std::vector<Implementation> implementations;
};

/// An FPGA as configured for one exploration. Nothing outside `cost` knows which implementation is behind it.
class Fpga {
public:
    /// @param capacity  replaces the model's where the configuration says so.
    Fpga(FpgaModel model, std::size_t implementation, Hertz clock, Resources capacity);

    [[nodiscard]] const FpgaModel& model() const { return model_; }
    [[nodiscard]] const Implementation& implementation() const {
        return model_.implementations[implementation_];
    }
    /// Its position in the model's list.
    [[nodiscard]] std::size_t implementation_number() const { return implementation_; }
    [[nodiscard]] Hertz clock() const { return clock_; }
    [[nodiscard]] Watts static_power() const { return model_.static_power; }
    [[nodiscard]] const Resources& capacity() const { return capacity_; }
    /// What the implementation leaves of the ALM: a device that is fuller cannot be routed.
    [[nodiscard]] std::int64_t usable_alm() const;

    /// Each hardware that a layer or slice can become; empty if there is none for its operation on this
    /// device (softmax, ...).
    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work) const {
        return implementation().form.variants(work, implementation());
    }
    /// Memory that delays a feature map of `channels` by `positions` input positions (a branch that waits).
    [[nodiscard]] Resources delay_buffer(std::int64_t channels, std::int64_t positions) const {
        return implementation().form.delay_buffer(channels, positions, implementation());
    }
    /// Dynamic power of a pipeline with the given resource demand, while it works.
    [[nodiscard]] Watts dynamic_power(const Resources& demand) const;
    /// The limits that summed demand must keep.
    [[nodiscard]] const std::vector<CapacityLimit>& limits() const { return limits_; }
    /// Blocks really occupied by a summed demand: lines that find no free M20K count as the logic they
    /// become.
    [[nodiscard]] Resources occupied(const Resources& demand) const {
        return implementation().form.occupied(demand, available());
    }
    /// True if the blocks really occupied are always the summed demand.
    [[nodiscard]] bool adds_up() const { return implementation().form.adds_up(); }
    /// Adaptive look-up tables of a convolution or fully connected layer alone on the device; nothing if the
    /// implementation's data do not say.
    [[nodiscard]] std::optional<double> aluts(const LayerWork& work) const {
        return implementation().form.aluts(work, implementation(), available());
    }
    /// The highest clock of a convolution or fully connected layer; nothing if the implementation's data do
    /// not say. Times are computed with clock(), whatever this is.
    [[nodiscard]] std::optional<Hertz> fmax(const LayerWork& work) const {
        return implementation().form.fmax(work, implementation());
    }
    /// True for a convolution outside the ranges that the implementation's figures come from.
    [[nodiscard]] bool extrapolated(const LayerWork& work) const;
    /// Bytes of one element of a feature map on the FPGA, and of one partial sum over `taps` products.
    [[nodiscard]] std::int64_t map_bytes() const;
    [[nodiscard]] std::int64_t partial_sum_bytes(std::int64_t taps) const;

private:
    /// The capacity, of the ALM what may be planned for.
    [[nodiscard]] Resources available() const { return {usable_alm(), capacity_.dsp, capacity_.m20k}; }

    FpgaModel model_;
    std::size_t implementation_;
    Hertz clock_;
    Resources capacity_;
    std::vector<CapacityLimit> limits_;
};

}  // namespace cleave
