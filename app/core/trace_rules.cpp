#include "app/core/trace_rules.h"

#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

#include <array>
#include <string>

namespace tantrum::app {

namespace {

using namespace models::scenario;
using models::TailSampling;

using Rule = Parsed<bool>;  // its value means nothing

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(' ');
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

Rule readDuration(std::string_view rule, std::string_view text, engine::Duration least, engine::Duration& into)
{
    const auto read = parseDuration(trimmed(text));
    if (!read) return {fmt::format("{}: {}", inQuotes(rule), read.message), read.hint};
    if (*read < least) return {fmt::format("{}: at least {}", inQuotes(rule), textOf(least)), ""};
    into = *read;
    return true;
}

Rule readRule(std::string_view rule, TailSampling& tail)
{
    const auto split = rule.find_first_of("=>");
    const std::string_view word = trimmed(rule.substr(0, split));
    const std::string_view value = split == std::string_view::npos ? std::string_view() : rule.substr(split + 1);
    const char sign = split == std::string_view::npos ? ' ' : rule[split];
    constexpr auto nanosecond = engine::Duration::nanoseconds(1);
    if (sign == ' ' && word == "errors") return tail.errors = true;
    if (sign == ' ' && word == "span_errors") return tail.spanErrors = true;
    if (sign == '>' && word == "slow") return readDuration(rule, value, engine::Duration(), tail.slowerThan.emplace());
    if (sign == '=' && word == "wait") return readDuration(rule, value, nanosecond, tail.wait);
    if (sign == '=' && word == "after_root") return readDuration(rule, value, engine::Duration(), tail.afterRoot.emplace());
    if (sign == '=' && word == "held") {
        const auto count = parseCount(trimmed(value));
        if (!count) return {fmt::format("{}: {}", inQuotes(rule), count.message), count.hint};
        if (*count < 1 || *count > static_cast<std::int64_t>(TailSampling::mostHeld))
            return {fmt::format("{}: from 1 to {} traces", inQuotes(rule), TailSampling::mostHeld), ""};
        tail.held = static_cast<std::size_t>(*count);
        return true;
    }
    if (const auto share = parseProbability(rule)) {
        tail.share = (*share).share();
        return true;
    }
    static constexpr std::array<std::string_view, 6> words{"errors", "span_errors", "slow", "wait", "after_root", "held"};
    const std::string near(nearest(word, words));
    return {fmt::format("{} is no rule for traces", inQuotes(rule)),
            fmt::format("{}rules are errors, span_errors, slow>500ms, a share (10% or 0.1), and wait=30s, after_root=1s, held=50000",
                        near.empty() || near == word ? "" : fmt::format("did you mean '{}'? ", near))};
}

}  // namespace

Parsed<TraceRules> parseTraceRules(std::string_view text)
{
    TraceRules rules;
    const bool alone = text.find(',') == std::string_view::npos;
    const bool number = text.find_first_of("0123456789") == 0 || text.find_first_of("-.+") == 0;
    if (alone && number) {
        const auto share = parseProbability(text);
        if (!share) return {share.message, share.hint};
        if ((*share).share() <= 0) return {"0 traces nothing", "leave it out, or give a share such as 1%"};
        rules.share = (*share).share();
        return rules;
    }
    TailSampling& tail = rules.tail.emplace();
    tail.text = text;
    for (std::string_view rest = text;;) {
        const auto comma = rest.find(',');
        const std::string_view rule = trimmed(rest.substr(0, comma));
        if (rule.empty()) return {"a rule is missing between two commas", "e.g. slow>500ms,errors,5%"};
        if (const auto read = readRule(rule, tail); !read) return {read.message, read.hint};
        if (comma == std::string_view::npos) break;
        rest = rest.substr(comma + 1);
    }
    if (!tail.errors && !tail.spanErrors && !tail.slowerThan && tail.share <= 0)
        return {"these rules choose no trace", "add errors, slow>500ms or a share such as 5%"};
    return rules;
}

}  // namespace tantrum::app
