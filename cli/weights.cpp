// SPDX-License-Identifier: Apache-2.0
#include "weights.hpp"

#include "cleave/deploy/seeded.hpp"
#include "cleave/text/yaml_file.hpp"

#include <optional>
#include <utility>

namespace cleave::cli {
namespace {

void check_size(const std::string& path, const Network& network) {
    if (const auto why = too_large_to_execute(network)) {
        throw InputError(file_fault(path, *why));
    }
}

}  // namespace

Parameters make_weights(const std::string& path, const Network& network, std::uint64_t seed) {
    check_size(path, network);
    return seeded_parameters(network, seed);
}

ModelWeights load_model_weights(const std::string& path, const Network& network) {
    check_size(path, network);
    FaultList faults;
    std::optional<ModelWeights> weights = read_model_weights(path, std::nullopt, network, faults);
    faults.throw_if_any();
    return std::move(*weights);
}

}  // namespace cleave::cli
