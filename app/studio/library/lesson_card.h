// A lesson with its steps and how many of them are done: opens on a click.
#pragma once

#include "app/studio/library/library_model.h"

#include <QAbstractButton>

namespace tantrum::studio {

class LessonCard : public QAbstractButton {
    Q_OBJECT

public:
    explicit LessonCard(LessonItem item, QWidget* parent = nullptr);
    const LessonItem& item() const { return item_; }
    /// Reads again how many steps are done.
    void refresh();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    LessonItem item_;
    int done_ = 0;
};

}  // namespace tantrum::studio
