#include "tests/scenarios/support/files.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/document.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace tantrum::scenarios {

using namespace models;
namespace fs = std::filesystem;

std::vector<fs::path> filesIn(const std::string& folder)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TANTRUM_SOURCE_DIR) / "scenarios" / folder))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::string contentOf(const fs::path& file)
{
    std::ifstream stream(file);
    EXPECT_TRUE(stream) << file << " cannot be read";
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::optional<scenario::Scenario> read(const Changed& changed)
{
    scenario::Document document(contentOf(changed.file), changed.file.string(), catalogue());
    for (const auto& [path, value] : changed.settings)
        if (const auto refusal = document.set(path, value)) ADD_FAILURE() << changed.file << ": " << path << "=" << value << ": " << refusal->message;
    if (!changed.expectations.empty()) document.remove("expect");
    for (const std::string& expectation : changed.expectations)
        if (const auto refusal = document.append("expect", expectation)) ADD_FAILURE() << expectation << ": " << refusal->message;
    auto result = scenario::read(document.text(), changed.file.string(), catalogue(), {changed.file.parent_path()});
    EXPECT_TRUE(result.diagnostics.empty()) << scenario::render(result.diagnostics, document.text());
    return std::move(result.scenario);
}

Results run(const scenario::Scenario& scenario, std::optional<std::uint64_t> seed, double mostSeconds)
{
    WorldOptions options;
    options.seed = seed;
    options.duration = std::min(scenario.duration, engine::Duration::fromSeconds(mostSeconds));
    const auto world = World::build(scenario, options);
    world->advanceTo(world->end());
    EXPECT_EQ(world->unaccounted(), 0) << scenario.file;
    EXPECT_EQ(world->stopReason(), "") << scenario.file;
    return world->results();
}

void expectItsClaims(const Changed& changed, std::optional<std::uint64_t> seed)
{
    const auto scenario = read(changed);
    if (!scenario) return;
    for (const ExpectResult& claim : run(*scenario, seed).expect)
        EXPECT_TRUE(claim.passed) << changed.file << ": " << claim.text << ", but it is " << claim.value << " " << claim.remark;
}

std::vector<std::vector<std::pair<std::string, std::string>>> commandsIn(const std::string& about)
{
    std::vector<std::vector<std::pair<std::string, std::string>>> commands;
    for (std::size_t open = about.find('`'); open != std::string::npos;) {
        const std::size_t close = about.find('`', open + 1);
        if (close == std::string::npos) break;
        const std::string quoted = about.substr(open + 1, close - open - 1);
        open = about.find('`', close + 1);
        std::vector<std::pair<std::string, std::string>> settings;
        for (std::size_t at = quoted.find("--set"); at != std::string::npos; at = quoted.find("--set", at + 1)) {
            std::size_t from = at + 6, to = quoted.find(' ', from);
            if (quoted[from] == '"') to = quoted.find('"', ++from);
            const std::string setting = quoted.substr(from, to == std::string::npos ? to : to - from);
            const std::size_t equals = setting.find('=');
            settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
        }
        if (!settings.empty()) commands.push_back(std::move(settings));
    }
    return commands;
}

bool sanitized()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

}  // namespace tantrum::scenarios
