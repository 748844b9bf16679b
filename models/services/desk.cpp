#include "models/services/desk.h"

#include <algorithm>

namespace tantrum::models {

namespace {
constexpr Duration forgottenAfter = Duration::seconds(60);  // of a copy whose twin was lost on its way

std::uint64_t tieOf(const Request& request) { return (request.identity() << 8) ^ (std::uint64_t{request.operation} << 56) ^ request.operation; }
}  // namespace

Seat::Seat(Desk& desk, const Request& request)
    : desk_(desk), rank_(desk.byPriority_ ? std::min<std::size_t>(request.priority(), Request::mostUrgent) : 0),
      tie_(desk.ties_ && request.tied() ? tieOf(request) : 0)
{
    twin_.seat = this;
    desk.receive(*this);
}

Seat::~Seat()
{
    if (state_ == State::waiting) desk_.leaveLine(*this);
    if (tie_ && twin_.linked()) desk_.ties_->leaves(*this);
    if (!worker_) return;
    worker_ = engine::Permit();
    desk_.admit();
}

void Seat::wakeAs(State state)
{
    state_ = state;
    desk_.simulation().armNow(*this);
}

void Desk::receive(Seat& seat)
{
    if (seat.tie_ && !ties_->arrives(seat)) {
        seat.state_ = Seat::State::cancelled;
        return;
    }
    engine::Slots& workers = replica_.workers;
    if (workers.taken() < workers.places()) {
        give(seat);
        seat.state_ = Seat::State::served;
        return;
    }
    if (workers.queue().level() >= workers.queueLimit() && !shedFor(seat.rank_)) {
        if (seat.tie_) ties_->leaves(seat);
        seat.state_ = Seat::State::refused;
        return;
    }
    lines_[seat.rank_].pushBack(seat);
    workers.queue().add(simulation().now(), 1);
}

void Desk::give(Seat& seat)
{
    seat.worker_ = replica_.workers.tryAcquire();
    if (seat.tie_) ties_->begins(seat);
}

Seat& Desk::best()
{
    std::size_t rank = ranks;
    while (lines_[rank - 1].empty()) --rank;
    const engine::List& line = lines_[rank - 1];
    const bool crowded = replica_.workers.queue().level() > replica_.workers.places();
    const bool newest = discipline_ == Queueing::lifo || (discipline_ == Queueing::adaptiveLifo && crowded);
    return static_cast<Seat&>(*(newest ? line.last() : line.first()));
}

void Desk::admit()
{
    engine::Slots& workers = replica_.workers;
    while (workers.taken() < workers.places() && workers.queue().level() > 0) {
        Seat& next = best();
        leaveLine(next);
        give(next);
        next.wakeAs(Seat::State::served);
    }
}

// The newest of them: it has lost the least.
bool Desk::shedFor(std::size_t rank)
{
    for (std::size_t lower = 0; lower < rank; ++lower) {
        if (lines_[lower].empty()) continue;
        auto& victim = static_cast<Seat&>(*lines_[lower].last());
        leaveLine(victim);
        if (victim.tie_) ties_->leaves(victim);
        victim.wakeAs(Seat::State::refused);
        ++shed_;
        return true;
    }
    return false;
}

void Desk::leaveLine(Seat& seat)
{
    seat.leave();
    replica_.workers.queue().add(simulation().now(), -1);
}

void Desk::setWorkers(std::int64_t workers)
{
    replica_.workers.setPlaces(workers);
    admit();
}

Task<Reply> Desk::call(Request request)
{
    Visit visit(replica_.site.station, simulation(), request);
    if (!replica_.host.up()) co_return visit.fail(Outcome::crashed);
    visit.at(replica_.host);
    engine::Resident<Reply> here;
    co_await here.enter(replica_.host.scope());
    Seat seat(*this, request);
    const bool waits = !seat.await_ready();
    if (waits) visit.waits();
    const Seat::State ended = co_await seat;
    if (waits) visit.goesOn();
    if (ended == Seat::State::refused) co_return visit.fail(Outcome::rejected);
    if (ended == Seat::State::cancelled) co_return visit.fail(Outcome::expired);
    request.setTied(false);  // what it asks of others is its own
    const Site& site = replica_.site;
    if (site.dropExpired && request.deadline <= simulation().now()) co_return visit.fail(Outcome::expired);
    if (replica_.host.drawsError(site.random)) co_return visit.fail(Outcome::error);
    Reply reply = co_await replica_.handler.program(request.operation).run(site, request);
    reply.bytes = request.replyBytes;
    co_return visit.end(reply, simulation());
}

// --- ties ---

bool Ties::arrives(Seat& seat)
{
    forgetOld();
    const auto [place, fresh] = ties_.try_emplace(seat.tie_);
    Tie& tie = place->second;
    if (fresh) {
        tie.number = ++number_;
        tie.since = simulation_.now();
        order_.emplace_back(seat.tie_, tie.number);
    }
    ++tie.arrived;
    if (tie.over) {
        ++cancelled_;
        settle(seat.tie_);
        return false;
    }
    tie.waiting.pushBack(seat.twin_);
    return true;
}

void Ties::begins(Seat& seat)
{
    const auto place = ties_.find(seat.tie_);
    Tie& tie = place->second;
    seat.twin_.unlink();
    if (++tie.begun > 1) ++bothBegun_;
    if (news_ == Duration())
        tell(seat.tie_, tie.number);
    else
        telling_.spawn(tellLater(seat.tie_, tie.number));
}

void Ties::leaves(Seat& seat)
{
    seat.twin_.unlink();
    settle(seat.tie_);
}

// Nobody is left who could be told.
void Ties::settle(std::uint64_t key)
{
    const auto place = ties_.find(key);
    if (place != ties_.end() && place->second.arrived > 1 && place->second.waiting.empty()) ties_.erase(place);
}

void Ties::tell(std::uint64_t key, std::uint64_t number)
{
    const auto place = ties_.find(key);
    if (place == ties_.end() || place->second.number != number) return;
    Tie& tie = place->second;
    tie.over = true;
    while (!tie.waiting.empty()) {
        Seat& seat = *static_cast<Seat::Twin*>(tie.waiting.first())->seat;
        seat.twin_.unlink();
        seat.desk_.leaveLine(seat);
        seat.wakeAs(Seat::State::cancelled);
        ++cancelled_;
    }
    settle(key);
}

Task<void> Ties::tellLater(std::uint64_t key, std::uint64_t number)
{
    co_await simulation_.delay(news_, engine::Spans::constant);
    tell(key, number);
}

void Ties::forgetOld()
{
    while (!order_.empty()) {
        const auto [key, number] = order_.front();
        const auto place = ties_.find(key);
        const bool gone = place == ties_.end() || place->second.number != number;
        if (!gone && (simulation_.now() - place->second.since < forgottenAfter || !place->second.waiting.empty())) return;
        if (!gone) ties_.erase(place);
        order_.pop_front();
    }
}

}  // namespace tantrum::models
