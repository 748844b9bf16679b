// What leaves Tantrum is read by other programs: CSV by spreadsheets and scripts, SVG by browsers.
#include "app/core/csv.h"
#include "app/core/export.h"
#include "app/core/layers.h"
#include "app/core/picture.h"
#include "tests/app/core/sample_run.h"
#include "tests/app/core/temporary_folder.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace tantrum::app {
namespace {

using testing::sampleResults;
using testing::sampleRun;

/// RFC 4180, strictly.
std::vector<std::vector<std::string>> parseCsv(const std::string& text)
{
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row(1);
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted) {
            if (c == '"' && at + 1 < text.size() && text[at + 1] == '"') row.back() += text[++at];
            else if (c == '"') quoted = false;
            else row.back() += c;
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            row.emplace_back();
        } else if (c == '\r') {
            EXPECT_EQ(text.at(++at), '\n');
            rows.push_back(std::exchange(row, std::vector<std::string>(1)));
        } else {
            row.back() += c;
        }
    }
    EXPECT_FALSE(quoted);
    return rows;
}

/// Enough of an XML parser to catch what a writer gets wrong: nesting, quoting, stray characters.
bool wellFormed(const std::string& text)
{
    std::vector<std::string> open;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '<') {
            if (text[at] == '&' && text.find(';', at) == std::string::npos) return false;
            if (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\n') return false;
            ++at;
            continue;
        }
        const auto end = text.find('>', at);
        if (end == std::string::npos) return false;
        const std::string tag = text.substr(at + 1, end - at - 1);
        if (tag.find('<') != std::string::npos || std::count(tag.begin(), tag.end(), '"') % 2 != 0) return false;
        if (tag[0] == '/') {
            if (open.empty() || open.back() != tag.substr(1)) return false;
            open.pop_back();
        } else if (tag[0] != '?' && tag.back() != '/') {
            open.push_back(tag.substr(0, tag.find(' ')));
        }
        at = end + 1;
    }
    return open.empty();
}

TEST(Csv, TheSummaryParsesBackToTheNumbersOfTheRun)
{
    std::map<std::vector<std::string>, std::string> values;
    for (const auto& row : parseCsv(summaryCsv(sampleResults()))) {
        ASSERT_EQ(row.size(), 4u);
        values[{row[0], row[1], row[2]}] = row[3];
    }
    EXPECT_EQ((values[{"client", "shoppers", "offered"}]), "84102");
    EXPECT_EQ(std::stod(values[{"client", "shoppers", "latency_s.p99"}]), sampleResults().clients[0].latency.p99);
    EXPECT_EQ((values[{"client", "shoppers", "latency_s.mean.low95"}]), "0.0108");
    EXPECT_EQ((values[{"client", "shoppers", "latency_s.p99.high95"}]), "0.037");
    EXPECT_EQ((values[{"client", "shoppers", "latency_s.p999"}]), "") << "refused";
    EXPECT_EQ((values[{"client", "shoppers", "latency_s.p999.needs"}]), "3688");
    EXPECT_EQ((values[{"node", "orders", "utilization"}]), "");
    EXPECT_EQ((values[{"link", "shoppers -> web", "retry.retries"}]), "1909");
    EXPECT_EQ((values[{"run", "Checkout <under> a \"flash\" crowd", "fingerprint"}]), "00fe12ab00cd34ef");
    EXPECT_EQ((values[{"expect", "goodput(shoppers) > 270/s after 90s", "passed"}]), "0");
}

TEST(Csv, TheSeriesHasOneRowForEachSubjectAndBucket)
{
    const auto rows = parseCsv(seriesCsv(sampleResults().series));
    ASSERT_EQ(rows.size(), 1u + 3 * 3);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
    EXPECT_EQ(rows[2][1], "shoppers");
    EXPECT_EQ(rows[2][3], "0.5");
    EXPECT_EQ(rows[3][4], "0");
    EXPECT_EQ(rows[1][5], "280");
}

TEST(Csv, TheHistogramCountsEveryRequest)
{
    std::uint64_t total = 0;
    const auto rows = parseCsv(histogramCsv(sampleRun().histograms));
    for (std::size_t index = 1; index < rows.size(); ++index) {
        EXPECT_LT(std::stod(rows[index][2]), std::stod(rows[index][3]));
        total += std::stoull(rows[index][4]);
    }
    EXPECT_EQ(total, 1000u);
}

// Spreadsheets execute cells that begin like a formula (OWASP: CSV injection).
TEST(Csv, ANameThatLooksLikeAFormulaIsDisarmed)
{
    auto results = sampleResults();
    results.clients[0].name = "=HYPERLINK(\"http://x\",\"y\")";
    results.nodes[0].name = "@SUM(1)";
    const std::string csv = summaryCsv(results);
    for (const auto& row : parseCsv(csv))
        for (const auto& cell : row)
            EXPECT_TRUE(cell.empty() || std::string{"=+@\t\r"}.find(cell[0]) == std::string::npos) << cell;
    EXPECT_NE(csv.find("\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""), std::string::npos);
}

TEST(Svg, ChartsAndCanvasAreWellFormedWhateverTheNames)
{
    auto results = sampleResults();
    results.scenario = "<script>alert('x')</script> & \x01 \xFF \xEF\xBF\xBE";
    results.clients[0].name = results.series.clients[0].name = "a\"><b>&amp;";
    results.nodes[0].name = "]]>";
    for (const bool dark : {false, true}) {
        PictureOptions options;
        options.colours = dark ? &darkColours : &lightColours;
        for (const auto& svg : {chartsSvg(results, options), canvasSvg(results, options)}) {
            EXPECT_TRUE(wellFormed(svg));
            EXPECT_EQ(svg.find("<script"), std::string::npos);
            EXPECT_EQ(svg.find("<b>"), std::string::npos);
            EXPECT_EQ(svg.find("clip"), std::string::npos);
            EXPECT_EQ(svg.find("nan"), std::string::npos);
            EXPECT_EQ(svg.find("inf"), std::string::npos);
        }
    }
}

TEST(Svg, AnEmptyRunStillGivesAPictureThatSaysSo)
{
    const models::Results nothing;
    EXPECT_TRUE(wellFormed(chartsSvg(nothing, {})));
    EXPECT_NE(chartsSvg(nothing, {}).find("no data"), std::string::npos);
    EXPECT_TRUE(wellFormed(canvasSvg(nothing, {})));
}

TEST(Svg, TheSameRunGivesTheSameBytes)
{
    EXPECT_EQ(chartsSvg(sampleResults(), {}), chartsSvg(sampleResults(), {}));
    EXPECT_EQ(canvasSvg(sampleResults(), {}), canvasSvg(sampleResults(), {}));
}

TEST(Svg, AVeryLongRunIsThinnedToWhatThePictureCanShow)
{
    auto results = sampleResults();
    auto& columns = results.series.clients[0];
    for (auto* values : {&columns.ratePerSecond, &columns.goodputPerSecond, &columns.errorRate, &columns.p50, &columns.p95, &columns.p99}) values->assign(1'000'000, 0.5f);
    columns.p99[777'777] = 900;  // one bad second in a million is not lost
    const std::string svg = chartsSvg(results, {});
    EXPECT_LT(svg.size(), 200'000u);
    EXPECT_NE(svg.find("16.7 min"), std::string::npos);
}

TEST(Layers, NodesStandRightOfTheirCallersAndCyclesEnd)
{
    const auto places = layeredLayout(4, {{0, 1}, {1, 2}, {0, 2}, {2, 1}, {3, 3}});
    EXPECT_LT(places[0].x, places[1].x);
    EXPECT_LT(places[1].x, places[2].x);
    std::set<std::pair<double, double>> different;
    for (const auto& place : places) different.emplace(place.x, place.y);
    EXPECT_EQ(different.size(), 4u);
    std::vector<std::pair<std::size_t, std::size_t>> chain;
    for (std::size_t node = 0; node + 1 < 100'000; ++node) chain.emplace_back(node, node + 1);
    EXPECT_EQ(layeredLayout(100'000, chain).size(), 100'000u);
}

TEST(Export, CsvWithoutAPartWritesATableOfEachIntoAFolder)
{
    const testing::TemporaryFolder folder;
    app::Run run = sampleRun();
    const auto files = exportRun(run, {ExportFormat::csv, {}, folder / "tables", false, ""});
    ASSERT_TRUE(files);
    EXPECT_EQ(files->size(), 4u);
    EXPECT_EQ(testing::contentOf(folder / "tables/summary.csv"), summaryCsv(sampleResults()));
    EXPECT_EQ(testing::contentOf(folder / "tables/logs.csv"), logsCsv(run.logs));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder / "tables"}, {}), 4);
    run.logs.clear();
    EXPECT_EQ(exportRun(run, {ExportFormat::csv, {}, folder / "unlogged", false, ""})->size(), 3u);
}

TEST(Export, AFileThatCannotBeWrittenIsAFailureAndLeavesTheOldOne)
{
    const testing::TemporaryFolder folder;
    EXPECT_FALSE(exportRun(sampleRun(), {ExportFormat::json, {}, folder / "absent/x.json", false, ""}));
    EXPECT_FALSE(exportRun(sampleRun(), {ExportFormat::json, {}, folder.path(), false, ""}));
    EXPECT_FALSE(exportRun(sampleRun(), {ExportFormat::json, {}, "/dev/full", false, ""}));
    testing::writeContent(folder / "x.json", "old");
    ASSERT_TRUE(exportRun(sampleRun(), {ExportFormat::json, ExportPart::histogram, folder / "x.json", false, ""}));
    EXPECT_NE(testing::contentOf(folder / "x.json").find("lower_ns"), std::string::npos);
}

TEST(Export, TablesAreNoPicturesAndPicturesNoTables)
{
    EXPECT_NE(exportMistake({ExportFormat::csv, ExportPart::charts, "x", false, ""}), "");
    EXPECT_NE(exportMistake({ExportFormat::png, ExportPart::series, "x", false, ""}), "");
    EXPECT_NE(exportMistake({ExportFormat::csv, {}, "-", false, ""}), "");
    EXPECT_EQ(exportMistake({ExportFormat::svg, {}, "-", false, ""}), "");
}

}  // namespace
}  // namespace tantrum::app
