// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_synthesis.hpp"

#include "cleave/text/csv.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

namespace cleave {
namespace {

using Need = CsvColumn::Need;
using Range = CsvCells::Range;

/// 0 or more, whole.
std::int64_t whole(const CsvCells& cells, const std::string& column) {
    const double value = cells.required_number(column, Range::not_negative);
    if (value != std::floor(value) || value > 1e12) {
        cells.fault(column, "is no whole number");
        return 0;
    }
    return static_cast<std::int64_t>(value);
}

ModuleKind kind_of(const CsvCells& cells) {
    const std::string op = cells.text("op");
    std::vector<std::string> names;
    for (const auto& known : names_of(ModuleKind{})) {
        if (op == known.name) {
            return known.value;
        }
        names.emplace_back(known.name);
    }
    cells.fault("op", fmt::format("unknown module {} {}", quote(op), hint(op, names, "known")));
    return ModuleKind::relu;
}

/// The operation and its shapes. Of a concat `channels` are those of both maps together.
LayerWork work_of(const CsvCells& cells, ModuleKind kind) {
    Window window;
    window.kernel_h = window.kernel_w = cells.count("kernel");
    window.stride_h = window.stride_w = cells.count("stride");
    window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = whole(cells, "pad");
    const Shape in{cells.count("channels"), cells.count("height"), cells.count("width")};
    const std::int64_t filters = cells.count("filters");
    const std::int64_t groups = cells.count("groups");
    const auto extent = [&](std::int64_t size) {
        return (size + 2 * window.pad_top - window.kernel_h) / window.stride_h + 1;
    };
    if (window.kernel_h > in.height + 2 * window.pad_top ||
        window.kernel_w > in.width + 2 * window.pad_left) {
        cells.fault("kernel", fmt::format("does not fit a {}x{} input", in.height, in.width));
    }
    LayerWork work{Other{}, {in}, in};
    switch (kind) {
        case ModuleKind::conv: {
            if (in.channels % groups != 0 || filters % groups != 0) {
                cells.fault("groups", fmt::format("{} does not divide {} input and {} output channels",
                                                  groups, in.channels, filters));
            }
            work.op = Conv{window, filters, groups, true};
            work.output = {filters, extent(in.height), extent(in.width)};
            break;
        }
        case ModuleKind::max_pool:
        case ModuleKind::average_pool:
            work.op =
                Pool{kind == ModuleKind::max_pool ? PoolKind::max : PoolKind::average, window, false, false};
            work.output = {in.channels, extent(in.height), extent(in.width)};
            break;
        case ModuleKind::mean:
            work.op = GlobalAveragePool{};
            work.output = {in.channels, 1, 1};
            break;
        case ModuleKind::relu: work.op = Activation{ActivationKind::relu}; break;
        case ModuleKind::add:
            work.op = Add{};
            work.inputs.push_back(in);
            break;
        case ModuleKind::concat:
            if (in.channels % 2 != 0) {
                cells.fault("channels", "of a concat of two equal maps are even");
            }
            work.op = Concat{};
            work.inputs.assign(2, {in.channels / 2, in.height, in.width});
            break;
        case ModuleKind::slice:
            work.op = Slice{in.channels / 2, in.channels / 2};
            work.output.channels = in.channels / 2;
            break;
        case ModuleKind::shuffle:
            if (in.channels % groups != 0) {
                cells.fault("groups", fmt::format("{} does not divide {} channels", groups, in.channels));
            }
            work.op = Shuffle{groups};
            break;
        case ModuleKind::gather:
        case ModuleKind::deal: break;
    }
    return work;
}

std::optional<Fold> fold_of(const CsvCells& cells, ModuleKind kind) {
    const std::string form = cells.text("form");
    if (form != "folded" && form != "csd") {
        cells.fault("form", fmt::format("unknown form {} (folded, csd)", quote(form)));
    }
    const std::string multipliers = cells.text("multipliers");
    if (multipliers != "dsp" && multipliers != "logic") {
        cells.fault("multipliers", fmt::format("unknown multipliers {} (dsp, logic)", quote(multipliers)));
    }
    const Fold fold{cells.count("pe"), cells.count("simd"),
                    multipliers == "dsp" ? Multipliers::dsp : Multipliers::logic,
                    whole(cells, "columns") > 0};
    if (form == "csd") {
        return std::nullopt;
    }
    switch (kind) {
        case ModuleKind::conv:
        case ModuleKind::gather:
        case ModuleKind::deal: return fold;
        default: return Fold{fold.pe, 1, Multipliers::logic, false};
    }
}

}  // namespace

SynthesisData load_synthesis(const std::string& file_name) {
    FaultList faults;
    SynthesisData data;
    std::vector<CsvColumn> columns;
    for (const char* name :
         {"op",       "form",         "kernel",     "stride", "pad",         "channels", "height", "width",
          "filters",  "groups",       "pe",         "simd",   "multipliers", "columns",  "terms",  "adders",
          "products", "used_filters", "tables_alm", "ff",     "memory_alm",  "alm",      "dsp",    "m20k"}) {
        columns.push_back({name, Need::required});
    }
    for (const char* name : {"sigma", "zeros", "seed"}) {
        columns.push_back({name, Need::ignored});
    }
    const auto file = read_csv(file_name, columns, "synthesised modules", faults);
    if (file) {
        for (const CsvRow& row : file->rows) {
            const CsvCells cells(*file, row, faults);
            SynthesisedModule m;
            m.kind = kind_of(cells);
            m.name = fmt::format("{} (line {})", cells.text("op"), row.line);
            m.work = work_of(cells, m.kind);
            m.fold = fold_of(cells, m.kind);
            m.shape =
                fmt::format("{},{},{},{},{},{}", cells.text("op"), cells.text("form"), cells.text("kernel"),
                            cells.text("channels"), cells.text("filters"), cells.text("groups"));
            if (m.kind == ModuleKind::gather || m.kind == ModuleKind::deal) {
                m.shape += fmt::format(",{},{}", cells.text("pe"), cells.text("simd"));
            }
            m.logic = {whole(cells, "terms"), whole(cells, "adders"), whole(cells, "products"),
                       whole(cells, "used_filters")};
            m.tables = cells.required_number("tables_alm", Range::not_negative);
            m.registers = cells.required_number("ff", Range::not_negative);
            m.memory_alm = cells.required_number("memory_alm", Range::not_negative);
            // Wires alone take nothing; a relative error needs something.
            m.alm = cells.required_number("alm", Range::not_negative);
            m.dsp = whole(cells, "dsp");
            m.m20k = whole(cells, "m20k");
            if (m.alm > 0) {
                data.modules.push_back(std::move(m));
            }
        }
        data.files.push_back(
            {std::filesystem::path(file->name).filename().string(), file->sha256, file->rows.size()});
    }
    faults.throw_if_any();
    return data;
}

}  // namespace cleave
