// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/plan_difference.hpp"

#include <fmt/format.h>

namespace cleave {
namespace {

class PlanComparison {
public:
    PlanComparison(const Plan& found, const Plan& expected) : found_(found), expected_(expected) {}

    std::vector<std::string> run() {
        compare("steps", found_.steps.size(), expected_.steps.size());
        compare("tensors", found_.tensors.size(), expected_.tensors.size());
        if (!differences_.empty()) {
            return differences_;
        }
        for (std::size_t i = 0; i < found_.steps.size(); ++i) {
            compare_step(fmt::format("steps[{}]", i), found_.steps[i], expected_.steps[i]);
        }
        for (std::size_t i = 0; i < found_.tensors.size(); ++i) {
            compare_tensor(fmt::format("tensors[{}]", i), found_.tensors[i], expected_.tensors[i]);
        }
        compare("point.latency_ns", found_.latency.ticks(), expected_.latency.ticks());
        compare("point.energy_pj", found_.energy.ticks(), expected_.energy.ticks());
        compare("point.standing_power_mw", found_.standing_power.ticks(), expected_.standing_power.ticks());
        compare("point.standing_energy_pj", found_.standing_energy.ticks(),
                expected_.standing_energy.ticks());
        compare("point.link_bytes", found_.link_bytes, expected_.link_bytes);
        return differences_;
    }

private:
    template <class T>
    void compare(const std::string& path, const T& found, const T& expected) {
        if (found != expected) {
            differences_.push_back(fmt::format("{}: is {}, but on this platform the mapping comes to {}",
                                               path, found, expected));
        }
    }

    /// Of values whose text says nothing more.
    void require(const std::string& path, bool same) {
        if (!same) {
            differences_.push_back(path + ": is not as on this platform the mapping comes to");
        }
    }

    void compare_step(const std::string& path, const PlanStep& found, const PlanStep& expected) {
        require(path + ".device", found.device == expected.device);
        require(path + ".depends_on", found.depends_on == expected.depends_on);
        require(path + ".inputs", found.inputs == expected.inputs);
        require(path + ".outputs", found.outputs == expected.outputs);
        compare(path + ".expected.start_ns", found.start.ticks(), expected.start.ticks());
        compare(path + ".expected.duration_ns", found.duration.ticks(), expected.duration.ticks());
        compare(path + ".expected.energy_pj", found.energy.ticks(), expected.energy.ticks());
    }

    void compare_tensor(const std::string& path, const PlanTensor& found, const PlanTensor& expected) {
        compare(path + ".name", found.name, expected.name);
        require(path, found.layer == expected.layer && found.content == expected.content &&
                          found.channels == expected.channels && found.from == expected.from &&
                          found.to == expected.to &&
                          found.crossing.has_value() == expected.crossing.has_value());
        if (found.crossing && expected.crossing) {
            require(path + ".crossing", found.crossing->step == expected.crossing->step &&
                                            found.crossing->direction == expected.crossing->direction);
            compare(path + ".crossing.bits", found.crossing->bits, expected.crossing->bits);
            compare(path + ".crossing.bytes", found.crossing->bytes, expected.crossing->bytes);
        }
    }

    const Plan& found_;
    const Plan& expected_;
    std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> plan_differences(const Plan& found, const Plan& expected) {
    return PlanComparison(found, expected).run();
}

}  // namespace cleave
