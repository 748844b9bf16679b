#include "app/studio/run.h"

#include <algorithm>
#include <cmath>

namespace tantrum::studio {

namespace {
constexpr int tickMilliseconds = 16, idleMilliseconds = 40;
constexpr qint64 columnMilliseconds = 100;
constexpr double mostDotSpeed = 10;
}

Run::Run(QObject* parent) : QObject(parent), snapshot_(std::make_shared<app::Snapshot>())
{
    timer_.setTimerType(Qt::PreciseTimer);
    timer_.setInterval(tickMilliseconds);
    connect(&timer_, &QTimer::timeout, this, &Run::tick);
    sinceTick_.start();
    sinceColumns_.start();
}

Run::~Run() { keep(); }

void Run::load(models::scenario::Scenario scenario, engine::Instant until)
{
    keep();
    session_.reset();
    recording_.clear();
    passages_.clear();
    recorded_ = replaying_ = kept_ = false;
    session_ = std::make_unique<app::Session>(std::move(scenario));
    snapshot_ = session_->latest();
    session_->setSpeed(speed_);
    if (until.count() > 0) runTo(until);
    timer_.start();
    emit loaded();
    emit cleared();
    emit framed();
    emit columnsChanged();
    emit stateChanged();
}

void Run::unload()
{
    timer_.stop();
    keep();
    session_.reset();
    recording_.clear();
    recorded_ = replaying_ = false;
    snapshot_ = std::make_shared<app::Snapshot>();
    emit stateChanged();
}

void Run::runTo(engine::Instant until)
{
    showLive();
    if (session_ && until > snapshot_->time) session_->step(until - snapshot_->time);
}

bool Run::isPlaying() const
{
    return isLoaded() && (replaying_ || (!recorded_ && snapshot_->state == app::RunState::playing));
}

bool Run::isOver() const
{
    return isLoaded() && (snapshot_->state == app::RunState::finished || snapshot_->state == app::RunState::stopped);
}

const models::Frame& Run::shownFrame() const
{
    const models::Frame* frame = recorded_ ? recording_.frameAt(shown_.inSeconds()) : nullptr;
    return frame ? *frame : snapshot_->frame;
}

double Run::shownSpeed() const
{
    if (recorded_) return replaying_ ? speed_ : std::min(speed_, mostDotSpeed);
    return isPlaying() ? snapshot_->speedReached : 0;
}

engine::Duration Run::stepSpan() const
{
    return engine::Duration::fromSeconds(recording_.columns() ? recording_.bucketSeconds() / 10 : 0.1);
}

void Run::play()
{
    if (!isLoaded()) return;
    if (recorded_) replaying_ = true;
    else session_->play();
    takeNews();
    emit stateChanged();
}

void Run::pause()
{
    if (!isLoaded()) return;
    replaying_ = false;
    session_->pause();
    takeNews();
    emit stateChanged();
}

void Run::setSpeed(double simulatedSecondsPerSecond)
{
    speed_ = simulatedSecondsPerSecond;
    if (session_) session_->setSpeed(speed_);
    emit stateChanged();
}

void Run::stepForward()
{
    if (!isLoaded()) return;
    if (isPlaying()) pause();
    if (recorded_) return showAt(shown_ + stepSpan());
    session_->step(stepSpan());
}

void Run::stepBack()
{
    if (!isLoaded()) return;
    const engine::Duration back = shownTime().sinceStart() - stepSpan();
    showAt(engine::Instant::at(std::max(back, engine::Duration{})));
}

void Run::stepEvent()
{
    if (!isLoaded()) return;
    showLive();
    if (isPlaying()) pause();
    session_->stepEvent();
}

void Run::runToEnd()
{
    if (!isLoaded()) return;
    showLive();
    session_->runToEnd();
}

void Run::showAt(engine::Instant when)
{
    if (!isLoaded()) return;
    replaying_ = false;
    session_->pause();
    snapshot_ = session_->latest();
    if (when >= snapshot_->time) return showLive();
    shown_ = when;
    setRecorded(true);
    showAround(when);
}

void Run::showAround(engine::Instant when)
{
    emit cleared();
    emit ticked();
    // The canvas shows a passage for half a second at least, however fast it was.
    const engine::Duration before = engine::Duration::fromSeconds(std::min(speed_, mostDotSpeed) / 2);
    const engine::Instant from = when.sinceStart() > before ? engine::Instant::at(when.sinceStart() - before) : engine::Instant{};
    emit travelled(session_->passagesBetween(from, when));
    emit framed();
}

void Run::showLive()
{
    if (!recorded_) return;
    replaying_ = false;
    setRecorded(false);
    showAround(snapshot_->time);
}

void Run::post(const QString& timelineEntry)
{
    if (!isLoaded()) return;
    showLive();
    session_->post({timelineEntry.toStdString()});
}

void Run::tick()
{
    const double wallSeconds = static_cast<double>(sinceTick_.nsecsElapsed()) * 1e-9;
    sinceTick_.restart();
    takeNews();
    if (replaying_) replay(wallSeconds);
    const int wanted = isPlaying() ? tickMilliseconds : idleMilliseconds;
    if (timer_.interval() != wanted) timer_.setInterval(wanted);
}

void Run::takeNews()
{
    const auto before = snapshot_;
    snapshot_ = session_->latest();

    passages_.clear();
    session_->takePassages(passages_);
    if (!passages_.empty() && !recorded_) emit travelled(passages_);
    for (const std::string& reason : session_->takeRefusals()) emit refused(QString::fromStdString(reason));

    const bool moved = snapshot_->time != before->time;
    if (sinceColumns_.elapsed() >= columnMilliseconds || isOver()) {
        if (recording_.fetch(*session_, snapshot_->buckets)) emit columnsChanged();
        sinceColumns_.restart();
    }
    if (snapshot_->serial != before->serial && !recorded_) {
        emit framed();
        if (moved) emit ticked();
    }
    if (snapshot_->state != before->state) {
        emit stateChanged();
        if (isOver()) {
            keep();
            emit ended();
        }
    }
}

// The recording plays at the chosen speed up to the live edge; from there the run itself goes on.
void Run::replay(double wallSeconds)
{
    const engine::Instant from = shown_;
    const double speed = std::min(speed_, 1e6);
    shown_ = shown_ + engine::Duration::fromSeconds(std::min(wallSeconds, 0.1) * speed);
    if (shown_ >= snapshot_->time) {
        showLive();
        if (!isOver()) session_->play();
        emit stateChanged();
        return;
    }
    std::vector<models::Passage> begun = session_->passagesBetween(from, shown_);
    std::erase_if(begun, [from](const models::Passage& p) { return p.departure <= from; });
    if (!begun.empty()) emit travelled(begun);
    emit framed();
    emit ticked();
}

void Run::setRecorded(bool recorded)
{
    if (recorded_ == recorded) return;
    recorded_ = recorded;
    emit stateChanged();
}

void Run::keep()
{
    if (!session_ || kept_ || !archive_ || session_->latest()->time.count() == 0) return;
    kept_ = true;
    archive_(*session_);
}

}  // namespace tantrum::studio
