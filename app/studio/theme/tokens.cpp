#include "app/studio/theme/tokens.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tantrum::studio {

using models::Health;
using models::Mark;
using models::Outcome;

namespace {

QColor rgb(QRgb value) { return QColor::fromRgb(value); }

double luminance(const QColor& color)
{
    const auto linear = [](double channel) {
        return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

QString say(const char* text) { return QCoreApplication::translate("tantrum", text); }

}  // namespace

const Tokens& darkTokens()
{
    static const Tokens tokens{
        .bg0 = rgb(0x0D1013),
        .bg1 = rgb(0x13171B),
        .bg2 = rgb(0x1A1F24),
        .card = rgb(0x1A1F24),
        .bg3 = rgb(0x232A31),
        .bg4 = rgb(0x2D363F),
        .line1 = rgb(0x232A30),
        .line2 = rgb(0x36404A),
        .grid = rgb(0x20262C),
        .link = rgb(0x3D4853),
        .text1 = rgb(0xE8ECEF),
        .text2 = rgb(0xB0BAC3),
        .text3 = rgb(0x87929D),
        .accent = rgb(0x6BA4FF),
        .onAccent = rgb(0x08121F),
        .onError = rgb(0x0D1013),
        .accentFill = rgb(0x192A43),
        .okFill = rgb(0x12302A),
        .errorFill = rgb(0x3A1B1B),
        .request = rgb(0xCBDCF0),
        .ok = rgb(0x4CC798),
        .slow = rgb(0xEDD877),
        .retry = rgb(0xEB9424),
        .timeout = rgb(0x807CF4),
        .rejected = rgb(0xD352B0),
        .error = rgb(0xF2573F),
        .crashed = rgb(0xC9CFD5),
        .partitioned = rgb(0x8B8A84),
        .message = rgb(0x1FAEEA),
    };
    return tokens;
}

const Tokens& lightTokens()
{
    static const Tokens tokens{
        .bg0 = rgb(0xF1F3F5),
        .bg1 = rgb(0xFFFFFF),
        .bg2 = rgb(0xF6F7F9),
        .card = rgb(0xFFFFFF),
        .bg3 = rgb(0xEAEDF0),
        .bg4 = rgb(0xDDE2E7),
        .line1 = rgb(0xE1E5E9),
        .line2 = rgb(0xC3CAD1),
        .grid = rgb(0xE9ECEF),
        .link = rgb(0xB4BDC6),
        .text1 = rgb(0x14191E),
        .text2 = rgb(0x414B55),
        .text3 = rgb(0x5F6A75),
        .accent = rgb(0x1F5FD6),
        .onAccent = rgb(0xFFFFFF),
        .onError = rgb(0xFFFFFF),
        .accentFill = rgb(0xE3EDFD),
        .okFill = rgb(0xDFF3EC),
        .errorFill = rgb(0xFCE4E2),
        .request = rgb(0x3A4E6C),
        .ok = rgb(0x116B45),
        .slow = rgb(0x998434),
        .retry = rgb(0xC66A10),
        .timeout = rgb(0x6E33C4),
        .rejected = rgb(0xC2359A),
        .error = rgb(0xAD121C),
        .crashed = rgb(0x2B3138),
        .partitioned = rgb(0x736E69),
        .message = rgb(0x1A86D0),
    };
    return tokens;
}

QColor tokenNamed(const Tokens& tokens, const QString& name)
{
    static constexpr std::array<std::pair<const char*, QColor Tokens::*>, 31> table{{
        {"bg0", &Tokens::bg0},
        {"bg1", &Tokens::bg1},
        {"bg2", &Tokens::bg2},
        {"card", &Tokens::card},
        {"bg3", &Tokens::bg3},
        {"bg4", &Tokens::bg4},
        {"line1", &Tokens::line1},
        {"line2", &Tokens::line2},
        {"grid", &Tokens::grid},
        {"link", &Tokens::link},
        {"text1", &Tokens::text1},
        {"text2", &Tokens::text2},
        {"text3", &Tokens::text3},
        {"accent", &Tokens::accent},
        {"onAccent", &Tokens::onAccent},
        {"onError", &Tokens::onError},
        {"accentFill", &Tokens::accentFill},
        {"okFill", &Tokens::okFill},
        {"errorFill", &Tokens::errorFill},
        {"request", &Tokens::request},
        {"ok", &Tokens::ok},
        {"slow", &Tokens::slow},
        {"retry", &Tokens::retry},
        {"timeout", &Tokens::timeout},
        {"late", &Tokens::timeout},
        {"rejected", &Tokens::rejected},
        {"refused", &Tokens::rejected},
        {"error", &Tokens::error},
        {"crashed", &Tokens::crashed},
        {"partitioned", &Tokens::partitioned},
        {"message", &Tokens::message},
    }};
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& row) { return name == row.first; });
    return found == table.end() ? QColor{} : tokens.*found->second;
}

QColor colorOf(const Tokens& tokens, Mark mark)
{
    switch (mark) {
    case Mark::request: return tokens.request;
    case Mark::retry: return tokens.retry;
    case Mark::ok: return tokens.ok;
    case Mark::slow: return tokens.slow;
    case Mark::timeout: return tokens.timeout;
    case Mark::rejected: return tokens.rejected;
    case Mark::error: return tokens.error;
    case Mark::crashed: return tokens.crashed;
    case Mark::message: return tokens.message;
    }
    return tokens.text2;
}

Mark markOf(Outcome outcome)
{
    switch (outcome) {
    case Outcome::ok: return Mark::ok;
    case Outcome::timeout:
    case Outcome::expired: return Mark::timeout;
    case Outcome::rejected:
    case Outcome::circuitOpen:
    case Outcome::rateLimited: return Mark::rejected;
    case Outcome::error: return Mark::error;
    case Outcome::crashed:
    case Outcome::unreachable: return Mark::crashed;
    }
    return Mark::error;
}

QColor colorOf(const Tokens& tokens, Outcome outcome)
{
    return outcome == Outcome::unreachable ? tokens.partitioned : colorOf(tokens, markOf(outcome));
}

QColor colorOf(const Tokens& tokens, Health health)
{
    switch (health) {
    case Health::idle: return tokens.bg4;
    case Health::ok: return tokens.ok;
    case Health::degraded: return tokens.slow;
    case Health::failing: return tokens.error;
    case Health::crashed: return tokens.crashed;
    case Health::paused: return tokens.partitioned;
    }
    return tokens.text3;
}

QColor colorOfUtilization(const Tokens& tokens, double utilization)
{
    if (utilization >= 0.95) return tokens.error;
    return utilization >= 0.75 ? tokens.slow : tokens.ok;
}

QString wordFor(Mark mark)
{
    switch (mark) {
    case Mark::request: return say("request");
    case Mark::retry: return say("retry");
    case Mark::ok: return say("ok");
    case Mark::slow: return say("slow");
    case Mark::timeout: return say("late");
    case Mark::rejected: return say("refused");
    case Mark::error: return say("error");
    case Mark::crashed: return say("crashed");
    case Mark::message: return say("message");
    }
    return {};
}

QString wordFor(Outcome outcome)
{
    switch (outcome) {
    case Outcome::ok: return say("ok");
    case Outcome::timeout: return say("late");
    case Outcome::rejected: return say("refused");
    case Outcome::error: return say("error");
    case Outcome::crashed: return say("crashed");
    case Outcome::unreachable: return say("unreachable");
    case Outcome::circuitOpen: return say("breaker open");
    case Outcome::rateLimited: return say("rate limited");
    case Outcome::expired: return say("expired");
    }
    return {};
}

QString wordFor(Health health)
{
    switch (health) {
    case Health::idle: return say("idle");
    case Health::ok: return say("ok");
    case Health::degraded: return say("degraded");
    case Health::failing: return say("failing");
    case Health::crashed: return say("crashed");
    case Health::paused: return say("paused");
    }
    return {};
}

double contrast(const QColor& first, const QColor& second)
{
    const auto [darker, lighter] = std::minmax({luminance(first), luminance(second)});
    return (lighter + 0.05) / (darker + 0.05);
}

QColor blended(const QColor& front, const QColor& back, double share)
{
    const auto mix = [share](int over, int under) {
        return static_cast<int>(std::lround(over * share + under * (1 - share)));
    };
    return {mix(front.red(), back.red()), mix(front.green(), back.green()), mix(front.blue(), back.blue())};
}

}  // namespace tantrum::studio
