// The results store keeps what people waited for. It must survive kills, and files that are damaged, hostile, newer,
// locked or full, with words instead of crashes.
#include "app/core/json_summary.h"
#include "app/core/store.h"
#include "app/core/store_schema.h"
#include "tests/app/core/old_store.h"
#include "tests/app/core/sample_run.h"
#include "tests/app/core/temporary_folder.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <csignal>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace tantrum::app {
namespace {

using testing::contentOf;
using testing::sampleRun;
using testing::TemporaryFolder;
using testing::writeContent;

/// The first value of the first row, as another program would read it, without our precautions.
std::string asked(const std::filesystem::path& file, const std::string& sql)
{
    std::string answer;
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    const auto keep = [](void* into, int, char** values, char**) { return *static_cast<std::string*>(into) = values[0] ? values[0] : "", 0; };
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), keep, &answer, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    sqlite3_close(handle);
    return answer;
}

/// Opens everything there is to open and reads everything there is to read.
void readAll(const std::filesystem::path& file)
{
    for (const auto access : {Store::Access::read, Store::Access::write}) {
        auto store = Store::open(file, access);
        if (!store) {
            EXPECT_FALSE(store.failure().message.empty());
            continue;
        }
        const auto runs = store->list();
        for (std::int64_t id = 0; id < 4; ++id) (void)!store->load(id);
        (void)!store->latest();
        (void)!runs;
    }
}

TEST(Store, ARunComesBackAsItWasSaved)
{
    const TemporaryFolder folder;
    const app::Run saved = sampleRun();
    auto store = Store::open(folder / "new/folder/results.db", Store::Access::write);
    ASSERT_TRUE(store) << store.failure().message;
    const auto id = store->save(saved);
    ASSERT_TRUE(id) << id.failure().message;
    EXPECT_EQ(*id, 1);
    const auto loaded = store->load(*id);
    ASSERT_TRUE(loaded && *loaded);
    const app::Run& run = **loaded;
    EXPECT_EQ(run.scenarioText, saved.scenarioText);
    EXPECT_EQ(run.scenarioFile, saved.scenarioFile);
    EXPECT_EQ(run.duration, saved.duration);
    ASSERT_EQ(run.journal.size(), 2u);
    EXPECT_EQ(run.journal[0].at, saved.journal[0].at);
    EXPECT_EQ(run.journal[1].command.yaml, saved.journal[1].command.yaml);
    EXPECT_EQ(jsonSummary(run.results), jsonSummary(saved.results));
    ASSERT_EQ(run.histograms.size(), 1u);
    EXPECT_EQ(run.histograms[0].rows.size(), saved.histograms[0].rows.size());
    EXPECT_EQ(run.histograms[0].rows[5].count, saved.histograms[0].rows[5].count);
    EXPECT_EQ(logLines(run.logs), logLines(saved.logs));
    ASSERT_EQ(run.logs.size(), 2u);
    EXPECT_EQ(run.logs[0].trace, saved.logs[0].trace);
    EXPECT_EQ(run.logs[1].suppressed, 17);
    EXPECT_EQ(run.savedAt.size(), std::string{"2026-11-24T02:09:00Z"}.size());
}

TEST(Store, ListsRunsNewestFirstAndFindsThemByNumber)
{
    const TemporaryFolder folder;
    auto store = Store::open(folder / "r.db", Store::Access::write);
    ASSERT_TRUE(store);
    EXPECT_EQ(*store->latest(), std::nullopt);
    for (int count = 0; count < 3; ++count) ASSERT_TRUE(store->save(sampleRun()));
    const auto runs = store->list();
    ASSERT_TRUE(runs);
    ASSERT_EQ(runs->size(), 3u);
    EXPECT_EQ(runs->front().id, 3);
    EXPECT_EQ(runs->front().fingerprint, "00fe12ab00cd34ef");
    EXPECT_EQ(runs->front().seed, "18446744073709551615");
    EXPECT_EQ(**store->latest(), 3);
    EXPECT_EQ(*store->load(99) == std::nullopt, true);
}

// The promise of design.md §5: a killed process loses nothing that was committed. A child saves run after run, telling
// each number once save() has returned, and is killed at a random moment, between two saves or inside one.
TEST(Store, AKilledProcessLosesNothingThatWasCommitted)
{
    const TemporaryFolder folder;
    const auto file = folder / "killed.db";
    std::mt19937 luck{20261124};
    std::int64_t promised = 0;
    for (int round = 0; round < 12; ++round) {
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            auto store = Store::open(file, Store::Access::write);
            while (store) {
                const auto id = store->save(sampleRun());
                if (!id || ::write(pipe[1], &*id, sizeof *id) != sizeof *id) break;
            }
            ::_exit(1);
        }
        ::close(pipe[1]);
        // Every other round surely comes to a save, however slow the machine; the others hit the opening as well.
        if (std::int64_t id = 0; round % 2 == 1 && ::read(pipe[0], &id, sizeof id) == sizeof id) promised = std::max(promised, id);
        ::usleep(static_cast<useconds_t>(3000 + luck() % 60'000));
        ::kill(child, SIGKILL);
        for (std::int64_t id = 0; ::read(pipe[0], &id, sizeof id) == sizeof id;) promised = std::max(promised, id);
        ::close(pipe[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: a save failed";

        if (promised == 0) continue;
        auto store = Store::open(file, Store::Access::read);
        ASSERT_TRUE(store) << store.failure().message;
        auto check = store->database().prepare("PRAGMA integrity_check");
        ASSERT_TRUE(check && *check->step());
        EXPECT_EQ(check->text(0), "ok");
        const auto runs = store->list(1'000'000);
        ASSERT_TRUE(runs);
        EXPECT_GE(static_cast<std::int64_t>(runs->size()), promised);
        EXPECT_EQ(runs->front().id, static_cast<std::int64_t>(runs->size())) << "a number is missing";
        const auto last = store->load(runs->front().id);
        ASSERT_TRUE(last && *last);
        EXPECT_EQ(jsonSummary((*last)->results), jsonSummary(sampleRun().results)) << "a run is there in part";
    }
    EXPECT_GT(promised, 0);
}

TEST(Store, AnOlderSchemaIsMigratedInOneStepAndANewerOneRefused)
{
    const TemporaryFolder folder;
    const std::string_view steps[] = {"CREATE TABLE a (x);", "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2);", "broken sql"};
    const auto file = (folder / "m.db").string();
    {
        auto database = Database::open(file, Database::Mode::readWriteCreate);
        ASSERT_TRUE(database);
        ASSERT_TRUE(migrate(*database, std::span{steps}.first(1)));
        ASSERT_TRUE(database->execute("INSERT INTO a VALUES (7)"));
    }
    auto database = Database::open(file, Database::Mode::readWrite);
    ASSERT_TRUE(database);
    ASSERT_TRUE(migrate(*database, std::span{steps}.first(2)));
    ASSERT_TRUE(migrate(*database, std::span{steps}.first(2))) << "once is enough";
    EXPECT_EQ(*database->integer("SELECT count(*) FROM a"), 2);
    EXPECT_EQ(*database->integer("PRAGMA user_version"), 2);
    EXPECT_FALSE(migrate(*database, steps)) << "a step that fails";
    EXPECT_EQ(*database->integer("PRAGMA user_version"), 2) << "leaves the file as it was";
    const auto refused = migrate(*database, std::span{steps}.first(1));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.failure().message.find("newer Tantrum"), std::string::npos);
}

// What people saved with the first schema stays readable, and is brought up to date by the next save.
TEST(Store, AFileOfTheFirstSchemaOpensAndKeepsItsRuns)
{
    const TemporaryFolder folder;
    const auto file = folder / "first.db";
    testing::writeOldStore(file, 1);
    {
        auto store = Store::open(file, Store::Access::read);
        ASSERT_TRUE(store) << store.failure().message;
        const auto old = store->load(1);
        ASSERT_TRUE(old && *old);
        EXPECT_EQ((*old)->results.clients.at(0).latency.p50, 0.5);
        EXPECT_FALSE((*old)->results.clients.at(0).latency.meanInterval.known());
        EXPECT_EQ(*store->database().integer("PRAGMA user_version"), 1);
    }
    auto store = Store::open(file, Store::Access::write);
    ASSERT_TRUE(store) << store.failure().message;
    EXPECT_EQ(*store->database().integer("PRAGMA user_version"), static_cast<std::int64_t>(storeMigrations().size()));
    ASSERT_TRUE(store->save(sampleRun()));
    EXPECT_EQ(store->list()->size(), 2u);
    EXPECT_EQ(asked(file, "SELECT count(*) FROM intervals WHERE run = 1"), "0");
    EXPECT_EQ(asked(file, "SELECT count(*) FROM intervals WHERE run = 2"), "18");
}

TEST(Store, IntervalsAreThereForAnyoneWhoReadsTheFile)
{
    const TemporaryFolder folder;
    auto store = Store::open(folder / "i.db", Store::Access::write);
    ASSERT_TRUE(store && store->save(sampleRun()));
    const std::string of = "FROM intervals WHERE run = 1 AND subject = 'client' AND name = 'shoppers' AND metric = ";
    EXPECT_EQ(asked(folder / "i.db", "SELECT value_s || ' ' || low_s || ' ' || high_s || ' ' || coalesce(needs, 'enough') " + of + "'mean'"), "0.011 0.0108 0.0112 enough");
    EXPECT_EQ(asked(folder / "i.db", "SELECT coalesce(value_s, low_s, high_s, 'refused') || ' ' || needs " + of + "'p999'"), "refused 3688");
    EXPECT_EQ(asked(folder / "i.db", "SELECT count(*) FROM intervals WHERE subject = 'node'"), "12");
    ASSERT_TRUE(store->database().execute("UPDATE runs SET summary = 'no JSON' WHERE id = 1"));
    EXPECT_EQ(asked(folder / "i.db", "SELECT count(*) FROM intervals"), "0") << "one damaged run does not hide the others";
}

TEST(Store, AFileOfAnotherProgramIsLeftAlone)
{
    const TemporaryFolder folder;
    const auto foreign = folder / "foreign.db";
    {
        auto database = Database::open(foreign.string(), Database::Mode::readWriteCreate);
        ASSERT_TRUE(database->execute("CREATE TABLE bookmarks (url); INSERT INTO bookmarks VALUES ('x')"));
    }
    const std::string before = contentOf(foreign);
    for (const auto access : {Store::Access::write, Store::Access::read}) {
        const auto store = Store::open(foreign, access);
        ASSERT_FALSE(store);
        EXPECT_NE(store.failure().message.find("another program"), std::string::npos);
    }
    EXPECT_EQ(contentOf(foreign), before);
    writeContent(folder / "text.db", std::string(5000, 'x'));
    const auto text = Store::open(folder / "text.db", Store::Access::write);
    ASSERT_FALSE(text);
    EXPECT_NE(text.failure().message.find("not a database"), std::string::npos);
    EXPECT_EQ(contentOf(folder / "text.db"), std::string(5000, 'x'));
}

TEST(Store, WhatTheEnvironmentRefusesIsSaidInWords)
{
    const TemporaryFolder folder;
    EXPECT_FALSE(Store::open(folder / "absent.db", Store::Access::read));
    EXPECT_FALSE(Store::open(folder.path(), Store::Access::write));
    EXPECT_FALSE(Store::open("/proc/no/such/folder/r.db", Store::Access::write));
    writeContent(folder / "file", "");
    EXPECT_FALSE(Store::open(folder / "file/r.db", Store::Access::write));
}

TEST(Store, ALockedFileIsWaitedForAndThenSaidToBeLocked)
{
    const TemporaryFolder folder;
    auto store = Store::open(folder / "l.db", Store::Access::write);
    auto other = Database::open((folder / "l.db").string(), Database::Mode::readWrite);
    ASSERT_TRUE(store && other);
    ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
    store->database().waitForLocks(50);
    const auto refused = store->save(sampleRun());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.failure().message.find("locked"), std::string::npos);
    ASSERT_TRUE(other->execute("COMMIT"));
    EXPECT_TRUE(store->save(sampleRun()));
}

TEST(Store, ADiskThatIsFullLosesTheRunAtHandAndNothingElse)
{
    const TemporaryFolder folder;
    auto store = Store::open(folder / "f.db", Store::Access::write);
    ASSERT_TRUE(store && store->save(sampleRun()));
    const auto pages = store->database().integer("PRAGMA page_count");
    ASSERT_TRUE(store->database().execute("PRAGMA max_page_count = " + std::to_string(*pages + 1)));
    const auto refused = store->save(sampleRun());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.failure().message.find("full"), std::string::npos);
    EXPECT_EQ(store->list()->size(), 1u);
    EXPECT_EQ(*store->database().integer("SELECT count(*) FROM series WHERE run <> 1"), 0);
    ASSERT_TRUE(store->database().execute("PRAGMA max_page_count = 100000"));
    EXPECT_TRUE(store->save(sampleRun()));
}

// A database can be valid and still lie: other types, other objects under our names, absurd numbers.
TEST(Store, TablesFullOfNonsenseAreReadWithoutACrash)
{
    const char* mischief[] = {
        "UPDATE runs SET summary = x'00FF', seed = 3.5, duration_ns = 'long', bucket_s = -1e308",
        "UPDATE runs SET summary = '{\"clients\":' || hex(zeroblob(100000))",
        "UPDATE runs SET summary = NULL, scenario_text = zeroblob(1000000)",
        "PRAGMA ignore_check_constraints = 1; UPDATE series SET subject = NULL, p99_s = 'x', bucket = -9223372036854775808",
        "UPDATE histograms SET count = -9223372036854775808, lower_ns = 9223372036854775807, upper_ns = NULL",
        "DROP TABLE series",
        "DROP TABLE runs; CREATE VIEW runs AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n",
        "CREATE TRIGGER boom AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
        "DROP TABLE journal; CREATE TABLE journal (run, position, at_ns AS (zeroblob(2000000000)), entry)",
        "PRAGMA user_version = -1", "PRAGMA user_version = 2147483647", "PRAGMA application_id = 1"};
    for (const char* sql : mischief) {
        const TemporaryFolder folder;
        {
            auto store = Store::open(folder / "h.db", Store::Access::write);
            ASSERT_TRUE(store && store->save(sampleRun()));
        }
        {
            // As another program would do it, without our precautions.
            auto database = Database::open((folder / "h.db").string(), Database::Mode::readWrite);
            (void)!database->execute(sql);
        }
        SCOPED_TRACE(sql);
        readAll(folder / "h.db");
    }
}

TEST(Store, RandomlyDamagedFilesAreReadWithoutACrash)
{
    const TemporaryFolder folder;
    {
        auto store = Store::open(folder / "d.db", Store::Access::write);
        ASSERT_TRUE(store && store->save(sampleRun()));
        ASSERT_TRUE(store->database().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    const std::string sound = contentOf(folder / "d.db");
    std::mt19937 luck{7};
    for (int round = 0; round < 150; ++round) {
        std::string damaged = sound;
        for (int count = 0; count < 1 + round % 20; ++count) damaged[luck() % damaged.size()] = static_cast<char>(luck());
        if (round % 5 == 0) damaged.resize(luck() % damaged.size());
        const auto file = folder / ("d" + std::to_string(round) + ".db");
        writeContent(file, damaged);
        readAll(file);
    }
}

TEST(Store, LivesWhereTheDesktopSpecificationSays)
{
    const char* before = std::getenv("XDG_DATA_HOME");
    const std::string kept = before ? before : "";
    ::setenv("XDG_DATA_HOME", "/data", 1);
    EXPECT_EQ(Store::defaultFile()->string(), "/data/tantrum/results.db");
    ::setenv("XDG_DATA_HOME", "relative/is/ignored", 1);
    ::setenv("HOME", "/home/x", 1);
    EXPECT_EQ(Store::defaultFile()->string(), "/home/x/.local/share/tantrum/results.db");
    if (before) ::setenv("XDG_DATA_HOME", kept.c_str(), 1);
    else ::unsetenv("XDG_DATA_HOME");
}

}  // namespace
}  // namespace tantrum::app
