#include "app/core/traces.h"

#include "app/core/store.h"
#include "app/core/store_schema.h"
#include "tests/app/core/old_store.h"
#include "tests/app/core/sample_run.h"
#include "tests/app/core/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tantrum::app {
namespace {

using testing::sampleRun;
using testing::TemporaryFolder;

// A request with one attempt, still under way at the end, and one that was answered.
models::Results traced()
{
    models::Results results;
    results.seed = 3;
    results.traces.rate = 1;
    results.traces.sampled = 2;
    results.traces.nodes = {"users", "web"};
    results.traces.links = {"users -> web"};
    results.traces.callees = {1};
    results.traces.operations = {{}, {"look", "buy"}};
    results.traces.recorded = 3;
    results.traces.traces.resize(2);
    results.traces.traces[0].request = 1;
    results.traces.traces[1].request = 2;
    const auto at = [](std::int64_t nanoseconds) { return engine::Instant::at(engine::Duration::nanoseconds(nanoseconds)); };
    models::Span span;
    span.begun = at(10);
    results.traces.spans.push_back(span);  // of the first request
    span.trace = 1;
    span.begun = at(20), span.ended = at(30), span.open = false, span.outcome = models::Outcome::rejected;
    results.traces.spans.push_back(span);  // of the second
    span.trace = 0;
    span.parent = 0;
    span.number = 1;
    span.kind = models::SpanKind::attempt;
    span.attempt = 1;
    span.ended = at(40), span.outcome = models::Outcome::circuitOpen;
    span.operation = 1;
    span.waited = engine::Duration::nanoseconds(7);
    results.traces.spans.push_back(span);
    models::Note note;
    note.at = at(40);
    note.kind = models::NoteKind::timeout;
    note.value = engine::Duration::nanoseconds(25);
    results.traces.notes.push_back(note);
    note.kind = models::NoteKind::circuitOpen;
    note.value = engine::Duration();
    results.traces.notes.push_back(note);
    note.span = 1;
    results.traces.notes.push_back(note);
    return results;
}

TEST(TraceRows, StandTraceByTraceWithTheirParents)
{
    const auto rows = spansOf(traced());
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].trace, rows[1].trace);
    EXPECT_NE(rows[0].trace, rows[2].trace);
    EXPECT_EQ(rows[1].parent, rows[0].span);
    EXPECT_EQ(rows[0].parent, "");
    EXPECT_EQ(rows[0].ended, std::nullopt);
    EXPECT_EQ(rows[0].outcome, "");
    EXPECT_EQ(rows[1].place, "users -> web");
    EXPECT_EQ(rows[1].attempt, 1);
    EXPECT_EQ(rows[1].outcome, "circuit_open");
    EXPECT_EQ(rows[2].place, "users");
    EXPECT_EQ(rows[2].begun, 20);
    EXPECT_EQ(rows[2].ended, 30);
    EXPECT_EQ(rows[1].operation, "buy");
    EXPECT_EQ(rows[1].waited, 7);
    EXPECT_EQ(rows[0].operation, "");
    ASSERT_EQ(rows[0].notes.size(), 2u);
    EXPECT_TRUE(rows[1].notes.empty());
    ASSERT_EQ(rows[2].notes.size(), 1u) << "the second trace's, although it was recorded second";
    EXPECT_EQ(rows[0].notes[0].note, "timeout");
    EXPECT_EQ(rows[0].notes[0].value, 25);
    EXPECT_EQ(rows[0].notes[1].note, "circuit_open");
    EXPECT_EQ(rows[0].notes[1].link, "users -> web");
}

TEST(TraceRows, AreWrittenAsCsvAndJson)
{
    const auto rows = spansOf(traced());
    const std::string csv = spansCsv(rows);
    EXPECT_EQ(csv.substr(0, csv.find("\r\n")), "trace_id,span_id,parent_id,kind,place,attempt,start_ns,end_ns,outcome,operation,waited_ns,notes");
    EXPECT_NE(csv.find(rows[0].trace + "," + rows[0].span + ",,request,users,0,10,,,,0,timeout at 40ns of 25ns; circuit_open at 40ns\r\n"), std::string::npos) << csv;
    EXPECT_NE(csv.find(rows[2].span + ",,request,users,0,20,30,rejected,,0,circuit_open at 40ns\r\n"), std::string::npos) << csv;

    const auto json = nlohmann::json::parse(spansJson(rows));
    ASSERT_EQ(json["traces"].size(), 2u);
    EXPECT_EQ(json["traces"][0]["spans"].size(), 2u);
    EXPECT_TRUE(json["traces"][0]["spans"][0]["parent_id"].is_null());
    EXPECT_TRUE(json["traces"][0]["spans"][0]["end_ns"].is_null());
    EXPECT_EQ(json["traces"][0]["spans"][1]["parent_id"], rows[0].span);
    EXPECT_EQ(json["traces"][1]["spans"][0]["outcome"], "rejected");
    EXPECT_EQ(json["traces"][0]["spans"][1]["operation"], "buy");
    EXPECT_EQ(json["traces"][0]["spans"][1]["waited_ns"], 7);
    EXPECT_EQ(json["traces"][0]["spans"][0]["notes"][0]["note"], "timeout");
    EXPECT_EQ(json["traces"][0]["spans"][0]["notes"][0]["value_ns"], 25);
}

TEST(TraceRows, ComeBackFromTheStoreAsTheyWereSaved)
{
    const TemporaryFolder folder;
    auto store = Store::open(folder / "results.db", Store::Access::write);
    ASSERT_TRUE(store);
    app::Run run = sampleRun();
    ASSERT_TRUE(store->save(run)) << "another run's traces stay apart";
    run.results.traces = traced().traces;
    run.spans = spansOf(traced());
    ASSERT_TRUE(store->save(run));
    EXPECT_TRUE((**store->load(1)).spans.empty());
    const auto loaded = store->load(2);
    ASSERT_TRUE(loaded && *loaded);
    EXPECT_EQ(spansJson((*loaded)->spans), spansJson(run.spans));
    EXPECT_EQ((*loaded)->results.traces.recorded, 3u);
    EXPECT_EQ((*loaded)->results.traces.rate, 1);
    EXPECT_EQ((*loaded)->results.traces.sampled, 2u);
}

TEST(TraceRows, AreMissingInAFileFromBeforeThereWereTraces)
{
    const TemporaryFolder folder;
    const auto file = folder / "old.db";
    testing::writeOldStore(file, 2);
    const auto old = Store::open(file, Store::Access::read);
    ASSERT_TRUE(old);
    const auto loaded = old->load(1);
    ASSERT_TRUE(loaded && *loaded);
    EXPECT_TRUE((*loaded)->spans.empty());

    auto store = Store::open(file, Store::Access::write);
    ASSERT_TRUE(store);
    EXPECT_EQ(*store->database().integer("PRAGMA user_version"), static_cast<std::int64_t>(storeMigrations().size()));
    app::Run run = sampleRun();
    run.spans = spansOf(traced());
    EXPECT_TRUE(store->save(run));
}

TEST(TraceRows, OfASchemaWithoutNotesAreReadAndKeptWhenTheFileIsMigrated)
{
    const TemporaryFolder folder;
    const auto file = folder / "third.db";
    {
        auto database = Database::open(file.string(), Database::Mode::readWriteCreate);
        ASSERT_TRUE(database && migrate(*database, storeMigrations().first(3)));
        ASSERT_TRUE(database->execute("INSERT INTO runs VALUES (1, '2026-01-01T00:00:00Z', 'Old', 'old.yaml', 'tantrum: 1', '7', 1000, '0.1.0', 'ff', 1.0, '', 1.0, "
                                      "'{\"scenario\": \"Old\", \"seed\": 7}');"
                                      "INSERT INTO spans VALUES (1, 0, 'a', 'b', NULL, 'request', 'users', 0, 10, 30, 'ok')"));
    }
    for (const auto access : {Store::Access::read, Store::Access::write}) {
        const auto store = Store::open(file, access);
        ASSERT_TRUE(store);
        const auto loaded = store->load(1);
        ASSERT_TRUE(loaded && *loaded);
        ASSERT_EQ((*loaded)->spans.size(), 1u);
        const SpanRow& span = (*loaded)->spans.front();
        EXPECT_EQ(span.ended, 30);
        EXPECT_EQ(span.operation, "");
        EXPECT_EQ(span.waited, 0);
        EXPECT_TRUE(span.notes.empty());
    }
}

}  // namespace
}  // namespace tantrum::app
