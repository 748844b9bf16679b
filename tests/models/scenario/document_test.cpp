#include "models/scenario/document.h"
#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>

namespace tantrum::tests {
namespace {

using sc::Document;

const std::string small = R"(# head
tantrum: 1
seed: 42   # the answer
duration: 1min
nodes:
  web:   # the front
    type: service
    workers: 16 # not many

    queue: "200"
    operations:
      checkout:
        - work: exponential(4ms)  # busy
        - call: db
  db: {type: service, work: normal(1ms 0.2ms), workers: 2}
  shoppers: {type: client, arrivals: poisson(280/s), sends: web.checkout}
links:
  "* -> *": {latency: 1ms}
  web -> db:
    policies:
      - retry: {attempts: 3}
      - timeout: 200ms # patience
      - circuit_breaker
timeline:
  - {at: 1s, crash: web}
  # about the second
  - at: 2s
    slow: db
# tail
)";

std::string refusalOf(const Document::Refusal& refusal)
{
    return refusal ? refusal->message + " | " + refusal->hint : "done";
}

// The lines that differ, as "-old" and "+new".
std::string difference(const std::string& before, const std::string& after)
{
    const auto lines = [](const std::string& text) {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            all.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return all;
    };
    const auto one = lines(before), two = lines(after);
    std::size_t head = 0, tail = 0;
    while (head < std::min(one.size(), two.size()) && one[head] == two[head]) ++head;
    while (tail < std::min(one.size(), two.size()) - head && one[one.size() - 1 - tail] == two[two.size() - 1 - tail])
        ++tail;
    std::string text;
    for (std::size_t i = head; i < one.size() - tail; ++i) text += "-" + one[i] + "\n";
    for (std::size_t i = head; i < two.size() - tail; ++i) text += "+" + two[i] + "\n";
    return text;
}

std::string setting(const std::string& path, const std::string& value, const std::string& text = small)
{
    Document document(text, "f.yaml", fakes());
    const auto refusal = document.set(path, value);
    return refusal ? refusalOf(refusal) : difference(text, document.text());
}

std::string removing(const std::string& path, const std::string& text = small)
{
    Document document(text, "f.yaml", fakes());
    const auto refusal = document.remove(path);
    return refusal ? refusalOf(refusal) : difference(text, document.text());
}

TEST(Document, SettingAValueKeepsEverythingElse)
{
    EXPECT_EQ(setting("seed", "7"), "-seed: 42   # the answer\n+seed: 7   # the answer\n");
    EXPECT_EQ(setting("web.workers", "32"), "-    workers: 16 # not many\n+    workers: 32 # not many\n");
    EXPECT_EQ(setting("nodes.web.workers", "32"), "-    workers: 16 # not many\n+    workers: 32 # not many\n");
    EXPECT_EQ(setting("web.queue", "unlimited"), "-    queue: \"200\"\n+    queue: \"unlimited\"\n");
    EXPECT_EQ(
        setting("db.work", "4ms"),
        "-  db: {type: service, work: normal(1ms 0.2ms), workers: 2}\n+  db: {type: service, work: 4ms, workers: 2}\n");
    EXPECT_EQ(setting("db.work", "normal(1ms, 2ms)"), "-  db: {type: service, work: normal(1ms 0.2ms), workers: 2}\n+  "
                                                      "db: {type: service, work: \"normal(1ms, 2ms)\", workers: 2}\n");
    EXPECT_EQ(setting("web.checkout.0.work", "5ms"),
              "-        - work: exponential(4ms)  # busy\n+        - work: 5ms  # busy\n");
    EXPECT_EQ(setting("timeline.1.at", "3s"), "-  - at: 2s\n+  - at: 3s\n");
    EXPECT_EQ(setting("web -> db.timeout", "1s"),
              "-      - timeout: 200ms # patience\n+      - timeout: 1s # patience\n");
    EXPECT_EQ(setting("web->db.timeout.limit", "1s"),
              "-      - timeout: 200ms # patience\n+      - timeout: 1s # patience\n");
    EXPECT_EQ(setting("web -> db.retry.attempts", "5"),
              "-      - retry: {attempts: 3}\n+      - retry: {attempts: 5}\n");
    EXPECT_EQ(setting("web -> db.policies.0.attempts", "5"),
              "-      - retry: {attempts: 3}\n+      - retry: {attempts: 5}\n");
    EXPECT_EQ(setting("* -> *.latency", "uniform(1ms 2ms)"),
              "-  \"* -> *\": {latency: 1ms}\n+  \"* -> *\": {latency: uniform(1ms 2ms)}\n");
}

TEST(Document, ArgumentsOfExpressionsAreReached)
{
    EXPECT_EQ(setting("shoppers.arrivals.rate", "500/s"),
              "-  shoppers: {type: client, arrivals: poisson(280/s), sends: web.checkout}\n+  shoppers: {type: client, "
              "arrivals: poisson(500/s), sends: web.checkout}\n");
    EXPECT_EQ(setting("db.work.deviation", "1ms"), "-  db: {type: service, work: normal(1ms 0.2ms), workers: 2}\n+  "
                                                   "db: {type: service, work: normal(1ms 1ms), workers: 2}\n");
    EXPECT_EQ(setting("web.checkout.0.work.mean", "5ms"),
              "-        - work: exponential(4ms)  # busy\n+        - work: exponential(5ms)  # busy\n");
    EXPECT_EQ(setting("db.work.median", "1ms"), "'normal(1ms 0.2ms)' has no argument 'median' | ");
    EXPECT_EQ(setting("seed.deeper", "1"), "'42' has no argument 'deeper' | ");
}

TEST(Document, MissingKeysAreAddedInTheMappingsOwnStyle)
{
    EXPECT_EQ(setting("web.replicas", "3"), "+    replicas: 3\n");
    EXPECT_EQ(setting("db.queue", "10"), "-  db: {type: service, work: normal(1ms 0.2ms), workers: 2}\n+  db: {type: "
                                         "service, work: normal(1ms 0.2ms), workers: 2, queue: 10}\n");
    EXPECT_EQ(setting("warmup", "1s"), "+warmup: 1s\n");
    EXPECT_EQ(setting("web -> db.latency", "1ms"), "+    latency: 1ms\n");
    EXPECT_EQ(setting("* -> *.loss", "1%"), "-  \"* -> *\": {latency: 1ms}\n+  \"* -> *\": {latency: 1ms, loss: 1%}\n");
    EXPECT_EQ(setting("web -> db.retry.budget", "10%"),
              "-      - retry: {attempts: 3}\n+      - retry: {attempts: 3, budget: 10%}\n");
    EXPECT_EQ(setting("web -> db.timeout.extra", "1"),
              "-      - timeout: 200ms # patience\n+      - timeout: {limit: 200ms, extra: 1} # patience\n");
    EXPECT_EQ(setting("web -> db.circuit_breaker.window", "50"),
              "-      - circuit_breaker\n+      - {circuit_breaker: {window: 50}}\n");
}

TEST(Document, MissingEntriesAreMadeOnTheWay)
{
    EXPECT_EQ(setting("db -> web.latency", "1ms"), "+  db -> web: {latency: 1ms}\n");
    EXPECT_EQ(setting("db -> *.retry.attempts", "2"), "+  db -> *: {policies: [{retry: {attempts: 2}}]}\n");
    EXPECT_EQ(setting("*->db.timeout", "2s"), "+  \"*->db\": {policies: [{timeout: 2s}]}\n");
    EXPECT_EQ(setting("* -> *.timeout", "2s"),
              "-  \"* -> *\": {latency: 1ms}\n+  \"* -> *\": {latency: 1ms, policies: [{timeout: 2s}]}\n");
    const std::string bare = "tantrum: 1\nnodes: {a: {type: service}, b: {type: service}}";
    EXPECT_EQ(setting("a -> b.latency", "1ms", bare), "+links:\n+  a -> b: {latency: 1ms}\n");
    EXPECT_EQ(setting("a -> b.timeout", "1ms", bare), "+links:\n+  a -> b: {policies: [{timeout: 1ms}]}\n");
    EXPECT_EQ(setting("a -> b.latency", "1ms", "nodes: {}\nlinks:\n"), "-links:\n+links: {a -> b: {latency: 1ms}}\n");
    EXPECT_EQ(setting("layout.web", "[1, 2]"), "+layout:\n+  web: [1, 2]\n");
}

TEST(Document, NodesTimelineEntriesAndPlacesAreInserted)
{
    Document document(small, "f.yaml", fakes());
    EXPECT_EQ(refusalOf(document.insertNode("redis", "cache")), "done");
    EXPECT_EQ(refusalOf(document.append("timeline", "{at: 3s, crash: db}")), "done");
    EXPECT_EQ(refusalOf(document.append("expect", "p99(shoppers.latency) < 1s")), "done");
    EXPECT_EQ(refusalOf(document.append("expect", "max(shoppers.latency) < 2s")), "done");
    EXPECT_EQ(refusalOf(document.append("web -> db.policies", "{retry: 2}")), "done");
    EXPECT_EQ(refusalOf(document.place("web", 10.4, -20.6)), "done");
    EXPECT_EQ(refusalOf(document.place("web", 11, -20)), "done");
    EXPECT_EQ(refusalOf(document.place("db", 1, 2)), "done");
    const std::string text = document.text();
    EXPECT_NE(text.find("sends: web.checkout}\n  redis: {type: cache}\nlinks:"), std::string::npos) << text;
    EXPECT_NE(text.find("    slow: db\n  - {at: 3s, crash: db}\n"), std::string::npos) << text;
    EXPECT_NE(text.find("      - circuit_breaker\n      - {retry: 2}\n"), std::string::npos) << text;
    EXPECT_NE(text.find("expect:\n  - p99(shoppers.latency) < 1s\n  - max(shoppers.latency) < 2s\nlayout:\n  web: [11, "
                        "-20]\n  db: [1, 2]\n# tail\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(refusalOf(document.insertNode("redis", "cache")),
              "there is a node 'redis' already | choose another name");
    EXPECT_EQ(refusalOf(document.insertNode("a b", "cache")),
              "'a b' is not a name | names begin with a letter and go on with letters, digits, '_' and '-'");
    const auto read = readText(text);
    EXPECT_TRUE(read.scenario) << problemsOf(read);
}

TEST(Document, RemovingTakesTheLineOrTheEntry)
{
    EXPECT_EQ(removing("web.workers"), "-    workers: 16 # not many\n");
    EXPECT_EQ(removing("web.operations"),
              "-    operations:\n-      checkout:\n-        - work: exponential(4ms)  # busy\n-        - call: db\n");
    EXPECT_EQ(removing("db.workers"), "-  db: {type: service, work: normal(1ms 0.2ms), workers: 2}\n+  db: {type: "
                                      "service, work: normal(1ms 0.2ms)}\n");
    EXPECT_EQ(
        removing("db.type"),
        "-  db: {type: service, work: normal(1ms 0.2ms), workers: 2}\n+  db: {work: normal(1ms 0.2ms), workers: 2}\n");
    EXPECT_EQ(removing("nodes.db"), "-  db: {type: service, work: normal(1ms 0.2ms), workers: 2}\n");
    EXPECT_EQ(removing("web -> db.timeout"), "-      - timeout: 200ms # patience\n");
    EXPECT_EQ(removing("timeline.0"), "-  - {at: 1s, crash: web}\n");
    EXPECT_EQ(removing("timeline.1"), "-  - at: 2s\n-    slow: db\n");
    EXPECT_EQ(removing("timeline.1.at"), "-  - at: 2s\n-    slow: db\n+  - slow: db\n");
    EXPECT_EQ(removing("a.b", "nodes:\n  a:\n    b: 1\n"), "-  a:\n-    b: 1\n+  a: {}\n");
    EXPECT_EQ(removing("seed", "tantrum: 1\nseed: 4"), "-seed: 4\n");
    EXPECT_EQ(removing("seed", "seed: 4"), "nothing would be left of the scenario | ");
    EXPECT_EQ(removing("web.nothing"), "there is nothing to remove | ");
}

TEST(Document, CarriageReturnsAndAMissingLastLineEndSurvive)
{
    const std::string crlf = "tantrum: 1\r\nnodes:\r\n  a:\r\n    type: service # x\r\n  b: {type: service}";
    Document document(crlf, "f.yaml", fakes());
    EXPECT_EQ(refusalOf(document.set("a.workers", "3")), "done");
    EXPECT_EQ(refusalOf(document.set("warmup", "3s")), "done");
    EXPECT_EQ(refusalOf(document.remove("nodes.b")), "done");
    EXPECT_EQ(document.text(), "tantrum: 1\r\nnodes:\r\n  a:\r\n    type: service # x\r\n    workers: 3\r\nwarmup: 3s");
    EXPECT_EQ(refusalOf(document.remove("warmup")), "done");
    EXPECT_EQ(document.text(), "tantrum: 1\r\nnodes:\r\n  a:\r\n    type: service # x\r\n    workers: 3");
}

TEST(Document, EditsThatWouldChangeSomethingElseAreRefused)
{
    const std::string text = "nodes:\n  a: &a {type: service}\n  b: *a\n";
    EXPECT_EQ(setting("a.type", "client", text),
              "this edit would change something else as well | edit the text by hand here");
    EXPECT_EQ(setting("nodes.b", "{type: client}", text), "-  b: *a\n+  b: {type: client}\n");
    EXPECT_EQ(setting("nope.workers", "1"), "there is no node 'nope' | ");
    EXPECT_EQ(setting("wbe.workers", "1"), "there is no node 'wbe' | did you mean 'web'?");
    EXPECT_EQ(setting("", "1"), "'' is not a path | write e.g. web.workers");
    EXPECT_EQ(setting("timeline.9.at", "1s"), "the list has no '9' | it has 2 items, counted from 0");
    EXPECT_EQ(setting("seed", "[1"), "'[1' cannot stand there | this is not YAML: did not find expected ',' or ']' "
                                     "(while parsing a flow sequence, line 1)");
    EXPECT_EQ(setting("seed", "{a: normal(1, 2)}").substr(0, 30), "'{a: normal(1, 2)}' cannot sta");
    EXPECT_EQ(setting("seed", "1", "[1, 2]"),
              "the text is not a scenario that can be edited | correct its mistakes first");
}

TEST(Document, ValuesAreQuotedWhereTheyHaveToBe)
{
    for (const std::string value : {"a: b",
                                    "# no",
                                    "- x",
                                    "*",
                                    "&a",
                                    "!x",
                                    "null",
                                    "~",
                                    "",
                                    " padded ",
                                    "tab\tend",
                                    "two\nlines",
                                    "\"quoted\"",
                                    "it's",
                                    "größe",
                                    "\xe2\x80\xa8",
                                    "\xef\xbb\xbf",
                                    "a#b",
                                    "a #b",
                                    "[x",
                                    "}",
                                    "100%",
                                    "%x",
                                    "@x",
                                    "`x",
                                    "?",
                                    "? x",
                                    ":",
                                    "a:",
                                    "x, y",
                                    "'",
                                    "\\",
                                    "-3",
                                    "--- x",
                                    "\x7f",
                                    "\xc2\x85"}) {
        for (const char* path : {"name", "db.note", "web.note"}) {
            Document document(small, "f.yaml", fakes());
            const auto refusal = document.set(path, value);
            if (value == "[x") {
                EXPECT_TRUE(refusal);
                continue;
            }
            ASSERT_FALSE(refusal) << value << refusalOf(refusal);
            EXPECT_EQ(document.get(path), value) << document.text();
        }
    }
}

TEST(Document, ValuesAreFound)
{
    const Document document(small, "f.yaml", fakes());
    EXPECT_EQ(document.get("web.workers"), "16");
    EXPECT_EQ(document.get("shoppers.arrivals.rate"), "280/s");
    EXPECT_EQ(document.get("web -> db.timeout.limit"), "200ms");
    EXPECT_EQ(document.get("nodes.db"), "{type: service, work: normal(1ms 0.2ms), workers: 2}");
    EXPECT_EQ(document.get("web.ttl"), std::nullopt);
    EXPECT_EQ(document.get("nope"), std::nullopt);
}

}  // namespace
}  // namespace tantrum::tests
