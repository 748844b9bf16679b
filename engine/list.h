// Intrusive doubly linked list with a sentinel: membership costs no allocation, leaving needs no list.
#pragma once

namespace tantrum::engine {

/// A place in at most one list. Leaving is two pointer writes, wherever the node stands.
struct ListNode {
    ListNode() {}
    ListNode* previous;  ///< of no meaning outside a list
    ListNode* next = nullptr;

    bool linked() const { return next != nullptr; }
    void unlink()
    {
        previous->next = next;
        next->previous = previous;
        next = nullptr;
    }
};

/// The nodes belong to others and must leave before the list dies. Neither copyable nor movable: nodes point at it.
class List {
public:
    List() { ends_.previous = ends_.next = &ends_; }
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    bool empty() const { return ends_.next == &ends_; }
    ListNode* first() const { return ends_.next; }
    ListNode* last() const { return ends_.previous; }
    ListNode* after(const ListNode* node) const { return node->next == &ends_ ? nullptr : node->next; }

    void pushBack(ListNode& node)
    {
        node.previous = ends_.previous;
        node.next = &ends_;
        ends_.previous->next = &node;
        ends_.previous = &node;
    }

    void pushFront(ListNode& node) { insertAfter(ends_, node); }
    /// `place` stands in this list.
    void insertAfter(ListNode& place, ListNode& node)
    {
        node.previous = &place;
        node.next = place.next;
        place.next->previous = &node;
        place.next = &node;
    }

private:
    ListNode ends_;
};

}  // namespace tantrum::engine
