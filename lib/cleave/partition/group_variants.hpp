// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/options.hpp"
#include "cleave/partition/stage.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cleave {

/// A run or a split along one axis, with its choices (foldings; shares and foldings), each fitting the FPGA
/// alone.
struct GroupVariants {
    std::shared_ptr<const GroupChoices> choices;
    /// Of each choice.
    std::vector<GroupCost> costs;
    /// Among single layers and slices that do not fit, the one that misses by least.
    std::optional<SmallestPiece> refused;
};

/// Keeps of both the one that misses by less.
void keep_nearest(std::optional<SmallestPiece>& least, const std::optional<SmallestPiece>& other);

/// Groups that may start in several states, each made once: what may be in one depends on its units alone,
/// and on the region that they are in. May be used from several threads.
class GroupCache {
public:
    using Key = std::pair<std::vector<UnitId>, std::optional<SplitAxis>>;

    [[nodiscard]] std::shared_ptr<const GroupVariants> get(const Key& key,
                                                           const std::function<GroupVariants()>& make);

private:
    struct Entry {
        std::once_flag made;
        std::shared_ptr<const GroupVariants> variants;
    };
    std::mutex mutex_;
    std::map<Key, Entry> entries_;
};

}  // namespace cleave
