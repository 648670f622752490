// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/page.hpp"

#include "cleave/cost/hardware_words.hpp"
#include "cleave/report/assets.hpp"
#include "cleave/report/figures.hpp"
#include "cleave/report/plot.hpp"
#include "cleave/report/run_section.hpp"
#include "cleave/text/escape.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace cleave {
namespace {

/// In the order in which they are loaded; none without the libraries.
std::vector<std::string_view> scripts() {
    if (!has_interactive_charts()) {
        return {};
    }
    return {assets::vega_js(), assets::vega_lite_js(), assets::vega_embed_js(), assets::page_js(),
            assets::report_js()};
}

std::string security_policy() {
    std::string sources;
    for (const std::string_view script : scripts()) {
        sources += fmt::format(" 'sha256-{}'", base64_of_hex(sha256(script)));
    }
    // Vega-Embed and tooltips bring styles of their own; a style cannot reach outside, since default-src
    // forbids what it would load.
    return fmt::format(
        "default-src 'none'; script-src{}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action "
        "'none'",
        sources.empty() ? " 'none'" : sources);
}

std::string head(const Report& report) {
    return fmt::format(
        R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{} - cleave report</title>
<link rel="icon" href="data:,">
<style>
{}{}</style>
</head>
)",
        security_policy(), escape_markup(report.network().name()), assets::plots_css(), assets::report_css());
}

std::string tile(std::string_view value, std::string_view what, std::string_view note = {}) {
    return fmt::format("<div class=\"tile\"><dt>{}</dt><dd>{}{}</dd></div>\n", escape_markup(what),
                       escape_markup(value),
                       note.empty() ? std::string() : fmt::format("<small>{}</small>", escape_markup(note)));
}

/// "5.32 ms, 40.7 mJ", with spaces that do not break a line between a number and its unit.
std::string cost_text(const Score& score) {
    std::string text;
    for (const char c : time_text(score.latency) + "," + energy_text(score.energy)) {
        if (c == ' ') {
            text += "\xC2\xA0";
        } else {
            text += c;
            text += c == ',' ? " " : "";
        }
    }
    return text;
}

std::string tiles(const Report& report) {
    const Score& baseline = report.baseline.score;
    std::string text = "<dl class=\"tiles\">\n";
    text += tile(cost_text(baseline), "GPU only");
    if (!report.points.empty()) {
        const auto knee = std::find_if(report.points.begin(), report.points.end(),
                                       [&](const ReportPoint& point) { return point.id == report.knee; });
        const Score& least = report.points.front().view.score;
        const auto thrifty = std::min_element(report.points.begin(), report.points.end(),
                                              [](const ReportPoint& a, const ReportPoint& b) {
                                                  return a.view.score.energy < b.view.score.energy;
                                              });
        text += tile(ratio_text(baseline.latency.ticks(), least.latency.ticks()), "best latency speed-up",
                     report.points.front().id);
        text += tile(ratio_text(baseline.energy.ticks(), thrifty->view.score.energy.ticks()),
                     "best energy gain", thrifty->id);
        if (knee != report.points.end()) {
            text += tile(cost_text(knee->view.score), "knee", knee->id);
        }
    }
    text += tile(fmt::format("{} point{}", report.points.size(), report.points.size() == 1 ? "" : "s"),
                 front_words(report));
    text += tile(large_count_text(report.design_points), "design points");
    return text + "</dl>\n";
}

std::string verdict(const Report& report) {
    if (report.verdict.empty()) {
        return "";
    }
    std::string items;
    for (const std::string& reason : report.reasons) {
        items += fmt::format("<li>{}</li>\n", escape_markup(reason));
    }
    return fmt::format("<section class=\"verdict\" aria-label=\"Verdict\">\n<p>{}</p>\n{}</section>\n",
                       escape_markup(report.verdict),
                       items.empty() ? std::string() : "<ul>\n" + items + "</ul>\n");
}

std::string header(const Report& report) {
    const Network& network = report.network();
    const Totals totals = network.totals();
    std::string text = fmt::format(
        "<header>\n<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<p class=\"sub\">{} layers, {:.1f} million MAC, "
        "{:.2f} million "
        "parameters</p>\n",
        escape_markup(network.name()), escape_markup(platform_words(report)),
        network.layers().size() - network.input_count(), static_cast<double>(totals.macs) / 1e6,
        static_cast<double>(totals.params) / 1e6);
    if (!has_interactive_charts()) {
        text +=
            "<p class=\"notice\">This report has static plots only: the program was built without its chart "
            "libraries. Where npm can reach its registry, <code>cmake --preset release &amp;&amp; cmake "
            "--build "
            "--preset release</code> fetches them and builds them in.</p>\n";
    }
    return text + verdict(report) + tiles(report) + "</header>\n";
}

std::string figures(const std::vector<Plot>& plots) {
    std::string text;
    for (const Plot& plot : plots) {
        text += "<figure class=\"plot\">\n" + svg_element(plot) + "</figure>\n";
    }
    return text;
}

std::string cells(std::string_view element, std::initializer_list<std::string_view> texts) {
    std::string row;
    for (const std::string_view text : texts) {
        row += fmt::format("<{0}>{1}</{0}>", element, escape_markup(text));
    }
    return row;
}

std::string point_row(const Report& report, const std::string& id, const std::string& role,
                      const PointView& view) {
    const Score& base = report.baseline.score;
    const Score& score = view.score;
    return fmt::format(
        "<tr data-point=\"{}\">{}</tr>\n", escape_markup(id),
        cells("td",
              {id.empty() ? "-" : id, role, time_text(score.latency), energy_text(score.energy),
               ratio_text(base.latency.ticks(), score.latency.ticks()),
               ratio_text(base.energy.ticks(), score.energy.ticks()), count_text(view.occupied.alm),
               count_text(view.occupied.dsp), count_text(view.occupied.m20k), bytes_text(score.link_bytes),
               fmt::format("{}", fmt::join(strategies_used(score), " "))}));
}

std::string point_table(const Report& report) {
    std::string text =
        "<div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"Points of the front\">\n"
        "<table class=\"points\">\n<thead><tr>" +
        cells("th", {"id", "", "latency", "energy", "speed-up", "energy gain", "ALM", "DSP", "M20K", "link",
                     "strategies"}) +
        "</tr></thead>\n<tbody>\n";
    text += point_row(report, "", "GPU only", report.baseline);
    for (const ReportPoint& point : report.points) {
        text += point_row(report, point.id, role_of(report, point.id), point.view);
    }
    return text + "</tbody>\n</table>\n</div>\n";
}

/// The interactive part is filled by report.js, which then hides the static one.
std::string front_section(const Report& report) {
    return "<section aria-labelledby=\"front-title\">\n<h2 id=\"front-title\">Front</h2>\n"
           "<div class=\"interactive\" id=\"front\" hidden></div>\n"
           "<div class=\"static scroll\">\n" +
           figures({front_plot(report)}) + "</div>\n<h3>All points</h3>\n" + point_table(report) +
           "</section>\n";
}

std::string table(std::string_view look, std::string_view label, const std::string& head,
                  const std::string& rows) {
    return fmt::format(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table class=\"{}\">\n"
        "<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>\n</div>\n",
        label, look, head, rows);
}

/// Layers on the FPGA by pipeline; report.js has the same with bars.
std::string layer_table(const Report& report, const PointView& view) {
    if (view.pipelines.empty()) {
        return "";
    }
    const Fpga& fpga = report.platform.fpga;
    std::string rows;
    for (std::size_t i = 0; i < view.pipelines.size(); ++i) {
        const Pipeline& pipeline = view.pipelines[i];
        rows += fmt::format(
            "<tr class=\"run\"><th colspan=\"7\"><span>{}: a frame every {} at {:.4g} MHz, paced by "
            "{}</span></th></tr>\n",
            escape_markup(pipeline_words(view, i)), time_text(pipeline.pace), pipeline.clock.value() / 1e6,
            escape_markup(pacer_words(report.network(), pipeline)));
        for (const PipelineLayer& one : pipeline.layers) {
            const Layer& layer = report.network().layer(one.layer);
            const Resources real = fpga.occupied(one.demand);
            rows +=
                fmt::format("<tr{}>{}</tr>\n", &one == pipeline.pacing_layer() ? " class=\"pacing\"" : "",
                            cells("td", {layer.name, fpga.implementation(one.hardware.implementation).name,
                                         one.hardware.fold ? fold_words(*one.hardware.fold, layer.op) : "-",
                                         time_text(one.interval), count_text(real.alm), count_text(real.dsp),
                                         count_text(real.m20k)}));
        }
    }
    return "<h3>Layers on the FPGA</h3>\n" +
           table("onfpga", "Layers on the FPGA",
                 cells("th", {"layer", "as", "folded", "interval", "ALM", "DSP", "M20K"}), rows);
}

std::string point_section(const Report& report) {
    const auto knee = std::find_if(report.points.begin(), report.points.end(),
                                   [&](const ReportPoint& point) { return point.id == report.knee; });
    const PointView& view = knee == report.points.end() ? report.baseline : knee->view;
    const std::string heading = knee == report.points.end() ? std::string("GPU only") : knee->id + " (knee)";
    return "<section aria-labelledby=\"point-title\">\n<h2 id=\"point-title\">Design point</h2>\n"
           "<div class=\"interactive\" id=\"point\" hidden></div>\n<div class=\"static scroll\">\n" +
           figures(point_plots(report, view, heading)) + layer_table(report, view) + "</div>\n</section>\n";
}

std::string data_text(const Source& source) {
    return source.rows.empty()
               ? source.data
               : fmt::format("{}{}{} rows", source.data, source.data.empty() ? "" : ", ", source.rows);
}

/// What intervals are drawn from, as the model file gives it.
std::string spreads(const UsedModel& model) {
    constexpr std::string_view kKey = "spread.";
    std::vector<std::string> list;
    for (const Figure& figure : model.sheet.figures) {
        const std::size_t at = figure.path.find(kKey);
        const bool is_key = at != std::string::npos && (at == 0 || figure.path[at - 1] == '.');
        if (is_key && model.uses(figure)) {
            list.push_back(fmt::format("{} {}", figure.path.substr(at + kKey.size()), figure.value));
        } else if (figure.path.size() > 7 && figure.path.substr(figure.path.size() - 7) == ".spread") {
            list.push_back(fmt::format("{} {}", figure.path.substr(0, figure.path.size() - 7), figure.value));
        }
    }
    return list.empty() ? std::string()
                        : fmt::format(
                              "<p class=\"sub\">Spread (standard deviation of the logarithm of real over "
                              "modelled): {}.</p>\n",
                              escape_markup(fmt::format("{}", fmt::join(list, ", "))));
}

/// Fits with their errors, then all else out of the way; of what the variant uses.
std::string sources(const UsedModel& model) {
    std::string fits;
    std::string all;
    std::int64_t count = 0;
    std::int64_t sum = 0;
    for (const Source& source : model.sheet.sources) {
        const std::int64_t numbers = std::count_if(
            model.sheet.figures.begin(), model.sheet.figures.end(),
            [&](const Figure& figure) { return figure.source == source.name && model.uses(figure); });
        if (numbers == 0) {
            continue;
        }
        ++count;
        sum += numbers;
        if (!source.holdout.empty()) {
            fits += "<tr>" + cells("td", {source.name, data_text(source), source.holdout}) + "</tr>\n";
        }
        all += "<tr>" +
               cells("td", {source.name, name_of(source.kind), count_text(numbers), data_text(source),
                            source.text}) +
               "</tr>\n";
    }
    std::string text =
        fits.empty() ? "<p>None of its numbers is a fit that was tried on data held out.</p>\n"
                     : table("fits", "Fits", cells("th", {"fit", "data", "error on data held out"}), fits);
    return text + spreads(model) +
           fmt::format("<details><summary>All {} sources of {} numbers</summary>\n{}</details>\n", count, sum,
                       table("sources", "Sources",
                             cells("th", {"source", "kind", "numbers", "data", "what it is"}), all));
}

std::string models_section(const Report& report) {
    std::string text =
        "<section aria-labelledby=\"models-title\">\n<h2 id=\"models-title\">Models and their errors</h2>\n"
        "<p>All times, energies and resources are what these models say" +
        std::string(report.run ? ", but for those shown as measured"
                               : "; no board was measured for this report") +
        ".</p>\n";
    if (report.draws > 0) {
        text += fmt::format("<p>Intervals hold 90 % of {} platforms drawn within the models' errors.</p>\n",
                            report.draws);
    }
    for (const UsedModel& model : report.models) {
        text += fmt::format("<h3>{}: {}{}</h3>\n<p>{}</p>\n", escape_markup(model.device),
                            escape_markup(model.sheet.name),
                            model.variant.empty() ? "" : " (" + escape_markup(model.variant) + ")",
                            escape_markup(model.sheet.description));
        text += sources(model);
    }
    return text + "</section>\n";
}

std::string footer(const Report& report) {
    std::string text = fmt::format("<footer>\n<p>Front by cleave {}. front.json <code>{}</code></p>\n",
                                   escape_markup(report.tool_version), escape_markup(report.front_sha256));
    if (has_interactive_charts()) {
        text += fmt::format(
            "<details><summary>Licences of Vega, Vega-Lite and Vega-Embed</summary>\n<pre>{}</pre>"
            "</details>\n",
            escape_markup(assets::vega_licences()));
    }
    return text + "</footer>\n";
}

}  // namespace

bool has_interactive_charts() { return !assets::vega_js().empty(); }

std::string report_page(const Report& report, std::string_view data) {
    std::string page = head(report);
    page += "<body>\n" + header(report) + "<main>\n" + front_section(report) + point_section(report) +
            (report.run ? run_section(*report.run) : std::string()) + models_section(report) + "</main>\n" +
            footer(report);
    if (has_interactive_charts()) {
        page += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n",
                            escape_script_json(data));
    }
    for (const std::string_view script : scripts()) {
        page += fmt::format("<script>{}</script>\n", script);
    }
    return page + "</body>\n</html>\n";
}

}  // namespace cleave
