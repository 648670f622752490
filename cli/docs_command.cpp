// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/output_folder.hpp"
#include "cleave/text/version.hpp"
#include "commands.hpp"
#include "completion.hpp"
#include "man_page.hpp"

namespace cleave::cli {

int run_docs(const DocsOptions& options, const Session&) {
    const CommandHelp root = describe_commands();
    OutputFolder folder(options.output);
    switch (options.kind) {
        case DocsOptions::Kind::man:
            for (auto& [name, text] : man_pages(root, version())) {
                folder.add("man1/" + name, text);
            }
            // Pages of commands that are no more.
            folder.replace_all("man1", "cleave", ".1");
            break;
        case DocsOptions::Kind::bash: folder.add("cleave", bash_completion(root)); break;
        case DocsOptions::Kind::zsh: folder.add("_cleave", zsh_completion(root)); break;
    }
    folder.commit();
    return kDone;
}

}  // namespace cleave::cli
