// One parameter: its name, an editor that suits its kind, and the reader's message when what was typed cannot be read.
#pragma once

#include "models/scenario/parameter.h"

#include <QWidget>

#include <functional>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;

namespace tantrum::studio {

/// Which editor a parameter gets; derived from its descriptor alone.
enum class EditorKind {
    choice,     ///< one of several words
    yesNo,
    quantity,   ///< a number with a unit: beside its name
    reference,  ///< a node or an operation: a list to choose from, and free text
    text,       ///< distributions, arrivals, lists, names: a line of its own
    program     ///< operations and steps: shown, edited in the file
};
EditorKind editorKindOf(const models::scenario::Parameter& parameter);

/// "drop_expired" -> "Drop expired".
QString labelOf(const models::scenario::Parameter& parameter);

/// "6ms" -> {"6", "ms"}; what is no number with a unit comes back whole.
std::pair<QString, QString> splitQuantity(const QString& text);

class ParameterField : public QWidget {
    Q_OBJECT

public:
    /// Empty when the value was taken, else why not. Called with what a person entered.
    using Commit = std::function<QString(const QString& value)>;

    /// `names`: what a reference may name. The object name is `path`; the editor's is "edit:" + path.
    ParameterField(const models::scenario::Parameter& parameter, const QString& path, const QStringList& names,
                   Commit commit, QWidget* parent = nullptr);

    const models::scenario::Parameter& parameter() const { return parameter_; }
    const QString& path() const { return path_; }
    EditorKind editorKind() const { return kind_; }
    /// The last good value. Leaves alone what a person is typing.
    void setValue(const QString& value);
    const QString& value() const { return value_; }
    /// `reason`: why it cannot be edited now; empty if it can.
    void setReadOnly(const QString& reason);
    QString mistake() const;

    /// Takes a text as if a person had typed it and pressed Enter.
    void enter(const QString& text);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeEditor(const QStringList& names);
    void show(const QString& value);
    QString shownText() const;
    void commitShown();
    void setMistake(const QString& mistake);
    void step(int direction);
    const char* goodRole() const { return kind_ == EditorKind::quantity ? "number" : "numberSmall"; }

    const models::scenario::Parameter& parameter_;
    QString path_, value_, unit_;
    EditorKind kind_;
    bool shown_ = false;
    Commit commit_;
    QLineEdit* line_ = nullptr;
    QLabel* unitLabel_ = nullptr;
    QComboBox* combo_ = nullptr;
    QCheckBox* check_ = nullptr;
    QLabel* program_ = nullptr;
    QLabel* mistake_;
    QWidget* editor_;
};

}  // namespace tantrum::studio
