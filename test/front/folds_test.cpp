// SPDX-License-Identifier: Apache-2.0
// Mappings with hardware to choose, written and read again.
#include "cleave/config/read_mapping.hpp"
#include "cleave/front/read_front.hpp"
#include "cleave/front/write_front.hpp"
#include "cleave/search/explore.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using namespace cleave;
using namespace cleave::testing;

namespace {

ExploreRequest small_request(Form form) {
    PlatformOptions options;
    options.form = form;
    options.kernel_overhead = 400;
    Network network = Chain({2, 6, 6}, "m0")
                          .then("a", conv_op(2, 3, 1, 1))
                          .then("relu", Activation{})
                          .then("again", Activation{})
                          .then("b", conv_op(4, 1))
                          .then("c", conv_op(2, 1))
                          .build();
    return {std::move(network), make_platform(options), {}, {}, {}};
}

RunContext some_context() {
    const std::string hash(64, 'a');
    RunContext context;
    context.config_sha256 = context.network_sha256 = hash;
    context.inputs = {hash, hash, hash, hash, hash};
    return context;
}

}  // namespace

TEST_CASE("mappings of fronts with folds are read as they were written", "[front][folds]") {
    for (const Form form : {Form::csd, Form::folded, Form::folded_beside_csd}) {
        const ExploreRequest request = small_request(form);
        const UnitGraph units(request.network);
        const Fpga& fpga = request.platform.fpga;
        const ExploreResult result = explore(request);
        FaultList faults;
        const auto document = parse_json(front_json(request, some_context(), result, judge(request, result)),
                                         "front.json", faults);
        const auto front = read_front(document.value(), faults);
        REQUIRE(front);
        REQUIRE(front->points.size() == result.front.size());
        std::size_t choices = 0;
        for (std::size_t i = 0; i < result.front.size(); ++i) {
            const Mapping& mapping = result.front[i].mapping;
            choices += mapping.hardware.size();
            CHECK(mapping_of(front->points[i], units, fpga) == mapping);
            const auto file =
                parse_yaml(mapping_yaml(request.network, fpga, mapping, "a point"), "p.yaml", faults);
            const auto again =
                read_mapping(file.value(), request.network, implementation_choices(fpga), faults);
            REQUIRE(again);
            CHECK(again->mapping == mapping);
        }
        CHECK(faults.empty());
        CHECK((choices > 0) == (form != Form::csd));
    }
}

TEST_CASE("a layer says what it is on the FPGA, and the head of a unit how it is folded", "[front][folds]") {
    const ExploreRequest request = small_request(Form::folded);
    const UnitGraph units(request.network);
    const StateSpace states(units);
    const Costing costing(units, request.platform);
    const LayerId a = find_layer(request.network, "a");
    const Mapping mapping{{{a}}, {}, {{a, {0, Fold{2, 1, Multipliers::dsp, true}}}}};
    const std::string text =
        score_json(costing, mapping, evaluate(costing, states, mapping), evaluate(costing, states, {}));
    const auto count = [&](const std::string& what) {
        std::size_t n = 0;
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
            ++n;
        }
        return n;
    };
    CHECK(count(R"("implementation": "folded")") == 3);
    CHECK(count(R"("fold")") == 1);
    CHECK(count(R"("pe": 2)") == 1);
    CHECK(count(R"("columns": true)") == 1);
}
