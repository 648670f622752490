// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fit_doubts.hpp"

#include "cleave/models/read_model.hpp"
#include "support/measurements.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

using Sentences = std::vector<std::string>;

GpuModel tx2() { return load_gpu_model(source_dir() + "/cost_models/jetson_tx2.yaml").model; }

FitResult fit_with_bound(std::vector<double> parameters, std::vector<bool> at_bound) {
    FitResult fit;
    fit.parameters = std::move(parameters);
    fit.at_bound = std::move(at_bound);
    return fit;
}

/// Off by a share in the mean, whatever number all are multiplied by.
std::vector<Prediction> off_by(double share) {
    return {{"a", 100, 100 * (1 + 1.5 * share)}, {"b", 50, 50 * (1 - 1.5 * share)}, {"c", 10, 10}};
}

std::vector<Prediction> times(std::vector<Prediction> predictions, double factor) {
    for (Prediction& p : predictions) {
        p.predicted *= factor;
    }
    return predictions;
}

}  // namespace

TEST_CASE("a fit says where it should not be relied on", "[calibrate]") {
    const GpuModel base = tx2();
    GpuData data = synthetic_gpu_data(base, 0.03, false);
    GpuFit fit = fit_gpu(data, base);
    CHECK(doubts(fit, KnowsData::yes).empty());
    SECTION("parameters at a bound") {
        fit.latency->fit.at_bound[0] = true;
        fit.power->fit.at_bound[4] = true;
        CHECK(doubts(fit, KnowsData::yes) ==
              std::vector<std::string>{"latency: at a bound, so not known from these data: overhead",
                                       "power: at a bound, so not known from these data: gap"});
    }
    SECTION("a hold-out worse than the base times one number") {
        for (Prediction& p : fit.latency->held_out) {
            p.predicted *= 1.2;
        }
        CHECK(doubts(fit, KnowsData::yes).empty());
        const std::vector<std::string> found = doubts(fit, KnowsData::no);
        REQUIRE(found.size() == 1);
        CHECK_THAT(found[0],
                   Catch::Matches("latency: held out [0-9.]+ % off, while the base multiplied by one "
                                  "number is 1.[0-9] % off"));
    }
    SECTION("and the one number is found, whatever it is") {
        for (Workload& workload : data.workloads) {
            *workload.latency *= 7;
        }
        CHECK(summarize(fit_gpu(data, base).rescaled_latency).mape < 0.03);
    }
}

TEST_CASE("a link's fit says where it should not be relied on", "[calibrate]") {
    LinkDirectionFit fit({{"bandwidth", &LinkDirection::bandwidth, BytesPerSecond(1), BytesPerSecond(1e12),
                           BytesPerSecond(1e9)}},
                         [] {
                             FitResult result = fit_with_bound({1e9}, {false});
                             result.standard_errors = {1e6};
                             return result;
                         }());
    fit.held_out = off_by(0.2);
    const auto found = [&](KnowsData base, double error) {
        return doubts(fit, Direction::to_gpu, base, times(off_by(error), 3));
    };
    CHECK(found(KnowsData::no, 0.2).empty());
    CHECK(found(KnowsData::yes, 0.1).empty());
    // Whatever number the base is multiplied by.
    REQUIRE(found(KnowsData::no, 0.1).size() == 1);
    CHECK_THAT(found(KnowsData::no, 0.1)[0],
               Catch::StartsWith("transfers to the GPU: held out 20.0 % off, while the base"));
    fit.fit.at_bound[0] = true;
    CHECK(found(KnowsData::yes, 0.1) ==
          Sentences{"transfers to the GPU: at a bound, so not known from these data: bandwidth"});
}

TEST_CASE("an FPGA's fit says where it should not be relied on", "[calibrate]") {
    FpgaFit fit;
    fit.alm.names = {"fixed", "per_tap"};
    fit.alm.fit = fit_with_bound({1, 2}, {false, true});
    fit.held_out.power = off_by(0.3);
    FpgaPredictions base;
    base.power = off_by(0.1);
    CHECK(doubts(fit, KnowsData::yes, base) ==
          Sentences{"ALM: at a bound, so not known from these data: per_tap"});
    REQUIRE(doubts(fit, KnowsData::no, base).size() == 2);
    CHECK_THAT(doubts(fit, KnowsData::no, base)[1], Catch::StartsWith("power: held out 30.0 % off"));
}

TEST_CASE("of modules that were synthesised, what costs nothing is in no doubt", "[calibrate]") {
    SynthesisFit fit;
    fit.parts.push_back({"alm", "pools", {"none", "most"}, fit_with_bound({0, 1e4}, {true, true}), 9});
    fit.held_out = off_by(0.3);
    fit.by_base = off_by(0.3);
    CHECK(doubts(fit, KnowsData::no) == Sentences{"pools: at a bound, so not known from these data: most"});
}
