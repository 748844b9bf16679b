#include "app/core/lesson.h"

#include "models/scenario/document.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <algorithm>

namespace tantrum::app {

namespace {

using Kind = LessonPart::Kind;

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

class LessonParser {
public:
    LessonReading parse(std::string_view markdown)
    {
        while (!markdown.empty()) {
            const auto end = markdown.find('\n');
            std::string_view line = markdown.substr(0, end);
            markdown.remove_prefix(end == std::string_view::npos ? markdown.size() : end + 1);
            if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
            ++line_;
            take(line);
        }
        if (!fence_.empty()) mistake(opened_, "this block is not closed: ``` is missing");
        closeBlock();
        flushProse();
        for (const LessonStep& step : reading_.lesson.steps) checkStep(step);
        if (reading_.lesson.title.empty()) mistake(1, "the lesson has no title: begin with '# Title'");
        if (reading_.lesson.steps.empty()) mistake(line_, "the lesson has no steps: begin one with '## Title'");
        return std::move(reading_);
    }

private:
    void take(std::string_view line)
    {
        if (!fence_.empty()) {
            if (trimmed(line) == "```") closeBlock();
            else if (fence_ == "prose") prose_ += std::string(line) + "\n";
            else takeBlockLine(trimmed(line));
            return;
        }
        if (line.starts_with("```")) return openBlock(trimmed(line.substr(3)), line);
        if (line.starts_with("## ")) {
            flushProse();
            reading_.lesson.steps.push_back({std::string(trimmed(line.substr(3))), {}});
        } else if (line.starts_with("# ") && reading_.lesson.title.empty()) {
            reading_.lesson.title = trimmed(line.substr(2));
        } else {
            prose_ += std::string(line) + "\n";
        }
    }

    void openBlock(std::string_view language, std::string_view line)
    {
        opened_ = line_;
        const bool ours = language == "predict" || language == "run" || language == "check";
        if (!ours || reading_.lesson.steps.empty()) {
            if (ours) mistake(line_, "a block stands before the first step");
            fence_ = "prose";
            prose_ += std::string(line) + "\n";
            return;
        }
        flushProse();
        fence_ = language;
        part_ = {};
        part_.kind = language == "predict" ? Kind::predict : language == "run" ? Kind::run : Kind::check;
        part_.line = line_;
    }

    void takeBlockLine(std::string_view line)
    {
        if (line.empty() || line.starts_with("#")) return;
        if (part_.kind == Kind::check) part_.claims.emplace_back(line);
        else if (part_.kind == Kind::run) takeRunLine(line);
        else if (line.starts_with("- ")) takeOption(line.substr(2));
        else part_.text += (part_.text.empty() ? "" : " ") + std::string(line);
    }

    void takeRunLine(std::string_view line)
    {
        const auto colon = line.find(':');
        const std::string_view key = trimmed(line.substr(0, colon));
        const std::string_view value = colon == std::string_view::npos ? "" : trimmed(line.substr(colon + 1));
        if (key == "until") part_.until = value;
        else if (key == "seed") part_.seed = value;
        else if (key == "set") {
            const auto equals = value.find('=');
            if (equals == std::string_view::npos) return mistake(line_, "'set' is written 'set: path = value'");
            part_.changes.emplace_back(trimmed(value.substr(0, equals)), trimmed(value.substr(equals + 1)));
        } else {
            mistake(line_, "a run knows until, seed and set, not '" + std::string(key) + "'");
        }
    }

    void takeOption(std::string_view line)
    {
        const auto arrow = line.find("=>");
        if (arrow == std::string_view::npos)
            return mistake(line_, "an option is written '- what one may expect => the claim that makes it right'");
        part_.options.push_back({std::string(trimmed(line.substr(0, arrow))), std::string(trimmed(line.substr(arrow + 2)))});
    }

    void closeBlock()
    {
        if (fence_ == "prose") prose_ += "```\n";
        else if (!fence_.empty()) reading_.lesson.steps.back().parts.push_back(std::move(part_));
        fence_.clear();
    }

    void flushProse()
    {
        const auto first = prose_.find_first_not_of(" \t\n");
        if (first != std::string::npos) {
            std::string text = prose_.substr(first, prose_.find_last_not_of(" \t\n") - first + 1);
            if (reading_.lesson.steps.empty()) reading_.lesson.introduction = std::move(text);
            else {
                LessonPart part;
                part.text = std::move(text);
                part.line = line_;
                reading_.lesson.steps.back().parts.push_back(std::move(part));
            }
        }
        prose_.clear();
    }

    void checkStep(const LessonStep& step)
    {
        const auto count = [&](Kind kind) {
            return std::count_if(step.parts.begin(), step.parts.end(), [&](const LessonPart& p) { return p.kind == kind; });
        };
        for (const LessonPart& part : step.parts) {
            if (part.kind != Kind::prose && count(Kind::run) != 1) {
                mistake(part.line, "a step that predicts, runs or checks has exactly one run");
                break;
            }
            if (part.kind == Kind::predict && part.options.size() < 2)
                mistake(part.line, "a prediction needs at least two options");
            if (part.kind == Kind::predict && part.text.empty()) mistake(part.line, "a prediction needs a question");
            if (part.kind == Kind::check && part.claims.empty()) mistake(part.line, "this check claims nothing");
        }
        if (count(Kind::predict) > 1) mistake(step.parts.front().line, "a step asks for one prediction at most");
    }

    void mistake(int line, std::string message) { reading_.mistakes.push_back({line, std::move(message)}); }

    LessonReading reading_;
    LessonPart part_;
    std::string prose_, fence_;
    int line_ = 0, opened_ = 0;
};

Failure refused(const models::scenario::Diagnostic& diagnostic)
{
    return {diagnostic.path.empty() ? diagnostic.message : diagnostic.path + ": " + diagnostic.message, diagnostic.hint};
}

}  // namespace

const LessonPart* LessonStep::part(Kind kind) const
{
    const auto found = std::find_if(parts.begin(), parts.end(), [&](const LessonPart& p) { return p.kind == kind; });
    return found == parts.end() ? nullptr : &*found;
}

LessonReading parseLesson(std::string_view markdown) { return LessonParser{}.parse(markdown); }

std::optional<std::size_t> LessonFindings::right() const
{
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (!options[i].passed) continue;
        if (found) return std::nullopt;
        found = i;
    }
    return found;
}

bool LessonFindings::kept() const
{
    const bool held = std::all_of(claims.begin(), claims.end(), [](const models::ExpectResult& r) { return r.passed; });
    return held && (options.empty() || right());
}

Expected<std::string> textOfStep(const LessonStep& step, const std::string& scenarioText,
                                 const models::scenario::Catalogue& catalogue)
{
    models::scenario::Document document(scenarioText, "scenario.yaml", catalogue);
    if (document.get("expect"))
        if (const auto refusal = document.remove("expect")) return refused(*refusal);
    const LessonPart* run = step.part(Kind::run);
    if (!run) return document.text();
    std::vector<std::pair<std::string, std::string>> changes = run->changes;
    if (!run->until.empty()) changes.emplace_back("duration", run->until);
    if (!run->seed.empty()) changes.emplace_back("seed", run->seed);
    for (const auto& [path, value] : changes)
        if (const auto refusal = document.set(path, value)) return refused(*refusal);
    return document.text();
}

Expected<LessonFindings> judgeStep(const LessonStep& step, const std::string& scenarioText,
                                   const std::filesystem::path& directory,
                                   const models::scenario::Catalogue& catalogue)
{
    const Expected<std::string> text = textOfStep(step, scenarioText, catalogue);
    if (!text) return text.failure();

    models::scenario::Document document(*text, "scenario.yaml", catalogue);
    std::size_t optionCount = 0;
    std::vector<std::string> claims;
    if (const LessonPart* predict = step.part(Kind::predict)) {
        optionCount = predict->options.size();
        for (const LessonOption& option : predict->options) claims.push_back(option.claim);
    }
    for (const LessonPart& part : step.parts)
        if (part.kind == Kind::check) claims.insert(claims.end(), part.claims.begin(), part.claims.end());
    for (const std::string& claim : claims)
        if (const auto refusal = document.append("expect", claim)) return refused(*refusal);

    const auto read = models::scenario::read(document.text(), "scenario.yaml", catalogue, {directory});
    if (!read.scenario) return read.diagnostics.empty() ? Failure{"the scenario cannot be read", {}} : refused(read.diagnostics.front());
    const auto world = models::World::build(*read.scenario, {});
    if (world->advanceTo(world->end()) == models::World::Progress::stopped) return Failure{world->stopReason(), {}};

    LessonFindings findings;
    findings.results = world->results();
    const auto& judged = findings.results.expect;
    const auto middle = judged.begin() + static_cast<std::ptrdiff_t>(std::min(optionCount, judged.size()));
    findings.options.assign(judged.begin(), middle);
    findings.claims.assign(middle, judged.end());
    return findings;
}

}  // namespace tantrum::app
