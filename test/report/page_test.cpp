// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/page.hpp"

#include "cleave/report/assets.hpp"
#include "cleave/report/plot.hpp"
#include "cleave/report/scatter_text.hpp"
#include "cleave/report/write_json.hpp"
#include "cleave/search/explore.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace cleave;
using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kHarm = "</script><b>$(id)";

Network harmful_network() {
    NetworkBuilder builder(kHarm);
    builder.begin_module(kHarm);
    const LayerId in = builder.add("in", Input{{4, 16, 16}}, {});
    const LayerId a = builder.add(kHarm + "/a", conv_op(8, 3, 1, 1), {in});
    const LayerId b = builder.add("b\xE2\x80\xA8", conv_op(8, 3, 2, 1), {a});
    builder.begin_module("]]>--><svg onload=alert(1)>");
    builder.add("'+alert(1)+'\"", conv_op(4, 1), {b});
    Network network = builder.build();
    REQUIRE(builder.faults().empty());
    return network;
}

Report make_report(const UnitGraph& units, const Platform& platform) {
    const StateSpace states(units);
    const Costing costing(units, platform);
    const ExploreResult result = explore({units.network(), platform, {}, {}, {}});
    Report report{units,
                  platform,
                  Completeness::exact,
                  std::nullopt,
                  result.design_points,
                  view_point(costing, {}, result.baseline.score),
                  {},
                  "",
                  "",
                  "",
                  {},
                  10,
                  {{"GPU",
                    kHarm,
                    {},
                    {kHarm,
                     kHarm,
                     {{kHarm, kHarm, kHarm, ""}},
                     {{kHarm, SourceKind::fitted, kHarm, kHarm, "", "1", kHarm, "", "", ""}},
                     ""}}},
                  kHarm,
                  ""};
    std::vector<NamedPoint> named;
    for (const FrontPoint& point : result.front) {
        const std::string id = kHarm + std::to_string(named.size());
        named.push_back({id, point.mapping, point.score.latency, point.score.energy});
        const Interval interval{1e-6, 1e-3};
        report.points.push_back({id, view_point(costing, point.mapping, point.score),
                                 PointUncertainty{interval, interval, interval, interval, 0.5, 0.5}});
    }
    report.min_latency = report.knee = named.front().id;
    report.min_energy = named.back().id;
    report.dominated = dominated_neighbours(costing, states, {}, named, 100);
    return report;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_CASE("Names are data in pages, plots and JSON", "[report]") {
    const Network network = harmful_network();
    const Platform platform = make_platform();
    const UnitGraph units(network);
    const Report report = make_report(units, platform);
    REQUIRE_FALSE(report.points.empty());
    REQUIRE_FALSE(report.dominated.empty());
    const std::string data = report_json(report);
    const std::string page = report_page(report, data);

    // As many elements as the page makes itself: a data block and five scripts.
    CHECK(count(page, "<script") == (has_interactive_charts() ? 6 : 0));
    CHECK(count(page, "</script>") == (has_interactive_charts() ? 6 : 0));
    CHECK(count(page, "<b>") == 0);
    CHECK(count(page, "<svg onload") == 0);
    CHECK(count(page, "<h1>&lt;/script&gt;&lt;b&gt;$(id)</h1>") == 1);

    std::vector<Plot> plots = point_plots(report, report.points.front().view, kHarm);
    CHECK(plots.size() == 7);
    plots.push_back(front_plot(report));
    for (const Plot& plot : plots) {
        const std::string file = svg_file(plot);
        CAPTURE(plot.name);
        CHECK(count(file, kHarm) == 0);
        CHECK(count(file, "<script") + count(file, "<b>") + count(file, "onload=alert(1)>") == 0);
        CHECK(count(file, "&lt;b&gt;") > 0);
        CHECK(count(file, "<svg") == 1);
    }
    // What the data block holds is what was put in.
    const std::string start = "<script type=\"application/json\" id=\"data\">";
    if (has_interactive_charts()) {
        const std::size_t from = page.find(start) + start.size();
        const std::string block = page.substr(from, page.find("</script>", from) - from);
        CHECK(nlohmann::json::parse(block) == nlohmann::json::parse(data));
        CHECK(nlohmann::json::parse(block)["network"]["name"] == kHarm);
    }
}

TEST_CASE("A page forbids every connection", "[report]") {
    const Network network = harmful_network();
    const Platform platform = make_platform();
    const UnitGraph units(network);
    const std::string page = report_page(make_report(units, platform), "{}");
    const std::size_t policy =
        page.find("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    REQUIRE(policy != std::string::npos);
    CHECK(policy < page.find("<style>"));
    CHECK(count(page, "'unsafe-eval'") == count(std::string(assets::vega_js()), "'unsafe-eval'"));
    CHECK(count(page, "'sha256-") == (has_interactive_charts() ? 5 : 0));
    CHECK(count(page, " src=\"http") + count(page, " href=\"http") == 0);
    CHECK((count(page, "static plots only") > 0) == !has_interactive_charts());
}

TEST_CASE("Layers on the FPGA are listed by run, with what sets the pace of each", "[report]") {
    const Network network = harmful_network();
    for (const HandOver hand_over : {HandOver::buffered, HandOver::streamed}) {
        PlatformOptions options;
        options.hand_over = hand_over;
        options.link_floor = 50;
        const Platform platform = make_platform(options);
        const UnitGraph units(network);
        Report report = make_report(units, platform);
        // The last point, in place of the knee.
        report.knee = report.points.back().id;
        const std::vector<Pipeline>& pipelines = report.points.back().view.pipelines;
        REQUIRE_FALSE(pipelines.empty());
        const std::string page = report_page(report, report_json(report));
        CHECK(count(page, "<tr class=\"run\">") == pipelines.size());
        // 50 us are more than any of these layers takes.
        const bool streamed = hand_over == HandOver::streamed;
        CHECK(count(page, "<tr class=\"pacing\">") == (streamed ? 0 : pipelines.size()));
        CHECK(count(page, "paced by transfers to the ") == (streamed ? pipelines.size() : 0));
        const std::string plot = svg_file(schedule_plot(report, report.points.back().view, "point"));
        CHECK((count(plot, ">to GPU<") > 0) == streamed);
    }
}

TEST_CASE("A report of an empty front has the baseline", "[report]") {
    const Network network = harmful_network();
    const Platform platform = make_platform();
    const UnitGraph units(network);
    Report report = make_report(units, platform);
    report.points.clear();
    report.dominated.clear();
    report.knee = report.min_latency = report.min_energy = "";
    CHECK(count(report_page(report, report_json(report)), "GPU only: schedule") > 0);
    CHECK(count(scatter_text(report), "o front (0)") == 1);
}

TEST_CASE("The scatter has a mark for what is not hidden", "[report]") {
    const Network network = harmful_network();
    const Platform platform = make_platform();
    const UnitGraph units(network);
    const std::string text = scatter_text(make_report(units, platform));
    // One in the plot and one in the legend.
    CHECK(count(text, "G") == 3);  // GPU only
    CHECK(count(text, "K") == 2);
    CHECK(count(text, "\n") == 23);
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        longest = std::max(longest, end - at);
        at = end + 1;
    }
    CHECK(longest <= 72);
}

TEST_CASE("Words of a report", "[report]") {
    const Network network = harmful_network();
    const Platform platform = make_platform();
    const UnitGraph units(network);
    Report report = make_report(units, platform);
    CHECK(front_words(report) == "exact Pareto front");
    report.completeness = Completeness::epsilon;
    report.gap = 0.01;
    CHECK(front_words(report) == "front within 1 % of the true one");
    report.completeness = Completeness::stopped;
    CHECK(front_words(report) == "incomplete front, at most 1 % from the true one");
    report.gap.reset();
    CHECK(front_words(report) == "incomplete front");
    report.min_energy = "p002";
    CHECK(role_of(report, report.knee) == "min latency, knee");
    CHECK(role_of(report, "p999").empty());
    CHECK(op_words(conv_op(8, 3)) == "3x3 conv");
    CHECK(op_words(GlobalAveragePool{}) == "global_avg_pool");
    CHECK(place_words({LayerPlace::Device::split, 0, SplitAxis::filters, 24, 96}) ==
          "24 of 96 filters on the FPGA");
}

TEST_CASE("a report begins with the verdict on its front", "[report]") {
    const Network network = harmful_network();
    const Platform platform = make_platform();
    const UnitGraph units(network);
    Report report = make_report(units, platform);
    CHECK(count(report_page(report, "{}"), "class=\"verdict\"") == 0);
    report.verdict = std::string("put ") + kHarm + " on the FPGA";
    report.reasons = {kHarm, "the link costs nothing"};
    const std::string page = report_page(report, "{}");
    CHECK(count(page, "class=\"verdict\"") == 1);
    CHECK(count(page, kHarm) == 0);
    CHECK(count(page, "<li>the link costs nothing</li>") == 1);
    CHECK(page.find("class=\"verdict\"") < page.find("class=\"tiles\""));
}
