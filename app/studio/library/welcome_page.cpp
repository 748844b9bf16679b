#include "app/studio/library/welcome_page.h"

#include "app/studio/library/lesson_card.h"
#include "app/studio/library/scenario_card.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QTimer>
#include <QVBoxLayout>

namespace tantrum::studio {

namespace {

constexpr int leftWidth = 372, cardWidth = 268, lessonWidth = 320;

QLabel* label(const QString& text, const char* role)
{
    auto* made = new QLabel(text);
    made->setProperty("role", role);
    return made;
}

QPushButton* button(const char* name, const QString& iconName, const QString& text, const char* role = nullptr)
{
    auto* made = new QPushButton(text);
    made->setObjectName(name);
    made->setIcon(role ? icon(iconName, tokens().onAccent) : icon(iconName));
    made->setFixedHeight(34);
    if (role) made->setProperty("role", role);
    return made;
}

QHBoxLayout* key(const QString& keys, const QString& meaning)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    row->addWidget(label(keys, "key"));
    row->addWidget(label(meaning, "hint"));
    return row;
}

}  // namespace

WelcomePage::WelcomePage(QWidget* parent) : QWidget(parent)
{
    setObjectName("welcome");
    setFocusPolicy(Qt::ClickFocus);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    left_ = makeLeft();
    row->addWidget(left_);
    row->addWidget(makeRight(), 1);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    refresh();
}

QWidget* WelcomePage::makeLeft()
{
    auto* side = new QWidget;
    side->setFixedWidth(leftWidth);
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(24, 24, 24, 16);
    column->setSpacing(8);
    auto* brand = new QHBoxLayout;
    brand->setSpacing(16);
    auto* logo = new QLabel;
    logo->setPixmap(appIcon().pixmap(48, 48));
    auto* names = new QVBoxLayout;
    names->setSpacing(0);
    names->addWidget(label("Tantrum", "page"));
    names->addWidget(label("Watch systems fail, safely.", "label"));
    brand->addWidget(logo);
    brand->addLayout(names, 1);
    column->addLayout(brand);
    column->addSpacing(8);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    auto* make = button("newScenario", "plus", "New scenario", "primary");
    auto* open = button("openScenario", "open", "Open");
    buttons->addWidget(make, 1);
    buttons->addWidget(open, 1);
    column->addLayout(buttons);
    column->addSpacing(16);
    column->addWidget(label("Continue", "section"));
    recent_ = new QVBoxLayout;
    recent_->setSpacing(4);
    column->addLayout(recent_);
    column->addStretch(1);
    auto* keys = new QHBoxLayout;
    keys->setSpacing(16);
    keys->addLayout(key("Ctrl+N", "new"));
    keys->addLayout(key("Ctrl+O", "open"));
    keys->addLayout(key("?", "all keys"));
    keys->addStretch(1);
    keys->addWidget(label(QCoreApplication::applicationVersion(), "hint"));
    column->addLayout(keys);
    connect(make, &QPushButton::clicked, this, &WelcomePage::newRequested);
    connect(open, &QPushButton::clicked, this, &WelcomePage::openRequested);
    return side;
}

QWidget* WelcomePage::makeRight()
{
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(36, 24, 36, 24);
    column->setSpacing(16);

    lessonBox_ = new QWidget;
    auto* lessonColumn = new QVBoxLayout(lessonBox_);
    lessonColumn->setContentsMargins(0, 0, 0, 8);
    lessonColumn->setSpacing(16);
    auto* lessonHead = new QHBoxLayout;
    lessonHead->setSpacing(12);
    lessonHead->addWidget(label("Lessons", "heading"));
    lessonHead->addWidget(label("predict, run, explain", "hint"));
    lessonHead->addStretch(1);
    lessonColumn->addLayout(lessonHead);
    lessonGrid_ = new QGridLayout;
    lessonGrid_->setSpacing(12);
    lessonColumn->addLayout(lessonGrid_);
    column->addWidget(lessonBox_);

    auto* head = new QHBoxLayout;
    head->setSpacing(12);
    head->addWidget(label("Scenarios", "heading"));
    head->addWidget(label("each one runs at once; break it your way", "hint"));
    head->addStretch(1);
    auto* search = new QLineEdit;
    search->setObjectName("scenarioFilter");
    search->setPlaceholderText("Find a scenario");
    search->setFixedWidth(200);
    search->addAction(icon("search"), QLineEdit::LeadingPosition);
    head->addWidget(search);
    column->addLayout(head);
    scenarioGrid_ = new QGridLayout;
    scenarioGrid_->setSpacing(12);
    column->addLayout(scenarioGrid_);
    noScenarios_ = label("No bundled scenarios were found. Set TANTRUM_SCENARIOS to the folder that holds them, or open a file.", "label");
    column->addWidget(noScenarios_);
    column->addStretch(1);
    connect(search, &QLineEdit::textChanged, this, [this](const QString& text) {
        filter_ = text;
        arrange();
    });

    for (const LessonItem& item : bundledLessonItems()) {
        auto* card = new LessonCard(item, lessonBox_);
        lessons_.push_back(card);
        connect(card, &LessonCard::clicked, this, [this, item] { emit lessonChosen(item.directory); });
    }
    for (const ScenarioItem& item : bundledItems()) {
        if (!item.folder.isEmpty()) continue;  // benches and theory checks: for the command line
        auto* card = new ScenarioCard(item, inside);
        cards_.push_back(card);
        connect(card, &ScenarioCard::clicked, this, [this, item] { emit scenarioChosen(item.path); });
    }
    auto* area = new QScrollArea;
    area->setObjectName("welcomeScroll");
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setWidget(inside);
    return area;
}

void WelcomePage::refresh()
{
    while (QLayoutItem* item = recent_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const QStringList files = recentFiles();
    if (files.isEmpty()) recent_->addWidget(label("Files you open are listed here.", "hint"));
    for (const QString& file : files) {
        const ScenarioItem item = describeScenario(QFileInfo(file).completeBaseName(), file);
        auto* open = new QPushButton(item.title + "\n" + QString("%1, %2 nodes").arg(QFileInfo(file).fileName()).arg(item.nodes));
        open->setObjectName("recent:" + QFileInfo(file).fileName());
        open->setProperty("role", "recent");
        open->setIcon(icon("document"));
        open->setIconSize(QSize(20, 20));
        open->setToolTip(file.toHtmlEscaped());
        connect(open, &QPushButton::clicked, this, [this, file] { emit scenarioChosen(file); });
        recent_->addWidget(open);
    }
    for (LessonCard* card : lessons_) card->refresh();
    arrange();
    QTimer::singleShot(0, this, &WelcomePage::loadNextSketch);
}

// One at a time between other events, so that the page is there at once.
void WelcomePage::loadNextSketch()
{
    if (sketched_ >= cards_.size()) return;
    cards_[sketched_++]->loadSketch();
    QTimer::singleShot(0, this, &WelcomePage::loadNextSketch);
}

void WelcomePage::arrange()
{
    const int available = width() - leftWidth - 72;
    const int columns = std::max(1, available / cardWidth), lessonColumns = std::max(1, available / lessonWidth);
    for (QGridLayout* grid : {lessonGrid_, scenarioGrid_})
        for (int i = 0; i < 12; ++i) grid->setColumnStretch(i, i < (grid == lessonGrid_ ? lessonColumns : columns) ? 1 : 0);
    int index = 0;
    for (ScenarioCard* card : cards_) {
        scenarioGrid_->removeWidget(card);
        const bool shown = filter_.isEmpty() || card->matches(filter_);
        card->setVisible(shown);
        if (!shown) continue;
        scenarioGrid_->addWidget(card, index / columns, index % columns);
        ++index;
    }
    for (int i = 0; i < static_cast<int>(lessons_.size()); ++i) {
        lessonGrid_->removeWidget(lessons_[static_cast<std::size_t>(i)]);
        lessonGrid_->addWidget(lessons_[static_cast<std::size_t>(i)], i / lessonColumns, i % lessonColumns);
    }
    lessonBox_->setVisible(!lessons_.empty());
    noScenarios_->setVisible(cards_.empty());
}

void WelcomePage::resizeEvent(QResizeEvent*) { arrange(); }

void WelcomePage::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokens().bg0);
    painter.fillRect(left_->geometry(), tokens().bg1);
    painter.setPen(tokens().line1);
    painter.drawLine(leftWidth, 0, leftWidth, height());
}

}  // namespace tantrum::studio
