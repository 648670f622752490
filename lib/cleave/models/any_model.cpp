// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/any_model.hpp"

#include "cleave/models/read_model.hpp"

namespace cleave {

AnyModel load_model(const std::string& file_name) {
    FaultList faults;
    const std::optional<YamlFile> file = read_yaml_file(file_name, std::nullopt, faults);
    faults.throw_if_any();
    AnyModel any;
    if (file->root.find("cleave_gpu") != nullptr) {
        const ModelFile<GpuModel> gpu = load_gpu_model(file_name);
        any = {"gpu", {}, gpu.sheet};
        for (const ExecutionProfile& profile : gpu.model.profiles) {
            any.variants.push_back(profile.name);
        }
    } else if (file->root.find("cleave_fpga") != nullptr) {
        const ModelFile<FpgaModel> fpga = load_fpga_model(file_name);
        any = {"fpga", {}, fpga.sheet};
        for (const Implementation& implementation : fpga.model.implementations) {
            any.variants.push_back(implementation.name);
        }
    } else if (file->root.find("cleave_link") != nullptr) {
        any = {"link", {}, load_link_model(file_name).sheet};
    } else {
        faults.add(file->root.place, "",
                   "this is no cost model: one of cleave_gpu, cleave_fpga and cleave_link is needed");
        faults.throw_if_any();
    }
    return any;
}

void require_model(const std::string& yaml, const std::string& file_name) {
    FaultList faults;
    if (const std::optional<Node> root = parse_yaml(yaml, file_name, faults)) {
        if (root->find("cleave_gpu") != nullptr) {
            (void)read_gpu_model(*root, faults);
        } else if (root->find("cleave_fpga") != nullptr) {
            (void)read_fpga_model(*root, faults);
        } else {
            (void)read_link_model(*root, faults);
        }
    }
    faults.throw_if_any();
}

}  // namespace cleave
