// How numbers are written, everywhere: thousands comma, unit always, "no data" rather than 0 when nothing was measured.
// Every function takes NaN as "nothing was measured".
#pragma once

#include "engine/time.h"

#include <QString>

namespace tantrum::studio {

QString noDataText();  ///< "no data"

/// "1,545", "0", "8.4" (one decimal below 10 if it is not whole), "0.32".
QString formatCount(double value);
/// At most four characters for tight places: "600", "1.9k", "10k", "2.4M".
QString formatCompact(double value);
/// "1,545/s", "8.4/s".
QString formatRate(double perSecond);
/// Three significant digits: "3.73 s", "1.00 s", "34 ms", "1.1 ms", "250 µs", "16.7 min"; zeros after the point are
/// dropped below a second.
QString formatDuration(double seconds);
QString formatDuration(engine::Duration duration);
/// For counters that run on: one decimal, "6.6 s", "84.0 s", "12.3 min".
QString formatAge(double seconds);
/// The clock: "84.600 s".
QString formatClock(engine::Instant instant);
/// "63 %", "0.4 %". Never rounded up to 100 % or down to 0 %: "99.9 %", "<0.1 %".
QString formatShare(double share);
/// "×4", "×1.8".
QString formatFactor(double factor);
/// "64 KiB".
QString formatBytes(double bytes);
/// "987/s" as a screen reader should say it: "987 per second".
QString spokenRate(double perSecond);

}  // namespace tantrum::studio
