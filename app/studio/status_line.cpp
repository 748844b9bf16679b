#include "app/studio/status_line.h"

#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/run_words.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"
#include "app/studio/transport/speed_scale.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QTimer>

namespace tantrum::studio {

namespace {

constexpr int refreshMilliseconds = 250;
constexpr qint64 sayMilliseconds = 6000;

struct Sign {
    const char* icon;
    QColor color;
};

Sign signOf(RunMood mood)
{
    const Tokens& t = tokens();
    switch (mood) {
    case RunMood::playing: return {"play", t.ok};
    case RunMood::recorded: return {"history", t.accent};
    case RunMood::finished: return {"flag", t.text2};
    case RunMood::stopped: return {"error_circle", t.error};
    case RunMood::notRecovering: return {"warning", t.error};
    default: return {"pause", t.text3};
    }
}

}  // namespace

StatusLine::StatusLine(Run& run, const CanvasWidget& canvas, QWidget* parent) : QWidget(parent), run_(run), canvas_(canvas)
{
    setObjectName("status");
    setFixedHeight(fixedHeight);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 1, 12, 0);
    row->setSpacing(16);
    // Wide enough for what they usually say, so that the others stand still while numbers run.
    const auto add = [row](const char* name, bool number, int least = 0) {
        auto* label = new QLabel;
        label->setObjectName(name);
        label->setProperty("role", number ? "numberHint" : "status");
        label->setTextFormat(Qt::PlainText);
        label->setMinimumWidth(least);
        if (number) label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        row->addWidget(label);
        return label;
    };
    sign_ = add("statusSign", false);
    state_ = add("statusState", false, 160);
    state_->setProperty("role", "state");
    size_ = add("statusSize", false, 96);
    requests_ = add("statusRequests", false, 128);
    audit_ = add("statusAudit", false, 200);
    row->addStretch(1);
    dropped_ = add("statusDropped", false, 136);
    speed_ = add("statusSpeed", true, 104);
    frames_ = add("statusFrames", true, 48);
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, &StatusLine::refresh);
    timer->start(refreshMilliseconds);
    connect(&run_, &Run::stateChanged, this, &StatusLine::refresh);
    connect(&run_, &Run::loaded, this, &StatusLine::refresh);
    connect(&Theme::instance(), &Theme::changed, this, [this] { refresh(); update(); });
    sinceFrames_.start();
    sinceSaid_.start();
    refresh();
}

void StatusLine::say(const QString& sentence)
{
    said_ = sentence;
    sinceSaid_.restart();
    refresh();
}

void StatusLine::refresh()
{
    const RunWords words = wordsFor(run_);
    const bool saying = !said_.isEmpty() && sinceSaid_.elapsed() < sayMilliseconds;
    const Sign sign = saying ? Sign{"info", tokens().accent} : signOf(words.mood);
    sign_->setPixmap(iconPixmap(sign.icon, 12, sign.color, devicePixelRatioF()));
    state_->setText(saying ? said_ : words.text);
    if (!run_.isLoaded()) return;
    const app::Snapshot& now = run_.snapshot();
    size_->setText(QString("%1 nodes, %2 links").arg(run_.topology().nodes.size()).arg(run_.topology().edges.size()));
    requests_->setText(formatCount(static_cast<double>(now.requests)) + " requests");
    audit_->setText(QString("Audit: %1 requests unaccounted for").arg(now.unaccounted));
    dropped_->setText(now.droppedPassages ? formatCompact(static_cast<double>(now.droppedPassages)) + " pictures left out" : QString());
    dropped_->setToolTip("Passages that were not drawn because there were too many. Every request is counted.");
    const bool playing = now.state == app::RunState::playing;
    speed_->setText(playing ? SpeedScale::textOf(now.speedReached) + " reached" : QString());
    if (sinceFrames_.elapsed() >= 1000) {
        const std::size_t painted = canvas_.statistics().count();
        const double seconds = static_cast<double>(sinceFrames_.restart()) / 1000;
        const double rate = static_cast<double>(painted - std::min(framesBefore_, painted)) / seconds;
        framesBefore_ = painted;
        frames_->setText(playing ? QString("%1 fps").arg(qRound(rate)) : QString());
    }
}

void StatusLine::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokens().bg1);
    painter.setPen(tokens().line1);
    painter.drawLine(0, 0, width(), 0);
}

}  // namespace tantrum::studio
