#include "app/studio/canvas/overlays.h"

#include "app/studio/canvas/text.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/marks.h"

#include <QCoreApplication>
#include <QPainter>
#include <array>

namespace tantrum::studio {

using models::Mark;

namespace {

constexpr double chipTop = 10, chipHeight = 24;
constexpr TextStyle chipStyle{11.5, QFont::Medium, false}, bodyStyle{11, QFont::Normal, false};

struct Chip {
    Spot spot;
    const char* text;
    const char* icon;
    double x, width;
};
constexpr std::array<Chip, 3> chips{{{Spot::live, "Live", "live", 12, 53},
                                     {Spot::heat, "Heat", "heat", 73, 56},
                                     {Spot::labels, "Labels", "labels", 137, 66}}};
constexpr double chipsEnd = 203;

struct ZoomPart {
    Spot spot;
    double x, width;
};
constexpr QSizeF zoomSize{124, 30};
constexpr std::array<ZoomPart, 4> zoomParts{
    {{Spot::zoomOut, 1, 29}, {Spot::zoomReset, 30, 36}, {Spot::zoomIn, 66, 28}, {Spot::zoomFit, 94, 29}}};
constexpr QSizeF keySize{262, 95};
constexpr QSizeF emptySize{340, 84};

QString say(const char* text) { return QCoreApplication::translate("tantrum", text); }

QRectF chipRect(const Chip& chip) { return {chip.x, chipTop, chip.width, chipHeight}; }

void box(QPainter& painter, const QRectF& where, double radius, const QColor& fill, const QColor& line)
{
    painter.setPen(QPen(line, 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(where.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

void paintChips(QPainter& painter, const OverlayState& state, const Tokens& t)
{
    for (const Chip& chip : chips) {
        const bool on = chip.spot == Spot::live ? !state.heat : chip.spot == Spot::heat ? state.heat : state.labels;
        const bool hot = state.hovered == chip.spot;
        const QRectF where = chipRect(chip);
        box(painter, where, 4, on ? t.accentFill : hot ? t.bg3 : t.bg2, on ? t.accent : t.line2);
        paintIcon(painter, chip.icon, {where.left() + 7, where.top() + 5.5, 13, 13}, on ? t.text1 : t.text2);
        drawText(painter, {where.left() + 24, where.top() + 16}, say(chip.text), chipStyle, on ? t.text1 : t.text2);
    }
    if (state.notice.isEmpty()) return;
    const QRectF where(chipsEnd + 8, chipTop, 32 + textWidth(state.notice, chipStyle), chipHeight);
    box(painter, where, 4, t.bg2, t.line2);
    paintIcon(painter, "history", {where.left() + 7, where.top() + 5.5, 13, 13}, t.text2);
    drawText(painter, {where.left() + 24, where.top() + 16}, state.notice, chipStyle, t.text2);
}

void paintZoom(QPainter& painter, const QRectF& where, const OverlayState& state, const Tokens& t)
{
    box(painter, where, 4, t.bg1, t.line1);
    for (const ZoomPart& part : zoomParts) {
        const QRectF cell(where.left() + part.x, where.top() + 1, part.width, where.height() - 2);
        if (state.hovered == part.spot) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(t.bg3);
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), 3, 3);
        }
        const char* icon = part.spot == Spot::zoomOut ? "minus" : part.spot == Spot::zoomIn ? "plus" : "zoom_fit";
        if (part.spot == Spot::zoomReset)
            drawText(painter, {cell.center().x(), where.top() + 19}, QStringLiteral("%1 %").arg(state.zoomPercent),
                     {11, QFont::Medium, true}, t.text1, Qt::AlignHCenter);
        else
            paintIcon(painter, icon, {cell.center().x() - 7, cell.center().y() - 7, 14, 14}, t.text2);
    }
}

void paintKey(QPainter& painter, const QRectF& where, const OverlayState& state, const Tokens& t)
{
    box(painter, where, 6, t.bg1, t.line1);
    const double left = where.left(), top = where.top();
    drawText(painter, {left + 12, top + 21}, say("Key"), {11, QFont::DemiBold, false}, t.text1);
    const QString hint = state.reducedMotion ? say("width is rate, motion is off")
                         : state.bands       ? say("width is rate, bands are shares")
                                             : say("width is rate, dots are a sample");
    drawText(painter, {where.right() - 12, top + 21}, hint, {10.5, QFont::Normal, false}, t.text3, Qt::AlignRight);

    struct Entry {
        Mark mark;
        const char* text;
    };
    static constexpr std::array<Entry, 8> entries{{{Mark::request, "request"},
                                                   {Mark::ok, "ok reply"},
                                                   {Mark::slow, "slow reply"},
                                                   {Mark::retry, "retry"},
                                                   {Mark::timeout, "timeout"},
                                                   {Mark::rejected, "refused"},
                                                   {Mark::error, "error"},
                                                   {Mark::message, "message"}}};
    const auto place = [&](std::size_t index) {
        return QPointF(left + 16.5 + static_cast<double>(index % 3) * 82.5,
                       top + 39.5 + static_cast<double>(index / 3) * 20);
    };
    for (std::size_t i = 0; i < entries.size(); ++i) {
        paintMark(painter, entries[i].mark, place(i), 7, colorOf(t, entries[i].mark), t.bg1);
        drawText(painter, place(i) + QPointF(12, 4), say(entries[i].text), bodyStyle, t.text2);
    }
    paintPartitionMark(painter, place(8), t.partitioned, t.error);
    drawText(painter, place(8) + QPointF(12, 4), say("partition"), bodyStyle, t.text2);
}

QRectF exampleButton(const QRectF& where) { return {where.center().x() - 68, where.bottom() - 34, 136, 26}; }

void paintEmpty(QPainter& painter, const QRectF& where, const OverlayState& state, const Tokens& t)
{
    drawText(painter, {where.center().x(), where.top() + 24}, say("Drop a client here, or open an example"),
             {13, QFont::Normal, false}, t.text2, Qt::AlignHCenter);
    const QRectF button = exampleButton(where);
    box(painter, button, 4, state.hovered == Spot::example ? t.bg3 : t.bg2, t.line2);
    drawText(painter, {button.center().x(), button.top() + 17}, say("Open an example"), {12, QFont::Medium, false},
             t.text1, Qt::AlignHCenter);
}

}  // namespace

void Overlays::layOut(QSizeF canvas)
{
    canvas_ = canvas;
    key_ = {QPointF(margin, canvas.height() - margin - keySize.height()), keySize};
    zoom_ = {QPointF(canvas.width() - margin - zoomSize.width(), chipTop), zoomSize};
    drawnRatio_ = 0;
}

bool Overlays::keyShown(const OverlayState& state) const
{
    return state.keyVisible && !state.empty && canvas_.width() >= 520 && canvas_.height() >= 260;
}

void Overlays::render(const OverlayState& state, const Tokens& tokens, double devicePixelRatio)
{
    const auto drawn = [&](const QRectF& where, auto paintInto) {
        Layer layer{where, QPixmap((where.size() * devicePixelRatio).toSize())};
        layer.picture.setDevicePixelRatio(devicePixelRatio);
        layer.picture.fill(Qt::transparent);
        QPainter painter(&layer.picture);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.translate(-where.topLeft());
        paintInto(painter);
        return layer;
    };
    const double noticeWidth = state.notice.isEmpty() ? 0 : 44 + textWidth(state.notice, chipStyle);
    chipLayer_ = drawn({12, chipTop, chipsEnd - 12 + noticeWidth, chipHeight},
                       [&](QPainter& p) { paintChips(p, state, tokens); });
    zoomLayer_ = drawn(zoom_, [&](QPainter& p) { paintZoom(p, zoom_, state, tokens); });
    keyLayer_ = {};
    if (keyShown(state)) keyLayer_ = drawn(key_, [&](QPainter& p) { paintKey(p, key_, state, tokens); });
    emptyLayer_ = {};
    if (state.empty) {
        const QRectF where(QPointF(((canvas_ - emptySize) / 2).width(), ((canvas_ - emptySize) / 2).height()),
                           emptySize);
        emptyLayer_ =
            drawn(QRectF(where.toRect()), [&](QPainter& p) { paintEmpty(p, QRectF(where.toRect()), state, tokens); });
    }
    drawn_ = state;
    drawnBackground_ = tokens.bg0;
    drawnRatio_ = devicePixelRatio;
}

void Overlays::paint(QPainter& painter, const OverlayState& state, const Tokens& tokens, double devicePixelRatio)
{
    if (!(drawn_ == state) || drawnBackground_ != tokens.bg0 || drawnRatio_ != devicePixelRatio)
        render(state, tokens, devicePixelRatio);
    for (const Layer* layer : {&chipLayer_, &zoomLayer_, &keyLayer_, &emptyLayer_})
        if (!layer->picture.isNull()) painter.drawPixmap(layer->where.topLeft(), layer->picture);
}

Spot Overlays::at(QPointF screen, const OverlayState& state) const
{
    for (const Chip& chip : chips)
        if (chipRect(chip).contains(screen)) return chip.spot;
    for (const ZoomPart& part : zoomParts)
        if (QRectF(zoom_.left() + part.x, zoom_.top(), part.width, zoom_.height()).contains(screen)) return part.spot;
    if (keyShown(state) && key_.contains(screen)) return Spot::key;
    if (state.empty && exampleButton(emptyLayer_.where).contains(screen)) return Spot::example;
    return Spot::none;
}

QString Overlays::hint(Spot spot)
{
    switch (spot) {
    case Spot::live: return say("Show health and moving messages");
    case Spot::heat: return say("Colour nodes by utilisation and links by rate");
    case Spot::labels: return say("Show each link's rate");
    case Spot::zoomOut: return say("Zoom out (−)");
    case Spot::zoomReset: return say("Zoom to 100 %");
    case Spot::zoomIn: return say("Zoom in (+)");
    case Spot::zoomFit: return say("Fit everything (F)");
    default: return {};
    }
}

}  // namespace tantrum::studio
