// SPDX-License-Identifier: Apache-2.0
#include "support/verilog_bench.hpp"

#include "support/folder.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace cleave::testing {
namespace {

constexpr const char* kBench = R"(`timescale 1ns/1ps
module bench;
    reg clk = 0, rst = 1;
    reg [{in_bits} - 1:0] stimulus [0:{in_beats} - 1];
    reg s_valid = 0, m_ready = 0;
    wire s_ready, m_valid;
    reg [{in_bits} - 1:0] s_data;
    wire [{out_bits} - 1:0] m_data;
    {module} dut (.clk(clk), .rst(rst), .s_valid(s_valid), .s_ready(s_ready), .s_data(s_data),
                  .m_valid(m_valid), .m_ready(m_ready), .m_data(m_data));
    integer sent = 0, got = 0, now = 0, idle = 0, begun = 0, seed = {seed};
    initial $readmemh("stimulus.hex", stimulus);
    always #5 clk = ~clk;
    initial begin
        repeat (4) @(posedge clk);
        #1 rst = 0;
        while (got < {out_beats} && idle < 200000) begin
            s_valid = sent < {in_beats} && ({always} || s_valid || $random(seed) % 4 != 0);
            s_data = s_valid ? stimulus[sent] : {in_bits}'bx;
            m_ready = {always} || $random(seed) % 4 != 0;
            #4;
            // Just before the edge.
            idle = idle + 1;
            if (begun || (s_valid && s_ready)) begin
                begun = 1;
                if (m_valid && m_ready) begin
                    $display("%0d %h", now, m_data);
                    got = got + 1;
                    idle = 0;
                end
                now = now + 1;
            end
            if (s_valid && s_ready) begin
                sent = sent + 1;
                idle = 0;
                @(posedge clk) #1 s_valid = 0;
            end else @(posedge clk) #1;
        end
        $finish;
    end
endmodule
)";

std::string run(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
        text += buffer.data();
    }
    return text;
}

using Files = std::vector<std::pair<std::string, std::string>>;

/// @return names of the sources among them
std::string write_sources(const Folder& folder, const Files& files) {
    std::string names;
    for (const auto& [name, text] : files) {
        folder.write(name, text);
        if (name.ends_with(".v")) {
            names += " " + name;
        }
    }
    return names;
}

/// What Icarus prints of a bench among these sources, in their folder.
std::string run_icarus(const Folder& folder, const std::string& sources, const std::string& arguments) {
    const std::string words = run(fmt::format(
        "cd '{}' && iverilog -g2001 -Wall -Wno-timescale -o sim {} 2>&1", folder.path().string(), sources));
    if (!words.empty()) {
        throw std::runtime_error(words);
    }
    return run(fmt::format("cd '{}' && vvp -n sim {} 2>&1", folder.path().string(), arguments));
}

}  // namespace

bool has_icarus() { return !run("command -v iverilog").empty(); }
bool has_verilator() { return !run("command -v verilator").empty(); }

std::string lint(const Bench& bench) {
    const Folder folder;
    const std::string names = write_sources(folder, bench.files);
    return run(fmt::format("cd '{}' && verilator --lint-only -Wall -Wno-DECLFILENAME {} 2>&1",
                           folder.path().string(), names));
}

std::string run_bench(const Files& files, const std::string& arguments) {
    const Folder folder;
    return run_icarus(folder, write_sources(folder, files), arguments);
}

BenchResult simulate(const Bench& bench) {
    const Folder folder;
    std::string stimulus;
    const auto beats = bench.input.size() / static_cast<std::size_t>(bench.in_bytes);
    for (std::size_t b = 0; b < beats; ++b) {
        for (std::int64_t i = bench.in_bytes; i-- > 0;) {
            const auto byte =
                bench.input[b * static_cast<std::size_t>(bench.in_bytes) + static_cast<std::size_t>(i)];
            stimulus += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
        }
        stimulus += '\n';
    }
    folder.write("stimulus.hex", stimulus);
    folder.write(
        "bench.v",
        fmt::format(fmt::runtime(kBench), fmt::arg("in_bits", 8 * bench.in_bytes),
                    fmt::arg("out_bits", 8 * bench.out_bytes), fmt::arg("in_beats", beats),
                    fmt::arg("out_beats", bench.output_bytes / static_cast<std::size_t>(bench.out_bytes)),
                    fmt::arg("module", bench.module_name), fmt::arg("seed", bench.stalls.value_or(1)),
                    fmt::arg("always", bench.stalls ? 0 : 1)));
    const std::string names = "bench.v" + write_sources(folder, bench.files);
    BenchResult result;
    std::istringstream lines(run_icarus(folder, names, ""));
    std::int64_t clock = 0;
    std::string beat;
    while (lines >> clock >> beat) {
        result.clocks.push_back(clock);
        for (std::size_t i = beat.size(); i >= 2; i -= 2) {
            const std::string byte = beat.substr(i - 2, 2);
            if (byte.find_first_of("xzXZ") != std::string::npos) {
                throw std::runtime_error("the output has bits that are not known: " + beat);
            }
            result.output.push_back(static_cast<std::int8_t>(std::stoi(byte, nullptr, 16)));
        }
    }
    return result;
}

}  // namespace cleave::testing
