// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/write_graph.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/output_folder.hpp"
#include "commands.hpp"
#include "data_files.hpp"
#include "weights.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

namespace cleave::cli {
namespace {

std::string model_of(const std::string& file, const Network& network, std::uint64_t seed) {
    return write_onnx(onnx_of(whole_graph(network, make_weights(file, network, seed))));
}

}  // namespace

int run_network_export(const NetworkExportOptions& options, const Session& session) {
    const std::string file = find_file(session, "network_specs", options.network);
    const Network network = load_with_shapes(file, options.input_shapes).network;
    std::string model;
    try {
        model = model_of(file, network, options.seed);
    } catch (const std::invalid_argument& error) {
        // A layer has no ONNX form.
        throw InputError(file_fault(file, error.what()));
    } catch (const OnnxError& error) {
        throw InputError(file_faults(options.output, error.messages()));
    }
    write_file(options.output, model);
    if (!session.quiet) {
        std::fputs(fmt::format("{}: {} layers, {} parameters of seed {}, {} bytes\n", options.output,
                               network.layers().size() - network.input_count(), network.totals().params,
                               options.seed, model.size())
                       .c_str(),
                   stderr);
    }
    return kDone;
}

}  // namespace cleave::cli
