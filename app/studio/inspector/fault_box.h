// Buttons for every fault the selected node or link understands, made from the fault descriptors. A click injects it
// now with its defaults; the arrow beside it asks how long and how bad first.
#pragma once

#include "models/scenario/catalogue.h"
#include "models/world/view.h"

#include <QWidget>

#include <vector>

class QGridLayout;

namespace tantrum::studio {

/// A fault aimed at something, as one timeline entry without `at`.
struct AimedFault {
    const models::scenario::Descriptor* type = nullptr;
    QString target;  ///< as written: "inventory", "[web, db]", "web -> db"

    /// `parameters`: key and text; empty texts are left out. `length`: empty for until the end.
    QString entry(const QString& length, const std::vector<std::pair<QString, QString>>& parameters = {}) const;
    /// Has parameters that must be given.
    bool asksFirst() const;
};

std::vector<AimedFault> faultsOf(const models::NodeFacts& node, const models::scenario::Catalogue& catalogue);
std::vector<AimedFault> faultsOf(const models::Topology& topology, const models::EdgeFacts& edge,
                                 const models::scenario::Catalogue& catalogue);

/// How long an injected fault lasts if nothing is said: a tenth of the run, at most 10 s, rounded.
QString defaultFaultLength(engine::Duration run);
/// "10s" as people read it: "10 s".
QString shownFaultLength(const QString& length);

class FaultBox : public QWidget {
    Q_OBJECT

public:
    explicit FaultBox(QWidget* parent = nullptr);

    void setFaults(std::vector<AimedFault> faults, const QString& length);
    void setInjectable(const QString& whyNot);
    const std::vector<AimedFault>& faults() const { return faults_; }

signals:
    /// Label for the history, and the timeline entry.
    void injected(const QString& label, const QString& entry);

private:
    void addFault(const AimedFault& fault, int index);
    void askAndInject(const AimedFault& fault, QWidget* anchor);

    std::vector<AimedFault> faults_;
    QString length_;
    QGridLayout* grid_;
};

}  // namespace tantrum::studio
