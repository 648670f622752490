// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/model_sheet.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/text/fields.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace cleave {

/// Reads what all cost models have in common: name, description, the table of sources, and figures
/// (`{value: 4.77 W, source: NAME}`), which it lists in the model's sheet.
class SheetReader {
public:
    /// Claims `name`, `description` and `sources` of the document.
    explicit SheetReader(Fields& root);

    /// A required figure. Values that are wrong are reported and given as zero, or as the least value
    /// allowed.
    template <class Q>
    [[nodiscard]] Q quantity(Fields& fields, const std::string& key, Zero zero) {
        const std::optional<Field> value = figure(fields, key);
        return value ? value->quantity<Q>(zero).value_or(Q()) : Q();
    }
    [[nodiscard]] double quantity(Fields& fields, const std::string& key, Dimension dimension, Zero zero);
    [[nodiscard]] double real(Fields& fields, const std::string& key, RealRange range);
    [[nodiscard]] std::int64_t integer(Fields& fields, const std::string& key, IntegerRange range);
    /// The value of a figure that must be there.
    [[nodiscard]] std::optional<Field> figure(Fields& fields, const std::string& key);

    /// Reports sources that no figure names. To be called after the last figure.
    void done();
    [[nodiscard]] const ModelSheet& sheet() const { return sheet_; }

private:
    void read_sources(const Field& table);
    [[nodiscard]] Source read_source(const std::string& name, const Field& entry);

    ModelSheet sheet_;
    std::optional<Field> table_;
    std::set<std::string> used_;
};

/// What `read` makes of the fields of a model file; nothing if `key` is not its kind and version, or there is
/// another fault.
template <class Model>
[[nodiscard]] std::optional<ModelFile<Model>> read_kind(const Node& root, FaultList& faults, const char* key,
                                                        ModelFile<Model> (*read)(Fields&)) {
    const std::size_t before = faults.size();
    Fields fields(root, faults);
    if (!check_version(fields, key)) {
        return std::nullopt;
    }
    ModelFile<Model> file = read(fields);
    return faults.size() == before ? std::optional(std::move(file)) : std::nullopt;
}

}  // namespace cleave
