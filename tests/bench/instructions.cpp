#include "tests/bench/instructions.h"

#include "app/core/files.h"
#include "app/core/text_table.h"
#include "tests/bench/child.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace tantrum::bench {
namespace {

const std::filesystem::path recordFile = std::filesystem::path(TANTRUM_SOURCE_DIR) / "tests/bench/instructions.txt";

constexpr std::string_view recordHead =
    "# Instructions of one unit of each workload (request; w4: look-up; w5: kernel event), counted by callgrind in\n"
    "# the release build of g++ 12 as the difference between a run and one twice as long. The test fails when a count\n"
    "# is more than 5 % from its line here. Written by `tantrum-bench --instructions --record`.\n";

using Record = std::map<std::string, double, std::less<>>;

Record readRecord()
{
    Record record;
    std::ifstream file(recordFile);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        double count = 0;
        if (!line.starts_with('#') && words >> name >> count) record[name] = count;
    }
    return record;
}

app::Expected<void> writeRecord(const Record& record)
{
    std::string text(recordHead);
    for (const Workload& workload : workloads())
        if (const auto known = record.find(workload.name); known != record.end())
            text += fmt::format("{} {:.1f}\n", workload.name, known->second);
    return app::writeFile(recordFile, text);
}

struct Count {
    double instructions = 0, units = 0;
};

// "==123== Collected : 4567", on standard error.
std::optional<double> collectedIn(const std::string& errors)
{
    constexpr std::string_view label = "Collected : ";
    const std::size_t at = errors.find(label);
    if (at == std::string::npos) return std::nullopt;
    return std::strtod(errors.c_str() + at + label.size(), nullptr);
}

app::Expected<Count> countOnce(const Workload& workload, std::uint64_t units)
{
    const auto child = runChild({"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", ownProgram(),
                                 "--once", std::string(workload.name), "--units", std::to_string(units)});
    if (!child)
        return app::Failure{"instructions are counted by valgrind, and " + child.failure().message,
                            "apt-get install valgrind"};
    const auto collected = collectedIn(child->errors);
    if (child->exitCode != 0 || !collected)
        return app::Failure{fmt::format("counting the instructions of {} failed with {}:\n{}", workload.name,
                                        child->exitCode, child->errors),
                            {}};
    return Count{*collected, std::strtod(child->output.c_str(), nullptr)};
}

// Both runs begin alike, so that their difference is the steady state.
app::Expected<double> countPerUnit(const Workload& workload)
{
    const auto once = countOnce(workload, workload.counted);
    if (!once) return once.failure();
    const auto twice = countOnce(workload, 2 * workload.counted);
    if (!twice) return twice.failure();
    return (twice->instructions - once->instructions) / (twice->units - once->units);
}

std::string verdictOn(double count, std::optional<double> recorded)
{
    if (!recorded) return "not recorded";
    const double change = count / *recorded - 1;
    if (change > instructionTolerance) return "MORE THAN RECORDED";
    if (change < -instructionTolerance) return "fewer: record the improvement";
    return "as recorded";
}

}  // namespace

app::Expected<InstructionReport> countInstructions(const std::vector<const Workload*>& chosen, bool record)
{
    using Align = app::TextTable::Align;
    app::TextTable table({{"workload", Align::left},
                          {"instructions"},
                          {"for one", Align::left},
                          {"recorded"},
                          {"change"},
                          {"bar"},
                          {"of the bar"},
                          {"verdict", Align::left}});
    Record recorded = readRecord();
    bool asRecorded = true;
    for (const Workload* workload : chosen) {
        const auto count = countPerUnit(*workload);
        if (!count) return count.failure();
        if (record) recorded.insert_or_assign(std::string(workload->name), *count);
        const auto known = recorded.find(workload->name);
        const std::optional<double> before = known == recorded.end() ? std::nullopt : std::optional(known->second);
        asRecorded = asRecorded && before && std::abs(*count / *before - 1) <= instructionTolerance;
        const auto& bar = workload->mostInstructions;
        table.add({std::string(workload->name), fmt::format("{:.1f}", *count), std::string(nameOf(workload->unit)),
                   before ? fmt::format("{:.1f}", *before) : "–",
                   before ? fmt::format("{:+.1f} %", (*count / *before - 1) * 100) : "–",
                   bar ? fmt::format("{:.0f}", *bar) : "–",
                   bar ? fmt::format("{:.0f} %", *count / *bar * 100) : "–",
                   verdictOn(*count, before)});
    }
    if (record)
        if (auto written = writeRecord(recorded); !written) return written.failure();
    return InstructionReport{table.render(), asRecorded};
}

app::Expected<std::string> runForCounting(const Workload& workload, std::uint64_t units)
{
    const auto scenario = readScenario(workload);
    if (!scenario) return scenario.failure();
    Course course(workload, *scenario);
    if (const auto done = course.advance(units); !done) return done.failure();
    return fmt::format("{}\n", course.units());
}

}  // namespace tantrum::bench
