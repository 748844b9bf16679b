// Axis ticks with units. For charts/*.cpp only: pulls in qcustomplot.h.
#pragma once

#include <qcustomplot.h>

namespace tantrum::studio {

/// 1, 2 or 5 times a power of ten; only the last tick carries the unit: "0 20 40 60 80 s".
class TimeTicker : public QCPAxisTicker {
public:
    void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override;
    void setPixels(double pixels) { pixels_ = pixels; }

private:
    double pixels_ = 300;
};

/// Decades of seconds ("1 ms", "10 ms"), with 2 and 5 in between where there is room for few decades only.
class SecondsTicker : public QCPAxisTicker {
public:
    void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override;
};

/// Rows of the latency heat map: a tick a decade.
class HeatRowTicker : public QCPAxisTicker {
public:
    void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override;
};

/// 0, step, 2·step …; counts or shares.
class LevelTicker : public QCPAxisTicker {
public:
    void setStep(double step, bool share) { step_ = step, share_ = share; }
    void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override;

private:
    double step_ = 1;
    bool share_ = false;
};

}  // namespace tantrum::studio
