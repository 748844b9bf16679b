#include "app/studio/canvas/sprites.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/marks.h"
#include "app/studio/theme/theme.h"

#include <QApplication>
#include <QFile>
#include <QImage>
#include <QPainter>
#include <QRegularExpression>
#include <QSignalSpy>
#include <gtest/gtest.h>
#include <vector>

namespace tantrum::studio {

using models::Mark;

namespace {

QImage silhouette(Mark mark)
{
    QImage image(24, 24, QImage::Format_ARGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    paintMark(painter, mark, {12, 12}, 12, Qt::black, Qt::white);
    return image;
}

double difference(const QImage& first, const QImage& second)
{
    double sum = 0;
    for (int y = 0; y < first.height(); ++y)
        for (int x = 0; x < first.width(); ++x)
            sum += std::abs(qGray(first.pixel(x, y)) - qGray(second.pixel(x, y))) / 255.0;
    return sum;
}

}  // namespace

// WCAG 1.4.3: words must be readable on every surface they can stand on, in both themes.
TEST(Theme, TextIsReadableOnEverySurface)
{
    for (const Tokens* t : {&darkTokens(), &lightTokens()})
        for (const QColor& text : {t->text1, t->text2, t->text3, t->accent})
            for (const QColor& surface : {t->bg0, t->bg1, t->bg2, t->card, t->bg3, t->accentFill})
                EXPECT_GE(contrast(text, surface), 4.5)
                    << text.name().toStdString() << " on " << surface.name().toStdString();
}

// WCAG 1.4.11: dots and bars are graphics and need 3:1.
TEST(Theme, OutcomeMarksStandOutFromEverySurface)
{
    for (const Tokens* t : {&darkTokens(), &lightTokens()})
        for (const QColor& mark : {t->request, t->ok, t->slow, t->retry, t->timeout, t->rejected, t->error, t->crashed,
                                   t->partitioned, t->message})
            for (const QColor& surface : {t->bg0, t->bg1, t->bg2, t->card, t->bg3})
                EXPECT_GE(contrast(mark, surface), 3.0)
                    << mark.name().toStdString() << " on " << surface.name().toStdString();
}

// The badge and the primary button carry text on a filled colour.
TEST(Theme, TextOnFilledColoursIsReadable)
{
    for (const Tokens* t : {&darkTokens(), &lightTokens()}) {
        EXPECT_GE(contrast(t->onAccent, t->accent), 4.5);
        EXPECT_GE(contrast(t->onError, t->error), 4.5);
    }
}

// People who do not see the colours must still tell outcomes apart: compared as black shapes.
TEST(Theme, EveryMarkHasAShapeOfItsOwn)
{
    std::vector<QImage> shapes;
    for (int mark = 0; mark < Sprites::markCount; ++mark) shapes.push_back(silhouette(static_cast<Mark>(mark)));
    for (std::size_t a = 0; a < shapes.size(); ++a)
        for (std::size_t b = a + 1; b < shapes.size(); ++b)
            EXPECT_GT(difference(shapes[a], shapes[b]), 12) << "marks " << a << " and " << b;
}

// At six pixels the shapes have to survive as well, in the sprites that are really drawn.
TEST(Theme, SpritesDifferInShapeAtTheirRealSize)
{
    Sprites sprites;
    sprites.prepare(darkTokens(), 6, 1);
    for (int a = 0; a < Sprites::markCount; ++a)
        for (int b = a + 1; b < Sprites::markCount; ++b) {
            const QImage first = sprites.picture(static_cast<Mark>(a)).toImage().convertToFormat(QImage::Format_ARGB32);
            const QImage second =
                sprites.picture(static_cast<Mark>(b)).toImage().convertToFormat(QImage::Format_ARGB32);
            double sum = 0;
            for (int y = 0; y < first.height(); ++y)
                for (int x = 0; x < first.width(); ++x)
                    sum += std::abs(qAlpha(first.pixel(x, y)) * (qGray(first.pixel(x, y)) > 60) -
                                    qAlpha(second.pixel(x, y)) * (qGray(second.pixel(x, y)) > 60)) /
                           255.0;
            EXPECT_GT(sum, 3) << "marks " << a << " and " << b;
        }
}

// Whoever paints by hand learns of a new theme by this signal alone.
TEST(Theme, SwitchingAtRunTimeEmitsChangedAndSetsThePalette)
{
    QSignalSpy spy(&Theme::instance(), &Theme::changed);
    Theme::instance().apply(ThemeKind::light);
    EXPECT_EQ(spy.count(), 1);
    EXPECT_EQ(QApplication::palette().color(QPalette::Window), lightTokens().bg1);
    Theme::instance().toggle();
    EXPECT_EQ(spy.count(), 2);
    EXPECT_EQ(QApplication::palette().color(QPalette::Window), darkTokens().bg1);
}

// A placeholder left in the sheet makes Qt drop the rule without a word.
TEST(Theme, TheStyleSheetHasNoPlaceholderLeftAndOnlyRealColours)
{
    for (const ThemeKind kind : {ThemeKind::dark, ThemeKind::light}) {
        const QString sheet = Theme::styleSheetFor(kind);
        EXPECT_FALSE(sheet.isEmpty());
        EXPECT_FALSE(sheet.contains('@'));
        EXPECT_FALSE(sheet.contains("#000000")) << "an unknown token";
        static const QRegularExpression url("url\\(([^)]*)\\)");
        for (auto found = url.globalMatch(sheet); found.hasNext();) {
            const QString file = found.next().captured(1);
            EXPECT_TRUE(QFile::exists(file)) << file.toStdString();
        }
    }
}

// The small arrows of the style sheet are files with a literal colour; it must follow the tokens.
TEST(Theme, TheStyleSheetsArrowsUseTheTokensColours)
{
    for (const auto& [folder, t] : {std::pair{"dark", &darkTokens()}, std::pair{"light", &lightTokens()}})
        for (const auto& [name, color] : {std::pair{"chevron_down", t->text2}, std::pair{"chevron_up", t->text2},
                                          std::pair{"chevron_right", t->text2}, std::pair{"check", t->onAccent}}) {
            QFile file(QString(":/themes/%1/%2.svg").arg(folder, name));
            ASSERT_TRUE(file.open(QIODevice::ReadOnly));
            EXPECT_TRUE(QString::fromUtf8(file.readAll()).contains(color.name(), Qt::CaseInsensitive))
                << folder << name;
        }
}

// An icon that does not parse is an empty square somewhere in the window.
TEST(Icons, EveryIconDrawsSomethingInTheColourAskedFor)
{
    EXPECT_GE(iconNames().size(), 70);
    for (const QString& name : iconNames()) {
        const QImage image = iconPixmap(name, 24, QColor(255, 0, 0)).toImage();
        int inked = 0, red = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) {
                inked += image.pixelColor(x, y).alpha() > 128;
                red += image.pixelColor(x, y).alpha() > 128 && image.pixelColor(x, y).red() > 200;
            }
        EXPECT_GT(inked, 8) << name.toStdString();
        if (name != "tantrum") {
            EXPECT_EQ(inked, red) << name.toStdString();
        }
    }
}

// Descriptors name icons by key; one that nobody drew must still show as a node.
TEST(Icons, AnUnknownNameFallsBackToTheGenericIcon)
{
    EXPECT_FALSE(hasIcon("no_such_icon"));
    EXPECT_EQ(iconPixmap("no_such_icon", 16, Qt::red).toImage(), iconPixmap("generic", 16, Qt::red).toImage());
}

// On a screen with a scale of two a 16 px icon needs 32 real pixels to be crisp.
TEST(Icons, AreMadeOfRealPixelsOnDenseScreens)
{
    const QPixmap picture = iconPixmap("service", 16, Qt::red, 2);
    EXPECT_EQ(picture.width(), 32);
    EXPECT_EQ(picture.devicePixelRatio(), 2);
}

}  // namespace tantrum::studio
