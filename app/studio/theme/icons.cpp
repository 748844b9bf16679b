#include "app/studio/theme/icons.h"

#include "app/studio/theme/theme.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>
#include <memory>
#include <utility>

static void keepIconResources() { Q_INIT_RESOURCE(resources); }

namespace tantrum::studio {

namespace {

const QByteArray& sourceOf(const QString& name)
{
    static QHash<QString, QByteArray> sources;
    const auto known = sources.constFind(name);
    if (known != sources.constEnd()) return *known;
    keepIconResources();
    QFile file(":/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly)) file.setFileName(":/icons/generic.svg");
    if (!file.isOpen() && !file.open(QIODevice::ReadOnly)) return *sources.insert(name, QByteArray());
    return *sources.insert(name, file.readAll());
}

QSvgRenderer& rendererOf(const QString& name, const QColor& color)
{
    static QHash<std::pair<QString, QRgb>, std::shared_ptr<QSvgRenderer>> renderers;
    auto& renderer = renderers[{name, color.rgb()}];
    if (!renderer) {
        // QtSvg draws currentColor as black, so the colour goes into the source.
        QByteArray source = sourceOf(name);
        source.replace("currentColor", color.name().toLatin1());
        renderer = std::make_shared<QSvgRenderer>(source);
    }
    return *renderer;
}

class ThemeIconEngine final : public QIconEngine {
public:
    ThemeIconEngine(QString name, QColor fixed) : name_(std::move(name)), fixed_(std::move(fixed)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        paintIcon(*painter, name_, QRectF(rect), colorFor(mode, state));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap picture(size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        const int side = qMin(size.width(), size.height());
        paint(&painter, {(size.width() - side) / 2, (size.height() - side) / 2, side, side}, mode, state);
        return picture;
    }
    QIconEngine* clone() const override { return new ThemeIconEngine(name_, fixed_); }

private:
    QColor colorFor(QIcon::Mode mode, QIcon::State state) const
    {
        const Tokens& t = tokens();
        if (mode == QIcon::Disabled) return blended(t.text3, t.bg1, 0.6);
        if (fixed_.isValid()) return fixed_;
        return mode == QIcon::Active || mode == QIcon::Selected || state == QIcon::On ? t.text1 : t.text2;
    }

    QString name_;
    QColor fixed_;
};

}  // namespace

QIcon icon(const QString& name) { return QIcon(new ThemeIconEngine(name, {})); }

QIcon icon(const QString& name, const QColor& color) { return QIcon(new ThemeIconEngine(name, color)); }

QIcon appIcon()
{
    QIcon icon;
    for (const int size : {16, 24, 32, 48, 64, 128, 256}) icon.addPixmap(iconPixmap("tantrum", size, Qt::black));
    return icon;
}

QPixmap iconPixmap(const QString& name, int size, const QColor& color, qreal devicePixelRatio)
{
    const QString key =
        QStringLiteral("tantrum/%1/%2/%3/%4").arg(name).arg(size).arg(color.name()).arg(devicePixelRatio);
    QPixmap picture;
    if (QPixmapCache::find(key, &picture)) return picture;
    picture = QPixmap(QSize(size, size) * devicePixelRatio);
    picture.setDevicePixelRatio(devicePixelRatio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    paintIcon(painter, name, QRectF(0, 0, size, size), color);
    painter.end();
    QPixmapCache::insert(key, picture);
    return picture;
}

void paintIcon(QPainter& painter, const QString& name, const QRectF& where, const QColor& color)
{
    QSvgRenderer& renderer = rendererOf(name, color);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    renderer.render(&painter, where);
    painter.restore();
}

bool hasIcon(const QString& name)
{
    keepIconResources();
    return QFile::exists(":/icons/" + name + ".svg");
}

QStringList iconNames()
{
    keepIconResources();
    QStringList names;
    for (const QString& file : QDir(":/icons").entryList({"*.svg"}, QDir::Files, QDir::Name))
        names.append(file.chopped(4));
    return names;
}

}  // namespace tantrum::studio
