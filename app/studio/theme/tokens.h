// The colours of the window: one value a meaning, for both themes. Colour belongs to data; chrome is grey.
#pragma once

#include "models/outcome.h"
#include "models/world/view.h"

#include <QColor>
#include <QString>

namespace tantrum::studio {

struct Tokens {
    QColor bg0;                            ///< canvas, wells
    QColor bg1;                            ///< panels, docks, bars
    QColor bg2;                            ///< buttons, policy rows, tooltips
    QColor card;                           ///< node card
    QColor bg3;                            ///< hover
    QColor bg4;                            ///< empty tracks
    QColor line1, line2;                   ///< dividers, control borders
    QColor grid, link;                     ///< chart grid, healthy link
    QColor text1, text2, text3;            ///< value, label, hint
    QColor accent, onAccent;               ///< focus, selection, primary action, series 1; the text on it
    QColor onError;                        ///< text on a filled error badge
    QColor accentFill, okFill, errorFill;  ///< tinted rows

    QColor request, ok, slow, retry, timeout, rejected, error, crashed, partitioned, message;
};

const Tokens& darkTokens();
const Tokens& lightTokens();

/// The token called `name` ("bg1", "accentFill"), for style sheets; an invalid colour if there is none.
QColor tokenNamed(const Tokens& tokens, const QString& name);

/// The fixed colour of what travels, and of how a call ended.
QColor colorOf(const Tokens& tokens, models::Mark mark);
QColor colorOf(const Tokens& tokens, models::Outcome outcome);
QColor colorOf(const Tokens& tokens, models::Health health);
/// Utilisation: ok below 75 %, slow up to 95 %, then error.
QColor colorOfUtilization(const Tokens& tokens, double utilization);

/// The mark whose colour and shape stand for an outcome.
models::Mark markOf(models::Outcome outcome);

/// Plain words for people: "refused", "late", "failing".
QString wordFor(models::Mark mark);
QString wordFor(models::Outcome outcome);
QString wordFor(models::Health health);

/// WCAG 2 contrast ratio of two opaque colours, 1 to 21.
double contrast(const QColor& first, const QColor& second);

/// `front` at `share` (0..1) over the opaque `back`, as an opaque colour.
QColor blended(const QColor& front, const QColor& back, double share);

}  // namespace tantrum::studio
