#include "app/studio/lessons/lesson_bar.h"

#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

namespace tantrum::studio {

LessonBar::LessonBar(QWidget* parent) : QWidget(parent), track_(new QLabel), title_(new QLabel), steps_(new QHBoxLayout)
{
    setObjectName("lessonBar");
    setFixedHeight(52);
    track_->setProperty("role", "hint");
    title_->setProperty("role", "section");
    auto* leave = new QToolButton;
    leave->setObjectName("lessonLeave");
    leave->setIcon(icon("arrow_left"));
    leave->setToolTip("All lessons and scenarios");
    leave->setFocusPolicy(Qt::TabFocus);
    auto* edit = new QToolButton;
    edit->setObjectName("lessonEdit");
    edit->setText("Open in editor");
    edit->setIcon(icon("edit"));
    edit->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    edit->setFocusPolicy(Qt::TabFocus);
    auto* names = new QVBoxLayout;
    names->setSpacing(0);
    names->addWidget(track_);
    names->addWidget(title_);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(12);
    row->addWidget(leave);
    row->addLayout(names);
    row->addStretch(1);
    steps_->setSpacing(4);
    row->addLayout(steps_);
    row->addStretch(1);
    row->addWidget(edit);
    connect(leave, &QToolButton::clicked, this, &LessonBar::leaveRequested);
    connect(edit, &QToolButton::clicked, this, &LessonBar::editorRequested);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void LessonBar::setLesson(const QString& track, const QString& title, const std::vector<Step>& steps)
{
    track_->setText(track);
    title_->setText(title);
    while (QLayoutItem* item = steps_->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        auto* button = new QToolButton;
        button->setObjectName(QString("lessonStep:%1").arg(i));
        button->setCheckable(true);
        button->setChecked(steps[i].current);
        button->setText(steps[i].done ? steps[i].title : QString("%1  %2").arg(i + 1).arg(steps[i].title));
        if (steps[i].done) {
            button->setIcon(icon("ok_circle", tokens().ok));
            button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        }
        button->setFocusPolicy(Qt::TabFocus);
        connect(button, &QToolButton::clicked, this, [this, i] { emit stepChosen(static_cast<int>(i)); });
        steps_->addWidget(button);
    }
}

void LessonBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokens().bg1);
    painter.setPen(tokens().line1);
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

}  // namespace tantrum::studio
