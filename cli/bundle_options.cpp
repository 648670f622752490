// SPDX-License-Identifier: Apache-2.0
#include "option_parts.hpp"

namespace cleave::cli {
namespace {

void add_deploy_command(CLI::App& app, std::optional<Command>& chosen) {
    auto deploy = std::make_shared<DeployOptions>();
    CLI::App* command = add_command(
        app, "deploy", "Turn a point of a front into files that a deployment script runs", deploy, chosen);
    command
        ->add_option("front", deploy->front,
                     "front.json, or its folder, of an exploration with inputs/ beside it")
        ->required();
    command->add_option("--point", deploy->point, "Point: its identifier, min-latency, min-energy or knee")
        ->required()
        ->type_name("POINT");
    command
        ->add_option("--model", deploy->model,
                     "ONNX model with the network's weights; without it they are random")
        ->type_name("ONNX");
    command
        ->add_option("--calibration", deploy->samples,
                     "Folder with inputs (float32: raw .bin, or .npy) that set the scales of feature maps; "
                     "without it noise does")
        ->type_name("DIR");
    command->add_option("--seed", deploy->seed, "Seed of random weights and noise")
        ->type_name("N")
        ->capture_default_str();
    auto* rtl =
        command->add_flag("--rtl", deploy->rtl,
                          "Verilog of every step on the FPGA; refuse a point that has a step without. "
                          "Otherwise of the steps that have it");
    command->add_flag("--no-rtl", deploy->no_rtl, "No Verilog")->excludes(rtl);
    command->add_option("-o,--output", deploy->output, "Folder for the bundle")
        ->type_name("DIR")
        ->capture_default_str();
    command->footer(
        "Example: cleave deploy out/front.json --point knee --model model.onnx --calibration inputs -o "
        "bundle\n"
        "What a bundle is: docs/deploy.md");
}

void add_verify_command(CLI::App& app, std::optional<Command>& chosen) {
    auto verify = std::make_shared<VerifyOptions>();
    CLI::App* command =
        add_command(app, "verify", "Prove that a bundle computes its network, and measure what 8 bits cost",
                    verify, chosen);
    command->add_option("bundle", verify->bundle, "Folder that cleave deploy wrote")->required();
    command
        ->add_option("--model", verify->model,
                     "ONNX model whose weights the bundle has; not needed where they come from a seed")
        ->type_name("FILE");
    command->add_option("--inputs", verify->inputs, "Random inputs to run")
        ->type_name("N")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command->add_option("--seed", verify->seed, "Seed of the first input; each next has the next number")
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--max-error", verify->max_error,
                     "Largest relative error of the result allowed with the FPGA in floating point")
        ->type_name("E")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command
        ->add_option("--min-sqnr", verify->min_sqnr,
                     "Least ratio of signal to quantisation noise allowed in fixed point, in dB")
        ->type_name("DB");
    add_json(command, verify->json);
    command->footer(
        "Example: cleave verify bundle --model squeezenet.onnx --inputs 16\n"
        "Exit status: 0 verified, 2 the bundle is damaged or not that of the model, 5 beyond --max-error or "
        "--min-sqnr");
}

void add_compare_run_command(CLI::App& app, std::optional<Command>& chosen) {
    auto compare = std::make_shared<CompareRunOptions>();
    CLI::App* command = add_command(
        app, "compare-run", "Show times of a bundle's steps, predicted and measured", compare, chosen);
    command->add_option("bundle", compare->bundle, "Folder that cleave deploy wrote")->required();
    command->add_option("measured", compare->measured, "measured.json of that bundle (docs/deploy.md)")
        ->required();
    command
        ->add_option("--rows", compare->rows,
                     "Write what was measured to this folder as rows for cleave calibrate: workloads.csv, "
                     "layers.csv, ops.csv and transfers.csv")
        ->type_name("DIR");
    add_json(command, compare->json);
    command->footer(
        "Example: cleave compare-run bundle measured.json --rows rows\n"
        "Exit status: 0 compared, 2 bad input");
}

}  // namespace

void add_bundle_commands(CLI::App& app, std::optional<Command>& chosen) {
    add_deploy_command(app, chosen);
    add_verify_command(app, chosen);
    add_compare_run_command(app, chosen);
}

}  // namespace cleave::cli
