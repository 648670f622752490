// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/run_cases.hpp"

#include "cleave/front/result_files.hpp"
#include "cleave/front/unmet.hpp"
#include "cleave/search/explore.hpp"
#include "cleave/text/version.hpp"
#include "cleave/units/exact.hpp"
#include "cleave/units/parallel.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

namespace fs = std::filesystem;

ExploreConfig load(const SweepInput& input, std::size_t index) {
    const SweepCase& one = input.sweep.cases[index];
    return load_explore_config(one.base, {input.data_dirs, input.overrides, {}, one.settings});
}

/// The faults without the folders of files, so that results do not depend on where the sweep lies.
std::vector<Fault> without_folders(std::vector<Fault> faults, const SweepInput& input) {
    const std::string folder = fs::path(input.file).parent_path().string() + "/";
    for (Fault& fault : faults) {
        fault.file = fs::path(fault.file).filename().string();
        for (std::size_t at = fault.message.find(folder); folder.size() > 1 && at != std::string::npos;
             at = fault.message.find(folder, at)) {
            fault.message.erase(at, folder.size());
        }
    }
    return faults;
}

/// What the files of a case say is wrong: in one line.
std::string joined(const std::vector<std::string>& messages) {
    return fmt::format("{}", fmt::join(messages, "; "));
}

std::string joined(const std::vector<Fault>& faults) {
    std::vector<std::string> messages;
    std::transform(faults.begin(), faults.end(), std::back_inserter(messages), format_fault);
    return joined(messages);
}

/// Hash of a case and of all that its results depend on.
std::string inputs_hash(const SweepCase& one, const std::string& rest) {
    std::string all = "cleave " + version() + "\n";
    for (const SweepParameter& p : one.parameters) {
        all += fmt::format("{}:{}{}:{}\n", p.key.size(), p.key, p.value.size(), p.value);
    }
    return sha256(all + rest);
}

std::string inputs_hash(const SweepCase& one, const RunContext& context) {
    const InputHashes& hashes = context.inputs;
    return inputs_hash(one, fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", context.config_sha256, hashes.config,
                                        hashes.network, hashes.gpu, hashes.fpga, hashes.link,
                                        hashes.logic.empty() ? "" : hashes.logic + "\n"));
}

CasePoint point_of(const Fpga& fpga, const Score& score) {
    const Resources real = fpga.occupied(score.demand);
    return {to_si(score.latency).value(),
            to_si(score.energy).value(),
            real.alm,
            real.dsp,
            real.m20k,
            score.link_bytes};
}

CaseProblem problem_of(const ExploreRequest& request, const ExploreResult& result) {
    const LinkModel& link = request.platform.link;
    return {request.network.name(), std::min(link.to_fpga.bandwidth, link.to_gpu.bandwidth).value(),
            to_si(result.baseline.score.latency).value(), to_si(result.baseline.score.energy).value()};
}

CaseFront front_of(const ExploreRequest& request, const ExploreResult& result) {
    const Fpga& fpga = request.platform.fpga;
    const auto at = [&](std::size_t i) { return point_of(fpga, result.front[i].score); };
    return {result.design_points, result.front.size(), at(0),
            at(knee(result, request.space.third, request.min_gain)), at(least_energy(result.front))};
}

CaseStatus status_of(const ExploreResult& result) {
    switch (result.completeness) {
        case Completeness::exact: return result.unmet.empty() ? CaseStatus::exact : CaseStatus::infeasible;
        case Completeness::epsilon: return CaseStatus::epsilon;
        case Completeness::stopped: return CaseStatus::stopped;
    }
    return CaseStatus::failure;
}

/// A problem as solved, or why it was not.
struct Outcome {
    std::optional<ExploreResult> result;
    CaseStatus status = CaseStatus::failure;
    std::string error;
};

Outcome solve(ExploreConfig config, unsigned threads, const std::function<bool()>& should_stop) {
    config.request.limits.threads = threads;
    try {
        Outcome outcome{explore(config.request, should_stop), CaseStatus::failure, ""};
        outcome.status = status_of(*outcome.result);
        if (!outcome.result->unmet.empty()) {
            outcome.status = CaseStatus::infeasible;
            outcome.error = joined(unmet_messages(config.request, *outcome.result));
        } else if (outcome.result->front.empty()) {
            outcome.error = "stopped before a point that meets the constraints was found";
        }
        return outcome;
    } catch (const OutOfProportion& error) {
        return {{}, CaseStatus::bad_input, error.what()};
    } catch (const std::exception& error) {
        return {{}, CaseStatus::failure, error.what()};
    }
}

/// The files of a finished case.
NamedFiles files_of(const SweepCase& one, const PreparedCase& prepared, const ExploreConfig* config,
                    const Outcome& outcome) {
    CaseRecord record{one.name, one.parameters, outcome.status, outcome.error, {}, {}};
    NamedFiles files;
    if (config != nullptr && outcome.result) {
        record.problem = problem_of(config->request, *outcome.result);
        files = result_files(*config, *outcome.result);
        if (!outcome.result->front.empty()) {
            record.front = front_of(config->request, *outcome.result);
            files.emplace_back("front.json", front_json(config->request, context_of(*config), *outcome.result,
                                                        judge(config->request, *outcome.result)));
        }
    }
    if (!record.error.empty()) {
        files.emplace_back("error.txt", record.error + "\n");
    }
    files.emplace_back("case.json", case_json(record, prepared.inputs_sha256, files));
    return files;
}

/// Runs cases that are the same problem: one exploration, a result for each case. What goes wrong in it
/// becomes the result.
/// @throws std::runtime_error if an input is not what it was when it was prepared, and what `stored` throws
/// @param members  indices of the cases
/// @param stored  takes the files of one case, the mark of a finished one among them
void run_cases(const SweepInput& input, const std::vector<PreparedCase>& prepared,
               const std::vector<std::size_t>& members, unsigned threads,
               const std::function<bool()>& should_stop,
               const std::function<void(std::size_t, const NamedFiles&)>& stored) {
    const std::size_t first = members.front();
    if (!prepared[first].faults.empty()) {
        for (const std::size_t i : members) {
            stored(i, files_of(input.sweep.cases[i], prepared[i], nullptr,
                               {{}, CaseStatus::bad_input, joined(prepared[i].faults)}));
        }
        return;
    }
    const Outcome outcome = solve(load(input, first), threads, should_stop);
    for (const std::size_t i : members) {
        if (should_stop()) {
            return;
        }
        const ExploreConfig config = load(input, i);
        if (inputs_hash(input.sweep.cases[i], context_of(config)) != prepared[i].inputs_sha256) {
            throw std::runtime_error("a file that the sweep reads was changed while it ran; run it again");
        }
        stored(i, files_of(input.sweep.cases[i], prepared[i], &config, outcome));
    }
}

}  // namespace

std::vector<PreparedCase> prepare_cases(const SweepInput& input, unsigned threads,
                                        std::atomic<std::uint64_t>& done) {
    const std::size_t count = input.sweep.cases.size();
    std::vector<PreparedCase> prepared(count);
    std::vector<std::vector<Fault>> faults(count);
    parallel_for(count, threads, [&](std::size_t i) {
        PreparedCase& one = prepared[i];
        try {
            const ExploreConfig config = load(input, i);
            const RunContext context = context_of(config);
            one.problem_key = problem_key(config.request, context);
            one.inputs_sha256 = inputs_hash(input.sweep.cases[i], context);
        } catch (const InputError& error) {
            faults[i] = error.faults();
            one.faults = without_folders(error.faults(), input);
            one.inputs_sha256 = inputs_hash(input.sweep.cases[i], joined(one.faults));
        }
        ++done;
    });
    if (std::all_of(faults.begin(), faults.end(), [](const auto& list) { return !list.empty(); })) {
        FaultList all;
        for (const std::vector<Fault>& list : faults) {
            for (const Fault& fault : list) {
                all.add(fault);
            }
        }
        all.throw_if_any();
    }
    return prepared;
}

SweepListing listing_of(const SweepFile& sweep, const std::vector<PreparedCase>& prepared,
                        const Shard& shard) {
    SweepListing listing{sweep.name, sweep.sha256, {}, shard};
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        listing.cases.push_back({sweep.cases[i].name, sweep.cases[i].parameters, prepared[i].inputs_sha256});
    }
    return listing;
}

std::vector<std::vector<std::size_t>> pending_groups(const SweepListing& listing,
                                                     const std::vector<PreparedCase>& prepared,
                                                     const CaseStore& store) {
    std::vector<std::vector<std::size_t>> groups;
    std::map<std::string, std::size_t> by_problem;
    for (std::size_t i = 0; i < listing.cases.size(); ++i) {
        if (!listing.shard.has(i)) {
            continue;
        }
        const std::optional<StoredCase> stored = finished_case(store, listing.cases[i]);
        // A failure may have come from the machine, such as too little memory.
        if (stored && stored->record.status != CaseStatus::failure) {
            continue;
        }
        const std::string& key = prepared[i].problem_key;
        const auto [found, fresh] = by_problem.emplace(key, groups.size());
        if (fresh || key.empty()) {
            groups.emplace_back();
            found->second = groups.size() - 1;
        }
        groups[found->second].push_back(i);
    }
    return groups;
}

void run_groups(const SweepInput& input, const std::vector<PreparedCase>& prepared,
                const std::vector<std::vector<std::size_t>>& groups, unsigned jobs, const CaseStore& store,
                const std::function<bool()>& should_stop, std::atomic<std::uint64_t>& finished) {
    const unsigned threads =
        groups.empty()
            ? 1
            : std::max(1U, static_cast<unsigned>(jobs / std::min<std::size_t>(groups.size(), jobs)));
    std::atomic<bool> failed{false};
    const auto stop = [&] { return failed || should_stop(); };
    parallel_for(groups.size(), jobs, [&](std::size_t g) {
        if (stop()) {
            return;
        }
        try {
            run_cases(input, prepared, groups[g], threads, stop, [&](std::size_t i, const NamedFiles& files) {
                store.put(input.sweep.cases[i].name, files);
                ++finished;
            });
        } catch (...) {
            failed = true;
            throw;
        }
    });
}

}  // namespace cleave
