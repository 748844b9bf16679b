#include "app/studio/studio.h"

#include "app/core/bundled.h"
#include "app/core/store.h"
#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/canvas/frame_benchmark.h"
#include "app/studio/markers.h"
#include "app/studio/run_archive.h"
#include "app/studio/theme/theme.h"
#include "app/studio/window.h"

#include <QAction>
#include <QApplication>
#include <QImage>
#include <QPainter>
#include <QPixmap>
#include <QSettings>
#include <QSvgRenderer>
#include <QTimer>

#include <cstdio>

namespace tantrum::studio {

namespace {

constexpr int environmentFault = 3;
constexpr double frameBudgetMilliseconds = 16;

void complain(const QString& sentence) { std::fprintf(stderr, "tantrum-studio: %s\n", qPrintable(sentence)); }

int printFrameStatistics()
{
    constexpr int nodes = 60, edges = 120, messages = 10'000, frames = 300;
    const FrameBenchmark measured = measureFrames(nodes, edges, messages, {1600, 900}, frames);
    std::printf("%d nodes, %d links, %zu messages, 1600x900: %s\n", nodes, edges, measured.dotsPainted, measured.frames.text().c_str());
    return measured.frames.p95() <= frameBudgetMilliseconds ? 0 : 1;
}

/// Takes the picture once the run has arrived, the charts have been fed and everything was painted.
class Screenshot : public QObject {
public:
    Screenshot(Window& window, const Options& options) : window_(window), options_(options)
    {
        connect(&timer_, &QTimer::timeout, this, &Screenshot::look);
        timer_.start(50);
    }

private:
    void look()
    {
        const Run& run = window_.run();
        const bool there = !options_.at || !run.isLoaded() || run.isOver() ||
                           (!run.isPlaying() && run.snapshot().time.inSeconds() >= *options_.at - 1e-6);
        settled_ = there ? settled_ + 1 : 0;
        constexpr int enough = 12;
        if (settled_ < enough) return;
        timer_.stop();
        const bool written = window_.grab().save(options_.screenshot);
        if (!written) complain("could not write " + options_.screenshot);
        window_.closeNow();
        QApplication::exit(written ? 0 : environmentFault);
    }

    Window& window_;
    const Options& options_;
    QTimer timer_;
    int settled_ = 0;
};

std::unique_ptr<RunArchive> openArchive(const Options& options, Window& window)
{
    if (options.resultsFile == "none" || !options.screenshot.isEmpty()) return nullptr;
    std::filesystem::path file = options.resultsFile.toStdString();
    if (file.empty()) {
        const auto usual = app::Store::defaultFile();
        if (!usual) return nullptr;
        file = *usual;
    }
    auto* receiver = &window;
    return std::make_unique<RunArchive>(file, [receiver](const std::string& failure) {
        QMetaObject::invokeMethod(receiver, [receiver, failure] { receiver->say(QString::fromStdString(failure)); }, Qt::QueuedConnection);
    });
}

int openWhatWasAsked(Window& window, const Options& options)
{
    QString failure;
    if (!options.lesson.isEmpty()) {
        const auto lesson = app::findLesson(options.lesson.toStdString());
        failure = lesson ? window.openLesson(QString::fromStdString(lesson->string())) : QString::fromStdString(lesson.failure().message);
    } else if (!options.scenario.isEmpty()) {
        failure = window.openScenario(options.scenario);
    }
    if (failure.isEmpty()) return 0;
    complain(failure);
    return 2;
}

void selectNode(Window& window, const QString& name)
{
    const auto& nodes = window.canvas().topology().nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].name == name.toStdString()) window.canvas().selectNode(static_cast<int>(i));
}

}  // namespace

int renderSvg(const QString& svg, const QString& png)
{
    QSvgRenderer renderer(svg);
    if (!renderer.isValid()) {
        complain("cannot read " + svg + " as SVG");
        return 2;
    }
    constexpr double scale = 2, most = 16'000;
    const QSize size = (QSizeF(renderer.defaultSize()) * scale).toSize();
    if (size.isEmpty() || size.width() > most || size.height() > most) {
        complain(svg + " has no usable size");
        return 2;
    }
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    renderer.render(&painter);
    painter.end();
    if (image.save(png, "PNG")) return 0;
    complain("could not write " + png);
    return environmentFault;
}

int runStudio(const Options& options)
{
    const QString theme = options.theme.isEmpty() ? QSettings().value("theme", "dark").toString() : options.theme;
    Theme::instance().apply(theme == "light" ? ThemeKind::light : ThemeKind::dark);
    if (options.frameStatistics) return printFrameStatistics();
    if (options.markers) enableMarkers();

    Window window(models::catalogue());
    const auto archive = openArchive(options, window);
    if (archive) window.run().setArchive([&archive](const app::Session& session) { archive->keep(session); });
    if (options.size) window.resize(*options.size);
    if (options.speed) window.run().setSpeed(*options.speed);
    if (const int code = openWhatWasAsked(window, options)) return code;
    new GeometryMarkers(window, window.canvas());
    window.show();
    if (!options.select.isEmpty()) selectNode(window, options.select);
    mark("ready");

    std::unique_ptr<Screenshot> screenshot;
    if (!options.screenshot.isEmpty()) {
        window.runTo(options.at.value_or(0));
        screenshot = std::make_unique<Screenshot>(window, options);
    }
    if (options.play) window.run().play();
    if (options.exitAfter)
        QTimer::singleShot(static_cast<int>(*options.exitAfter * 1000), &window, [&window] {
            window.closeNow();
            QApplication::quit();
        });
    const int code = QApplication::exec();
    window.run().unload();
    return code;
}

}  // namespace tantrum::studio
