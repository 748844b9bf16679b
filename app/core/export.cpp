#include "app/core/export.h"

#include "app/core/csv.h"
#include "app/core/files.h"
#include "app/core/json_summary.h"
#include "app/core/studio_program.h"
#include "models/scenario/reader.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>

namespace tantrum::app {

namespace fs = std::filesystem;

namespace {

using Files = Expected<std::vector<fs::path>>;

bool isPicture(ExportFormat format) { return format == ExportFormat::svg || format == ExportFormat::png; }

Files written(const fs::path& file, std::string_view bytes)
{
    if (auto done = writeFile(file, bytes); !done) return done.failure();
    return std::vector{file};
}

std::string pictureOf(const Run& run, const ExportRequest& request)
{
    PictureOptions options;
    options.colours = request.dark ? &darkColours : &lightColours;
    options.focus = request.focus;
    for (const auto* type : models::catalogue().all(models::scenario::Kind::component)) options.titles[type->key] = type->title;
    // The text of an older version may no longer be readable; its nodes are then placed anew.
    if (const auto read = models::scenario::read(run.scenarioText, run.scenarioFile, models::catalogue()); read.scenario)
        for (const auto& point : read.scenario->layout) options.positions[point.node] = {point.x, point.y};
    return request.part == ExportPart::canvas ? canvasSvg(run.results, options) : chartsSvg(run.results, options);
}

std::string tableOf(const Run& run, ExportPart part)
{
    if (part == ExportPart::series) return seriesCsv(run.results.series);
    if (part == ExportPart::traces) return spansCsv(run.spans);
    if (part == ExportPart::logs) return logsCsv(run.logs);
    return part == ExportPart::histogram ? histogramCsv(run.histograms) : summaryCsv(run.results);
}

Files tables(const Run& run, const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return Failure{fmt::format("cannot make the folder {}: {}", folder.string(), error.message()), ""};
    std::vector<fs::path> files;
    for (const auto& [name, part] : {std::pair{"summary.csv", ExportPart::summary}, {"series.csv", ExportPart::series}, {"histogram.csv", ExportPart::histogram}, {"traces.csv", ExportPart::traces}, {"logs.csv", ExportPart::logs}}) {
        if (part == ExportPart::traces && run.spans.empty()) continue;
        if (part == ExportPart::logs && run.logs.empty()) continue;
        files.push_back(folder / name);
        if (auto done = writeFile(files.back(), tableOf(run, part)); !done) return done.failure();
    }
    return files;
}

Files png(const fs::path& out, std::string_view svg)
{
    if (out == "-") {
        auto image = TemporaryFile::create(".png", "");
        if (!image) return image.failure();
        auto source = TemporaryFile::create(".svg", svg);
        if (!source) return source.failure();
        if (auto done = renderPng(source->path(), image->path()); !done) return done.failure();
        std::ifstream in{image->path(), std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
        return written(out, bytes);
    }
    auto source = TemporaryFile::create(".svg", svg);
    if (!source) return source.failure();
    if (auto done = renderPng(source->path(), out); !done) return done.failure();
    return std::vector{out};
}

std::string histogramJson(const std::vector<HistogramTable>& histograms)
{
    nlohmann::ordered_json document{{"clients", nlohmann::ordered_json::object()}, {"nodes", nlohmann::ordered_json::object()}};
    for (const auto& table : histograms) {
        auto rows = nlohmann::ordered_json::array();
        for (const auto& row : table.rows) rows.push_back({{"lower_ns", row.lower}, {"upper_ns", row.upper}, {"count", row.count}});
        document[table.subject == Subject::client ? "clients" : "nodes"][table.name] = std::move(rows);
    }
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string json(const Run& run, ExportPart part)
{
    if (part == ExportPart::series) return jsonSeries(run.results.series) + "\n";
    if (part == ExportPart::traces) return spansJson(run.spans) + "\n";
    if (part == ExportPart::logs) return logsJson(run.logs) + "\n";
    return (part == ExportPart::histogram ? histogramJson(run.histograms) : jsonSummary(run.results, {.indent = 2})) + "\n";
}

}  // namespace

std::string exportMistake(const ExportRequest& request)
{
    if (!request.part) return request.format == ExportFormat::csv && request.out == "-" ? "several tables do not fit into standard output; choose one with --what" : "";
    const bool picture = *request.part == ExportPart::charts || *request.part == ExportPart::canvas;
    if (picture && !isPicture(request.format)) return "charts and canvas are pictures: use --as svg or --as png";
    if (!picture && isPicture(request.format)) return "series, summary, histogram, traces and logs are tables: use --as csv or --as json";
    return {};
}

Expected<std::vector<fs::path>> exportRun(const Run& run, const ExportRequest& request)
{
    switch (request.format) {
    case ExportFormat::csv: return request.part ? written(request.out, tableOf(run, *request.part)) : tables(run, request.out);
    case ExportFormat::json: return written(request.out, json(run, request.part.value_or(ExportPart::summary)));
    case ExportFormat::svg: return written(request.out, pictureOf(run, request));
    case ExportFormat::png: return png(request.out, pictureOf(run, request));
    }
    return std::vector<fs::path>{};
}

}  // namespace tantrum::app
