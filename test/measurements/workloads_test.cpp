// SPDX-License-Identifier: Apache-2.0
// Rows of whole networks: power logs, and sums of kernels.
#include "cleave/models/read_measurements.hpp"
#include "measurements/measured.hpp"
#include "support/folder.hpp"

using namespace cleave;
using namespace cleave::testing;
using Catch::Matchers::Contains;

namespace {

std::string tx2(int load, int power) {
    return fmt::format(
        "RAM 1512/7852MB (lfb 1180x4MB) CPU [14%@2035,off,off,9%@2034] GR3D_FREQ {}%@1300 APE 150 "
        "PLL@41C VDD_SYS_GPU {}/3120 VDD_IN 9410/7205\n",
        load, power);
}

std::string orin(const std::string& second, const std::string& load, const std::string& rails) {
    return "11-15-2025 08:38:" + second + " RAM 3185/7620MB (lfb 8x2MB) CPU [15%@1728,off] GR3D_FREQ " +
           load + " " + rails + "\n";
}

MeasureOptions of_rail(const std::string& rail) {
    MeasureOptions options;
    options.power.rail = rail;
    return options;
}

std::string power_of(ReportSource source, const std::string& file, const MeasureOptions& options = {}) {
    const Measured measured = measure(source, {file}, options);
    return cell(measured.table, 0, "gpu_power_mw");
}

}  // namespace

TEST_CASE("the GPU's rail is read from logs of all releases of tegrastats", "[measurements][tegrastats]") {
    const auto power = [](const std::string& log, const std::string& rail) {
        return power_of(ReportSource::tegrastats, sample(log), of_rail(rail));
    };
    // The first figure of a rail, of the samples in which the GPU works.
    CHECK(power("tegrastats_tx2_jetpack4.log", "") == "4730");
    CHECK(power("tegrastats_nano_jetpack4.log", "") == "2150");
    CHECK(power("tegrastats_orin_jetpack6.log", "VDD_GPU_SOC") == "12412");
    CHECK(power("tegrastats_orin_jetpack7.log", "VDD_GPU_SOC") == "5139");
    CHECK(power("tegrastats_orin_nano.log", "VDD_CPU_GPU_CV") == "3466");
}

TEST_CASE("a rail that feeds more than the GPU has to be named", "[measurements][tegrastats]") {
    CHECK_THAT(
        faults_of(ReportSource::tegrastats, {sample("tegrastats_orin_nano.log")}),
        Contains("tegrastats_orin_nano.log:1:1: error: no rail is known to feed the GPU alone: name one of "
                 "VDD_IN, VDD_CPU_GPU_CV, VDD_SOC with --rail"));
    CHECK_THAT(
        faults_of(ReportSource::tegrastats, {sample("tegrastats_orin_nano.log")}, of_rail("VDD_CPU_GPU")),
        Contains("there is no rail 'VDD_CPU_GPU' (did you mean 'VDD_CPU_GPU_CV'?"));
}

TEST_CASE("energy is the sum over busy samples of power by time", "[measurements][tegrastats]") {
    const Folder folder;
    MeasureOptions options;
    options.power.interval = Seconds(0.5);
    const std::string file =
        folder.write("net@224.log", tx2(0, 100) + tx2(90, 4000) + tx2(99, 5000) + tx2(0, 200));
    const Measured measured = measure(ReportSource::tegrastats, {file}, options);
    CHECK(csv_text(measured.table) == "workload,latency_ms,gpu_power_mw\nnet@224,,4500\n");
    // 4 W and 5 W, half a second each.
    CHECK_THAT(all_notes(measured), Contains("4.5 W on VDD_SYS_GPU in busy samples, 2 of 4: 4.5 J in 1 s"));
    CHECK_THAT(all_notes(measured), Contains("no place for rails VDD_IN"));
    options.power.samples = BusySamples::all;
    CHECK(power_of(ReportSource::tegrastats, file, options) == "2325");
    CHECK_THAT(faults_of(ReportSource::tegrastats, {folder.write("idle.log", tx2(0, 100))}),
               Contains("idle.log:1:1: error: the GPU is idle in all samples"));
}

TEST_CASE("lines of tegrastats that are cut or of another form are faults", "[measurements][tegrastats]") {
    const Folder folder;
    const auto fault = [&](const std::string& text, const std::string& rail = "") {
        return faults_of(ReportSource::tegrastats, {folder.write("log", text)}, of_rail(rail));
    };
    const std::string line = tx2(90, 4000);
    CHECK_THAT(fault(line + line.substr(0, line.find(" VDD_IN"))),
               Contains("log:2:1: error: has no VDD_IN, unlike the first line: is it cut?"));
    CHECK_THAT(fault(line.substr(0, line.find("GR3D"))), Contains("log:1:1: error: has no GR3D_FREQ"));
    CHECK_THAT(fault(line.substr(0, line.find("VDD_SYS"))), Contains("log:1:1: error: has no power rails"));
    CHECK_THAT(fault("hello\n" + line + "world\n"),
               Contains("log:1:1: error: ") && Contains("log:3:1: error: "));
    // Both without a unit and with one, and with one that is not known.
    CHECK_THAT(fault(line.substr(0, line.size() - 1) + " VDD_SOC 5mW/6mW\n"),
               Contains("is in no unit that is known"));
    CHECK_THAT(fault(orin("09", "63%@[621]", "VDD_IN 5W/6W"), "VDD_IN"),
               Contains("'5W/6W' of 'VDD_IN' is in no unit"));
    CHECK_THAT(fault(orin("09", "63%@[621]", "VDD_IN 9479/9102"), "VDD_IN"),
               Contains("has no unit: lines with a time have mW"));
    CHECK_THAT(fault("15.11.2025- 8h " + line), Contains("is no time of the form MM-DD-YYYY"));
    CHECK_THAT(fault(line + orin("09", "63%@[621]", "VDD_SYS_GPU 1mW/1mW VDD_IN 1mW/1mW")),
               Contains("is of another release of tegrastats than the first line"));
}

TEST_CASE("a log without loads is taken whole, when asked for", "[measurements][tegrastats]") {
    const Folder folder;
    const std::string file =
        folder.write("thor.log", orin("09", "@[1000,1000,1000]", "VDD_GPU 9000mW/8000mW/9500mW"));
    MeasureOptions options = of_rail("VDD_GPU");
    CHECK_THAT(faults_of(ReportSource::tegrastats, {file}, options),
               Contains("thor.log:1:1: error: the load of the GPU is not in this log"));
    options.power.samples = BusySamples::all;
    CHECK(power_of(ReportSource::tegrastats, file, options) == "9000");
}

TEST_CASE("an interval that the stamps contradict is a fault", "[measurements][tegrastats]") {
    const Folder folder;
    std::string text;
    for (int i = 10; i <= 20; ++i) {
        text += orin(std::to_string(i), "63%@[621]", "VDD_IN 1000mW/1000mW");
    }
    const std::string file = folder.write("log", text);
    MeasureOptions options = of_rail("VDD_IN");
    options.power.interval = Seconds(1);
    CHECK(power_of(ReportSource::tegrastats, file, options) == "1000");
    options.power.interval = Seconds(0.1);
    CHECK_THAT(faults_of(ReportSource::tegrastats, {file}, options),
               Contains("log:11:1: error: 11 samples every 100 ms take 1 s, but the stamps say 10 s"));
}

TEST_CASE("jtop's samples count as long as they last", "[measurements][jtop]") {
    CHECK(power_of(ReportSource::jtop, sample("jtop.csv")) == "2150");
    const Folder folder;
    const std::string file = folder.write("jtop.csv",
                                          "time,GPU,Power POM_5V_GPU,Power TOT\n"
                                          "2026-03-02 23:59:58.000,50,1000,9000\n"
                                          "2026-03-02 23:59:59.000,50,2000,9000\n"
                                          "2026-03-03 00:00:02.000,50,4000,9000\n"
                                          "2026-03-03 00:00:03.000,0,100,9000\n");
    const Measured measured = measure(ReportSource::jtop, {file}, {});
    // 1 s, (1 + 3)/2 s and (3 + 1)/2 s: (1 + 4 + 8) J in 5 s.
    CHECK(cell(measured.table, 0, "gpu_power_mw") == "2600");
    CHECK_THAT(all_notes(measured), Contains("13 J in 5 s"));
    MeasureOptions options;
    options.power.interval = Seconds(1);
    CHECK_THAT(faults_of(ReportSource::jtop, {file}, options), Contains("--interval is not for it"));
}

TEST_CASE("rows of jtop that cannot be read are faults", "[measurements][jtop]") {
    const Folder folder;
    const auto fault = [&](const std::string& text) {
        return faults_of(ReportSource::jtop, {folder.write("jtop.csv", text)});
    };
    const std::string header = "time,GPU,Power POM_5V_GPU\n";
    CHECK_THAT(fault("time,GPU\n"), Contains("jtop.csv:1:1: error: is no CSV file of jtop"));
    CHECK_THAT(fault(header), Contains("there are no rows"));
    CHECK_THAT(fault("\"\"\n"), Contains("jtop.csv:1:1: error: the file has no header line"));
    const std::string all = fault(header +
                                  "2026-03-02 10:15:01.1,50,2W\n"
                                  "2026-03-02 10:15,50,1\n"
                                  "2026-03-02 10:15:03,101,1\n"
                                  "2026-03-02 10:15:02,50,1\n"
                                  "2026-03-02 10:15:04,5");
    CHECK_THAT(all, Contains("jtop.csv:2:26: error: '2W' is no power in mW"));
    CHECK_THAT(all, Contains("jtop.csv:3:1: error: '2026-03-02 10:15' is no time"));
    CHECK_THAT(all, Contains("jtop.csv:4:21: error: '101' is no load"));
    CHECK_THAT(all, Contains("jtop.csv:5:1: error: comes no later than the row before"));
    CHECK_THAT(all, Contains("jtop.csv:6:1: error: 2 cells, but the header has 3 columns: is the file cut?"));
}

TEST_CASE("kernel sums of nsys and ncu are times of an inference", "[measurements][sums]") {
    MeasureOptions options;
    options.runs = 200;
    // (28,412,000 + 17,120,000) ns over 200 inferences.
    CHECK(csv_text(measure(ReportSource::nsys, {sample("nsys_cuda_gpu_kern_sum.csv")}, options).table) ==
          "workload,latency_ms,gpu_power_mw\nnsys_cuda_gpu_kern_sum,0.22766,\n");
    options.runs = 1;
    const Measured ncu = measure(ReportSource::ncu, {sample("ncu_details.csv")}, options);
    CHECK(cell(ncu.table, 0, "latency_ms") == "0.14206");
    CHECK_THAT(all_notes(ncu), Contains("no place for dram__bytes.sum of 1 kernels"));
    CHECK_THAT(faults_of(ReportSource::ncu, {sample("ncu_details.csv")}), Contains("(--runs)"));
    const Folder folder;
    const std::string quoted = folder.write("nsys.csv",
                                            "Processing [trace.sqlite] with [cuda_gpu_kern_sum.py]...\n\n"
                                            " ** CUDA GPU Kernel Summary (cuda_gpu_kern_sum):\n\n"
                                            "Time (%),Total Time (us),Instances,Avg (us),Name\n"
                                            "100.0,\"1,234.5\",7,1.0,\"f(a, b)\"\n\n"
                                            "Time (%),Total Time (ns),Count,Operation\n"
                                            "100.0,5,7,[CUDA memcpy]\n");
    const Measured nsys = measure(ReportSource::nsys, {quoted}, options);
    CHECK(cell(nsys.table, 0, "latency_ms") == "1.2345");
    CHECK_THAT(all_notes(nsys), Contains("nsys.csv:8: this table is not one of kernels"));
}

TEST_CASE("sums without a unit, cut or written for another country are faults", "[measurements][sums]") {
    const Folder folder;
    MeasureOptions options;
    options.runs = 1;
    const auto nsys = [&](const std::string& text) {
        return faults_of(ReportSource::nsys, {folder.write("nsys.csv", text)}, options);
    };
    CHECK_THAT(nsys("Time (%),Total Time,Instances,Name\n1,5,1,f\n"),
               Contains("nsys.csv:1:10: error: 'Total Time' has no unit of time"));
    CHECK_THAT(nsys("Time (%),Total Time (ns),Instances,Name\n1,5\n"),
               Contains("nsys.csv:2:1: error: 2 cells, but the header has 4"));
    CHECK_THAT(nsys("Time (%),Total Time (ns),Instances,Name\n"), Contains("has no rows: is the file cut?"));
    CHECK_THAT(nsys("a,b\n"), Contains("nsys.csv:1:1: error: has no table of kernels"));
    CHECK_THAT(nsys("Time (%),Total Time (ns),Instances,Name\n1,12,34,f\n1,\"12,34\",1,f\n"),
               Contains("nsys.csv:3:3: error: '12,34' is no number"));
    const auto ncu = [&](const std::string& unit, const std::string& value) {
        std::string text = read_text(sample("ncu_details.csv"));
        text.replace(text.find("usecond"), 7, unit);
        text.replace(text.find("142.06"), 6, value);
        return faults_of(ReportSource::ncu, {folder.write("ncu.csv", text)}, options);
    };
    CHECK(ncu("ms", "142.06").empty());
    CHECK_THAT(ncu("", "142.06"), Contains("ncu.csv:4:") && Contains("'' is no unit of time"));
    CHECK_THAT(ncu("ms", "1,234"), Contains("run ncu with LC_ALL=C"));
    CHECK_THAT(ncu("ms", "142,06"), Contains("run ncu with LC_ALL=C"));
}

TEST_CASE("times and power of workloads come together in one table", "[measurements]") {
    const Folder folder;
    const std::string times = read_text(sample("trtexec_times.json"));
    const Measured latency = measure(
        ReportSource::trtexec, {folder.write("a@224.json", times), folder.write("b@224.json", times)}, {});
    const std::string table = folder.write("w.csv", csv_text(latency.table));
    const Measured power =
        measure(ReportSource::tegrastats,
                {folder.write("b@224.log", tx2(99, 4000)), folder.write("c@224.log", tx2(99, 5000))}, {});
    FaultList faults;
    const std::string both = csv_text(add_rows(table, power.table, faults));
    CHECK(both == "workload,latency_ms,gpu_power_mw\na@224,2.565,\nb@224,2.565,4000\nc@224,,5000\n");
    // The same figure once more changes nothing; another one is refused.
    CHECK(csv_text(add_rows(folder.write("w.csv", both), power.table, faults)) == both);
    CHECK(faults.empty());
    const Measured other = measure(ReportSource::tegrastats, {folder.write("b@224.log", tx2(99, 4001))}, {});
    (void)add_rows(table, power.table, faults);
    (void)add_rows(folder.write("w.csv", both), other.table, faults);
    REQUIRE(faults.size() == 1);
    CHECK_THAT(
        format_fault(faults.faults().front()),
        Contains("w.csv:3:1: error: gpu_power_mw: '4000' is there already, and the reports say '4001'"));
    FaultList wrong;
    (void)add_rows(folder.write("ops.csv", "op,latency_ms\n"), power.table, wrong);
    CHECK_THAT(format_fault(wrong.faults().front()), Contains("column 'workload' is missing"));
}

TEST_CASE("two reports of one workload, and a name for several, are faults", "[measurements]") {
    const Folder folder;
    const std::vector<std::string> logs{folder.write("1/a.log", tx2(99, 4000)),
                                        folder.write("2/a.log", tx2(99, 4000))};
    CHECK_THAT(faults_of(ReportSource::tegrastats, logs), Contains("another report is of workload 'a', too"));
    MeasureOptions options;
    options.workload = "b";
    CHECK_THAT(faults_of(ReportSource::tegrastats, logs, options),
               Contains("--workload names the workload of one report"));
}
