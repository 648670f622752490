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

/// Random weights, and of a model's operators without a cost model their nodes.
std::string model_of(const std::string& path, const NetworkFile& file, std::uint64_t seed) {
    Parameters parameters = make_weights(path, file.network, seed);
    for (std::size_t i = 0; file.parameters && i < parameters.size(); ++i) {
        parameters[i].copied = (*file.parameters)[i].copied;
    }
    return write_onnx(onnx_of(whole_graph(file.network, parameters)));
}

}  // namespace

int run_network_export(const NetworkExportOptions& options, const Session& session) {
    const std::string file = find_file(session, "network_specs", options.network);
    const NetworkFile loaded = load_with_shapes(file, options.input_shapes);
    const Network& network = loaded.network;
    std::string model;
    try {
        model = model_of(file, loaded, options.seed);
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
