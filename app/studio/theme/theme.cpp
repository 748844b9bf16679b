#include "app/studio/theme/theme.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/sheet.h"

#include <QApplication>
#include <QFile>
#include <QStyle>
#include <QStyleFactory>
#include <QToolTip>

// The resources may sit in a static library; this macro keeps them and must stand outside every namespace.
static void keepResources() { Q_INIT_RESOURCE(resources); }

namespace tantrum::studio {

Theme& Theme::instance()
{
    static Theme theme;
    return theme;
}

void Theme::apply(ThemeKind kind)
{
    kind_ = kind;
    if (!QApplication::style() || QApplication::style()->name().compare("fusion", Qt::CaseInsensitive) != 0)
        QApplication::setStyle(QStyleFactory::create("Fusion"));
    const QPalette palette = paletteFor(tokens());
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    QApplication::setFont(words());
    qApp->setStyleSheet(styleSheetFor(kind));
    emit changed();
}

QPalette Theme::paletteFor(const Tokens& t)
{
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, const QColor& color) { palette.setColor(role, color); };
    set(QPalette::Window, t.bg1);
    set(QPalette::WindowText, t.text1);
    set(QPalette::Base, t.bg0);
    set(QPalette::AlternateBase, t.bg1);
    set(QPalette::Text, t.text1);
    set(QPalette::PlaceholderText, t.text3);
    set(QPalette::Button, t.bg2);
    set(QPalette::ButtonText, t.text1);
    set(QPalette::BrightText, t.error);
    set(QPalette::ToolTipBase, t.bg2);
    set(QPalette::ToolTipText, t.text1);
    set(QPalette::Highlight, t.accent);
    set(QPalette::HighlightedText, t.onAccent);
    set(QPalette::Link, t.accent);
    set(QPalette::LinkVisited, t.accent);
    set(QPalette::Light, t.line2);
    set(QPalette::Midlight, t.line1);
    set(QPalette::Mid, t.line2);
    set(QPalette::Dark, t.line1);
    set(QPalette::Shadow, t.bg0);
    const QColor faint = blended(t.text3, t.bg1, 0.6);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, faint);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, t.bg4);
    return palette;
}

QString Theme::styleSheetFor(ThemeKind kind)
{
    keepResources();
    QFile file(":/themes/studio.qss");
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QString source = QString::fromUtf8(file.readAll());
    const Tokens& colors = kind == ThemeKind::dark ? darkTokens() : lightTokens();
    return filledIn(source, colors, {{"theme", kind == ThemeKind::dark ? "dark" : "light"}});
}

}  // namespace tantrum::studio
