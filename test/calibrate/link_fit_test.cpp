// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/link_fit.hpp"

#include "cleave/models/read_measurements.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/models/write_calibrated.hpp"
#include "support/skip.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kTransfers = source_dir() + "/../shared/data/pcie_tx2_c10gx.csv";

LinkData synthetic_transfers(const LinkDirection& truth) {
    LinkData data;
    for (double kib = 1; kib <= 4096; kib *= 2) {
        const Bytes size(kib * 1024);
        data.transfers.push_back({"t", size, truth.time(size), std::nullopt});
    }
    data.files = {{"t.csv", std::string(64, '0'), data.transfers.size()}};
    return data;
}

}  // namespace

TEST_CASE("a link's parameters are recovered", "[calibrate]") {
    LinkDirection truth;
    truth.floor = Seconds(20e-6);
    truth.overhead = Seconds(6e-6);
    truth.bandwidth = BytesPerSecond(3e9);
    truth.exponent = 4;
    const LinkDirectionFit fit = fit_link(synthetic_transfers(truth), Direction::to_fpga);
    CHECK(fit.value.floor.value() == Approx(20e-6).epsilon(0.02));
    CHECK(fit.value.overhead.value() == Approx(6e-6).epsilon(0.1));
    CHECK(fit.value.bandwidth.value() == Approx(3e9).epsilon(0.01));
    CHECK(summarize(fit.in_sample).mape < 0.002);
    CHECK_THROWS_WITH(fit_link(synthetic_transfers(truth), Direction::to_gpu),
                      Catch::Contains("0 transfers to the GPU are too few"));
}

TEST_CASE("a smooth maximum lies above both of its parts and approaches them", "[calibrate]") {
    LinkDirection link;
    link.floor = Seconds(10e-6);
    link.bandwidth = BytesPerSecond(1e9);
    link.exponent = 3;
    CHECK(link.time(Bytes(0)) == Seconds(10e-6));
    CHECK(link.time(Bytes(10e3)).value() == Approx(10e-6 * std::cbrt(2.0)));
    CHECK(link.time(Bytes(1e9)).value() == Approx(1.0));
    link.exponent = 0;
    CHECK(link.time(Bytes(10e3)) == Seconds(10e-6));
    CHECK(link.time(Bytes(20e3)) == Seconds(20e-6));
}

TEST_CASE("the committed link model comes from the measurements, every row within 5 %", "[calibrate][data]") {
    if (!std::filesystem::exists(kTransfers)) {
        skip_case("there is no " + kTransfers);
        return;
    }
    const std::string file = source_dir() + "/cost_models/pcie_gen2_x4_measured.yaml";
    const LinkData data = load_link_data(kTransfers);
    const LinkDirectionFit to_fpga = fit_link(data, Direction::to_fpga);
    const LinkDirectionFit to_gpu = fit_link(data, Direction::to_gpu);
    const LinkModel model = load_link_model(file).model;
    for (const Direction direction : {Direction::to_fpga, Direction::to_gpu}) {
        const auto predictions = predict_link(model, data, direction);
        CHECK(predictions.size() == 10);
        for (const Prediction& p : predictions) {
            CAPTURE(p.name);
            CHECK(std::abs(p.relative()) <= 0.05);
        }
    }
    CHECK(calibrated_link_yaml(file, {}, data, to_fpga, to_gpu) == read_text(file));
}
