// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/network_reader.hpp"
#include "cleave/io/network_json.hpp"
#include "commands.hpp"
#include "data_files.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <cstdio>

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

}  // namespace

int run_network_list(const NetworkListOptions& options, const Session& session) {
    std::vector<Network> networks;
    for (const std::string& name : list_names(session, "network_specs")) {
        networks.push_back(config::load_network(find_file(session, "network_specs", name)).network);
    }
    if (options.json) {
        std::fputs(io::network_list_json(networks).c_str(), stdout);
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
                   std::to_string(network.layers().size() - 1), std::to_string(network.modules().size()),
                   show_count(totals.macs), show_count(totals.weights), show_count(totals.params)});
    }
    std::fputs(table.text(session.out).c_str(), stdout);
    return kDone;
}

int run_network_show(const NetworkShowOptions& options, const Session& session) {
    const Network network =
        config::load_network(find_file(session, "network_specs", options.network)).network;
    if (options.json) {
        std::fputs(io::network_json(network).c_str(), stdout);
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
    const Totals totals = network.totals();
    std::fputs(table.text(session.out).c_str(), stdout);
    std::fputs(fmt::format("\n{}: {} layers in {} modules, {} MACs, {} weights, {} params\n", network.name(),
                           network.layers().size() - 1, network.modules().size(), show_count(totals.macs),
                           show_count(totals.weights), show_count(totals.params))
                   .c_str(),
               stdout);
    return kDone;
}

int run_network_check(const NetworkCheckOptions& options, const Session& session) {
    config::FaultList faults;
    for (const std::string& file : options.files) {
        const auto network = config::read_network_file(file, std::nullopt, faults);
        if (network && !session.quiet) {
            const Totals totals = network->network.totals();
            std::fputs(fmt::format("{}: ok: {}, {} layers, {} MACs, {} params\n", file,
                                   network->network.name(), network->network.layers().size() - 1,
                                   show_count(totals.macs), show_count(totals.params))
                           .c_str(),
                       stdout);
        }
    }
    faults.throw_if_any();
    return kDone;
}

}  // namespace cleave::cli
