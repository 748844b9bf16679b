// One process on one machine: it can be up or down, fast, slow or standing still, and it owns its work. Components own
// their hosts; faults act on them.
#pragma once

#include "engine/processor.h"
#include "engine/random.h"
#include "engine/scope.h"
#include "models/factors.h"
#include "models/poison.h"
#include "models/station.h"

#include <utility>

namespace tantrum::models {

class Host {
public:
    explicit Host(Simulation& simulation) : scope_(simulation), processor_(simulation) {}

    bool up() const { return crashes_ == 0; }
    bool paused() const { return pauses_ > 0; }
    engine::Scope& scope() { return scope_; }
    engine::Processor& processor() { return processor_; }
    bool drawsNoErrors() const { return good_.neutral(); }
    /// Whether a request that arrives now is answered with an error, by the faults on this host.
    bool drawsError(engine::RandomStream& luck) const { return !good_.neutral() && luck.chance(1 - good_.product()); }
    double speed() const { return paused() ? 0 : 1 / slowdown_.product(); }

    /// The work under way ends; whoever waits for it learns so. Crashes nest: as many restarts bring it back.
    void crash()
    {
        if (++crashes_ == 1) scope_.cancelAll();
    }
    void restart() { --crashes_; }
    void pause() { ++pauses_, applySpeed(); }
    void resume() { --pauses_, applySpeed(); }
    void slow(double factor) { slowdown_.add(factor), applySpeed(); }
    void unslow(double factor) { slowdown_.remove(factor), applySpeed(); }
    void addErrors(double share) { good_.add(1 - share); }
    void removeErrors(double share) { good_.remove(1 - share); }
    /// Writes find no room; what is there can be read.
    bool diskFull() const { return fullDisks_ > 0; }
    void fillDisk() { ++fullDisks_; }
    void freeDisk() { --fullDisks_; }
    /// What it fails to handle.
    Poison& poison() { return poison_; }
    const Poison& poison() const { return poison_; }
    /// Whoever shares this host's speed among jobs; told of every change.
    void drive(engine::SharedProcessor& shared) { shared_ = &shared; }

private:
    void applySpeed()
    {
        processor_.setSpeed(speed());
        if (shared_) shared_->setSpeed(speed());
    }

    engine::Scope scope_;
    engine::Processor processor_;
    engine::SharedProcessor* shared_ = nullptr;
    int crashes_ = 0, pauses_ = 0;
    Factors slowdown_;
    Factors good_;
    int fullDisks_ = 0;
    Poison poison_;
};

/// One request's stay at a station; ends itself if the frame it lives in is destroyed.
class Visit {
public:
    /// Of nobody, nowhere: until begun.
    Visit() = default;
    Visit(Station& station, const Simulation& simulation) { begin(station, simulation); }
    /// And the request's span becomes that of the stay, for whatever is called on its behalf.
    Visit(Station& station, const Simulation& simulation, Request& request)
    {
        begin(station, simulation);
        if (request.span) [[unlikely]]
            request.span = trace(request.span, request.operation, simulation);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit()
    {
        if (station_) abandon();
    }
    void begin(Station& station, const Simulation& simulation)
    {
        station_ = &station;
        arrived_ = simulation.now();
        station.arrive();
    }
    bool begun() const { return station_ != nullptr; }
    /// The stay's span within its caller's, which is not 0.
    std::uint32_t trace(std::uint32_t parent, std::uint16_t operation, const Simulation& simulation)
    {
        simulation_ = &simulation;
        span_ = station_->traces().begin(SpanKind::stay, parent, station_->place(), operation, 0, arrived_);
        return span_;
    }
    /// For the trace: it waits here, and goes on.
    void waits()
    {
        if (span_) [[unlikely]]
            station_->traces().waits(span_, simulation_->now());
    }
    void goesOn()
    {
        if (span_) [[unlikely]]
            station_->traces().goesOn(span_, simulation_->now());
    }
    /// Where it is handled: if it ends there unfinished because the host is down, it crashed; else its caller gave up.
    void at(const Host& host) { host_ = &host; }
    Reply end(Reply reply, const Simulation& simulation)
    {
        if (span_) [[unlikely]]
            endSpan(reply.outcome);
        std::exchange(station_, nullptr)->leave(reply.outcome, simulation.now() - arrived_);
        return reply;
    }
    /// Refused here, without the work being done: no latency worth the name.
    Reply fail(Outcome outcome)
    {
        leaveRefused(outcome);
        return Reply::failed(outcome);
    }

private:
    void abandon()
    {
        if (host_ && !host_->up())
            leaveRefused(Outcome::crashed);
        else {
            if (span_) endSpan(Outcome::timeout);
            station_->leaveUnmeasured(Outcome::timeout);
        }
    }
    void endSpan(Outcome outcome) { station_->traces().end(span_, outcome, simulation_->now()); }
    void leaveRefused(Outcome outcome)
    {
        if (span_) endSpan(outcome);
        station_->refuse(outcome);
        std::exchange(station_, nullptr)->leaveUnmeasured(outcome);
    }

    Station* station_ = nullptr;
    const Host* host_ = nullptr;
    Instant arrived_;
    std::uint32_t span_ = 0;
    const Simulation* simulation_;  ///< of a traced one
};

}  // namespace tantrum::models
