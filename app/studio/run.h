// The run as the window sees it: one client of app::Session, which alone holds the simulation. Polls it 60 times a
// second, keeps the recorded columns, and knows whether the live run or a recorded moment is shown.
#pragma once

#include "app/studio/recording.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace tantrum::studio {

class Run : public QObject {
    Q_OBJECT

public:
    explicit Run(QObject* parent = nullptr);
    ~Run() override;

    /// Replaces the run by a new one, paused at zero. `until`: then runs to that moment at full speed and pauses.
    void load(models::scenario::Scenario scenario, engine::Instant until = {});
    /// Ends and forgets the run.
    void unload();
    /// At full speed to that moment, then paused.
    void runTo(engine::Instant until);
    /// Called in the window's thread with a run that ended, was reset or is left, if anything had happened in it.
    void setArchive(std::function<void(const app::Session&)> archive) { archive_ = std::move(archive); }

    bool isLoaded() const { return session_ != nullptr; }
    /// Requires isLoaded().
    const app::Session& session() const { return *session_; }
    const models::Topology& topology() const { return session_->topology(); }
    const app::Snapshot& snapshot() const { return *snapshot_; }
    const Recording& recording() const { return recording_; }

    bool isStarted() const { return isLoaded() && snapshot_->time.count() > 0; }
    bool isPlaying() const;
    bool isOver() const;
    bool showsRecorded() const { return recorded_; }
    engine::Instant shownTime() const { return recorded_ ? shown_ : snapshot_->time; }
    const models::Frame& shownFrame() const;
    double speed() const { return speed_; }
    /// Simulated seconds a second that what is shown moves with: 0 while it stands still live. A recorded moment is
    /// drawn as if it went on, at most ten times as fast as life, so that single messages can be seen.
    double shownSpeed() const;
    /// What one press of an arrow key covers.
    engine::Duration stepSpan() const;

    void play();
    void pause();
    void togglePlay() { isPlaying() ? pause() : play(); }
    void setSpeed(double simulatedSecondsPerSecond);
    void stepForward();
    void stepBack();
    void stepEvent();
    void runToEnd();
    /// Shows what was recorded at that moment (dragging pauses); the live edge itself shows the live run.
    void showAt(engine::Instant when);
    void showLive();
    /// Fault or change, one timeline entry in flow style without `at`. Goes back to the live run first.
    void post(const QString& timelineEntry);

signals:
    void loaded();
    void ticked();          ///< the shown time moved on
    void framed();          ///< another frame is to be shown
    void columnsChanged();  ///< at most ten times a second
    void stateChanged();    ///< playing, paused, finished, stopped, live or recorded
    void cleared();         ///< what is under way on the links is to be forgotten (a jump in time)
    void travelled(const std::vector<models::Passage>& passages);
    void refused(const QString& reason);
    void ended();

private:
    void tick();
    void takeNews();
    void replay(double wallSeconds);
    void setRecorded(bool recorded);
    void showAround(engine::Instant when);
    void keep();

    std::unique_ptr<app::Session> session_;
    std::shared_ptr<const app::Snapshot> snapshot_;
    Recording recording_;
    std::function<void(const app::Session&)> archive_;
    std::vector<models::Passage> passages_;
    QTimer timer_;
    QElapsedTimer sinceTick_, sinceColumns_;
    double speed_ = 1;
    engine::Instant shown_;
    bool recorded_ = false, replaying_ = false, kept_ = false;
};

}  // namespace tantrum::studio
