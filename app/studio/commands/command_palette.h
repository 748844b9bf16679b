// Ctrl+K: every command and every node by a few letters of its name.
#pragma once

#include <QFrame>
#include <QIcon>

#include <functional>
#include <vector>

class QLineEdit;
class QListWidget;

namespace tantrum::studio {

struct Choice {
    QString text, keys;
    QIcon picture;
    std::function<void()> run;
};

/// How well `text` answers to what was typed: smaller is better, -1 not at all. Letters have to come in order.
int matchOf(const QString& typed, const QString& text);

class CommandPalette : public QFrame {
    Q_OBJECT

public:
    explicit CommandPalette(QWidget* parent);

    /// Shows itself under the top edge of its parent.
    void open(std::vector<Choice> choices);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter();
    void choose();

    std::vector<Choice> choices_;
    QLineEdit* line_;
    QListWidget* list_;
};

}  // namespace tantrum::studio
