// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_bundle.hpp"

#include "cleave/bundle/write_graph.hpp"
#include "cleave/text/yaml_file.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

namespace cleave {
namespace {

namespace fs = std::filesystem;

const char* const kManifest = "manifest.json";
constexpr std::size_t kLargestManifest = std::size_t{1} << 26U;
/// Weights of a large network in float32.
constexpr std::int64_t kLargestListedFile = std::int64_t{1} << 31U;

class FolderReader {
public:
    explicit FolderReader(const std::string& folder) : folder_(folder) {}

    BundleFolder read() {
        bundle_.manifest = read_manifest_of(folder_);
        check_listed();
        check_folder();
        faults_.throw_if_any();
        for (const ListedFile& file : bundle_.manifest.files) {
            read_listed(file);
        }
        faults_.throw_if_any();
        return std::move(bundle_);
    }

private:
    [[nodiscard]] std::string path(const std::string& name) const {
        return (fs::path(folder_) / name).string();
    }
    void fault(const std::string& name, const std::string& message) {
        faults_.add(file_fault(path(name), message));
    }

    /// What is read before anything can be compared is listed, and nothing twice.
    void check_listed() {
        for (const ListedFile& file : bundle_.manifest.files) {
            if (file.path == kManifest) {
                fault(kManifest, "files: lists manifest.json itself");
            } else if (!listed_.insert(file.path).second) {
                fault(kManifest, fmt::format("files: '{}' is listed twice", file.path));
            }
            if (file.bytes > kLargestListedFile) {
                fault(kManifest,
                      fmt::format("files: '{}' has more than {} bytes", file.path, kLargestListedFile));
            }
        }
        for (const char* name : {"network.yaml", "mapping.yaml", "platform.yaml"}) {
            if (listed_.count(name) == 0) {
                fault(kManifest, fmt::format("files: file '{}' is not listed", name));
            }
        }
    }

    /// Nothing else is there, and nothing that is there leads elsewhere.
    void check_folder() {
        std::error_code error;
        fs::recursive_directory_iterator entry(folder_, error);
        for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
            const fs::file_status status = entry->symlink_status(error);
            const std::string name = entry->path().lexically_relative(folder_).generic_string();
            if (fs::is_directory(status)) {
                check_used(name);
                continue;
            }
            if (!fs::is_regular_file(status)) {
                fault(name, "is no regular file");
            } else if (name != kManifest && listed_.count(name) == 0) {
                fault(name, "is not listed in manifest.json");
            } else {
                found_.insert(name);
            }
        }
        if (error) {
            faults_.add(file_fault(folder_, "cannot be searched: " + error.message()));
        }
        for (const std::string& name : listed_) {
            if (found_.count(name) == 0 &&
                fs::symlink_status(path(name), error).type() == fs::file_type::not_found) {
                fault(name, "is missing");
            }
        }
    }

    /// A folder holds something that is listed.
    void check_used(const std::string& name) {
        const auto next = listed_.lower_bound(name + "/");
        if (next == listed_.end() || !next->starts_with(name + "/")) {
            fault(name, "is not listed in manifest.json");
        }
    }

    void read_listed(const ListedFile& file) {
        std::error_code error;
        const auto size = fs::file_size(path(file.path), error);
        if (error || size != static_cast<std::uintmax_t>(file.bytes)) {
            fault(file.path,
                  fmt::format("has {} bytes, not the {} that manifest.json lists", size, file.bytes));
            return;
        }
        std::optional<std::string> bytes =
            read_file(path(file.path), std::nullopt, faults_, static_cast<std::size_t>(file.bytes));
        if (bytes && sha256(*bytes) != file.sha256) {
            fault(file.path, "has another SHA-256 than manifest.json lists");
        }
        bundle_.files[file.path] = std::move(bytes).value_or("");
    }

    const std::string& folder_;
    BundleFolder bundle_;
    std::set<std::string> listed_;
    std::set<std::string> found_;
    FaultList faults_;
};

template <class Word>
Values numbers(const std::string& bytes) {
    Values values;
    for (std::size_t at = 0; at + sizeof(Word) <= bytes.size(); at += sizeof(Word)) {
        std::uint32_t word = 0;
        for (std::size_t i = sizeof(Word); i > 0; --i) {
            word = word << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
        }
        if constexpr (std::is_same_v<Word, float>) {
            values.push_back(static_cast<double>(std::bit_cast<float>(word)));
        } else {
            values.push_back(
                static_cast<double>(static_cast<Word>(static_cast<std::make_unsigned_t<Word>>(word))));
        }
    }
    return values;
}

Values numbers_of(const std::string& bytes, TensorType type) {
    switch (type) {
        case TensorType::float32: return numbers<float>(bytes);
        case TensorType::int8: return numbers<std::int8_t>(bytes);
        case TensorType::int32: return numbers<std::int32_t>(bytes);
    }
    return {};
}

/// The content of a file that the manifest names.
const std::string& content_of(const std::string& folder, const BundleFolder& bundle,
                              const std::string& name) {
    const auto found = bundle.files.find(name);
    if (found == bundle.files.end()) {
        throw InputError(file_fault((fs::path(folder) / name).string(), "is missing"));
    }
    return found->second;
}

}  // namespace

Manifest read_manifest_of(const std::string& folder) {
    const std::string path = (fs::path(folder) / kManifest).string();
    // What is no file may never end, or never begin.
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        throw InputError(file_fault(path, "is no regular file"));
    }
    FaultList faults;
    const std::optional<std::string> text = read_file(path, std::nullopt, faults, kLargestManifest);
    std::optional<Node> document = text ? parse_json(*text, path, faults) : std::nullopt;
    std::optional<Manifest> manifest = document ? read_manifest(std::move(*document), faults) : std::nullopt;
    faults.throw_if_any();
    manifest->sha256 = sha256(*text);
    return std::move(*manifest);
}

BundleFolder read_bundle(const std::string& folder) { return FolderReader(folder).read(); }

Graph read_step_graph(const std::string& folder, const BundleFolder& bundle, const std::string& name) {
    try {
        return graph_of(read_onnx(content_of(folder, bundle, name)));
    } catch (const OnnxError& error) {
        throw InputError(file_faults((fs::path(folder) / name).string(), error.messages()));
    }
}

std::size_t vector_count(const BundleFolder& bundle) {
    // Every vector has the network's input, which is the first tensor.
    std::size_t count = 1;
    while (bundle.files.count(fmt::format("vectors/{}/t000.bin", count)) > 0) {
        ++count;
    }
    return count;
}

std::vector<TestVector> read_vectors(const std::string& folder, const BundleFolder& bundle,
                                     const Plan& plan) {
    std::vector<TestVector> vectors(vector_count(bundle));
    FaultList faults;
    const auto read = [&](const std::string& file, TensorType type, const Shape& shape) {
        const std::string& bytes = content_of(folder, bundle, file);
        const auto each = static_cast<std::int64_t>(type == TensorType::int8 ? 1 : 4);
        if (static_cast<std::int64_t>(bytes.size()) != each * shape.elements()) {
            faults.add(file_fault((fs::path(folder) / file).string(),
                                  fmt::format("does not hold {} numbers", shape.elements())));
        }
        return numbers_of(bytes, type);
    };
    for (std::size_t v = 0; v < vectors.size(); ++v) {
        vectors[v].tensors.resize(plan.tensors.size());
        for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
            const PlanTensor& tensor = plan.tensors[i];
            if (is_recorded(plan, plan_tensor_id(i), v)) {
                vectors[v].tensors[i] =
                    read(vector_file_name(plan, v, plan_tensor_id(i)), stored_type(tensor), tensor.shape);
            }
        }
        for (std::size_t i = 0; plan.copied.empty() && i < plan.outputs.size(); ++i) {
            vectors[v].float_outputs.push_back(
                read(float_output_name(v, i), TensorType::float32, plan.tensor(plan.outputs[i]).shape));
        }
    }
    faults.throw_if_any();
    return vectors;
}

Graph as_written(const Graph& graph) {
    OnnxModel model = onnx_of(graph);
    // Reading gives the numbers of constants back as they are, and weights are what most bytes are of.
    std::vector<OnnxTensor> constants = std::move(model.initializers);
    model.initializers.clear();
    for (const OnnxTensor& tensor : constants) {
        model.initializers.push_back({tensor.name, tensor.type, {0}, {}, {}});
    }
    OnnxModel read = read_onnx(write_onnx(model));
    read.initializers = std::move(constants);
    return graph_of(read);
}

}  // namespace cleave
