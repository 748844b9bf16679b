// Shell completion scripts, made from the CLI11 tree alone.
#pragma once

#include <CLI/App.hpp>

#include <string>
#include <vector>

namespace tantrum::app {

/// What completes an argument: fixed words, and lists the program prints itself when asked.
struct CompletionValues {
    std::vector<std::string> words;
    std::string listing;  ///< arguments of `tantrum` whose output has the words, one a line; may be empty
    bool files = false;
};

struct CompletionOption {
    std::vector<std::string> names;  ///< with their dashes
    std::string description;
    bool takesValue = false;
    CompletionValues values;
};

struct CompletionCommand {
    std::string name, description;
    std::vector<CompletionOption> options;
    CompletionValues argument;  ///< of the positional ones, taken together
};

std::vector<CompletionCommand> completionTree(const CLI::App& root);
/// The root's own options.
std::vector<CompletionOption> completionOptions(const CLI::App& app);

std::string bashCompletion(const CLI::App& root);
std::string zshCompletion(const CLI::App& root);
std::string fishCompletion(const CLI::App& root);

}  // namespace tantrum::app
