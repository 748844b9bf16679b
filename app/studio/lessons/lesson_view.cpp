#include "app/studio/lessons/lesson_view.h"

#include "app/studio/library/library_model.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QDir>
#include <QFile>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QVBoxLayout>

namespace tantrum::studio {

using Kind = app::LessonPart::Kind;

namespace {

/// Paragraphs apart, lines 22 px high, code in the number font. Links and pictures do not leave the text.
QString richText(const QString& markdown)
{
    QTextDocument text;
    text.setDefaultFont(words(14));
    text.setMarkdown(markdown, QTextDocument::MarkdownFeatures(QTextDocument::MarkdownNoHTML | QTextDocument::MarkdownDialectCommonMark));
    for (QTextBlock block = text.begin(); block.isValid(); block = block.next()) {
        QTextCursor cursor(block);
        QTextBlockFormat format = block.blockFormat();
        format.setLineHeight(22, QTextBlockFormat::FixedHeight);
        format.setTopMargin(0);
        format.setBottomMargin(block.next().isValid() ? 10 : 0);
        cursor.setBlockFormat(format);
        for (auto piece = block.begin(); !piece.atEnd(); ++piece) {
            if (!piece.fragment().charFormat().fontFixedPitch()) continue;
            cursor.setPosition(piece.fragment().position());
            cursor.setPosition(piece.fragment().position() + piece.fragment().length(), QTextCursor::KeepAnchor);
            QTextCharFormat code;
            code.setFontFamilies({numberFamily()});
            code.setProperty(QTextFormat::FontPixelSize, 13);
            cursor.mergeCharFormat(code);
        }
    }
    return text.toHtml();
}

QString readAll(const QString& path, std::string& text)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return QString("%1: %2").arg(path, file.errorString());
    text = file.readAll().toStdString();
    return {};
}

}  // namespace

LessonView::LessonView(const models::scenario::Catalogue& catalogue, QWidget* parent)
    : QWidget(parent), catalogue_(catalogue), area_(new QScrollArea), back_(new QPushButton("Back")),
      next_(new QPushButton("Next"))
{
    setObjectName("lesson");
    setFixedWidth(fixedWidth);
    area_->setObjectName("lessonScroll");
    area_->setWidgetResizable(true);
    area_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    back_->setObjectName("lessonBack");
    back_->setIcon(icon("arrow_left"));
    back_->setFixedHeight(32);
    next_->setObjectName("lessonNext");
    next_->setFixedHeight(32);
    next_->setProperty("role", "primary");
    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(20, 12, 20, 16);
    buttons->addWidget(back_);
    buttons->addStretch(1);
    buttons->addWidget(next_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(area_, 1);
    all->addLayout(buttons);
    connect(back_, &QPushButton::clicked, this, [this] { step_ > 0 ? showStep(step_ - 1) : emit leaveRequested(); });
    connect(next_, &QPushButton::clicked, this, [this] {
        step_ + 1 < static_cast<int>(lesson_.steps.size()) ? showStep(step_ + 1) : emit leaveRequested();
    });
    connect(&Theme::instance(), &Theme::changed, this, &LessonView::rebuild);
}

LessonView::~LessonView() = default;

QString LessonView::open(const QString& directory)
{
    std::string markdown;
    if (const QString failure = readAll(directory + "/lesson.md", markdown); !failure.isEmpty()) return failure;
    if (const QString failure = readAll(directory + "/scenario.yaml", scenario_); !failure.isEmpty()) return failure;
    app::LessonReading reading = app::parseLesson(markdown);
    if (!reading.mistakes.empty())
        return QString("%1/lesson.md, line %2: %3").arg(directory).arg(reading.mistakes.front().line)
            .arg(QString::fromStdString(reading.mistakes.front().message));
    lesson_ = std::move(reading.lesson);
    directory_ = directory;
    const QDir folder(directory);
    name_ = QFileInfo(folder.absolutePath()).dir().dirName() + "/" + folder.dirName();
    progress_.assign(lesson_.steps.size(), {});
    step_ = -1;
    showStep(0);
    return {};
}

void LessonView::showStep(int step)
{
    if (step == step_ || step < 0 || step >= static_cast<int>(lesson_.steps.size())) return;
    step_ = step;
    rebuild();
    if (current().part(Kind::run)) {
        const auto text = app::textOfStep(current(), scenario_, catalogue_);
        if (text) emit scenarioWanted(QString::fromStdString(*text), false);
    } else if (step_ == 0) {
        emit scenarioWanted(QString::fromStdString(scenario_), false);
    }
    emit stepChanged();
}

bool LessonView::isDone(int step) const
{
    const auto& progress = progress_[static_cast<std::size_t>(step)];
    const bool nothingToDo = !lesson_.steps[static_cast<std::size_t>(step)].part(Kind::run) && step < step_;
    return nothingToDo || (progress.findings && progress.findings->kept());
}

void LessonView::rebuild()
{
    if (lesson_.steps.empty() || step_ < 0) return;
    content_ = new QWidget;
    column_ = new QVBoxLayout(content_);
    column_->setContentsMargins(20, 20, 20, 20);
    column_->setSpacing(12);
    auto* title = new QLabel(QString("%1. %2").arg(step_ + 1).arg(QString::fromStdString(current().title)));
    title->setProperty("role", "page");
    title->setWordWrap(true);
    title->setTextFormat(Qt::PlainText);
    column_->addWidget(title);
    if (step_ == 0 && !lesson_.introduction.empty()) addText(QString::fromStdString(lesson_.introduction));
    std::size_t claims = 0;
    const std::size_t shown = progress().shownParts(current());
    for (std::size_t i = 0; i < shown; ++i) {
        const app::LessonPart& part = current().parts[i];
        if (part.kind == Kind::check) {
            addClaims(part, claims);
            claims += part.claims.size();
        } else {
            addPart(part);
        }
    }
    column_->addStretch(1);
    // The change may come from a button of the old content, which is still at work.
    if (QWidget* old = area_->takeWidget()) old->deleteLater();
    area_->setWidget(content_);
    back_->setText(step_ == 0 ? "All lessons" : "Back");
    const bool last = step_ + 1 == static_cast<int>(lesson_.steps.size());
    next_->setText(last ? QString("Finish") : "Next: " + QString::fromStdString(lesson_.steps[static_cast<std::size_t>(step_ + 1)].title));
}

void LessonView::addPart(const app::LessonPart& part)
{
    if (part.kind == Kind::prose) addText(QString::fromStdString(part.text));
    else if (part.kind == Kind::predict) addQuestion(part);
    else if (part.kind == Kind::run) addRun();
}

QLabel* LessonView::addText(const QString& markdown)
{
    auto* text = new QLabel;
    text->setProperty("role", "prose");
    text->setTextFormat(Qt::RichText);
    text->setText(richText(markdown));
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column_->addWidget(text);
    return text;
}

void LessonView::addQuestion(const app::LessonPart& part)
{
    auto* question = new QLabel("Predict: " + QString::fromStdString(part.text));
    question->setProperty("role", "section");
    question->setWordWrap(true);
    question->setTextFormat(Qt::PlainText);
    column_->addWidget(question);
    auto* options = new QVBoxLayout;
    options->setSpacing(8);
    const StepProgress& done = progress();
    constexpr auto none = static_cast<std::size_t>(-1);
    const std::size_t right = done.findings ? done.findings->right().value_or(none) : none;
    const std::size_t chosen = done.chosen.value_or(none);
    for (std::size_t i = 0; i < part.options.size(); ++i) {
        QString words = QString::fromStdString(part.options[i].text);
        auto* option = new QPushButton(words);
        option->setObjectName(QString("option:%1").arg(i));
        option->setProperty("role", right == i ? "optionRight" : chosen == i ? "optionChosen" : "option");
        option->setIcon(icon(right == i ? "check" : chosen == i ? "record" : "stop"));
        option->setIconSize(QSize(14, 14));
        option->setFixedHeight(36);
        option->setEnabled(!done.findings && !done.running);
        if (right == i) option->setText(words + "   " + measuredText(done.findings->options[i]));
        else if (chosen == i) option->setText(words + "   your prediction");
        connect(option, &QPushButton::clicked, this, [this, i] {
            progress().chosen = i;
            rebuild();
        });
        options->addWidget(option);
    }
    column_->addLayout(options);
    if (const QString verdict = verdictText(part, done); !verdict.isEmpty()) addText(verdict);
}

void LessonView::addRun()
{
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    const StepProgress& done = progress();
    auto* button = new QPushButton(done.findings ? "Run again" : "Run");
    button->setObjectName("lessonRun");
    button->setIcon(icon(done.findings ? "reset" : "play"));
    button->setFixedHeight(30);
    button->setEnabled(done.mayRun(current()));
    auto* remark = new QLabel;
    remark->setObjectName("lessonRemark");
    remark->setProperty("role", "hint");
    remark->setWordWrap(true);
    if (!done.failure.isEmpty()) remark->setText(done.failure);
    else if (done.running) remark->setText("Running …");
    else if (done.findings)
        remark->setText(QString("%1 of simulated time took %2").arg(formatDuration(done.findings->results.simulatedSeconds), formatDuration(done.wallSeconds)));
    else if (!done.mayRun(current())) remark->setText("Choose an answer first.");
    row->addWidget(button);
    row->addWidget(remark, 1);
    column_->addLayout(row);
    connect(button, &QPushButton::clicked, this, &LessonView::run);
}

void LessonView::addClaims(const app::LessonPart& part, std::size_t firstClaim)
{
    for (std::size_t i = 0; i < part.claims.size(); ++i) {
        const auto& findings = progress().findings;
        const std::size_t index = firstClaim + i;
        const bool judged = findings && index < findings->claims.size();
        const bool passed = judged && findings->claims[index].passed;
        auto* card = new QFrame;
        card->setObjectName(QString("claim:%1").arg(index));
        card->setProperty("role", passed ? "okCard" : judged ? "errorCard" : "card");
        auto* row = new QHBoxLayout(card);
        row->setContentsMargins(12, 8, 12, 8);
        row->setSpacing(10);
        auto* sign = new QLabel;
        sign->setPixmap(iconPixmap(passed ? "ok_circle" : "error_circle", 16, passed ? tokens().ok : tokens().error, devicePixelRatioF()));
        auto* claim = new QLabel(QString::fromStdString(part.claims[i]));
        claim->setProperty("role", "claim");
        claim->setFont(numbers(11));  // no ligatures: the style sheet cannot say so
        claim->setWordWrap(true);
        claim->setTextFormat(Qt::PlainText);
        auto* measured = new QLabel(judged ? measuredText(findings->claims[index]) : QString());
        measured->setProperty("role", "hint");
        row->addWidget(sign);
        row->addWidget(claim, 1);
        row->addWidget(measured);
        column_->addWidget(card);
    }
}

void LessonView::run()
{
    if (!progress().mayRun(current())) return;
    progress().running = true;
    progress().failure.clear();
    const auto text = app::textOfStep(current(), scenario_, catalogue_);
    if (text) emit scenarioWanted(QString::fromStdString(*text), true);
    rebuild();
    worker_ = std::jthread([this, step = current(), index = step_, scenario = scenario_, directory = directory_.toStdString()] {
        QElapsedTimer clock;
        clock.start();
        auto findings = app::judgeStep(step, scenario, directory, catalogue_);
        const double seconds = static_cast<double>(clock.nsecsElapsed()) * 1e-9;
        QMetaObject::invokeMethod(this, [this, index, findings = std::move(findings), seconds]() mutable {
            finish(index, std::move(findings), seconds);
        }, Qt::QueuedConnection);
    });
}

void LessonView::finish(int step, app::Expected<app::LessonFindings> findings, double seconds)
{
    if (step >= static_cast<int>(progress_.size())) return;
    StepProgress& done = progress_[static_cast<std::size_t>(step)];
    done.running = false;
    done.wallSeconds = seconds;
    if (findings) done.findings = std::move(*findings);
    else done.failure = QString::fromStdString(findings.failure().message);
    if (done.findings && done.findings->kept()) rememberStep(name_, step);
    if (step == step_) rebuild();
    emit stepChanged();
}

void LessonView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokens().bg1);
    painter.setPen(tokens().line1);
    painter.drawLine(width() - 1, 0, width() - 1, height());
}

}  // namespace tantrum::studio
