#include "app/studio/options.h"

#include "app/studio/transport/speed_scale.h"
#include "models/scenario/units.h"

#include <QCommandLineParser>

namespace tantrum::studio {

namespace {

std::optional<double> secondsOf(const QString& text)
{
    bool plain = false;
    const double seconds = text.toDouble(&plain);
    if (plain && seconds >= 0) return seconds;
    const auto duration = models::scenario::parseDuration(text.toStdString());
    return duration ? std::optional((*duration).inSeconds()) : std::nullopt;
}

std::optional<QSize> sizeOf(const QString& text)
{
    const QStringList parts = text.split('x');
    if (parts.size() != 2 || parts[0].toInt() < 400 || parts[1].toInt() < 300) return std::nullopt;
    return QSize(parts[0].toInt(), parts[1].toInt());
}

}  // namespace

ParsedOptions parseOptions(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription("The window of Tantrum: build a distributed system, break it, watch.");
    parser.addPositionalArgument("scenario", "A scenario file or the name of a bundled one.", "[SCENARIO]");
    const auto help = parser.addHelpOption();
    const auto version = parser.addVersionOption();
    const auto option = [&](const char* name, const char* text, const char* value = nullptr) {
        QCommandLineOption made(name, text, value ? value : "");
        parser.addOption(made);
    };
    option("lesson", "Open a lesson.", "NAME");
    option("play", "Start playing at once.");
    option("speed", "Simulated seconds a second, or max.", "X");
    option("theme", "dark or light.", "NAME");
    option("screenshot", "Write a picture of the window to FILE and exit.", "FILE");
    option("at", "With --screenshot: play at full speed to T first.", "T");
    option("select", "Select a node.", "NAME");
    option("exit-after", "Exit after T of real time.", "T");
    option("size", "Size of the window, 1600x1000.", "WxH");
    option("results", "Where runs are kept; none: nowhere.", "FILE");
    option("markers", "Print what happens on standard output, for tests.");
    option("frame-stats", "Measure how long a picture of 10,000 messages takes; exit 1 above 16 ms.");
    option("render-svg", "Write the SVG file IN as the picture PNG, and exit.", "IN");

    const auto mistake = [](const QString& text) { return ParsedOptions{std::nullopt, "tantrum-studio: " + text + "\n", 2}; };
    if (!parser.parse(arguments)) return mistake(parser.errorText());
    if (parser.isSet(help)) return {std::nullopt, parser.helpText(), 0};
    if (parser.isSet(version)) return {std::nullopt, "tantrum-studio " TANTRUM_VERSION "\n", 0};

    Options options;
    const QStringList places = parser.positionalArguments();
    options.play = parser.isSet("play");
    options.markers = parser.isSet("markers");
    options.frameStatistics = parser.isSet("frame-stats");
    options.theme = parser.value("theme");
    options.screenshot = parser.value("screenshot");
    options.select = parser.value("select");
    options.lesson = parser.value("lesson");
    options.resultsFile = parser.value("results");
    options.svgIn = parser.value("render-svg");
    if (!options.svgIn.isEmpty()) {
        if (places.size() != 1) return mistake("--render-svg takes two files: IN.svg OUT.png");
        options.pngOut = places.front();
        return {options, {}, 0};
    }
    if (places.size() > 1) return mistake("one scenario at a time");
    if (!places.isEmpty()) options.scenario = places.front();
    if (!options.theme.isEmpty() && options.theme != "dark" && options.theme != "light") return mistake("--theme is dark or light");
    if (parser.isSet("speed")) {
        options.speed = SpeedScale::parse(parser.value("speed"));
        if (!options.speed) return mistake("--speed takes a factor of at least 0.001, or max");
    }
    for (auto [name, target] : {std::pair{"at", &options.at}, std::pair{"exit-after", &options.exitAfter}}) {
        if (!parser.isSet(name)) continue;
        *target = secondsOf(parser.value(name));
        if (!*target) return mistake(QString("--%1 takes a time, 90s").arg(name));
    }
    if (parser.isSet("size") && !(options.size = sizeOf(parser.value("size")))) return mistake("--size is written 1600x1000");
    if (options.at && options.screenshot.isEmpty()) return mistake("--at needs --screenshot FILE");
    return {options, {}, 0};
}

QString whyNoDisplay()
{
    const QByteArray platform = qgetenv("QT_QPA_PLATFORM");
    if (!platform.isEmpty() && !platform.startsWith("xcb") && !platform.startsWith("wayland")) return {};
    if (!qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")) return {};
    return "there is no display to show the window on: neither DISPLAY nor WAYLAND_DISPLAY is set.\n"
           "Use the command line (tantrum run SCENARIO), or QT_QPA_PLATFORM=offscreen for pictures.";
}

}  // namespace tantrum::studio
