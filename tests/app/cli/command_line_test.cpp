// The command line end to end: exit codes, what goes to which stream, and what scripts rely on (design.md §6).
#include "tests/app/cli/program.h"
#include "tests/app/core/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace tantrum::app {
namespace {

using nlohmann::json;
using testing::shell;
using testing::tantrum;

constexpr const char* shopText = R"(tantrum: 1
name: Shop
seed: 42
duration: 20s
warmup: 2s
nodes:
  shoppers: {type: client, arrivals: poisson(100/s), sends: web}
  web: {type: service, workers: 4, queue: 50, work: exponential(10ms)}
expect:
  - goodput(shoppers) > 50/s
)";

class CommandLine : public ::testing::Test {
protected:
    CommandLine() { write("shop.yaml", shopText); }
    std::string write(const std::string& name, const std::string& text)
    {
        testing::writeContent(folder / name, text);
        return (folder / name).string();
    }
    std::string replaced(const std::string& from, const std::string& to) const
    {
        std::string text = shopText;
        return text.replace(text.find(from), from.size(), to);
    }
    testing::TemporaryFolder folder;
    const std::string shop = (folder / "shop.yaml").string();
};

TEST_F(CommandLine, ARunPrintsASummaryAndEndsWithZero)
{
    const auto run = tantrum("run " + shop);
    EXPECT_EQ(run.code, 0) << run.messages;
    EXPECT_EQ(run.messages, "");
    EXPECT_NE(run.out.find("shoppers"), std::string::npos);
    EXPECT_NE(run.out.find("✓ goodput(shoppers) > 50/s"), std::string::npos);
}

TEST_F(CommandLine, JsonIsOneDocumentAndNothingElseAndRepeatsBitForBit)
{
    const auto first = tantrum("run --json " + shop), second = tantrum("run " + shop + " --json --seed 42");
    ASSERT_EQ(first.code, 0) << first.messages;
    const json document = json::parse(first.out);
    EXPECT_EQ(document["fingerprint"], json::parse(second.out)["fingerprint"]);
    EXPECT_EQ(document["fingerprint"].get<std::string>().size(), 16u);
    const json& client = document["clients"]["shoppers"];
    EXPECT_EQ(client["offered"].get<int>(), client["completed"].get<int>() + client["failed"].get<int>() + client["in_flight"].get<int>());
    EXPECT_EQ(document["version"], "0.1.0");
    EXPECT_GT(document["wall_s"].get<double>(), 0);
    EXPECT_NE(json::parse(tantrum("run --json --seed 43 " + shop).out)["fingerprint"], document["fingerprint"]);
}

TEST_F(CommandLine, EveryRunSaysHowSureItIs)
{
    const json latency = json::parse(tantrum("run --json " + shop).out)["clients"]["shoppers"]["latency_s"];
    const json& mean = latency["interval95"]["mean"];
    EXPECT_LT(mean[0].get<double>(), latency["mean"].get<double>());
    EXPECT_GT(mean[1].get<double>(), latency["mean"].get<double>());
    EXPECT_TRUE(latency["p999"].is_null()) << "1,800 requests are too few";
    EXPECT_GE(latency["too_few"]["p999"].get<int>(), 3688);
    EXPECT_NE(tantrum("run " + shop).out.find("too few"), std::string::npos);
}

TEST_F(CommandLine, AnAuditPrintsEveryLawWithBothSides)
{
    const auto audit = tantrum("run --audit " + shop);
    EXPECT_EQ(audit.code, 0) << audit.messages;
    for (const char* word : {"conservation", "Little's law", "utilisation law", "flow balance", "shoppers -> web", "holds", "All laws hold."})
        EXPECT_NE(audit.out.find(word), std::string::npos) << word;
    const json document = json::parse(tantrum("run --audit --json " + shop).out);
    ASSERT_GT(document["audit"].size(), 8u);
    for (const json& line : document["audit"]) EXPECT_NE(line["verdict"], "violated") << line;
    EXPECT_FALSE(json::parse(tantrum("run --json " + shop).out).contains("audit"));
}

TEST_F(CommandLine, ReplicationsPrintMeansWithIntervalsAndCountTheClaims)
{
    const auto text = tantrum("run --repeat 5 --jobs 2 " + shop);
    EXPECT_EQ(text.code, 0) << text.messages;
    EXPECT_EQ(text.messages, "") << "no progress where nobody watches";
    EXPECT_NE(text.out.find("5 replications, seeds 42 to 46"), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("held in 5 of 5"), std::string::npos) << text.out;
    const json document = json::parse(tantrum("run --repeat 5 --json --seed 43 " + shop).out);
    EXPECT_EQ(document["replications"].size(), 5u);
    const json& goodput = document["aggregate"]["clients"]["shoppers"]["goodput_per_s"];
    EXPECT_LT(goodput["interval95"][0].get<double>(), 100);
    EXPECT_GT(goodput["interval95"][1].get<double>(), 95);
    const json alone = json::parse(tantrum("run --json --seed 45 " + shop).out);
    EXPECT_EQ(document["replications"][2]["fingerprint"], alone["fingerprint"]);
    EXPECT_EQ(document["replications"][2]["clients"]["shoppers"]["goodput_per_s"], alone["clients"]["shoppers"]["goodput_per_s"]);
}

TEST_F(CommandLine, ReplicationsEndAsTheWorstOfThemAndAreNotSaved)
{
    EXPECT_EQ(tantrum("run --repeat 3 " + shop + " --set 'expect.0=goodput(shoppers) > 5000/s'").code, 1);
    const std::string circle = write("circle.yaml", "tantrum: 1\nname: Circle\nduration: 1s\nnodes:\n  users: {type: client, arrivals: paced(100/s), sends: a}\n"
                                                    "  a: {type: load_balancer, backends: [b]}\n  b: {type: load_balancer, backends: [a]}\n");
    EXPECT_EQ(tantrum("run --repeat 2 " + circle).code, 4);
    for (const std::string& saving : {std::string{"--save"}, "--db " + (folder / "r.db").string()}) {
        const auto refused = tantrum("run --repeat 3 " + shop + " " + saving);
        EXPECT_EQ(refused.code, 2);
        EXPECT_NE(refused.messages.find("not saved"), std::string::npos) << refused.messages;
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "r.db"));
    EXPECT_EQ(tantrum("run --repeat 0 " + shop).code, 2);
    EXPECT_EQ(tantrum("run --jobs 2 " + shop).code, 2) << "jobs of what?";
}

TEST_F(CommandLine, AFailedExpectLineEndsWithOne)
{
    const auto run = tantrum("run " + shop + " --set 'expect.0=goodput(shoppers) > 5000/s'");
    EXPECT_EQ(run.code, 1) << run.messages;
    EXPECT_NE(run.out.find("✗ goodput(shoppers) > 5000/s"), std::string::npos);
}

TEST_F(CommandLine, TheUsersMistakesEndWithTwoAndSayWhatToDo)
{
    const auto typo = tantrum("rnu " + shop);
    EXPECT_EQ(typo.code, 2);
    EXPECT_NE(typo.messages.find("did you mean 'run'?"), std::string::npos) << typo.messages;
    EXPECT_EQ(tantrum("").code, 2);
    EXPECT_EQ(tantrum("run").code, 2);
    EXPECT_EQ(tantrum("run --no-such-option " + shop).code, 2);
    EXPECT_EQ(tantrum("run no_such_scenario").code, 2);
    EXPECT_EQ(tantrum("run " + shop + " --seed many").code, 2);
    EXPECT_EQ(tantrum("run " + shop + " --duration 20").code, 2);
    EXPECT_EQ(tantrum("run " + shop + " --duration 1s").code, 2) << "all of it would be warm-up";
    EXPECT_EQ(tantrum("docs no_such_type").code, 2);
    const auto broken = tantrum("run --json " + write("broken.yaml", replaced("workers: 4", "wrokers: 4")));
    EXPECT_EQ(broken.code, 2);
    EXPECT_EQ(broken.out, "");
    EXPECT_NE(broken.messages.find("broken.yaml:8:"), std::string::npos) << broken.messages;
    EXPECT_NE(broken.messages.find("workers"), std::string::npos);
    for (const char* arguments : {"", "run", "rnu", "run nothing"}) EXPECT_EQ(tantrum(arguments).out, "") << "messages are no results";
}

TEST_F(CommandLine, AWrongSetNamesWhatWasGiven)
{
    const auto value = tantrum("run " + shop + " --set web.workers=8 --set web.workers=lots");
    EXPECT_EQ(value.code, 2);
    EXPECT_NE(value.messages.find("--set web.workers=lots"), std::string::npos) << value.messages;
    const auto key = tantrum("run " + shop + " --set web.wrokers=8");
    EXPECT_EQ(key.code, 2);
    EXPECT_NE(key.messages.find("--set web.wrokers=8"), std::string::npos) << key.messages;
    EXPECT_EQ(tantrum("run " + shop + " --set nonsense").code, 2);
}

TEST_F(CommandLine, ASetChangesTheRun)
{
    const auto before = json::parse(tantrum("run --json " + shop).out), after = json::parse(tantrum("run --json " + shop + " --set web.workers=1 --set seed=42").out);
    EXPECT_GT(after["nodes"]["web"]["utilization"].get<double>(), 2 * before["nodes"]["web"]["utilization"].get<double>());
    EXPECT_EQ(json::parse(tantrum("run --json --duration 7s " + shop).out)["simulated_s"], 7.0);
}

TEST_F(CommandLine, TheEnvironmentsFailuresEndWithThree)
{
    EXPECT_EQ(tantrum("run " + shop + " > /dev/full").code, 3);
    EXPECT_EQ(tantrum("run --json " + shop + " > /dev/full").code, 3);
    EXPECT_EQ(tantrum("--help > /dev/full").code, 3);
    EXPECT_EQ(tantrum("run " + shop + " --db /proc/none/r.db").code, 3);
    EXPECT_EQ(tantrum("run " + shop + " --db " + shop).code, 3) << "no database";
    EXPECT_EQ(tantrum("export 1 --as json --db " + (folder / "absent.db").string()).code, 3);
    EXPECT_EQ(tantrum("export " + shop + " --as svg --out /no/such/folder/x.svg").code, 3);
    EXPECT_EQ(shell("env -u DISPLAY -u WAYLAND_DISPLAY -u QT_QPA_PLATFORM tantrum open").code, 3);
}

// `tantrum … | head` is everyday use; it must not end in a signal or a stack trace.
TEST_F(CommandLine, AReaderThatGoesAwayIsAFailedWriteAndNoCrash)
{
    const auto gone = shell("tantrum schema | head -c 1 >/dev/null; echo ${PIPESTATUS[0]}");
    EXPECT_TRUE(gone.out == "3\n" || gone.out == "0\n") << gone.out;
    EXPECT_EQ(shell("tantrum schema > >(exec <&-; sleep 0.2); echo $?").out.find("141"), std::string::npos);
    EXPECT_EQ(shell("( sleep 0.3; tantrum list; echo $? >&2 ) | true").messages.find("141"), std::string::npos);
    EXPECT_EQ(shell("tantrum list >&-").code, 3);
}

TEST_F(CommandLine, ARunStoppedByAGuardEndsWithFour)
{
    const auto run = tantrum("run --json " + write("endless.yaml", replaced("queue: 50", "queue: unlimited")) +
                             " --set 'shoppers.arrivals=poisson(900000/s)' --set duration=10min --set 'web.work=10s'");
    EXPECT_EQ(run.code, 4) << run.messages;
    EXPECT_NE(json::parse(run.out)["stopped"]["reason"].get<std::string>().find("web"), std::string::npos);
}

TEST_F(CommandLine, CheckReportsEveryMistakeAndWhatTheorySays)
{
    const auto fine = tantrum("check " + shop);
    EXPECT_EQ(fine.code, 0);
    EXPECT_EQ(fine.out, shop + ": fine\n");
    const auto two = tantrum("check " + write("bad.yaml", replaced("workers: 4, queue: 50", "wrokers: 4, queue: lots")) + " " + shop);
    EXPECT_EQ(two.code, 2);
    EXPECT_NE(two.messages.find("bad.yaml:8:"), std::string::npos);
    EXPECT_NE(two.messages.find("hint"), std::string::npos);
    EXPECT_NE(two.out.find("bad.yaml: 2 errors"), std::string::npos) << two.out;
    EXPECT_NE(two.out.find("shop.yaml: fine"), std::string::npos);
    const auto overload = tantrum("check " + write("over.yaml", replaced("poisson(100/s)", "poisson(480/s)")));
    EXPECT_EQ(overload.code, 0);
    EXPECT_NE(overload.messages.find("overloaded: needs 1.20 of its capacity"), std::string::npos) << overload.messages;
    EXPECT_EQ(tantrum("check no_such_file.yaml").code, 2);
}

TEST_F(CommandLine, TracesAreSavedAndExported)
{
    const std::string db = (folder / "traces.db").string();
    const auto saved = tantrum("run --json --traces 50% " + shop + " --db " + db);
    ASSERT_EQ(saved.code, 0) << saved.messages;
    EXPECT_NE(saved.messages.find("requests traced in"), std::string::npos) << saved.messages;
    EXPECT_NE(saved.messages.find("export latest --db " + db), std::string::npos) << saved.messages;
    const auto summary = json::parse(saved.out);
    EXPECT_EQ(summary["traces"]["rate"], 0.5);
    EXPECT_GT(summary["traces"]["spans"], summary["traces"]["kept"]);
    const auto exported = tantrum("export latest --as json --what traces --db " + db);
    ASSERT_EQ(exported.code, 0) << exported.messages;
    EXPECT_EQ(json::parse(exported.out)["traces"].size(), summary["traces"]["kept"]);
    EXPECT_EQ(tantrum("export " + shop + " --traces 50% --as json --what traces").out, exported.out);

    const auto plain = json::parse(tantrum("run --json " + shop).out);
    EXPECT_EQ(plain["fingerprint"], summary["fingerprint"]);
    EXPECT_FALSE(plain.contains("traces"));
    EXPECT_EQ(tantrum("run --traces 0 " + shop).code, 2);
    EXPECT_NE(tantrum("run --traces lots " + shop).messages.find("10% or 0.1"), std::string::npos);
    EXPECT_EQ(tantrum("run --traces 1% --repeat 2 " + shop).code, 2);
    EXPECT_EQ(tantrum("export " + shop + " --as csv --what traces").code, 2);
    EXPECT_EQ(tantrum("export 1 --traces 1% --as csv --what traces --db " + db).code, 2);
    ASSERT_EQ(tantrum("run --json " + shop + " --db " + db).code, 0);
    const auto untraced = tantrum("export latest --as csv --what traces --db " + db);
    EXPECT_EQ(untraced.code, 2);
    EXPECT_NE(untraced.messages.find("not traced"), std::string::npos) << untraced.messages;
}

// Log shippers read an object a line, and a run that is logged is the same run.
TEST_F(CommandLine, LogsAreWrittenSavedAndExported)
{
    const std::string crowded = write("crowded.yaml", replaced("poisson(100/s)", "poisson(600/s)"));
    const std::string db = (folder / "logs.db").string(), file = (folder / "logs.jsonl").string();
    const auto saved = tantrum("run --json --logs " + file + " --log-level warn --traces 10% " + crowded + " --db " + db);
    ASSERT_EQ(saved.code, 0) << saved.messages;
    EXPECT_NE(saved.messages.find("lines logged"), std::string::npos) << saved.messages;
    std::istringstream lines(testing::wholeFile(file));
    std::size_t count = 0, refused = 0, traced = 0;
    double last = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto object = json::parse(line);
        ASSERT_GE(object["ts"], last);
        last = object["ts"];
        ASSERT_TRUE(object["level"] == "warn" || object["level"] == "error") << line;
        refused += object.value("outcome", "") == "rejected" && object["node"] == "web";
        traced += object.contains("trace_id");
    }
    EXPECT_GT(count, 100u);
    EXPECT_GT(refused, 0u);
    EXPECT_GT(traced, 0u);
    EXPECT_LT(traced, count);

    const auto exported = tantrum("export latest --as json --what logs --db " + db);
    ASSERT_EQ(exported.code, 0) << exported.messages;
    EXPECT_EQ(json::parse(exported.out)["logs"].size(), count);
    const auto rows = tantrum("export latest --as csv --what logs --db " + db);
    EXPECT_EQ(static_cast<std::size_t>(std::count(rows.out.begin(), rows.out.end(), '\n')), count + 1);
    EXPECT_EQ(tantrum("run --logs - --log-level warn --traces 10% " + crowded).out, testing::wholeFile(file));
    EXPECT_EQ(json::parse(tantrum("run --json " + crowded).out)["fingerprint"], json::parse(saved.out)["fingerprint"]);

    EXPECT_EQ(tantrum("run --json --logs - " + crowded).code, 2);
    EXPECT_EQ(tantrum("run --repeat 2 --logs " + file + " " + crowded).code, 2);
    EXPECT_EQ(tantrum("run --log-level loud " + crowded).code, 2);
    ASSERT_EQ(tantrum("run --json " + crowded + " --db " + db).code, 0);
    const auto silent = tantrum("export latest --as csv --what logs --db " + db);
    EXPECT_EQ(silent.code, 2);
    EXPECT_NE(silent.messages.find("were not kept"), std::string::npos) << silent.messages;
}

TEST_F(CommandLine, ASavedRunIsExportedByNumberOrAsTheLatest)
{
    const std::string db = (folder / "r.db").string();
    const auto saved = tantrum("run --json " + shop + " --db " + db);
    ASSERT_EQ(saved.code, 0) << saved.messages;
    EXPECT_NE(saved.messages.find("saved as run 1"), std::string::npos);
    const auto exported = tantrum("export latest --as json --db " + db);
    ASSERT_EQ(exported.code, 0) << exported.messages;
    EXPECT_EQ(json::parse(exported.out), json::parse(saved.out));
    EXPECT_EQ(tantrum("export 1 --as csv --what series --db " + db).code, 0);
    EXPECT_EQ(tantrum("export 7 --as json --db " + db).code, 2);
    EXPECT_EQ(tantrum("export 1 --as json --seed 3 --db " + db).code, 2);
    EXPECT_EQ(tantrum("export 1 --as csv --what charts --db " + db).code, 2);
    EXPECT_EQ(tantrum("export 1 --as pdf --db " + db).code, 2);
    EXPECT_EQ(shell("XDG_DATA_HOME=" + folder.path().string() + " tantrum run " + shop + " --save").code, 0);
    EXPECT_TRUE(std::filesystem::exists(folder / "tantrum/results.db"));
}

TEST_F(CommandLine, AScenarioIsExportedFreshInEveryTextFormat)
{
    const std::string tables = (folder / "tables").string();
    EXPECT_EQ(tantrum("export " + shop + " --as csv --out " + tables).code, 0);
    for (const char* name : {"summary.csv", "series.csv", "histogram.csv"}) EXPECT_TRUE(std::filesystem::exists(folder / "tables" / name)) << name;
    EXPECT_EQ(tantrum("export " + shop + " --as svg --what charts").out.rfind("<?xml", 0), 0u);
    EXPECT_NE(tantrum("export " + shop + " --as svg --what canvas --dark").out.find("shoppers"), std::string::npos);
    EXPECT_TRUE(json::accept(tantrum("export " + shop + " --as json --what histogram").out));
}

TEST_F(CommandLine, APngWithoutTheWindowsProgramSaysWhatIsMissing)
{
    // A copy stands alone: no tantrum-studio next to it, none in this PATH.
    const std::string alone = (folder / "tantrum").string();
    std::filesystem::copy_file(TANTRUM_PROGRAM, alone);
    const auto png = shell("PATH=/usr/bin:/bin " + alone + " export " + shop + " --as png --what charts --out " + (folder / "x.png").string());
    EXPECT_EQ(png.code, 3);
    EXPECT_NE(png.messages.find("tantrum-studio"), std::string::npos) << png.messages;
}

TEST_F(CommandLine, APngIsMadeByTheWindowsProgramNextToUs)
{
    const std::string alone = (folder / "tantrum").string();
    std::filesystem::copy_file(TANTRUM_PROGRAM, alone);
    testing::writeContent(folder / "tantrum-studio", "#!/bin/sh\necho noise\ntest \"$1 $QT_QPA_PLATFORM\" = '--render-svg offscreen' && cp \"$2\" \"$3\"\n");
    std::filesystem::permissions(folder / "tantrum-studio", std::filesystem::perms::owner_all);
    const auto png = shell(alone + " export " + shop + " --as png --what canvas --out " + (folder / "x.png").string());
    EXPECT_EQ(png.code, 0) << png.messages;
    EXPECT_EQ(png.out, "");
    EXPECT_EQ(testing::contentOf(folder / "x.png").rfind("<?xml", 0), 0u);
}

TEST_F(CommandLine, BundledScenariosAreFoundByNameFolderAndGuess)
{
    std::filesystem::create_directories(folder / "scenarios/library");
    std::filesystem::create_directories(folder / "scenarios/bench");
    write("scenarios/library/retry_storm.yaml", shopText);
    write("scenarios/bench/w1.yaml", shopText);
    const std::string with = "TANTRUM_SCENARIOS=" + (folder / "scenarios").string() + " ";
    EXPECT_EQ(shell(with + "tantrum run retry_storm").code, 0);
    EXPECT_EQ(shell(with + "tantrum run bench/w1").code, 0);
    const auto near = shell(with + "tantrum run retry_strom");
    EXPECT_EQ(near.code, 2);
    EXPECT_NE(near.messages.find("did you mean 'retry_storm'?"), std::string::npos) << near.messages;
    EXPECT_EQ(shell(with + "tantrum list scenarios --names").out, "bench/w1\nretry_storm\n");
    EXPECT_NE(shell(with + "tantrum list").out.find("Shop"), std::string::npos);
}

TEST_F(CommandLine, DocsSchemaVersionAndHelpAreThere)
{
    EXPECT_EQ(tantrum("--version").out, "tantrum 0.1.0\n");
    EXPECT_TRUE(json::accept(tantrum("schema").out));
    EXPECT_NE(tantrum("docs").out.find("service"), std::string::npos);
    EXPECT_NE(tantrum("docs service").out.find("workers"), std::string::npos);
    EXPECT_NE(tantrum("docs servise").messages.find("did you mean 'service'?"), std::string::npos);
    EXPECT_NE(tantrum("list components").out.find("client"), std::string::npos);
    for (const char* command : {"run", "check", "list", "docs", "schema", "export", "lesson", "open", "completion"}) {
        const auto help = tantrum(std::string{command} + " --help");
        EXPECT_EQ(help.code, 0) << command;
        EXPECT_NE(help.out.find("Example"), std::string::npos) << command;
    }
}

// People run hundreds of small scenarios from scripts; start-up is what they then wait for.
TEST_F(CommandLine, ASmallRunStartsQuickly)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers take their own time";
#endif
    double best = 1e9;  // processor seconds, which other programs on the machine do not add to
    for (int attempt = 0; attempt < 5; ++attempt) {
        const auto timed = shell("TIMEFORMAT='%U %S'; time tantrum run " + shop + " --duration 3s >/dev/null");
        double user = 1e9, system = 0;
        std::istringstream{timed.messages} >> user >> system;
        best = std::min(best, user + system);
    }
    EXPECT_LT(best, 0.05);
}

TEST_F(CommandLine, WhatNodesRunOnIsPriced)
{
    const std::string paid = write("paid.yaml", replaced("workers: 4", "workers: 4, runs_on: m5.large"));
    const auto run = tantrum("run " + paid);
    EXPECT_EQ(run.code, 0) << run.messages;
    EXPECT_NE(run.out.find("$0.0960 an hour"), std::string::npos) << run.out;
    EXPECT_NEAR(json::parse(tantrum("run --json " + paid).out)["cost"]["usd_per_hour"].get<double>(), 0.096, 1e-12);
    const std::string dear = write("dear.json", R"({"as_of": "2030-01-01", "items": {"m5.large": {"prices": [{"of": "hours", "usd": 7}]}}})");
    const std::string paidDearly = tantrum("run " + paid + " --prices " + dear).out;
    EXPECT_NE(paidDearly.find("$7 an hour"), std::string::npos) << paidDearly;
    const auto nowhere = tantrum("run " + paid + " --prices nowhere.json");
    EXPECT_EQ(nowhere.code, 2);
    EXPECT_NE(nowhere.messages.find("'nowhere.json' cannot be read"), std::string::npos) << nowhere.messages;
    const std::string unknown = write("unknown.yaml", replaced("workers: 4", "workers: 4, runs_on: m5.larg"));
    const auto refused = tantrum("run " + unknown);
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.messages.find("did you mean 'm5.large'?"), std::string::npos) << refused.messages;
}

TEST_F(CommandLine, AlertsAreInTheSummaryAndInTheDocument)
{
    const std::string watched = write("watched.yaml", replaced("expect:", "timeline:\n  - {at: 10s, for: 2s, errors: web}\n"
                                                                          "slos:\n  level: {of: shoppers, evaluate: 1s, alerts: {quick: {burn: 5, long: 60s, short: 5s}}}\nexpect:"));
    const auto run = tantrum("run " + watched);
    EXPECT_EQ(run.code, 0) << run.messages;
    EXPECT_NE(run.out.find("page level.quick fired at 11 s, resolved at 17 s"), std::string::npos) << run.out;
    const json quick = json::parse(tantrum("run --json " + watched).out)["slos"]["level"]["alerts"]["quick"];
    EXPECT_EQ(quick["fired"], 1);
    EXPECT_EQ(quick["firings"][0]["fired_s"], 11);
    EXPECT_EQ(quick["firings"][0]["resolved_s"], 17);
    EXPECT_NE(tantrum("docs slos").out.find("| `fast` | 14.4 | 1h | 5min | page |"), std::string::npos);
}

TEST(Completion, BashOffersCommandsOptionsValuesAndScenarios)
{
    const auto complete = [](const std::string& words, int index) {
        return shell("source <(tantrum completion bash); COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(index) + "; _tantrum; echo \"${COMPREPLY[*]}\"").out;
    };
    EXPECT_NE(complete("tantrum ex", 1).find("export"), std::string::npos);
    EXPECT_EQ(complete("tantrum ru", 1), "run\n");
    EXPECT_NE(complete("tantrum run --", 2).find("--duration"), std::string::npos);
    EXPECT_EQ(complete("tantrum export x --as s", 4), "svg\n");
    EXPECT_EQ(complete("tantrum completion f", 2), "fish\n");
    EXPECT_NE(complete("tantrum docs serv", 2).find("service"), std::string::npos);
}

TEST(Completion, EveryShellsScriptKnowsEveryCommandAndOption)
{
    for (const char* name : {"bash", "zsh", "fish"}) {
        const auto script = tantrum(std::string{"completion "} + name);
        EXPECT_EQ(script.code, 0);
        for (const char* word : {"run", "check", "list", "docs", "schema", "export", "lesson", "open", "completion", "duration", "json", "what"})
            EXPECT_NE(script.out.find(word), std::string::npos) << name << " " << word;
    }
    EXPECT_EQ(shell("bash -n <(tantrum completion bash)").code, 0);
    EXPECT_EQ(shell("command -v zsh >/dev/null || exit 0; zsh -n <(tantrum completion zsh)").code, 0);
    EXPECT_EQ(shell("command -v fish >/dev/null || exit 0; fish -n <(tantrum completion fish)").code, 0);
}

}  // namespace
}  // namespace tantrum::app
