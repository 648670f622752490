// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fpga_fit.hpp"

#include "cleave/calibrate/fpga_extrapolation.hpp"
#include "cleave/models/read_measurements.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/models/write_calibrated_fpga.hpp"
#include "support/random.hpp"
#include "support/skip.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kModel = source_dir() + "/cost_models/cyclone10gx_10cx220.yaml";
const std::string kDesigns = source_dir() + "/../shared/data/fpga_10cx220_dhm.csv";

/// The device of the real data, with other parameters.
DhmFitted known_form() {
    DhmFitted form;
    form.alm = {120, 14, 1.2, 6};
    form.delayed_share = 0.96;
    form.undelayed_taps = 5;
    form.short_lines = {32, 10};
    form.middle_lines = {72, 20};
    form.long_line_alm = 90;
    form.m20k_fixed = 1;
    form.alut = {200, 25, 1.5, 12};
    form.alut_per_spilled_long_line = -30;
    form.path = {Seconds(8e-9), Seconds(6e-9), Seconds(1.2e-9)};
    return form;
}

FpgaModel model_with(const DhmFitted& form) {
    Implementation impl;
    impl.name = "fitted";
    impl.form = form;
    impl.streaming = {8, 4.5, 1, 40, 512};
    impl.power = {Watts(0.5), Watts(5e-6), Watts(3e-4)};
    impl.clock = Hertz(76e6);
    return {"device", {80330, 192, 587}, Watts(0.64), {impl}};
}

Fpga fpga_with(const DhmFitted& form) {
    const FpgaModel model = model_with(form);
    return {model, 0, Hertz(76e6), model.capacity};
}

LayerWork conv_work(std::int64_t channels, std::int64_t filters, std::int64_t kernel, std::int64_t size) {
    Conv conv;
    conv.window.kernel_h = conv.window.kernel_w = kernel;
    conv.filters = filters;
    LayerWork work;
    work.op = conv;
    work.inputs = {{channels, size, size}};
    work.output = {filters, size, size};
    return work;
}

/// The formulas of docs/cost-models.md written down once more; logic with lines in it as the largest of
/// linear forms, where the library sends lines out one class after the other.
struct Figures {
    double alm, alut, m20k, fmax, power;
};
Figures formula(const FpgaModel& model, double C, double N, double k) {
    const auto& f = std::get<DhmFitted>(model.implementations[0].form);
    const double M = static_cast<double>(model.capacity.m20k);
    const double t = C * k * k;
    const double p = f.delayed_share, d0 = f.undelayed_taps;
    const double L1 = f.short_lines.most_taps, L2 = f.middle_lines.most_taps;
    const auto clip = [](double x, double top) { return std::min(std::max(x, 0.0), top); };
    const double n1 = N * p * clip(t - d0, L1 - d0);
    const double n2 = N * p * clip(t - L1, L2 - L1);
    const double n3 = N * p * std::max(t - L2, 0.0) + std::ceil(8 * C * (k - 1) / 40) + f.m20k_fixed;
    const double late = p * std::max(t - d0, 0.0);
    const auto layer = [&](const FilterCost& c) {
        return c.fixed + N * (c.per_tap * t + c.per_tap_log * t * std::log2(t) + c.per_delayed_tap * late);
    };
    const auto c1 = static_cast<double>(f.short_lines.alm);
    const auto c2 = static_cast<double>(f.middle_lines.alm);
    const auto c3 = static_cast<double>(f.long_line_alm);
    const double spill = std::max(
        {0.0, c1 * (n1 + n2 + n3 - M), c1 * n1 + c2 * (n2 + n3 - M), c1 * n1 + c2 * n2 + c3 * (n3 - M)});
    const double s3 = clip(n3 - M, n3);
    Figures result{};
    result.alm = layer(f.alm) + spill;
    result.alut = layer(f.alut) + f.alut_per_spilled_long_line * s3;
    result.m20k = std::min(n1 + n2 + n3, M);
    const double wide = 8 * C > 40 ? f.path.wide_line.value() : 0;
    result.fmax =
        1 / (f.path.fixed.value() + f.path.per_fanout.value() * (1 - 1 / std::sqrt(std::max(N, 2.0))) + wide);
    const FpgaPower& power = model.implementations[0].power;
    result.power = model.static_power.value() + power.base.value() + power.per_alm.value() * result.alm +
                   power.per_m20k.value() * result.m20k;
    return result;
}

/// Designs by the formulas, 1 % noise, and 3 % of the figures far off.
FpgaData synthetic(const FpgaModel& model, std::size_t count, std::uint32_t seed) {
    Random random(seed);
    const auto noisy = [&](double value) {
        double sum = 0;
        for (int i = 0; i < 12; ++i) {
            sum += static_cast<double>(random.below(1000000)) / 1e6 - 0.5;
        }
        return value * (1 + 0.01 * sum) * (random.chance(3) ? 1.5 : 1.0);
    };
    FpgaData data;
    data.files.push_back({"synthetic.csv", std::string(64, '0'), count});
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t C = random.between(1, 10);
        const std::int64_t N = random.between(2, 10);
        const std::int64_t k = random.between(2, 5);
        const Figures figures =
            formula(model, static_cast<double>(C), static_cast<double>(N), static_cast<double>(k));
        FpgaDesign design;
        design.name = "design " + std::to_string(i);
        design.work = conv_work(C, N, k, random.between(5, 14));
        design.alm = std::round(noisy(figures.alm));
        design.alut = std::round(noisy(figures.alut));
        design.m20k = figures.m20k >= 587 ? 587 : std::min(std::round(noisy(figures.m20k)), 587.0);
        design.fmax = Hertz(noisy(figures.fmax));
        design.power = Watts(noisy(figures.power));
        data.designs.push_back(std::move(design));
    }
    return data;
}

/// Messages of the reader for a file with this text, without the file's folder.
std::string faults_of(const std::string& text) {
    const fs::path path =
        fs::temp_directory_path() / ("cleave_designs_" + std::to_string(std::random_device{}()) + ".csv");
    std::ofstream(path, std::ios::binary) << text;
    std::string message;
    try {
        (void)load_fpga_data(path.string());
    } catch (const InputError& error) {
        message = error.what();
    }
    fs::remove(path);
    for (std::size_t at = message.find(path.string()); at != std::string::npos;
         at = message.find(path.string())) {
        message.replace(at, path.string().size(), "FILE");
    }
    return message;
}

const std::string kHeader = "h_in,c_in,kernel,filters,fmax_mhz,power_w,alm,alut,m20k\n";
const std::string kRow1 = "8,3,3,4,76,1.2,4000,8000,80\n";
const std::string kRow2 = "8,4,3,4,75,1.3,5000,9000,90\n";

}  // namespace

TEST_CASE("fitted DHM follows its formulas", "[calibrate][fpga]") {
    const FpgaModel model = model_with(known_form());
    const Fpga fpga = fpga_with(known_form());
    for (std::int64_t C = 1; C <= 12; ++C) {
        for (std::int64_t N = 1; N <= 14; ++N) {
            for (std::int64_t k = 1; k <= 5; ++k) {
                CAPTURE(C, N, k);
                const LayerWork work = conv_work(C, N, k, 9);
                const Figures want =
                    formula(model, static_cast<double>(C), static_cast<double>(N), static_cast<double>(k));
                const auto variants = fpga.variants(work);
                REQUIRE(variants.size() == 1);
                const Resources& demand = variants[0].resources;
                CHECK(demand.m20k >= demand.m20k_dear);
                CHECK(demand.m20k_dear >= demand.m20k_dearest);
                const Resources used = fpga.occupied(demand);
                // Three counts of lines are each rounded to the next whole one.
                CHECK(static_cast<double>(used.alm) == Approx(want.alm).margin(1 + 0.5 * 90));
                CHECK(static_cast<double>(used.m20k) == Approx(want.m20k).margin(0.51));
                CHECK(used.m20k_dear == 0);
                CHECK(fpga.aluts(work).value() == Approx(want.alut).margin(0.5 * 30 + 1e-9));
                CHECK(fpga.fmax(work).value().value() == Approx(want.fmax));
            }
        }
    }
}

TEST_CASE("fitted DHM grows with filters, channels and kernel", "[calibrate][fpga]") {
    const auto [model, sheet, bytes] = load_fpga_model(kModel);
    const Fpga fpga(model, 0, Hertz(76e6), model.capacity);
    const auto check = [&](const LayerWork& small, const LayerWork& large) {
        const Resources a = fpga.variants(small).at(0).resources;
        const Resources b = fpga.variants(large).at(0).resources;
        CHECK(a.within(b));
        CHECK(fpga.occupied(a).alm < fpga.occupied(b).alm);
        CHECK(fpga.occupied(a).m20k <= fpga.occupied(b).m20k);
        CHECK(fpga.work_power(0, a, Hertz(76e6)) < fpga.work_power(0, b, Hertz(76e6)));
        CHECK(fpga.aluts(small).value() < fpga.aluts(large).value());
        CHECK(fpga.fmax(small).value() >= fpga.fmax(large).value());
    };
    for (std::int64_t C = 1; C <= 40; C += 3) {
        for (std::int64_t N = 1; N <= 80; N += 7) {
            for (std::int64_t k = 1; k <= 5; ++k) {
                CAPTURE(C, N, k);
                const LayerWork work = conv_work(C, N, k, 56);
                check(work, conv_work(C, N + 1, k, 56));
                check(work, conv_work(C + 1, N, k, 56));
                check(work, conv_work(C, N, k + 1, 56));
            }
        }
    }
}

TEST_CASE("the limits of fitted DHM are those of cheapest lines first", "[calibrate][fpga]") {
    Random random(1);
    int fitting = 0;
    int bursting = 0;
    for (int i = 0; i < 20000; ++i) {
        DhmFitted form = known_form();
        form.short_lines.alm = random.between(0, 20);
        form.middle_lines.alm = form.short_lines.alm + random.between(0, 30);
        form.long_line_alm = form.middle_lines.alm + random.between(0, 100);
        const Resources capacity{random.between(0, 60000), 192, random.between(0, 600)};
        const Fpga fpga(model_with(form), 0, Hertz(1e8), capacity);
        Resources sum;
        std::int64_t lines[3] = {0, 0, 0};
        for (std::int64_t layer = random.between(1, 4); layer > 0; --layer) {
            const std::int64_t own[3] = {random.below(300), random.below(200), random.below(100)};
            const std::int64_t dear = own[1] + own[2];
            sum += Resources{random.below(10000), 0, own[0] + dear, dear, own[2]};
            for (int c = 0; c < 3; ++c) {
                lines[c] += own[c];
            }
        }
        std::int64_t alm = sum.alm;
        std::int64_t over = std::max<std::int64_t>(lines[0] + lines[1] + lines[2] - capacity.m20k, 0);
        const std::int64_t all = over;
        const std::int64_t each[3] = {form.short_lines.alm, form.middle_lines.alm, form.long_line_alm};
        for (int c = 0; c < 3; ++c) {
            const std::int64_t out = std::min(over, lines[c]);
            alm += out * each[c];
            over -= out;
        }
        REQUIRE(fpga.occupied(sum) == Resources{alm, 0, sum.m20k - all});
        const bool fits = std::all_of(fpga.limits().begin(), fpga.limits().end(),
                                      [&](const CapacityLimit& l) { return l.use(sum) <= l.limit; });
        REQUIRE(fits == (alm <= capacity.alm));
        (fits ? fitting : bursting) += 1;
    }
    CHECK(fitting > 4000);
    CHECK(bursting > 4000);
}

TEST_CASE("convolutions outside an implementation's data are extrapolated", "[calibrate][fpga]") {
    const auto [model, sheet, bytes] = load_fpga_model(kModel);
    const Fpga fitted(model, 0, Hertz(76e6), model.capacity);
    CHECK(!fitted.extrapolated({0, {}}, conv_work(3, 8, 3, 14)));
    CHECK(fitted.extrapolated({0, {}}, conv_work(3, 8, 3, 15)));
    CHECK(fitted.extrapolated({0, {}}, conv_work(3, 11, 3, 14)));
    CHECK(fitted.extrapolated({0, {}}, conv_work(3, 8, 1, 14)));
    CHECK(fitted.extrapolated({0, {}}, conv_work(1, 8, 7, 14)));
    CHECK(fitted.extrapolated({0, {}}, conv_work(28, 2, 3, 14)));
    LayerWork depthwise = conv_work(8, 8, 3, 14);
    std::get<Conv>(depthwise.op).groups = 8;
    CHECK(fitted.extrapolated({0, {}}, depthwise));
    LayerWork pool = conv_work(3, 8, 3, 500);
    pool.op = GlobalAveragePool{};
    CHECK(!fitted.extrapolated({0, {}}, pool));
    const Fpga csd(model, 1, Hertz(76e6), model.capacity);
    CHECK(!csd.extrapolated({1, {}}, conv_work(3, 7, 5, 112)));
    CHECK(csd.extrapolated({1, {}}, conv_work(3, 65, 5, 112)));
    CHECK(csd.extrapolated({1, {}}, conv_work(3, 8, 3, 225)));
    // Fully connected: as a 1x1 convolution of one position.
    LayerWork dense = conv_work(60, 80, 1, 1);
    dense.op = FullyConnected{80, true};
    CHECK(fitted.extrapolated({0, {}}, dense));
    CHECK(csd.extrapolated({1, {}}, dense));
    CHECK(!csd.fmax(conv_work(3, 8, 3, 14)));
    CHECK(!csd.aluts(conv_work(3, 8, 3, 14)));
}

TEST_CASE("the FPGA fit finds the parameters of synthetic designs", "[calibrate][fpga]") {
    const FpgaModel truth = model_with(known_form());
    const FpgaData data = synthetic(truth, 1500, 7);
    const auto [base, sheet, bytes] = load_fpga_model(kModel);
    const Fpga start(base, 0, Hertz(76e6), base.capacity);
    const FpgaFit fit = fit_fpga(data, start);
    const auto& form = std::get<DhmFitted>(fit.implementation.form);
    const DhmFitted want = known_form();
    CHECK(form.delayed_share == Approx(want.delayed_share).margin(0.004));
    CHECK(form.undelayed_taps == Approx(want.undelayed_taps).margin(0.1));
    CHECK(form.m20k_fixed == Approx(want.m20k_fixed).margin(0.4));
    CHECK(form.alm.fixed == Approx(want.alm.fixed).margin(6));
    CHECK(form.alm.per_tap == Approx(want.alm.per_tap).margin(0.4));
    CHECK(form.alm.per_tap_log == Approx(want.alm.per_tap_log).margin(0.1));
    CHECK(form.alm.per_delayed_tap == Approx(want.alm.per_delayed_tap).margin(0.8));
    CHECK(static_cast<double>(form.long_line_alm) == Approx(want.long_line_alm).margin(5));
    CHECK(form.middle_lines.most_taps == Approx(want.middle_lines.most_taps).margin(1.5));
    CHECK(form.alut.per_tap == Approx(want.alut.per_tap).margin(0.8));
    CHECK(form.alut_per_spilled_long_line == Approx(want.alut_per_spilled_long_line).margin(6));
    CHECK(form.path.fixed.value() == Approx(8e-9).epsilon(0.02));
    CHECK(form.path.per_fanout.value() == Approx(6e-9).epsilon(0.04));
    CHECK(form.path.wide_line.value() == Approx(1.2e-9).epsilon(0.08));
    CHECK(fit.implementation.power.base.value() == Approx(0.5).margin(0.01));
    CHECK(fit.implementation.power.per_alm.value() == Approx(5e-6).epsilon(0.03));
    CHECK(fit.implementation.power.per_m20k.value() == Approx(3e-4).epsilon(0.1));
    // The truth is within four standard errors of what was found.
    CHECK(std::abs(form.alm.per_tap - want.alm.per_tap) < 4 * fit.alm.standard_error("per_tap"));
    CHECK(std::abs(form.delayed_share - want.delayed_share) < 4 * fit.m20k.standard_error("delayed_share"));
    // Noise of 1 % has a median of 0.67 %.
    for (const auto* held_out :
         {&fit.held_out.alm, &fit.held_out.alut, &fit.held_out.fmax, &fit.held_out.power}) {
        CHECK(held_out->size() == 1500);
        CHECK(summarize(*held_out).median < 0.01);
    }
    CHECK(fit.implementation.seen.taps->least == 4);
    CHECK(fit.implementation.seen.filters->most == 10);
    CHECK(fit.designs == 1500);

    const FpgaFit again = fit_fpga(data, start);
    CHECK(again.alm.fit.parameters == fit.alm.fit.parameters);
    CHECK(again.alm.fit.standard_errors == fit.alm.fit.standard_errors);
}

TEST_CASE("the FPGA fit refuses what it cannot be fitted to", "[calibrate][fpga]") {
    const FpgaModel truth = model_with(known_form());
    const Fpga start = fpga_with(known_form());
    CHECK_THROWS_WITH(fit_fpga(synthetic(truth, 12, 1), start),
                      Catch::Contains("different shapes (channels, filters, kernel) are too few"));
    FpgaData data = synthetic(truth, 300, 1);
    for (std::size_t i = 30; i < data.designs.size(); ++i) {
        data.designs[i].power.reset();
    }
    CHECK_THROWS_WITH(
        fit_fpga(data, start),
        Catch::Contains("designs with power are too few to fit an FPGA: at least 40 are needed"));
    FpgaModel csd = truth;
    csd.implementations[0].form = DhmCsd();
    CHECK_THROWS_WITH(fit_fpga(data, Fpga(csd, 0, Hertz(76e6), csd.capacity)),
                      "implementation fitted is not of the fitted form");
    CHECK(can_fit(truth.implementations[0]));
    CHECK_FALSE(can_fit(csd.implementations[0]));
    CHECK_THROWS_AS(FpgaFitPart{}.value("per_tap"), std::logic_error);
}

TEST_CASE("designs that cannot be used are refused with their place", "[calibrate][fpga]") {
    CHECK(faults_of(kHeader + kRow1 + kRow2).empty());
    CHECK(faults_of("") != "");
    CHECK_THAT(faults_of(kHeader), Catch::Contains("FILE:1:1: error: 0 rows are too few"));
    CHECK_THAT(faults_of(kHeader + kRow1 + kRow1),
               Catch::Contains("FILE:1:1: error: alm: the column is constant ('4000')"));
    CHECK_THAT(faults_of(kHeader + kRow1 + "8,4,3,4,75,1.3,nan,9000,90\n"),
               Catch::Contains("FILE:3:16: error: alm:"));
    CHECK_THAT(faults_of(kHeader + kRow1 + "8,4,3,4,75,-1.3,5000,9000,90\n"),
               Catch::Contains("FILE:3:12: error: power_w:"));
    CHECK_THAT(faults_of(kHeader + kRow1 + "8,0,3,4,75,1.3,5000,9000,90\n"),
               Catch::Contains("FILE:3:3: error: c_in:"));
    CHECK_THAT(faults_of(kHeader + kRow1 + "2,4,3,4,75,1.3,5000,9000,90\n"),
               Catch::Contains("FILE:3:5: error: kernel: does not fit a 2x2 input"));
    CHECK_THAT(faults_of("filter," + kHeader + "1," + kRow1 + "2," + kRow2),
               Catch::Contains("FILE:1:1: error: "));
    CHECK_THAT(faults_of("filter," + kHeader + "1," + kRow1 + "2," + kRow2), Catch::Contains("'filter'"));
}

TEST_CASE("an implementation without Fmax and ALUT predicts the other figures", "[calibrate][fpga]") {
    const auto [model, sheet, bytes] = load_fpga_model(kModel);
    const FpgaData data = synthetic(model, 50, 3);
    const FpgaPredictions csd = predict_fpga(Fpga(model, 1, Hertz(76e6), model.capacity), data);
    CHECK(csd.alm.size() == 50);
    CHECK(csd.power.size() == 50);
    CHECK(csd.alut.empty());
    CHECK(csd.fmax.empty());
    const FpgaPredictions fitted = predict_fpga(Fpga(model, 0, Hertz(76e6), model.capacity), data);
    CHECK(fitted.alut.size() == 50);
    CHECK(fitted.fmax.size() == 50);
    for (const Prediction& p : fitted.m20k) {
        CHECK(p.measured >= 20);
        CHECK(p.measured < 587);
    }
}

TEST_CASE("the shipped FPGA model is the fit to the published designs", "[calibrate][fpga]") {
    if (!fs::exists(kDesigns)) {
        skip_case("there is no " + kDesigns);
        return;
    }
    const FpgaData data = load_fpga_data(kDesigns);
    const auto [model, sheet, bytes] = load_fpga_model(kModel);
    const Fpga shipped(model, 0, model.implementations[0].clock, model.capacity);
    const FpgaFit fit = fit_fpga_beyond(data, shipped);
    CHECK(fit.held_out.alm.size() == 2537);
    CHECK(summarize(fit.held_out.alm).mape <= 0.03);
    CHECK(summarize(fit.held_out.alut).mape <= 0.03);
    CHECK(fit.held_out.m20k.size() == 1919);
    CHECK(summarize(fit.held_out.m20k).mape <= 0.03);
    CHECK(summarize(fit.held_out.power).mape <= 0.01);
    CHECK(summarize(fit.held_out.fmax).mape <= 0.06);
    // Beyond the data logic holds and power does not, which the spread says.
    const FpgaPredictions& beyond = fit.extrapolation.value().predictions;
    CHECK(beyond.alm.size() > 40);
    CHECK(summarize(beyond.alm).mape <= 0.03);
    CHECK(fit.implementation.spread.power >= spread(beyond.power, shipped.static_power().value()));
    CHECK(fit.implementation.spread.power > spread(fit.held_out.power, shipped.static_power().value()));
    // Not compared in the CHECK, which would print both.
    const DesignOrigin origin{"Quartus Prime Pro 17.1",
                              "Vectorless estimate of the vendor tool at 12.5 % toggle; simulated data paths "
                              "toggle at 45 to 50 %, so "
                              "real dynamic power may be several times this. Transceivers are not included."};
    const bool is_same = calibrated_fpga_yaml(kModel, {}, origin, fit) == read_text(kModel);
    CHECK(is_same);
    // The file's four digits are enough.
    CHECK(summarize(predict_fpga(shipped, data).alm).mape ==
          Approx(summarize(fit.in_sample.alm).mape).margin(0.0002));
}

TEST_CASE("folded layers with more multipliers than synthesised are extrapolated", "[calibrate][fpga]") {
    const auto [model, sheet, bytes] = load_fpga_model(kModel);
    constexpr std::size_t kFolded = 2;
    const Fpga folded(model, kFolded, Hertz(150e6), model.capacity);
    const auto beyond = [&](const LayerWork& work, const Fold& fold) {
        return folded.extrapolated({kFolded, fold}, work);
    };
    // 256 in blocks, 128 in logic.
    const LayerWork conv = conv_work(64, 64, 3, 14);
    CHECK(!beyond(conv, {16, 16, Multipliers::dsp, false}));
    CHECK(beyond(conv, {32, 16, Multipliers::dsp, false}));
    CHECK(!beyond(conv, {16, 8, Multipliers::logic, false}));
    CHECK(beyond(conv, {16, 16, Multipliers::logic, false}));
    // A column former has three times as many.
    CHECK(!beyond(conv, {8, 8, Multipliers::dsp, true}));
    CHECK(beyond(conv, {16, 8, Multipliers::dsp, true}));
    CHECK(beyond(conv, {8, 8, Multipliers::logic, true}));
    // The other ranges hold as well.
    CHECK(beyond(conv_work(64, 64, 3, 6), {1, 1, Multipliers::dsp, false}));
    CHECK(beyond(conv_work(64, 64, 9, 14), {1, 1, Multipliers::dsp, false}));
    // Nothing is multiplied.
    LayerWork pool = conv;
    pool.op = GlobalAveragePool{};
    CHECK(!beyond(pool, {64, 64, Multipliers::logic, false}));
}
