#include "app/studio/banner.h"

#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>

#include <algorithm>

namespace tantrum::studio {

namespace {
constexpr int noteMilliseconds = 8000, top = 48, widest = 720;
}

Banner::Banner(QWidget* over)
    : QFrame(over), sign_(new QLabel), text_(new QLabel), button_(new QPushButton), close_(new QToolButton)
{
    setObjectName("banner");
    text_->setObjectName("bannerText");
    text_->setTextFormat(Qt::PlainText);
    button_->setObjectName("bannerButton");
    button_->setProperty("role", "small");
    button_->setFocusPolicy(Qt::TabFocus);
    close_->setObjectName("bannerClose");
    close_->setIcon(icon("close"));
    close_->setIconSize(QSize(12, 12));
    close_->setFocusPolicy(Qt::TabFocus);
    close_->setToolTip("Close");
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 6, 6);
    row->setSpacing(8);
    row->addWidget(sign_);
    row->addWidget(text_, 1);
    row->addWidget(button_);
    row->addWidget(close_);
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &QWidget::hide);
    connect(close_, &QToolButton::clicked, this, &QWidget::hide);
    connect(button_, &QPushButton::clicked, this, [this] {
        if (action_) action_();
    });
    over->installEventFilter(this);
    hide();
}

void Banner::show(Kind kind, const QString& sentence, const QString& button, std::function<void()> action)
{
    kind_ = kind;
    action_ = std::move(action);
    text_->setText(sentence);
    button_->setText(button);
    button_->setVisible(!button.isEmpty());
    close_->setVisible(kind != Kind::recorded);
    setProperty("kind", kind == Kind::error ? "error" : kind == Kind::recorded ? "recorded" : "note");
    style()->unpolish(this);
    style()->polish(this);
    const Tokens& t = tokens();
    const QString name = kind == Kind::error ? "error_circle" : kind == Kind::recorded ? "history" : "info";
    sign_->setPixmap(iconPixmap(name, 14, kind == Kind::error ? t.error : t.accent, devicePixelRatioF()));
    kind == Kind::note ? timer_.start(noteMilliseconds) : timer_.stop();
    QFrame::show();
    place();
    raise();
}

void Banner::withdraw(Kind kind)
{
    if (kind_ == kind) hide();
}

void Banner::place()
{
    const int room = std::min(widest, parentWidget()->width() - 32);
    const int wanted = text_->fontMetrics().horizontalAdvance(text_->text()) + 72 +
                       (button_->isHidden() ? 0 : button_->sizeHint().width() + 8);
    text_->setWordWrap(wanted > room);
    setFixedWidth(std::min(room, wanted));
    adjustSize();
    move((parentWidget()->width() - width()) / 2, top);
}

bool Banner::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize && isVisible()) place();
    return QFrame::eventFilter(watched, event);
}

}  // namespace tantrum::studio
