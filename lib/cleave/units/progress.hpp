// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace cleave {

/// How far an exploration has come. Its threads count; another thread may read at any time, and then sees
/// counters that need not be of the same moment.
struct Progress {
    using Count = std::atomic<std::uint64_t>;
    /// States whose options are generated, of all.
    Count states_done{0};
    Count states{0};
    /// Options evaluated.
    Count options{0};
    /// Passes of the search begun; slices searched in the latest, of all in it.
    Count passes{0};
    Count slices_done{0};
    Count slices{0};
    /// Candidates of the search so far, to some ten thousand; labels that it holds now.
    Count candidates{0};
    Count labels{0};
    /// Steps of an uncertainty analysis: explorations and scored draws.
    Count steps_done{0};
    Count steps{0};
};

}  // namespace cleave
