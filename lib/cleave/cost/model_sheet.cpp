// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/model_sheet.hpp"

#include <stdexcept>

namespace cleave {

std::string source_kind_name(SourceKind kind) {
    switch (kind) {
        case SourceKind::measured: return "measured";
        case SourceKind::fitted: return "fitted";
        case SourceKind::published: return "published";
        case SourceKind::derived: return "derived";
        case SourceKind::assumed: return "assumed";
    }
    throw std::logic_error("source kind out of range");
}

}  // namespace cleave
