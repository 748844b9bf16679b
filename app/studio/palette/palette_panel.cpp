#include "app/studio/palette/palette_panel.h"

#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QApplication>
#include <QDrag>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QMouseEvent>
#include <QScrollArea>
#include <QVBoxLayout>

namespace tantrum::studio {

namespace {
constexpr int textOfHalfAPanel = 64;  // beside its icon, and the scroll bar beside all
}

PaletteItem::PaletteItem(const models::scenario::Descriptor& type, QWidget* parent) : QToolButton(parent), type_(type)
{
    setObjectName("palette:" + this->type());
    setProperty("role", "palette");
    setText(QString::fromStdString(type.title));
    setIcon(studio::icon(QString::fromStdString(type.icon)));
    setIconSize(QSize(15, 15));
    setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setFixedHeight(28);
    setToolTip("<b>" + QString::fromStdString(type.title).toHtmlEscaped() + "</b><br>" +
               QString::fromStdString(type.summary).toHtmlEscaped() + "<br>Drag it onto the canvas, or double-click.");
}

QString PaletteItem::type() const { return QString::fromStdString(type_.key); }

bool PaletteItem::matches(const QString& text) const
{
    const auto contains = [&](const std::string& where) { return QString::fromStdString(where).contains(text, Qt::CaseInsensitive); };
    return contains(type_.title) || contains(type_.key) || contains(type_.group) || contains(type_.summary);
}

void PaletteItem::mousePressEvent(QMouseEvent* event)
{
    pressedAt_ = event->position().toPoint();
    QToolButton::mousePressEvent(event);
}

void PaletteItem::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint moved = event->position().toPoint() - pressedAt_;
    if (!(event->buttons() & Qt::LeftButton) || moved.manhattanLength() < QApplication::startDragDistance())
        return QToolButton::mouseMoveEvent(event);
    setDown(false);
    auto* drag = new QDrag(this);
    auto* payload = new QMimeData;
    payload->setData(componentMimeType, type().toUtf8());
    drag->setMimeData(payload);
    drag->setPixmap(iconPixmap(QString::fromStdString(type_.icon), 24, tokens().text1, devicePixelRatioF()));
    drag->exec(Qt::CopyAction);
}

void PaletteItem::mouseDoubleClickEvent(QMouseEvent*) { emit chosen(type()); }

void PaletteItem::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) emit chosen(type());
    else QToolButton::keyPressEvent(event);
}

PalettePanel::PalettePanel(const models::scenario::Catalogue& catalogue, QWidget* parent)
    : QWidget(parent), filter_(new QLineEdit)
{
    setObjectName("palette");
    filter_->setObjectName("paletteFilter");
    filter_->setPlaceholderText("Filter components");
    filter_->setClearButtonEnabled(true);
    filter_->addAction(icon("search"), QLineEdit::LeadingPosition);
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(8, 4, 8, 8);
    column->setSpacing(8);
    QGridLayout* grid = nullptr;
    int place = 0;  // in the grid, two a row
    std::string current;
    for (const auto* type : catalogue.all(models::scenario::Kind::component)) {
        if (!grid || type->group != current) {
            current = type->group;
            place = 0;
            auto* box = new QWidget;
            grid = new QGridLayout(box);
            grid->setContentsMargins(0, 0, 0, 0);
            grid->setSpacing(0);
            grid->setColumnStretch(0, 1);
            grid->setColumnStretch(1, 1);
            auto* title = new QLabel(QString::fromStdString(type->group));
            title->setProperty("role", "group");
            grid->addWidget(title, 0, 0, 1, 2);
            column->addWidget(box);
            groups_.push_back({box, {}});
        }
        auto* item = new PaletteItem(*type);
        const bool fits = item->fontMetrics().horizontalAdvance(item->text()) <= textOfHalfAPanel;
        if (!fits && place % 2 == 1) ++place;  // a row of its own
        grid->addWidget(item, 1 + place / 2, place % 2, 1, fits ? 1 : 2);
        place += fits ? 1 : 2;
        groups_.back().items.push_back(item);
        connect(item, &PaletteItem::chosen, this, &PalettePanel::chosen);
    }
    column->addStretch(1);
    auto* area = new QScrollArea;
    area->setObjectName("paletteScroll");
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setWidget(inside);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    auto* top = new QVBoxLayout;
    top->setContentsMargins(8, 8, 8, 4);
    top->addWidget(filter_);
    all->addLayout(top);
    all->addWidget(area, 1);
    connect(filter_, &QLineEdit::textChanged, this, &PalettePanel::filter);
}

void PalettePanel::focusFilter()
{
    filter_->setFocus(Qt::ShortcutFocusReason);
    filter_->selectAll();
}

void PalettePanel::filter(const QString& text)
{
    for (const Group& group : groups_) {
        bool any = false;
        for (PaletteItem* item : group.items) {
            item->setVisible(item->matches(text));
            any = any || item->matches(text);
        }
        group.box->setVisible(any);
    }
}

}  // namespace tantrum::studio
