// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/folded_passes.hpp"

#include <algorithm>

namespace cleave {

std::vector<std::int64_t> divisors(std::int64_t n) {
    std::vector<std::int64_t> small;
    std::vector<std::int64_t> large;
    for (std::int64_t d = 1; d * d <= n; ++d) {
        if (n % d == 0) {
            small.push_back(d);
            if (d * d != n) {
                large.push_back(n / d);
            }
        }
    }
    small.insert(small.end(), large.rbegin(), large.rend());
    return small;
}

std::int64_t beat_of(std::int64_t channels, std::int64_t lanes) {
    for (const std::int64_t divisor : divisors(channels)) {
        if (divisor >= lanes) {
            return divisor;
        }
    }
    return 0;
}

std::int64_t shuffle_beat(std::int64_t channels, std::int64_t groups, std::int64_t lanes) {
    if (groups > 1) {
        for (const std::int64_t beat : divisors(channels / groups)) {
            if (beat >= lanes && beat % groups == 0) {
                return beat;
            }
        }
    }
    return 0;
}

std::int64_t mean_lanes(std::int64_t pe, std::int64_t positions) {
    for (const std::int64_t lanes : divisors(pe)) {
        if (pe / lanes <= std::max<std::int64_t>(1, positions / 8)) {
            return lanes;
        }
    }
    return pe;
}

FoldedPasses passes_of(const FoldedTurns& turns, const Fold& fold) {
    const std::int64_t rows = fold.columns ? turns.window.kernel_h : 1;
    const std::int64_t turns_of_window = turns.window.taps() / rows;
    FoldedPasses p;
    const std::int64_t at_a_time = turns.depthwise ? fold.pe : fold.simd;
    const std::int64_t all_channels = turns.depthwise ? turns.filters : turns.channels * turns.groups;
    p.words = all_channels / at_a_time;
    p.word_bytes = at_a_time * rows;
    p.count = turns.depthwise ? turns.filters / fold.pe : turns.filters / fold.pe * turns.groups;
    p.length = turns_of_window * (turns.channels / fold.simd);
    p.multipliers = fold.products_per_clock(turns.window.kernel_h);
    for (const std::int64_t d : divisors(fold.pe)) {
        p.output = d;
        if (fold.pe / d <= p.length) {
            break;
        }
    }
    return p;
}

}  // namespace cleave
