// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/explore.hpp"

#include "cleave/search/find_front.hpp"
#include "cleave/search/uncertainty.hpp"
#include "cleave/units/memory.hpp"

#include <atomic>
#include <chrono>

namespace cleave {
namespace {

/// Says when an exploration has to end, to all of its threads; once true, always true.
class Deadline {
public:
    Deadline(const SearchLimits& limits, const std::function<bool()>& should_stop)
        : time_limit_(limits.time_limit), memory_(limits.memory_limit), should_stop_(should_stop) {}

    [[nodiscard]] bool passed() const {
        if (!passed_ && ((should_stop_ && should_stop_()) || (time_limit_ && elapsed() > *time_limit_) ||
                         memory_.passed())) {
            passed_ = true;
        }
        return passed_;
    }

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] Seconds elapsed() const {
        return Seconds(std::chrono::duration<double>(Clock::now() - start_).count());
    }

    std::optional<Seconds> time_limit_;
    MemoryLimit memory_;
    const std::function<bool()>& should_stop_;
    Clock::time_point start_ = Clock::now();
    mutable std::atomic<bool> passed_{false};
};

}  // namespace

ExploreResult explore(const ExploreRequest& request, const std::function<bool()>& should_stop,
                      Progress* progress) {
    const Deadline deadline(request.limits, should_stop);
    const auto stop = [&] { return deadline.passed(); };
    ExploreResult result = find_front(request, stop, progress);
    if (!result.front.empty()) {
        result.uncertainty = assess(request, result.front, stop, progress);
    }
    return result;
}

}  // namespace cleave
