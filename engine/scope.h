// A Scope owns processes, as a host does: destroying or cancelling it ends all of them.
#pragma once

#include "engine/list.h"
#include "engine/simulation.h"
#include "engine/task.h"

namespace tantrum::engine {

/// Somebody else's task that works on this scope's ground; see Resident.
class ResidentNode : public ListNode {
protected:
    friend class Scope;
    using Evict = void (*)(ResidentNode&, Simulation&);
    explicit ResidentNode(Evict evict) : evict_(evict) {}
    ~ResidentNode()
    {
        if (linked()) unlink();
    }
    Evict evict_;
};

/// Must be empty, or die, before what its tasks use. cancelAll() only from outside its own tasks.
class Scope : private ListNode {
public:
    explicit Scope(Simulation& simulation) : simulation_(simulation) { simulation.scopes().pushBack(*this); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope()
    {
        cancelAll();
        unlink();
    }
    /// Ends every process of every scope: the first step of taking a world down, while all its parts still stand.
    static void cancelEverything(Simulation& simulation)
    {
        for (ListNode* node = simulation.scopes().empty() ? nullptr : simulation.scopes().first(); node;
             node = simulation.scopes().after(node))
            static_cast<Scope*>(node)->cancelAll();
    }

    Simulation& simulation() const { return simulation_; }
    bool empty() const { return processes_.empty() && residents_.empty(); }

    /// The process starts through the agenda, at this instant.
    void spawn(Task<void> process) { spawnAfter(Duration{}, std::move(process)); }
    void spawnAfter(Duration span, Task<void> process, Spans spans = Spans::any)
    {
        auto handle = process.release();
        Promise<void>& promise = handle.promise();
        processes_.pushBack(promise);
        promise.start.aim(handle);
        simulation_.armAfter(promise.start, span, spans);
    }
    /// The process runs at once, inside the step of whoever starts it, to its first suspension.
    void start(Task<void> process)
    {
        auto handle = process.release();
        processes_.pushBack(handle.promise());
        handle.resume();
    }
    /// Destroys every process; residents are evicted, and whoever awaits them is told.
    void cancelAll()
    {
        while (!processes_.empty())
            std::coroutine_handle<Promise<void>>::from_promise(static_cast<Promise<void>&>(*processes_.first())).destroy();
        while (!residents_.empty()) {
            auto& resident = static_cast<ResidentNode&>(*residents_.first());
            resident.evict_(resident, simulation_);
        }
    }

private:
    template <class> friend class Resident;
    Simulation& simulation_;
    List processes_;
    List residents_;
};

/// Lets a called coroutine live in the callee's scope while its caller owns it. First thing in its body:
///
///     Resident<Reply> here;
///     co_await here.enter(host.scope);
///
/// If that scope is cancelled, the frame is destroyed on the spot and the caller gets T::died() at the same instant,
/// through the agenda. If the caller goes away first, it destroys the frame as always.
template <class T> class Resident : public ResidentNode {
public:
    Resident() : ResidentNode(&Resident::evict) {}

    auto enter(Scope& scope) { return Enter(*this, scope); }

private:
    class Enter {
    public:
        Enter(Resident& resident, Scope& scope) : resident_(resident), scope_(scope) {}
        bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<Promise<T>> self)
        {
            resident_.self_ = self.address();
            scope_.residents_.pushBack(resident_);
            return false;
        }
        void await_resume() const noexcept {}

    private:
        Resident& resident_;
        Scope& scope_;
    };

    static Task<T> corpse(Simulation& simulation)
    {
        co_await simulation.delay(Duration{});
        co_return T::died();
    }

    // The owner's task is given another frame, which ends at once with the news; the owner is none the wiser.
    static void evict(ResidentNode& node, Simulation& simulation)
    {
        auto& resident = static_cast<Resident&>(node);
        Promise<T>& promise = std::coroutine_handle<Promise<T>>::from_address(resident.self_).promise();
        Task<T>& owner = *promise.owner;
        Task<T> substitute = corpse(simulation);
        substitute.handle_.promise().continuation = promise.continuation;
        std::swap(substitute.handle_, owner.handle_);
        owner.handle_.promise().owner = &owner;
        owner.handle_.resume();
    }

    void* self_;  // set on entering
};

}  // namespace tantrum::engine
