// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/dual_master.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cleave {
namespace {

/// Costs are in units of the largest weighted objectives; smaller reduced costs than this are rounding.
constexpr double kTolerance = 1e-13;
/// More than any path's cost, in those units: the price of having no path at all.
constexpr double kNoPath = 16;
constexpr int kMostPivots = 400;

/// More than any path's load, whatever its arcs.
double load_scale(const ArcSet& set) {
    std::int64_t largest = 1;
    for (const SearchArc& arc : set.arcs) {
        largest = std::max(largest, *std::max_element(arc.load.begin(), arc.load.end()));
    }
    return static_cast<double>(largest) * static_cast<double>(set.nodes);
}

/// Time, energy and loads of a path.
double sum_of(const PathSums& path, std::size_t sum) {
    return static_cast<double>(sum == 0 ? path.time : sum == 1 ? path.energy : path.load[sum - 2]);
}

}  // namespace

DualMaster::DualMaster(const ArcSet& set, const Weights& weights, double most)
    : DualMaster(
          set, most, weights,
          [&] {
              const double scale = load_scale(set);
              std::vector<Shared> shared;
              for (std::size_t l = 0; l < set.loads; ++l) {
                  shared.push_back({2 + l, scale});
              }
              return shared;
          }(),
          static_cast<double>(weights.load[0]) * load_scale(set) / most) {}

DualMaster::DualMaster(const ArcSet& set, const Objectives& corner, double most, double whole)
    : DualMaster(
          set, most, {},
          [&] {
              std::vector<Shared> shared;
              for (std::size_t sum = 0; sum < 2 + set.loads; ++sum) {
                  shared.push_back({sum, static_cast<double>(std::max<std::int64_t>(
                                             1, corner[std::min<std::size_t>(sum, 2)]))});
              }
              return shared;
          }(),
          whole / most) {}

DualMaster::DualMaster(const ArcSet& set, double most, const Weights& weights, std::vector<Shared> shared,
                       double price)
    : weights_(weights),
      most_(most),
      shared_(std::move(shared)),
      price_(price),
      rows_(1 + kResourceKinds + shared_.size()) {
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
    Column amount;
    amount.cost = price_;
    for (std::size_t r = 0; r < shared_.size(); ++r) {
        basis_.push_back(unit(0, 1 + kResourceKinds + r, 1));
        amount.entries[1 + kResourceKinds + r] = -1;
    }
    if (!shared_.empty()) {
        columns_.push_back(amount);
    }
    first_path_ = columns_.size();
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
    for (std::size_t r = 0; r < shared_.size(); ++r) {
        column.entries[1 + kResourceKinds + r] = sum_of(path, shared_[r].sum) / shared_[r].scale;
    }
    columns_.push_back(column);
}

std::vector<std::pair<std::size_t, double>> DualMaster::parts() const {
    constexpr double kLeast = 1e-6;
    std::vector<std::pair<std::size_t, double>> parts;
    for (std::size_t i = 0; i < rows_; ++i) {
        double value = 0;
        for (std::size_t r = 0; r < rows_; ++r) {
            value += inverse_[i][r] * right_hand_side_[r];
        }
        if (basis_[i] >= first_path_ && value > kLeast) {
            parts.emplace_back(basis_[i] - first_path_, value);
        }
    }
    std::sort(parts.begin(), parts.end());
    return parts;
}

double DualMaster::value() const {
    const Row y = prices();
    double value = 0;
    for (std::size_t r = 0; r < rows_; ++r) {
        value += y[r] * right_hand_side_[r];
    }
    return value * most_;
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
    std::vector<double> share;
    double sum = 0;
    for (std::size_t r = 0; r < shared_.size(); ++r) {
        share.push_back(std::max(0.0, -y[1 + kResourceKinds + r]));
        sum += share.back();
    }
    for (std::size_t r = 0; r < shared_.size() && sum > 0 && std::isfinite(sum); ++r) {
        const auto weight =
            static_cast<std::int64_t>(std::floor(price_ * most_ / shared_[r].scale * share[r] / sum));
        (shared_[r].sum == 0   ? weights.time
         : shared_[r].sum == 1 ? weights.energy
                               : weights.load[shared_[r].sum - 2]) = weight;
    }
}

}  // namespace cleave
