// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <catch2/catch.hpp>

using namespace cleave;
using namespace cleave::cli;

TEST_CASE("Large counts are short", "[cli]") {
    CHECK(show_large(0) == "0");
    CHECK(show_large(999) == "999");
    CHECK(show_large(1234567) == "1.23 M");
    CHECK(show_large(45600) == "45.6 k");
    CHECK(show_large(7.89e9) == "7.89 G");
}

TEST_CASE("What is left follows from the pace of the stage", "[cli]") {
    Pace pace;
    CHECK(pace.left(1, 0, 100, 0).empty());
    // 20 in 4 s, so 80 in 16 s.
    CHECK(pace.left(1, 20, 100, 4) == "16 s left");
    CHECK(pace.left(1, 100, 100, 9).empty());
    // The next stage has a clock of its own: 1 in 10 s, so 59 in 590 s.
    CHECK(pace.left(2, 0, 60, 10).empty());
    CHECK(pace.left(2, 1, 60, 20) == "10 min left");
    // What was done before it was first asked took no time since.
    CHECK(pace.left(3, 40, 60, 30).empty());
    CHECK(pace.left(3, 50, 60, 35) == "5 s left");
}

TEST_CASE("The line about things that are counted says how many, how fast and what is left", "[cli]") {
    std::atomic<std::uint64_t> done{0};
    CountLine line("case", "cases", done, 126);
    CHECK(line.text(1) == "1 s: case 0/126");
    done = 6;
    // 6 in the 4 s since it was first asked, so 120 in 80 s.
    CHECK(line.text(5) == "5 s: case 6/126 (80 s left), 1.2 cases/s");
    done = 126;
    CHECK(line.text(10) == "10 s: case 126/126, 13 cases/s");
}

TEST_CASE("The line says what goes on, how fast and what is left", "[cli]") {
    Progress progress;
    ExploreLine line(progress);
    progress.states = 200;
    CHECK(line.text(0) == "0 s: options, state 0/200, 0 options");
    progress.states_done = 50;
    progress.options = 3'000'000;
    CHECK(line.text(2) == "2 s: options, state 50/200 (6 s left), 3 M options, 1.5 M options/s");
    progress.passes = 2;
    progress.slices = 8;
    progress.labels = 1500;
    progress.candidates = 40'000'000;
    CHECK(line.text(4) == "4 s: search, pass 2, slice 0/8, 1.5 k labels, 10 M candidates/s");
    progress.slices_done = 2;
    CHECK(line.text(5) == "5 s: search, pass 2, slice 2/8 (3 s left), 1.5 k labels, 8 M candidates/s");
    progress.steps = 10;
    CHECK(line.text(6) == "6 s: uncertainty, step 0/10");
}
