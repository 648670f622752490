// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/cost/gpu.hpp"
#include "cleave/cost/link.hpp"
#include "cleave/cost/model_sheet.hpp"
#include "cleave/text/yaml_file.hpp"

namespace cleave {

/// A cost model and where its numbers come from.
template <class Model>
struct ModelFile {
    Model model;
    ModelSheet sheet;
    /// Of the file; empty where only a document was read.
    std::string bytes{};
};

/// Models of documents in the formats docs/schema/{gpu,fpga,link}_model.schema.json; nothing if anything was
/// wrong. The sheet's SHA-256 is left empty.
[[nodiscard]] std::optional<ModelFile<GpuModel>> read_gpu_model(const Node& root, FaultList& faults);
[[nodiscard]] std::optional<ModelFile<FpgaModel>> read_fpga_model(const Node& root, FaultList& faults);
[[nodiscard]] std::optional<ModelFile<LinkModel>> read_link_model(const Node& root, FaultList& faults);

[[nodiscard]] std::optional<ModelFile<GpuModel>> read_gpu_model_file(
    const std::string& file_name, const std::optional<Reference>& reference, FaultList& faults);
[[nodiscard]] std::optional<ModelFile<FpgaModel>> read_fpga_model_file(
    const std::string& file_name, const std::optional<Reference>& reference, FaultList& faults);
[[nodiscard]] std::optional<ModelFile<LinkModel>> read_link_model_file(
    const std::string& file_name, const std::optional<Reference>& reference, FaultList& faults);
/// @throws InputError
[[nodiscard]] ModelFile<GpuModel> load_gpu_model(const std::string& file_name);
[[nodiscard]] ModelFile<FpgaModel> load_fpga_model(const std::string& file_name);
[[nodiscard]] ModelFile<LinkModel> load_link_model(const std::string& file_name);

}  // namespace cleave
