// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/hardware_json.hpp"

namespace cleave {

Json resources_json(const Fpga& fpga, const Resources& demand) {
    const Resources real = fpga.occupied(demand);
    return {{"alm", real.alm}, {"dsp", real.dsp}, {"m20k", real.m20k}};
}

Json fold_json(const Fold& fold) {
    return {{"pe", fold.pe},
            {"simd", fold.simd},
            {"multipliers", name_of(fold.multipliers)},
            {"columns", fold.columns}};
}

Json implementations_json(const Fpga& fpga) {
    Json list = Json::array();
    for (const ClockedImplementation& one : fpga.implementations()) {
        list.push_back({{"name", fpga.implementation(one.number).name}, {"clock_hz", one.clock.value()}});
    }
    return list;
}

}  // namespace cleave
