// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/run_section.hpp"

#include "cleave/report/bars.hpp"
#include "cleave/text/escape.hpp"
#include "cleave/units/show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

const char* term_look(RunTerm term) {
    switch (term) {
        case RunTerm::kernel: return "cl-gpu";
        case RunTerm::conversion: return "cl-gpu-idle";
        case RunTerm::transfer: return "cl-link";
        case RunTerm::fpga: return "cl-fpga";
    }
    return "";
}

std::string times_ratio(Seconds predicted, Seconds measured) {
    return predicted > Seconds() ? fmt::format("{:.3g}x", measured / predicted) : "-";
}

/// Both rows of a step: what was measured as one is one bar, of the first of its terms.
void add_rows(const ComparedStep& step, std::vector<BarRow>& rows) {
    BarRow predicted{fmt::format("{} {}: predicted", step.step, name_of(step.device)), {}, "", 0};
    BarRow measured{"measured", {}, "", 0};
    for (const ComparedTerm& term : step.terms) {
        const std::string words = term_words(term.terms);
        const char* look = term_look(term.terms.front());
        predicted.parts.push_back({1e3 * term.predicted.value(), look,
                                   fmt::format("{}, {}: {}", step.what, words, show(term.predicted))});
        measured.parts.push_back({1e3 * term.measured.value(), look,
                                  fmt::format("{}, {}: {}", step.what, words, show(term.measured))});
    }
    Seconds rest = step.measured;
    for (const ComparedTerm& term : step.terms) {
        rest = rest - term.measured;
    }
    if (rest > Seconds()) {
        measured.parts.push_back({1e3 * rest.value(), "cl-free", fmt::format("in no term: {}", show(rest))});
    }
    predicted.value = show(step.predicted);
    measured.value =
        step.how == RunMethod::emulated
            ? fmt::format("{} ({})", show(step.measured), name_of(step.how))
            : fmt::format("{}, {}", show(step.measured), times_ratio(step.predicted, step.measured));
    rows.push_back(std::move(predicted));
    rows.push_back(std::move(measured));
}

std::string run_cells(std::initializer_list<std::string> texts, const char* element = "td") {
    std::string row;
    for (const std::string& text : texts) {
        row += fmt::format("<{0}>{1}</{0}>", element, escape_markup(text));
    }
    return "<tr>" + row + "</tr>\n";
}

std::string term_table(const RunComparison& run) {
    std::string rows;
    for (const ComparedStep& step : run.steps) {
        for (const ComparedTerm& term : step.terms) {
            rows +=
                run_cells({std::to_string(step.step), name_of(step.device), step.what, term_words(term.terms),
                           show(term.predicted), show(term.measured),
                           step.how == RunMethod::emulated ? "-" : times_ratio(term.predicted, term.measured),
                           name_of(step.how)});
        }
    }
    for (const TermTotal& total : run.totals) {
        rows += run_cells({"", "all", fmt::format("{} steps", total.steps), term_words(total.terms),
                           show(total.predicted), show(total.measured),
                           times_ratio(total.predicted, total.measured), ""});
    }
    if (run.inference) {
        rows += run_cells({"", "all", "an inference as a whole", "latency", show(run.predicted_latency),
                           show(run.inference->median),
                           times_ratio(run.predicted_latency, run.inference->median), "measured"});
    }
    return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Measured against predicted\">\n"
           "<table class=\"points\">\n<thead>" +
           run_cells({"step", "device", "what", "term", "predicted", "measured", "ratio", "how"}, "th") +
           "</thead>\n<tbody>\n" + rows + "</tbody>\n</table>\n</div>\n";
}

}  // namespace

Plot run_plot(const RunComparison& run) {
    std::vector<BarRow> rows;
    for (const ComparedStep& step : run.steps) {
        add_rows(step, rows);
    }
    return bars_plot("measured", fmt::format("{}: time of each step, predicted and measured", run.point),
                     {{"cl-gpu", "kernels"},
                      {"cl-gpu-idle", "conversions"},
                      {"cl-link", "transfers"},
                      {"cl-fpga", "FPGA"},
                      {"cl-free", "in no term"}},
                     rows);
}

std::string run_section(const RunComparison& run) {
    std::string text =
        "<section aria-labelledby=\"run-title\">\n<h2 id=\"run-title\">Measured against "
        "predicted</h2>\n<ul>\n";
    for (const ComparedDevice& device : run.devices) {
        text += fmt::format(
            "<li>{}</li>\n",
            escape_markup(fmt::format(
                "{}: predicted for {}; {}{}", name_of(device.device), device.model,
                device.measured && device.measured->how == RunMethod::measured ? "measured on " : "",
                measured_on(device))));
    }
    text += "</ul>\n";
    for (const std::string& warning : run_warnings(run)) {
        text += fmt::format("<p class=\"notice\">{}</p>\n", escape_markup(warning));
    }
    return text + "<div class=\"scroll\">\n<figure class=\"plot\">\n" + svg_element(run_plot(run)) +
           "</figure>\n</div>\n" + term_table(run) + "</section>\n";
}

}  // namespace cleave
