// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/dhm_csd.hpp"
#include "cleave/cost/dhm_fitted.hpp"
#include "cleave/cost/folded.hpp"

namespace cleave {

using ImplementationForm = AnyForm<DhmFitted, DhmCsd, Folded>;

/// One way to turn layers into hardware on a device.
struct Implementation : CommonFigures {
    ImplementationForm form;
};

/// The device as its vendor's tools name it.
struct FpgaPart {
    std::string family;
    std::string device;
};

/// Parameters of one FPGA, as its model file gives them.
struct FpgaModel {
    std::string name;
    Resources capacity;
    Watts static_power;
    std::vector<Implementation> implementations;
    /// Empty names: not known.
    FpgaPart part = {};
};

/// An implementation that an exploration may use, by its position in the model's list, at a clock.
struct ClockedImplementation {
    std::size_t number = 0;
    Hertz clock;
};

/// An FPGA as configured for one exploration: layer by layer, one of its implementations. All that run as one
/// pipeline have one clock, the least of theirs. Nothing outside `cost` knows the forms behind them.
class Fpga {
public:
    /// @param capacity  replaces the model's where the configuration says so.
    /// @throws std::invalid_argument for an implementation that is not in the model, twice in the list or
    /// cannot be beside others (unmixable), and for a clock that is not positive.
    Fpga(FpgaModel model, std::vector<ClockedImplementation> implementations, Resources capacity);
    Fpga(FpgaModel model, std::size_t implementation, Hertz clock, Resources capacity)
        : Fpga(std::move(model), {{implementation, clock}}, capacity) {}

    [[nodiscard]] const FpgaModel& model() const { return model_; }
    /// Those that may be used, in the order of the configuration.
    [[nodiscard]] const std::vector<ClockedImplementation>& implementations() const { return chosen_; }
    [[nodiscard]] const Implementation& implementation(std::size_t number) const {
        return model_.implementations[number];
    }
    /// Their names, such as "folded + dhm-csd".
    [[nodiscard]] std::string implementation_names() const;
    /// For people: "dhm-csd, 76 MHz", or "folded at 150 MHz + dhm-csd at 76 MHz".
    [[nodiscard]] std::string description() const;
    [[nodiscard]] Hertz clock_of(std::size_t number) const;
    /// The clocks that a pipeline may have, fastest first, each once.
    [[nodiscard]] const std::vector<Hertz>& clocks() const { return clocks_; }
    [[nodiscard]] Watts static_power() const { return model_.static_power; }
    [[nodiscard]] const Resources& capacity() const { return capacity_; }
    /// What the implementations leave of the ALM: a device that is fuller cannot be routed.
    [[nodiscard]] std::int64_t usable_alm() const;
    [[nodiscard]] double usable_alm_share() const;

    /// Each hardware that a layer or slice can become, in the order of implementations(); empty if there is
    /// none for its operation on this device (softmax, ...).
    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work) const;
    /// Memory for what waits of a feature map (a branch that is early) in front of a layer of an
    /// implementation.
    [[nodiscard]] Resources delay_buffer(std::size_t number, const WaitingMap& map) const {
        return implementation(number).form.delay_buffer(map, implementation(number));
    }
    /// Dynamic power of a pipeline at a clock for as long as it runs, and, on top, of a part of it that
    /// occupies blocks while a frame's worth of data is in it.
    [[nodiscard]] Watts base_power(Hertz clock) const;
    [[nodiscard]] Watts work_power(std::size_t number, const Resources& demand, Hertz clock) const;
    /// The limits that summed demand must keep.
    [[nodiscard]] const std::vector<CapacityLimit>& limits() const { return limits_; }
    /// Blocks really occupied by a summed demand: lines that find no free M20K count as the logic they
    /// become.
    [[nodiscard]] Resources occupied(const Resources& demand) const {
        return first().form.occupied(demand, available());
    }
    /// True if the blocks really occupied are always the summed demand.
    [[nodiscard]] bool adds_up() const { return first().form.adds_up(); }
    /// Adaptive look-up tables of a convolution or fully connected layer alone on the device in the first
    /// implementation; nothing if its data do not say.
    [[nodiscard]] std::optional<double> aluts(const LayerWork& work) const {
        return first().form.aluts(work, first(), available());
    }
    /// The highest clock of a convolution or fully connected layer in the first implementation; nothing if
    /// its data do not say. Times are computed with clock_of(), whatever this is.
    [[nodiscard]] std::optional<Hertz> fmax(const LayerWork& work) const {
        return first().form.fmax(work, first());
    }
    /// What costs assume of weights that are not known: that of the first implementation whose costs depend
    /// on them, with its name; nothing if none's do.
    struct Assumption {
        std::string implementation;
        AssumedWeights weights;
    };
    [[nodiscard]] std::optional<Assumption> assumed_weights() const;
    /// True for a convolution or fully connected layer in hardware outside the ranges that the figures of its
    /// implementation come from.
    [[nodiscard]] bool extrapolated(const HardwareChoice& hardware, const LayerWork& work) const;
    /// Bytes of one element of a feature map on the FPGA, and of one partial sum over `taps` products.
    [[nodiscard]] std::int64_t map_bytes() const;
    [[nodiscard]] std::int64_t partial_sum_bytes(std::int64_t taps) const;

private:
    [[nodiscard]] const Implementation& first() const { return implementation(chosen_.front().number); }
    /// The capacity, of the ALM what may be planned for.
    [[nodiscard]] Resources available() const { return {usable_alm(), capacity_.dsp, capacity_.m20k}; }

    FpgaModel model_;
    std::vector<ClockedImplementation> chosen_;
    Resources capacity_;
    std::vector<Hertz> clocks_;
    std::vector<CapacityLimit> limits_;
};

/// Why implementations cannot be used beside each other: one's memory may become logic, which its limits
/// reckon with for all memory there is; or feature maps have different widths. Nothing if they can.
[[nodiscard]] std::optional<std::string> unmixable(const FpgaModel& model,
                                                   const std::vector<std::size_t>& numbers);

}  // namespace cleave
