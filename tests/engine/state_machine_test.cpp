#include "engine/state_machine.h"

#include "engine/scope.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tantrum::engine {
namespace {

struct News {
    int value = 0;
    static News died()
    {
        News news;
        news.value = -1;
        return news;
    }
};

// Waits twice, then says how long that took; its diary tells when it is destroyed.
class Waiter final : public StateMachine<News, Waiter> {
public:
    Waiter(Simulation& simulation, std::vector<std::string>& diary, Scope* ground = nullptr)
        : simulation_(simulation), diary_(diary), ground_(ground)
    {
    }
    ~Waiter() { diary_.push_back("destroyed at " + std::to_string(simulation_.now().count())); }

private:
    friend class StateMachine<News, Waiter>;
    void resume()
    {
        if (turns_ == 0 && ground_) here_.enter(*ground_).await_suspend(handle());
        if (turns_++ < 2) {
            wakeup_.aim(handle());
            simulation_.armAfter(wakeup_, Duration::nanoseconds(10));
            return;
        }
        News news;
        news.value = static_cast<int>(simulation_.now().count());
        finish(news);
    }

    Simulation& simulation_;
    std::vector<std::string>& diary_;
    Scope* ground_;
    int turns_ = 0;
    Resident<News> here_;
    Wakeup wakeup_;
};

class AtOnce final : public StateMachine<News, AtOnce> {
    friend class StateMachine<News, AtOnce>;
    void resume()
    {
        News news;
        news.value = 7;
        finish(news);
    }
};

class StateMachines : public testing::Test {
protected:
    Task<void> await(Task<News> task)
    {
        const News news = co_await task;
        diary.push_back("got " + std::to_string(news.value) + " at " + std::to_string(simulation.now().count()));
    }

    Simulation simulation;
    std::vector<std::string> diary;
    using Diary = std::vector<std::string>;
};

// Compilers have to lay out frames as the class says: this fails on one that does not.
TEST_F(StateMachines, LieInMemoryLikeTheFrameOfACoroutine)
{
    auto* waiter = new Waiter(simulation, diary);
    const auto handle = waiter->handle();
    EXPECT_EQ(std::coroutine_handle<Promise<News>>::from_promise(handle.promise()).address(), static_cast<void*>(waiter));
    const Task<News> task = waiter->task();
    EXPECT_TRUE(task);
}

TEST_F(StateMachines, AreAwaitedLikeCoroutines)
{
    Scope scope(simulation);
    scope.spawn(await((new Waiter(simulation, diary))->task()));
    simulation.run(Instant::never());
    EXPECT_EQ(diary, (Diary{"destroyed at 20", "got 20 at 20"}));
}

TEST_F(StateMachines, MayEndWithoutWaiting)
{
    Scope scope(simulation);
    scope.spawn(await((new AtOnce)->task()));
    simulation.run(Instant::never());
    EXPECT_EQ(diary, Diary{"got 7 at 0"});
}

TEST_F(StateMachines, AreCancelledByTheirOwner)
{
    {
        Scope scope(simulation);
        scope.spawn(await((new Waiter(simulation, diary))->task()));
        simulation.run(Instant::at(Duration::nanoseconds(15)));
    }
    EXPECT_EQ(diary, Diary{"destroyed at 15"});
    EXPECT_EQ(simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_EQ(simulation.events(), 2u);  // the start and the first wait
}

TEST_F(StateMachines, DieWithTheGroundTheyLiveOn)
{
    Scope scope(simulation), ground(simulation);
    scope.spawn(await((new Waiter(simulation, diary, &ground))->task()));
    simulation.run(Instant::at(Duration::nanoseconds(15)));
    ground.cancelAll();
    simulation.run(Instant::never());
    EXPECT_EQ(diary, (Diary{"destroyed at 15", "got -1 at 15"}));
}

}  // namespace
}  // namespace tantrum::engine
