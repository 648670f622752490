// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_measurements.hpp"

#include "cleave/cost/kernel_time.hpp"
#include "cleave/text/csv.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>

namespace cleave {
namespace {

using Need = CsvColumn::Need;
using Range = CsvCells::Range;

DataFile identity(const CsvFile& file) {
    return {std::filesystem::path(file.name).filename().string(), file.sha256, file.rows.size()};
}

void require_rows(const CsvFile& file, std::size_t least, FaultList& faults) {
    if (file.rows.size() < least) {
        faults.add(Fault{file.name, 1, 1, "",
                         fmt::format("{} rows are too few to fit a model: at least {} are needed",
                                     file.rows.size(), least)});
    }
}

/// A column whose measured values are all the same says nothing about what they depend on.
void require_variety(const CsvFile& file, const std::string& column, DataUse use, FaultList& faults) {
    if (use == DataUse::check) {
        return;
    }
    const auto position = file.column(column);
    if (!position || file.rows.size() < 2) {
        return;
    }
    std::set<std::string> values;
    for (const CsvRow& row : file.rows) {
        if (!row.cells[*position].empty()) {
            values.insert(row.cells[*position]);
        }
    }
    if (values.size() == 1) {
        faults.add(Fault{
            file.name, 1, 1, column,
            fmt::format("the column is constant ({}): nothing can be fitted to it", quote(*values.begin()))});
    }
}

/// Columns that describe a layer, the same for workload layers and single kernels but for padding.
std::vector<CsvColumn> layer_columns(Need pad) {
    return {{"op", Need::required},       {"h_in", Need::required},
            {"w_in", Need::required},     {"c_in", Need::required},
            {"h_out", Need::required},    {"w_out", Need::required},
            {"c_out", Need::required},    {"kernel_h", Need::required},
            {"kernel_w", Need::required}, {"stride", Need::required},
            {"groups", Need::required},   {"stride_w", Need::optional},
            {"dilation", Need::optional}, {"pad", pad},
            {"macs", Need::ignored},      {"params", Need::ignored}};
}

/// Padding as the row has it. Where it has none, windows larger than 1x1 that move by more than one position
/// count as padded, and so does pooling in place of whose window a table has 1x1: in networks that were
/// measured nearly all are, often by a layer of its own that shapes do not show.
void read_padding(const CsvCells& cells, Window& window) {
    const bool moves = window.stride_h > 1 || window.stride_w > 1;
    const bool counts = moves && (window.taps() > 1 || cells.text("op") == "pool");
    const bool padded =
        cells.text("pad").empty() ? counts : cells.number("pad", CsvCells::Range::not_negative) > 0.0;
    const std::int64_t pad = padded ? 1 : 0;
    window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = pad;
}

/// @param window  without padding
LayerWork read_layer(const CsvCells& cells, const std::function<void(Window&)>& pad_window) {
    LayerWork work;
    const Shape in{cells.count("c_in"), cells.count("h_in"), cells.count("w_in")};
    work.inputs = {in};
    work.output = {cells.count("c_out"), cells.count("h_out"), cells.count("w_out")};
    Window window;
    window.kernel_h = cells.count("kernel_h");
    window.kernel_w = cells.count("kernel_w");
    window.stride_h = cells.count("stride");
    window.stride_w = cells.count_or("stride_w", window.stride_h);
    window.dilation_h = window.dilation_w = cells.count_or("dilation", 1);
    const std::int64_t groups = cells.count("groups");
    const std::string op = cells.text("op");
    pad_window(window);
    if (op == "conv" || op == "dwconv") {
        Conv conv;
        conv.window = window;
        conv.filters = work.output.channels;
        conv.groups = op == "dwconv" ? in.channels : groups;
        conv.bias = false;
        if (in.channels % conv.groups != 0 || conv.filters % conv.groups != 0) {
            cells.fault("groups", fmt::format("{} does not divide {} input and {} output channels",
                                              conv.groups, in.channels, conv.filters));
        }
        work.op = conv;
    } else if (op == "fc" || op == "dense") {
        // c_in counts its inputs; tables give the map before an implied global pooling as h_in x w_in.
        work.inputs.front() = {in.channels, 1, 1};
        work.op = FullyConnected{work.output.channels, false};
    } else if (op == "pool" && work.output.positions() == 1) {
        work.op = GlobalAveragePool{};
    } else if (op == "pool") {
        work.op = Pool{PoolKind::average, window, false};
    } else if (op == "slice") {
        work.op = Slice{0, work.output.channels};
    } else if (op == "shuffle") {
        work.op = Shuffle{};
    } else {
        cells.fault("op",
                    fmt::format("unknown layer {} {}", quote(op),
                                hint(op, {"conv", "dwconv", "fc", "dense", "pool", "slice", "shuffle"})));
        work.op = GlobalAveragePool{};
    }
    return work;
}

void read_workloads(const CsvFile& file, GpuData& data, std::map<std::string, std::size_t>& numbers,
                    FaultList& faults) {
    for (const CsvRow& row : file.rows) {
        const CsvCells cells(file, row, faults);
        Workload workload;
        workload.name = cells.text("workload");
        workload.network = workload.name.substr(0, workload.name.find('@'));
        workload.family = network_family(workload.network);
        if (workload.name.empty()) {
            cells.fault("workload", "the cell is empty");
        } else if (!numbers.emplace(workload.name, data.workloads.size()).second) {
            cells.fault("workload", fmt::format("{} comes twice", quote(workload.name)));
        }
        if (const auto ms = cells.number("latency_ms", Range::positive)) {
            workload.latency = Seconds(*ms * 1e-3);
        }
        if (const auto mw = cells.number("gpu_power_mw", Range::positive)) {
            workload.power = Watts(*mw * 1e-3);
        }
        data.workloads.push_back(std::move(workload));
    }
}

void drop_unusable(GpuData& data) {
    std::vector<Workload> kept;
    for (Workload& workload : data.workloads) {
        if (workload.layers.empty()) {
            data.left_out.push_back({workload.name, "no layers are given"});
        } else if (!workload.latency && !workload.power) {
            data.left_out.push_back({workload.name, "neither latency nor power is given"});
        } else {
            kept.push_back(std::move(workload));
        }
    }
    data.workloads = std::move(kept);
}

void load_layers(const std::string& layers_file, const std::map<std::string, std::size_t>& numbers,
                 GpuData& data, FaultList& faults) {
    std::vector<CsvColumn> columns = layer_columns(Need::optional);
    columns.push_back({"workload", Need::required});
    columns.push_back({"count", Need::required});
    const auto layers = read_csv(layers_file, columns, "workload layers", faults);
    if (!layers) {
        return;
    }
    for (const CsvRow& row : layers->rows) {
        const CsvCells cells(*layers, row, faults);
        const auto found = numbers.find(cells.text("workload"));
        const LayerWork work = read_layer(cells, [&](Window& window) { read_padding(cells, window); });
        const auto count = static_cast<double>(cells.count("count"));
        if (found != numbers.end()) {
            data.workloads[found->second].layers.push_back({count, work});
        } else if (!numbers.empty()) {
            cells.fault("workload", fmt::format("{} is not in {}", quote(cells.text("workload")),
                                                data.workload_file.name));
        }
    }
    data.layer_files.push_back(identity(*layers));
}

void load_workloads(const GpuFiles& files, DataUse use, GpuData& data, FaultList& faults) {
    std::map<std::string, std::size_t> numbers;
    const auto workloads = read_csv(
        files.workloads,
        {{"workload", Need::required}, {"latency_ms", Need::required}, {"gpu_power_mw", Need::optional}},
        "workloads", faults);
    if (workloads) {
        require_rows(*workloads, 1, faults);
        require_variety(*workloads, "latency_ms", use, faults);
        read_workloads(*workloads, data, numbers, faults);
        data.workload_file = identity(*workloads);
    }
    for (const std::string& file : files.layers) {
        load_layers(file, numbers, data, faults);
    }
}

}  // namespace

GpuFiles sort_gpu_files(const std::vector<std::string>& files) {
    FaultList faults;
    GpuFiles sorted;
    for (const std::string& file : files) {
        const auto text = read_file(file, std::nullopt, faults);
        if (!text) {
            continue;
        }
        const std::string header = "," + text->substr(0, text->find_first_of("\r\n")) + ",";
        const auto has = [&](const char* column) { return header.find(column) != std::string::npos; };
        if (has(",workload,") && has(",count,")) {
            sorted.layers.push_back(file);
            continue;
        }
        std::string* place = has(",workload,") ? &sorted.workloads : has(",op,") ? &sorted.kernels : nullptr;
        if (place == nullptr) {
            faults.add(Fault{file, 1, 1, "",
                             "these are neither workloads, nor workload layers, nor single kernels"});
        } else if (!place->empty()) {
            faults.add(Fault{file, 1, 1, "",
                             fmt::format("has the same columns as {}: one of them is enough", *place)});
        } else {
            *place = file;
        }
    }
    if (sorted.workloads.empty() != sorted.layers.empty() && faults.empty()) {
        faults.add(Fault{files.front(), 1, 1, "",
                         "workloads need a file with their layers, and layers one with workloads"});
    }
    faults.throw_if_any();
    return sorted;
}

GpuData load_gpu_data(const GpuFiles& files, DataUse use) {
    FaultList faults;
    GpuData data;
    if (!files.workloads.empty()) {
        load_workloads(files, use, data, faults);
    }
    if (!files.kernels.empty()) {
        std::vector<CsvColumn> columns = layer_columns(Need::ignored);
        columns.push_back({"latency_ms", Need::required});
        for (const char* name :
             {"kernel", "expansion", "energy_mj", "source", "algorithm", "gflops", "measured"}) {
            columns.push_back({name, Need::ignored});
        }
        const auto kernels = read_csv(files.kernels, columns, "single kernels", faults);
        for (std::size_t i = 0; kernels && i < kernels->rows.size(); ++i) {
            const CsvRow& row = kernels->rows[i];
            const CsvCells cells(*kernels, row, faults);
            const LayerWork work = read_layer(cells, [](Window& /*window*/) {});
            const auto kind = kernel_class(work);
            data.kernels.push_back(
                {fmt::format("{}@{}:{}", kind ? name_of(*kind) : "none", identity(*kernels).name, row.line),
                 work, Seconds(cells.required_number("latency_ms", Range::positive) * 1e-3)});
        }
        if (kernels) {
            data.kernel_file = identity(*kernels);
        }
    }
    faults.throw_if_any();
    drop_unusable(data);
    return data;
}

FpgaData load_fpga_data(const std::string& file_name, DataUse use) {
    FaultList faults;
    FpgaData data;
    std::vector<CsvColumn> columns{{"h_in", Need::required},    {"w_in", Need::optional},
                                   {"c_in", Need::required},    {"kernel", Need::required},
                                   {"filters", Need::required}, {"fmax_mhz", Need::optional},
                                   {"power_w", Need::optional}, {"alm", Need::optional},
                                   {"alut", Need::optional},    {"m20k", Need::optional}};
    for (const char* name : {"weights", "lab", "design", "dsp", "ff", "lut", "bram36", "uram",
                             "latency_cycles", "interval_cycles", "stage", "power_confidence"}) {
        columns.push_back({name, Need::ignored});
    }
    const auto file = read_csv(file_name, columns, "FPGA designs", faults);
    if (file) {
        require_rows(*file, 1, faults);
        for (const char* column : {"alm", "alut", "m20k", "fmax_mhz", "power_w"}) {
            require_variety(*file, column, use, faults);
        }
        for (const CsvRow& row : file->rows) {
            const CsvCells cells(*file, row, faults);
            FpgaDesign design;
            design.name = fmt::format("line {}", row.line);
            const std::int64_t height = cells.count("h_in");
            const std::int64_t width = cells.text("w_in").empty() ? height : cells.count("w_in");
            Conv conv;
            conv.window.kernel_h = conv.window.kernel_w = cells.count("kernel");
            conv.filters = cells.count("filters");
            conv.bias = false;
            const std::int64_t channels = cells.count("c_in");
            if (conv.window.kernel_h > height || conv.window.kernel_w > width) {
                cells.fault("kernel", fmt::format("does not fit a {}x{} input", height, width));
            }
            design.work.op = conv;
            design.work.inputs = {Shape{channels, height, width}};
            design.work.output = {conv.filters, height, width};
            design.alm = cells.number("alm", Range::positive);
            design.alut = cells.number("alut", Range::positive);
            design.m20k = cells.number("m20k", Range::not_negative);
            if (const auto mhz = cells.number("fmax_mhz", Range::positive)) {
                design.fmax = Hertz(*mhz * 1e6);
            }
            if (const auto watts = cells.number("power_w", Range::positive)) {
                design.power = Watts(*watts);
            }
            data.designs.push_back(std::move(design));
        }
        data.files.push_back(identity(*file));
    }
    faults.throw_if_any();
    return data;
}

LinkData load_link_data(const std::string& file_name, DataUse use) {
    FaultList faults;
    LinkData data;
    const auto file = read_csv(
        file_name, {{"kb", Need::required}, {"to_fpga_ms", Need::optional}, {"to_gpu_ms", Need::optional}},
        "link transfers", faults);
    if (file) {
        for (const char* column : {"kb", "to_fpga_ms", "to_gpu_ms"}) {
            require_variety(*file, column, use, faults);
        }
        for (const CsvRow& row : file->rows) {
            const CsvCells cells(*file, row, faults);
            LinkTransfer transfer;
            transfer.name = fmt::format("{} KiB", cells.text("kb"));
            transfer.size = Bytes(cells.required_number("kb", Range::positive) * 1024);
            if (const auto ms = cells.number("to_fpga_ms", Range::positive)) {
                transfer.to_fpga = Seconds(*ms * 1e-3);
            }
            if (const auto ms = cells.number("to_gpu_ms", Range::positive)) {
                transfer.to_gpu = Seconds(*ms * 1e-3);
            }
            data.transfers.push_back(std::move(transfer));
        }
        data.files.push_back(identity(*file));
    }
    faults.throw_if_any();
    return data;
}

}  // namespace cleave
