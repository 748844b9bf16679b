// The schema of the results store and the way to it from every earlier one.
#pragma once

#include "app/core/sqlite.h"

#include <span>
#include <string_view>

namespace tantrum::app {

/// "TANT": tells a results store from any other SQLite file.
inline constexpr std::int64_t storeApplicationId = 0x54414E54;

/// Step i takes user_version i to i + 1. Steps are history: they are only ever added.
std::span<const std::string_view> storeMigrations();

/// Brings the file to the last step, all missing steps in one transaction.
Expected<void> migrate(const Database& database, std::span<const std::string_view> steps);

/// Requires that the file is a results store of a version between 1 and `newest`; returns the version.
Expected<std::int64_t> checkedVersion(const Database& database, std::int64_t newest);

}  // namespace tantrum::app
