// How a fleet comes to have as many processes as are wanted, of the version that is wanted.
#include "models/compute/fleet.h"

#include "models/component.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tantrum::models::compute {

void Fleet::ring()
{
    changed_.add();
    if (progress_) progress_->add();
}

Task<void> Fleet::ringLater()
{
    ring();
    co_return;
}

Task<void> Fleet::control()
{
    for (;;) {
        const int seen = changed_.count();
        reconcile();
        list();
        co_await changed_.more(seen);
    }
}

void Fleet::want(std::int64_t count)
{
    if (count == wanted_) return;
    wanted_ = count;
    ring();
}

void Fleet::reconcile()
{
    if (mode_ == Mode::beside) return reconcileBeside();
    if (mode_ == Mode::recreate) {
        removeSome(std::numeric_limits<std::int64_t>::max(), false, target_, true);
        const bool any = std::any_of(units_.begin(), units_.end(), [this](const Unit& unit) { return unit.present && unit.version != target_; });
        if (!any) keep(target_, wanted_);
    } else {
        reconcileRolling();
    }
    const Counts fresh = countOf(target_);
    if (rollingOut_ && fresh.available >= wanted_ && fresh.present == count().present) finish(true);
}

void Fleet::keep(std::size_t version, std::int64_t wanted)
{
    const std::int64_t present = countOf(version).present;
    for (std::int64_t unit = present; unit < wanted; ++unit) create(version);
    if (present > wanted) removeSome(present - wanted, false, version, false);
}

// As the deployment controller of Kubernetes: new ones as far as the surge goes, then old ones as far as enough are
// available, broken ones first.
void Fleet::reconcileRolling()
{
    const auto surge = static_cast<std::int64_t>(std::ceil(rules_.maxSurge * static_cast<double>(wanted_) - 1e-9));
    auto unavailable = static_cast<std::int64_t>(std::floor(rules_.maxUnavailable * static_cast<double>(wanted_) + 1e-9));
    if (surge == 0 && unavailable == 0) unavailable = 1;
    const std::int64_t present = countOf(target_).present, all = count().present;
    if (all == present) return keep(target_, wanted_);
    keep(target_, std::min(wanted_, present + std::max<std::int64_t>(0, wanted_ + surge - all)));
    const std::int64_t least = wanted_ - unavailable;
    const Counts whole = count(), fresh = countOf(target_);
    const std::int64_t room = whole.present - least - (fresh.present - fresh.available);
    if (room <= 0) return;
    const std::int64_t cleaned = removeSome(room, true, target_, true);
    removeSome(std::min(room - cleaned, count().available - least), false, target_, true);
}

void Fleet::reconcileBeside()
{
    keep(target_, wanted_);
    keep(incoming_, incomingWanted_);
    if (countOf(target_).available < wanted_) return;
    for (std::size_t version = 0; version < names_.size(); ++version)  // left over from a rollout that was given up
        if (version != target_ && version != incoming_) keep(version, 0);
}

// One that is under way is given up where it stands.
void Fleet::deploy(const Deployment& deployment)
{
    rollout_.cancelAll();
    progress_.emplace(simulation_);
    const std::size_t version = versionOf(deployment.version);
    rolloutBegun_ = now();
    rollingOut_ = true;
    incomingShare_ = 0;
    if (deployment.strategy == Strategy::blueGreen || deployment.strategy == Strategy::canary) {
        mode_ = Mode::beside;
        incoming_ = version;
        incomingWanted_ = 0;
        if (incoming_ == target_)
            finish(true);
        else
            rollout_.start(rollBeside(deployment));
    } else {
        mode_ = deployment.strategy == Strategy::recreate ? Mode::recreate : Mode::rolling;
        target_ = version;
        rollout_.start(roll());
    }
    list();
    ring();
}

// Kubernetes only says that it does not get on; nobody takes it back.
Task<void> Fleet::roll()
{
    co_await simulation_.delay(rules_.progressDeadline);
    ++deadlines;
}

Task<bool> Fleet::becomesAvailable(std::size_t version, std::int64_t count)
{
    const Instant until = now() + rules_.progressDeadline;
    for (;;) {
        const int seen = progress_->count();
        if (countOf(version).available >= count) co_return true;
        if (now() >= until) co_return false;
        co_await progress_->more(seen, until - now());
    }
}

Task<void> Fleet::rollBeside(Deployment deployment)
{
    const bool canary = deployment.strategy == Strategy::canary;
    const std::size_t steps = canary ? deployment.steps.size() : 1;
    bool good = true;
    for (std::size_t step = 0; step < steps && good; ++step) {
        const double share = canary ? deployment.steps[step].share() : 1;
        incomingWanted_ = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(wanted_) - 1e-9));
        ring();
        good = co_await becomesAvailable(incoming_, incomingWanted_);
        if (!good) {
            ++deadlines;
            break;
        }
        incomingShare_ = share;
        list();
        const Tally before = tallies_[incoming_];
        co_await simulation_.delay(canary ? deployment.soak : deployment.keep);
        const Tally& after = tallies_[incoming_];
        const auto answered = static_cast<double>(after.answered - before.answered), failed = static_cast<double>(after.failed - before.failed);
        good = !canary || failed <= deployment.maxErrors.share() * answered;
    }
    finish(good);
}

// All at once back to one version: the old one has as many as are wanted all the time.
void Fleet::finish(bool good)
{
    if (mode_ == Mode::beside && good) target_ = incoming_;
    ++(good ? rollouts : rollbacks);
    const bool beside = mode_ == Mode::beside;
    mode_ = Mode::rolling;
    rollingOut_ = false;
    incomingShare_ = 0;
    rolloutTime = now() - rolloutBegun_;
    if (!beside) rollout_.cancelAll();
    list();
    ring();
}

}  // namespace tantrum::models::compute
