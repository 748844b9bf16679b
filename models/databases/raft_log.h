// A replicated log as runs of entries of one term: enough to tell which of two logs is more up to date, and where they part.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tantrum::models::databases {

class RaftLog {
public:
    std::uint64_t last() const { return runs_.empty() ? 0 : runs_.back().end; }
    std::uint64_t lastTerm() const { return runs_.empty() ? 0 : runs_.back().term; }
    void append(std::uint64_t term)
    {
        if (lastTerm() == term && !runs_.empty())
            ++runs_.back().end;
        else
            runs_.push_back(Run{term, last() + 1});
        if (runs_.size() > mostRuns) runs_.erase(runs_.begin(), runs_.begin() + mostRuns / 2);  // the oldest have long been the same everywhere
    }
    void truncate(std::uint64_t index)
    {
        while (!runs_.empty() && runs_.back().end > index) {
            const std::uint64_t before = runs_.size() > 1 ? runs_[runs_.size() - 2].end : 0;
            if (before < index) {
                runs_.back().end = index;
                return;
            }
            runs_.pop_back();
        }
    }
    /// The entries of `other` up to `index`, behind what both have. Requires that this log is a beginning of that.
    void extend(const RaftLog& other, std::uint64_t index)
    {
        for (const Run& run : other.runs_) {
            const std::uint64_t end = std::min(run.end, index);
            if (end <= last()) continue;
            if (lastTerm() == run.term && !runs_.empty())
                runs_.back().end = end;
            else
                runs_.push_back(Run{run.term, end});
        }
    }
    /// 0: there is no such entry.
    std::uint64_t termAt(std::uint64_t index) const
    {
        const auto run = std::lower_bound(runs_.begin(), runs_.end(), index, [](const Run& each, std::uint64_t wanted) { return each.end < wanted; });
        return index == 0 || run == runs_.end() ? 0 : run->term;
    }
    /// How many entries, from the first, two logs have in common: an index with one term has one history.
    static std::uint64_t common(const RaftLog& left, const RaftLog& right)
    {
        std::uint64_t index = std::min(left.last(), right.last());
        while (index > 0) {
            const std::uint64_t one = left.termAt(index), other = right.termAt(index);
            if (one == other) return index;
            index = std::min({index - 1, one > other ? left.beginOf(one) : right.beginOf(other)});
        }
        return 0;
    }

private:
    struct Run {
        std::uint64_t term, end;
    };
    static constexpr std::size_t mostRuns = 4096;
    // The index before the first entry of a term.
    std::uint64_t beginOf(std::uint64_t term) const
    {
        for (std::size_t run = runs_.size(); run-- > 0;)
            if (runs_[run].term == term) return run > 0 ? runs_[run - 1].end : 0;
        return 0;
    }

    std::vector<Run> runs_;
};

}  // namespace tantrum::models::databases
