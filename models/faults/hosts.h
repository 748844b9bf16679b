// Faults that strike one replica of a node, or all of them.
#pragma once

#include "models/component.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::models::faults {

class HostFault : public Fault {
public:
    void begin() override
    {
        for (Host* host : struck_) strike(*host);
    }
    void end() override
    {
        for (Host* host : struck_) relieve(*host);
    }
    std::string target() const override { return component_.name(); }

protected:
    /// A replica number beyond the last strikes the last.
    HostFault(Building& building, const std::string& node, std::optional<std::int64_t> replica)
        : component_(building.node(node)), struck_(component_.hosts()), replica_(replica)
    {
        if (!replica_ || struck_.empty()) return;
        const auto index = static_cast<std::size_t>(*replica_ - 1);
        struck_ = {struck_[std::min(index, struck_.size() - 1)]};
    }
    Component& component() const { return component_; }
    const std::vector<Host*>& struck() const { return struck_; }
    std::string replicaText() const { return replica_ ? " of replica " + std::to_string(*replica_) : std::string(); }

private:
    virtual void strike(Host& host) = 0;
    virtual void relieve(Host& host) = 0;

    Component& component_;
    std::vector<Host*> struck_;
    std::optional<std::int64_t> replica_;
};

/// A number as people write it: 4, 1.5.
inline std::string plainNumber(double value)
{
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

}  // namespace tantrum::models::faults
