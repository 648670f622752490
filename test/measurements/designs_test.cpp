// SPDX-License-Identifier: Apache-2.0
// Rows of FPGA designs: Quartus, Vivado, HLS and oneAPI.
#include "cleave/models/read_measurements.hpp"
#include "measurements/measured.hpp"
#include "support/folder.hpp"
#include "support/random.hpp"

#include <map>

using namespace cleave;
using namespace cleave::testing;
using Catch::Matchers::Contains;

namespace {

/// A layer of 3 channels of 224x224, 3x3, 32 filters, named "conv1".
MeasureOptions of_layer(const Folder& folder) {
    MeasureOptions options;
    options.layer = "conv1";
    options.shapes = folder.write(
        "shapes.csv", "design,h_in,w_in,c_in,kernel,filters\nconv1,224,220,3,3,32\nconv_1,112,,32,3,64\n");
    return options;
}

std::string with(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = read_text(sample(name));
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("Quartus's reports of a design are one row", "[measurements][quartus]") {
    const Folder folder;
    const Measured measured = measure(ReportSource::quartus,
                                      {sample("quartus.fit.rpt"), sample("quartus.fit.summary"),
                                       sample("quartus_pro.sta.rpt"), sample("quartus.pow.summary")},
                                      of_layer(folder));
    REQUIRE(measured.table.rows.size() == 1);
    const std::map<std::string, std::string> expected{{"design", "conv1"},   {"h_in", "224"},
                                                      {"w_in", "220"},       {"c_in", "3"},
                                                      {"kernel", "3"},       {"filters", "32"},
                                                      {"alm", "21147"},      {"alut", "30112"},
                                                      {"m20k", "587"},       {"fmax_mhz", "78.2"},
                                                      {"power_w", "1.1576"}, {"dsp", "0"},
                                                      {"ff", "51230"},       {"stage", "placed and routed"}};
    for (const auto& [column, value] : expected) {
        CAPTURE(column);
        CHECK(cell(measured.table, 0, column) == value);
    }
    CHECK_THAT(all_notes(measured),
               Contains("no place for Core Static Thermal Power Dissipation of 0.6402 W"));
    CHECK_THAT(all_notes(measured), Contains("Low: user provided insufficient toggle rate data"));
    const FpgaData data =
        load_fpga_data(folder.write("designs.csv", csv_text(measured.table)), DataUse::check);
    REQUIRE(data.designs.size() == 1);
    CHECK(data.designs[0].alm == 21147);
    CHECK(data.designs[0].fmax == Hertz(78.2e6));
    CHECK(data.designs[0].work.inputs.front().width == 220);
}

TEST_CASE("the least Fmax of the slow corners counts", "[measurements][quartus]") {
    const Folder folder;
    const auto corner = [](const std::string& title, const std::string& fmax,
                           const std::string& clock = "clk") {
        return "+-----+\n; " + title +
               " ;\n+-----+\n; Fmax ; Restricted Fmax ; Clock Name ; Note ;\n+-----+\n; " + fmax + " ; " +
               fmax + " ; " + clock + " ; ;\n+-----+\n\n";
    };
    const auto row = [&](const std::string& text, MeasureOptions options) {
        return cell(measure(ReportSource::quartus, {folder.write("a.sta.rpt", text)}, options).table, 0,
                    "fmax_mhz");
    };
    const std::string slow = "Slow 900mV 100C Model Fmax Summary";
    const std::string all = corner(slow, "116.59 MHz") +
                            corner("Slow 900mV 0C Model Fmax Summary", "110.1 MHz") +
                            corner("Fast 900mV 0C Model Fmax Summary", "50 MHz");
    CHECK(row(all, of_layer(folder)) == "110.1");
    CHECK(row(read_text(sample("quartus_std.sta.rpt")), of_layer(folder)) == "116.59");
    const std::string two = all + corner(slow, "90 MHz", "pcie");
    MeasureOptions options = of_layer(folder);
    CHECK_THAT(faults_of(ReportSource::quartus, {folder.write("a.sta.rpt", two)}, options),
               Contains("there are several clocks: name one of clk, pcie with --clock"));
    options.clock.name = "pcie";
    CHECK(row(two, options) == "90");
    options.clock.name = "clock";
    CHECK_THAT(faults_of(ReportSource::quartus, {folder.write("a.sta.rpt", two)}, options),
               Contains("there is no clock 'clock'"));
    CHECK_THAT(
        faults_of(ReportSource::quartus, {folder.write("a.sta.rpt", corner(slow, "78.2"))}, of_layer(folder)),
        Contains("a.sta.rpt:6:3: error: '78.2' of 'Fmax' is no number with a unit (MHz)"));
}

TEST_CASE("a slack and a period are an Fmax where none is stated", "[measurements][quartus]") {
    const Folder folder;
    MeasureOptions options = of_layer(folder);
    const std::vector<std::string> alone{sample("quartus.sta.summary")};
    CHECK_THAT(all_notes(measure(ReportSource::quartus, alone, options)),
               Contains("no place for a setup slack of -0.843 ns"));
    options.clock.period = Seconds(10e-9);
    // 1 / 10.843 ns
    CHECK(cell(measure(ReportSource::quartus, alone, options).table, 0, "fmax_mhz") == "92.2253989");
    const Measured both = measure(ReportSource::quartus,
                                  {sample("quartus.sta.summary"), sample("quartus_pro.sta.rpt")}, options);
    CHECK(cell(both.table, 0, "fmax_mhz") == "78.2");
}

TEST_CASE("entities that are called as layers are rows", "[measurements][quartus]") {
    const Folder folder;
    const MeasureOptions options = of_layer(folder);
    const Measured measured = measure(ReportSource::quartus, {sample("quartus_entity.csv")}, options);
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "design") == "conv_1");
    CHECK(cell(measured.table, 0, "alm") == "8120.5");
    CHECK(cell(measured.table, 0, "m20k") == "200");
    CHECK_THAT(all_notes(measured), Contains("no row for entities that are no layers: 'conv_top'"));
    const std::string text = read_text(sample("quartus_entity.csv"));
    CHECK_THAT(faults_of(ReportSource::quartus, {folder.write("cut.csv", text.substr(0, text.size() - 30))},
                         options),
               Contains("cut.csv:3:1: error: ") && Contains("is the file cut?"));
    // The same table in a report.
    const std::string box =
        "+---+\n; Fitter Resource Utilization by Entity ;\n+---+\n"
        "; Compilation Hierarchy Node ; ALMs needed [=A-B+C] ; [A] ALMs used in final placement ; M20Ks ; "
        "Full Hierarchy "
        "Name ; Entity Name ;\n+---+\n"
        "; |top ; 9000.0 (1.0) ; 9500.0 (1.0) ; 7 ; |top ; top ;\n"
        ";    |conv:conv_1| ; 8120.5 (8120.5) ; 8300.0 (8300.0) ; 6 ; |top|conv:conv_1 ; conv ;\n+---+\n";
    const Measured boxed = measure(ReportSource::quartus, {folder.write("top.fit.rpt", box)}, options);
    REQUIRE(boxed.table.rows.size() == 1);
    CHECK(cell(boxed.table, 0, "alm") == "8120.5");
    MeasureOptions by_entity = options;
    by_entity.rows = DesignRows::entities;
    const std::string whole = folder.write("all.fit.rpt", read_text(sample("quartus.fit.rpt")) + "\n" + box);
    CHECK(cell(measure(ReportSource::quartus, {whole}, by_entity).table, 0, "m20k") == "6");
    CHECK_THAT(all_notes(measure(ReportSource::quartus, {whole}, options)),
               Contains("no rows for its 2 entities"));
}

TEST_CASE("what is wrong with reports of Quartus is said with its place", "[measurements][quartus]") {
    const Folder folder;
    const MeasureOptions options = of_layer(folder);
    const auto fault = [&](const std::string& name, const std::string& text) {
        return faults_of(ReportSource::quartus, {folder.write(name, text)}, options);
    };
    CHECK_THAT(fault("a.rpt", "nothing\n"),
               Contains("a.rpt:1:1: error: is no report of Quartus that is known"));
    CHECK_THAT(fault("a.fit.summary", with("quartus.fit.summary", "Successful", "Failed")),
               Contains("a.fit.summary:1:1: error: the fit ended with 'Failed"));
    CHECK_THAT(
        fault("a.fit.summary", with("quartus.fit.summary", "21,147 / 80,330", "N/A until Partition Merge")),
        Contains("a.fit.summary:8:1: error: ") && Contains("has the design been fitted?"));
    CHECK_THAT(fault("a.fit.summary", with("quartus.fit.summary", "21,147 /", "21,14 /")),
               Contains("is no number"));
    CHECK_THAT(fault("a.fit.summary", "Fitter Status : Successful - now\n"),
               Contains("there is no Logic utilization (in ALMs): is the file cut?"));
    CHECK_THAT(fault("a.pow.summary", with("quartus.pow.summary", "1157.60 mW", "1157.60")),
               Contains("a.pow.summary:8:1: error: '1157.60' of 'Total Thermal Power Dissipation' is no "
                        "number with a unit "
                        "(W, mW)"));
    std::string cut = read_text(sample("quartus.fit.rpt"));
    cut.resize(cut.find("; M20K"));
    CHECK_THAT(fault("a.fit.rpt", cut), Contains("a.fit.rpt:15:1: error: the table is cut here"));
    // Two designs in one row.
    CHECK_THAT(
        faults_of(ReportSource::quartus,
                  {sample("quartus.fit.rpt"),
                   folder.write("b.fit.summary", with("quartus.fit.summary", "21,147", "21,148"))},
                  options),
        Contains("b.fit.summary:8:1: error: alm is 21148 here, and 21147 in another report of the design"));
    CHECK_THAT(all_notes(measure(
                   ReportSource::quartus,
                   {folder.write("c.fit.summary", with("quartus.fit.summary", "Cyclone 10 GX", "Cyclone V"))},
                   options)),
               Contains("no place for RAM blocks of 'Cyclone V', which are no M20K"));
}

TEST_CASE("Vivado's reports of a design are one row", "[measurements][vivado]") {
    const Folder folder;
    MeasureOptions options = of_layer(folder);
    options.clock.period = Seconds(5e-9);
    const Measured measured = measure(
        ReportSource::vivado,
        {sample("vivado_utilization.rpt"), sample("vivado_timing_summary.rpt"), sample("vivado_power.rpt")},
        options);
    REQUIRE(measured.table.rows.size() == 1);
    CHECK(cell(measured.table, 0, "lut") == "45120");
    CHECK(cell(measured.table, 0, "ff") == "60231");
    CHECK(cell(measured.table, 0, "bram36") == "120.5");
    CHECK(cell(measured.table, 0, "power_w") == "1.844");
    CHECK(cell(measured.table, 0, "power_confidence") == "Low");
    // 1 / (5 - 0.412) ns
    CHECK(cell(measured.table, 0, "fmax_mhz") == "217.959895");
    CHECK_THAT(all_notes(measured), Contains("no place for static power of 0.163 W"));
}

TEST_CASE("the period of Vivado's clock is read or asked for", "[measurements][vivado]") {
    const Folder folder;
    MeasureOptions options = of_layer(folder);
    CHECK_THAT(
        faults_of(ReportSource::vivado, {sample("vivado_timing_summary.rpt")}, options),
        Contains(
            "there is no Clock Summary, so that the clock's period is not known: give it (--clock-period)"));
    const std::string head =
        "Clock  Waveform(ns)       Period(ns)      Frequency(MHz)\n"
        "-----  ------------       ----------      --------------\n"
        "clk    {0.000 4.000}      8.000           125.000\n";
    const auto fmax = [&](const std::string& clocks) {
        const std::string file =
            folder.write("t.rpt", read_text(sample("vivado_timing_summary.rpt")) + "\n" + head + clocks);
        return cell(measure(ReportSource::vivado, {file}, options).table, 0, "fmax_mhz");
    };
    // 1 / (8 - 0.412) ns
    CHECK(fmax("") == "131.787032");
    const std::string two = "slow   {0.000 8.000}     16.000            62.500\n";
    CHECK_THROWS_WITH(fmax(two), Contains("t.rpt:13:1: error: there are clocks of several periods"));
    // Of several clocks the slack of the named one counts, which is not the worst of all.
    options.clock.name = "clk";
    CHECK_THROWS_WITH(fmax(two), Contains("there is no row of clock 'clk' in an Intra Clock Table"));
    const std::string within =
        "\nClock  WNS(ns)  TNS(ns)\n-----  -------  -------\nslow   0.412  0.000\nclk    1.500  0.000\n";
    // 1 / (8 - 1.5) ns
    CHECK(fmax(two + within) == "153.846154");
    options.clock.name = "clock";
    CHECK_THROWS_WITH(fmax(two), Contains("there is no clock 'clock' (clocks: clk, slow)"));
    CHECK_THROWS_WITH(fmax("slow   {0.000 8.000}     fast\n"), Contains("is no row of the Clock Summary"));
}

TEST_CASE("what is wrong with reports of Vivado is said with its place", "[measurements][vivado]") {
    const Folder folder;
    MeasureOptions options = of_layer(folder);
    options.clock.period = Seconds(5e-9);
    const auto fault = [&](const std::string& text) {
        return faults_of(ReportSource::vivado, {folder.write("a.rpt", text)}, options);
    };
    CHECK_THAT(fault("nothing\n"), Contains("a.rpt:1:1: error: is no report of Vivado that is known"));
    CHECK_THAT(fault(with("vivado_utilization.rpt", "| Design State : Routed\n", "")),
               Contains("there is no Design State"));
    CHECK_THAT(fault(with("vivado_utilization.rpt", "Routed", "Dreamt")),
               Contains("a.rpt:5:18: error: unknown Design State 'Dreamt'"));
    std::string cut = read_text(sample("vivado_utilization.rpt"));
    cut.resize(cut.find("| CLB Registers"));
    CHECK_THAT(fault(cut), Contains("a.rpt:14:1: error: the table is cut here"));
    CHECK_THAT(fault(with("vivado_power.rpt", "Total On-Chip Power (W)", "Total On-Chip Power   ")),
               Contains("has no unit that is known (W)"));
    CHECK_THAT(fault(with("vivado_power.rpt", "| 1.844 ", "| ---   ")), Contains("'---' is no power"));
    CHECK_THAT(fault(with("vivado_timing_summary.rpt", "      0.412", "         NA")),
               Contains("there is no worst negative slack"));
    CHECK_THAT(fault(with("vivado_timing_summary.rpt", "0.412", "9.412")),
               Contains("a slack of 9.412 ns is more than the period of 5 ns"));
    const std::string synthesised =
        folder.write("s.rpt", with("vivado_utilization.rpt", "Routed", "Synthesized"));
    CHECK_THAT(all_notes(measure(ReportSource::vivado, {synthesised}, options)),
               Contains("its figures are synthesised, not placed and routed"));
}

TEST_CASE("HLS estimates are rows that say so", "[measurements][hls]") {
    const Folder folder;
    const MeasureOptions options = of_layer(folder);
    const std::string text =
        "<?xml version=\"1.0\"?>\n<profile>\n<PerformanceEstimates>\n<SummaryOfTimingAnalysis>"
        "<EstimatedClockPeriod>4.049</EstimatedClockPeriod></SummaryOfTimingAnalysis>\n"
        "<SummaryOfOverallLatency>\n<unit>clock cycles</unit>\n<Worst-caseLatency>50632</Worst-caseLatency>\n"
        "<Interval-max>undef</Interval-max>\n</SummaryOfOverallLatency>\n</PerformanceEstimates>\n"
        "<AreaEstimates><Resources>\n<BRAM_18K>7</BRAM_18K>\n<DSP48E>73</DSP48E>\n<FF>7969</FF>\n<LUT>2532</"
        "LUT>\n"
        "</Resources></AreaEstimates>\n</profile>\n";
    const auto edited = [&](const std::string& from, const std::string& to) {
        std::string copy = text;
        return faults_of(ReportSource::hls,
                         {folder.write("csynth.xml", copy.replace(copy.find(from), from.size(), to))},
                         options);
    };
    const Measured measured = measure(ReportSource::hls, {folder.write("csynth.xml", text)}, options);
    CHECK(cell(measured.table, 0, "lut") == "2532");
    CHECK(cell(measured.table, 0, "bram36") == "3.5");
    CHECK(cell(measured.table, 0, "dsp") == "73");
    CHECK(cell(measured.table, 0, "latency_cycles") == "50632");
    CHECK(cell(measured.table, 0, "interval_cycles") == "-");
    CHECK(cell(measured.table, 0, "fmax_mhz") == "-");
    CHECK(cell(measured.table, 0, "stage") == "estimated by HLS");
    CHECK_THAT(all_notes(measured), Contains("<Interval-max> is not known to the tool") &&
                                        Contains("no place for a clock period of '4.049'"));
    CHECK_THAT(edited("</profile>", ""), Contains("csynth.xml:") && Contains("is no XML"));
    CHECK_THAT(edited("<unit>clock cycles</unit>", ""),
               Contains("csynth.xml:5:1: error: latencies are not said"));
    CHECK_THAT(edited("2532", "many"), Contains("csynth.xml:15:1: error: 'many' of <LUT> is no number"));
    CHECK_THAT(edited("<LUT>2532</LUT>", ""), Contains("there is no <LUT>"));
}

TEST_CASE("oneAPI's figures after the fit are a row", "[measurements][oneapi]") {
    const Folder folder;
    const MeasureOptions options = of_layer(folder);
    const Measured measured = measure(ReportSource::oneapi, {sample("oneapi_quartus.ndjson")}, options);
    CHECK(cell(measured.table, 0, "alm") == "4520.5");
    CHECK(cell(measured.table, 0, "m20k") == "36");
    CHECK(cell(measured.table, 0, "fmax_mhz") == "310.2");
    CHECK_THAT(all_notes(measured), Contains("no place for '52' MLAB"));
    const auto fault = [&](const std::string& text) {
        return faults_of(ReportSource::oneapi, {folder.write("q.ndjson", text)}, options);
    };
    CHECK_THAT(fault("{\"name\": 1}\n\n{\"a\": "), Contains("q.ndjson:3:") && Contains("is no JSON"));
    CHECK_THAT(fault("{\"name\": 1}\n"), Contains("q.ndjson:1:1: error: is no quartus.ndjson"));
    CHECK_THAT(fault(with("oneapi_quartus.ndjson", "4520.5", "TBD")),
               Contains("has Quartus been run to its end?"));
}

TEST_CASE("designs take the shapes of the layers that they are called as", "[measurements][designs]") {
    const Folder folder;
    MeasureOptions options;
    options.model = folder.write("net.yaml", R"(cleave_network: 1
name: net
input: {channels: 3, height: 32, width: 32}
modules:
  - name: stem
    layers:
      - {name: conv, op: conv, kernel: 3, pad: 1, filters: 8}
      - {name: down, op: conv, kernel: 3, pad: 1, stride: 2, filters: 8}
  - name: tail
    layers:
      - {name: conv, op: conv, kernel: 1, filters: 16}
      - {name: wide, op: conv, kernel: 5, pad: 2, filters: 4}
)");
    const std::string text = read_text(sample("vivado_utilization.rpt"));
    const auto fault = [&](const std::string& name) {
        return faults_of(ReportSource::vivado, {folder.write(name, text)}, options);
    };
    const Measured measured = measure(
        ReportSource::vivado,
        {folder.write("wide_utilization_placed.rpt", text), folder.write("tail_conv.rpt", text)}, options);
    REQUIRE(measured.table.rows.size() == 2);
    CHECK(cell(measured.table, 0, "kernel") == "5");
    CHECK(cell(measured.table, 0, "c_in") == "16");
    CHECK(cell(measured.table, 0, "h_in") == "16");
    CHECK(cell(measured.table, 1, "filters") == "16");
    CHECK_THAT(fault("conv.rpt"), Contains("design 'conv' may be any of stem/conv, tail/conv"));
    CHECK_THAT(fault("down.rpt"), Contains("design 'down' is no convolution of stride 1"));
    CHECK_THAT(fault("wid.rpt"), Contains("wid.rpt:1:1: error: design 'wid' is called as no layer"));
    options.shapes = "shapes.csv";
    CHECK_THAT(fault("wide.rpt"), Contains("name a model or network spec (--model), or a table (--shapes)"));
}

TEST_CASE("reports that are cut or changed anywhere give rows or faults, and nothing else",
          "[measurements]") {
    const Folder folder;
    const std::vector<std::pair<ReportSource, std::string>> files{
        {ReportSource::trtexec, "trtexec_profile.json"},
        {ReportSource::trtexec, "trtexec_layers.json"},
        {ReportSource::trtexec, "trtexec_times.json"},
        {ReportSource::onnxruntime, "ort_profile.json"},
        {ReportSource::pytorch, "pytorch_trace.json"},
        {ReportSource::nsys, "nsys_cuda_gpu_kern_sum.csv"},
        {ReportSource::ncu, "ncu_details.csv"},
        {ReportSource::tegrastats, "tegrastats_tx2_jetpack4.log"},
        {ReportSource::tegrastats, "tegrastats_orin_jetpack7.log"},
        {ReportSource::jtop, "jtop.csv"},
        {ReportSource::quartus, "quartus.fit.rpt"},
        {ReportSource::quartus, "quartus.fit.summary"},
        {ReportSource::quartus, "quartus.pow.summary"},
        {ReportSource::quartus, "quartus.sta.summary"},
        {ReportSource::quartus, "quartus_pro.sta.rpt"},
        {ReportSource::quartus, "quartus_entity.csv"},
        {ReportSource::oneapi, "oneapi_quartus.ndjson"},
        {ReportSource::vivado, "vivado_utilization.rpt"},
        {ReportSource::vivado, "vivado_timing_summary.rpt"},
        {ReportSource::vivado, "vivado_power.rpt"}};
    MeasureOptions options = of_layer(folder);
    options.runs = 1;
    options.clock.period = Seconds(5e-9);
    options.host_times = HostTimes::taken;
    Random random(1);
    for (const auto& [source, name] : files) {
        CAPTURE(name);
        const std::string text = read_text(sample(name));
        REQUIRE(!text.empty());
        const bool joined = source == ReportSource::onnxruntime;
        MeasureOptions here = options;
        here.model = joined ? source_dir() + "/network_specs/squeezenet_1.1.yaml" : "";
        std::size_t refused = 0;
        constexpr int kRounds = 60;
        for (int round = 0; round < kRounds; ++round) {
            std::string changed = text.substr(
                0, static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size()))));
            if (round % 2 == 1) {
                changed = text;
                for (std::int64_t i = random.between(1, 4); i > 0; --i) {
                    changed[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())))] =
                        static_cast<char>(random.below(256));
                }
            }
            refused += faults_of(source, {folder.write(name, changed)}, here).empty() ? 0 : 1;
        }
        CHECK(refused > 0);
    }
}

TEST_CASE("numbers with commas are read only where commas group", "[measurements]") {
    CHECK(grouped_number("1,234,567.5") == 1234567.5);
    CHECK(grouped_number("234") == 234);
    CHECK(grouped_number("0.5") == 0.5);
    for (const char* text :
         {"", ",", "1,23", "1234,567", "1,2345", ",123", "1,,234", "1.2,345", "-1", "x", "1,234,"}) {
        CAPTURE(text);
        CHECK_FALSE(grouped_number(text));
    }
}
