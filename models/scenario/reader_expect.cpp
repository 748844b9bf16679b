#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/reader_parts.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

using Function = Expectation::Function;
using Comparison = Expectation::Comparison;

struct Trouble {
    std::size_t at;
    std::string message;
    std::string hint;
};

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// fn(subject) op value [within share] [before T | after T | between T and T]
class LineReader {
public:
    LineReader(std::string_view text, ReaderState& state) : text_(text), state_(state) {}

    /// Throws nothing; false after filling `trouble` (unless the mistake was another's and has been reported there).
    bool read(Expectation& into, std::optional<Trouble>& trouble)
    {
        into_ = &into;
        trouble_ = &trouble;
        into.text = text_;
        return readFunction() && readComparison() && readValue() && readWindow();
    }

private:
    bool fail(std::size_t at, std::string message, std::string hint = {})
    {
        *trouble_ = {at, std::move(message), std::move(hint)};
        return false;
    }
    std::string_view word()
    {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        wordAt_ = at_;
        while (at_ < text_.size() && text_[at_] != ' ') ++at_;
        return text_.substr(wordAt_, at_ - wordAt_);
    }

    bool readFunction()
    {
        const std::size_t open = text_.find('('), close = text_.find(')');
        if (open == std::string_view::npos || close == std::string_view::npos || close < open)
            return fail(0, fmt::format("{} is not an expectation", inQuotes(text_)),
                        "write e.g. p99(shoppers.latency) < 250ms");
        const std::string_view name = trimmed(text_.substr(0, open));
        std::vector<std::string_view> names;
        for (const ExpectFunctionDoc& doc : expectFunctions()) {
            names.push_back(doc.name);
            if (doc.name == name) doc_ = &doc;
        }
        if (!doc_)
            return fail(0, fmt::format("there is nothing called {} to expect", inQuotes(name)), suggest(name, names));
        into_->function = doc_->function;
        unit_ = doc_->unit;
        at_ = close + 1;
        return readSubject(trimmed(text_.substr(open + 1, close - open - 1)), open + 1);
    }

    bool readSubject(std::string_view subject, std::size_t at)
    {
        if (doc_->of == "node or link" && subject.find("->") != std::string_view::npos) {
            const auto link = parseLink(subject);
            if (!link || !(*link).exact())
                return fail(at, fmt::format("{} is not a link between two nodes", inQuotes(subject)),
                            "write e.g. attempts(web -> db)");
            into_->node = (*link).from;
            into_->linkTo = (*link).to;
            return known((*link).from, at) && known((*link).to, at);
        }
        if (doc_->of.starts_with("slo")) return readLevel(subject, at);
        const std::size_t dot = subject.find('.');
        into_->node = subject.substr(0, dot);
        const std::string_view member = dot == std::string_view::npos ? std::string_view() : subject.substr(dot + 1);
        if (!known(into_->node, at)) return false;
        const Descriptor& type = *state_.node(into_->node)->type;
        if (doc_->of.starts_with("client") && !type.client)
            return fail(at,
                        fmt::format("{} is a {}, and {} is measured at a client", inQuotes(into_->node), type.key,
                                    inQuotes(doc_->name)),
                        clients());
        if (doc_->of == "client.latency")
            return member == "latency" || fail(at, fmt::format("{} is a measure of latency", inQuotes(doc_->name)),
                                               fmt::format("write {}({}.latency)", doc_->name, into_->node));
        if (doc_->function == Function::metric) return readMetric(type, member, at);
        return member.empty() ||
               fail(at, fmt::format("{} takes a {}, without {}", inQuotes(doc_->name), doc_->of, inQuotes(member)),
                    fmt::format("write {}({})", doc_->name, into_->node));
    }

    // `checkout`, or `checkout.fast`: a service level, or one of its alerts.
    bool readLevel(std::string_view subject, std::size_t at)
    {
        const std::size_t dot = subject.find('.');
        into_->slo = subject.substr(0, dot);
        into_->alert = dot == std::string_view::npos ? std::string_view() : subject.substr(dot + 1);
        std::vector<std::string_view> names;
        const ServiceLevel* level = nullptr;
        for (const ServiceLevel& each : state_.scenario.slos) {
            names.push_back(each.name);
            if (each.name == into_->slo) level = &each;
        }
        if (!level)
            return !state_.slosSound ||  // what is wrong with it has been said there
                   fail(at, fmt::format("there is no service level objective {}", inQuotes(into_->slo)),
                        names.empty() ? "they are declared under 'slos'" : suggest(into_->slo, names));
        if (into_->alert.empty())
            return doc_->of != "slo.alert" || fail(at, fmt::format("{} takes one of the alerts of {}", inQuotes(doc_->name), inQuotes(into_->slo)),
                                                   alertsOf(*level, {}));
        if (doc_->of == "slo")
            return fail(at, fmt::format("{} takes a service level objective, without {}", inQuotes(doc_->name), inQuotes(into_->alert)),
                        fmt::format("write {}({})", doc_->name, into_->slo));
        return level->find(into_->alert) || fail(at, fmt::format("{} has no alert {}", inQuotes(into_->slo), inQuotes(into_->alert)),
                                                 alertsOf(*level, into_->alert));
    }
    static std::string alertsOf(const ServiceLevel& level, std::string_view wanted)
    {
        std::vector<std::string_view> names;
        for (const AlertRule& rule : level.alerts) names.push_back(rule.name);
        return suggest(wanted, names);
    }

    bool readMetric(const Descriptor& type, std::string_view key, std::size_t at)
    {
        if (const Metric* metric = type.findMetric(key)) {
            into_->metric = metric->key;
            unit_ = metric->unit;
            return true;
        }
        std::vector<std::string_view> keys;
        for (const Metric& metric : type.metrics) keys.push_back(metric.key);
        return fail(at, fmt::format("a {} has no metric {}", type.key, inQuotes(key)), suggest(key, keys));
    }

    bool known(std::string_view name, std::size_t at)
    {
        const auto* facts = state_.node(name);
        if (!facts) return fail(at, fmt::format("there is no node {}", inQuotes(name)), state_.suggestNode(name));
        return facts->type != nullptr;
    }
    std::string clients() const
    {
        std::string list;
        for (const auto& facts : state_.nodes)
            if (facts.type && facts.type->client && list.size() < 100)
                list += (list.empty() ? "clients: " : ", ") + facts.name;
        return list;
    }

    bool readComparison()
    {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        constexpr std::array<std::pair<std::string_view, Comparison>, 5> operators{{{"<=", Comparison::lessOrEqual},
                                                                                    {">=", Comparison::greaterOrEqual},
                                                                                    {"==", Comparison::equal},
                                                                                    {"<", Comparison::less},
                                                                                    {">", Comparison::greater}}};
        for (const auto& [sign, comparison] : operators) {
            if (!text_.substr(at_).starts_with(sign)) continue;
            into_->comparison = comparison;
            at_ += sign.size();
            return true;
        }
        return fail(at_, "a comparison is expected here", "one of < <= > >= ==");
    }

    bool readValue()
    {
        const std::string_view text = word();
        const std::size_t at = wordAt_;
        const auto take = [&](const auto& parsed, auto inUnit) {
            if (parsed) into_->value = inUnit(*parsed);
            return parsed || fail(at, parsed.message, parsed.hint);
        };
        if (text.empty()) return fail(at, "a value is expected here", "e.g. p99(shoppers.latency) < 250ms");
        if (text == "0" || (unit_ == "per_s" && text == "0/s")) return true;  // zero needs no unit
        if (unit_ == "s") return take(parseDuration(text), [](engine::Duration value) { return value.inSeconds(); });
        if (unit_ == "per_s") return take(parseRate(text), [](Rate value) { return value.perSecond(); });
        if (unit_ == "share") return take(parseProbability(text), [](Probability value) { return value.share(); });
        if (unit_ == "factor") return readFactor(text, at);
        if (unit_ == "bytes")
            return take(parseBytes(text), [](Bytes value) { return static_cast<double>(value.count()); });
        return take(parseNumber(text), [](double value) { return value; });
    }

    // `150%` or `1.5`: unlike a share it may be above one.
    bool readFactor(std::string_view text, std::size_t at)
    {
        const bool percent = text.ends_with('%');
        const auto number = parseNumber(percent ? text.substr(0, text.size() - 1) : text);
        if (!number) return fail(at, number.message, "e.g. 50% or 0.5");
        into_->value = *number / (percent ? 100 : 1);
        return true;
    }

    bool readTime(std::optional<engine::Instant>& into)
    {
        const std::string_view text = word();
        const std::size_t at = wordAt_;
        const auto time = parseDuration(text);
        if (!time)
            return fail(at, text.empty() ? "a time is expected here" : time.message,
                        text.empty() ? "e.g. after 90s" : time.hint);
        into = engine::Instant::at(*time);
        return true;
    }

    bool readWindow()
    {
        std::string_view next = word();
        if (next == "within") {
            if (into_->comparison != Comparison::equal)
                return fail(wordAt_, "'within' belongs to '=='", "e.g. mean(c.latency) == 10ms within 1%");
            const auto share = parseProbability(word());
            if (!share) return fail(wordAt_, share.message, share.hint);
            into_->tolerance = (*share).share();
            next = word();
        }
        const std::size_t at = wordAt_;
        if (next.empty()) return true;
        bool good = false;
        if (next == "before")
            good = readTime(into_->before);
        else if (next == "after")
            good = readTime(into_->after);
        else if (next == "between")
            good = readTime(into_->after) &&
                   (word() == "and" || fail(wordAt_, "'and' is expected here", "between 10s and 20s")) &&
                   readTime(into_->before);
        else
            return fail(at, fmt::format("{} is not expected here", inQuotes(next)),
                        "before T, after T, between T and T");
        if (good && !word().empty())
            return fail(wordAt_, fmt::format("{} is not expected here", inQuotes(text_.substr(wordAt_))), {});
        if (good && into_->after && into_->before && *into_->after >= *into_->before)
            return fail(at, "the window is empty", "between the earlier and the later time");
        const engine::Duration end = state_.scenario.duration;
        if (good && into_->after && end > engine::Duration{} && into_->after->sinceStart() >= end)
            return fail(at, fmt::format("the run ends at {}", textOf(end)), "nothing would be measured");
        if (good && into_->before && *into_->before == engine::Instant{})
            return fail(at, "the window is empty", "nothing happens before the start");
        return good;
    }

    std::string_view text_;
    ReaderState& state_;
    Expectation* into_ = nullptr;
    std::optional<Trouble>* trouble_ = nullptr;
    const ExpectFunctionDoc* doc_ = nullptr;
    std::string_view unit_;
    std::size_t at_ = 0;
    std::size_t wordAt_ = 0;
};

}  // namespace

void readExpectations(const Node& node, ReaderState& state)
{
    Reading& reading = state.reading;
    if (!isSequenceFor(node, reading, "'expect'")) return;
    if (node.size() > mostExpectations)
        return reading.error(node, fmt::format("{} expectations are too many", node.size()),
                             fmt::format("at most {}", mostExpectations));
    std::size_t index = 0;
    for (const Node& item : node.items()) {
        const std::string segment = std::to_string(index++);
        const auto inside = reading.inside(segment);
        if (!item.isScalar() || item.isNull()) {
            reading.error(item, fmt::format("an expectation is expected here, not {}", item.kindName()),
                          "write e.g. p99(shoppers.latency) < 250ms");
            continue;
        }
        Expectation expectation;
        expectation.position = item.position();
        std::optional<Trouble> trouble;
        if (LineReader(item.text(), state).read(expectation, trouble))
            state.scenario.expect.push_back(std::move(expectation));
        else if (trouble)
            reading.error(item.placeOf(trouble->at), std::move(trouble->message), std::move(trouble->hint));
    }
}

}  // namespace tantrum::models::scenario
