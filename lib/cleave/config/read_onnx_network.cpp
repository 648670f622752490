// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_onnx_network.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <memory>
#include <utility>

namespace cleave {
namespace {

/// What protobuf can read.
constexpr std::size_t kLargestModel = (std::size_t{1} << 31) - 1;

std::optional<std::vector<std::int64_t>> parse_dims(std::string_view text) {
    std::vector<std::int64_t> dims;
    while (true) {
        const std::size_t end = std::min(text.find(','), text.size());
        std::int64_t dim = 0;
        const auto [last, error] = std::from_chars(text.data(), text.data() + end, dim);
        if (error != std::errc() || last != text.data() + end || dim < 1 || dim > kLargestExtent) {
            return std::nullopt;
        }
        dims.push_back(dim);
        if (end == text.size()) {
            return dims;
        }
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<InputShape> parse_input_shape(const std::string& text, const Reference& where,
                                            FaultList& faults) {
    // The name may have a '=' in it, the sizes have none.
    const std::size_t equals = text.rfind('=');
    const auto dims = equals == std::string::npos || equals == 0
                          ? std::nullopt
                          : parse_dims(std::string_view(text).substr(equals + 1));
    if (!dims) {
        faults.add(where.place, where.path,
                   fmt::format("{} is no input shape (NAME=1,CHANNELS,HEIGHT,WIDTH is needed)", quote(text)));
        return std::nullopt;
    }
    return InputShape{text.substr(0, equals), *dims, where};
}

std::vector<InputShape> parse_input_shapes(const std::vector<std::string>& texts, FaultList& faults) {
    std::vector<InputShape> shapes;
    for (const std::string& text : texts) {
        const Reference place{{std::make_shared<const std::string>("--input-shape " + text), 1, 1}, ""};
        if (auto shape = parse_input_shape(text, place, faults)) {
            shapes.push_back(std::move(*shape));
        }
    }
    return shapes;
}

bool is_onnx_file(const std::string& file_name) { return file_name.ends_with(".onnx"); }

std::optional<OnnxNetwork> read_onnx_network(const std::string& file_name,
                                             const std::optional<Reference>& reference, FaultList& faults,
                                             const std::vector<InputShape>& input_shapes) {
    InputShapes shapes;
    for (const InputShape& shape : input_shapes) {
        if (!shapes.emplace(shape.input, shape.dims).second) {
            faults.add(shape.where.place, shape.where.path,
                       fmt::format("input {} has a shape already", quote(shape.input)));
            return std::nullopt;
        }
    }
    FaultList unreadable;
    const std::optional<std::string> bytes = read_file(file_name, reference, unreadable, kLargestModel);
    if (!bytes) {
        Fault fault = unreadable.faults().front();
        fault.line = reference ? fault.line : kNoLine;
        faults.add(std::move(fault));
        return std::nullopt;
    }
    try {
        const OnnxModel model = read_onnx(*bytes, shapes, external_files(file_name));
        const std::string stem = std::filesystem::path(file_name).stem().string();
        OnnxNetwork network{import_onnx(model, stem), sha256(*bytes)};
        if (!network.imported.missing.empty()) {
            network.imported.warnings.push_back(missing_weights(network.imported.missing) +
                                                "; the network is explored by their shapes");
        }
        return network;
    } catch (const OnnxError& error) {
        for (const std::string& message : error.messages()) {
            faults.add({file_name, kNoLine, 0, "", message});
        }
        return std::nullopt;
    }
}

}  // namespace cleave
