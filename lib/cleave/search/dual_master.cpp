// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/dual_master.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

/// Costs are in units of the largest weighted objectives; smaller reduced costs than this are rounding.
constexpr double kTolerance = 1e-13;
/// More than any path's cost, in those units: the price of having no path at all.
constexpr double kNoPath = 16;
constexpr int kMostPivots = 400;

}  // namespace

DualMaster::DualMaster(const ArcSet& set, const Weights& weights, double most)
    : set_(set), weights_(weights), most_(most), rows_(1 + kResourceKinds + set.loads) {
    const auto unit = [&](double cost, std::size_t row, double entry) {
        Column column;
        column.cost = cost;
        column.entries[row] = entry;
        columns_.push_back(column);
        return columns_.size() - 1;
    };
    right_hand_side_[0] = 1;
    basis_.push_back(unit(kNoPath, 0, 1));
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        scale_[k] = std::max<std::int64_t>(1, set.capacity[k]);
        right_hand_side_[1 + k] = set.capacity[k] > 0 ? 1 : 0;
        basis_.push_back(unit(0, 1 + k, 1));
        // Exceeding a capacity at this price bounds the multiplier.
        unit(1, 1 + k, -1);
    }
    for (const SearchArc& arc : set.arcs) {
        for (const std::int64_t load : arc.load) {
            load_scale_ = std::max(load_scale_, static_cast<double>(load));
        }
    }
    load_scale_ *= static_cast<double>(set.nodes);
    for (std::size_t l = 0; l < set.loads; ++l) {
        basis_.push_back(unit(0, 1 + kResourceKinds + l, 1));
    }
    if (set.loads > 0) {
        Column largest;
        largest.cost = static_cast<double>(weights.load[0]) * load_scale_ / most_;
        for (std::size_t l = 0; l < set.loads; ++l) {
            largest.entries[1 + kResourceKinds + l] = -1;
        }
        columns_.push_back(largest);
    }
    factor();
}

void DualMaster::add(const PathSums& path) {
    Column column;
    column.cost = (static_cast<double>(weights_.time) * static_cast<double>(path.time) +
                   static_cast<double>(weights_.energy) * static_cast<double>(path.energy)) /
                  most_;
    column.entries[0] = 1;
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        column.entries[1 + k] = static_cast<double>(path.use[k]) / static_cast<double>(scale_[k]);
    }
    for (std::size_t l = 0; l < set_.loads; ++l) {
        column.entries[1 + kResourceKinds + l] = static_cast<double>(path.load[l]) / load_scale_;
    }
    columns_.push_back(column);
}

void DualMaster::factor() {
    const auto n = static_cast<Eigen::Index>(rows_);
    Eigen::MatrixXd matrix(n, n);
    for (Eigen::Index c = 0; c < n; ++c) {
        for (Eigen::Index r = 0; r < n; ++r) {
            matrix(r, c) = columns_[basis_[static_cast<std::size_t>(c)]].entries[static_cast<std::size_t>(r)];
        }
    }
    const Eigen::MatrixXd inverse = matrix.inverse();
    for (Eigen::Index r = 0; r < n; ++r) {
        for (Eigen::Index c = 0; c < n; ++c) {
            inverse_[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)] = inverse(r, c);
        }
    }
}

DualMaster::Row DualMaster::prices() const {
    Row y{};
    for (std::size_t i = 0; i < rows_; ++i) {
        const double cost = columns_[basis_[i]].cost;
        for (std::size_t r = 0; r < rows_ && cost != 0; ++r) {
            y[r] += cost * inverse_[i][r];
        }
    }
    return y;
}

void DualMaster::pivot_until_optimal() {
    for (int pivots = 0; pivots < kMostPivots; ++pivots) {
        const Row y = prices();
        std::size_t entering = columns_.size();
        double least = -kTolerance;
        for (std::size_t j = 0; j < columns_.size(); ++j) {
            double reduced = columns_[j].cost;
            for (std::size_t r = 0; r < rows_; ++r) {
                reduced -= y[r] * columns_[j].entries[r];
            }
            if (reduced < least) {
                least = reduced;
                entering = j;
            }
        }
        if (entering == columns_.size()) {
            return;
        }
        std::size_t leaving = rows_;
        double step = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < rows_; ++i) {
            double direction = 0;
            double value = 0;
            for (std::size_t r = 0; r < rows_; ++r) {
                direction += inverse_[i][r] * columns_[entering].entries[r];
                value += inverse_[i][r] * right_hand_side_[r];
            }
            if (direction > 1e-9 && std::max(0.0, value) / direction < step) {
                step = std::max(0.0, value) / direction;
                leaving = i;
            }
        }
        if (leaving == rows_) {
            return;
        }
        basis_[leaving] = entering;
        factor();
    }
}

void DualMaster::solve(Weights& weights, ResourceUse& multiplier) {
    pivot_until_optimal();
    const Row y = prices();
    weights = weights_;
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        const double price = std::clamp(-y[1 + k], 0.0, 1.0);
        multiplier[k] =
            std::isfinite(price) ? std::llround(price * most_ / static_cast<double>(scale_[k])) : 0;
    }
    if (set_.loads == 0) {
        return;
    }
    std::array<double, kLoadKinds> share{};
    double sum = 0;
    for (std::size_t l = 0; l < set_.loads; ++l) {
        share[l] = std::max(0.0, -y[1 + kResourceKinds + l]);
        sum += share[l];
    }
    if (sum > 0 && std::isfinite(sum)) {
        for (std::size_t l = 0; l < set_.loads; ++l) {
            weights.load[l] =
                static_cast<std::int64_t>(std::floor(static_cast<double>(weights_.load[0]) * share[l] / sum));
        }
    }
}

}  // namespace cleave
