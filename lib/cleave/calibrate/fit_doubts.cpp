// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fit_doubts.hpp"

#include <fmt/format.h>

#include <utility>

namespace cleave {

std::vector<std::string> doubts(const GpuFit& fit, KnowsData base) {
    constexpr double kWorse = 1.1;
    std::vector<std::string> found;
    const auto examine = [&](const char* what, const auto& target, const std::vector<Prediction>& rescaled) {
        if (!target) {
            return;
        }
        std::vector<std::string> at_bound;
        for (std::size_t i = 0; i < target->names.size(); ++i) {
            if (target->fit.at_bound[i]) {
                at_bound.push_back(target->names[i]);
            }
        }
        if (!at_bound.empty()) {
            found.push_back(fmt::format("{}: at a bound, so not known from these data: {}", what,
                                        fmt::join(at_bound, ", ")));
        }
        const double simple = summarize(rescaled).mape;
        for (const auto& [held_out, how] :
             {std::pair(&target->held_out, "held out"),
              std::pair(&target->held_out_family, "with its family held out")}) {
            const double error = summarize(*held_out).mape;
            if (base == KnowsData::no && !rescaled.empty() && !held_out->empty() && error > kWorse * simple) {
                found.push_back(fmt::format(
                    "{}: {} {:.1f} % off, while the base multiplied by one number is {:.1f} % off", what, how,
                    100 * error, 100 * simple));
            }
        }
    };
    examine("latency", fit.latency, fit.rescaled_latency);
    examine("power", fit.power, fit.rescaled_power);
    examine("tuned kernels", fit.tuned, {});
    return found;
}

}  // namespace cleave
