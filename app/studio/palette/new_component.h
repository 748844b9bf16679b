// A component from the palette as an edit of the document: a free name, and required parameters filled in sensibly.
#pragma once

#include "app/studio/scenario_document.h"

#include <QPointF>
#include <QString>

namespace tantrum::studio {

/// "service", "service2", …: the first that no node has.
QString freeName(const QString& type, const ScenarioDocument& document);

struct NewComponent {
    QString name;
    ScenarioDocument::Edit edit;
    QString mistake;  ///< non-empty: it cannot be added now, and why
};
/// Tries what is there until the reader is content: a client sends to the first node that accepts calls.
NewComponent newComponent(const QString& type, QPointF centre, const ScenarioDocument& document);

/// Lets one node call, send to, publish to or consume from another, in the one way the reader accepts; a mistake says
/// why there is none.
NewComponent newConnection(const QString& from, const QString& to, const ScenarioDocument& document);

}  // namespace tantrum::studio
