// A results file as an earlier schema left it, with one run in it.
#pragma once

#include "app/core/sqlite.h"
#include "app/core/store_schema.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace tantrum::app::testing {

/// Run 1, "Old", seed 7: a client `a` with a median of half a second over three requests.
inline void writeOldStore(const std::filesystem::path& file, std::size_t schema)
{
    auto database = Database::open(file.string(), Database::Mode::readWriteCreate);
    ASSERT_TRUE(database && migrate(*database, storeMigrations().first(schema)));
    ASSERT_TRUE(database->execute("INSERT INTO runs VALUES (1, '2026-01-01T00:00:00Z', 'Old', 'old.yaml', 'tantrum: 1', '7', 1000, '0.1.0', 'ff', 1.0, '', 1.0, "
                                  "'{\"scenario\": \"Old\", \"seed\": 7, \"clients\": {\"a\": {\"latency_s\": {\"p50\": 0.5, \"count\": 3}}}}')"));
}

}  // namespace tantrum::app::testing
