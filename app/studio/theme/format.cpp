#include "app/studio/theme/format.h"

#include <QCoreApplication>
#include <QLocale>
#include <array>
#include <cmath>
#include <utility>

namespace tantrum::studio {

namespace {

const QString infinitySign = QStringLiteral("∞");

const QLocale& plainLocale()
{
    static const QLocale locale = QLocale::c();
    return locale;
}

QString withSign(double value, const QString& text) { return value < 0 ? QStringLiteral("−") + text : text; }

QString grouped(double magnitude, int decimals)
{
    QString text = plainLocale().toString(magnitude, 'f', decimals);
    const qsizetype point = text.indexOf('.');
    for (qsizetype at = (point < 0 ? text.size() : point) - 3; at > 0; at -= 3)
        if (text[at] != ',' && text[at - 1] != ',') text.insert(at, ',');
    return text;
}

QString withoutTrailingZeros(QString text)
{
    if (!text.contains('.')) return text;
    while (text.endsWith('0')) text.chop(1);
    if (text.endsWith('.')) text.chop(1);
    return text;
}

/// `magnitude` in 0..1000 with three significant digits.
QString threeDigits(double magnitude)
{
    const int decimals = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
    return QString::number(magnitude, 'f', decimals);
}

}  // namespace

QString noDataText() { return QCoreApplication::translate("tantrum", "no data"); }

QString formatCount(double value)
{
    if (std::isnan(value)) return noDataText();
    if (std::isinf(value)) return withSign(value, infinitySign);
    const double magnitude = std::abs(value);
    const int decimals = magnitude >= 9.95 ? 0 : magnitude >= 0.995 || magnitude == 0 ? 1 : 2;
    const QString text = withoutTrailingZeros(grouped(magnitude, decimals));
    if (text == "0" && magnitude > 0) return QStringLiteral("<0.01");
    return withSign(text == "0" ? 0 : value, text);
}

QString formatCompact(double value)
{
    if (std::isnan(value)) return noDataText();
    if (std::isinf(value)) return withSign(value, infinitySign);
    const double magnitude = std::abs(value);
    if (magnitude < 999.5) return withSign(value, QString::number(std::round(magnitude), 'f', 0));
    constexpr std::array<std::pair<double, char>, 4> scales{{{1e3, 'k'}, {1e6, 'M'}, {1e9, 'G'}, {1e12, 'T'}}};
    for (const auto& [scale, letter] : scales) {
        const double scaled = magnitude / scale;
        if (scaled >= 999.5 && letter != 'T') continue;
        return withSign(value, withoutTrailingZeros(QString::number(scaled, 'f', scaled < 9.95 ? 1 : 0)) + letter);
    }
    return {};
}

QString formatRate(double perSecond)
{
    return std::isnan(perSecond) ? noDataText() : formatCount(perSecond) + QStringLiteral("/s");
}

QString formatDuration(double seconds)
{
    if (std::isnan(seconds)) return noDataText();
    if (std::isinf(seconds)) return withSign(seconds, infinitySign);
    const double magnitude = std::abs(seconds);
    if (magnitude < 0.5e-9) return QStringLiteral("0 s");
    struct Unit {
        double from, scale;
        const char* name;
        bool exact;
    };
    static constexpr std::array<Unit, 6> units{{{5997, 3600, "h", false},
                                                {999.5, 60, "min", false},
                                                {0.9995, 1, "s", true},
                                                {0.9995e-3, 1e-3, "ms", false},
                                                {0.9995e-6, 1e-6, "µs", false},
                                                {0, 1e-9, "ns", false}}};
    for (const Unit& unit : units) {
        if (magnitude < unit.from) continue;
        const double scaled = magnitude / unit.scale;
        const QString text = scaled >= 999.5 ? grouped(scaled, 0) : threeDigits(scaled);
        return withSign(seconds, (unit.exact ? text : withoutTrailingZeros(text)) + ' ' + QString::fromUtf8(unit.name));
    }
    return {};
}

QString formatDuration(engine::Duration duration) { return formatDuration(duration.inSeconds()); }

QString formatAge(double seconds)
{
    if (std::isnan(seconds)) return noDataText();
    if (seconds < 0.9995) return formatDuration(seconds);
    if (seconds < 99.95) return QString::number(seconds, 'f', 1) + QStringLiteral(" s");
    return formatDuration(seconds);
}

QString formatClock(engine::Instant instant)
{
    if (instant == engine::Instant::never()) return infinitySign;
    const std::int64_t milliseconds = instant.count() / 1'000'000;
    return grouped(static_cast<double>(milliseconds / 1000), 0) +
           QStringLiteral(".%1 s").arg(milliseconds % 1000, 3, 10, QLatin1Char('0'));
}

QString formatShare(double share)
{
    if (std::isnan(share)) return noDataText();
    const double percent = std::abs(share) * 100;
    QString text;
    if (percent == 0)
        text = "0";
    else if (percent < 0.1)
        text = "<0.1";
    else if (percent < 0.95)
        text = QString::number(percent, 'f', 1);
    else if (percent < 99.5 || percent >= 100)
        text = QString::number(percent, 'f', 0);
    else
        text = QString::number(std::floor(percent * 10) / 10, 'f', 1);
    return withSign(share, text + QStringLiteral(" %"));
}

QString formatFactor(double factor) { return QStringLiteral("×") + formatCount(factor); }

QString formatBytes(double bytes)
{
    if (std::isnan(bytes)) return noDataText();
    static constexpr std::array<const char*, 6> names{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double scaled = std::abs(bytes);
    std::size_t index = 0;
    while (scaled >= 1000 && index + 1 < names.size()) {
        scaled /= 1024;
        ++index;
    }
    return withSign(bytes, withoutTrailingZeros(threeDigits(scaled)) + ' ' + names[index]);
}

QString spokenRate(double perSecond)
{
    return std::isnan(perSecond)
               ? noDataText()
               : QCoreApplication::translate("tantrum", "%1 per second").arg(formatCount(perSecond).remove(','));
}

}  // namespace tantrum::studio
