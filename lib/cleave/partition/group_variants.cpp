// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/group_variants.hpp"

namespace cleave {

void keep_nearest(std::optional<SmallestPiece>& least, const std::optional<SmallestPiece>& other) {
    if (other && (!least || other->refusal.ratio() < least->refusal.ratio())) {
        least = other;
    }
}

std::shared_ptr<const GroupVariants> GroupCache::get(const Key& key,
                                                     const std::function<GroupVariants()>& make) {
    Entry* entry = nullptr;
    {
        const std::lock_guard lock(mutex_);
        entry = &entries_[key];
    }
    // Who comes second waits for this group only.
    std::call_once(entry->made, [&] { entry->variants = std::make_shared<const GroupVariants>(make()); });
    return entry->variants;
}

}  // namespace cleave
