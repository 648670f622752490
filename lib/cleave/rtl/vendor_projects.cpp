// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/vendor_projects.hpp"

#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace cleave {
namespace {

constexpr std::string_view kQuartusSettings = R"tcl(set_global_assignment -name FAMILY %family%
set_global_assignment -name DEVICE %device%
set_global_assignment -name TOP_LEVEL_ENTITY %top%
set_global_assignment -name PROJECT_OUTPUT_DIRECTORY output_files
set_global_assignment -name SEARCH_PATH ..
%files%set_global_assignment -name SDC_FILE step.sdc
# Out of context: ports are registers' ends inside the device.
set_instance_assignment -name VIRTUAL_PIN ON -to aresetn
set_instance_assignment -name VIRTUAL_PIN ON -to s_axis_*
set_instance_assignment -name VIRTUAL_PIN ON -to m_axis_*
)tcl";

constexpr std::string_view kQuartusCompile =
    R"tcl(# Compiles the step and writes what it takes: quartus_sh -t compile.tcl [DEVICE]
# Clock: step.sdc. Figures: figures.csv.
package require ::quartus::project
package require ::quartus::flow
package require ::quartus::report

cd [file dirname [file normalize [info script]]]
project_open step
if {[llength $quartus(args)] > 0} {
    set_global_assignment -name DEVICE [lindex $quartus(args) 0]
    export_assignments
}
execute_flow -compile
catch {execute_module -tool pow}
load_report

# The first number of a table's row whose first column begins so; empty where there is none.
proc figure {table name} {
    foreach panel [get_report_panel_names] {
        if {![string match "*$table" $panel]} {
            continue
        }
        set id [get_report_panel_id $panel]
        for {set row 0} {$row < [get_number_of_rows -id $id]} {incr row} {
            set first [string trim [get_report_panel_data -id $id -row $row -col 0]]
            set value [get_report_panel_data -id $id -row $row -col 1]
            if {[string match "$name*" $first] && [regexp {[0-9][0-9,.]*} $value number]} {
                return [string map {, ""} $number]
            }
        }
    }
    return ""
}

# Of all corners the slowest.
proc slowest {} {
    set least ""
    foreach panel [get_report_panel_names] {
        if {![string match "*Fmax Summary" $panel]} {
            continue
        }
        set id [get_report_panel_id $panel]
        for {set row 1} {$row < [get_number_of_rows -id $id]} {incr row} {
            set value [get_report_panel_data -id $id -row $row -col 0]
            if {[regexp {[0-9.]+} $value number] && ($least eq "" || $number < $least)} {
                set least $number
            }
        }
    }
    return $least
}

# Panels and rows in the order in which they are tried: editions name rows differently.
set names {alm dsp m20k ff}
set places {
    alm {{"Fitter Resource Usage Summary" "Logic utilization (ALMs needed"} {"Fitter Summary" "Logic utilization"}}
    dsp {{"Fitter Resource Usage Summary" "DSP Blocks Needed"} {"Fitter Summary" "Total DSP Blocks"}}
    m20k {{"Fitter Resource Usage Summary" "M20K blocks"} {"Fitter Summary" "Total RAM Blocks"}}
    ff {{"Fitter Resource Usage Summary" "Dedicated logic registers"} {"Fitter Summary" "Total dedicated logic registers"}}
}
set figures {}
foreach name $names {
    set found ""
    foreach place [dict get $places $name] {
        if {$found eq ""} {
            set found [figure {*}$place]
        }
    }
    lappend figures $found
}
set milliwatts [figure "Power Analyzer Summary" "Total Thermal Power Dissipation"]
lappend figures [slowest] [expr {$milliwatts eq "" ? "" : $milliwatts / 1000.0}]
lappend names fmax_mhz power_w
set lines "[join $names ,]\n[join $figures ,]"
set file [open figures.csv w]
puts $file $lines
close $file
puts $lines
project_close
set missing {}
foreach name $names figure $figures {
    if {$figure eq ""} {
        lappend missing $name
    }
}
if {[llength $missing] > 0} {
    puts stderr "compile.tcl: the reports have no figure for [join $missing {, }]"
    exit 1
}
)tcl";

constexpr std::string_view kVivadoCompile =
    R"tcl(# Compiles the step and writes what it takes: vivado -mode batch -source compile.tcl -tclargs PART
# Clock: step.xdc. Figures: figures.csv.
set here [file dirname [file normalize [info script]]]
if {[llength $argv] != 1} {
    puts stderr "usage: vivado -mode batch -source compile.tcl -tclargs PART"
    exit 2
}
create_project -in_memory -part [lindex $argv 0]
foreach name {%files%} {
    read_verilog [file join $here .. $name]
}
foreach name {%images%} {
    add_files -norecurse [file join $here .. $name]
}
read_xdc [file join $here step.xdc]
# Out of context: no buffers at the ports.
synth_design -top %top% -mode out_of_context
opt_design
place_design
phys_opt_design
route_design

proc used {report name} {
    if {[regexp "\\|\\s*$name\\s*\\|\\s*(\[0-9.\]+)" $report all number]} {
        return $number
    }
    return ""
}
set utilization [report_utilization -return_string]
set lut [used $utilization {(?:CLB|Slice) LUTs[^|]*}]
set ff [used $utilization {(?:CLB|Slice) Registers}]
set dsp [used $utilization DSPs]
set bram [used $utilization {Block RAM Tile}]
set path [get_timing_paths -max_paths 1 -setup]
set slack [get_property SLACK $path]
set fmax [format %percent%.2f [expr {1000.0 / (%period% - $slack)}]]
set watts ""
regexp {Total On-Chip Power \(W\)\s*\|\s*([0-9.]+)} [report_power -return_string] all watts
set file [open [file join $here figures.csv] w]
puts $file "lut,dsp,bram36,ff,fmax_mhz,power_w\n$lut,$dsp,$bram,$ff,$fmax,$watts"
close $file
puts "lut,dsp,bram36,ff,fmax_mhz,power_w\n$lut,$dsp,$bram,$ff,$fmax,$watts"
)tcl";

/// A word of Tcl that is nothing but itself, whatever it holds.
std::string tcl_word(std::string_view text) {
    std::string word = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '$' || c == '[' || c == ']' || c == '{' || c == '}') {
            word += '\\';
        }
        word += static_cast<unsigned char>(c) < ' ' ? '?' : c;
    }
    return word + '"';
}

}  // namespace

SourceFiles vendor_projects(const SourceFiles& sources, const std::string& top, Hertz clock,
                            const FpgaPart& part) {
    std::string quartus_files;
    std::string names;
    std::string images;
    for (const auto& [name, text] : sources) {
        if (name.ends_with(".v")) {
            quartus_files += fmt::format("set_global_assignment -name VERILOG_FILE ../{}\n", name);
            names += (names.empty() ? "" : " ") + name;
        } else {
            images += (images.empty() ? "" : " ") + name;
        }
    }
    const std::string period = fmt::format("{:.3f}", 1e9 / clock.value());
    const std::string constraint =
        fmt::format("create_clock -name aclk -period {} [get_ports aclk]\n", period);
    return {{"quartus/step.qpf", "PROJECT_REVISION = \"step\"\n"},
            {"quartus/step.qsf", fill_in(kQuartusSettings, {{"family", tcl_word(part.family)},
                                                            {"device", tcl_word(part.device)},
                                                            {"top", top},
                                                            {"files", quartus_files}})},
            {"quartus/step.sdc", constraint + "derive_clock_uncertainty\n"},
            {"quartus/compile.tcl", std::string(kQuartusCompile)},
            {"vivado/step.xdc", constraint},
            {"vivado/compile.tcl", fill_in(kVivadoCompile, {{"top", top},
                                                            {"files", names},
                                                            {"images", images},
                                                            {"period", period},
                                                            {"percent", std::string("%")}})}};
}

}  // namespace cleave
