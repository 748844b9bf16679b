// What a coordinator has written down about each transaction under way. It outlives the coordinator's process: whoever
// restarts finds here what is to be finished.
#pragma once

#include "engine/list.h"
#include "engine/mailbox.h"
#include "engine/scope.h"
#include "models/service.h"

#include <deque>
#include <optional>
#include <vector>

namespace tantrum::models::transactions {

struct RecordBase : engine::ListNode {
    Request request;
    std::optional<engine::Answer<Reply>> caller;  ///< as long as somebody waits for the end

    void answer(const Reply& reply)
    {
        if (caller) caller->send(reply, Duration());
        caller.reset();
    }
};

/// Keeps its memory: in steady state opening and closing allocate nothing.
template <class Record> class Records {
public:
    Record& open(const Request& request, engine::Mailbox<Reply>& caller)
    {
        if (closed_.empty()) closed_.push_back(&all_.emplace_back());
        Record& record = *closed_.back();
        closed_.pop_back();
        record.request = request;
        record.caller.emplace(caller);
        open_.pushBack(record);
        ++size_;
        return record;
    }
    void close(Record& record)
    {
        record.unlink();
        record.caller.reset();
        record.progress = {};
        closed_.push_back(&record);
        --size_;
    }
    std::size_t size() const { return size_; }
    /// In the order they were opened.
    template <class Visit> void forEach(Visit visit)
    {
        if (open_.empty()) return;
        for (engine::ListNode* node = open_.first(); node; node = open_.after(node)) visit(static_cast<Record&>(*node));
    }

private:
    std::deque<Record> all_;
    std::vector<Record*> closed_;
    engine::List open_;
    std::size_t size_ = 0;
};

}  // namespace tantrum::models::transactions
