// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/search/corners.hpp"
#include "cleave/search/slice_search.hpp"

#include <vector>

namespace cleave {

/// What a search knows about points that it has not found: which boxes below corners hold none, and bounds
/// on those that the others may hold.
///
/// Known points only get more, so each later corner lies below an earlier one, and what holds for a box holds
/// for the boxes inside it.
class Certificate {
public:
    Certificate(std::size_t objectives, const Objectives& most) : objectives_(objectives), most_(most) {}

    /// A bound that every feasible path keeps.
    void add_everywhere(const MissingBound& bound) { everywhere_.push_back(bound); }
    /// Bounds that missing paths into the boxes keep.
    void add(const std::vector<Objectives>& corners, const PerBound<MissingBound>& missing);
    /// Nothing is missing in these boxes.
    void close(const std::vector<Objectives>& corners);
    [[nodiscard]] bool is_closed(const Objectives& corner) const;

    /// See SearchGap. `epsilon` as the search had it; its boxes that are closed miss nothing that is not
    /// within epsilon of a point, and so do
    /// those that are empty by their bounds.
    ///
    /// Let p be missing, and no q <= (1 + g) p: then (1 + g) p < u for a local upper bound u of the points,
    /// so w . (1 + g) p < w . u for weights w that are 0 where u is infinite. But w . p >= least for each
    /// bound known of the box below u. So g < w . u / least - 1, and a g that is the largest over all u of
    /// the smallest such quotient over the bounds will do.
    ///
    /// For the gap in time alone, let q be the fastest point with q.energy <= p.energy. p lies below the
    /// corner (q.time, e), e the energy of the point before q, so w_t p.time >= least - w_e (e - 1).
    [[nodiscard]] SearchGap gap(const std::vector<SearchPoint>& points, double epsilon) const;
    /// How far a corner lies above the bounds of its box, in parts; 0 if nothing can be missing there.
    [[nodiscard]] double excess_at(const Objectives& corner) const;
    /// What may be missing below one local upper bound.
    [[nodiscard]] SearchGap gap_at(const Objectives& upper, double epsilon) const;

private:
    struct Record {
        Objectives corner;
        std::size_t missing;
    };
    [[nodiscard]] std::vector<MissingBound> bounds_of(const Objectives& corner) const;

    std::size_t objectives_;
    Objectives most_;
    std::vector<MissingBound> everywhere_;
    std::vector<PerBound<MissingBound>> missing_;
    std::vector<Record> records_;
    std::vector<Objectives> closed_;
};

}  // namespace cleave
