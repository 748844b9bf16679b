#include "app/studio/key_rules.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QApplication>
#include <QComboBox>
#include <QFocusEvent>
#include <QKeyEvent>
#include <QPlainTextEdit>
#include <QTabBar>

namespace tantrum::studio {

KeyRules::KeyRules(QObject* parent) : QObject(parent) { qApp->installEventFilter(this); }

bool KeyRules::eventFilter(QObject* watched, QEvent* event)
{
    auto* widget = qobject_cast<QWidget*>(watched);
    if (!widget) return false;
    if (event->type() == QEvent::FocusIn) {
        const auto reason = static_cast<QFocusEvent*>(event)->reason();
        reachedByTab_ = reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason ? widget : nullptr;
    }
    if (event->type() != QEvent::ShortcutOverride || widget != QApplication::focusWidget()) return false;
    const int key = static_cast<QKeyEvent*>(event)->key();
    const bool byTab = reachedByTab_ == widget;
    const bool button = qobject_cast<QAbstractButton*>(widget);
    const bool arrows = key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Home || key == Qt::Key_End;
    const bool moves = qobject_cast<QAbstractItemView*>(widget) || qobject_cast<QPlainTextEdit*>(widget) ||
                       qobject_cast<QComboBox*>(widget) ||
                       (byTab && (qobject_cast<QAbstractSlider*>(widget) || qobject_cast<QTabBar*>(widget)));
    if ((key == Qt::Key_Space && ((button && byTab) || qobject_cast<QComboBox*>(widget))) || (arrows && moves)) {
        event->accept();
        return true;
    }
    return false;
}

}  // namespace tantrum::studio
