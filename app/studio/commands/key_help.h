// The keys, on a card over the window; any key or click closes it.
#pragma once

#include <QFrame>

namespace tantrum::studio {

class KeyHelp : public QFrame {
    Q_OBJECT

public:
    explicit KeyHelp(QWidget* parent);
    void open();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
};

}  // namespace tantrum::studio
