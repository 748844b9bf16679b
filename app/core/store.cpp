#include "app/core/store.h"

#include "app/core/json_summary.h"
#include "app/core/store_schema.h"
#include "app/core/store_tables.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>

namespace tantrum::app {

namespace {

std::string nowUtc() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

// The series table is in alphabetical order; the summary keeps the scenario's.
template <class Result> void orderAs(const std::vector<Result>& results, std::vector<models::SeriesResult::Columns>& series)
{
    std::map<std::string_view, std::size_t> ranks;
    for (const auto& result : results) ranks.emplace(result.name, ranks.size());
    const auto rank = [&](const auto& columns) {
        const auto found = ranks.find(columns.name);
        return found == ranks.end() ? ranks.size() : found->second;
    };
    std::stable_sort(series.begin(), series.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

}  // namespace

std::vector<HistogramTable> histogramsOf(const models::Results& results)
{
    std::vector<HistogramTable> tables;
    const auto add = [&](Subject subject, const auto& of) {
        HistogramTable table{subject, of.name, {}};
        of.latencyHistogram.forEachBucket([&](auto lower, auto upper, auto count) {
            table.rows.push_back({static_cast<std::int64_t>(lower), static_cast<std::int64_t>(upper), static_cast<std::uint64_t>(count)});
        });
        if (!table.rows.empty()) tables.push_back(std::move(table));
    };
    for (const auto& client : results.clients) add(Subject::client, client);
    for (const auto& node : results.nodes) add(Subject::node, node);
    return tables;
}

Expected<std::filesystem::path> Store::defaultFile()
{
    // The specification has relative values ignored.
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && data[0] == '/') return std::filesystem::path{data} / "tantrum/results.db";
    if (const char* home = std::getenv("HOME"); home && home[0] != '\0') return std::filesystem::path{home} / ".local/share/tantrum/results.db";
    return Failure{"there is no home folder to keep results in", "set HOME, or give a file with --db"};
}

Expected<Store> Store::open(const std::filesystem::path& file, Access access)
{
    std::error_code error;
    const bool exists = std::filesystem::exists(file, error);
    if (access == Access::read) {
        if (!exists) return Failure{fmt::format("there are no results in {}: the file does not exist", file.string()), "save a run with: tantrum run SCENARIO --save"};
        // A store whose last writer was killed has a log to be replayed, which a read-only connection cannot do.
        auto database = Database::open(file.string(), Database::Mode::readWrite);
        if (!database) database = Database::open(file.string(), Database::Mode::readOnly);
        if (!database) return database.failure();
        auto version = checkedVersion(*database, static_cast<std::int64_t>(storeMigrations().size()));
        if (!version) return version.failure();
        return Store{std::move(*database)};
    }
    if (!exists && file.has_parent_path()) {
        std::filesystem::create_directories(file.parent_path(), error);
        if (error) return Failure{fmt::format("cannot make the folder {}: {}", file.parent_path().string(), error.message()), "use another file with --db"};
    }
    auto database = Database::open(file.string(), Database::Mode::readWriteCreate);
    if (!database) return database.failure();
    if (auto done = migrate(*database, storeMigrations()); !done) return done.failure();
    if (database->readOnly()) return Failure{fmt::format("{} cannot be written: it is read-only", file.string()), "use another file with --db"};
    // Another program that has just opened the file may keep us from switching to WAL; without it a save is as safe.
    (void)database->execute("PRAGMA journal_mode = WAL");
    if (auto done = database->execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"); !done) return done.failure();
    return Store{std::move(*database)};
}

Expected<std::vector<RunListing>> Store::list(std::size_t atMost) const
{
    auto statement = database_.prepare("SELECT id, saved_at, scenario, fingerprint, version, seed, simulated_s, stopped <> '' "
                                       "FROM runs ORDER BY id DESC LIMIT ?1");
    if (!statement) return statement.failure();
    statement->bind(1, static_cast<std::int64_t>(atMost));
    std::vector<RunListing> runs;
    while (true) {
        auto row = statement->step();
        if (!row) return row.failure();
        if (!*row) return runs;
        runs.push_back({statement->integer(0), statement->text(1), statement->text(2), statement->text(3), statement->text(4),
                        statement->text(5), statement->real(6), statement->integer(7) != 0});
    }
}

Expected<std::optional<std::int64_t>> Store::latest() const
{
    auto id = database_.integer("SELECT coalesce(max(id), 0) FROM runs");
    if (!id) return id.failure();
    return *id > 0 ? std::optional{*id} : std::nullopt;
}

Expected<std::int64_t> Store::save(const Run& run)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction) return transaction.failure();
    auto insert = database_.prepare("INSERT INTO runs (saved_at, scenario, scenario_file, scenario_text, seed, duration_ns, version, "
                                    "fingerprint, simulated_s, stopped, bucket_s, summary) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)");
    if (!insert) return insert.failure();
    const models::Results& results = run.results;
    insert->bind(1, nowUtc()).bind(2, results.scenario).bind(3, run.scenarioFile).bind(4, run.scenarioText);
    insert->bind(5, std::to_string(results.seed)).bind(6, run.duration.count()).bind(7, results.version);
    insert->bind(8, fmt::format("{:016x}", results.fingerprint)).bind(9, results.simulatedSeconds).bind(10, results.stopReason);
    insert->bind(11, results.series.bucketSeconds).bind(12, jsonSummary(results, {.series = false}));
    if (auto done = insert->run(); !done) return done.failure();
    const std::int64_t id = database_.lastInsertedId();
    // One failure ends it: SQLite may have rolled back already, and what came after would be committed on its own.
    if (auto done = saveJournal(database_, id, run.journal); !done) return done.failure();
    if (auto done = saveSeries(database_, id, results.series); !done) return done.failure();
    if (auto done = saveHistograms(database_, id, run.histograms); !done) return done.failure();
    if (auto done = saveSpans(database_, id, run.spans); !done) return done.failure();
    if (auto done = saveLogs(database_, id, run.logs); !done) return done.failure();
    if (auto done = transaction->commit(); !done) return done.failure();
    return id;
}

Expected<std::optional<Run>> Store::load(std::int64_t id) const
{
    auto statement = database_.prepare("SELECT saved_at, scenario_file, scenario_text, duration_ns, bucket_s, summary FROM runs WHERE id = ?1");
    if (!statement) return statement.failure();
    statement->bind(1, id);
    auto row = statement->step();
    if (!row) return row.failure();
    if (!*row) return std::optional<Run>{};
    auto results = resultsFromJson(statement->text(5));
    if (!results) return Failure{fmt::format("run {} in {} is damaged: {}", id, database_.file(), results.failure().message), ""};
    Run run{id, statement->text(0), statement->text(1), statement->text(2), engine::Duration::nanoseconds(statement->integer(3)), {}, std::move(*results), {}, {}, {}};
    if (const double bucket = statement->real(4); bucket > 0) run.results.series.bucketSeconds = bucket;
    (void)statement->step();
    if (auto done = loadJournal(database_, id, run.journal); !done) return done.failure();
    if (auto done = loadSeries(database_, id, run.results.series); !done) return done.failure();
    if (auto done = loadHistograms(database_, id, run.histograms); !done) return done.failure();
    if (auto done = loadSpans(database_, id, run.spans); !done) return done.failure();
    if (auto done = loadLogs(database_, id, run.logs); !done) return done.failure();
    orderAs(run.results.clients, run.results.series.clients);
    orderAs(run.results.nodes, run.results.series.nodes);
    return std::optional{std::move(run)};
}

}  // namespace tantrum::app
