// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/prospects.hpp"

#include <tuple>

namespace cleave {
namespace {

auto resource_key(const LayerHardware& hw) {
    return std::tie(hw.resources.alm, hw.resources.m20k, hw.resources.dsp);
}

void add(Prospect& prospect, const LayerHardware& hw) {
    ++prospect.variants;
    if (!prospect.fastest || std::tuple(hw.interval, resource_key(hw)) <
                                 std::tuple(prospect.fastest->interval, resource_key(*prospect.fastest))) {
        prospect.fastest = hw;
    }
    if (!prospect.slowest || std::tuple(-hw.interval, resource_key(hw)) <
                                 std::tuple(-prospect.slowest->interval, resource_key(*prospect.slowest))) {
        prospect.slowest = hw;
    }
}

}  // namespace

std::vector<Prospect> prospects_of(const Costing& costing, UnitId unit) {
    std::vector<Prospect> all;
    for (const ClockedImplementation& one : costing.platform().fpga.implementations()) {
        Prospect prospect;
        prospect.implementation = one.number;
        FpgaRefusal least;
        for (const LayerHardware& hw : costing.hardware().useful(unit)) {
            if (hw.choice.implementation != one.number) {
                continue;
            }
            if (const auto refusal = costing.refusal(hw.resources); !refusal) {
                add(prospect, hw);
            } else if (least.resource.empty() || refusal->ratio() < least.ratio()) {
                least = *refusal;
            }
        }
        if (prospect.variants == 0) {
            prospect.refusal = least;
        }
        all.push_back(prospect);
    }
    return all;
}

}  // namespace cleave
