// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/least_squares.hpp"

#include <Eigen/Dense>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

namespace cleave {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kStep = 1e-6;

/// Element `position` of the van der Corput sequence in `base`; several bases give a Halton sequence.
double halton(std::size_t position, std::size_t base) {
    double result = 0;
    double fraction = 1;
    for (std::size_t i = position; i > 0; i /= base) {
        fraction /= static_cast<double>(base);
        result += fraction * static_cast<double>(i % base);
    }
    return result;
}

std::vector<std::size_t> primes(std::size_t count) {
    std::vector<std::size_t> found;
    for (std::size_t n = 2; found.size() < count; ++n) {
        if (std::none_of(found.begin(), found.end(), [&](std::size_t p) { return n % p == 0; })) {
            found.push_back(n);
        }
    }
    return found;
}

/// The fit on its own scale: parameters as they are or as logarithms, residuals weighted for robustness.
class Problem {
public:
    Problem(const std::vector<FitParameter>& parameters, std::size_t rows, const Residuals& residuals,
            const FitOptions& options)
        : parameters_(parameters), rows_(static_cast<Index>(rows)), residuals_(residuals), options_(options) {
        const auto n = static_cast<Index>(parameters.size());
        lower_.resize(n);
        upper_.resize(n);
        start_.resize(n);
        ridge_.resize(n);
        for (Index i = 0; i < n; ++i) {
            const FitParameter& p = parameters[static_cast<std::size_t>(i)];
            lower_[i] = to_scale(p, p.lower);
            upper_[i] = to_scale(p, p.upper);
            start_[i] = std::clamp(to_scale(p, p.start), lower_[i], upper_[i]);
            ridge_[i] = options.ridge + p.ridge;
        }
    }

    [[nodiscard]] const VectorXd& lower() const { return lower_; }
    [[nodiscard]] const VectorXd& upper() const { return upper_; }
    [[nodiscard]] const VectorXd& start() const { return start_; }
    [[nodiscard]] Index rows() const { return rows_; }

    [[nodiscard]] std::vector<double> values(const VectorXd& x) const {
        std::vector<double> result;
        for (Index i = 0; i < x.size(); ++i) {
            const bool is_log =
                parameters_[static_cast<std::size_t>(i)].scale == FitParameter::Scale::logarithmic;
            result.push_back(is_log ? std::exp(x[i]) : x[i]);
        }
        return result;
    }

    [[nodiscard]] VectorXd residuals(const VectorXd& x) const {
        VectorXd r(rows_);
        residuals_(values(x), {r.data(), static_cast<std::size_t>(rows_)});
        return r;
    }

    [[nodiscard]] double cost(const VectorXd& r, const VectorXd& x) const {
        double sum = 0;
        for (Index i = 0; i < r.size(); ++i) {
            sum += loss(r[i]);
        }
        return sum + 0.5 * ridge_.dot((x - start_).cwiseAbs2());
    }

    [[nodiscard]] VectorXd weights(const VectorXd& r) const {
        const double s = options_.robust_scale;
        return (1 + (r.array() / s).square()).rsqrt().matrix();
    }

    [[nodiscard]] const VectorXd& ridge() const { return ridge_; }
    [[nodiscard]] const std::vector<std::size_t>& clusters() const { return options_.clusters; }

    /// Central differences, one-sided at a bound.
    [[nodiscard]] MatrixXd jacobian(const VectorXd& x) const {
        MatrixXd j(rows_, x.size());
        for (Index i = 0; i < x.size(); ++i) {
            const double step = kStep * std::max(1.0, std::abs(x[i]));
            VectorXd up = x;
            VectorXd down = x;
            up[i] = std::min(x[i] + step, upper_[i]);
            down[i] = std::max(x[i] - step, lower_[i]);
            j.col(i) = (residuals(up) - residuals(down)) / std::max(up[i] - down[i], 1e-300);
        }
        return j;
    }

private:
    static double to_scale(const FitParameter& p, double value) {
        return p.scale == FitParameter::Scale::logarithmic ? std::log(value) : value;
    }
    /// Pseudo-Huber: r^2 / 2 for small r, s |r| for large.
    [[nodiscard]] double loss(double r) const {
        const double s = options_.robust_scale;
        return s * s * (std::sqrt(1 + (r / s) * (r / s)) - 1);
    }

    const std::vector<FitParameter>& parameters_;
    Index rows_;
    const Residuals& residuals_;
    const FitOptions& options_;
    VectorXd ridge_;
    VectorXd lower_;
    VectorXd upper_;
    VectorXd start_;
};

struct Minimum {
    VectorXd x;
    double cost = std::numeric_limits<double>::infinity();
    bool converged = false;
};

/// True for parameters that may move: not at a bound that the descent direction pushes against.
std::vector<Index> free_parameters(const Problem& problem, const VectorXd& x, const VectorXd& gradient) {
    std::vector<Index> result;
    for (Index i = 0; i < x.size(); ++i) {
        const bool held = (x[i] <= problem.lower()[i] && gradient[i] > 0) ||
                          (x[i] >= problem.upper()[i] && gradient[i] < 0);
        if (!held && problem.upper()[i] > problem.lower()[i]) {
            result.push_back(i);
        }
    }
    return result;
}

Minimum descend(const Problem& problem, VectorXd x, std::size_t most_iterations) {
    Minimum best{x, std::numeric_limits<double>::infinity(), false};
    VectorXd r = problem.residuals(x);
    best.cost = problem.cost(r, x);
    if (!std::isfinite(best.cost)) {
        return best;
    }
    double damping = 1e-3;
    for (std::size_t iteration = 0; iteration < most_iterations; ++iteration) {
        const MatrixXd j = problem.jacobian(x);
        const VectorXd w = problem.weights(r);
        MatrixXd normal = j.transpose() * w.asDiagonal() * j;
        VectorXd gradient = j.transpose() * (w.asDiagonal() * r);
        normal.diagonal() += problem.ridge();
        gradient += problem.ridge().cwiseProduct(x - problem.start());
        const std::vector<Index> free = free_parameters(problem, x, gradient);
        if (free.empty()) {
            best.converged = true;
            return best;
        }
        const auto n = static_cast<Index>(free.size());
        MatrixXd a(n, n);
        VectorXd b(n);
        for (Index p = 0; p < n; ++p) {
            b[p] = -gradient[free[static_cast<std::size_t>(p)]];
            for (Index q = 0; q < n; ++q) {
                a(p, q) = normal(free[static_cast<std::size_t>(p)], free[static_cast<std::size_t>(q)]);
            }
        }
        bool improved = false;
        for (int attempt = 0; attempt < 30 && !improved; ++attempt) {
            MatrixXd damped = a;
            damped.diagonal().array() += damping * (a.diagonal().array() + 1e-12);
            const VectorXd step = damped.ldlt().solve(b);
            VectorXd next = x;
            for (Index p = 0; p < n; ++p) {
                const Index i = free[static_cast<std::size_t>(p)];
                next[i] = std::clamp(x[i] + step[p], problem.lower()[i], problem.upper()[i]);
            }
            const VectorXd next_r = problem.residuals(next);
            const double cost = problem.cost(next_r, next);
            if (std::isfinite(cost) && cost < best.cost) {
                const double gain = best.cost - cost;
                const double moved = (next - x).cwiseAbs().maxCoeff();
                x = next;
                r = next_r;
                best.x = x;
                best.cost = cost;
                damping = std::max(damping / 5, 1e-12);
                improved = true;
                if (gain < 1e-12 * (1 + cost) && moved < 1e-7) {
                    best.converged = true;
                    return best;
                }
            } else {
                damping *= 4;
            }
        }
        if (!improved) {
            // No step of any length helps: a minimum to the precision of the differences.
            best.converged = true;
            return best;
        }
    }
    return best;
}

void add_spread(const Problem& problem, const std::vector<FitParameter>& parameters, const Minimum& minimum,
                FitResult& result) {
    const VectorXd r = problem.residuals(minimum.x);
    const MatrixXd j = problem.jacobian(minimum.x);
    const VectorXd w = problem.weights(r);
    const Index n = minimum.x.size();
    std::vector<Index> inside;
    for (Index i = 0; i < n; ++i) {
        const bool bound = minimum.x[i] <= problem.lower()[i] || minimum.x[i] >= problem.upper()[i];
        result.at_bound.push_back(bound);
        if (!bound && (j.col(i).norm() > 0 || problem.ridge()[i] > 0)) {
            inside.push_back(i);
        }
    }
    const auto m = static_cast<Index>(inside.size());
    MatrixXd reduced(j.rows(), m);
    for (Index i = 0; i < m; ++i) {
        reduced.col(i) = j.col(inside[static_cast<std::size_t>(i)]);
    }
    MatrixXd normal = reduced.transpose() * w.asDiagonal() * reduced;
    for (Index i = 0; i < m; ++i) {
        normal(i, i) += problem.ridge()[inside[static_cast<std::size_t>(i)]];
    }
    MatrixXd inverse = m > 0 ? MatrixXd(normal.ldlt().solve(MatrixXd::Identity(m, m))) : MatrixXd();
    // A penalty holds parameters, which then use less of the data's freedom than one each.
    double used = static_cast<double>(m);
    for (Index i = 0; i < m; ++i) {
        used -= inverse(i, i) * problem.ridge()[inside[static_cast<std::size_t>(i)]];
    }
    const double freedom = std::max<double>(1.0, static_cast<double>(j.rows()) - used);
    const double variance = r.cwiseProduct(w).dot(r) / freedom;
    std::map<std::size_t, VectorXd> pulls;
    for (std::size_t i = 0; m > 0 && i < problem.clusters().size(); ++i) {
        const auto row = static_cast<Index>(i);
        VectorXd& pull = pulls.try_emplace(problem.clusters()[i], VectorXd::Zero(m)).first->second;
        pull += w[row] * r[row] * reduced.row(row).transpose();
    }
    if (pulls.size() > 1) {
        MatrixXd spread = MatrixXd::Zero(m, m);
        for (const auto& [cluster, pull] : pulls) {
            spread += pull * pull.transpose();
        }
        const auto n_clusters = static_cast<double>(pulls.size());
        inverse = MatrixXd(inverse * spread * inverse * (n_clusters / (n_clusters - 1)));
    } else {
        inverse *= variance;
    }
    MatrixXd covariance = MatrixXd::Zero(n, n);
    for (Index p = 0; p < m; ++p) {
        for (Index q = 0; q < m; ++q) {
            covariance(inside[static_cast<std::size_t>(p)], inside[static_cast<std::size_t>(q)]) =
                inverse(p, q);
        }
    }
    for (Index p = 0; p < n; ++p) {
        const bool is_log = parameters[static_cast<std::size_t>(p)].scale == FitParameter::Scale::logarithmic;
        const double sigma = std::sqrt(std::max(covariance(p, p), 0.0));
        const bool known = covariance(p, p) > 0;
        result.standard_errors.push_back(
            known ? sigma * (is_log ? result.parameters[static_cast<std::size_t>(p)] : 1.0)
                  : std::numeric_limits<double>::infinity());
        for (Index q = 0; q < n; ++q) {
            const double scale = std::sqrt(covariance(p, p) * covariance(q, q));
            result.correlation.push_back(p == q ? 1.0 : scale > 0 ? covariance(p, q) / scale : 0.0);
            result.covariance.push_back(covariance(p, q));
        }
    }
}

void check(const std::vector<FitParameter>& parameters, std::size_t rows) {
    if (parameters.empty()) {
        throw std::invalid_argument("a fit needs a parameter");
    }
    const auto held = std::count_if(parameters.begin(), parameters.end(),
                                    [](const FitParameter& p) { return p.ridge > 0; });
    const std::size_t free = parameters.size() - static_cast<std::size_t>(held);
    if (rows < free) {
        throw std::invalid_argument(
            fmt::format("a fit of {} parameters needs at least as many rows, not {}", free, rows));
    }
    for (const FitParameter& p : parameters) {
        const bool positive = p.scale == FitParameter::Scale::linear || p.lower > 0;
        if (!(p.lower <= p.upper) || !positive || !std::isfinite(p.lower) || !std::isfinite(p.upper)) {
            throw std::invalid_argument(fmt::format("parameter {} has an impossible range", p.name));
        }
    }
}

}  // namespace

FitResult fit(const std::vector<FitParameter>& parameters, std::size_t rows, const Residuals& residuals,
              const FitOptions& options) {
    check(parameters, rows);
    const Problem problem(parameters, rows, residuals, options);
    if (!problem.residuals(problem.start()).allFinite()) {
        throw std::invalid_argument("residuals are not finite at the start of the fit");
    }
    Minimum best = descend(problem, problem.start(), options.most_iterations);
    const std::vector<std::size_t> bases = primes(parameters.size());
    for (std::size_t s = 1; s <= options.extra_starts; ++s) {
        VectorXd x(problem.start().size());
        for (Index i = 0; i < x.size(); ++i) {
            const double share = halton(s, bases[static_cast<std::size_t>(i)]);
            x[i] = problem.lower()[i] + share * (problem.upper()[i] - problem.lower()[i]);
        }
        const Minimum found = descend(problem, x, options.most_iterations);
        // A tie goes to the earlier start, so that results do not hang on the last digits of equal minima.
        if (found.cost < best.cost * (1 - 1e-9)) {
            best = found;
        }
    }
    FitResult result;
    result.parameters = problem.values(best.x);
    result.cost = best.cost;
    result.converged = best.converged;
    add_spread(problem, parameters, best, result);
    return result;
}

}  // namespace cleave
