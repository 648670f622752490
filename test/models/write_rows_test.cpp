// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_rows.hpp"

#include "cleave/config/read_network.hpp"
#include "cleave/cost/layer_work.hpp"
#include "cleave/models/read_measurements.hpp"
#include "support/folder.hpp"
#include "support/networks.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

std::string rows_of(const std::vector<RowsSource>& sources) {
    FaultList faults;
    std::string text = workload_layers_csv(sources, faults);
    faults.throw_if_any();
    return text;
}

/// What a kernel's time depends on.
std::string described(const LayerWork& work) {
    const auto* conv = std::get_if<Conv>(&work.op);
    const auto* pool = std::get_if<Pool>(&work.op);
    const Window window = conv != nullptr ? conv->window : pool != nullptr ? pool->window : Window{};
    return fmt::format("{} in {} out {} MAC {} weights {} padded {}", work.op.index(), work.input_elements(),
                       work.output.elements(), work.macs(), work.weights(), window.pad_top > 0);
}

bool has_row(const Op& op) {
    return std::holds_alternative<Conv>(op) || std::holds_alternative<FullyConnected>(op) ||
           std::holds_alternative<Pool>(op) || std::holds_alternative<GlobalAveragePool>(op) ||
           std::holds_alternative<Slice>(op) || std::holds_alternative<Shuffle>(op);
}

}  // namespace

TEST_CASE("rows of a network are its layers again when they are read", "[models][rows]") {
    const Folder folder;
    for (const std::string name : {"mobilenet_v2_0.5", "shufflenet_v2_1.0", "squeezenet_1.1"}) {
        CAPTURE(name);
        const Network network = load_network(source_dir() + "/network_specs/" + name + ".yaml").network;
        const std::string layers = folder.write("layers.csv", rows_of({{"spec.yaml", &network}}));
        const std::string workloads =
            folder.write("workloads.csv", "workload,latency_ms\n" + name + "@224,5\n");
        const GpuData data = load_gpu_data({workloads, {layers}, ""}, DataUse::check);
        REQUIRE(data.workloads.size() == 1);
        std::map<std::string, double> wanted;
        std::map<std::string, double> found;
        for (std::size_t i = 0; i < network.layers().size(); ++i) {
            if (has_row(network.layers()[i].op)) {
                const LayerWork work = whole_layer(network, layer_id(i));
                wanted[described(work)] += 1;
            }
        }
        for (const WorkloadLayer& layer : data.workloads.front().layers) {
            found[described(layer.work)] += layer.count;
        }
        CHECK(found == wanted);
        // Equal layers are one row.
        CHECK(data.workloads.front().layers.size() < network.layers().size());
    }
}

TEST_CASE("rows keep strides, dilation and names", "[models][rows]") {
    Conv wide = conv_op(8, 3, 1, 1);
    wide.window.stride_w = 2;
    Conv dilated = conv_op(8, 3, 1, 2);
    dilated.window.dilation_h = dilated.window.dilation_w = 2;
    const Network network = Chain({4, 12, 12}).then("a", wide).then("b", dilated).then("c", dilated).build();
    const std::string text = rows_of({{"x.yaml", &network}});
    CHECK(text.find(",conv,12,12,4,12,6,8,3,3,1,2,1,1,1,") != std::string::npos);
    CHECK(text.find(",2,conv,12,6,8,12,6,8,3,3,1,1,2,2,1,") != std::string::npos);
    FaultList faults;
    (void)workload_layers_csv({{"x.yaml", &network}, {"y.yaml", &network}}, faults);
    REQUIRE(faults.size() == 1);
    CHECK(faults.faults().front().message.find("x.yaml") != std::string::npos);
}
