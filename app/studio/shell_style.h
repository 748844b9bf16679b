// The style sheet of the shell's own roles, on top of the theme's (resources/themes/studio.qss).
#pragma once

#include "app/studio/theme/tokens.h"

#include <QString>

namespace tantrum::studio {

/// To be set on the window, again whenever the theme changes.
QString shellStyle(const Tokens& tokens);

}  // namespace tantrum::studio
