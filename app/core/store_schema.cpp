#include "app/core/store_schema.h"

#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

namespace tantrum::app {

namespace {

constexpr std::string_view versionOne = R"sql(
CREATE TABLE runs (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  saved_at      TEXT NOT NULL,
  scenario      TEXT NOT NULL,
  scenario_file TEXT NOT NULL,
  scenario_text TEXT NOT NULL,
  seed          TEXT NOT NULL,
  duration_ns   INTEGER NOT NULL,
  version       TEXT NOT NULL,
  fingerprint   TEXT NOT NULL,
  simulated_s   REAL NOT NULL,
  stopped       TEXT NOT NULL,
  bucket_s      REAL NOT NULL,
  summary       TEXT NOT NULL
);
CREATE TABLE journal (
  run      INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  at_ns    INTEGER NOT NULL,
  entry    TEXT NOT NULL,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE TABLE series (
  run            INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  subject        TEXT NOT NULL CHECK (subject IN ('client', 'node')),
  name           TEXT NOT NULL,
  bucket         INTEGER NOT NULL,
  rate_per_s     REAL,
  goodput_per_s  REAL,
  error_rate     REAL,
  attempts_per_s REAL,
  mean_s         REAL,
  p50_s          REAL,
  p95_s          REAL,
  p99_s          REAL,
  p999_s         REAL,
  queue_mean     REAL,
  queue_max      REAL,
  utilization    REAL,
  PRIMARY KEY (run, subject, name, bucket)
) WITHOUT ROWID;
CREATE TABLE histograms (
  run      INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  subject  TEXT NOT NULL CHECK (subject IN ('client', 'node')),
  name     TEXT NOT NULL,
  lower_ns INTEGER NOT NULL,
  upper_ns INTEGER NOT NULL,
  count    INTEGER NOT NULL,
  PRIMARY KEY (run, subject, name, lower_ns)
) WITHOUT ROWID;
)sql";

// A view, because the intervals stand in the summary already; runs of earlier versions have none.
constexpr std::string_view versionTwo = R"sql(
CREATE VIEW intervals AS
  WITH sound AS (SELECT id, CASE WHEN json_valid(summary) THEN summary ELSE '{}' END AS summary FROM runs),
  subjects AS (
    SELECT sound.id AS id, 'client' AS subject, each.key AS name, each.value AS content FROM sound, json_each(sound.summary, '$.clients') AS each
    UNION ALL
    SELECT sound.id, 'node', each.key, each.value FROM sound, json_each(sound.summary, '$.nodes') AS each)
  SELECT subjects.id AS run, subjects.subject AS subject, subjects.name AS name, metric.key AS metric,
         subjects.content ->> ('$.latency_s.' || metric.key) AS value_s,
         metric.value ->> 0 AS low_s, metric.value ->> 1 AS high_s,
         subjects.content ->> ('$.latency_s.too_few.' || metric.key) AS needs
  FROM subjects, json_each(subjects.content, '$.latency_s.interval95') AS metric;
)sql";

constexpr std::string_view versionThree = R"sql(
CREATE TABLE spans (
  run       INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  trace_id  TEXT NOT NULL,
  span_id   TEXT NOT NULL,
  parent_id TEXT,
  kind      TEXT NOT NULL CHECK (kind IN ('request', 'attempt', 'stay')),
  place     TEXT NOT NULL,
  attempt   INTEGER NOT NULL,
  start_ns  INTEGER NOT NULL,
  end_ns    INTEGER,
  outcome   TEXT,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
)sql";

constexpr std::string_view versionFour = R"sql(
ALTER TABLE spans ADD COLUMN operation TEXT;
ALTER TABLE spans ADD COLUMN waited_ns INTEGER;
CREATE TABLE span_notes (
  run      INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  at_ns    INTEGER NOT NULL,
  note     TEXT NOT NULL,
  link     TEXT NOT NULL,
  value_ns INTEGER,
  PRIMARY KEY (run, position, number)
) WITHOUT ROWID;
)sql";

constexpr std::string_view versionFive = R"sql(
CREATE TABLE logs (
  run        INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  at_ns      INTEGER NOT NULL,
  level      TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
  node       TEXT NOT NULL,
  message    TEXT NOT NULL,
  fields     TEXT NOT NULL,
  trace_id   TEXT,
  span_id    TEXT,
  suppressed INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
)sql";

constexpr std::string_view migrations[] = {versionOne, versionTwo, versionThree, versionFour, versionFive};

Failure notOurs(const Database& database)
{
    return {fmt::format("{} is a database of another program", models::scenario::shown(database.file())), "give another file with --db"};
}

}  // namespace

std::span<const std::string_view> storeMigrations() { return migrations; }

Expected<std::int64_t> checkedVersion(const Database& database, std::int64_t newest)
{
    auto application = database.integer("PRAGMA application_id");
    if (!application) return application.failure();
    auto version = database.integer("PRAGMA user_version");
    if (!version) return version.failure();
    if (*application != storeApplicationId || *version < 1) return notOurs(database);
    if (*version > newest)
        return Failure{fmt::format("{} was written by a newer Tantrum (schema {}, this one knows {})", models::scenario::shown(database.file()),
                                   *version, newest),
                       "update Tantrum, or use another file with --db"};
    return version;
}

Expected<void> migrate(const Database& database, std::span<const std::string_view> steps)
{
    const auto newest = static_cast<std::int64_t>(steps.size());
    // Asked before the write lock is taken, so that a store in use by others opens without waiting.
    if (auto version = database.integer("PRAGMA user_version"); version && *version == newest) {
        auto checked = checkedVersion(database, newest);
        return checked ? Expected<void>{} : checked.failure();
    }
    auto transaction = Transaction::begin(database);
    if (!transaction) return transaction.failure();
    auto objects = database.integer("SELECT count(*) FROM sqlite_schema");
    if (!objects) return objects.failure();
    std::int64_t version = 0;
    if (*objects > 0) {
        auto checked = checkedVersion(database, newest);
        if (!checked) return checked.failure();
        version = *checked;
    }
    for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step)
        if (auto done = database.execute(std::string{steps[step]}); !done) return done;
    const std::string marks = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", storeApplicationId, newest);
    if (auto done = database.execute(marks); !done) return done;
    return transaction->commit();
}

}  // namespace tantrum::app
