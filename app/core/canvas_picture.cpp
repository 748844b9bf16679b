#include "app/core/layers.h"
#include "app/core/numbers.h"
#include "app/core/picture.h"
#include "app/core/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tantrum::app {

namespace {

using models::Results;

constexpr double cardWidth = 152, cardHeight = 80, margin = 48;

/// What a card shows, of a client or of any other node.
struct Card {
    std::string name, type;
    Point centre;
    double ratePerSecond = 0, p99 = 0, failureShare = 0;
    double utilization = std::nan(""), queue = std::nan(""), success = std::nan("");
    std::string badge;  ///< the largest cause of failures
};

struct Wire {
    std::size_t from = 0, to = 0;
    double ratePerSecond = 0, retryShare = 0;
};

std::string shortened(const std::string& text, std::size_t atMost)
{
    if (widthOf(text) <= atMost) return text;
    std::string head;
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size() && width + 1 < atMost; ++width) {
        const std::size_t begin = at++;
        while (at < text.size() && (text[at] & 0xC0) == 0x80) ++at;
        head += text.substr(begin, at - begin);
    }
    return head + "…";
}

std::string worstOf(const std::array<std::uint64_t, models::outcomeCount>& outcomes, double seconds)
{
    constexpr std::string_view words[models::outcomeCount] = {"ok", "late", "refused", "errors", "crashed", "unreachable", "breaker open", "over limit", "expired"};
    const auto worst = std::max_element(outcomes.begin() + 1, outcomes.end());
    if (*worst == 0 || !(seconds > 0)) return {};
    const auto index = static_cast<std::size_t>(worst - outcomes.begin());
    return fmt::format("{} {}", words[index], rateText(static_cast<double>(*worst) / seconds));
}

double shareOf(std::uint64_t part, std::uint64_t rest)
{
    return part + rest > 0 ? static_cast<double>(part) / static_cast<double>(part + rest) : 0;
}

std::vector<Card> cardsOf(const Results& results, const PictureOptions& options)
{
    const double seconds = results.simulatedSeconds;
    const auto perSecond = [&](std::uint64_t count) { return seconds > 0 ? static_cast<double>(count) / seconds : std::nan(""); };
    const auto titled = [&](const std::string& type) {
        const auto found = options.titles.find(type);
        return found == options.titles.end() ? type : found->second;
    };
    std::vector<Card> cards;
    for (const auto& client : results.clients) {
        Card card;
        card.name = client.name;
        card.type = titled("client");
        card.ratePerSecond = perSecond(client.offered);
        card.p99 = client.latency.p99;
        card.failureShare = shareOf(client.failed, client.completed);
        if (client.completed + client.failed > 0) card.success = 1 - card.failureShare;
        cards.push_back(std::move(card));
    }
    for (const auto& node : results.nodes) {
        Card card;
        card.name = node.name;
        card.type = titled(node.type);
        card.ratePerSecond = perSecond(node.arrivals);
        card.p99 = node.latency.p99;
        card.failureShare = shareOf(node.failed, node.completed);
        card.utilization = node.utilization;
        card.queue = node.queueMean;
        card.badge = worstOf(node.outcomes, seconds);
        cards.push_back(std::move(card));
    }
    return cards;
}

std::vector<Wire> wiresOf(const Results& results, const std::vector<Card>& cards)
{
    std::map<std::string_view, std::size_t> places;
    for (std::size_t index = 0; index < cards.size(); ++index) places.emplace(cards[index].name, index);
    std::vector<Wire> wires;
    for (const auto& link : results.links) {
        const auto from = places.find(link.from), to = places.find(link.to);
        if (from == places.end() || to == places.end()) continue;
        const double retries = link.attempts > link.calls ? static_cast<double>(link.attempts - link.calls) : 0;
        wires.push_back({from->second, to->second, results.simulatedSeconds > 0 ? static_cast<double>(link.attempts) / results.simulatedSeconds : 0,
                         link.attempts > 0 ? retries / static_cast<double>(link.attempts) : 0});
    }
    return wires;
}

// Nodes without a place of their own are put in layers below those that have one. Returns the size of the picture.
Point place(std::vector<Card>& cards, const std::vector<Wire>& wires, const PictureOptions& options)
{
    std::vector<std::pair<std::size_t, std::size_t>> edges;
    for (const auto& wire : wires) edges.emplace_back(wire.from, wire.to);
    const auto layered = layeredLayout(cards.size(), edges);
    double floor = -INFINITY, roof = INFINITY;
    const auto given = [&](std::size_t index) {
        const auto found = options.positions.find(cards[index].name);
        return found == options.positions.end() || !std::isfinite(found->second.x + found->second.y) ? nullptr : &found->second;
    };
    for (std::size_t index = 0; index < cards.size(); ++index) {
        if (given(index)) floor = std::max(floor, given(index)->y);
        else roof = std::min(roof, layered[index].y);
    }
    const double shift = std::isfinite(floor) && std::isfinite(roof) ? floor + cardHeight + margin - roof : 0;
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (std::size_t index = 0; index < cards.size(); ++index) {
        Point& centre = cards[index].centre;
        centre = given(index) ? *given(index) : Point{layered[index].x, layered[index].y + shift};
        left = std::min(left, centre.x), right = std::max(right, centre.x);
        top = std::min(top, centre.y), bottom = std::max(bottom, centre.y);
    }
    if (cards.empty()) return {480, 240};
    for (auto& card : cards) {
        card.centre.x += margin + cardWidth / 2 - left;
        card.centre.y += margin + cardHeight / 2 - top;
    }
    return {right - left + cardWidth + 2 * margin, bottom - top + cardHeight + 2 * margin};
}

void drawWire(SvgWriter& svg, const Wire& wire, const std::vector<Card>& cards, double highestRate, const Colours& colours)
{
    const Point from = cards[wire.from].centre, to = cards[wire.to].centre;
    const bool sideways = std::fabs(to.x - from.x) >= cardWidth;
    const double direction = sideways ? (to.x > from.x ? 1 : -1) : (to.y > from.y ? 1 : -1);
    const Point start = sideways ? Point{from.x + direction * cardWidth / 2, from.y} : Point{from.x, from.y + direction * cardHeight / 2};
    const Point end = sideways ? Point{to.x - direction * (cardWidth / 2 + 2), to.y} : Point{to.x, to.y - direction * (cardHeight / 2 + 2)};
    const double bend = 0.45 * (sideways ? std::fabs(end.x - start.x) : std::fabs(end.y - start.y)) * direction;
    const Point control1 = sideways ? Point{start.x + bend, start.y} : Point{start.x, start.y + bend};
    const Point control2 = sideways ? Point{end.x - bend, end.y} : Point{end.x, end.y - bend};
    const auto xy = [](Point point) { return SvgWriter::number(point.x) + " " + SvgWriter::number(point.y); };

    const double width = 1 + 5.5 * (highestRate > 0 ? std::sqrt(wire.ratePerSecond / highestRate) : 0);
    const bool storm = wire.retryShare > 0.2;
    svg.path("M" + xy(start) + " C" + xy(control1) + " " + xy(control2) + " " + xy(end),
             {storm ? colours.retry : colours.link, width, {}, storm ? 0.42 : 1.0});
    const double wing = 4 + width / 2;
    const Point tip1 = sideways ? Point{end.x - direction * wing, end.y - wing} : Point{end.x - wing, end.y - direction * wing};
    const Point tip2 = sideways ? Point{end.x - direction * wing, end.y + wing} : Point{end.x + wing, end.y - direction * wing};
    svg.path("M" + xy(tip1) + " L" + xy(end) + " L" + xy(tip2), {storm ? colours.retry : colours.link, 1.5});
}

void drawUtilisation(SvgWriter& svg, Point centre, double share, const Colours& colours)
{
    constexpr double radius = 12, sweep = 270;
    const auto on = [&](double degrees) {
        const double angle = (135 + degrees) * std::numbers::pi / 180;
        return SvgWriter::number(centre.x + radius * std::cos(angle)) + " " + SvgWriter::number(centre.y + radius * std::sin(angle));
    };
    const auto arc = [&](double degrees, std::string_view colour) {
        svg.path(fmt::format("M{} A{} {} 0 {} 1 {}", on(0), radius, radius, degrees > 180 ? 1 : 0, on(degrees)), {colour, 3});
    };
    arc(sweep, colours.track);
    const double shown = std::clamp(share, 0.0, 1.0);
    if (shown > 0.004) arc(sweep * shown, share < 0.75 ? colours.ok : share < 0.95 ? colours.slow : colours.error);
    svg.text({centre.x, centre.y + 3}, fmt::format("{:.0f}", share * 100), {colours.text2, 9, TextStyle::Anchor::middle, true});
}

void drawCard(SvgWriter& svg, const Card& card, const Colours& colours)
{
    const double x = card.centre.x - cardWidth / 2, y = card.centre.y - cardHeight / 2;
    const bool failing = card.failureShare > 0.05, silent = card.ratePerSecond == 0;
    svg.rectangle(x, y, cardWidth, cardHeight, colours.card, 6, {failing ? colours.error : colours.border});
    svg.rectangle(x, y + 10, 3, cardHeight - 20, silent ? colours.track : failing ? colours.error : card.failureShare > 0.001 ? colours.slow : colours.ok);
    svg.text({x + 12, y + 21}, shortened(card.name, std::isfinite(card.utilization) ? 14 : 18), {.colour = colours.text1, .size = 12.5, .semibold = true});
    svg.text({x + 12, y + 38}, shortened(card.type, 18), {.colour = colours.text3, .size = 10.5});
    if (std::isfinite(card.utilization)) drawUtilisation(svg, {x + 131, y + 22}, card.utilization, colours);

    const double bar = cardWidth - 24;
    svg.rectangle(x + 12, y + 56, bar, 3, colours.track);
    if (std::isfinite(card.success)) {
        svg.text({x + cardWidth - 12, y + 51}, shareText(card.success) + " ok", {colours.text2, 10.5, TextStyle::Anchor::end, true});
        svg.rectangle(x + 12, y + 56, bar * card.success, 3, colours.ok);
    } else if (card.queue > 0) {
        svg.text({x + cardWidth - 12, y + 51}, "waiting " + numberText(card.queue), {colours.text2, 10.5, TextStyle::Anchor::end, true});
    }
    svg.text({x + 12, y + 72}, rateText(card.ratePerSecond), {.colour = colours.text1, .size = 10.5, .mono = true});
    svg.text({x + cardWidth - 12, y + 72}, "p99 " + secondsText(card.p99), {colours.text1, 10.5, TextStyle::Anchor::end, true});
    if (!card.badge.empty() && failing) {
        const double width = 16 + 6.4 * static_cast<double>(widthOf(card.badge));
        svg.rectangle(card.centre.x - width / 2, y - 9.5, width, 19, colours.error, 3);
        svg.text({card.centre.x, y + 4}, card.badge, {colours.onError, 10.5, TextStyle::Anchor::middle, true});
    }
}

}  // namespace

std::string canvasSvg(const Results& results, const PictureOptions& options)
{
    std::vector<Card> cards = cardsOf(results, options);
    const std::vector<Wire> wires = wiresOf(results, cards);
    const Point size = place(cards, wires, options);
    SvgWriter svg{size.x, size.y, results.scenario, options.colours->background};
    double highestRate = 0;
    for (const auto& wire : wires) highestRate = std::max(highestRate, wire.ratePerSecond);
    for (const auto& wire : wires)
        if (wire.from != wire.to) drawWire(svg, wire, cards, highestRate, *options.colours);
    for (const auto& card : cards) drawCard(svg, card, *options.colours);
    return std::move(svg).finish();
}

}  // namespace tantrum::app
