#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/core/bundled.h"
#include "app/core/lesson.h"
#include "app/core/text_summary.h"
#include "app/core/text_table.h"
#include "models/scenario/diagnostics.h"
#include "models/scenario/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace tantrum::app {

namespace {

using models::scenario::Diagnostics;
using models::scenario::readTextFile;
using models::scenario::shown;

struct LessonArguments {
    std::string name;
    bool check = false;
};

std::optional<std::string> textOf(const std::filesystem::path& file)
{
    Diagnostics diagnostics{file.string()};
    auto text = readTextFile(file.string(), diagnostics);
    for (const auto& diagnostic : diagnostics.sorted()) say(models::scenario::render(diagnostic));
    return text;
}

ExitCode listLessons()
{
    TextTable table{{{"Lessons", TextTable::Align::left}, {"", TextTable::Align::left}}};
    for (const auto& lesson : bundledLessons()) table.add({"  " + shown(lesson.name, 100), shown(lesson.title, 200)});
    if (table.empty()) return fail({"no lessons are installed", "set TANTRUM_SCENARIOS to the folder that has them"}, ExitCode::environment);
    return print(table.render());
}

/// A line for each option and claim; false: one of them is not as the lesson says.
bool reportStep(const LessonStep& step, const LessonFindings& findings, std::string& report)
{
    report += fmt::format("\n{}\n", shown(step.title, 200));
    const auto* predict = step.part(LessonPart::Kind::predict);
    for (std::size_t index = 0; predict && index < std::min(findings.options.size(), predict->options.size()); ++index)
        report += fmt::format("  {} {}: {}\n", findings.options[index].passed ? "→" : " ", shown(predict->options[index].text, 200),
                              shown(findings.options[index].text, 200));
    for (const auto& claim : findings.claims) report += "  " + expectLine(claim) + "\n";
    if (predict && !findings.right()) report += "  ✗ not exactly one option of the prediction holds\n";
    return findings.kept();
}

ExitCode checkLesson(const std::filesystem::path& directory, const Lesson& lesson)
{
    const auto scenario = textOf(directory / "scenario.yaml");
    if (!scenario) return ExitCode::usersMistake;
    std::string report = shown(lesson.title, 200) + "\n";
    bool kept = true;
    for (const auto& step : lesson.steps) {
        if (!step.part(LessonPart::Kind::run)) continue;
        const auto findings = judgeStep(step, *scenario, directory, models::catalogue());
        if (!findings) return fail({fmt::format("{}: {}", shown(step.title, 200), findings.failure().message), findings.failure().hint}, ExitCode::usersMistake);
        kept = reportStep(step, *findings, report) && kept;
    }
    const ExitCode printed = print(report);
    if (printed != ExitCode::fine) return printed;
    return kept ? ExitCode::fine : ExitCode::expectationFailed;
}

ExitCode lessonCommand(const LessonArguments& arguments)
{
    if (arguments.name.empty()) return listLessons();
    const auto directory = findLesson(arguments.name);
    if (!directory) return fail(directory.failure(), ExitCode::usersMistake);
    const auto file = *directory / "lesson.md";
    const auto text = textOf(file);
    if (!text) return ExitCode::usersMistake;
    if (!arguments.check) return print(*text);
    const auto reading = parseLesson(*text);
    for (const auto& mistake : reading.mistakes) say(fmt::format("{}:{}: {}", file.string(), mistake.line, mistake.message));
    return reading.mistakes.empty() ? checkLesson(*directory, reading.lesson) : ExitCode::usersMistake;
}

}  // namespace

void addLesson(CLI::App& root, Chosen& chosen)
{
    auto arguments = std::make_shared<LessonArguments>();
    CLI::App* command = root.add_subcommand("lesson", "Print a lesson, or run it and check what it claims");
    command->add_option("name", arguments->name, "Which lesson; without it they are listed")->type_name(argument::lesson);
    command->add_flag("--check", arguments->check, "Run the lesson's steps and judge every claim; 1 if one fails");
    command->footer("Examples:\n  tantrum lesson\n  tantrum lesson retry-storm\n  tantrum lesson retry-storm --check");
    command->callback([arguments, &chosen] { chosen = [arguments] { return lessonCommand(*arguments); }; });
}

}  // namespace tantrum::app
