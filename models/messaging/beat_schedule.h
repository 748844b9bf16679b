// When periodic tasks are due: every so often, or by a crontab as Celery understands it. Read from scenarios as a
// mapping: `{report: 30s, nightly: crontab(0 4 * * *)}`.
#pragma once

#include "models/scenario/values.h"

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::messaging {

/// Minute, hour, day of the month, month, day of the week (Sunday is 0), all of which have to fit: unlike cron(8), for which
/// one of the two days is enough.
class Crontab {
public:
    /// Five fields: `*`, a number, a range `9-17` that may wrap around, both with a step `/2`, and lists of these.
    static scenario::Parsed<Crontab> parse(std::string_view text);
    /// The first moment that fits after `last`. never(): there is none within fifty years. The run begins on Monday,
    /// 1 January 2024, at `clock` past midnight.
    engine::Instant after(engine::Instant last, engine::Duration clock) const;
    const std::string& text() const { return text_; }

private:
    bool fits(std::int64_t day) const;
    std::string text_;
    std::bitset<64> minutes_, hours_, days_, months_, weekdays_;
};

struct BeatEntry {
    std::string name;
    std::optional<engine::Duration> every;
    Crontab crontab;  ///< without `every`
    /// When it is due again, having been sent last at that moment.
    engine::Instant after(engine::Instant last, engine::Duration clock) const { return every ? last + *every : crontab.after(last, clock); }
};

struct BeatSchedule {
    std::vector<BeatEntry> entries;
};

}  // namespace tantrum::models::messaging

namespace tantrum::models::scenario {

template <> struct ValueType<messaging::BeatSchedule> {
    using Bound = std::monostate;
    static std::string kind() { return "schedule"; }
    static std::optional<messaging::BeatSchedule> read(const Node&, Reading&, const Rules<messaging::BeatSchedule>&);
    static std::string write(const messaging::BeatSchedule&);
    static void schema(nlohmann::json&, const Rules<messaging::BeatSchedule>&);
};

}  // namespace tantrum::models::scenario
