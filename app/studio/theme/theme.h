// The window's look: dark or light, applied to the whole application, switchable while it runs.
#pragma once

#include "app/studio/theme/tokens.h"

#include <QObject>
#include <QPalette>
#include <QString>

namespace tantrum::studio {

enum class ThemeKind { dark, light };

/// One per process. Whoever paints by hand reads tokens() in its paintEvent and calls update() on changed().
class Theme : public QObject {
    Q_OBJECT

public:
    static Theme& instance();

    ThemeKind kind() const { return kind_; }
    const Tokens& tokens() const { return kind_ == ThemeKind::dark ? darkTokens() : lightTokens(); }

    /// Sets Fusion, palette, font and style sheet of the QApplication, then emits changed(). Requires a QApplication.
    void apply(ThemeKind kind);
    void toggle() { apply(kind_ == ThemeKind::dark ? ThemeKind::light : ThemeKind::dark); }

    static QPalette paletteFor(const Tokens& tokens);
    /// resources/themes/studio.qss with every @token replaced. See there for the roles widgets may claim with the
    /// dynamic property "role": primary, small, chip, flat, panel, bar, card, well, heading, section, hint, number.
    static QString styleSheetFor(ThemeKind kind);

signals:
    void changed();

private:
    Theme() = default;
    ThemeKind kind_ = ThemeKind::dark;
};

/// The current theme's colours.
inline const Tokens& tokens() { return Theme::instance().tokens(); }

}  // namespace tantrum::studio
