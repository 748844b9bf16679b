// The results store: runs in one SQLite file. Schema and meaning: resources/guide/results_store.md.
//
// A run is written in one transaction (WAL, synchronous=FULL): it is there completely or not at all, and once save()
// has returned, neither a killed process nor a power cut takes it away.
#pragma once

#include "app/core/logs.h"
#include "app/core/session.h"
#include "app/core/sqlite.h"
#include "app/core/traces.h"
#include "models/world/results.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::app {

enum class Subject : unsigned char { client, node };

/// The non-empty buckets of a latency histogram, ascending.
struct HistogramTable {
    struct Row {
        std::int64_t lower = 0, upper = 0;  ///< nanoseconds, lower <= latency < upper
        std::uint64_t count = 0;
    };
    Subject subject = Subject::client;
    std::string name;
    std::vector<Row> rows;
};

/// A finished run with everything that repeats it.
struct Run {
    std::int64_t id = 0;       ///< given by the store
    std::string savedAt;       ///< UTC, "2026-11-24T02:09:00Z"; given by the store
    std::string scenarioFile;  ///< where the text came from; for people
    std::string scenarioText;
    engine::Duration duration;
    std::vector<JournalEntry> journal;
    models::Results results;   ///< loaded from the store: without the histograms, which are tables below
    std::vector<HistogramTable> histograms;
    std::vector<SpanRow> spans;  ///< of the traced requests
    std::vector<LogRow> logs;    ///< of the services
};

/// The tables of a run that has just ended.
std::vector<HistogramTable> histogramsOf(const models::Results& results);

struct RunListing {
    std::int64_t id = 0;
    std::string savedAt, scenario, fingerprint, version, seed;
    double simulatedSeconds = 0;
    bool stopped = false;
};

/// For one thread at a time.
class Store {
public:
    enum class Access : unsigned char { write, read };
    /// `write` makes the file (and its folder) if need be and migrates an older schema; `read` requires the file and
    /// changes nothing. A file of a newer schema, or of another program, is refused.
    static Expected<Store> open(const std::filesystem::path& file, Access access);
    /// $XDG_DATA_HOME/tantrum/results.db, or below ~/.local/share.
    static Expected<std::filesystem::path> defaultFile();

    /// Returns the new run's id.
    Expected<std::int64_t> save(const Run& run);
    /// Newest first.
    Expected<std::vector<RunListing>> list(std::size_t atMost = 1000) const;
    /// nullopt: there is no such run.
    Expected<std::optional<Run>> load(std::int64_t id) const;
    Expected<std::optional<std::int64_t>> latest() const;
    const Database& database() const { return database_; }

private:
    explicit Store(Database database) : database_(std::move(database)) {}
    Database database_;
};

}  // namespace tantrum::app
