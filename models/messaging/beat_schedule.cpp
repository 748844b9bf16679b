#include "models/messaging/beat_schedule.h"

#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/yaml_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::models::messaging {

using engine::Duration, engine::Instant;

namespace {

constexpr std::chrono::sys_days firstDay = std::chrono::year(2024) / 1 / 1;
constexpr std::int64_t nanosecondsPerMinute = 60'000'000'000, minutesPerDay = 1440, daysLookedAt = 50 * 366;

struct Field {
    std::string_view name;
    int least, most;
};
constexpr std::array fields{Field{"minute", 0, 59}, Field{"hour", 0, 23}, Field{"day of the month", 1, 31}, Field{"month", 1, 12}, Field{"day of the week", 0, 6}};
constexpr std::array<std::string_view, 7> weekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<int> numberIn(std::string_view text, const Field& field)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number >= field.least && number <= field.most ? std::optional(number) : std::nullopt;
    const auto day = std::find(weekdays.begin(), weekdays.end(), text.substr(0, 3));
    if (field.most != 6 || day == weekdays.end() || text.size() < 3) return std::nullopt;
    return static_cast<int>(day - weekdays.begin());
}

// One of a list: `*`, `5`, `9-17`, `*/15`, `9-17/2`. False: it is none of them.
bool addPart(std::string_view part, const Field& field, std::bitset<64>& into)
{
    const std::size_t slash = part.find('/');
    int step = 1;
    if (slash != std::string_view::npos) {
        const std::string_view text = part.substr(slash + 1);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
        if (error != std::errc() || end != text.data() + text.size() || step < 1 || step > 60) return false;
        part = part.substr(0, slash);
    }
    std::optional<int> from = field.least, to = field.most;
    if (part != "*") {
        const std::size_t dash = part.find('-');
        if (dash == std::string_view::npos && step != 1) return false;  // Celery takes no step after a single number
        from = numberIn(part.substr(0, dash), field);
        to = dash == std::string_view::npos ? from : numberIn(part.substr(dash + 1), field);
        if (!from || !to) return false;
    }
    const int numbers = field.most - field.least + 1, length = (*to - *from + numbers) % numbers;
    for (int offset = 0; offset <= length; offset += step) into.set(static_cast<std::size_t>(field.least + (*from - field.least + offset) % numbers));
    return true;
}

}  // namespace

scenario::Parsed<Crontab> Crontab::parse(std::string_view text)
{
    Crontab made;
    std::vector<std::string_view> given = split(text, ' ');
    std::erase(given, std::string_view());
    const char* example = "crontab(0 4 * * mon-fri): minute, hour, day of the month, month, day of the week";
    if (given.size() != fields.size()) return {fmt::format("a crontab has 5 fields, not {}", given.size()), std::string(example)};
    std::array sets{&made.minutes_, &made.hours_, &made.days_, &made.months_, &made.weekdays_};
    for (std::size_t index = 0; index < fields.size(); ++index)
        for (const std::string_view part : split(given[index], ','))
            if (!addPart(part, fields[index], *sets[index]))
                return {fmt::format("'{}' is no {}", given[index], fields[index].name), fmt::format("{} to {}, as in {}", fields[index].least, fields[index].most, example)};
    made.text_ = fmt::format("{}", fmt::join(given, " "));
    if (made.after(Instant(), Duration()) == Instant::never()) return {fmt::format("there is never such a day: '{}'", made.text_), std::string(example)};
    return made;
}

bool Crontab::fits(std::int64_t day) const
{
    const std::chrono::sys_days date = firstDay + std::chrono::days(day);
    const std::chrono::year_month_day calendar = date;
    return months_[static_cast<unsigned>(calendar.month())] && days_[static_cast<unsigned>(calendar.day())] && weekdays_[std::chrono::weekday(date).c_encoding()];
}

Instant Crontab::after(Instant last, Duration clock) const
{
    const std::int64_t begins = clock.count();
    std::int64_t minute = (last.count() + begins) / nanosecondsPerMinute + 1;
    const std::int64_t firstDayAsked = minute / minutesPerDay;
    for (std::int64_t day = firstDayAsked; day < firstDayAsked + daysLookedAt; ++day) {
        if (!fits(day)) continue;
        for (std::int64_t of = day == firstDayAsked ? minute % minutesPerDay : 0; of < minutesPerDay; ++of)
            if (hours_[static_cast<std::size_t>(of / 60)] && minutes_[static_cast<std::size_t>(of % 60)])
                return Instant::at(Duration::nanoseconds((day * minutesPerDay + of) * nanosecondsPerMinute - begins));
    }
    return Instant::never();
}

}  // namespace tantrum::models::messaging

namespace tantrum::models::scenario {

using messaging::BeatEntry, messaging::BeatSchedule, messaging::Crontab;

namespace {

constexpr std::string_view function = "crontab(";
constexpr const char* hint = "an interval, 30s, or crontab(*/5 * * * *)";

bool readEntry(const Node& node, BeatEntry& entry, Reading& reading)
{
    const std::string_view text = node.text();
    if (node.isScalar() && text.starts_with(function) && text.ends_with(')')) {
        auto crontab = Crontab::parse(text.substr(function.size(), text.size() - function.size() - 1));
        if (!crontab) return reading.error(node, crontab.message, crontab.hint), false;
        entry.crontab = *crontab;
        return true;
    }
    if (!node.isScalar() || text.starts_with("crontab")) return reading.error(node, "this is no schedule", hint), false;
    entry.every = ValueType<engine::Duration>::read(node, reading, {.least = engine::Duration::milliseconds(1)});
    return entry.every.has_value();
}

std::string textOf(const BeatEntry& entry)
{
    return fmt::format("{}: {}", entry.name, entry.every ? ValueType<engine::Duration>::write(*entry.every) : yamlScalar(fmt::format("crontab({})", entry.crontab.text()), true));
}

}  // namespace

std::optional<BeatSchedule> ValueType<BeatSchedule>::read(const Node& node, Reading& reading, const Rules<BeatSchedule>&)
{
    constexpr std::size_t most = 1000;
    if (!isMappingFor(node, reading, "'schedule'")) return std::nullopt;
    if (node.size() == 0 || node.size() > most) return reading.error(node, fmt::format("a schedule has 1 to {} entries, not {}", most, node.size()), "schedule: {report: 30s}"), std::nullopt;
    BeatSchedule schedule;
    bool good = true;
    for (std::size_t index = 0; index < node.size(); ++index) {
        const auto inside = reading.inside(node.key(index).text());
        BeatEntry entry;
        const auto name = parseName(node.key(index).text());
        if (name)
            entry.name = *name;
        else
            reading.error(node.key(index), name.message, name.hint), good = false;
        good = readEntry(node.value(index), entry, reading) && good;
        schedule.entries.push_back(std::move(entry));
    }
    return good ? std::optional(std::move(schedule)) : std::nullopt;
}

std::string ValueType<BeatSchedule>::write(const BeatSchedule& schedule)
{
    std::vector<std::string> texts;
    for (const BeatEntry& entry : schedule.entries) texts.push_back(textOf(entry));
    return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

void ValueType<BeatSchedule>::schema(nlohmann::json& out, const Rules<BeatSchedule>&)
{
    out = {{"type", "object"}, {"propertyNames", {{"pattern", "^[A-Za-z][A-Za-z0-9_-]{0,63}$"}}}, {"additionalProperties", {{"type", nlohmann::json::array({"string", "number"})}}}};
}

}  // namespace tantrum::models::scenario
