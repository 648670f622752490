// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_model.hpp"

#include <utility>

namespace cleave {
namespace {

template <class Model>
using TreeReader = std::optional<ModelFile<Model>> (*)(const Node&, FaultList&);

template <class Model>
std::optional<ModelFile<Model>> read(TreeReader<Model> reader, const std::string& file_name,
                                     const std::optional<Reference>& reference, FaultList& faults) {
    const std::size_t before = faults.size();
    std::optional<YamlFile> file = read_yaml_file(file_name, reference, faults);
    if (!file) {
        return std::nullopt;
    }
    std::optional<ModelFile<Model>> model = reader(file->root, faults);
    if (!model || faults.size() > before) {
        return std::nullopt;
    }
    model->sheet.sha256 = sha256(file->bytes);
    model->bytes = std::move(file->bytes);
    return model;
}

template <class Model>
ModelFile<Model> load(TreeReader<Model> reader, const std::string& file_name) {
    FaultList faults;
    std::optional<ModelFile<Model>> model = read<Model>(reader, file_name, std::nullopt, faults);
    faults.throw_if_any();
    return std::move(*model);
}

}  // namespace

std::optional<ModelFile<GpuModel>> read_gpu_model_file(const std::string& file_name,
                                                       const std::optional<Reference>& reference,
                                                       FaultList& faults) {
    return read<GpuModel>(read_gpu_model, file_name, reference, faults);
}

std::optional<ModelFile<FpgaModel>> read_fpga_model_file(const std::string& file_name,
                                                         const std::optional<Reference>& reference,
                                                         FaultList& faults) {
    return read<FpgaModel>(read_fpga_model, file_name, reference, faults);
}

std::optional<ModelFile<LinkModel>> read_link_model_file(const std::string& file_name,
                                                         const std::optional<Reference>& reference,
                                                         FaultList& faults) {
    return read<LinkModel>(read_link_model, file_name, reference, faults);
}

ModelFile<GpuModel> load_gpu_model(const std::string& file_name) {
    return load<GpuModel>(read_gpu_model, file_name);
}

ModelFile<FpgaModel> load_fpga_model(const std::string& file_name) {
    return load<FpgaModel>(read_fpga_model, file_name);
}

ModelFile<LinkModel> load_link_model(const std::string& file_name) {
    return load<LinkModel>(read_link_model, file_name);
}

}  // namespace cleave
