// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_platform.hpp"

#include "cleave/config/platform_fields.hpp"

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
        parts_.gpu = model("gpu", read_gpu_model);
        parts_.fpga = model("fpga", read_fpga_model);
        parts_.link = model("link", read_link_model);
        if (const auto field = fields.require("settings")) {
            read_settings(*field);
        }
        fields.done();
        return faults_.empty() ? std::optional(parts_.assemble()) : std::nullopt;
    }

private:
    void read_settings(const Field& field) {
        Fields fields(field);
        if (const auto gpu = fields.require("gpu")) {
            Fields choice(*gpu);
            parts_.read_gpu(choice);
        }
        if (const auto fpga = fields.require("fpga")) {
            Fields choice(*fpga);
            parts_.read_fpga(choice, Settings::complete);
        }
        if (const auto link = fields.require("link")) {
            read_link(*link);
        }
        parts_.read_energy(fields.require("energy"), std::nullopt);
        parts_.read_resources(fields.require("resources"));
        fields.done();
    }

    void read_link(const Field& field) {
        LinkModel unused;
        LinkModel& link = parts_.link ? parts_.link->model : unused;
        Fields fields(field);
        for (const auto& [key, direction] :
             {std::pair{"to_fpga", &link.to_fpga}, std::pair{"to_gpu", &link.to_gpu}}) {
            if (const auto one = fields.require(key)) {
                read_direction(*one, *direction);
            }
        }
        read_quantity_of(fields, "energy", link.energy);
        parts_.read_hand_over(fields);
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
        // Files from before hand-overs had a price have none.
        const auto sync = fields.find("sync");
        direction.sync = sync ? sync->quantity<Seconds>(Zero::allowed).value_or(Seconds()) : Seconds();
        fields.done();
    }

    FaultList& faults_;
    PlatformParts parts_;
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
