// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/names.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Where a number comes from. How far it may be trusted falls from top to bottom.
enum class SourceKind { measured, fitted, published, derived, assumed };
[[nodiscard]] constexpr auto names_of(SourceKind) {
    using enum SourceKind;
    return std::to_array<Named<SourceKind>>({{measured, "measured"},
                                             {fitted, "fitted"},
                                             {published, "published"},
                                             {derived, "derived"},
                                             {assumed, "assumed"}});
}
static_assert(all_named<SourceKind>());

/// One entry of a model file's `sources` table.
struct Source {
    std::string name;
    SourceKind kind = SourceKind::assumed;
    /// The document, the data set, or the reason.
    std::string text;
    /// For a data set: its file name, the SHA-256 of its bytes, rows used, and the error on held-out rows.
    /// Else empty.
    std::string data;
    std::string sha256;
    std::string rows;
    std::string holdout;
    /// For a fit, where there is something to say: rows not used and why, rows with the largest errors,
    /// figures that the data do not tell apart well.
    std::string left_out;
    std::string worst;
    std::string correlation;
};

/// One number of a model file as it was written, with the name of its source.
struct Figure {
    std::string path;
    std::string value;
    std::string source;
    /// As written, for a fitted number; else empty.
    std::string standard_error;
};

/// The provenance of a model: every number in it and where each comes from.
struct ModelSheet {
    std::string name;
    std::string description;
    std::vector<Figure> figures;
    std::vector<Source> sources;
    /// SHA-256 of the model file's bytes, in hexadecimal.
    std::string sha256;
};

}  // namespace cleave
