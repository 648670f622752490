// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/fpga_designs.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>
#include <tinyxml2.h>

#include <algorithm>

namespace cleave {
namespace {

using Element = tinyxml2::XMLElement;

class CsynthReader {
public:
    CsynthReader(const ReportText& report, DesignReport& design, FaultList& faults)
        : report_(report), design_(design), faults_(faults) {}

    void run() {
        tinyxml2::XMLDocument document;
        document.Parse(report_.text().data(), report_.text().size());
        if (document.Error()) {
            const int line = std::max(document.ErrorLineNum(), 1);
            faults_.add(report_.place(static_cast<std::size_t>(line) - 1), "",
                        fmt::format("is no XML ({}): is the file cut?",
                                    tinyxml2::XMLDocument::ErrorIDToName(document.ErrorID())));
            return;
        }
        const Element* root = document.RootElement();
        if (root == nullptr || std::string_view(root->Name()) != "profile") {
            faults_.add(report_.place(0), "", "is no csynth.xml: there is no <profile>");
            return;
        }
        latency(*root);
        resources(*root);
        design_.whole.set_stage("estimated by HLS", report_.place(0), faults_);
        if (const Element* clock =
                find(*root, {"PerformanceEstimates", "SummaryOfTimingAnalysis", "EstimatedClockPeriod"})) {
            design_.notes.push_back(
                fmt::format("{}: no place for a clock period of {} as estimated: Fmax needs a "
                            "placed and routed design",
                            report_.file(), quote(text(*clock))));
        }
    }

private:
    [[nodiscard]] Place place(const Element& element) const {
        return report_.place(static_cast<std::size_t>(std::max(element.GetLineNum(), 1)) - 1);
    }
    [[nodiscard]] static std::string_view text(const Element& element) {
        return element.GetText() == nullptr ? std::string_view() : trim(element.GetText());
    }
    /// The element at the end of a path; nothing if there is none.
    [[nodiscard]] static const Element* find(const Element& root, std::initializer_list<const char*> path) {
        const Element* element = &root;
        for (const char* name : path) {
            element = element == nullptr ? nullptr : element->FirstChildElement(name);
        }
        return element;
    }
    const Element* require(const Element& root, std::initializer_list<const char*> path) {
        const Element* element = find(root, path);
        if (element == nullptr) {
            faults_.add(report_.place(0), "", fmt::format("there is no <{}>", fmt::join(path, "/")));
        }
        return element;
    }

    void set(DesignFigure figure, const Element& element, double factor) {
        const auto number = grouped_number(text(element));
        if (!number) {
            faults_.add(place(element), "",
                        fmt::format("{} of <{}> is no number", quote(text(element)), element.Name()));
        } else {
            design_.whole.set(figure, *number * factor, place(element), faults_);
        }
    }

    void latency(const Element& root) {
        const Element* summary = require(root, {"PerformanceEstimates", "SummaryOfOverallLatency"});
        if (summary == nullptr) {
            return;
        }
        const Element* unit = summary->FirstChildElement("unit");
        if (unit == nullptr || text(*unit) != "clock cycles") {
            faults_.add(place(unit == nullptr ? *summary : *unit), "",
                        "latencies are not said to be in clock cycles");
        }
        for (const auto& [name, figure] : {std::pair{"Worst-caseLatency", DesignFigure::latency},
                                           std::pair{"Interval-max", DesignFigure::interval}}) {
            const Element* element = summary->FirstChildElement(name);
            if (element == nullptr) {
                continue;
            }
            // Loops without a bound.
            if (const auto value = text(*element); value == "undef" || value == "?") {
                design_.notes.push_back(
                    fmt::format("{}: <{}> is not known to the tool", report_.file(), name));
            } else {
                set(figure, *element, 1);
            }
        }
    }

    void resources(const Element& root) {
        const Element* used = require(root, {"AreaEstimates", "Resources"});
        if (used == nullptr) {
            return;
        }
        bool lut = false;
        for (const Element* e = used->FirstChildElement(); e != nullptr; e = e->NextSiblingElement()) {
            const std::string_view name = e->Name();
            if (name == "LUT") {
                lut = true;
                set(DesignFigure::lut, *e, 1);
            } else if (name == "FF") {
                set(DesignFigure::ff, *e, 1);
            } else if (name == "DSP" || name == "DSP48E") {
                set(DesignFigure::dsp, *e, 1);
            } else if (name == "BRAM_18K") {
                set(DesignFigure::bram36, *e, 0.5);
            } else if (name == "URAM") {
                set(DesignFigure::uram, *e, 1);
            } else {
                design_.notes.push_back(
                    fmt::format("{}: no place for {} {}", report_.file(), text(*e), name));
            }
        }
        if (!lut) {
            faults_.add(place(*used), "", "there is no <LUT>");
        }
    }

    const ReportText& report_;
    DesignReport& design_;
    FaultList& faults_;
};

}  // namespace

void read_hls(const ReportText& report, DesignReport& design, FaultList& faults) {
    CsynthReader(report, design, faults).run();
}

}  // namespace cleave
