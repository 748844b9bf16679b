#include "app/studio/charts/tickers.h"

#include "app/studio/theme/format.h"
#include "app/studio/timeline/timeline_scale.h"

#include <cmath>

namespace tantrum::studio {

namespace {

void begin(QVector<double>& ticks, QVector<double>* subTicks, QVector<QString>* labels)
{
    ticks.clear();
    if (subTicks) subTicks->clear();
    if (labels) labels->clear();
}

QString decadeText(double seconds)
{
    const auto text = [](double value, const char* unit) { return QString::number(std::round(value * 100) / 100) + ' ' + unit; };
    if (seconds >= 0.999) return text(seconds, "s");
    if (seconds >= 0.999e-3) return text(seconds * 1e3, "ms");
    return text(seconds * 1e6, "µs");
}

}  // namespace

void TimeTicker::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                          QVector<double>* subTicks, QVector<QString>* tickLabels)
{
    begin(ticks, subTicks, tickLabels);
    const double step = TimelineScale(0, pixels_, range.size()).tickStep(52);
    for (double k = std::ceil(range.lower / step - 1e-9); k * step <= range.upper * (1 + 1e-9); ++k) ticks << k * step;
    if (!tickLabels) return;
    for (const double tick : ticks) {
        const QString text = TimelineScale::tickText(tick, step);
        *tickLabels << (tick == ticks.last() ? text : text.left(text.indexOf(' ')));
    }
}

void SecondsTicker::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                             QVector<double>* subTicks, QVector<QString>* tickLabels)
{
    begin(ticks, subTicks, tickLabels);
    if (range.lower <= 0) return;
    const double decades = std::log10(range.upper / range.lower);
    for (double power = std::floor(std::log10(range.lower) + 1e-9); power <= std::log10(range.upper) + 1e-9; ++power)
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double tick = factor * std::pow(10, power);
            if (factor > 1 && decades > 1.8) continue;
            if (tick >= range.lower * (1 - 1e-9) && tick <= range.upper * (1 + 1e-9)) ticks << tick;
        }
    if (tickLabels)
        for (const double tick : ticks) *tickLabels << decadeText(tick);
}

void HeatRowTicker::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                             QVector<double>* subTicks, QVector<QString>* tickLabels)
{
    begin(ticks, subTicks, tickLabels);
    for (double row = std::ceil(range.lower / 8 - 1e-9) * 8; row <= range.upper + 1e-9; row += 8) {
        ticks << row;
        if (tickLabels) *tickLabels << decadeText(1e-5 * std::pow(10, row / 8));
    }
}

void LevelTicker::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                           QVector<double>* subTicks, QVector<QString>* tickLabels)
{
    begin(ticks, subTicks, tickLabels);
    for (int k = 0; k * step_ <= range.upper * (1 + 1e-9) && k < 50; ++k) ticks << k * step_;
    if (!tickLabels) return;
    for (const double tick : ticks) {
        if (share_) *tickLabels << QString::number(std::round(tick * 100)) + (tick == 0 ? " %" : "");
        else *tickLabels << (tick >= 100'000 ? formatCompact(tick) : formatCount(tick));
    }
}

}  // namespace tantrum::studio
