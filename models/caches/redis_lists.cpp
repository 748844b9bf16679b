#include "models/caches/redis_lists.h"

#include "models/list_broker.h"
#include "models/scenario/names.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::models::caches {

namespace {
constexpr std::array verbs{ListBroker::pop, std::string_view("receive"), ListBroker::acknowledge, ListBroker::giveBack, ListBroker::restore};
constexpr std::uint32_t everyList = 0;  // the subscription of those who poll without one
}  // namespace

std::vector<std::string> RedisListNames::operations() const
{
    std::vector<std::string> all;
    for (const std::string& name : names)
        for (const int level : RedisLists::levels) all.push_back(level == 0 ? name : fmt::format("{}-{}", name, level));
    return all;
}

RedisLists::RedisLists(Simulation& simulation, const RedisListNames& names, std::size_t firstOperation, std::int64_t overhead)
    : simulation_(simulation), names_(names), first_(firstOperation), overhead_(overhead), lists_(names.names.size() * levels.size())
{
    subscribe("");
}

std::vector<std::string> RedisLists::operations() const
{
    std::vector<std::string> all = names_.operations();
    all.insert(all.end(), verbs.begin(), verbs.end());
    return all;
}

RedisLists::Verb RedisLists::verbOf(std::uint16_t operation) const
{
    const std::size_t index = operation - first_;
    return index < lists_.size() ? Verb::push : static_cast<Verb>(index - lists_.size() + 1);
}

std::optional<std::uint32_t> RedisLists::subscribe(std::string_view list)
{
    std::vector<std::size_t> wanted;
    for (std::size_t index = 0; index < names_.names.size(); ++index)
        if (list.empty() || names_.names[index] == list) wanted.push_back(index);
    if (wanted.empty() && !list.empty()) return std::nullopt;
    subscriptions_.push_back(std::move(wanted));
    return static_cast<std::uint32_t>(subscriptions_.size() - 1);
}

std::uint32_t RedisLists::subscriptionOf(const Request& request) const
{
    const bool known = verbOf(request.operation) == Verb::pop && request.id < subscriptions_.size();
    return known ? static_cast<std::uint32_t>(request.id) : everyList;
}

RedisLists::Message* RedisLists::find(std::uint64_t token) const
{
    const std::size_t place = token & 0xFFFFFFFFu;
    return place < messages_.size() && messages_[place]->token == token ? messages_[place].get() : nullptr;
}

const Request* RedisLists::delivered(std::uint64_t token) const
{
    const Message* message = find(token);
    return message ? &message->request : nullptr;
}

// Popping is followed by ZADD and HSET, acknowledging is ZREM and HDEL, restoring one is HGET, both of these and a push.
std::int64_t RedisLists::commandsOf(const Request& request) const
{
    switch (verbOf(request.operation)) {
    case Verb::push: return 1;
    case Verb::pop:
    case Verb::receive: return 3;
    case Verb::acknowledge: return 2;
    case Verb::giveBack: return 4;
    case Verb::restore: break;
    }
    std::int64_t due = 0;
    for (engine::ListNode* node = popped_.empty() ? nullptr : popped_.first(); node && messageAt(node).popped.count() <= static_cast<std::int64_t>(request.key); node = popped_.after(node)) ++due;
    return 1 + 4 * due;
}

Reply RedisLists::execute(const Request& request)
{
    Reply reply;
    const Verb verb = verbOf(request.operation);
    if (verb == Verb::push) push(request);
    if (pops(verb)) {
        if (const auto popped = popFor(subscriptionOf(request))) return *popped;
        reply.found = false;
    }
    if (verb == Verb::restore) reply.key = restoreBefore(Instant::at(Duration::nanoseconds(static_cast<std::int64_t>(request.key))));
    if (verb != Verb::acknowledge && verb != Verb::giveBack) return reply;
    Message* message = find(request.key);
    reply.found = message && !message->ready;  // restored and not popped again: there is nothing to remove
    if (!reply.found) return reply;
    if (verb == Verb::acknowledge)
        remove(*message);
    else
        makeReady(*message, false), serve();
    return reply;
}

void RedisLists::push(const Request& request)
{
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(messages_.size()));
        messages_.push_back(std::make_unique<Message>());
        messages_.back()->token = messages_.size() - 1;
    }
    Message& message = *messages_[free_.back()];
    free_.pop_back();
    message.token += std::uint64_t{1} << 32;
    message.request = request;
    message.pushed = simulation_.now();
    message.ready = true;
    bytes_ += overhead_ + request.bytes;
    ready_.add(simulation_.now(), 1);
    lists_[levelOf(message)].pushBack(message);
    serve();
}

// By level, and within a level each list in turn: the one popped from goes to the end.
std::optional<Reply> RedisLists::popFor(std::uint32_t subscription)
{
    std::vector<std::size_t>& order = subscriptions_[subscription];
    for (std::size_t level = 0; level < levels.size(); ++level)
        for (std::size_t turn = 0; turn < order.size(); ++turn) {
            const std::size_t name = order[turn];
            engine::List& list = lists_[name * levels.size() + level];
            if (list.empty()) continue;
            order.erase(order.begin() + static_cast<std::ptrdiff_t>(turn));
            order.push_back(name);
            Message& message = messageAt(list.first());
            message.unlink();
            message.ready = false;
            message.popped = simulation_.now();
            popped_.pushBack(message);
            ++unacknowledged_;
            ready_.add(simulation_.now(), -1);
            Reply reply;
            reply.token = message.token;
            reply.key = message.request.key;
            reply.begun = message.request.begun;
            reply.bytes = message.request.bytes;
            return reply;
        }
    return std::nullopt;
}

void RedisLists::makeReady(Message& message, bool next)
{
    message.unlink();
    message.ready = true;
    --unacknowledged_;
    ready_.add(simulation_.now(), 1);
    engine::List& list = lists_[levelOf(message)];
    next ? list.pushFront(message) : list.pushBack(message);
}

// The newest first, each to where it is popped next: so the oldest is popped first.
std::size_t RedisLists::restoreBefore(Instant moment)
{
    std::vector<Message*> due;
    for (engine::ListNode* node = popped_.empty() ? nullptr : popped_.first(); node && messageAt(node).popped <= moment; node = popped_.after(node)) due.push_back(&messageAt(node));
    for (auto message = due.rbegin(); message != due.rend(); ++message) makeReady(**message, true);
    restored_ += due.size();
    serve();
    return due.size();
}

// Whoever has been blocked for longest on a list with something in it.
void RedisLists::serve()
{
    for (engine::ListNode* node = waiting_.empty() ? nullptr : waiting_.first(); node && ready_.level() > 0;) {
        engine::ListNode* following = waiting_.after(node);
        Waiting& waiting = static_cast<Waiting::Standing*>(node)->waiting;
        waiting.given_ = popFor(waiting.subscription_);
        if (waiting.given_) {
            node->unlink();
            waiting.leave();
            simulation_.armNow(waiting);
        }
        node = following;
    }
}

bool RedisLists::Waiting::await_ready()
{
    given_ = lists_.popFor(subscription_);
    return given_.has_value();
}

void RedisLists::Waiting::await_suspend(std::coroutine_handle<> awaiting)
{
    aim(awaiting);
    lists_.waiting_.pushBack(standing_);
    lists_.simulation_.armAfter(*this, blockFor, engine::Spans::constant);
}

void RedisLists::remove(Message& message)
{
    message.unlink();
    if (message.ready)
        ready_.add(simulation_.now(), -1);
    else
        --unacknowledged_;
    bytes_ -= overhead_ + message.request.bytes;
    free_.push_back(static_cast<std::uint32_t>(message.token & 0xFFFFFFFFu));
    message.token += std::uint64_t{1} << 32;
}

std::size_t RedisLists::forgetSince(Instant moment)
{
    std::size_t lost = 0;
    const auto from = [&](engine::List& list) {
        for (engine::ListNode* node = list.empty() ? nullptr : list.first(); node;) {
            engine::ListNode* following = list.after(node);
            if (messageAt(node).pushed > moment) remove(messageAt(node)), ++lost;
            node = following;
        }
    };
    for (engine::List& list : lists_) from(list);
    from(popped_);
    return lost;
}

std::size_t RedisLists::clear()
{
    return forgetSince(Instant::at(Duration::nanoseconds(-1)));
}

Instant RedisLists::oldest() const
{
    Instant oldest = Instant::never();
    for (const engine::List& list : lists_)
        if (!list.empty()) oldest = std::min(oldest, messageAt(list.first()).pushed);
    return oldest;
}

}  // namespace tantrum::models::caches

namespace tantrum::models::scenario {

using caches::RedisListNames;

std::optional<RedisListNames> ValueType<RedisListNames>::read(const Node& node, Reading& reading, const Rules<RedisListNames>&)
{
    constexpr std::size_t most = 64;
    RedisListNames lists;
    const bool good = detail::readList(node, reading, [&](const Node& item) {
        const auto name = parseName(item.text());
        if (!name) return reading.error(item, name.message, name.hint), false;
        RedisListNames one;
        one.names = {*name};
        for (std::string& operation : one.operations()) {
            const auto same = [&](const DeclaredOperation& known) { return known.name == operation; };
            const bool taken = std::any_of(reading.operations.begin(), reading.operations.end(), same);
            const auto commands = std::to_array<std::string_view>({"get", "set", "delete", "incr", "keys", ListBroker::pop, "receive", ListBroker::acknowledge, ListBroker::giveBack, ListBroker::restore});
            const bool command = std::find(commands.begin(), commands.end(), operation) != commands.end();
            if (taken || command) {
                reading.error(item, fmt::format("'{}' is already {}", operation, command ? "a command" : "a list or one of its levels of priority"), "give the list another name");
                return false;
            }
            DeclaredOperation declared;
            declared.name = std::move(operation);
            reading.declare(std::move(declared));
        }
        lists.names.push_back(*name);
        return true;
    });
    if (good && lists.names.size() > most) return reading.error(node, fmt::format("{} lists are too many", lists.names.size()), fmt::format("at most {}", most)), std::nullopt;
    return good ? std::optional(std::move(lists)) : std::nullopt;
}

std::string ValueType<RedisListNames>::write(const RedisListNames& lists) { return lists.names.empty() ? std::string() : detail::writeList(lists.names); }

void ValueType<RedisListNames>::schema(nlohmann::json& out, const Rules<RedisListNames>&)
{
    detail::listSchema(out, [](nlohmann::json& item) { item = {{"type", "string"}, {"pattern", "^[A-Za-z][A-Za-z0-9_-]{0,63}$"}}; });
}

}  // namespace tantrum::models::scenario
