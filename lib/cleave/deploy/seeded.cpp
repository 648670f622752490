// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/seeded.hpp"

#include <cmath>
#include <random>

namespace cleave {
namespace {

/// Which numbers a seed is used for: the same seed gives unrelated weights and inputs.
enum class Stream : std::uint64_t { weights = 1, input = 2 };

/// Normal and uniform numbers made from the engine's integers by comparison, addition, multiplication and
/// division alone, all of which IEEE 754 fixes: no two machines differ, as they would with the logarithms of
/// the usual methods or with the distributions of the standard library.
class Noise {
public:
    Noise(std::uint64_t seed, Stream stream) : engine_(mix(seed, stream)) {}

    /// Evenly from [0, 1), in steps of 2^-53.
    double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }

    /// Exactly normal: Karney, Sampling exactly from the normal distribution, ACM TOMS 42 (2016), algorithm
    /// N.
    double normal() {
        for (;;) {
            std::int64_t k = 0;
            while (chance_exp(0.5)) {
                ++k;
            }
            if (!repeat_exp(k * (k - 1), 0.5)) {
                continue;
            }
            const double x = uniform();
            const auto whole = static_cast<double>(k);
            if (repeat_exp(k + 1, x * (2 * whole + x) / (2 * whole + 2))) {
                return uniform() < 0.5 ? whole + x : -(whole + x);
            }
        }
    }

private:
    /// The finalizer of SplitMix64: near seeds get distant states.
    static std::uint64_t mix(std::uint64_t seed, Stream stream) {
        std::uint64_t z = seed + static_cast<std::uint64_t>(stream) * 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    /// True with probability e^-p, 0 <= p <= 1: the length of a falling run of uniform numbers that starts
    /// below p is even (von Neumann).
    bool chance_exp(double p) {
        double limit = p;
        for (bool even = true;; even = !even) {
            const double next = uniform();
            if (next >= limit) {
                return even;
            }
            limit = next;
        }
    }

    bool repeat_exp(std::int64_t times, double p) {
        for (std::int64_t i = 0; i < times; ++i) {
            if (!chance_exp(p)) {
                return false;
            }
        }
        return true;
    }

    std::mt19937_64 engine_;
};

std::vector<float> draw(Noise& noise, std::int64_t count, double mean, double deviation) {
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers) {
        number = static_cast<float>(mean + deviation * noise.normal());
    }
    return numbers;
}

LayerParameters draw_layer(const Network& network, LayerId id, Noise& noise) {
    const Op& op = network.layer(id).op;
    LayerParameters parameters;
    if (std::holds_alternative<Input>(op)) {
        return parameters;
    }
    const ParameterCounts counts = parameter_counts(op, network.input(id));
    if (counts.norm > 0) {
        parameters.scale = draw(noise, counts.norm, 1, 0.1);
        parameters.shift = draw(noise, counts.norm, 0, 0.1);
        parameters.mean = draw(noise, counts.norm, 0, 0.1);
        for (std::int64_t c = 0; c < counts.norm; ++c) {
            parameters.variance.push_back(static_cast<float>(0.75 + 0.5 * noise.uniform()));
        }
    } else if (std::holds_alternative<Activation>(op)) {
        parameters.weights = draw(noise, counts.weights, 0.25, 0.05);
    } else if (const auto filters = filters_of(op, network.input(id))) {
        const auto fan_in = static_cast<double>(filters->taps);
        parameters.weights = draw(noise, counts.weights, 0, std::sqrt(2 / fan_in));
        parameters.bias = draw(noise, counts.bias, 0, 0.05);
    }
    return parameters;
}

}  // namespace

Parameters seeded_parameters(const Network& network, std::uint64_t seed) {
    Noise noise(seed, Stream::weights);
    Parameters parameters;
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        parameters.push_back(draw_layer(network, layer_id(i), noise));
    }
    return parameters;
}

Values seeded_input(const Shape& shape, std::uint64_t seed) {
    Noise noise(seed, Stream::input);
    Values values(static_cast<std::size_t>(shape.elements()));
    for (double& value : values) {
        // A runner holds inputs as float32: the reference must see the same numbers.
        value = static_cast<double>(static_cast<float>(noise.normal()));
    }
    return values;
}

Values seeded_input(const Network& network, std::uint64_t seed) {
    Values values;
    for (std::size_t i = 0; i < network.input_count(); ++i) {
        // Far from the seeds of other inputs of the first.
        const Values one = seeded_input(network.output(layer_id(i)), seed + (std::uint64_t{i} << 32U));
        values.insert(values.end(), one.begin(), one.end());
    }
    return values;
}

}  // namespace cleave
