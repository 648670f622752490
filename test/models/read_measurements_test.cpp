// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_measurements.hpp"

#include "cleave/cost/kernel_time.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace cleave;
using Catch::Contains;

namespace {

/// A folder with files, removed at the end.
class Files {
public:
    Files() : path_(std::filesystem::temp_directory_path() / ("cleave-data-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(path_);
    }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    ~Files() { std::filesystem::remove_all(path_); }

    std::string write(const std::string& name, const std::string& text) const {
        const std::string path = (path_ / name).string();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

private:
    std::filesystem::path path_;
};

std::string what(const auto& action) {
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

const std::string kLayerHeader =
    "workload,count,op,h_in,w_in,c_in,h_out,w_out,c_out,kernel_h,kernel_w,stride,groups\n";

}  // namespace

TEST_CASE("measurements of a GPU are read with their networks", "[models]") {
    const Files files;
    const std::string w =
        files.write("w.csv", "workload,latency_ms,gpu_power_mw\r\nA@64,1.5,\r\nA@128,3,900\r\nB@64,2,\r\n");
    const std::string l = files.write("l.csv", kLayerHeader +
                                                   "A@64,2,conv,8,8,3,4,4,16,3,3,2,1\n"
                                                   "A@128,1,dwconv,8,8,16,8,8,16,3,3,1,16\n"
                                                   "A@128,1,fc,7,7,16,1,1,10,1,1,1,1\n");
    const std::string more = files.write("more.csv", kLayerHeader + "A@64,3,slice,8,8,16,8,8,4,1,1,1,1\n" +
                                                         "A@64,1,shuffle,8,8,16,8,8,16,1,1,1,1\n");
    const GpuData data = load_gpu_data({w, {l, more}, ""});
    REQUIRE(data.workloads.size() == 2);
    CHECK(data.workloads[0].network == "A");
    CHECK(data.workloads[0].family == "A");
    CHECK(data.workloads[0].latency == Seconds(1.5e-3));
    CHECK_FALSE(data.workloads[0].power);
    CHECK(data.workloads[1].power == Watts(0.9));
    CHECK(data.workloads[0].layers[0].count == 2);
    CHECK(data.workloads[0].layers[0].work.macs() == 27 * 16 * 16);
    // A fully connected layer has c_in inputs, whatever map an implied pooling started from.
    CHECK(data.workloads[1].layers[1].work.macs() == 160);
    // Layers of one workload may stand in several files.
    REQUIRE(data.workloads[0].layers.size() == 3);
    CHECK(data.workloads[0].layers[1].work.output.channels == 4);
    CHECK(kernel_class(data.workloads[0].layers[2].work) == KernelClass::elementwise);
    REQUIRE(data.left_out.size() == 1);
    CHECK(data.left_out[0].name == "B@64");
    CHECK(data.workload_file.sha256.size() == 64);
    REQUIRE(data.layer_files.size() == 2);
    CHECK(data.layer_files[1].name == "more.csv");
    const auto sorted = sort_gpu_files({l, w, more});
    CHECK(sorted.workloads == w);
    CHECK(sorted.layers == std::vector{l, more});
}

TEST_CASE("a network's family is the letters that its name begins with", "[models]") {
    CHECK(network_family("ResNet-101V2") == "ResNet");
    CHECK(network_family("MobileNet0.25-v1") == "MobileNet");
    CHECK(network_family("InceptionResNetV2") == "InceptionResNet");
    CHECK(network_family("MobileNetV2") == "MobileNet");
    CHECK(network_family("V2") == "V");
    CHECK(network_family("DPN") == "DPN");
    CHECK(network_family("7x") == "7x");
}

TEST_CASE("what is wrong in measurements is reported at its file, line and column", "[models]") {
    const Files files;
    const auto link = [&](const std::string& text) {
        const std::string path = files.write("t.csv", text);
        std::string message = what([&] { (void)load_link_data(path); });
        const auto folder = path.substr(0, path.size() - 5);
        for (std::size_t at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
            message.erase(at, folder.size());
        }
        return message;
    };
    CHECK(link("") == "t.csv:1:1: error: the file is empty: link transfers need a header line");
    CHECK_THAT(link("kb,to_fpga_m\n1,2\n"), Contains("t.csv:1:4: error: unknown column 'to_fpga_m'") &&
                                                Contains("did you mean 'to_fpga_ms'"));
    CHECK_THAT(link("to_fpga_ms\n1\n"), Contains("t.csv:1:1: error: column 'kb' is missing"));
    CHECK_THAT(link("kb,kb\n1,2\n"), Contains("t.csv:1:4: error: column 'kb' comes twice"));
    CHECK_THAT(link("kb,to_gpu_ms\n1,nan\n2,1\n"),
               Contains("t.csv:2:3: error: to_gpu_ms: 'nan' is not a finite number"));
    CHECK_THAT(link("kb,to_gpu_ms\n1,-4\n2,1\n"),
               Contains("t.csv:2:3: error: to_gpu_ms: '-4' is not above zero"));
    CHECK_THAT(link("kb,to_gpu_ms\n1,1e999\n2,1\n"), Contains("t.csv:2:3: error"));
    CHECK_THAT(link("kb,to_gpu_ms\n1,1,1\n2,1\n"),
               Contains("t.csv:2:1: error: 3 cells, but the header has 2 columns"));
    CHECK_THAT(link("kb,to_gpu_ms\n8,1\n8,2\n"),
               Contains("t.csv:1:1: error: kb: the column is constant ('8')"));
    CHECK_THAT(link("kb,to_gpu_ms\n\"8,1\n"),
               Contains("t.csv:2:1: error: a quoted cell has no closing quote"));
    CHECK_THAT(link("kb,to_gpu_ms\n8,\xff\n"), Contains("t.csv:2:1: error: this is not text"));
    CHECK(link("\"kb\",to_gpu_ms\n\"8\",1\n16,2\n").empty());
}

TEST_CASE("faults of workloads and layers come together", "[models]") {
    const Files files;
    const std::string w = files.write("w.csv", "workload,latency_ms\nA,0\nA,2\n");
    const std::string l = files.write("l.csv", kLayerHeader +
                                                   "C,1,conv,8,8,3,4,4,16,3,3,2,1\n"
                                                   "A,1.5,convv,8,8,3,4,4,16,3,3,2,2\n");
    const std::string message = what([&] { (void)load_gpu_data({w, {l}, ""}); });
    CHECK_THAT(message, Contains("w.csv:2:3: error: latency_ms: '0' is not above zero"));
    CHECK_THAT(message, Contains("w.csv:3:1: error: workload: 'A' comes twice"));
    CHECK_THAT(message, Contains("l.csv:2:1: error: workload: 'C' is not in"));
    CHECK_THAT(message, Contains("l.csv:3:3: error: count: '1.5' is not a whole number"));
    CHECK_THAT(message, Contains("l.csv:3:7: error: op: unknown layer 'convv' (did you mean 'conv'?"));
}
