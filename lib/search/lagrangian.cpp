// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/lagrangian.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

// No path's weighted objectives exceed this, and no arc's priced use does; together with the number of arcs
// on a path (fewer than nodes) that keeps every sum below kUnreachable.
double most_weighted(const SearchProblem& problem) {
    return std::min(1e15, static_cast<double>(kUnreachable) / 8 / static_cast<double>(problem.nodes));
}
constexpr int kIterationsPerResource = 40;
/// Squared extents of an ellipsoid below this, in units of its largest, are rounding errors.
constexpr double kFlat = 1e-14;

/// An arc that exceeds a capacity by itself is on no feasible path.
bool fits(const SearchProblem& problem, const SearchArc& arc) {
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        if (arc.use[k] > problem.capacity[k]) {
            return false;
        }
    }
    return true;
}

/// Backward pass: completion of every node and, on request, the arc that starts the best completion.
void complete(const SearchProblem& problem, LagrangianBound& bound, std::vector<std::uint32_t>* best_arc) {
    bound.completion.assign(problem.nodes, kUnreachable);
    bound.completion.back() = 0;
    for (std::size_t i = problem.arcs.size(); i-- > 0;) {
        const SearchArc& arc = problem.arcs[i];
        const std::int64_t after = bound.completion[arc.to];
        if (after >= kUnreachable || !fits(problem, arc)) {
            continue;
        }
        std::int64_t value = after + bound.weigh(arc.time, arc.energy);
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            value += bound.multiplier[k] * arc.use[k];
        }
        if (value <= bound.completion[arc.from]) {
            bound.completion[arc.from] = value;
            if (best_arc != nullptr) {
                (*best_arc)[arc.from] = static_cast<std::uint32_t>(i);
            }
        }
    }
    bound.multiplier_capacity = 0;
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        bound.multiplier_capacity += bound.multiplier[k] * problem.capacity[k];
    }
}

std::vector<std::uint32_t> follow(const SearchProblem& problem, const std::vector<std::uint32_t>& best_arc) {
    std::vector<std::uint32_t> path;
    for (std::uint32_t node = 0; node + 1 < problem.nodes; node = problem.arcs[path.back()].to) {
        path.push_back(best_arc[node]);
    }
    return path;
}

ResourceUse total_use(const SearchProblem& problem, const std::vector<std::uint32_t>& path) {
    ResourceUse use{};
    for (const std::uint32_t arc : path) {
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            use[k] += problem.arcs[arc].use[k];
        }
    }
    return use;
}

/// Maximises the dual of one direction over the multipliers of the resources that are over-used without them.
class DualAscent {
public:
    DualAscent(const SearchProblem& problem, LagrangianBound start)
        : problem_(problem), best_(std::move(start)) {}

    LagrangianBound run(std::vector<std::vector<std::uint32_t>>& paths) {
        const ResourceUse use = evaluate(best_, paths);
        if (best_.completion.front() >= kUnreachable) {
            return best_;
        }
        best_value_ = best_.completion.front();
        for (std::size_t k = 0; k < kResourceKinds; ++k) {
            if (use[k] > problem_.capacity[k]) {
                active_.push_back(k);
            }
        }
        // Pricing one resource can push use onto another: start with all that bind anywhere.
        for (std::size_t k = 0; k < kResourceKinds && !active_.empty(); ++k) {
            const bool used = std::any_of(problem_.arcs.begin(), problem_.arcs.end(),
                                          [&](const SearchArc& a) { return a.use[k] > 0; });
            if (used && std::find(active_.begin(), active_.end(), k) == active_.end()) {
                active_.push_back(k);
            }
        }
        if (!active_.empty()) {
            ellipsoid(paths);
        }
        return best_;
    }

private:
    ResourceUse evaluate(LagrangianBound& bound, std::vector<std::vector<std::uint32_t>>& paths) const {
        std::vector<std::uint32_t> best_arc(problem_.nodes, 0);
        complete(problem_, bound, &best_arc);
        if (bound.completion.front() >= kUnreachable) {
            return {};
        }
        paths.push_back(follow(problem_, best_arc));
        return total_use(problem_, paths.back());
    }

    /// Largest multiplier worth trying: beyond it, the bound falls below what no multipliers give, because
    /// some path without any use of the resource costs no more than the whole.
    [[nodiscard]] double largest_multiplier(std::size_t k) const {
        double worst = 0;
        for (const SearchArc& arc : problem_.arcs) {
            worst = std::max(worst, static_cast<double>(best_.weigh(arc.time, arc.energy)));
        }
        const double whole = std::min(worst * static_cast<double>(problem_.nodes), most_weighted(problem_));
        return whole / std::max<double>(1.0, static_cast<double>(problem_.capacity[k]));
    }

    void ellipsoid(std::vector<std::vector<std::uint32_t>>& paths) {
        const auto n = static_cast<Eigen::Index>(active_.size());
        Eigen::VectorXd largest(n);
        for (Eigen::Index i = 0; i < n; ++i) {
            largest[i] = largest_multiplier(active_[static_cast<std::size_t>(i)]);
        }
        // In units of `largest` the box [0, 1]^n lies in the ball around its centre.
        Eigen::VectorXd centre = Eigen::VectorXd::Constant(n, 0.5);
        Eigen::MatrixXd shape = Eigen::MatrixXd::Identity(n, n) * (0.25 * static_cast<double>(n));
        const int iterations = kIterationsPerResource * static_cast<int>(n);
        for (int step = 0; step < iterations; ++step) {
            Eigen::VectorXd cut = Eigen::VectorXd::Zero(n);
            Eigen::Index outside = -1;
            for (Eigen::Index i = 0; i < n; ++i) {
                if (centre[i] < 0 || centre[i] > 1) {
                    outside = i;
                }
            }
            if (outside >= 0) {
                cut[outside] = centre[outside] < 0 ? 1 : -1;
            } else {
                cut = subgradient(centre, largest, paths);
                if (cut.norm() == 0) {
                    return;
                }
            }
            // Keep the half { x : cut . (x - centre) >= 0 }, in which the maximum lies. Where the ellipsoid
            // has become flat that way (to rounding, which scales with its longest extent), nothing is left
            // to gain, and going on would divide by rounding errors.
            const double squared = cut.dot(shape * cut);
            if (!(squared > kFlat * shape.diagonal().maxCoeff())) {
                return;
            }
            const double length = std::sqrt(squared);
            const Eigen::VectorXd direction = shape * cut / length;
            const auto dim = static_cast<double>(n);
            if (n == 1) {
                centre += 0.5 * direction;
                shape *= 0.25;
            } else {
                centre += direction / (dim + 1);
                shape =
                    dim * dim / (dim * dim - 1) * (shape - 2 / (dim + 1) * direction * direction.transpose());
            }
            if (shape.diagonal().maxCoeff() < 1e-14) {
                return;
            }
        }
    }

    Eigen::VectorXd subgradient(const Eigen::VectorXd& at, const Eigen::VectorXd& largest,
                                std::vector<std::vector<std::uint32_t>>& paths) {
        LagrangianBound bound = best_;
        for (std::size_t i = 0; i < active_.size(); ++i) {
            const auto j = static_cast<Eigen::Index>(i);
            bound.multiplier[active_[i]] = std::llround(at[j] * largest[j]);
        }
        const ResourceUse use = evaluate(bound, paths);
        const std::int64_t value = bound.completion.front() - bound.multiplier_capacity;
        if (value > best_value_) {
            best_value_ = value;
            best_ = bound;
        }
        Eigen::VectorXd gradient(static_cast<Eigen::Index>(active_.size()));
        for (std::size_t i = 0; i < active_.size(); ++i) {
            const auto j = static_cast<Eigen::Index>(i);
            gradient[j] = static_cast<double>(use[active_[i]] - problem_.capacity[active_[i]]) * largest[j];
        }
        const double norm = gradient.norm();
        return norm > 0 ? Eigen::VectorXd(gradient / norm) : gradient;
    }

    const SearchProblem& problem_;
    LagrangianBound best_;
    std::int64_t best_value_ = 0;
    std::vector<std::size_t> active_;
};

}  // namespace

LagrangianBounds lagrangian_bounds(const SearchProblem& problem, std::size_t directions) {
    // Longest sums along any path, to choose integer weights that cannot overflow.
    std::vector<double> time(problem.nodes, 0);
    std::vector<double> energy(problem.nodes, 0);
    for (const SearchArc& arc : problem.arcs) {
        time[arc.to] = std::max(time[arc.to], time[arc.from] + static_cast<double>(arc.time));
        energy[arc.to] = std::max(energy[arc.to], energy[arc.from] + static_cast<double>(arc.energy));
    }
    const double longest_time = std::max(1.0, *std::max_element(time.begin(), time.end()));
    const double longest_energy = std::max(1.0, *std::max_element(energy.begin(), energy.end()));
    const double scale = most_weighted(problem) / 2;

    LagrangianBounds result;
    for (std::size_t i = 0; i < directions; ++i) {
        // Directions evenly spaced in angle over the normalised objectives.
        const double angle = std::acos(0.0) * static_cast<double>(i) / static_cast<double>(directions - 1);
        LagrangianBound bound;
        bound.weight_time = i + 1 == directions ? 0 : std::llround(std::cos(angle) * scale / longest_time);
        bound.weight_energy = i == 0 ? 0 : std::llround(std::sin(angle) * scale / longest_energy);
        result.bounds.push_back(DualAscent(problem, bound).run(result.paths));
    }
    return result;
}

}  // namespace cleave
