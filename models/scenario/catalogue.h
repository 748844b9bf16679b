// Every model there is, by kind and key.
#pragma once

#include "models/scenario/descriptor.h"

#include <array>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

class Catalogue {
public:
    /// Sorted by group, then title. Aborts when two of one kind share a key. The descriptors have to outlive it.
    explicit Catalogue(std::vector<const Descriptor*> descriptors);

    std::span<const Descriptor* const> all(Kind kind) const { return byKind_[static_cast<std::size_t>(kind)]; }
    /// nullptr when there is none.
    const Descriptor* find(Kind, std::string_view key) const;
    std::vector<std::string_view> keys(Kind) const;

private:
    std::array<std::vector<const Descriptor*>, 4> byKind_;
    std::array<std::map<std::string_view, const Descriptor*>, 4> byKey_;
};

}  // namespace tantrum::models::scenario

namespace tantrum::models {
/// All models of this build; generated from the add_model() lines.
const scenario::Catalogue& catalogue();
}  // namespace tantrum::models
