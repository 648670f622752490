// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/search_stop.hpp"

namespace cleave {

bool SearchStop::asked() {
    if (stopped_) {
        return true;
    }
    if (options_.should_stop && options_.should_stop()) {
        stopped_ = true;
    }
    return stopped_;
}

void SearchStop::hold(std::int64_t bytes) {
    const std::int64_t now = bytes_ += bytes;
    if (options_.most_bytes && now > static_cast<std::int64_t>(*options_.most_bytes)) {
        stopped_ = true;
    }
}

void SearchStop::count_labels(std::int64_t labels) {
    const std::int64_t now = labels_ += labels;
    if (options_.progress != nullptr) {
        options_.progress->labels = static_cast<std::uint64_t>(now);
    }
    std::int64_t most = most_labels_;
    while (now > most && !most_labels_.compare_exchange_weak(most, now)) {
    }
}

void SearchStop::count_candidates(std::uint64_t candidates) const {
    if (options_.progress != nullptr) {
        options_.progress->candidates += candidates;
    }
}

}  // namespace cleave
