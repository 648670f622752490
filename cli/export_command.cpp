// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/network_reader.hpp"
#include "cleave/deploy/seeded.hpp"
#include "cleave/io/onnx_graph.hpp"
#include "cleave/io/output_folder.hpp"
#include "commands.hpp"
#include "data_files.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

namespace cleave::cli {
namespace {

std::string model_of(const Network& network, std::uint64_t seed) {
    return io::write_onnx(io::onnx_of(whole_graph(network, seeded_parameters(network, seed))));
}

int refuse(const std::string& file, const char* reason) {
    std::fputs(fmt::format("{}: error: {}\n", file, reason).c_str(), stderr);
    return kBadInput;
}

}  // namespace

int run_network_export(const NetworkExportOptions& options, const Session& session) {
    const std::string file = find_file(session, "network_specs", options.network);
    const Network network = config::load_network(file).network;
    std::string model;
    try {
        model = model_of(network, options.seed);
    } catch (const std::invalid_argument& error) {
        return refuse(file, error.what());  // a layer has no ONNX form
    } catch (const io::OnnxError& error) {
        return refuse(options.output, error.what());
    }
    io::write_file(options.output, model);
    if (!session.quiet) {
        std::fputs(
            fmt::format("{}: {} layers, {} parameters of seed {}, {} bytes\n", options.output,
                        network.layers().size() - 1, network.totals().params, options.seed, model.size())
                .c_str(),
            stderr);
    }
    return kDone;
}

}  // namespace cleave::cli
