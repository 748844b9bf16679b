// Style sheets written with the names of what changes with the theme.
#pragma once

#include "app/studio/theme/tokens.h"

#include <QHash>
#include <QString>

namespace tantrum::studio {

/// The sheet with every `@name` replaced: @words and @numbers by the font families, the names in `more` by what stands
/// there, all others by the colour of the token of that name.
QString filledIn(const QString& sheet, const Tokens& tokens, const QHash<QString, QString>& more = {});

}  // namespace tantrum::studio
