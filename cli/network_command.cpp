// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_config.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/config/read_onnx_network.hpp"
#include "cleave/config/write_network_json.hpp"
#include "cleave/config/write_spec.hpp"
#include "cleave/models/write_rows.hpp"
#include "cleave/partition/prospects.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/output_folder.hpp"
#include "commands.hpp"
#include "data_files.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>

namespace cleave::cli {
namespace {

std::string show_shape(const Shape& s) { return fmt::format("{}x{}x{}", s.channels, s.height, s.width); }

std::string show_window(const Window& w) { return fmt::format("{}x{}", w.kernel_h, w.kernel_w); }

std::string show_stride(const Window& w) {
    return w.stride_h == w.stride_w ? std::to_string(w.stride_h)
                                    : fmt::format("{},{}", w.stride_h, w.stride_w);
}

const Window* window_of(const Op& op) {
    if (const auto* conv = std::get_if<Conv>(&op)) {
        return &conv->window;
    }
    const auto* pool = std::get_if<Pool>(&op);
    return pool == nullptr ? nullptr : &pool->window;
}

std::string groups_of(const Op& op) {
    if (const auto* conv = std::get_if<Conv>(&op)) {
        return std::to_string(conv->groups);
    }
    const auto* shuffle = std::get_if<Shuffle>(&op);
    return shuffle == nullptr ? "" : std::to_string(shuffle->groups);
}

std::string some(std::int64_t count) { return count == 0 ? "" : show_count(count); }

std::string totals_line(const Network& network) {
    const Totals totals = network.totals();
    return fmt::format("{}: {} layers in {} modules, {} MACs, {} weights, {} params\n", network.name(),
                       network.layers().size() - network.input_count(), network.modules().size(),
                       show_count(totals.macs), show_count(totals.weights), show_count(totals.params));
}

/// A row for each module: what it is made of, and how large.
Table module_table(const Network& network) {
    using Align = Table::Align;
    Table table({{"module"},
                 {"layers", Align::right},
                 {"output"},
                 {"MACs", Align::right},
                 {"params", Align::right},
                 {"operations"}});
    for (const Module& module : network.modules()) {
        Totals totals;
        std::vector<std::string> order;
        std::map<std::string, int> counts;
        for (std::size_t i = index(module.first); i <= index(module.last); ++i) {
            const Totals t = network.totals(layer_id(i));
            totals.macs += t.macs;
            totals.params += t.params;
            const std::string op = op_name(network.layer(layer_id(i)).op);
            if (counts[op]++ == 0) {
                order.push_back(op);
            }
        }
        std::string operations;
        for (const std::string& op : order) {
            operations += (operations.empty() ? "" : ", ") + op +
                          (counts[op] > 1 ? fmt::format(" x{}", counts[op]) : "");
        }
        table.add({module.name, std::to_string(index(module.last) - index(module.first) + 1),
                   show_shape(network.output(module.last)), some(totals.macs), some(totals.params),
                   operations});
    }
    return table;
}

/// The FPGA's platform as an exploration would have it: of the configuration that is named in place of a
/// network, or the default one.
ExploreConfig load_shown_platform(const NetworkShowOptions& options, const Session& session) {
    const std::string path = find_file(session, "network_specs", options.network);
    const ConfigOptions config{session.data_dirs, options.overrides, options.input_shapes};
    FaultList faults;
    const auto file = is_onnx_file(path) ? std::nullopt : read_yaml_file(path, std::nullopt, faults);
    faults.throw_if_any();
    return file && file->root.find("cleave_config") != nullptr ? load_explore_config(path, config)
                                                               : load_on_default_platform(path, config);
}

/// "8 x 4", "8 x 4 logic" if it multiplies in logic, "8 x 4 columns" with a column former; "8" of an
/// operation without multipliers.
std::string show_fold(const Fold& fold, const Op& op) {
    if (!std::holds_alternative<Conv>(op) && !std::holds_alternative<FullyConnected>(op)) {
        return std::to_string(fold.pe);
    }
    return fmt::format("{} x {}{}{}", fold.pe, fold.simd,
                       fold.multipliers == Multipliers::logic ? " logic" : "",
                       fold.columns ? " columns" : "");
}

/// Variants, fastest, and slowest if there are several; or what is missing.
void add_prospect(Table& table, std::vector<std::string> row, const Fpga& fpga, const Op& op,
                  const Prospect& prospect) {
    constexpr std::size_t kColumnsEach = 5;
    row.push_back(fpga.implementation(prospect.implementation).name);
    row.push_back(std::to_string(prospect.variants));
    std::vector<LayerHardware> ends;
    if (prospect.fastest) {
        ends.push_back(*prospect.fastest);
    }
    if (prospect.variants > 1) {
        ends.push_back(*prospect.slowest);
    }
    for (const LayerHardware& hw : ends) {
        const Resources real = fpga.occupied(hw.resources);
        row.push_back(show(to_si(Costing::interval_time(hw, fpga.clock_of(hw.choice.implementation)))));
        row.push_back(hw.choice.fold ? show_fold(*hw.choice.fold, op) : "");
        for (const std::int64_t count : {real.alm, real.dsp, real.m20k}) {
            row.push_back(show_count(count));
        }
    }
    row.resize(row.size() + (2 - ends.size()) * kColumnsEach);
    if (!prospect.refusal) {
        row.emplace_back();
    } else {
        row.push_back(prospect.refusal->resource.empty()
                          ? "no such hardware"
                          : fmt::format("lacks {} of {} {}",
                                        show_count(prospect.refusal->needed - prospect.refusal->available),
                                        show_count(prospect.refusal->needed), prospect.refusal->resource));
    }
    table.add(std::move(row));
}

int show_on_fpga(const NetworkShowOptions& options, const Session& session) {
    const ExploreConfig config = load_shown_platform(options, session);
    const Network& network = config.request.network;
    const Fpga& fpga = config.request.platform.fpga;
    print_warnings(network.name(), config.warnings);
    const UnitGraph graph(network);
    const Costing costing(graph, config.request.platform);
    if (options.json) {
        std::fputs(network_json(costing).c_str(), stdout);
        return kDone;
    }
    using Align = Table::Align;
    Table table({{"layer"},
                 {"op"},
                 {"as"},
                 {"variants", Align::right},
                 {"fastest", Align::right},
                 {"PE x SIMD"},
                 {"ALM", Align::right},
                 {"DSP", Align::right},
                 {"M20K", Align::right},
                 {"slowest", Align::right},
                 {"PE x SIMD"},
                 {"ALM", Align::right},
                 {"DSP", Align::right},
                 {"M20K", Align::right},
                 {"why not"}});
    std::size_t possible = 0;
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const LayerId head = graph.unit(unit_id(i)).head;
        const Op& op = network.layer(head).op;
        std::vector<std::string> names{network.layer(head).name, op_name(op)};
        bool any = false;
        for (const Prospect& prospect : prospects_of(costing, unit_id(i))) {
            add_prospect(table, names, fpga, op, prospect);
            any = any || !prospect.refusal;
            names.assign(2, "");
        }
        possible += any ? 1 : 0;
    }
    std::fputs(table.text(session.out).c_str(), stdout);
    std::fputs(
        fmt::format(
            "\n{} of {} layers (with the batch norm, activation and dropout behind them) fit {} ({}), "
            "one by one: {} ALM, {} DSP and {} M20K can be used\n",
            possible, graph.size(), fpga.model().name, fpga.description(), show_count(fpga.usable_alm()),
            show_count(fpga.capacity().dsp), show_count(fpga.capacity().m20k))
            .c_str(),
        stdout);
    return kDone;
}

}  // namespace

void print_warnings(const std::string& subject, const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
        std::fputs(fmt::format("cleave: warning: {}: {}\n", printable(subject), printable(warning)).c_str(),
                   stderr);
    }
}

int run_network_list(const NetworkListOptions& options, const Session& session) {
    std::vector<Network> networks;
    for (const std::string& name : list_names(session, "network_specs")) {
        networks.push_back(load_network(find_file(session, "network_specs", name)).network);
    }
    if (options.json) {
        std::fputs(network_list_json(networks).c_str(), stdout);
        return kDone;
    }
    using Align = Table::Align;
    Table table({{"network"},
                 {"input"},
                 {"layers", Align::right},
                 {"modules", Align::right},
                 {"MACs", Align::right},
                 {"weights", Align::right},
                 {"params", Align::right}});
    for (const Network& network : networks) {
        const Totals totals = network.totals();
        table.add({network.name(), show_shape(network.output(LayerId{})),
                   std::to_string(network.layers().size() - network.input_count()),
                   std::to_string(network.modules().size()), show_count(totals.macs),
                   show_count(totals.weights), show_count(totals.params)});
    }
    std::fputs(table.text(session.out).c_str(), stdout);
    return kDone;
}

int run_network_show(const NetworkShowOptions& options, const Session& session) {
    if (options.fpga) {
        return show_on_fpga(options, session);
    }
    const std::string path = find_file(session, "network_specs", options.network);
    const NetworkFile file = load_with_shapes(path, options.input_shapes);
    print_warnings(path, file.warnings);
    const Network& network = file.network;
    if (options.json) {
        std::fputs(network_json(network).c_str(), stdout);
        return kDone;
    }
    using Align = Table::Align;
    Table table({{"layer"},
                 {"op"},
                 {"output"},
                 {"kernel"},
                 {"stride"},
                 {"groups", Align::right},
                 {"MACs", Align::right},
                 {"weights", Align::right},
                 {"module"}});
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const Layer& layer = network.layers()[i];
        const Window* window = window_of(layer.op);
        const Totals totals = network.totals(layer_id(i));
        const bool is_input = std::holds_alternative<Input>(layer.op);
        table.add({layer.name, op_name(layer.op), show_shape(network.output(layer_id(i))),
                   window == nullptr ? "" : show_window(*window),
                   window == nullptr ? "" : show_stride(*window), groups_of(layer.op), some(totals.macs),
                   some(totals.weights), is_input ? "" : network.module(layer.module).name});
    }
    std::fputs(table.text(session.out).c_str(), stdout);
    std::fputs(("\n" + totals_line(network)).c_str(), stdout);
    if (network.results().size() > 1) {
        std::string names;
        for (const LayerId result : network.results()) {
            names += (names.empty() ? "" : ", ") + printable(network.layer(result).name);
        }
        std::fputs(fmt::format("outputs: {}\n", names).c_str(), stdout);
    }
    return kDone;
}

int run_network_import(const NetworkImportOptions& options, const Session& session) {
    FaultList faults;
    const auto shapes = parse_input_shapes(options.input_shapes, faults);
    const auto model = read_onnx_network(options.model, std::nullopt, faults, shapes);
    faults.throw_if_any();
    const Network& network = model->imported.network;
    const std::string file = std::filesystem::path(options.model).filename().string();
    const std::string spec = write_spec(
        network, fmt::format("{}, imported from {}\n(SHA-256 {}).\nComments give the map at each change of "
                             "size: channels x height x width.",
                             network.name(), file, model->sha256));
    if (options.output == "-") {
        std::fputs(spec.c_str(), stdout);
    } else {
        write_file(options.output, spec);
    }
    print_warnings(options.model, model->imported.warnings);
    if (!session.quiet) {
        std::fputs(module_table(network).text(session.err).c_str(), stderr);
        std::fputs(totals_line(network).c_str(), stderr);
        if (options.output != "-") {
            std::fputs(fmt::format("wrote {}\n", printable(options.output)).c_str(), stderr);
        }
    }
    return kDone;
}

int run_network_rows(const NetworkRowsOptions& options, const Session& session) {
    std::vector<NetworkFile> files;
    std::vector<RowsSource> sources;
    files.reserve(options.networks.size());
    for (const std::string& name : options.networks) {
        const std::string path = find_file(session, "network_specs", name);
        files.push_back(load_with_shapes(path, options.input_shapes));
        print_warnings(path, files.back().warnings);
        sources.push_back({path, &files.back().network});
    }
    FaultList faults;
    const std::string text = workload_layers_csv(sources, faults);
    faults.throw_if_any();
    if (options.output == "-") {
        std::fputs(text.c_str(), stdout);
    } else {
        write_file(options.output, text);
        if (!session.quiet) {
            std::fputs(fmt::format("wrote {}\n", printable(options.output)).c_str(), stderr);
        }
    }
    return kDone;
}

int run_network_check(const NetworkCheckOptions& options, const Session& session) {
    FaultList faults;
    const auto shapes = parse_input_shapes(options.input_shapes, faults);
    for (const std::string& file : options.files) {
        const auto network = read_network_file(file, std::nullopt, faults, shapes);
        if (network) {
            print_warnings(file, network->warnings);
        }
        if (network && !session.quiet) {
            const Totals totals = network->network.totals();
            std::fputs(
                fmt::format("{}: ok: {}, {} layers, {} MACs, {} params\n", file, network->network.name(),
                            network->network.layers().size() - network->network.input_count(),
                            show_count(totals.macs), show_count(totals.params))
                    .c_str(),
                stdout);
        }
    }
    faults.throw_if_any();
    return kDone;
}

}  // namespace cleave::cli
