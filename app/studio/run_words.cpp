#include "app/studio/run_words.h"

#include "app/studio/theme/format.h"

#include <algorithm>
#include <cmath>

namespace tantrum::studio {

namespace {

constexpr std::size_t columnsJudged = 5;

/// Mean good share of columns [first, end); NaN without requests.
double meanShare(const std::vector<float>& share, std::size_t first, std::size_t end)
{
    double sum = 0;
    int count = 0;
    for (std::size_t i = first; i < std::min(end, share.size()); ++i)
        if (!std::isnan(share[i])) sum += share[i], ++count;
    return count ? sum / count : std::nan("");
}

}  // namespace

bool isNotRecovering(const Recording& recording, const std::vector<models::Happening>& happenings)
{
    const auto& share = recording.goodShare();
    double firstFault = -1, lastEnd = -1;
    for (const models::Happening& happening : happenings) {
        if (happening.kind != models::Happening::Kind::fault) continue;
        if (happening.until == engine::Instant::never()) return false;
        const double from = happening.from.inSeconds();
        firstFault = firstFault < 0 ? from : std::min(firstFault, from);
        lastEnd = std::max(lastEnd, happening.until.inSeconds());
    }
    if (firstFault < 0 || share.size() < columnsJudged) return false;
    const double judgedFrom = static_cast<double>(share.size() - columnsJudged) * recording.bucketSeconds();
    if (judgedFrom < lastEnd) return false;
    const double before = meanShare(share, 0, static_cast<std::size_t>(firstFault / recording.bucketSeconds()));
    const double now = meanShare(share, share.size() - columnsJudged, share.size());
    return before > 0.5 && now < 0.8 * before;
}

RunWords wordsFor(const Run& run)
{
    if (!run.isLoaded()) return {RunMood::idle, "No run"};
    const app::Snapshot& now = run.snapshot();
    const QString clock = formatClock(run.shownTime());
    if (run.showsRecorded())
        return {RunMood::recorded, QString("%1 what was recorded at %2").arg(run.isPlaying() ? "Replaying" : "Showing", clock)};
    if (now.state == app::RunState::stopped) {
        QString reason = QString::fromStdString(now.stopReason);
        return {RunMood::stopped, QString("Stopped at %1: %2").arg(clock, reason)};
    }
    const bool stuck = isNotRecovering(run.recording(), now.happenings);
    const QString tail = stuck ? QString(", not recovering") : QString();
    const RunMood mood = stuck ? RunMood::notRecovering : now.state == app::RunState::playing ? RunMood::playing : RunMood::paused;
    switch (now.state) {
    case app::RunState::playing: return {mood, "Running" + tail};
    case app::RunState::finished: return {stuck ? RunMood::notRecovering : RunMood::finished, "Finished at " + clock + tail};
    default: break;
    }
    if (now.time.count() == 0) return {RunMood::paused, "Ready: press Space to run"};
    return {mood, "Paused at " + clock + tail};
}

}  // namespace tantrum::studio
