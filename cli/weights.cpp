// SPDX-License-Identifier: Apache-2.0
#include "weights.hpp"

#include "cleave/deploy/bind.hpp"
#include "cleave/io/input_file.hpp"
#include "cleave/io/onnx_import.hpp"
#include "cleave/units/sha256.hpp"

#include <filesystem>
#include <stdexcept>

namespace cleave::cli {
namespace {

constexpr std::size_t kLargestModel = std::size_t{2} << 30U;

}  // namespace

ModelWeights load_model_weights(const std::string& path, const Network& network) {
    const std::string bytes = io::read_input_file(path, kLargestModel);
    try {
        const io::ImportedNetwork model =
            io::import_onnx(io::read_onnx(bytes), std::filesystem::path(path).stem().string());
        return {bind_parameters(network, model.network, model.parameters), sha256(bytes)};
    } catch (const io::OnnxError& error) {
        throw io::FormatError(io::fault_lines(path, error.messages()));
    } catch (const std::invalid_argument& error) {
        throw io::FormatError({io::fault_line(path, error.what())});
    }
}

}  // namespace cleave::cli
