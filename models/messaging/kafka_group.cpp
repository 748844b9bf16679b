#include "models/messaging/kafka_group.h"

#include <algorithm>

namespace tantrum::models::messaging {

struct KafkaGroup::Member {
    KafkaSession session;
    bool known = false;                     ///< the coordinator counts it in
    bool rejoined = false;                  ///< in the rebalance under way
    Instant expires = Instant::never();     ///< without a heartbeat by then it is taken for dead
    Instant ghostUntil;                     ///< an earlier process of this member is still taken for alive until then
    Join* parked = nullptr;
};

KafkaGroup::KafkaGroup(Simulation& simulation, KafkaLogs& logs, std::size_t members)
    : simulation_(simulation), logs_(logs), owners_(logs.partitions(), nobody), targets_(logs.partitions(), nobody), committed_(logs.partitions(), 0), begun_(logs.partitions(), false), scope_(simulation)
{
    for (std::size_t member = 0; member < members; ++member) members_.push_back(std::make_unique<Member>());
    scope_.spawn(watch());
}

KafkaGroup::~KafkaGroup() = default;

KafkaSession& KafkaGroup::session(std::size_t member) { return members_[member]->session; }

KafkaGroup::Answer KafkaGroup::heartbeat(std::size_t index)
{
    Member& member = *members_[index];
    if (!member.known || member.session.newborn) return Answer::unknown;
    if (member.expires != Instant::never()) member.expires = simulation_.now() + rules.sessionTimeout;
    return rebalancing_ && !member.rejoined ? Answer::rejoin : Answer::fine;
}

void KafkaGroup::leave(std::size_t member)
{
    if (!members_[member]->known) return;
    remove(member);
}

bool KafkaGroup::commit(std::size_t index, const std::vector<KafkaPosition>& offsets)
{
    bool all = members_[index]->known && !members_[index]->session.newborn;
    for (const KafkaPosition& position : offsets) {
        if (!all) break;
        if (owners_[position.partition] != static_cast<std::int64_t>(index)) {
            all = false;
            continue;
        }
        if (position.offset > committed_[position.partition] && position.offset <= logs_.log(position.partition).end())
            moveOn(position.partition, position.offset);
    }
    if (!all) ++refusedCommits;
    return all;
}

void KafkaGroup::moveOn(std::size_t partition, std::int64_t to)
{
    const std::int64_t before = committed_[partition];
    committed_[partition] = to;
    logs_.committed(partition, before, to);
}

std::int64_t KafkaGroup::lag(std::size_t partition) const { return logs_.log(partition).end() - committed_[partition]; }

// Members hear of it with their next heartbeat, and join again when they next poll.
void KafkaGroup::begin()
{
    if (rebalancing_) return;
    rebalancing_ = true;
    ++rebalances;
    since_ = simulation_.now();
    deadline_ = since_ + rules.rebalanceTimeout;
    notBefore_ = everStable_ ? since_ : since_ + rules.initialDelay;
    for (const auto& member : members_) member->rejoined = false;
}

void KafkaGroup::remove(std::size_t index)
{
    Member& member = *members_[index];
    member.known = false;
    member.expires = Instant::never();
    for (std::int64_t& owner : owners_)
        if (owner == static_cast<std::int64_t>(index)) owner = nobody;
    if (std::any_of(members_.begin(), members_.end(), [](const auto& other) { return other->known; })) begin();
    completeIfAll();
}

void KafkaGroup::completeIfAll()
{
    const Instant now = simulation_.now();
    const auto ready = [now](const auto& member) { return (!member->known || member->rejoined) && member->ghostUntil <= now; };
    if (rebalancing_ && now >= notBefore_ && std::all_of(members_.begin(), members_.end(), ready)) complete();
    if (sleeps_) setAlarm();
}

void KafkaGroup::complete()
{
    const Instant now = simulation_.now();
    rebalancing_ = false;
    rebalanced_ += now - since_;
    deadline_ = Instant::never();
    std::vector<std::size_t> present;
    for (std::size_t index = 0; index < members_.size(); ++index)
        if (members_[index]->known) present.push_back(index);
    if (present.empty()) return;
    everStable_ = true;
    bool moves = false;
    if (rules.cooperative)
        moves = assignSticky(present);
    else
        assignAnew(present);
    for (const std::size_t index : present) {
        Member& member = *members_[index];
        grant(index);
        member.expires = now + rules.sessionTimeout;
        if (Join* parked = std::exchange(member.parked, nullptr)) simulation_.armNow(*parked);
    }
    if (moves) begin();  // what is given up now is given to others in a second round
}

// Blocks of neighbouring partitions; the first members get one more if they do not divide evenly.
void KafkaGroup::assignAnew(const std::vector<std::size_t>& present)
{
    const std::size_t each = owners_.size() / present.size(), more = owners_.size() % present.size();
    std::size_t partition = 0;
    for (std::size_t place = 0; place < present.size(); ++place)
        for (std::size_t count = each + (place < more ? 1 : 0); count > 0; --count) owners_[partition++] = static_cast<std::int64_t>(present[place]);
    targets_ = owners_;
}

// Everybody keeps what it has, up to its share. True if somebody has to give up a partition: that one stays with it until
// it has joined again without it.
bool KafkaGroup::assignSticky(const std::vector<std::size_t>& present)
{
    std::vector<std::int64_t> claimed(owners_.size(), nobody);
    std::vector<std::size_t> claims(members_.size(), 0), shares(members_.size(), 0), keeps(members_.size(), 0);
    for (const std::size_t index : present)
        for (const std::uint32_t partition : members_[index]->session.claims)
            if (owners_[partition] == static_cast<std::int64_t>(index)) claimed[partition] = owners_[partition], ++claims[index];
    // Whoever has more than the even share keeps one more, as far as there are any.
    const std::size_t each = owners_.size() / present.size();
    std::size_t more = owners_.size() % present.size();
    for (const std::size_t index : present) shares[index] = each + (claims[index] > each && more > 0 ? (--more, 1) : 0);
    for (const std::size_t index : present)
        if (more > 0 && shares[index] == each) ++shares[index], --more;
    bool moves = false;
    const auto receiver = [&] {
        const auto below = std::find_if(present.begin(), present.end(), [&](std::size_t index) { return keeps[index] < shares[index]; });
        return below == present.end() ? nobody : static_cast<std::int64_t>(*below);
    };
    for (std::size_t partition = 0; partition < owners_.size(); ++partition) {
        const std::int64_t owner = owners_[partition] = targets_[partition] = claimed[partition];
        if (owner == nobody || ++keeps[static_cast<std::size_t>(owner)] <= shares[static_cast<std::size_t>(owner)]) continue;
        --keeps[static_cast<std::size_t>(owner)];
        targets_[partition] = nobody;
        moves = true;
    }
    for (std::size_t partition = 0; partition < owners_.size(); ++partition) {
        if (claimed[partition] != nobody) continue;
        const std::int64_t owner = owners_[partition] = targets_[partition] = receiver();
        if (owner != nobody) ++keeps[static_cast<std::size_t>(owner)];
    }
    return moves;
}

void KafkaGroup::grant(std::size_t index)
{
    KafkaSession& session = members_[index]->session;
    session.granted.clear();
    for (std::size_t partition = 0; partition < owners_.size(); ++partition) {
        if (targets_[partition] != static_cast<std::int64_t>(index)) continue;
        if (!begun_[partition]) {
            begun_[partition] = true;
            if (!rules.earliest) moveOn(partition, logs_.log(partition).highWatermark());
        }
        session.granted.push_back({static_cast<std::uint32_t>(partition), committed_[partition], logs_.log(partition).epoch()});
    }
}

Instant KafkaGroup::nextDue() const
{
    Instant due = Instant::never();
    const Instant now = simulation_.now();
    for (const auto& member : members_) {
        due = std::min(due, member->expires);
        if (rebalancing_ && member->ghostUntil > now) due = std::min(due, member->ghostUntil);
    }
    if (rebalancing_) due = std::min(due, notBefore_ > now ? std::min(notBefore_, deadline_) : deadline_);
    return due;
}

// An alarm that has become too early is left: the watcher looks, and sets the next.
void KafkaGroup::setAlarm()
{
    const Instant due = nextDue();
    if (due >= alarm_) return;
    alarm_ = due;
    watcher_.leave();
    simulation_.armAfter(watcher_, due - simulation_.now());
}

class KafkaGroup::Sleep {
public:
    explicit Sleep(KafkaGroup& group) : group_(group) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        group_.watcher_.aim(awaiting);
        group_.alarm_ = Instant::never();
        group_.sleeps_ = true;
        group_.setAlarm();
    }
    void await_resume() const { group_.sleeps_ = false; }

private:
    KafkaGroup& group_;
};

Task<void> KafkaGroup::watch()
{
    for (;;) {
        co_await Sleep(*this);
        const Instant now = simulation_.now();
        for (std::size_t index = 0; index < members_.size(); ++index) {
            Member& member = *members_[index];
            const bool late = rebalancing_ && deadline_ <= now && !member.rejoined;
            if (!member.known || (member.expires > now && !late)) continue;
            ++expiredSessions;
            remove(index);
        }
        completeIfAll();
    }
}

KafkaGroup::Join::Join(KafkaGroup& group, std::size_t member) : group_(group), member_(member) {}

KafkaGroup::Join::~Join()
{
    if (group_.members_[member_]->parked == this) group_.members_[member_]->parked = nullptr;
}

void KafkaGroup::Join::await_suspend(std::coroutine_handle<> awaiting)
{
    aim(awaiting);
    Member& member = *group_.members_[member_];
    const Instant now = group_.simulation_.now();
    if (Join* earlier = std::exchange(member.parked, this)) group_.simulation_.armNow(*earlier);
    const bool reborn = member.known && member.session.newborn;
    if (reborn && !group_.rules.staticMembers && member.expires != Instant::never()) member.ghostUntil = std::max(now, member.expires);
    const bool changesNothing = member.known && (!reborn || group_.rules.staticMembers);
    member.session.newborn = false;
    member.known = true;
    if (changesNothing && !group_.rebalancing_) {
        group_.grant(member_);
        member.parked = nullptr;
        member.expires = now + group_.rules.sessionTimeout;
        group_.simulation_.armNow(*this);
        return;
    }
    group_.begin();
    member.rejoined = true;
    member.expires = Instant::never();  // a parked call is a sign of life
    group_.completeIfAll();
}

}  // namespace tantrum::models::messaging
