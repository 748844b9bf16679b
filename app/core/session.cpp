#include "app/core/session.h"

#include "app/core/journal_text.h"
#include "app/core/pace.h"
#include "app/core/recording.h"
#include "app/core/runner.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <variant>

namespace tantrum::app {

using engine::Duration;
using engine::Instant;
using models::World;

namespace {

struct Play {};
struct Pause {};
struct SetSpeed { double speed; };
struct Step { Duration span; };
struct StepEvent {};
struct RunToEnd {};
// In one queue with the commands, so that things happen in the order in which they were asked for.
using Request = std::variant<Play, Pause, SetSpeed, Step, StepEvent, RunToEnd, Command>;

template <class... Handlers> struct Overloaded : Handlers... { using Handlers::operator()...; };
template <class... Handlers> Overloaded(Handlers...) -> Overloaded<Handlers...>;

constexpr auto tick = std::chrono::milliseconds{4};            // how often a paced run goes on
constexpr auto pictureInterval = std::chrono::milliseconds{12};

/// What the session's thread and everyone else meet in.
struct Shared {
    models::scenario::Scenario scenario;
    std::function<void()> onRunEnded;
    models::Topology topology;
    PassageRecord passages;
    std::optional<SeriesRecord> series;

    mutable std::mutex mutex;  // guards what stands up to the blank line; held for moments only
    std::condition_variable_any wake;
    std::deque<Request> requests;
    std::shared_ptr<const Snapshot> latest;
    mutable std::vector<std::string> refusals;
    std::vector<JournalEntry> journal;

    std::jthread thread;  // last: joined before anything above goes

    void ask(Request request)
    {
        {
            const std::lock_guard lock{mutex};
            requests.push_back(std::move(request));
        }
        wake.notify_one();
    }
};

/// Lives on the session's thread, as its world has to.
class Loop {
public:
    explicit Loop(Shared& shared)
        : shared_(shared), runner_(shared.scenario, {.seed = {}, .duration = {}, .passages = true, .frames = true}) {}

    World& world() { return runner_.world(); }
    void publish();
    void run(std::stop_token stop);

private:
    void handle(Request request);
    void command(const Command& command);
    void setRunning(Instant limit, bool paced);
    void slice(Instant limit);
    void settle(World::Progress progress);
    bool over() const { return state_ == RunState::finished || state_ == RunState::stopped; }

    Shared& shared_;
    Runner runner_;
    RunState state_ = RunState::paused;
    Instant limit_;       // playing: where to pause
    bool paced_ = true;   // playing: against the wall clock
    Pace pace_;
    Speedometer speedometer_;
    SliceBudget budget_;
    WallClock::time_point lastPicture_{};
    std::uint64_t serial_ = 0;
    std::vector<models::Passage> passages_;
};

void Loop::publish()
{
    const World& world = runner_.world();
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->serial = ++serial_;
    snapshot->state = state_;
    snapshot->time = world.now();
    snapshot->duration = world.end().sinceStart();
    snapshot->speed = pace_.speed();
    snapshot->speedReached = state_ == RunState::playing ? speedometer_.speed() : 0;
    snapshot->eventsPerSecond = state_ == RunState::playing ? speedometer_.eventsPerSecond() : 0;
    snapshot->events = world.events();
    snapshot->requests = world.requests();
    snapshot->seed = world.seed();
    snapshot->fingerprint = world.fingerprint();
    snapshot->buckets = world.buckets();
    snapshot->droppedPassages = world.droppedPassages() + shared_.passages.dropped();
    snapshot->unaccounted = world.unaccounted();
    snapshot->stopReason = world.stopReason();
    snapshot->frame = world.frame();
    snapshot->happenings = world.happenings();
    lastPicture_ = WallClock::now();
    std::shared_ptr<const Snapshot> previous = std::move(snapshot);
    const std::lock_guard lock{shared_.mutex};
    shared_.latest.swap(previous);
}

void Loop::setRunning(Instant limit, bool paced)
{
    if (over()) return;
    const auto wall = WallClock::now();
    if (state_ != RunState::playing) speedometer_.restart(world().now(), world().events(), wall);
    state_ = RunState::playing;
    limit_ = limit;
    paced_ = paced;
    pace_.anchor(world().now(), wall);
}

void Loop::command(const Command& command)
{
    std::string refusal = over() ? "the run is over" : runner_.command(command);
    if (!over() && world().now() >= world().end()) settle(world().advanceTo(world().end()));
    const std::lock_guard lock{shared_.mutex};
    if (!refusal.empty()) shared_.refusals.push_back(std::move(refusal));
    shared_.journal = runner_.journal();
}

void Loop::handle(Request request)
{
    std::visit(Overloaded{[&](Play) { setRunning(world().end(), true); },
                          [&](Pause) { if (!over()) state_ = RunState::paused; },
                          [&](SetSpeed asked) { pace_.setSpeed(asked.speed, world().now(), WallClock::now()); },
                          [&](Step step) {
                              // Steps asked for while one is under way add up.
                              const bool stepping = state_ == RunState::playing && !paced_ && limit_ < world().end();
                              const Instant from = stepping ? limit_ : world().now();
                              setRunning(std::min(from + step.span, world().end()), false);
                          },
                          [&](StepEvent) {
                              if (over()) return;
                              state_ = RunState::paused;
                              settle(world().advanceSome(1, world().end()));
                          },
                          [&](RunToEnd) { setRunning(world().end(), false); },
                          [&](const Command& asked) { command(asked); }},
               request);
}

// Passages and series first: whoever reads a snapshot finds what it speaks of.
void Loop::settle(World::Progress progress)
{
    passages_.clear();
    world().takePassages(passages_);
    shared_.passages.add(passages_);
    shared_.series->update(world());
    if (progress == World::Progress::reached || over()) return;
    state_ = progress == World::Progress::finished ? RunState::finished : RunState::stopped;
    publish();
    if (shared_.onRunEnded) shared_.onRunEnded();
}

void Loop::slice(Instant limit)
{
    const auto start = WallClock::now();
    const std::uint64_t before = world().events();
    const auto progress = world().advanceSome(budget_.events(), limit);
    budget_.learn(world().events() - before, WallClock::now() - start);
    settle(progress);
}

void Loop::run(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        std::deque<Request> requests;
        {
            std::unique_lock lock{shared_.mutex};
            const auto asked = [&] { return !shared_.requests.empty(); };
            const bool idle = state_ != RunState::playing;
            if (idle) shared_.wake.wait(lock, stop, asked);
            else if (paced_ && world().now() >= std::min(limit_, pace_.target(WallClock::now()))) shared_.wake.wait_for(lock, stop, tick, asked);
            requests.swap(shared_.requests);
        }
        for (auto& request : requests) {
            if (stop.stop_requested()) return;
            handle(std::move(request));
        }
        if (state_ == RunState::playing) {
            const auto wall = WallClock::now();
            slice(paced_ ? std::min(limit_, pace_.target(wall)) : limit_);
            if (paced_) pace_.forgive(world().now(), wall);
            speedometer_.sample(world().now(), world().events(), WallClock::now());
            // A step ends when its last instant has been finished, not in the middle of it.
            if (state_ == RunState::playing && world().now() >= limit_) {
                settle(world().advanceTo(limit_));
                if (!over()) state_ = RunState::paused;
            }
        }
        const bool changed = !requests.empty() || (state_ != RunState::playing && !over());
        if (changed || (state_ == RunState::playing && WallClock::now() - lastPicture_ >= pictureInterval)) publish();
    }
}

}  // namespace

struct Session::Implementation : Shared {};

Session::Session(models::scenario::Scenario scenario, std::function<void()> onRunEnded)
    : implementation_(std::make_unique<Implementation>())
{
    Shared& shared = *implementation_;
    shared.scenario = std::move(scenario);
    shared.onRunEnded = std::move(onRunEnded);
    std::promise<void> built;
    auto ready = built.get_future();
    shared.thread = std::jthread{[&shared, built = std::move(built)](std::stop_token stop) mutable {
        Loop loop{shared};
        shared.topology = loop.world().topology();
        shared.series.emplace(shared.topology);
        loop.publish();
        built.set_value();
        loop.run(std::move(stop));
    }};
    ready.wait();
}

Session::~Session() = default;

const models::Topology& Session::topology() const { return implementation_->topology; }
const models::scenario::Scenario& Session::scenario() const { return implementation_->scenario; }

void Session::play() { implementation_->ask(Play{}); }
void Session::pause() { implementation_->ask(Pause{}); }
void Session::setSpeed(double speed) { implementation_->ask(SetSpeed{speed}); }
void Session::step(Duration span) { implementation_->ask(Step{span}); }
void Session::stepEvent() { implementation_->ask(StepEvent{}); }
void Session::runToEnd() { implementation_->ask(RunToEnd{}); }
void Session::post(Command command) { implementation_->ask(std::move(command)); }

std::shared_ptr<const Snapshot> Session::latest() const
{
    const std::lock_guard lock{implementation_->mutex};
    return implementation_->latest;
}

void Session::takePassages(std::vector<models::Passage>& into) { implementation_->passages.take(into); }

std::vector<models::Passage> Session::passagesBetween(Instant from, Instant until) const
{
    return implementation_->passages.between(from, until);
}

SeriesChunk Session::seriesFrom(std::size_t firstBucket) const { return implementation_->series->from(firstBucket); }

std::vector<std::string> Session::takeRefusals()
{
    const std::lock_guard lock{implementation_->mutex};
    return std::exchange(implementation_->refusals, {});
}

std::vector<JournalEntry> Session::journal() const
{
    const std::lock_guard lock{implementation_->mutex};
    return implementation_->journal;
}

std::string Session::textWithJournal() const
{
    auto [text, refusals] = scenarioWithJournal(implementation_->scenario, journal());
    const std::lock_guard lock{implementation_->mutex};
    implementation_->refusals.insert(implementation_->refusals.end(), refusals.begin(), refusals.end());
    return std::move(text);
}

}  // namespace tantrum::app
