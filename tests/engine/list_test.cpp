#include "engine/list.h"

#include <gtest/gtest.h>
#include <vector>

namespace tantrum::engine {
namespace {

struct Item : ListNode {
    explicit Item(int number) : value(number) {}
    ~Item()
    {
        if (linked()) unlink();
    }
    int value;
};

std::vector<int> valuesOf(const List& list)
{
    std::vector<int> values;
    for (ListNode* node = list.empty() ? nullptr : list.first(); node; node = list.after(node))
        values.push_back(static_cast<Item*>(node)->value);
    return values;
}

// Queues and lanes are FIFO because this list is.
TEST(List, KeepsTheOrderOfArrival)
{
    List list;
    EXPECT_TRUE(list.empty());
    Item one(1), two(2), three(3);
    list.pushBack(one);
    list.pushBack(two);
    list.pushBack(three);
    EXPECT_EQ(valuesOf(list), (std::vector{1, 2, 3}));
    EXPECT_EQ(list.first(), &one);
    EXPECT_EQ(list.last(), &three);
}

// Cancelling is leaving: from the head, the middle and the tail, without knowing the list.
TEST(List, LosesANodeThatLeavesFromAnywhere)
{
    List list;
    Item one(1), two(2), three(3), four(4);
    for (Item* item : {&one, &two, &three, &four}) list.pushBack(*item);
    two.unlink();
    EXPECT_EQ(valuesOf(list), (std::vector{1, 3, 4}));
    one.unlink();
    EXPECT_EQ(valuesOf(list), (std::vector{3, 4}));
    four.unlink();
    EXPECT_EQ(valuesOf(list), (std::vector{3}));
    three.unlink();
    EXPECT_TRUE(list.empty());
    EXPECT_FALSE(one.linked() || two.linked() || three.linked() || four.linked());
}

// What is kept in order of time goes where it belongs: to the front, or behind another.
TEST(List, TakesANodeInAtItsFrontAndBehindAnother)
{
    List list;
    Item one(1), two(2), three(3), four(4);
    list.pushFront(three);
    list.pushFront(one);
    list.insertAfter(one, two);
    list.insertAfter(three, four);
    EXPECT_EQ(valuesOf(list), (std::vector{1, 2, 3, 4}));
    EXPECT_EQ(list.first(), &one);
    EXPECT_EQ(list.last(), &four);
}

// A wakeup goes from a waiting list to the agenda and back, many times.
TEST(List, TakesBackANodeThatLeft)
{
    List first, second;
    Item wanderer(7), other(8);
    second.pushBack(other);
    for (int turn = 0; turn < 3; ++turn) {
        first.pushBack(wanderer);
        EXPECT_EQ(valuesOf(first), (std::vector{7}));
        wanderer.unlink();
        EXPECT_TRUE(first.empty());
        second.pushBack(wanderer);
        EXPECT_EQ(valuesOf(second), (std::vector{8, 7}));
        wanderer.unlink();
    }
}

// What dies in a list is gone from it: frames are destroyed while they wait.
TEST(List, LosesANodeThatDies)
{
    List list;
    Item one(1);
    list.pushBack(one);
    {
        Item two(2);
        list.pushBack(two);
        EXPECT_EQ(valuesOf(list), (std::vector{1, 2}));
    }
    EXPECT_EQ(valuesOf(list), (std::vector{1}));
}

}  // namespace
}  // namespace tantrum::engine
