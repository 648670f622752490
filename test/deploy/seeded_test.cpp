// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/seeded.hpp"

#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace cleave;
using namespace cleave::testing;

namespace {

template <class Numbers>
double moment(const Numbers& numbers, int power, double scale = 1) {
    double sum = 0;
    for (const auto x : numbers) {
        sum += std::pow(static_cast<double>(x) / scale, power);
    }
    return sum / static_cast<double>(numbers.size());
}

Network one_conv(const Shape& in, const Conv& conv) { return Chain(in).then("conv", conv).build(); }

}  // namespace

TEST_CASE("seeded inputs are standard normal", "[deploy][seeded]") {
    const Values noise = seeded_input({4, 250, 400}, 7);  // 400,000 numbers
    REQUIRE(noise.size() == 400000);
    // Five standard errors: sqrt(1/n), sqrt(2/n), sqrt(15/n), sqrt(96/n) for moments 1 to 4.
    const double root = std::sqrt(400000.0);
    CHECK(std::abs(moment(noise, 1)) < 5 / root);
    CHECK(std::abs(moment(noise, 2) - 1) < 5 * std::sqrt(2.0) / root);
    CHECK(std::abs(moment(noise, 3)) < 5 * std::sqrt(15.0) / root);
    CHECK(std::abs(moment(noise, 4) - 3) < 5 * std::sqrt(96.0) / root);
    // The distribution function, at points on either side of the whole numbers the generator works with.
    for (const double x : {-3.0, -2.5, -1.5, -1.0, -0.5, 0.0, 0.3, 1.0, 1.7, 2.0, 3.2}) {
        const double expected = std::erfc(-x / std::sqrt(2.0)) / 2;
        const auto below = static_cast<double>(
            std::count_if(noise.begin(), noise.end(), [&](double value) { return value < x; }));
        CAPTURE(x);
        CHECK(std::abs(below / 400000 - expected) < 5 * std::sqrt(expected * (1 - expected)) / root);
    }
}

TEST_CASE("seeds give their own numbers, each time the same", "[deploy][seeded]") {
    const Shape shape{1, 2, 3};
    CHECK(seeded_input(shape, 1) == seeded_input(shape, 1));
    CHECK(seeded_input(shape, 1) != seeded_input(shape, 2));
    CHECK(seeded_input(shape, 0) != seeded_input(shape, UINT64_MAX));
    // From an independent implementation of the method; changes when what a seed means changes.
    const Values first = seeded_input(shape, 1);
    CAPTURE(first);
    CHECK(first[0] == Approx(1.2249666386389912).epsilon(1e-6));
    CHECK(first[1] == Approx(-0.6940776585024171).epsilon(1e-6));
}

TEST_CASE("seeded weights are He-normal", "[deploy][seeded]") {
    const Network dense = one_conv({64, 8, 8}, conv_op(128, 3, 1, 1));  // fan-in 576
    const Parameters a = seeded_parameters(dense, 1);
    REQUIRE(a[1].weights.size() == 73728);
    const double root = std::sqrt(73728.0);
    CHECK(std::abs(moment(a[1].weights, 1, std::sqrt(2.0 / 576))) < 5 / root);
    CHECK(std::abs(moment(a[1].weights, 2, std::sqrt(2.0 / 576)) - 1) < 5 * std::sqrt(2.0) / root);
    CHECK(a[1].bias.size() == 128);
    // A depthwise filter adds up nine numbers, not nine of each channel.
    const Network depthwise = one_conv({4096, 8, 8}, conv_op(4096, 3, 1, 1, 4096));
    const Parameters b = seeded_parameters(depthwise, 1);
    REQUIRE(b[1].weights.size() == 36864);
    CHECK(std::abs(moment(b[1].weights, 2, std::sqrt(2.0 / 9)) - 1) < 5 * std::sqrt(2.0 / 36864));
}

TEST_CASE("seeded parameters make every layer matter", "[deploy][seeded]") {
    const Network network = Chain({2, 4, 4})
                                .then("norm", BatchNorm{})
                                .then("act", Activation{ActivationKind::prelu})
                                .then("fc", FullyConnected{3, false})
                                .build();
    const Parameters parameters = seeded_parameters(network, 5);
    CHECK_NOTHROW(whole_graph(network, parameters));
    for (const float variance : parameters[1].variance) {
        CHECK(variance >= 0.75F);
        CHECK(variance < 1.25F);
    }
    CHECK(parameters[1].shift[0] != 0);
    CHECK(parameters[1].mean[0] != parameters[1].mean[1]);
    CHECK(parameters[3].bias.empty());
    CHECK(seeded_parameters(network, 5)[3].weights == parameters[3].weights);
    CHECK(seeded_parameters(network, 6)[3].weights != parameters[3].weights);
}
