// The card that opens over a link or a failing node: who, how much, and how its calls ended.
#pragma once

#include "app/studio/theme/tokens.h"
#include "models/world/view.h"

#include <QRectF>
#include <QString>
#include <array>
#include <vector>

class QPainter;

namespace tantrum::studio {

class OutcomeCard {
public:
    OutcomeCard(QString title, double perSecond, const std::array<double, models::outcomeCount>& outcomes,
                QString footer);

    QSizeF size() const;
    /// Where the card goes so that it points at `target` (screen) and stays inside `screen`: below it, else above.
    QRectF placed(QPointF target, const QRectF& screen) const;
    void paint(QPainter& painter, const QRectF& where, QPointF target, const Tokens& tokens) const;

private:
    struct Part {
        models::Outcome outcome;
        double perSecond;
    };
    double legendWidth() const;

    QString title_, footer_;
    double perSecond_;
    std::vector<Part> parts_;  ///< ok first, then by how often
};

}  // namespace tantrum::studio
