// What is selected: how it is doing, its parameters, the policies of a link, and the faults it understands. Everything
// is made from descriptors; nothing here knows a component by name.
#pragma once

#include "app/studio/edits.h"
#include "app/studio/inspector/parameter_field.h"

#include <QWidget>

#include <vector>

class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace tantrum::studio {

class FaultBox;
class PolicyCard;
class Section;

class InspectorPanel : public QWidget {
    Q_OBJECT

public:
    InspectorPanel(Run& run, ScenarioDocument& document, Edits& edits, QWidget* parent = nullptr);

    void showNode(int node);
    void showEdge(int edge);
    void showNothing();

    const std::vector<ParameterField*>& fields() const { return fields_; }
    /// Brings the panel up to date now; it does so by itself a moment after a change.
    void rebuild();

signals:
    /// A link in the list of a node's calls was clicked.
    void edgeChosen(int edge);
    void nodeChosen(int node);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void rebuildSoon();
    void clear();
    QString commit(const models::scenario::Parameter& parameter, const QString& path, const QString& value);
    void buildNode();
    void buildEdge();
    void buildScenario();
    void buildPolicies(const models::EdgeFacts& edge, const QString& from, const QString& to);
    void buildCalls();
    void buildMeasured(const QStringList& rows);
    void buildFaults(FaultBox* box);
    void setHead(const QString& iconName, const QString& title, const QString& line);
    Section* addSection(const QString& title, const QString& name);
    ParameterField* addField(Section& section, const models::scenario::Parameter& parameter, const QString& path,
                             const QString& value);
    void refreshValues();
    void refreshMeasured();
    void refreshNode(const models::NodeView& view);
    void refreshEdge(const models::EdgeView& view);
    QStringList nodeNames() const;

    Run& run_;
    ScenarioDocument& document_;
    Edits& edits_;
    int node_ = -1, edge_ = -1;
    bool stale_ = true;                       ///< what is shown belongs to another selection or run

    QLabel *headIcon_, *title_, *line_, *health_, *healthLine_, *audit_;
    QScrollArea* area_;
    QVBoxLayout* list_;
    QWidget* content_ = nullptr;
    std::vector<ParameterField*> fields_;
    std::vector<QString> written_;            ///< the values as the scenario says, one a field
    std::vector<PolicyCard*> policies_;
    std::vector<QLabel*> measured_;
    FaultBox* faults_ = nullptr;
    Section* faultSection_ = nullptr;
};

}  // namespace tantrum::studio
