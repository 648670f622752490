// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_platform.hpp"

#include "cleave/config/platform_fields.hpp"
#include "cleave/models/read_model.hpp"

#include <utility>

namespace cleave {
namespace {

template <class Q>
void read_quantity_of(Fields& fields, const char* key, Q& value, Zero zero = Zero::allowed) {
    if (const auto field = fields.require(key)) {
        value = field->quantity<Q>(zero).value_or(value);
    }
}

class PlatformReader {
public:
    explicit PlatformReader(FaultList& faults) : faults_(faults) {}

    std::optional<Platform> read(const Node& root) {
        Fields fields(root, faults_);
        if (!check_version(fields, "cleave_platform")) {
            return std::nullopt;
        }
        const auto model = [&](const char* key, const auto& reader) {
            const auto field = fields.require(key);
            return field ? reader(field->node(), faults_) : std::nullopt;
        };
        gpu_ = model("gpu", read_gpu_model);
        fpga_ = model("fpga", read_fpga_model);
        link_ = model("link", read_link_model);
        if (const auto field = fields.require("settings")) {
            read_settings(*field);
        }
        fields.done();
        if (!faults_.empty()) {
            return std::nullopt;
        }
        return Platform{Gpu(std::move(gpu_->model), profile_, mode_),
                        Fpga(std::move(fpga_->model), implementation_, clock_, capacity_),
                        std::move(link_->model),
                        energy_.scope,
                        resources_,
                        energy_.conversion,
                        energy_.unused_fpga};
    }

private:
    void read_settings(const Field& field) {
        Fields fields(field);
        if (const auto gpu = fields.require("gpu")) {
            read_gpu(*gpu);
        }
        if (const auto fpga = fields.require("fpga")) {
            read_fpga(*fpga);
        }
        if (const auto link = fields.require("link")) {
            read_link(*link);
        }
        energy_ = read_energy(fields.require("energy"));
        resources_ = read_resources(fields.require("resources"));
        fields.done();
    }

    void read_gpu(const Field& field) {
        Fields fields(field);
        const auto profile = fields.require("profile");
        const auto mode = fields.require("power_mode");
        fields.done();
        if (gpu_) {
            profile_ = pick(profile, gpu_->model.profiles, "profile").value_or(0);
            mode_ = pick(mode, gpu_->model.power_modes, "power mode").value_or(0);
        }
    }

    void read_fpga(const Field& field) {
        Fields fields(field);
        const auto implementation = fields.require("implementation");
        if (fpga_) {
            implementation_ =
                pick(implementation, fpga_->model.implementations, "implementation").value_or(0);
            capacity_ = fpga_->model.capacity;
        }
        read_quantity_of(fields, "clock", clock_, Zero::forbidden);
        if (const auto capacity = fields.require("capacity")) {
            read_capacity(*capacity, capacity_);
        }
        fields.done();
    }

    void read_link(const Field& field) {
        LinkModel unused;
        LinkModel& link = link_ ? link_->model : unused;
        Fields fields(field);
        for (const auto& [key, direction] :
             {std::pair{"to_fpga", &link.to_fpga}, std::pair{"to_gpu", &link.to_gpu}}) {
            if (const auto one = fields.require(key)) {
                read_direction(*one, *direction);
            }
        }
        read_quantity_of(fields, "energy", link.energy);
        fields.done();
    }

    static void read_direction(const Field& field, LinkDirection& direction) {
        Fields fields(field);
        read_quantity_of(fields, "floor", direction.floor);
        read_quantity_of(fields, "overhead", direction.overhead);
        read_quantity_of(fields, "bandwidth", direction.bandwidth, Zero::forbidden);
        if (const auto exponent = fields.require("exponent")) {
            // 0 stands for none.
            const bool none = exponent->node().text == "0";
            direction.exponent = none ? 0 : exponent->real({1, 64}).value_or(direction.exponent);
        }
        fields.done();
    }

    FaultList& faults_;
    std::optional<ModelFile<GpuModel>> gpu_;
    std::optional<ModelFile<FpgaModel>> fpga_;
    std::optional<ModelFile<LinkModel>> link_;
    std::size_t profile_ = 0;
    std::size_t mode_ = 0;
    std::size_t implementation_ = 0;
    Hertz clock_{1};
    Resources capacity_;
    EnergySettings energy_;
    ResourceScope resources_ = ResourceScope::network;
};

}  // namespace

std::optional<Platform> read_platform(const Node& root, FaultList& faults) {
    return PlatformReader(faults).read(root);
}

Platform load_platform(const std::string& file_name) {
    FaultList faults;
    std::optional<Platform> platform;
    if (const std::optional<YamlFile> file = read_yaml_file(file_name, std::nullopt, faults)) {
        platform = read_platform(file->root, faults);
    }
    faults.throw_if_any();
    return std::move(*platform);
}

}  // namespace cleave
