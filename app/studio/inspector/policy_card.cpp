#include "app/studio/inspector/policy_card.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPixmap>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace tantrum::studio {

PolicyCard::PolicyCard(int place, const models::scenario::PolicyEntry& policy, const QString& path,
                       const QStringList& names,
                       std::function<QString(const models::scenario::Parameter&, const QString&, const QString&)> commit,
                       QWidget* parent)
    : QFrame(parent), place_(place), head_(new QToolButton), summary_(new QLabel), state_(new QLabel), body_(new QWidget)
{
    const QString key = QString::fromStdString(policy.type->key);
    setObjectName("policy:" + QString::number(place));
    setProperty("role", "card");
    auto* number = new QLabel(QString::number(place + 1));
    number->setProperty("role", "hint");
    number->setFixedWidth(12);
    head_->setObjectName("policyHead:" + QString::number(place));
    head_->setCheckable(true);
    head_->setProperty("role", "policy");
    head_->setText(QString::fromStdString(policy.type->title));
    head_->setIcon(icon(QString::fromStdString(policy.type->icon)));
    head_->setIconSize(QSize(16, 16));
    head_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    head_->setFocusPolicy(Qt::TabFocus);
    head_->setToolTip(QString::fromStdString(policy.type->summary));
    summary_->setProperty("role", "hint");
    summary_->setWordWrap(true);
    state_->setProperty("role", "hint");

    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 6, 8, 0);
    top->setSpacing(4);
    top->addWidget(number);
    top->addWidget(head_);
    top->addStretch();
    top->addWidget(state_);
    auto* second = new QHBoxLayout;
    second->setContentsMargins(50, 0, 8, 6);
    second->addWidget(summary_);
    auto* fields = new QVBoxLayout(body_);
    fields->setContentsMargins(12, 4, 8, 8);
    fields->setSpacing(0);
    for (const auto& parameter : policy.type->parameters) {
        const QString full = path + "." + QString::fromStdString(parameter->key());
        const auto* known = parameter.get();
        auto* field = new ParameterField(*parameter, full, names,
                                         [commit, known, full](const QString& value) { return commit(*known, full, value); });
        field->setValue(QString::fromStdString(parameter->write(policy.parameters)));
        fields->addWidget(field);
        fields_.push_back(field);
    }
    auto* remove = new QPushButton("Remove");
    remove->setObjectName("policyRemove:" + QString::number(place));
    remove->setProperty("role", "small");
    auto* end = new QHBoxLayout;
    end->setContentsMargins(0, 6, 0, 0);
    end->addStretch();
    end->addWidget(remove);
    fields->addLayout(end);
    connect(remove, &QPushButton::clicked, this, [this] { emit removeRequested(place_); });

    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(top);
    all->addLayout(second);
    all->addWidget(body_);
    connect(head_, &QToolButton::toggled, body_, &QWidget::setVisible);
    body_->hide();
    summarize();
}

void PolicyCard::summarize()
{
    QStringList parts;
    for (const ParameterField* field : fields_) {
        const QString given = field->value();
        if (given.isEmpty() || given == "false" || parts.size() == 3) continue;
        const QString unit = QString::fromStdString(field->parameter().unit());
        parts << (unit.isEmpty() ? labelOf(field->parameter()).toLower() + " " + given : given + " " + unit);
    }
    summary_->setText(parts.join(", "));
}

void PolicyCard::setState(const QString& stateWords, const QColor& lamp, bool hollow)
{
    if (stateWords.isEmpty()) return state_->clear();
    state_->setText(QString("<span style='color:%1'>%2</span> %3").arg(lamp.name(), hollow ? "○" : "●", stateWords));
}

bool PolicyCard::isOpen() const { return head_->isChecked(); }
void PolicyCard::setOpen(bool open) { head_->setChecked(open); }

}  // namespace tantrum::studio
