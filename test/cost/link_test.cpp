// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/link.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace cleave;

TEST_CASE("a transfer takes its floor or its bytes", "[cost][link]") {
    LinkModel link;
    link.to_fpga = {Seconds(13e-6), Seconds(7.5e-6), BytesPerSecond(1e9)};
    link.to_gpu = {Seconds(21e-6), Seconds(7e-6), BytesPerSecond(2e9)};
    const auto down = [&](double bytes) { return link.time(Direction::to_fpga, Bytes(bytes)).value(); };
    const auto up = [&](double bytes) { return link.time(Direction::to_gpu, Bytes(bytes)).value(); };
    CHECK(down(0) == 13e-6);
    CHECK(down(5000) == 13e-6);
    CHECK(down(10'000) == Approx(17.5e-6));
    CHECK(up(28'000) == Approx(21e-6));
    CHECK(up(100'000) == Approx(57e-6));
    // Small transfers cost the floor, whatever their size: two cost twice as much as one.
    CHECK(down(1) == down(1000));
}

TEST_CASE("an exponent makes the maximum smooth", "[cost][link]") {
    LinkModel link;
    link.to_fpga = {Seconds(3e-6), Seconds(0), BytesPerSecond(1e9), 2};
    link.to_gpu = {Seconds(3e-6), Seconds(0), BytesPerSecond(1e9), 0};
    // sqrt(3^2 + 4^2) = 5.
    CHECK(link.time(Direction::to_fpga, Bytes(4000)).value() == Approx(5e-6));
    CHECK(link.time(Direction::to_gpu, Bytes(4000)).value() == Approx(4e-6));
    CHECK(link.time(Direction::to_fpga, Bytes(0)).value() == Approx(3e-6));
    for (const double bytes : {1.0, 100.0, 2900.0, 3000.0, 3100.0, 1e6, 1e9}) {
        const double smooth = link.time(Direction::to_fpga, Bytes(bytes)).value();
        const double sharp = link.time(Direction::to_gpu, Bytes(bytes)).value();
        CHECK(smooth >= sharp);
        CHECK(smooth <= std::sqrt(2.0) * sharp * (1 + 1e-12));
    }
    link.to_fpga.floor = Seconds(0);
    CHECK(link.time(Direction::to_fpga, Bytes(0)).value() == 0);
}
