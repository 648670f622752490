// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/import.hpp"
#include "cleave/text/yaml_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A shape that replaces that of a model's input, with the place where it was given.
struct InputShape {
    std::string input;
    std::vector<std::int64_t> dims;
    Reference where;
};

/// Reads "x=1,3,224,224"; a text that is not of that form is a fault. @param where  the text stands
[[nodiscard]] std::optional<InputShape> parse_input_shape(const std::string& text, const Reference& where,
                                                          FaultList& faults);
/// The same for texts of a command line's --input-shape.
[[nodiscard]] std::vector<InputShape> parse_input_shapes(const std::vector<std::string>& texts,
                                                         FaultList& faults);

/// True for names that end in .onnx.
[[nodiscard]] bool is_onnx_file(const std::string& file_name);

/// Reads what a model stores in files beside it.
/// @param file_name  of the model; nothing outside its folder is read
[[nodiscard]] ExternalReader external_files(const std::string& file_name);

/// "the numbers of 3 weights ('a', 'b', 'c') are not there: ..."
[[nodiscard]] std::string missing_weights(const std::vector<std::string>& names);

struct OnnxNetwork {
    ImportedNetwork imported;
    std::string sha256;
};

/// Reads and imports an ONNX model of at most 2 GiB; nothing, with faults, if it cannot be.
[[nodiscard]] std::optional<OnnxNetwork> read_onnx_network(const std::string& file_name,
                                                           const std::optional<Reference>& reference,
                                                           FaultList& faults,
                                                           const std::vector<InputShape>& input_shapes = {});

}  // namespace cleave
