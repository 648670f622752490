// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/text.hpp"
#include "cleave/report/condition.hpp"

#include <string>

namespace cleave::cli {

/// "knee.energy_gain<1.2: it is 1.17"
[[nodiscard]] inline std::string describe_judged(const Judged& judged) {
    const std::string name = config::printable(judged.condition.text);
    return judged.actual ? name + ": it is " + show_metric(judged.condition.metric, judged.actual)
                         : name + ": it has no value here";
}

}  // namespace cleave::cli
