// A scenario as a picture of its system with its name: opens on a click.
#pragma once

#include "app/studio/library/library_model.h"

#include <QAbstractButton>
#include <QPixmap>

namespace tantrum::studio {

/// A small drawing of a system: cards with a health bar, links between them.
void paintSketch(QPainter& painter, const QRectF& where, const models::Topology& topology);

class ScenarioCard : public QAbstractButton {
    Q_OBJECT

public:
    explicit ScenarioCard(ScenarioItem item, QWidget* parent = nullptr);

    const ScenarioItem& item() const { return item_; }
    /// Reads the scenario's system; takes some milliseconds.
    void loadSketch();
    bool matches(const QString& text) const;

    QSize sizeHint() const override { return {280, 208}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ScenarioItem item_;
    models::Topology sketch_;
};

}  // namespace tantrum::studio
