// The bundled scenarios and lessons as the window lists them, and the files opened before.
#pragma once

#include "app/core/lesson.h"
#include "models/world/view.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace tantrum::studio {

struct ScenarioItem {
    QString name, path, title, about, folder;
    int nodes = 0;
};
/// From the text alone, without building anything.
ScenarioItem describeScenario(const QString& name, const QString& path);
std::vector<ScenarioItem> bundledItems();

struct LessonItem {
    QString name, directory, title, track;
    std::vector<QString> steps;
};
std::vector<LessonItem> bundledLessonItems();

/// What a scenario looks like, for a thumbnail; empty if it cannot be read or is large.
models::Topology sketchOf(const QString& path);

/// Most recent first, existing files only, at most eight.
QStringList recentFiles();
void rememberFile(const QString& path);

/// Steps of a lesson whose claims a person has seen kept.
int stepsDone(const QString& lesson);
void rememberStep(const QString& lesson, int step);

/// A small runnable system to begin with.
QString newScenarioText();

}  // namespace tantrum::studio
