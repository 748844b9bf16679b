// Which keys belong to the window and which to the control that has the focus: Space plays, except on a button that was
// reached with Tab; arrows step, except in a slider, list or text that has the focus.
#pragma once

#include <QObject>
#include <QPointer>
#include <QWidget>

namespace tantrum::studio {

class KeyRules : public QObject {
    Q_OBJECT

public:
    explicit KeyRules(QObject* parent);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QPointer<QWidget> reachedByTab_;
};

}  // namespace tantrum::studio
