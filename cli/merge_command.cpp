// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/overview.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/yaml_file.hpp"
#include "commands.hpp"
#include "sweep_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>

namespace cleave::cli {
namespace {

constexpr std::size_t kLargestListing = std::size_t{1} << 30;
constexpr std::size_t kMostNames = 10;

std::string listing_file(const std::string& folder) { return folder + "/sweep.json"; }

/// Listings of all folders, which must be of one sweep. @throws InputError
std::vector<SweepListing> read_listings(const std::vector<std::string>& folders) {
    std::vector<SweepListing> listings;
    FaultList faults;
    for (const std::string& folder : folders) {
        const std::string file = listing_file(folder);
        const std::optional<std::string> text = read_file(file, std::nullopt, faults, kLargestListing);
        const std::optional<Node> document = text ? parse_json(*text, file, faults) : std::nullopt;
        std::optional<SweepListing> listing = document ? read_listing(*document, faults) : std::nullopt;
        if (!listing) {
            continue;
        }
        listings.push_back(std::move(*listing));
        const SweepListing& first = listings.front();
        const SweepListing& last = listings.back();
        if (last.sha256 != first.sha256 || last.name != first.name || last.cases != first.cases) {
            faults.add({file, 1, 1, "",
                        fmt::format("is of another sweep, or of other inputs, than {}",
                                    quote(listing_file(folders.front())))});
        }
    }
    faults.throw_if_any();
    return listings;
}

/// The folder that each case is to be taken from. @throws InputError if some are nowhere
std::vector<std::string> find_cases(const SweepListing& listing, const std::vector<std::string>& folders) {
    std::vector<std::string> found;
    std::vector<std::string> missing;
    for (const SweepListing::Entry& entry : listing.cases) {
        const auto has = std::find_if(folders.begin(), folders.end(), [&](const std::string& folder) {
            const auto stored = read_case(folder + "/cases/" + entry.name);
            return stored && stored->inputs_sha256 == entry.inputs_sha256;
        });
        found.push_back(has == folders.end() ? "" : *has + "/cases/" + entry.name);
        if (has == folders.end()) {
            missing.push_back(entry.name);
        }
    }
    if (!missing.empty()) {
        const std::size_t count = missing.size();
        missing.resize(std::min(count, kMostNames));
        throw InputError(
            Fault{listing_file(folders.front()), 1, 1, "",
                  fmt::format("{} of {} cases are not finished in any of the folders: {}{}", count,
                              listing.cases.size(), join(missing), count > kMostNames ? ", ..." : "")});
    }
    return found;
}

NamedFiles read_files(const std::string& folder) {
    std::vector<std::string> names = read_case(folder).value().files;
    names.emplace_back("case.json");
    NamedFiles files;
    FaultList faults;
    for (const std::string& name : names) {
        files.emplace_back(
            name, read_file(folder + "/" + name, std::nullopt, faults, kLargestListing).value_or(""));
    }
    faults.throw_if_any();
    return files;
}

}  // namespace

int run_merge(const MergeOptions& options, const Session& session) {
    SweepListing listing = read_listings(options.folders).front();
    const std::vector<std::string> sources = find_cases(listing, options.folders);
    listing.shard = {};

    const FolderLock lock(options.output);
    const CaseStore store(options.output);
    store.put_files({{"sweep.json", sweep_json(listing)}});
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (!finished_case(store, listing.cases[i])) {
            store.put(listing.cases[i].name, read_files(sources[i]));
        }
    }
    const std::vector<CaseRecord> records = write_overview(options.output, store, listing);
    print_overview(records, session);
    if (!session.quiet) {
        std::fputs(fmt::format("merged {} case{} of {} folder{} into {}\n", records.size(),
                               records.size() == 1 ? "" : "s", options.folders.size(),
                               options.folders.size() == 1 ? "" : "s", options.output)
                       .c_str(),
                   stderr);
    }
    return exit_status(records);
}

}  // namespace cleave::cli
