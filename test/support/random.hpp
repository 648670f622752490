// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace cleave::testing {

/// Sanitizers run code several times slower. There, long tests do a tenth of their rounds: `n / kFewer`.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kFewer = 10;
#else
constexpr int kFewer = 1;
#endif

/// Random numbers that are the same with every standard library: the engine's own output, without the
/// library's distributions.
class Random {
public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}

    /// Evenly from [0, count); the small bias of the remainder does not matter here.
    [[nodiscard]] std::int64_t below(std::int64_t count) {
        return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(count));
    }
    /// Evenly from [first, last].
    [[nodiscard]] std::int64_t between(std::int64_t first, std::int64_t last) {
        return first + below(last - first + 1);
    }
    /// True in `percent` of all cases.
    [[nodiscard]] bool chance(std::int64_t percent) { return below(100) < percent; }

    template <class T>
    [[nodiscard]] T pick(const std::vector<T>& choices) {
        return choices[static_cast<std::size_t>(below(static_cast<std::int64_t>(choices.size())))];
    }

private:
    std::mt19937 engine_;
};

}  // namespace cleave::testing
