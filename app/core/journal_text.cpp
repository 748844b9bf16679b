#include "app/core/journal_text.h"

#include "models/scenario/document.h"
#include "models/scenario/units.h"

namespace tantrum::app {

JournalText scenarioWithJournal(const models::scenario::Scenario& scenario, const std::vector<JournalEntry>& journal)
{
    models::scenario::Document document{scenario.tree->source(), scenario.file, models::catalogue()};
    JournalText result;
    for (const auto& entry : journal) {
        // "{crash: web}" becomes "{at: 1.5s, crash: web}".
        const std::string& yaml = entry.command.yaml;
        const auto brace = yaml.find('{');
        const std::string rest = brace == std::string::npos ? yaml + "}" : yaml.substr(brace + 1);
        const std::string at = models::scenario::textOf(entry.at.sinceStart());
        if (const auto refusal = document.append("timeline", "{at: " + at + ", " + rest))
            result.refusals.push_back("could not be saved: " + yaml + ": " + refusal->message);
    }
    result.text = document.text();
    return result;
}

}  // namespace tantrum::app
