// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace cleave {

/// Bytes of memory that the process has in use (its resident set); 0 where the system does not say.
[[nodiscard]] std::int64_t resident_bytes();

/// Says whether the process has more memory in use than wanted; once true, always true. May be asked from
/// several threads, as often as one likes: the system is asked once a millisecond.
class MemoryLimit {
public:
    explicit MemoryLimit(std::optional<std::int64_t> most_bytes) : most_bytes_(most_bytes) {}

    [[nodiscard]] bool passed() const;

private:
    using Clock = std::chrono::steady_clock;

    std::optional<std::int64_t> most_bytes_;
    mutable std::atomic<Clock::rep> ask_at_{0};
    mutable std::atomic<bool> passed_{false};
};

}  // namespace cleave
