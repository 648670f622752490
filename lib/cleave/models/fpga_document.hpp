// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/node.hpp"

#include <string>

namespace cleave {

/// An FPGA's model file that a fit is to be put in.
struct FpgaDocument {
    Node root;
    /// Of the model, and the comment lines that the file begins with.
    std::string name;
    std::string comment;
};

/// @throws InputError if the file cannot be read or is no FPGA model with that implementation.
[[nodiscard]] FpgaDocument read_fpga_document(const std::string& file, const std::string& implementation);

}  // namespace cleave
