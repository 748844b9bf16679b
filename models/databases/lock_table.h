// Exclusive row locks of transactions that may hold several, with the look for deadlocks that a database does once a wait
// has lasted a while. Locks are granted in order of asking and given back all together, when the transaction ends.
#pragma once

#include "engine/list.h"
#include "models/service.h"

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace tantrum::models::databases {

class LockTable {
    struct Row;

public:
    explicit LockTable(Simulation& simulation) : simulation_(simulation) {}
    LockTable(const LockTable&) = delete;
    LockTable& operator=(const LockTable&) = delete;

    static constexpr std::size_t mostLocks = 16;

    /// Holds at most `mostLocks` locks, and gives them back when destroyed. Outlives its waits; the table outlives it.
    class Transaction {
    public:
        explicit Transaction(LockTable& table) : table_(table) {}
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;
        ~Transaction() { release(); }
        void release()
        {
            while (count_ > 0) table_.release(*held_[--count_]);
        }

    private:
        friend class LockTable;
        LockTable& table_;
        std::array<Row*, mostLocks> held_;
        std::size_t count_ = 0;
        const Row* waitsFor_ = nullptr;
    };

    /// co_await: true with the lock in hand; false if it is not granted within the patience given. Then it may be awaited
    /// again, without losing its place in the line, and lasts until the lock is granted. Destroying it leaves the line.
    class Acquire : private engine::Wakeup {
    public:
        Acquire(LockTable& table, Transaction& transaction, std::uint64_t key, Duration patience)
            : table_(table), transaction_(transaction), key_(key), patience_(patience)
        {
        }
        ~Acquire()
        {
            if (!place_.linked()) return;
            place_.unlink();
            stopWaiting();
        }
        bool await_ready()
        {
            if (place_.linked() || granted_) return granted_;
            Row& row = table_.rowOf(key_);
            if (!row.holder) {
                row.holder = &transaction_;
                transaction_.held_[transaction_.count_++] = &row;
            }
            granted_ = row.holder == &transaction_;
            row_ = &row;
            return granted_;
        }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            if (place_.linked()) return;
            place_.acquire = this;
            row_->waiting.pushBack(place_);
            transaction_.waitsFor_ = row_;
            ++table_.waiting_;
            table_.simulation_.armAfter(*this, patience_, engine::Spans::constant);
        }
        bool await_resume() const { return granted_; }

    private:
        friend class LockTable;
        void stopWaiting()
        {
            transaction_.waitsFor_ = nullptr;
            --table_.waiting_;
        }
        struct Standing : engine::ListNode {
            Acquire* acquire = nullptr;
        };
        LockTable& table_;
        Transaction& transaction_;
        std::uint64_t key_;
        Duration patience_;
        Row* row_ = nullptr;
        Standing place_;
        bool granted_ = false;
    };

    bool held(std::uint64_t key) const
    {
        const auto row = rows_.find(key);
        return row != rows_.end() && row->second.holder;
    }
    /// It waits for somebody who waits, over one or more others, for it.
    bool deadlocked(const Transaction& transaction) const
    {
        const Transaction* other = &transaction;
        for (std::int64_t step = 0; step <= waiting_ && other->waitsFor_; ++step) {
            other = other->waitsFor_->holder;
            if (other == &transaction) return true;
        }
        return false;
    }

private:
    struct Row {
        std::uint64_t key = 0;
        Transaction* holder = nullptr;
        engine::List waiting;
    };
    using Rows = std::unordered_map<std::uint64_t, Row>;  // looked up only, never walked

    // Nodes of rows nobody holds any more are used again, so that steady traffic allocates nothing.
    Row& rowOf(std::uint64_t key)
    {
        const auto known = rows_.find(key);
        if (known != rows_.end()) return known->second;
        Row* row;
        if (spare_.empty()) {
            row = &rows_.try_emplace(key).first->second;
        } else {
            Rows::node_type node = std::move(spare_.back());
            spare_.pop_back();
            node.key() = key;
            row = &rows_.insert(std::move(node)).position->second;
        }
        row->key = key;
        return *row;
    }
    void release(Row& row)
    {
        if (row.waiting.empty()) {
            row.holder = nullptr;
            spare_.push_back(rows_.extract(row.key));
            return;
        }
        Acquire& next = *static_cast<Acquire::Standing*>(row.waiting.first())->acquire;
        next.place_.unlink();
        next.stopWaiting();
        next.granted_ = true;
        row.holder = &next.transaction_;
        next.transaction_.held_[next.transaction_.count_++] = &row;
        next.leave();
        simulation_.armNow(next);
    }

    Simulation& simulation_;
    Rows rows_;
    std::vector<Rows::node_type> spare_;
    std::int64_t waiting_ = 0;
};

}  // namespace tantrum::models::databases
