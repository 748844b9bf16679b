// What consumers of a broker made of plain lists know of it: they pop what is next, keep account there of what they have
// popped and not acknowledged, and restore what nobody acknowledged in time. The broker does none of this by itself.
#pragma once

#include "models/service.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tantrum::models {

class ListBroker {
public:
    // Operations. `pop` takes a subscription in `id`, and is answered after a second at the latest, perhaps without a
    // delivery; the next two take a delivery's token in `key`; `restore` takes in `key` the moment, in nanoseconds, before which
    // something has to have been popped to be given back.
    static constexpr std::string_view pop = "brpop", acknowledge = "acknowledge", giveBack = "return", restore = "restore";

    virtual ~ListBroker() = default;
    /// While connecting. nullopt: there is no such list. An empty name: all lists, in turn.
    virtual std::optional<std::uint32_t> subscribe(std::string_view list) = 0;
    /// What was pushed, its operation being the one by which it may be pushed again; null if there is no such message.
    virtual const Request* delivered(std::uint64_t token) const = 0;
};

}  // namespace tantrum::models
