#include "models/observability/logs.h"

namespace tantrum::models {

void LogRecorder::open(LogLevel least, std::size_t capacity)
{
    capacity_ = capacity;
    result_.least = least;
    result_.on = true;
}

std::uint32_t LogRecorder::text(std::string_view words)
{
    if (const auto known = texts_.find(words); known != texts_.end()) return known->second;
    const auto index = static_cast<std::uint32_t>(result_.texts.size());
    result_.texts.emplace_back(words);
    texts_.emplace(words, index);
    return index;
}

void LogRecorder::write(std::string_view message, LogLine line)
{
    if (!wants(line.level)) return;
    line.message = text(message);
    Repetition& repetition = repeated_[{line.node, line.message}];
    if (line.at >= repetition.until) {
        repetition.until = line.at + engine::Duration::seconds(1);
        repetition.seen = 0;
    }
    ++repetition.seen;
    if (repetition.seen > first && (repetition.seen - first) % thereafter != 0) {
        ++repetition.suppressed;
        ++result_.suppressed;
        return;
    }
    line.suppressed = std::exchange(repetition.suppressed, 0);
    ++result_.written;
    if (result_.lines.size() < capacity_)
        result_.lines.push_back(line);
    else
        ++result_.dropped;
}

}  // namespace tantrum::models
