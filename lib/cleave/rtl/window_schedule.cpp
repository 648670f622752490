// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/window_schedule.hpp"

#include <algorithm>

namespace cleave {

WindowSchedule schedule_window(const Window& window, const Shape& in, const Shape& out) {
    WindowSchedule schedule;
    schedule.input_positions = in.positions();
    std::vector<std::int64_t> first;
    for (std::int64_t y = 0; y < out.height; ++y) {
        const std::int64_t top = y * window.stride_h - window.pad_top;
        const std::int64_t last_row = std::clamp<std::int64_t>(top + window.extent_h() - 1, 0, in.height - 1);
        const std::int64_t first_row = std::clamp<std::int64_t>(top, 0, in.height - 1);
        for (std::int64_t x = 0; x < out.width; ++x) {
            const std::int64_t left = x * window.stride_w - window.pad_left;
            const std::int64_t last_column =
                std::clamp<std::int64_t>(left + window.extent_w() - 1, 0, in.width - 1);
            const std::int64_t first_column = std::clamp<std::int64_t>(left, 0, in.width - 1);
            const std::int64_t last = last_row * in.width + last_column;
            schedule.need.push_back(schedule.need.empty() ? last : std::max(schedule.need.back(), last));
            first.push_back(first_row * in.width + first_column);
        }
    }
    schedule.free.resize(first.size());
    std::int64_t still_read = schedule.input_positions;
    for (std::size_t p = first.size(); p-- > 0;) {
        schedule.free[p] = still_read;
        still_read = std::min(still_read, first[p]);
    }
    return schedule;
}

StepTable need_steps(const WindowSchedule& schedule, const Shape& out) {
    const auto width = static_cast<std::size_t>(out.width);
    StepTable steps(schedule.need.size() / width, std::vector<std::int64_t>(width));
    for (std::size_t p = 0; p < schedule.need.size(); ++p) {
        const std::int64_t next = p + 1 < schedule.need.size()
                                      ? schedule.need[p + 1]
                                      : schedule.input_positions + schedule.need.front();
        steps[p / width][p % width] = next - schedule.need[p];
    }
    return steps;
}

StepTable free_steps(const WindowSchedule& schedule, const Shape& out) {
    const auto width = static_cast<std::size_t>(out.width);
    StepTable steps(schedule.free.size() / width, std::vector<std::int64_t>(width));
    for (std::size_t p = 0; p < schedule.free.size(); ++p) {
        steps[p / width][p % width] = schedule.free[p] - (p > 0 ? schedule.free[p - 1] : 0);
    }
    return steps;
}

}  // namespace cleave
