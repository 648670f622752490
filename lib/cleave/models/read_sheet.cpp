// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cleave {
namespace {

std::string text(const std::optional<Field>& field) { return field ? field->string().value_or("") : ""; }

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

SheetReader::SheetReader(Fields& root) {
    if (const auto name = root.require("name")) {
        sheet_.name = name->name().value_or("");
    }
    sheet_.description = text(root.require("description"));
    table_ = root.require("sources");
    if (table_) {
        read_sources(*table_);
    }
}

void SheetReader::read_sources(const Field& table) {
    for (const auto& [key, entry] : table.named_items("sources")) {
        sheet_.sources.push_back(read_source(key.text, entry));
    }
}

Source SheetReader::read_source(const std::string& name, const Field& entry) {
    Fields fields(entry);
    Source source;
    source.name = name;
    if (const auto kind = fields.require("kind")) {
        source.kind = kind->choice<SourceKind>("kind of source").value_or(SourceKind::assumed);
    }
    source.text = text(fields.require("text"));
    // A fit is only as good as what it was fitted to: it must say what that was and how well it did
    // elsewhere.
    const bool fitted = source.kind == SourceKind::fitted;
    const bool has_data = fitted || fields.has("data");
    const auto field = [&](const char* key, bool required) {
        return required ? fields.require(key) : fields.find(key);
    };
    source.data = text(field("data", has_data));
    if (const auto sha = field("sha256", has_data)) {
        source.sha256 = text(sha);
        if (!source.sha256.empty() && !is_sha256(source.sha256)) {
            sha->fault(
                fmt::format("{} is no SHA-256 (64 lower-case hexadecimal digits)", quote(source.sha256)));
        }
    }
    if (const auto rows = field("rows", has_data)) {
        source.rows = rows->integer({1, IntegerRange{}.most}) ? rows->node().text : "";
    }
    source.holdout = text(field("holdout", fitted));
    for (const auto& [key, value] :
         {std::pair("left_out", &source.left_out), std::pair("worst", &source.worst),
          std::pair("correlation", &source.correlation)}) {
        if (fields.has(key)) {
            *value = text(fields.find(key));
        }
    }
    fields.done();
    return source;
}

std::optional<Field> SheetReader::figure(Fields& fields, const std::string& key) {
    const std::optional<Field> entry = fields.require(key);
    if (!entry) {
        return std::nullopt;
    }
    if (!entry->is(NodeKind::map)) {
        entry->fault("needs a source (written as {value: ..., source: NAME})");
        return std::nullopt;
    }
    Fields parts(*entry);
    const std::optional<Field> value = parts.require("value");
    const std::optional<Field> source = parts.require("source");
    const std::string standard_error =
        parts.has("standard_error") ? text(parts.find("standard_error")) : std::string();
    parts.done();
    if (source) {
        std::vector<std::string> names;
        for (const Source& known : sheet_.sources) {
            names.push_back(known.name);
        }
        if (const auto index = source->one_of(names, "source")) {
            used_.insert(names[*index]);
        }
    }
    if (!value) {
        return std::nullopt;
    }
    sheet_.figures.push_back(
        {entry->path(), value->node().text, source ? source->node().text : "", standard_error});
    return Field(value->node(), entry->path(), entry->faults());
}

double SheetReader::quantity(Fields& fields, const std::string& key, Dimension dimension, Zero zero) {
    const std::optional<Field> value = figure(fields, key);
    return value ? value->quantity(dimension, zero).value_or(0) : 0;
}

double SheetReader::real(Fields& fields, const std::string& key, RealRange range) {
    const std::optional<Field> value = figure(fields, key);
    return value ? value->real(range).value_or(range.least) : range.least;
}

std::int64_t SheetReader::integer(Fields& fields, const std::string& key, IntegerRange range) {
    const std::optional<Field> value = figure(fields, key);
    return value ? value->integer(range).value_or(range.least) : range.least;
}

void SheetReader::done() {
    if (!table_ || !table_->is(NodeKind::map)) {
        return;
    }
    for (const Key& key : table_->node().keys) {
        if (!used_.contains(key.text)) {
            table_->faults().add(
                key.place, table_->path(),
                fmt::format("no figure names the source {} (use it or remove it)", quote(key.text)));
        }
    }
}

}  // namespace cleave
