#include "app/studio/transport/transport_bar.h"

#include "app/studio/theme/format.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"
#include "app/studio/transport/speed_scale.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QRegularExpressionValidator>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

namespace tantrum::studio {

namespace {

QLabel* label(const char* name, const char* role, const QString& text = {})
{
    auto* made = new QLabel(text);
    made->setObjectName(name);
    made->setProperty("role", role);
    return made;
}

}  // namespace

TransportBar::TransportBar(Run& run, const Actions& actions, QWidget* parent)
    : QWidget(parent), run_(run), timeline_(new TimelineWidget)
{
    setObjectName("transport");
    setFixedHeight(fixedHeight);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 4, 12, 4);
    row->setSpacing(24);
    row->addWidget(makeButtons(actions));
    row->addWidget(makeSpeed());
    row->addWidget(timeline_, 1);
    row->addWidget(makeNumbers());

    connect(timeline_, &TimelineWidget::sought, &run_, [this](double seconds) {
        run_.showAt(engine::Instant::at(engine::Duration::fromSeconds(seconds)));
    });
    connect(&run_, &Run::ticked, this, &TransportBar::showTime);
    connect(&run_, &Run::stateChanged, this, [this] { showSpeed(); showTime(); showRates(); });
    connect(&run_, &Run::columnsChanged, this, [this] {
        timeline_->setHealth(run_.recording().goodShare(), run_.recording().bucketSeconds());
        showRates();
        showMarks();
    });
    connect(&run_, &Run::loaded, this, [this] {
        timeline_->setHealth({}, 1);
        showTime();
        showRates();
        showMarks();
    });
    connect(&run_, &Run::framed, this, [this] {
        if (run_.snapshot().happenings.size() != shownHappenings_) showMarks();
    });
    showSpeed();
}

QWidget* TransportBar::makeButtons(const Actions& actions)
{
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    const auto add = [row](QAction* action, const char* name, int size) {
        auto* button = new QToolButton;
        button->setObjectName(name);
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonIconOnly);
        button->setFixedSize(size, size);
        button->setIconSize(size > 30 ? QSize(18, 18) : QSize(16, 16));
        button->setFocusPolicy(Qt::TabFocus);
        row->addWidget(button);
        return button;
    };
    add(actions.reset, "resetButton", 28);
    add(actions.stepBack, "stepBackButton", 28);
    add(actions.play, "playButton", 36)->setProperty("role", "primary");
    add(actions.stepForward, "stepForwardButton", 28);
    add(actions.toEnd, "toEndButton", 28);
    return box;
}

QWidget* TransportBar::makeSpeed()
{
    auto* box = new QWidget;
    box->setFixedWidth(136);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 4, 0, 4);
    column->setSpacing(0);
    auto* head = new QHBoxLayout;
    auto* title = label("speedLabel", "label", "Speed");
    speedText_ = new QLineEdit;
    speedText_->setObjectName("speedText");
    speedText_->setProperty("role", "plainNumber");
    speedText_->setAlignment(Qt::AlignRight);
    speedText_->setFixedWidth(72);
    speedText_->setFrame(false);
    speedText_->setToolTip("Simulated seconds a second: 0.001× to 1000×, or max");
    speedText_->setAccessibleName("Speed");
    head->addWidget(title);
    head->addStretch();
    head->addWidget(speedText_);
    speedSlider_ = new QSlider(Qt::Horizontal);
    speedSlider_->setObjectName("speedSlider");
    speedSlider_->setRange(0, SpeedScale::last);
    speedSlider_->setPageStep(160);
    speedSlider_->setSingleStep(16);
    speedSlider_->setAccessibleName("Speed");
    column->addLayout(head);
    column->addWidget(speedSlider_);
    connect(speedSlider_, &QSlider::valueChanged, this,
            [this](int position) { run_.setSpeed(SpeedScale::speedAt(position)); });
    connect(speedText_, &QLineEdit::editingFinished, this, &TransportBar::takeSpeedText);
    connect(speedText_, &QLineEdit::returnPressed, speedText_, &QWidget::clearFocus);
    return box;
}

QWidget* TransportBar::makeNumbers()
{
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(20);
    const auto pair = [row](QWidget* above, QWidget* below, int width, int stretchBelow = 0) {
        auto* column = new QVBoxLayout;
        column->setContentsMargins(0, 8, 0, 8);
        column->setSpacing(2);
        above->setMinimumWidth(width);
        column->addWidget(above);
        column->addWidget(below);
        column->addStretch(stretchBelow);
        row->addLayout(column);
    };
    clock_ = label("clock", "clock");
    length_ = label("runLength", "numberHint");
    events_ = label("eventsPerSecond", "number");
    auto* eventsUnit = label("eventsUnit", "hint", "events/s");
    seed_ = new QLineEdit;
    seed_->setObjectName("seed");
    seed_->setProperty("role", "number");
    seed_->setFixedWidth(96);
    seed_->setValidator(new QRegularExpressionValidator(QRegularExpression("[0-9]{1,20}"), seed_));
    seed_->setToolTip("The same scenario and seed give the same run");
    seed_->setAccessibleName("Seed");
    auto* seedUnit = label("seedUnit", "hint", "seed");
    pair(clock_, length_, 112);
    pair(events_, eventsUnit, 56);
    pair(seed_, seedUnit, 96);
    connect(seed_, &QLineEdit::returnPressed, seed_, &QWidget::clearFocus);
    connect(seed_, &QLineEdit::editingFinished, this, [this] {
        if (run_.isLoaded() && seed_->text() != QString::number(run_.snapshot().seed)) emit seedEdited(seed_->text());
    });
    return box;
}

void TransportBar::takeSpeedText()
{
    if (const auto speed = SpeedScale::parse(speedText_->text())) run_.setSpeed(*speed);
    speedText_->setText(SpeedScale::textOf(run_.speed()));
    speedText_->setModified(false);
}

void TransportBar::showSpeed()
{
    const QSignalBlocker quiet(speedSlider_);
    if (SpeedScale::speedAt(speedSlider_->value()) != run_.speed())
        speedSlider_->setValue(SpeedScale::positionOf(run_.speed()));
    if (!speedText_->hasFocus() || !speedText_->isModified()) speedText_->setText(SpeedScale::textOf(run_.speed()));
}

void TransportBar::showTime()
{
    if (!run_.isLoaded()) return;
    const app::Snapshot& now = run_.snapshot();
    const double shown = run_.shownTime().inSeconds();
    timeline_->setTimes(now.duration.inSeconds(), now.time.inSeconds(), shown);
    // Numbers that run are readable at ten a second; the head on the timeline moves at sixty.
    constexpr qint64 clockMilliseconds = 100;
    if (run_.isPlaying() && sinceClock_.isValid() && sinceClock_.elapsed() < clockMilliseconds) return;
    sinceClock_.restart();
    clock_->setText(formatClock(run_.shownTime()));
    length_->setText(run_.showsRecorded() ? QString("recorded") : "of " + formatDuration(now.duration));
}

void TransportBar::showRates()
{
    if (!run_.isLoaded()) return;
    const app::Snapshot& now = run_.snapshot();
    events_->setText(now.state == app::RunState::playing ? formatCompact(now.eventsPerSecond) : QString("0"));
    if (!seed_->hasFocus()) seed_->setText(QString::number(now.seed));
    seed_->setReadOnly(run_.isStarted());
}

void TransportBar::showMarks()
{
    if (!run_.isLoaded()) return;
    const app::Snapshot& now = run_.snapshot();
    shownHappenings_ = now.happenings.size();
    timeline_->setMarks(marksOf(now.happenings, run_.session().scenario(), now.time, now.duration.inSeconds()));
}

void TransportBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokens().bg1);
    painter.setPen(tokens().line1);
    painter.drawLine(0, 0, width(), 0);
    for (const int x : {timeline_->x() - 12, timeline_->geometry().right() + 12})
        painter.drawLine(x, 16, x, height() - 16);
}

}  // namespace tantrum::studio
