// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/condition.hpp"
#include "cleave/text/messages.hpp"

#include <string>

namespace cleave::cli {

/// "knee.energy_gain<1.2: it is 1.17"
[[nodiscard]] inline std::string describe_judged(const Judged& judged) {
    const std::string name = printable(judged.condition.text);
    return judged.actual ? name + ": it is " + show_metric(judged.condition.metric, judged.actual)
                         : name + ": it has no value here";
}

}  // namespace cleave::cli
