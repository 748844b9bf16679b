// A finished run as files for other programs.
#pragma once

#include "app/core/expected.h"
#include "app/core/picture.h"
#include "app/core/store.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace tantrum::app {

enum class ExportFormat : unsigned char { csv, json, svg, png };
enum class ExportPart : unsigned char { charts, canvas, series, summary, histogram, traces, logs };

struct ExportRequest {
    ExportFormat format = ExportFormat::json;
    /// Absent: charts as pictures, the summary as JSON, and all tables there are as CSV, for which `out` is a folder.
    std::optional<ExportPart> part;
    std::filesystem::path out;  ///< "-": standard output
    bool dark = false;
    std::string focus;          ///< of charts: see PictureOptions
};

/// Tables are csv or json, pictures are svg or png; empty if the combination makes sense, else why not.
std::string exportMistake(const ExportRequest& request);

/// Writes and returns the files. Requires no exportMistake().
Expected<std::vector<std::filesystem::path>> exportRun(const Run& run, const ExportRequest& request);

}  // namespace tantrum::app
