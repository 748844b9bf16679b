// What a person changes, and where it goes: before the run starts into the scenario's text, while it goes on into the
// run's journal. Both can be undone; whatever cannot be done now says why.
#pragma once

#include "app/studio/run.h"
#include "app/studio/scenario_document.h"

#include <QObject>

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tantrum::studio {

/// "set" and "to" of `{set: web.workers, to: 32}`; nullopt for any other entry.
std::optional<std::pair<QString, QString>> setOf(const std::string& timelineEntry);
/// A value as it may stand inside { }: quoted if it has to be.
QString flowText(const QString& value);

class Edits : public QObject {
    Q_OBJECT

public:
    Edits(ScenarioDocument& document, Run& run, QObject* parent = nullptr);

    /// Before the start everything can be changed, afterwards what is `live`, in a recorded moment nothing.
    bool isEditable(const models::scenario::Parameter& parameter) const;
    /// Why not, in words; empty if it is.
    QString whyNotEditable(const models::scenario::Parameter& parameter) const;
    /// Empty when done, else the reader's message or why it cannot be done now.
    /// `written`: the value as the scenario says it, to go back to.
    QString setParameter(const QString& path, const QString& value, const models::scenario::Parameter& parameter,
                         const QString& written);
    /// What a parameter is at the moment that is shown: as written, then as timeline and interventions changed it.
    QString valueAt(const QString& path, const QString& written) const;

    /// A fault or change now: "{crash: inventory, for: 10s}".
    void inject(const QString& label, const QString& timelineEntry);
    /// Changes the system itself. Only before the run starts.
    QString changeSystem(const QString& label, const ScenarioDocument::Edit& edit);

    /// Everything done to this run by hand, in order.
    std::vector<app::JournalEntry> interventions() const;
    /// The document with the interventions as timeline entries: what "save" writes.
    QString textWithInterventions(QString& mistake) const;

    bool canUndo() const;
    bool canRedo() const;
    void undo();
    void redo();
    /// A new run of the document as it stands, paused at zero; interventions are forgotten.
    void restart();

signals:
    /// Something could not be done; one sentence.
    void refused(const QString& reason);

private:
    friend class LiveStep;
    friend class FaultStep;
    bool mayTouchSystem() const { return !run_.isStarted(); }
    void travel(bool back);
    void rerun(std::vector<app::JournalEntry> interventions);
    QString textWith(const std::vector<app::JournalEntry>& interventions, QString& mistake) const;

    ScenarioDocument& document_;
    Run& run_;
    std::vector<app::JournalEntry> carried_;  ///< interventions that a rerun has turned into timeline entries
    int generation_ = 0;                      ///< counts restarts: live steps of earlier runs are void
    bool rerunning_ = false;
    mutable std::unordered_map<std::string, std::optional<std::pair<QString, QString>>> parsed_;  ///< setOf, by entry
};

}  // namespace tantrum::studio
