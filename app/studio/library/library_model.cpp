#include "app/studio/library/library_model.h"

#include "app/core/bundled.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <QFile>
#include <QFileInfo>
#include <QSettings>

namespace tantrum::studio {

namespace scenario = models::scenario;

namespace {

constexpr int recentMost = 8;
constexpr std::size_t sketchedNodes = 60;

QString trackTitle(const QString& folder)
{
    QString title = folder;
    title.replace('_', ' ');
    if (!title.isEmpty()) title[0] = title[0].toUpper();
    return title;
}

}  // namespace

ScenarioItem describeScenario(const QString& name, const QString& path)
{
    ScenarioItem item;
    item.name = name;
    item.path = path;
    item.title = QFileInfo(path).completeBaseName();
    const auto slash = name.lastIndexOf('/');
    item.folder = slash < 0 ? QString() : name.left(slash);
    scenario::Diagnostics ignored("");
    auto text = scenario::readTextFile(path.toStdString(), ignored);
    const auto tree = text ? scenario::parseTree(std::move(*text), ignored) : nullptr;
    if (!tree || !tree->root().isMapping()) return item;
    const auto text8 = [&](const char* key) {
        const scenario::Node* node = tree->root().find(key);
        return node ? QString::fromUtf8(node->text().data(), static_cast<qsizetype>(node->text().size())).simplified() : QString();
    };
    if (const QString title = text8("name"); !title.isEmpty()) item.title = title;
    item.about = text8("about");
    if (const scenario::Node* nodes = tree->root().find("nodes")) item.nodes = static_cast<int>(nodes->size());
    return item;
}

std::vector<ScenarioItem> bundledItems()
{
    std::vector<ScenarioItem> items;
    for (const app::BundledScenario& bundled : app::bundledScenarios())
        items.push_back(describeScenario(QString::fromStdString(bundled.name), QString::fromStdString(bundled.file.string())));
    return items;
}

std::vector<LessonItem> bundledLessonItems()
{
    std::vector<LessonItem> items;
    for (const app::BundledLesson& bundled : app::bundledLessons()) {
        LessonItem item;
        item.name = QString::fromStdString(bundled.name);
        item.directory = QString::fromStdString(bundled.directory.string());
        item.track = trackTitle(item.name.left(std::max<qsizetype>(item.name.indexOf('/'), 0)));
        QFile file(item.directory + "/lesson.md");
        if (!file.open(QIODevice::ReadOnly)) continue;
        const app::LessonReading reading = app::parseLesson(file.readAll().toStdString());
        item.title = QString::fromStdString(reading.lesson.title);
        for (const app::LessonStep& step : reading.lesson.steps) item.steps.push_back(QString::fromStdString(step.title));
        items.push_back(std::move(item));
    }
    return items;
}

models::Topology sketchOf(const QString& path)
{
    const auto reading = scenario::readFile(path.toStdString(), models::catalogue());
    if (!reading.scenario || reading.scenario->nodes.size() > sketchedNodes) return {};
    return models::World::build(*reading.scenario, {})->topology();
}

QStringList recentFiles()
{
    QStringList files = QSettings().value("recent").toStringList();
    files.removeIf([](const QString& file) { return !QFileInfo::exists(file); });
    return files.mid(0, recentMost);
}

void rememberFile(const QString& path)
{
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    QSettings().setValue("recent", files.mid(0, recentMost));
}

int stepsDone(const QString& lesson)
{
    return static_cast<int>(QSettings().value("lessons/" + lesson).toStringList().size());
}

void rememberStep(const QString& lesson, int step)
{
    QSettings settings;
    QStringList done = settings.value("lessons/" + lesson).toStringList();
    if (done.contains(QString::number(step))) return;
    done << QString::number(step);
    settings.setValue("lessons/" + lesson, done);
}

QString newScenarioText()
{
    return "tantrum: 1\n"
           "name: Untitled\n"
           "seed: 1\n"
           "duration: 5min\n"
           "\n"
           "nodes:\n"
           "  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
           "  web: {type: service, workers: 8, queue: 100, work: exponential(20ms)}\n"
           "\n"
           "links:\n"
           "  users -> web: {latency: 1ms}\n";
}

}  // namespace tantrum::studio
