// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/synthesis_fit.hpp"

#include "cleave/models/read_model.hpp"
#include "cleave/models/read_synthesis.hpp"
#include "cleave/models/write_synthesis.hpp"
#include "cleave/text/fault.hpp"
#include "support/folder.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kShippedModel = source_dir() + "/cost_models/cyclone10gx_10cx220.yaml";
const std::string kShippedData = source_dir() + "/cost_models/data/fpga_synthesis.csv";

const Implementation& implementation_of(const FpgaModel& model, const std::string& name) {
    for (const Implementation& implementation : model.implementations) {
        if (implementation.name == name) {
            return implementation;
        }
    }
    throw std::logic_error("the model has no " + name);
}

std::string list_faults(const std::string& csv) {
    const Folder folder;
    try {
        (void)load_synthesis(folder.write("modules.csv", csv));
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("the models of circuits that ship come from the synthesis that ships", "[calibrate][synthesis]") {
    const SynthesisData data = load_synthesis(kShippedData);
    const FpgaModel model = load_fpga_model(kShippedModel).model;
    // Bars for shapes held out: mean error of ALM, blocks of memory within one in so many layers, DSP exact.
    struct Bar {
        const char* name;
        double alm;
        std::size_t least_convolutions;
    };
    for (const Bar& bar : {Bar{"folded", 0.05, 150}, Bar{"dhm-csd", 0.03, 130}}) {
        CAPTURE(bar.name);
        const SynthesisFit fit = fit_synthesis(data, implementation_of(model, bar.name));
        CHECK(fit.held_out_convolutions.size() >= bar.least_convolutions);
        CHECK(summarize(fit.held_out_convolutions).mape < bar.alm);
        CHECK(fit.dsp.equal == fit.dsp.rows);
        CHECK(fit.m20k.within_one * 100 >= fit.m20k.rows * 95);
        CHECK(calibrated_synthesis_yaml(kShippedModel, {}, fit) == read_text(kShippedModel));
    }
    CHECK_THROWS_AS(fit_synthesis(data, implementation_of(model, "dhm-2021")), std::invalid_argument);
    CHECK(is_generated(implementation_of(model, "folded")));
    CHECK(!is_generated(implementation_of(model, "dhm-2021")));
}

TEST_CASE("a fit finds the figures that modules were made with", "[calibrate][synthesis]") {
    const FpgaModel model = load_fpga_model(kShippedModel).model;
    const Implementation& csd = implementation_of(model, "dhm-csd");
    SynthesisData data = load_synthesis(kShippedData);
    DhmCsd form = std::get<DhmCsd>(csd.form);
    form.tables.per_term = 7.5;
    form.registers.per_adder = 9.25;
    for (SynthesisedModule& m : data.modules) {
        if (!m.fold) {
            if (const auto parts = form.parts(m.work, csd, m.logic)) {
                m.tables = parts->tables;
                m.registers = parts->registers;
                m.alm = parts->all() + m.memory_alm;
            }
        }
    }
    const SynthesisFit fit = fit_synthesis(data, csd);
    const auto& found = std::get<DhmCsd>(fit.implementation.form);
    CHECK(found.tables.per_term == Approx(7.5).epsilon(1e-4));
    CHECK(found.registers.per_adder == Approx(9.25).epsilon(1e-3));
    CHECK(summarize(fit.held_out_convolutions).mape < 1e-3);
    data.modules.resize(20);
    CHECK_THROWS_WITH(fit_synthesis(data, implementation_of(model, "folded")),
                      Catch::Contains("too few to fit implementation folded"));
}

TEST_CASE("lists of synthesised modules are checked", "[calibrate][synthesis]") {
    const std::string header =
        "op,form,kernel,stride,pad,channels,height,width,filters,groups,pe,simd,multipliers,columns,sigma,"
        "zeros,"
        "seed,terms,adders,products,used_filters,tables_alm,ff,memory_alm,alm,dsp,m20k\n";
    const std::string row = "conv,folded,3,1,1,8,7,7,8,1,2,4,dsp,0,24,0,1,1,1,1,8,100,200,0,100,4,2\n";
    CHECK(list_faults(header + row).empty());
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = row;
        changed.replace(changed.find(from), from.size(), to);
        return list_faults(header + changed);
    };
    CHECK_THAT(with("conv", "cnov"), Catch::Contains("unknown module 'cnov'"));
    CHECK_THAT(with("folded", "fold"), Catch::Contains("unknown form 'fold' (folded, csd)"));
    CHECK_THAT(with("dsp", "dps"), Catch::Contains("unknown multipliers 'dps'"));
    CHECK_THAT(with("8,1,2,4", "8,3,2,4"),
               Catch::Contains("3 does not divide 8 input and 8 output channels"));
    CHECK_THAT(with("3,1,1,8,7,7", "9,1,0,8,7,7"), Catch::Contains("does not fit a 7x7 input"));
    CHECK_THAT(with(",4,2\n", ",4.5,2\n"), Catch::Contains("is no whole number"));
}
