// The scenario's text as it would be saved, with what the reader says about it.
#pragma once

#include "app/studio/scenario_document.h"

#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QVBoxLayout;

namespace tantrum::studio {

class ScenarioView : public QWidget {
    Q_OBJECT

public:
    explicit ScenarioView(ScenarioDocument& document, QWidget* parent = nullptr);

private:
    void refresh();

    ScenarioDocument& document_;
    QPlainTextEdit* text_;
    QWidget* problems_;
    QVBoxLayout* problemList_;
};

}  // namespace tantrum::studio
