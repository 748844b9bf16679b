#include "app/studio/panel.h"

#include "app/studio/theme/theme.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

namespace tantrum::studio {

Panel::Panel(const QString& name, QWidget* parent)
    : QWidget(parent), tabs_(new QTabBar), pages_(new QStackedWidget), corner_(new QHBoxLayout)
{
    setObjectName(name);
    tabs_->setObjectName(name + "Tabs");
    tabs_->setFixedHeight(tabHeight);
    tabs_->setExpanding(false);
    tabs_->setDrawBase(false);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(4, 0, 8, 1);
    top->setSpacing(8);
    top->addWidget(tabs_);
    top->addStretch(1);
    top->addLayout(corner_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(top);
    all->addWidget(pages_, 1);
    connect(tabs_, &QTabBar::currentChanged, pages_, &QStackedWidget::setCurrentIndex);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Panel::addPage(const QString& title, QWidget* page)
{
    pages_->addWidget(page);
    tabs_->addTab(title);
}

void Panel::addCorner(QWidget* control) { corner_->addWidget(control); }
void Panel::setCurrent(int page) { tabs_->setCurrentIndex(page); }
int Panel::current() const { return tabs_->currentIndex(); }

void Panel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokens().bg1);
    painter.setPen(tokens().line1);
    painter.drawLine(0, tabHeight, width(), tabHeight);
}

}  // namespace tantrum::studio
