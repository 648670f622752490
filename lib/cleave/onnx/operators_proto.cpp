// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/operators.hpp"

#include <onnx/defs/schema.h>

#include <set>

namespace cleave {

std::vector<std::string> library_operators() {
    std::set<std::string> names;
    for (const onnx::OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas()) {
        if (schema.domain().empty()) {
            names.insert(schema.Name());
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace cleave
