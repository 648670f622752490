// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/write_spec.hpp"

#include "cleave/config/read_network.hpp"
#include "cleave/config/write_network_json.hpp"
#include "cleave/onnx/expand_operators.hpp"
#include "cleave/onnx/import.hpp"
#include "support/networks.hpp"
#include "support/onnx_models.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <utility>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

Network read_back(const Network& network) {
    FaultList faults;
    const auto root = parse_yaml(write_spec(network, "a\nheader"), "spec", faults);
    auto again = root ? read_network(*root, faults) : std::nullopt;
    faults.throw_if_any();
    REQUIRE(again);
    return std::move(*again);
}

/// The network with layers named MODULE/LAYER; a follower is sometimes called as `then` would call it.
Network renamed(const Network& network, Random& random) {
    NetworkBuilder builder(network.name());
    std::set<std::string> taken;
    std::vector<std::string> names{"input"};
    const Module* last = nullptr;
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const Layer& layer = network.layer(layer_id(i));
        const Module& module = network.module(layer.module);
        if (last != &module) {
            builder.begin_module(module.name);
            last = &module;
        }
        std::string name = i == 0 ? "input" : module.name + "/" + layer.name;
        if (i > 1 && layer.inputs.front() == layer_id(i - 1) && random.chance(70)) {
            const std::string& before = names.back();
            const std::size_t dot = before.rfind('.');
            const std::string followed = before.substr(0, dot) + "." + op_name(layer.op);
            const bool inside = network.layer(layer_id(i - 1)).module == layer.module;
            name = inside && taken.count(followed) == 0 ? followed : name;
        }
        taken.insert(name);
        names.push_back(name);
        builder.add(name, layer.op, layer.inputs);
    }
    builder.set_results(network.results());
    Network result = builder.build();
    REQUIRE(builder.faults().empty());
    return result;
}

}  // namespace

TEST_CASE("the shipped specs are written as they were read", "[config][spec]") {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(source_dir() + "/network_specs")) {
        CAPTURE(entry.path().string());
        const Network network = load_network(entry.path().string()).network;
        CHECK(network_json(read_back(network)) == network_json(network));
        ++files;
    }
    CHECK(files >= 6);
}

TEST_CASE("random networks are written as they were", "[config][spec]") {
    Random random(11);
    std::size_t lines = 0;
    std::size_t thens = 0;
    for (int i = 0; i < 300; ++i) {
        CAPTURE(i);
        const Network network = renamed(random_network(random, random.between(1, 8)), random);
        CHECK(network_json(read_back(network)) == network_json(network));
        const std::string spec = write_spec(network, "");
        for (std::size_t at = spec.find("{name:"); at != std::string::npos;
             at = spec.find("{name:", at + 1)) {
            ++lines;
        }
        for (std::size_t at = spec.find("then:"); at != std::string::npos; at = spec.find("then:", at + 1)) {
            ++thens;
        }
    }
    CHECK(thens > 100);
    CHECK(lines > thens);
}

TEST_CASE("imported models are written as they were imported", "[config][spec]") {
    for (auto& [name, model] : example_models()) {
        CAPTURE(name);
        expand_operators(model);
        const Network network = import_onnx(model, name).network;
        CHECK(network_json(read_back(network)) == network_json(network));
    }
}

TEST_CASE("a spec is written as a person would", "[config][spec]") {
    NetworkBuilder b("small");
    b.begin_module("stem");
    const LayerId in = b.add("input", Input{{3, 8, 8}}, {});
    LayerId at = b.add("stem/conv", conv_op(4, 3, 2, 1), {in});
    at = b.add("stem/conv.batch_norm", BatchNorm{}, {at});
    const LayerId stem = b.add("stem/conv.relu", Activation{}, {at});
    b.begin_module("block");
    Conv depthwise = conv_op(4, 3, 1, 1, 4);
    depthwise.bias = false;
    depthwise.window.pad_bottom = 2;
    depthwise.window.kernel_h = 4;
    at = b.add("block/dw", depthwise, {stem});
    at = b.add("block/dw.leaky_relu", Activation{ActivationKind::leaky_relu, 1e-5, {}}, {at});
    at = b.add("block/add", Add{}, {at, stem});
    b.add("block/odd", Other{"Resize: x", {4, 8, 8}}, {at, stem});
    const Network network = b.build();
    REQUIRE(b.faults().empty());
    CHECK(
        write_spec(network, "About it.") ==
        "# About it.\n"
        "cleave_network: 1\n"
        "name: small\n"
        "input: {channels: 3, height: 8, width: 8}\n"
        "modules:\n"
        "  # 4 x 4 x 4\n"
        "  - name: stem\n"
        "    layers:\n"
        "      - {name: conv, op: conv, kernel: 3, stride: 2, pad: 1, filters: 4, then: [batch_norm, relu]}\n"
        "\n"
        "  # 4 x 8 x 8\n"
        "  - name: block\n"
        "    layers:\n"
        "      - {name: dw,            op: depthwise,  kernel: [4, 3], pad: [1, 1, 2, 1], bias: false}\n"
        "      - {name: dw.leaky_relu, op: leaky_relu, alpha: 1.0e-05}\n"
        "      - {name: add,           op: add,        from: [dw.leaky_relu, stem/conv]}\n"
        "      - {name: odd,           op: other,      type: \"Resize: x\", output: [4, 8, 8], from: [add, "
        "stem/conv]}\n");
    CHECK(network_json(read_back(network)) == network_json(network));
}

TEST_CASE("names are data, whatever they look like", "[config][spec]") {
    const std::vector<std::string> names{"true",  "No",  "1e5",   "0x1f",  "007",   "1x1",   "~",   "a b",
                                         "\"q\"", "a\\", "x: y",  "#c",    "[",     "- a",   "{a}", "é",
                                         "a, b",  "*p",  "&q",    "!t",    "%d",    "@e",    "`f`", "'g'",
                                         "null",  ".5",  "1_000", "12:30", " lead", "a.b-c", "inf", ".inf"};
    NetworkBuilder b("yes");
    LayerId at{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        b.begin_module(names[i]);
        if (i == 0) {
            at = b.add("input", Input{{2, 4, 4}}, {});
        }
        const LayerId first = b.add(names[i] + "/" + names[i], conv_op(2, 1), {at});
        const LayerId second = b.add(names[i] + "/other", conv_op(2, 1), {at});
        at = b.add(names[i] + "/sum", Add{}, {second, first});
    }
    const Network network = b.build();
    REQUIRE(b.faults().empty());
    CHECK(network_json(read_back(network)) == network_json(network));
    CHECK(read_back(network).name() == "yes");
}
