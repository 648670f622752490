// SPDX-License-Identifier: Apache-2.0
#include "option_parts.hpp"

namespace cleave::cli {

CLI::Option* add_set(CLI::App* command, std::vector<std::string>& overrides) {
    return command
        ->add_option("--set", overrides,
                     "Replace one value of the configuration, e.g. --set fpga.clock=100MHz; may be repeated")
        ->type_name("KEY=VALUE")
        ->take_all()
        ->allow_extra_args(false);
}

void add_input_shape(CLI::App* command, std::vector<std::string>& shapes) {
    command
        ->add_option("--input-shape", shapes,
                     "Shape of an ONNX model's input, in place of its own, e.g. --input-shape x=1,3,224,224")
        ->type_name("NAME=N,C,H,W")
        ->take_all()
        ->allow_extra_args(false);
}

void add_weights(CLI::App* command, std::string& weights) {
    command
        ->add_option("--weights", weights,
                     "ONNX model of the network whose weights count for logic that depends on them "
                     "(docs/cost-models.md), or assumed; an ONNX model that is explored has its own")
        ->type_name("MODEL.onnx")
        ->check([](const std::string& file) { return file.empty() ? "a file is needed" : ""; }, "");
}

void add_json(CLI::App* command, bool& json) {
    command->add_flag("--json", json, "Print JSON instead of a table");
}

void add_conditions(CLI::App* command, const std::string& name, std::vector<std::string>& conditions,
                    const std::string& about) {
    command->add_option(name, conditions, about)->type_name("CONDITION")->take_all()->allow_extra_args(false);
}

}  // namespace cleave::cli
