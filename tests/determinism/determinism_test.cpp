// The same run on every machine: nothing that feeds the agenda depends on the C library's mathematics, on contraction of
// multiply-add, on addresses, or on the order of a hash table (tests/tidy forbids walking one).
#include "tests/determinism/support/mathematics_trap.h"
#include "tests/determinism/support/record.h"

#include "engine/pool.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>

namespace tantrum::determinism {
namespace {

// Everything below runs with falsified mathematics; this is the proof that it does.
TEST(Determinism, IsTriedWithMathematicsOfAnotherMachine)
{
    volatile double x = 2, y = 0.5;
    const std::uint64_t before = trappedCalls();
    EXPECT_NEAR(std::exp(x), 7.38905609893065, 1e-4);
    EXPECT_NE(std::exp(x), 7.38905609893065);
    EXPECT_GT(std::log(x), 0.69314718055994530);
    EXPECT_GT(std::pow(x, y), std::sqrt(x));
    EXPECT_EQ(trappedCalls(), before + 4);
    EXPECT_EQ(firstTrapped(), "exp");
}

TEST(Determinism, IsTriedWithEveryFunctionOfTheLanguage)
{
    for (const std::string& missing : functionsLeftOut()) ADD_FAILURE() << missing << " has no example in tests/determinism/support/record.cpp";
}

TEST(Determinism, FingerprintsAreTheRecordedOnesWhateverTheMachinesMathematics)
{
    const bool anew = std::getenv("TANTRUM_RECORD") != nullptr;
    const auto record = readRecord();
    std::map<std::string, std::string> found;
    const std::uint64_t before = trappedCalls();
    for (const Remembered& each : everythingRemembered()) {
        const std::string fingerprint = fingerprintOf(each);
        found.emplace(each.name, fingerprint);
        EXPECT_EQ(trappedCalls(), before) << each.name << " called " << firstTrapped() << " of the C library";
        if (anew) continue;
        const auto known = record.find(each.name);
        EXPECT_EQ(fingerprint, known == record.end() ? "not recorded; fingerprints.txt says how" : known->second) << each.name;
    }
    if (anew) {
        writeRecord(found);
        return;
    }
    for (const auto& [name, fingerprint] : record) EXPECT_TRUE(found.contains(name)) << name << " is recorded but there is no such scenario any more";
    EXPECT_GT(found.size(), 50u);
}

// Takes blocks of the coroutines' pool and of the heap and gives some of them back in disorder, so that nothing of the
// next run lies where the last one's lay.
class Disorder {
public:
    explicit Disorder(std::uint64_t seed) : luck_(seed)
    {
        for (int block = 0; block < 20'000; ++block) {
            const std::size_t size = 16 + luck_() % 1500;
            blocks_.emplace_back(engine::FramePool::allocate(size), size);
            heap_.push_back(std::make_unique<char[]>(1 + luck_() % 3000));
        }
        std::shuffle(blocks_.begin(), blocks_.end(), luck_);
        std::shuffle(heap_.begin(), heap_.end(), luck_);
        for (int block = 0; block < 15'000; ++block) {
            giveBack();
            heap_.pop_back();
        }
    }
    ~Disorder()
    {
        while (!blocks_.empty()) giveBack();
    }
    Disorder(const Disorder&) = delete;
    Disorder& operator=(const Disorder&) = delete;

private:
    void giveBack()
    {
        engine::FramePool::release(blocks_.back().first, blocks_.back().second);
        blocks_.pop_back();
    }
    std::mt19937_64 luck_;
    std::vector<std::pair<void*, std::size_t>> blocks_;
    std::vector<std::unique_ptr<char[]>> heap_;
};

std::vector<Remembered> ofTheLibrary()
{
    std::vector<Remembered> some;
    for (Remembered& each : everythingRemembered())
        if (each.name.starts_with("library/") || each.name.starts_with("lessons/")) some.push_back(std::move(each));
    return some;
}

TEST(Determinism, FingerprintsDoNotDependOnWhereThingsLieInMemory)
{
    const auto some = ofTheLibrary();
    ASSERT_GE(some.size(), 6u);
    for (const Remembered& each : some) {
        const std::string first = fingerprintOf(each);
        for (const std::uint64_t seed : {1u, 2u}) {
            const Disorder disorder(seed);
            EXPECT_EQ(fingerprintOf(each), first) << each.name;
        }
    }
}

// Another process has its code, heap and stack elsewhere.
TEST(Determinism, FingerprintsAreTheSameInAnotherProcess)
{
    std::string here;
    for (const Remembered& each : ofTheLibrary()) here += fingerprintOf(each) + "\n";
    if (std::getenv("TANTRUM_TELL_FINGERPRINTS")) {
        std::printf("BEGIN\n%sEND\n", here.c_str());
        return;
    }
    const std::string command = "TANTRUM_TELL_FINGERPRINTS=1 '/proc/" + std::to_string(getpid()) + "/exe' --gtest_filter=Determinism.FingerprintsAreTheSameInAnotherProcess";
    FILE* pipe = popen(command.c_str(), "r");
    ASSERT_TRUE(pipe);
    std::string told;
    char text[1000];
    for (std::size_t length; (length = fread(text, 1, sizeof text, pipe)) > 0;) told.append(text, length);
    EXPECT_EQ(pclose(pipe), 0);
    EXPECT_NE(told.find("BEGIN\n" + here + "END\n"), std::string::npos) << told;
}

}  // namespace
}  // namespace tantrum::determinism
