// A sentence over the top of the canvas with at most one button: a recorded moment is shown, the run was stopped,
// a command was refused. Never moves anything else.
#pragma once

#include <QFrame>
#include <QTimer>

#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace tantrum::studio {

class Banner : public QFrame {
    Q_OBJECT

public:
    enum class Kind { note, recorded, error };

    /// Floats over `over`, centred at its top edge.
    explicit Banner(QWidget* over);

    /// Stays until withdraw() of the same kind, or (a note) for eight seconds. The last one shown covers the others.
    void show(Kind kind, const QString& sentence, const QString& button = {}, std::function<void()> action = {});
    void withdraw(Kind kind);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void place();

    Kind kind_ = Kind::note;
    QLabel *sign_, *text_;
    QPushButton* button_;
    QToolButton* close_;
    std::function<void()> action_;
    QTimer timer_;
};

}  // namespace tantrum::studio
