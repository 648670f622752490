// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_manifest.hpp"

#include "cleave/front/write_front.hpp"
#include "cleave/text/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <utility>

namespace cleave {
namespace {

/// Calls `read` with the object at a key. Other keys than those that are read are found by comparing.
template <class Read>
void object(Fields& parent, const std::string& key, const Read& read) {
    const auto field = parent.require(key);
    Fields fields = field ? Fields(*field, OtherKeys::allowed) : parent;
    if (field && field->is(NodeKind::map)) {
        read(fields);
    }
}

/// Items of a list that are objects; none if one is something else.
std::vector<Fields> objects(Fields& parent, const std::string& key) {
    const auto list = parent.require(key);
    std::vector<Fields> result;
    for (const Field& item : list ? list->items("objects") : std::vector<Field>{}) {
        result.emplace_back(item, OtherKeys::allowed);
        if (!item.is(NodeKind::map)) {
            return {};
        }
    }
    return result;
}

/// A text of the form that `fits` tells.
template <class Fits>
std::string text_of(Fields& parent, const std::string& key, const Fits& fits, const char* example) {
    const auto field = parent.require(key);
    const auto text = field ? field->text() : std::nullopt;
    if (text && !fits(*text)) {
        parent.self().fault(fmt::format("{} must be such as '{}'", key, example));
    }
    return text.value_or("");
}

bool is_version(const std::string& text) {
    static const std::regex kVersion("[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}[-+.0-9A-Za-z]{0,32}");
    return std::regex_match(text, kVersion);
}

/// Seeded, or from files of whose SHA-256 `read` makes a list.
template <class ReadHashes>
Origin read_origin(Fields& fields, const std::string& files, const ReadHashes& read_hashes) {
    const auto source = fields.require("source");
    const auto text = source ? source->text() : std::nullopt;
    if (text == "seed") {
        return Seeded{static_cast<std::uint64_t>(fields.integer("seed", {0}))};
    }
    if (text && text != files) {
        source->fault(fmt::format("'{}' is none of: seed, {}", *text, files));
    }
    return text == files ? FromFiles{read_hashes()} : FromFiles{};
}

std::vector<std::string> read_sample_hashes(Fields& fields, std::size_t count) {
    std::vector<std::string> hashes;
    if (const auto list = fields.require("sha256")) {
        for (const Field& item : list->items("SHA-256")) {
            hashes.push_back(item.sha256().value_or(""));
        }
        if (list->is(NodeKind::sequence) && hashes.size() != count) {
            list->fault(fmt::format("must have one for each of the {} inputs", count));
        }
    }
    return hashes;
}

Provenance read_provenance(Fields& root) {
    Provenance result;
    object(root, "tool",
           [&](Fields& tool) { result.version = text_of(tool, "version", is_version, "1.2.3"); });
    object(root, "point", [&](Fields& point) {
        result.point = text_of(point, "id", is_point_id, "p001");
        result.hashes.front = point.sha256("front_sha256");
        const auto counted = point.find("weights");
        const bool known = counted && counted->text() != kAssumedWeights;
        result.counted_weights = known ? counted->sha256().value_or("") : kAssumedWeights;
    });
    object(root, "platform", [&](Fields& platform) {
        const auto hash_of = [&](const char* device, std::string& hash) {
            object(platform, device, [&](Fields& fields) { hash = fields.sha256("sha256"); });
        };
        hash_of("gpu", result.hashes.gpu);
        hash_of("fpga", result.hashes.fpga);
        hash_of("link", result.hashes.link);
    });
    object(root, "weights", [&](Fields& fields) {
        result.weights =
            read_origin(fields, "model", [&] { return std::vector<std::string>{fields.sha256("sha256")}; });
    });
    object(root, "calibration", [&](Fields& fields) {
        result.sample_count = static_cast<std::size_t>(fields.integer("inputs", {1}));
        result.samples =
            read_origin(fields, "files", [&] { return read_sample_hashes(fields, result.sample_count); });
    });
    return result;
}

std::vector<ListedFile> read_files(Fields& root) {
    std::vector<ListedFile> files;
    for (Fields& item : objects(root, "files")) {
        const auto path = item.require("path");
        const auto name = path ? path->text() : std::nullopt;
        files.push_back({name.value_or(""), item.integer("bytes", {0}), item.sha256("sha256")});
        if (name && !is_bundle_path(*name)) {
            path->fault(fmt::format("'{}' is no file name that a bundle may have", *name));
        }
    }
    return files;
}

std::optional<int> exponent(Fields& parent, const std::string& key) {
    const auto field = parent.find(key);
    const auto number = field ? field->integer({-kLargestExponent, kLargestExponent}) : std::nullopt;
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

FixedPointFormats read_formats(Fields& root) {
    FixedPointFormats formats;
    for (Fields& tensor : objects(root, "tensors")) {
        formats.tensors.push_back(exponent(tensor, "exponent"));
    }
    // The network's inputs are not listed as layers.
    const auto inputs = root.find("inputs");
    formats.layers.resize(inputs ? inputs->items("tensors").size() : 1);
    for (Fields& layer : objects(root, "layers")) {
        LayerExponents& exponents = formats.layers.emplace_back();
        for (Fields& part : objects(layer, "parts")) {
            const auto found = part.find("exponents");
            if (found && !exponents.output) {
                Fields fields(*found, OtherKeys::allowed);
                exponents.output = exponent(fields, "output");
            }
        }
    }
    return formats;
}

}  // namespace

bool is_bundle_path(std::string_view path) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    const auto all = [&](std::string_view part) {
        return !part.empty() && std::all_of(part.begin(), part.end(), plain);
    };
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        if (!all(path.substr(0, slash))) {
            return false;
        }
        path.remove_prefix(slash + 1);
    }
    const std::size_t dot = path.find('.');
    return dot != std::string_view::npos && all(path.substr(0, dot)) && all(path.substr(dot + 1));
}

std::optional<Manifest> read_manifest(Node document, FaultList& faults) {
    const std::size_t before = faults.size();
    Fields root(document, faults, OtherKeys::allowed);
    if (!check_version(root, "schema_version")) {
        return std::nullopt;
    }
    Provenance provenance = read_provenance(root);
    std::vector<ListedFile> files = read_files(root);
    FixedPointFormats formats = read_formats(root);
    if (faults.size() > before) {
        return std::nullopt;
    }
    return Manifest{std::move(document), std::move(provenance), std::move(files), std::move(formats)};
}

}  // namespace cleave
