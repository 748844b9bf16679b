#include "app/studio/library/library_panel.h"

#include "app/studio/library/library_model.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/icons.h"

#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

namespace tantrum::studio {

namespace {

enum Role { path = Qt::UserRole, isLesson };

void addHeading(QListWidget& list, const QString& text)
{
    auto* item = new QListWidgetItem(text, &list);
    item->setFlags(Qt::NoItemFlags);
    item->setFont(words(12, QFont::DemiBold));
}

}  // namespace

LibraryPanel::LibraryPanel(QWidget* parent) : QWidget(parent), list_(new QListWidget)
{
    setObjectName("library");
    list_->setObjectName("libraryList");
    list_->setAccessibleName("Bundled scenarios and lessons");
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setTextElideMode(Qt::ElideRight);
    auto* filter = new QLineEdit;
    filter->setObjectName("libraryFilter");
    filter->setPlaceholderText("Find a scenario or lesson");
    filter->addAction(icon("search"), QLineEdit::LeadingPosition);
    filter->setClearButtonEnabled(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->addWidget(filter);
    column->addWidget(list_, 1);

    const auto scenarios = bundledItems();
    if (!scenarios.empty()) addHeading(*list_, "Scenarios");
    for (const ScenarioItem& scenario : scenarios) {
        if (!scenario.folder.isEmpty()) continue;  // benches and theory checks: for the command line
        auto* item = new QListWidgetItem(icon("document"), scenario.title, list_);
        item->setToolTip(scenario.about.isEmpty() ? scenario.title.toHtmlEscaped() : scenario.about.toHtmlEscaped());
        item->setData(path, scenario.path);
    }
    const auto lessons = bundledLessonItems();
    if (!lessons.empty()) addHeading(*list_, "Lessons");
    for (const LessonItem& lesson : lessons) {
        auto* item = new QListWidgetItem(icon("lesson"), lesson.title, list_);
        item->setToolTip(lesson.track.toHtmlEscaped());
        item->setData(path, lesson.directory);
        item->setData(isLesson, true);
    }
    connect(list_, &QListWidget::itemActivated, this, [this](const QListWidgetItem* item) {
        const QString chosen = item->data(path).toString();
        if (chosen.isEmpty()) return;
        if (item->data(isLesson).toBool()) emit lessonChosen(chosen);
        else emit scenarioChosen(chosen);
    });
    connect(filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        for (int i = 0; i < list_->count(); ++i) {
            QListWidgetItem* item = list_->item(i);
            const bool heading = !(item->flags() & Qt::ItemIsEnabled);
            item->setHidden(!heading && !item->text().contains(text, Qt::CaseInsensitive));
        }
    });
}

}  // namespace tantrum::studio
