// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/cost/csd_logic.hpp"
#include "cleave/cost/resources.hpp"
#include "cleave/units/names.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What a module of a circuit does. `gather` and `deal` convert beats of a stream to wider and to narrower
/// ones.
enum class ModuleKind { conv, max_pool, average_pool, mean, relu, add, concat, slice, shuffle, gather, deal };
[[nodiscard]] constexpr auto names_of(ModuleKind) {
    using enum ModuleKind;
    return std::to_array<Named<ModuleKind>>({{conv, "conv"},
                                             {max_pool, "max_pool"},
                                             {average_pool, "average_pool"},
                                             {mean, "mean"},
                                             {relu, "relu"},
                                             {add, "add"},
                                             {concat, "concat"},
                                             {slice, "slice"},
                                             {shuffle, "shuffle"},
                                             {gather, "gather"},
                                             {deal, "deal"}});
}
static_assert(all_named<ModuleKind>());

/// A layer's module as it was synthesised.
struct SynthesisedModule {
    std::string name;
    /// Rows of one shape are held out together.
    std::string shape;
    ModuleKind kind = ModuleKind::conv;
    LayerWork work;
    /// PE and SIMD; of a converter bytes out and bytes in. None: mapped directly.
    std::optional<Fold> fold;
    /// Of a convolution's own weights.
    CsdLogic logic;
    /// ALM of tables, registers, ALM of memory, and how many ALM all of these are.
    double tables = 0;
    double registers = 0;
    double memory_alm = 0;
    double alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;
};

struct SynthesisData {
    std::vector<DataFile> files;
    std::vector<SynthesisedModule> modules;
};

}  // namespace cleave
