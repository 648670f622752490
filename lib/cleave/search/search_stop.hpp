// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/problem.hpp"

#include <atomic>
#include <cstdint>

namespace cleave {

/// Ends a search from any of its threads, and keeps count of the labels that all of them hold.
class SearchStop {
public:
    explicit SearchStop(const SearchOptions& options) : options_(options) {}
    /// Asks whether to stop; once true, always true.
    [[nodiscard]] bool asked();
    /// Changes the number of bytes held, and stops if they are too many.
    void hold(std::int64_t bytes);
    void count_labels(std::int64_t labels);
    /// For progress alone.
    void count_candidates(std::uint64_t candidates) const;
    [[nodiscard]] bool has_stopped() const { return stopped_; }
    [[nodiscard]] std::uint64_t most_labels() const { return static_cast<std::uint64_t>(most_labels_); }

private:
    const SearchOptions& options_;
    std::atomic<bool> stopped_{false};
    std::atomic<std::int64_t> bytes_{0};
    std::atomic<std::int64_t> labels_{0};
    std::atomic<std::int64_t> most_labels_{0};
};

}  // namespace cleave
