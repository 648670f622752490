// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/dominance.hpp"
#include "cleave/search/problem.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace cleave {

inline constexpr std::uint32_t kNoLabel = std::numeric_limits<std::uint32_t>::max();

/// A partial path from node 0: its sums, its last arc and the label before it. L is the number of loads kept.
template <std::size_t L>
struct Label {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    ResourceUse use{};
    [[no_unique_address]] std::array<std::int64_t, L> load{};
    std::uint32_t parent = kNoLabel;
    std::uint32_t arc = 0;
};

/// Labels as small numbers for DominanceTree: a field is the offset from the least value among the labels
/// of a node, halved until the greatest fits. Halving keeps order, so a label above another in a field is
/// nowhere below it there; what the fields cannot tell is compared in full.
template <std::size_t L>
class FieldScale {
public:
    FieldScale(const std::vector<Label<L>>& labels, const ResourceUse& slack) : slack_(slack) {
        Values low;
        Values high;
        low.fill(std::numeric_limits<std::int64_t>::max());
        high.fill(std::numeric_limits<std::int64_t>::min());
        for (const Label<L>& label : labels) {
            const Values v = values(label);
            for (std::size_t d = 0; d < kDims; ++d) {
                low[d] = std::min(low[d], v[d]);
                high[d] = std::max(high[d], v[d]);
            }
        }
        for (std::size_t d = 0; d < kDims; ++d) {
            // The energy always has a field, the others if they differ.
            if (d > 0 && low[d] >= high[d]) {
                continue;
            }
            const auto range =
                labels.empty() ? std::uint64_t{0} : static_cast<std::uint64_t>(high[d] - low[d]);
            int shift = 0;
            while ((range >> shift) > DominanceTree::kLargestField) {
                ++shift;
            }
            dims_[fields_++] = {d, low[d], shift};
            exact_ = exact_ && shift == 0;
        }
    }
    [[nodiscard]] std::size_t fields() const { return fields_; }
    [[nodiscard]] bool exact() const { return exact_; }
    [[nodiscard]] DominanceTree::Fields of(const Label<L>& label) const {
        const Values v = values(label);
        DominanceTree::Fields fields{};
        for (std::size_t f = 0; f < fields_; ++f) {
            fields[f] = static_cast<std::uint16_t>((v[dims_[f].dim] - dims_[f].low) >> dims_[f].shift);
        }
        return fields;
    }
    /// True if `label` is nowhere below `other`.
    [[nodiscard]] bool is_above(const Label<L>& label, const Label<L>& other) const {
        const Values a = values(label);
        const Values b = values(other);
        bool above = true;
        for (std::size_t f = 0; f < fields_; ++f) {
            above = above && a[dims_[f].dim] >= b[dims_[f].dim];
        }
        return above;
    }

private:
    static constexpr std::size_t kDims = 1 + L + kResourceKinds;
    static_assert(kDims <= DominanceTree::kMostFields, "every dimension may need a field");
    using Values = std::array<std::int64_t, kDims>;
    [[nodiscard]] Values values(const Label<L>& label) const {
        Values v;
        v[0] = label.energy;
        for (std::size_t l = 0; l < L; ++l) {
            v[1 + l] = label.load[l];
        }
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            v[1 + L + k] = std::max(label.use[k], slack_[k]);
        }
        return v;
    }
    struct Dim {
        std::size_t dim = 0;
        std::int64_t low = 0;
        int shift = 0;
    };
    const ResourceUse& slack_;
    std::array<Dim, kDims> dims_{};
    std::size_t fields_ = 0;
    bool exact_ = true;
};

}  // namespace cleave
