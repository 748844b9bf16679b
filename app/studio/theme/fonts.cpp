#include "app/studio/theme/fonts.h"

#include <QFontDatabase>
#include <QStringList>

namespace tantrum::studio {

namespace {

QString firstInstalled(const QStringList& wanted, QFontDatabase::SystemFont otherwise)
{
    const QStringList installed = QFontDatabase::families();
    for (const QString& family : wanted)
        if (installed.contains(family)) return family;
    return QFontDatabase::systemFont(otherwise).family();
}

QFont made(const QString& family, int pixelSize, QFont::Weight weight)
{
    QFont font(family);
    font.setPixelSize(pixelSize);
    font.setWeight(weight);
    return font;
}

}  // namespace

const QString& wordFamily()
{
    static const QString family =
        firstInstalled({"Inter", "Inter Variable", "Noto Sans", "DejaVu Sans"}, QFontDatabase::GeneralFont);
    return family;
}

const QString& numberFamily()
{
    static const QString family = firstInstalled(
        {"JetBrains Mono", "JetBrains Mono NL", "Noto Sans Mono", "DejaVu Sans Mono"}, QFontDatabase::FixedFont);
    return family;
}

QFont words(int pixelSize, QFont::Weight weight)
{
    QFont font = made(wordFamily(), pixelSize, weight);
    font.setStyleHint(QFont::SansSerif);
    return font;
}

QFont numbers(int pixelSize, QFont::Weight weight)
{
    QFont font = made(numberFamily(), pixelSize, weight);
    font.setStyleHint(QFont::Monospace);
    // Qt 6.4 cannot switch single font features off; without shaping there are no ligatures.
    font.setStyleStrategy(QFont::StyleStrategy(QFont::PreferAntialias | QFont::PreferNoShaping));
    return font;
}

}  // namespace tantrum::studio
