// The instance classes of managed databases, and how many connections follow from their memory.
#pragma once

#include "models/scenario/values.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tantrum::models::databases {

enum class DatabaseEngine : std::uint8_t { postgres, mysql, mariadb };
constexpr auto choices(DatabaseEngine)
{
    using scenario::Choice;
    return std::array{Choice<DatabaseEngine>{DatabaseEngine::postgres, "postgres", "PostgreSQL"}, Choice<DatabaseEngine>{DatabaseEngine::mysql, "mysql", "MySQL"},
                      Choice<DatabaseEngine>{DatabaseEngine::mariadb, "mariadb", "MariaDB"}};
}

enum class InstanceClass : std::uint8_t { t3Micro, t3Small, t3Medium, t3Large, m5Large, m5Xlarge, m5Xlarge2, m5Xlarge4, r5Large, r5Xlarge, r5Xlarge2, r5Xlarge4 };
constexpr auto choices(InstanceClass)
{
    using C = scenario::Choice<InstanceClass>;
    return std::array{C{InstanceClass::t3Micro, "db.t3.micro", "2 vCPU, 1 GiB"}, C{InstanceClass::t3Small, "db.t3.small", "2 vCPU, 2 GiB"},
                      C{InstanceClass::t3Medium, "db.t3.medium", "2 vCPU, 4 GiB"}, C{InstanceClass::t3Large, "db.t3.large", "2 vCPU, 8 GiB"},
                      C{InstanceClass::m5Large, "db.m5.large", "2 vCPU, 8 GiB"}, C{InstanceClass::m5Xlarge, "db.m5.xlarge", "4 vCPU, 16 GiB"},
                      C{InstanceClass::m5Xlarge2, "db.m5.2xlarge", "8 vCPU, 32 GiB"}, C{InstanceClass::m5Xlarge4, "db.m5.4xlarge", "16 vCPU, 64 GiB"},
                      C{InstanceClass::r5Large, "db.r5.large", "2 vCPU, 16 GiB"}, C{InstanceClass::r5Xlarge, "db.r5.xlarge", "4 vCPU, 32 GiB"},
                      C{InstanceClass::r5Xlarge2, "db.r5.2xlarge", "8 vCPU, 64 GiB"}, C{InstanceClass::r5Xlarge4, "db.r5.4xlarge", "16 vCPU, 128 GiB"}};
}

struct InstanceSize {
    int cpus;
    std::int64_t gibibytes;
};
constexpr InstanceSize sizeOf(InstanceClass chosen)
{
    constexpr std::array<InstanceSize, 12> sizes{{{2, 1}, {2, 2}, {2, 4}, {2, 8}, {2, 8}, {4, 16}, {8, 32}, {16, 64}, {2, 16}, {4, 32}, {8, 64}, {16, 128}}};
    return sizes[static_cast<std::size_t>(chosen)];
}

/// By the default parameter groups (RDS user guide, quotas and constraints), from all of the memory.
constexpr std::int64_t maxConnectionsOf(DatabaseEngine engine, InstanceClass chosen)
{
    const std::int64_t memory = sizeOf(chosen).gibibytes << 30;
    switch (engine) {
    case DatabaseEngine::postgres: return std::min<std::int64_t>(memory / 9'531'392, 5000);
    case DatabaseEngine::mysql: return memory / 12'582'880;
    case DatabaseEngine::mariadb: break;
    }
    return std::min<std::int64_t>(memory / 25'165'760, 12'000);
}

}  // namespace tantrum::models::databases
