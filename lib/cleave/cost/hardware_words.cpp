// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/hardware_words.hpp"

#include <fmt/format.h>

namespace cleave {

std::string fold_words(const Fold& fold, const Op& op) {
    if (!std::holds_alternative<Conv>(op) && !std::holds_alternative<FullyConnected>(op)) {
        return fmt::format("PE {}", fold.pe);
    }
    return fmt::format("PE {} x SIMD {}{}{}", fold.pe, fold.simd,
                       fold.multipliers == Multipliers::logic ? " in logic" : "",
                       fold.columns ? ", column former" : "");
}

std::string hardware_words(const Fpga& fpga, const HardwareChoice& choice, const Op& op) {
    return fpga.implementation(choice.implementation).name +
           (choice.fold ? " " + fold_words(*choice.fold, op) : "");
}

}  // namespace cleave
