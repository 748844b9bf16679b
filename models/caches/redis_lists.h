// Lists in Redis as a broker of messages, the way kombu uses them: pushed at one end, popped at the other; what was popped
// and not acknowledged stands in a hash and an index by time, until somebody restores it. A list has four levels of
// priority, each a list of its own.
#pragma once

#include "engine/list.h"
#include "engine/statistics.h"
#include "models/component.h"
#include "models/scenario/values.h"

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::models::caches {

/// Each name declares one operation for each level: `tasks`, `tasks-3`, `tasks-6`, `tasks-9`.
struct RedisListNames {
    std::vector<std::string> names;
    std::vector<std::string> operations() const;
};

class RedisLists {
public:
    static constexpr std::array levels{0, 3, 6, 9};  ///< kombu, PRIORITY_STEPS; the first is popped first
    /// What `brpop` waits for at most, by kombu.
    static constexpr Duration blockFor = Duration::seconds(1);
    /// Operations besides the lists' own, after them.
    enum class Verb : std::uint8_t { push, pop, receive, acknowledge, giveBack, restore };

    /// `firstOperation`: index of the first list's.
    RedisLists(Simulation& simulation, const RedisListNames& names, std::size_t firstOperation, std::int64_t overhead);
    RedisLists(const RedisLists&) = delete;
    RedisLists& operator=(const RedisLists&) = delete;

    std::vector<std::string> operations() const;
    Verb verbOf(std::uint16_t operation) const;
    static bool pops(Verb verb) { return verb == Verb::pop || verb == Verb::receive; }
    std::optional<std::uint32_t> subscribe(std::string_view list);
    const Request* delivered(std::uint64_t token) const;

    /// How many commands the thread executes for it.
    std::int64_t commandsOf(const Request& request) const;
    /// A pop that finds nothing says so (`found`); its client may then wait.
    Reply execute(const Request& request);
    /// Pushed after that moment: lost. How many.
    std::size_t forgetSince(Instant moment);
    std::size_t clear();

    std::int64_t bytes() const { return bytes_; }
    std::size_t size() const { return static_cast<std::size_t>(ready_.level() + unacknowledged_); }
    engine::Gauge& ready() { return ready_; }
    const engine::Gauge& ready() const { return ready_; }
    std::int64_t unacknowledged() const { return unacknowledged_; }
    std::uint64_t restored() const { return restored_; }
    Instant oldest() const;

    /// A client that is blocked. co_await: what was popped for it; nullopt after blockFor. Gone with its frame.
    class Waiting : private engine::Wakeup {
    public:
        Waiting(RedisLists& lists, const Request& request) : lists_(lists), subscription_(lists.subscriptionOf(request)) {}
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;
        ~Waiting()
        {
            if (standing_.linked()) standing_.unlink();
        }
        bool await_ready();
        void await_suspend(std::coroutine_handle<> awaiting);
        std::optional<Reply> await_resume() const { return given_; }

    private:
        friend class RedisLists;
        struct Standing : engine::ListNode {
            explicit Standing(Waiting& of) : waiting(of) {}
            Waiting& waiting;
        };
        RedisLists& lists_;
        std::uint32_t subscription_;
        Standing standing_{*this};
        std::optional<Reply> given_;
    };

private:
    /// Ready: in its list. Otherwise popped and not acknowledged.
    struct Message : engine::ListNode {
        Request request;
        Instant pushed, popped;
        std::uint64_t token = 0;  ///< the same after it was restored, as the delivery tag in the message
        bool ready = true;
    };
    static Message& messageAt(engine::ListNode* node) { return static_cast<Message&>(*node); }
    std::size_t levelOf(const Message& message) const { return message.request.operation - first_; }

    std::uint32_t subscriptionOf(const Request& request) const;
    Message* find(std::uint64_t token) const;
    void push(const Request& request);
    std::optional<Reply> popFor(std::uint32_t subscription);
    void makeReady(Message& message, bool next);
    std::size_t restoreBefore(Instant moment);
    void serve();
    void remove(Message& message);

    Simulation& simulation_;
    const RedisListNames names_;
    const std::size_t first_;
    const std::int64_t overhead_;
    std::deque<engine::List> lists_;              ///< by operation
    engine::List popped_;                         ///< in order of popping
    engine::List waiting_;                        ///< clients that are blocked, the first first
    std::vector<std::vector<std::size_t>> subscriptions_;  ///< lists, the next one to look at first
    std::vector<std::unique_ptr<Message>> messages_;
    std::vector<std::uint32_t> free_;
    engine::Gauge ready_;
    std::int64_t unacknowledged_ = 0, bytes_ = 0;
    std::uint64_t restored_ = 0;
};

}  // namespace tantrum::models::caches

namespace tantrum::models::scenario {

template <> struct ValueType<caches::RedisListNames> {
    using Bound = std::monostate;
    static constexpr bool declares = true;
    static std::string kind() { return "lists"; }
    static std::optional<caches::RedisListNames> read(const Node&, Reading&, const Rules<caches::RedisListNames>&);
    static std::string write(const caches::RedisListNames&);
    static void schema(nlohmann::json&, const Rules<caches::RedisListNames>&);
};

}  // namespace tantrum::models::scenario
