// A consumer group as its coordinator sees it: who is a member, which partition is whose, and what is committed.
#pragma once

#include "engine/list.h"
#include "engine/scope.h"
#include "models/messaging/kafka_log.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tantrum::models::messaging {

struct KafkaPosition {
    std::uint32_t partition = 0;
    std::int64_t offset = 0;
    std::uint32_t epoch = 0;  ///< of the log when it got so far
};

/// What one member's calls say beyond their requests, and what the answers bring. A call's number says whether it is still
/// the one its member waits for. Lives at the topic, as long as the world.
struct KafkaSession {
    // Said by the member with its next call of that kind:
    std::vector<KafkaPosition> wanted;     ///< fetch: the next offset of each partition
    std::size_t most = 500;                ///< fetch: records at most
    std::vector<KafkaPosition> offsets;    ///< commit
    std::vector<std::uint32_t> claims;     ///< join: what it keeps at work on meanwhile
    // Answered:
    std::vector<KafkaRecord> records;      ///< fetch
    std::vector<KafkaPosition> granted;    ///< join: its partitions, and where to begin

    std::uint64_t calls = 0, fetchCall = 0, commitCall = 0, joinCall = 0;
    std::size_t rotation = 0;              ///< the partition that is asked first by the next fetch
    bool newborn = true;                   ///< its process has not joined since it started
};

struct KafkaGroupRules {
    Duration sessionTimeout = Duration::seconds(45);
    Duration rebalanceTimeout = Duration::seconds(300);
    Duration initialDelay = Duration::seconds(3);
    bool cooperative = false, earliest = false, staticMembers = false;
};

/// What a group asks of the topic it consumes.
class KafkaLogs {
public:
    virtual std::size_t partitions() const = 0;
    virtual const KafkaLog& log(std::size_t partition) const = 0;
    /// The group has committed, or begun, there instead of at the other offset.
    virtual void committed(std::size_t partition, std::int64_t before, std::int64_t after) = 0;

protected:
    ~KafkaLogs() = default;
};

class KafkaGroup {
public:
    /// The logs outlive it.
    KafkaGroup(Simulation& simulation, KafkaLogs& logs, std::size_t members);
    ~KafkaGroup();

    KafkaGroupRules rules;  ///< as its members say; may change
    KafkaSession& session(std::size_t member);

    enum class Answer : std::uint8_t { fine, rejoin, unknown };
    Answer heartbeat(std::size_t member);
    void leave(std::size_t member);
    /// co_await: until the rebalance is over. The session then says what is the member's.
    class Join;
    /// False if one of the partitions is not the member's any more.
    bool commit(std::size_t member, const std::vector<KafkaPosition>& offsets);

    std::int64_t committedOffset(std::size_t partition) const { return committed_[partition]; }
    /// What the group has not committed, and will not read: it is gone.
    void moveOn(std::size_t partition, std::int64_t to);
    std::int64_t lag(std::size_t partition) const;
    bool rebalancing() const { return rebalancing_; }

    // Over the whole run.
    std::uint64_t rebalances = 0, expiredSessions = 0, refusedCommits = 0, skipped = 0;
    Duration rebalanced(Instant now) const { return rebalanced_ + (rebalancing_ ? now - since_ : Duration()); }

private:
    struct Member;
    static constexpr std::int64_t nobody = -1;

    void begin();
    void completeIfAll();
    void complete();
    void assignAnew(const std::vector<std::size_t>& present);
    bool assignSticky(const std::vector<std::size_t>& present);
    void grant(std::size_t member);
    void remove(std::size_t member);
    Instant nextDue() const;
    void setAlarm();
    class Sleep;
    Task<void> watch();

    Simulation& simulation_;
    KafkaLogs& logs_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<std::int64_t> owners_;     ///< of partitions: who may commit
    std::vector<std::int64_t> targets_;    ///< who may read on; nobody while it moves
    std::vector<std::int64_t> committed_;
    std::vector<bool> begun_;              ///< of partitions: where to begin has been settled
    bool rebalancing_ = false, everStable_ = false;
    Instant since_, deadline_ = Instant::never(), notBefore_;
    Duration rebalanced_;
    engine::Wakeup watcher_;
    Instant alarm_ = Instant::never();
    bool sleeps_ = false;
    engine::Scope scope_;
};

/// One parked JoinGroup call.
class KafkaGroup::Join : private engine::Wakeup {
public:
    Join(KafkaGroup& group, std::size_t member);
    ~Join();
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> awaiting);
    void await_resume() const {}

private:
    friend class KafkaGroup;
    KafkaGroup& group_;
    std::size_t member_;
};

}  // namespace tantrum::models::messaging
