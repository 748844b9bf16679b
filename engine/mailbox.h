// A reply on its way between two owners. The waiting side holds a Mailbox, the answering side an Answer; either may die
// first. A reply already sent arrives even if the sender has died since; an answer that dies unsent stays silent.
#pragma once

#include "engine/simulation.h"

#include <utility>

namespace tantrum::engine {

template <class T> class Answer;

template <class T> class Mailbox {
public:
    explicit Mailbox(Simulation& simulation) : simulation_(simulation) {}
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox()
    {
        if (answer_) answer_->abandon();
    }

    /// Call once, before receive().
    Answer<T> answer() { return Answer<T>(*this); }

    class Receive {
    public:
        explicit Receive(Mailbox& mailbox) : mailbox_(mailbox) {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> awaiting) { mailbox_.wakeup_.aim(awaiting); }
        const T& await_resume() const { return mailbox_.value_; }

    private:
        Mailbox& mailbox_;
    };
    /// co_await before anything can be sent, that is in the instant's same step in which the answer was handed out.
    Receive receive() { return Receive(*this); }

private:
    friend class Answer<T>;
    Simulation& simulation_;
    Answer<T>* answer_ = nullptr;
    Wakeup wakeup_;
    T value_{};
};

template <class T> class Answer {
public:
    Answer() = default;
    explicit Answer(Mailbox<T>& mailbox) : mailbox_(&mailbox) { mailbox.answer_ = this; }
    Answer(Answer&& other) noexcept : mailbox_(std::exchange(other.mailbox_, nullptr))
    {
        if (mailbox_) mailbox_->answer_ = this;
    }
    Answer& operator=(Answer&&) = delete;
    ~Answer()
    {
        if (mailbox_) mailbox_->answer_ = nullptr;
    }

    /// Called, once, when the waiting side goes away without an answer.
    using Abandoned = void (*)(void* context);
    void onAbandoned(Abandoned call, void* context)
    {
        abandoned_ = call;
        context_ = context;
    }
    /// Somebody still waits.
    bool wanted() const { return mailbox_ != nullptr; }
    /// The waiting side wakes when the value has travelled. False if nobody waits any more.
    bool send(const T& value, Duration travel, Spans spans = Spans::any)
    {
        if (!mailbox_) return false;
        Mailbox<T>& mailbox = *std::exchange(mailbox_, nullptr);
        mailbox.answer_ = nullptr;
        mailbox.value_ = value;
        mailbox.simulation_.armAfter(mailbox.wakeup_, travel, spans);
        return true;
    }

private:
    friend class Mailbox<T>;
    void abandon()
    {
        mailbox_ = nullptr;
        if (abandoned_) abandoned_(context_);
    }
    Mailbox<T>* mailbox_ = nullptr;
    Abandoned abandoned_ = nullptr;
    void* context_ = nullptr;
};

}  // namespace tantrum::engine
