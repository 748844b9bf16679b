// One policy of a link: its place in the stack, its name and what it is set to; opens to its parameters.
#pragma once

#include "app/studio/inspector/parameter_field.h"
#include "models/scenario/scenario.h"

#include <QFrame>

#include <vector>

class QLabel;
class QToolButton;

namespace tantrum::studio {

class PolicyCard : public QFrame {
    Q_OBJECT

public:
    /// `path`: of the policy, "web -> db.retry". `commit`: takes path and value of a parameter.
    PolicyCard(int place, const models::scenario::PolicyEntry& policy, const QString& path, const QStringList& names,
               std::function<QString(const models::scenario::Parameter&, const QString& path, const QString& value)> commit,
               QWidget* parent = nullptr);

    const std::vector<ParameterField*>& fields() const { return fields_; }
    /// After the fields' values have changed.
    void summarize();
    void setState(const QString& words, const QColor& lamp, bool hollow);
    bool isOpen() const;
    void setOpen(bool open);

signals:
    void removeRequested(int place);

private:
    int place_;
    std::vector<ParameterField*> fields_;
    QToolButton* head_;
    QLabel *summary_, *state_;
    QWidget* body_;
};

}  // namespace tantrum::studio
