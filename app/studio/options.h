// The command line of tantrum-studio.
#pragma once

#include <QSize>
#include <QString>
#include <QStringList>

#include <optional>

namespace tantrum::studio {

struct Options {
    QString scenario;                    ///< a path or a bundled name; empty: the first page
    QString lesson;                      ///< a folder or a bundled name
    bool play = false;
    std::optional<double> speed;
    QString theme;                       ///< "dark", "light" or empty: the last one used
    QString screenshot;
    std::optional<double> at;            ///< seconds: play at full speed to there
    QString select;                      ///< a node
    std::optional<double> exitAfter;     ///< wall seconds
    std::optional<QSize> size;
    QString resultsFile;                 ///< empty: the usual one; "none": runs are not kept
    bool markers = false;
    bool frameStatistics = false;
    QString svgIn, pngOut;
};

struct ParsedOptions {
    std::optional<Options> options;
    QString output;   ///< without options: what to print (help, version or a mistake)
    int exitCode = 0; ///< 2 for a mistake
};

ParsedOptions parseOptions(const QStringList& arguments);

/// Empty if a window could be shown, else a sentence that says why not. Looks at the environment only, because
/// QGuiApplication aborts when it finds no display.
QString whyNoDisplay();

}  // namespace tantrum::studio
