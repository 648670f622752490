// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fpga_predictions.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cleave {
namespace {

std::string label_of(const FpgaDesign& design) {
    const Conv& conv = conv_of(design);
    const Shape& in = design.work.inputs.front();
    return fmt::format("{}x{}x{}, {} filters {}x{} ({})", in.channels, in.height, in.width, conv.filters,
                       conv.window.kernel_h, conv.window.kernel_w, design.name);
}

}  // namespace

const Conv& conv_of(const FpgaDesign& design) {
    const auto* conv = std::get_if<Conv>(&design.work.op);
    if (conv == nullptr) {
        throw std::invalid_argument("an FPGA model is fitted to convolutions only");
    }
    return *conv;
}

FpgaPredictions predict_fpga(const Fpga& fpga, const FpgaData& data) {
    FpgaPredictions all;
    const auto full = static_cast<double>(fpga.capacity().m20k);
    for (const FpgaDesign& d : data.designs) {
        // Designs do not say which of several variants they are.
        const auto variants = fpga.variants(d.work);
        if (variants.size() != 1) {
            continue;
        }
        const Resources& demand = variants.front().resources;
        const std::string label = label_of(d);
        const Resources used = fpga.occupied(demand);
        if (d.alm) {
            all.alm.push_back({label, *d.alm, static_cast<double>(used.alm)});
        }
        if (const auto aluts = fpga.aluts(d.work); d.alut && aluts) {
            all.alut.push_back({label, *d.alut, *aluts});
        }
        if (d.m20k && *d.m20k >= FpgaPredictions::kFewestBlocks && *d.m20k < full) {
            all.m20k.push_back({label, *d.m20k, static_cast<double>(used.m20k)});
        }
        if (const auto fmax = fpga.fmax(d.work); d.fmax && fmax) {
            all.fmax.push_back({label, d.fmax->value(), fmax->value()});
        }
        if (d.power) {
            const ClockedImplementation& used_as = fpga.implementations().front();
            const Watts watts = fpga.static_power() + fpga.base_power(used_as.clock) +
                                fpga.work_power(used_as.number, demand, used_as.clock);
            all.power.push_back({label, d.power->value(), watts.value()});
        }
    }
    return all;
}

}  // namespace cleave
