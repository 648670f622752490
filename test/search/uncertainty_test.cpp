// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_config.hpp"
#include "cleave/cost/draw.hpp"
#include "cleave/search/explore.hpp"
#include "support/random.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Under a sanitizer, one draw that is scored before a search is stopped, and four in all.
constexpr std::size_t kScored = 1 + 4 / kFewer;
constexpr std::size_t kDraws = 4 * kScored;
/// So many draws are searched for candidates before any is scored.
constexpr std::size_t kSearched = std::min<std::size_t>(kDraws, 8);

ExploreRequest request_of(const std::string& network) {
    const std::string root = source_dir();
    return load_explore_config(root + "/test/configs/" + network + ".yaml", {{root}, {}}).request;
}

ExploreRequest without_spread(ExploreRequest request) {
    GpuModel gpu = request.platform.gpu.model();
    gpu.spread = {};
    request.platform.gpu = request.platform.gpu.with_model(gpu);
    FpgaModel fpga = request.platform.fpga.model();
    for (Implementation& implementation : fpga.implementations) {
        implementation.spread = {};
    }
    const Fpga& old = request.platform.fpga;
    request.platform.fpga = Fpga(fpga, old.implementations(), old.capacity());
    for (LinkDirection* link : {&request.platform.link.to_fpga, &request.platform.link.to_gpu}) {
        link->spread = link->sync_spread = 0;
    }
    return request;
}

}  // namespace

TEST_CASE("without spread every draw is the platform itself", "[search][uncertainty]") {
    ExploreRequest request = without_spread(request_of("shufflenet_v2_0.5"));
    request.draws = 5;
    const ExploreResult result = explore(request);
    const Uncertainty& uncertainty = result.uncertainty;
    CHECK(uncertainty.complete());
    REQUIRE(uncertainty.points.size() == result.front.size());
    for (std::size_t i = 0; i < result.front.size(); ++i) {
        const PointUncertainty& p = uncertainty.points[i];
        const double latency = to_si(result.front[i].score.latency).value();
        CHECK(p.latency_s.low == latency);
        CHECK(p.latency_s.high == latency);
        CHECK(p.feasible_share == 1);
        CHECK(p.nondominated_share == 1);
    }
    // The front, and the GPU alone where it is not on it.
    CHECK(uncertainty.candidates <= result.front.size() + 1);
    CHECK(uncertainty.not_told_apart.empty());
}

TEST_CASE("draws spread around the platform as far as the models' errors say", "[search][uncertainty]") {
    ExploreRequest request = request_of("mobilenet_v2_0.5");
    request.draws = 200 / kFewer;
    const ExploreResult result = explore(request);
    const Uncertainty& uncertainty = result.uncertainty;
    const double baseline = to_si(result.baseline.score.latency).value();
    const double spread = request.platform.gpu.model().spread.latency;
    REQUIRE(!uncertainty.points.empty());
    for (std::size_t i = 0; i < result.front.size(); ++i) {
        const PointUncertainty& p = uncertainty.points[i];
        const double latency = to_si(result.front[i].score.latency).value();
        CHECK(p.latency_s.low < latency);
        CHECK(p.latency_s.high > latency);
        // Single kernels err independently, so a network errs about as much as networks held out did.
        CHECK(p.latency_s.high / p.latency_s.low < 1 + 6 * spread);
        // The ends of few draws lie nearer to each other.
        CHECK(p.latency_s.high / p.latency_s.low > 1 + (kFewer > 1 ? 1.0 : 1.5) * spread);
        CHECK(p.latency_speedup.low < baseline / latency);
        CHECK(p.latency_speedup.high > baseline / latency);
        CHECK(p.feasible_share > 0);
        CHECK(p.feasible_share >= p.nondominated_share);
    }
    CHECK(uncertainty.candidates >= result.front.size());
    // Some layer moves whatever is drawn, and what moves can.
    REQUIRE(uncertainty.moved_share.size() == request.network.layers().size());
    CHECK(*std::max_element(uncertainty.moved_share.begin(), uncertainty.moved_share.end()) > 0.9);
    CHECK(uncertainty.moved_share.front() == 0);
    request.min_gain = 100;
    const std::vector<double> none = explore(request).uncertainty.moved_share;
    CHECK(*std::max_element(none.begin(), none.end()) == 0);
}

TEST_CASE("a draw depends on its seed alone, and an assessment on no thread count", "[search][uncertainty]") {
    ExploreRequest request = request_of("shufflenet_v2_0.5");
    const Platform a = draw_platform(request.platform, 3);
    const Platform b = draw_platform(request.platform, 3);
    const Platform c = draw_platform(request.platform, 4);
    CHECK(a.fpga.clocks() == b.fpga.clocks());
    CHECK(a.fpga.clocks() != c.fpga.clocks());
    CHECK(a.fpga.capacity() == b.fpga.capacity());
    request.draws = kDraws;
    request.limits.threads = 1;
    const Uncertainty one = explore(request).uncertainty;
    request.limits.threads = 3;
    const Uncertainty three = explore(request).uncertainty;
    REQUIRE(one.points.size() == three.points.size());
    for (std::size_t i = 0; i < one.points.size(); ++i) {
        CHECK(one.points[i].energy_j.low == three.points[i].energy_j.low);
        CHECK(one.points[i].nondominated_share == three.points[i].nondominated_share);
    }
    CHECK(one.not_told_apart == three.not_told_apart);
}

TEST_CASE("a time limit ends the exploration, draws included", "[search][uncertainty]") {
    ExploreRequest request = request_of("shufflenet_v2_0.5");
    request.draws = 3;
    request.limits.time_limit = Seconds(1e-12);
    const ExploreResult result = explore(request);
    CHECK(result.completeness == Completeness::stopped);
    REQUIRE(!result.front.empty());
    CHECK(result.uncertainty.draws == 0);
    CHECK(result.uncertainty.wanted == 3);
    CHECK(!result.uncertainty.complete());
    CHECK(result.uncertainty.points.empty());
}

TEST_CASE("draws that are scored when an exploration is stopped count", "[search][uncertainty]") {
    ExploreRequest request = request_of("shufflenet_v2_0.5");
    request.limits.threads = 1;
    request.draws = kDraws;
    const ExploreResult whole = explore(request);
    Progress progress;
    const ExploreResult stopped = explore(
        request, [&] { return progress.steps_done >= kSearched + kScored; }, &progress);
    CHECK(stopped.exact());
    CHECK(stopped.front.size() == whole.front.size());
    REQUIRE(stopped.uncertainty.draws == kScored);
    CHECK(!stopped.uncertainty.complete());
    CHECK(stopped.uncertainty.candidates == whole.uncertainty.candidates);
    REQUIRE(stopped.uncertainty.points.size() == whole.front.size());
    for (const PointUncertainty& point : stopped.uncertainty.points) {
        CHECK(point.latency_s.low <= point.latency_s.high);
    }
}
