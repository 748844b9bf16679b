#include "app/studio/inspector/section.h"

#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

namespace tantrum::studio {

Section::Section(const QString& title, const QString& name, QWidget* parent)
    : QWidget(parent), head_(new QToolButton), remark_(new QLabel), content_(new QWidget), body_(new QVBoxLayout(content_))
{
    setObjectName(name + "Section");
    head_->setObjectName(name + "Head");
    head_->setText(title);
    head_->setCheckable(true);
    head_->setChecked(true);
    head_->setProperty("role", "fold");
    head_->setIconSize(QSize(12, 12));
    head_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    head_->setFocusPolicy(Qt::TabFocus);
    remark_->setProperty("role", "hint");
    remark_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 0, 4, 0);
    top->addWidget(head_);
    top->addStretch();
    top->addWidget(remark_);
    body_->setContentsMargins(12, 0, 4, 0);
    body_->setSpacing(0);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 8, 8, 8);
    all->setSpacing(4);
    all->addLayout(top);
    all->addWidget(content_);
    const auto fold = [this](bool open) {
        content_->setVisible(open);
        head_->setIcon(icon(open ? "chevron_down" : "chevron_right"));
    };
    connect(head_, &QToolButton::toggled, this, fold);
    fold(true);
}

void Section::setRemark(const QString& remark) { remark_->setText(remark); }

void Section::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(tokens().line1);
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

}  // namespace tantrum::studio
