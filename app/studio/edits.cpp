#include "app/studio/edits.h"

#include "models/scenario/units.h"

#include <QRegularExpression>
#include <QUndoCommand>

#include <algorithm>

namespace tantrum::studio {

namespace scenario = models::scenario;

namespace {

QString setEntry(const QString& path, const QString& value)
{
    return QString("{set: %1, to: %2}").arg(flowText(path), flowText(value));
}

/// The ways to write what a timeline entry sets: a policy by its name or by its place.
std::vector<std::string> pathsOf(const scenario::SetAction& set, const scenario::Scenario& scenario)
{
    if (!set.parameter) return {};
    const std::string& key = set.parameter->key();
    if (!set.link) return {set.node + "." + key};
    const std::string link = set.link->text();
    if (!set.policy) return {link + "." + key};
    std::vector<std::string> paths{link + ".policies." + std::to_string(*set.policy) + "." + key};
    for (const scenario::LinkEntry& entry : scenario.links)
        if (entry.pattern == *set.link && entry.policies && *set.policy < entry.policies->size())
            paths.push_back(link + "." + (*entry.policies)[*set.policy].type->key + "." + key);
    return paths;
}

std::string withTime(const app::JournalEntry& entry)
{
    const std::string& yaml = entry.command.yaml;
    const auto open = yaml.find('{');
    return "{at: " + scenario::textOf(entry.at.sinceStart()) + ", " + yaml.substr(open == std::string::npos ? 0 : open + 1);
}

}  // namespace

/// A parameter changed while the run goes on: undone by changing it back, now.
class LiveStep : public QUndoCommand {
public:
    LiveStep(Edits& edits, const QString& path, const QString& before, const QString& after)
        : QUndoCommand(QString("%1 to %2").arg(path, after)), edits_(edits), path_(path), before_(before), after_(after),
          generation_(edits.generation_)
    {
    }
    void undo() override { post(before_); }
    void redo() override { post(after_); }

private:
    void post(const QString& value)
    {
        if (generation_ != edits_.generation_) return setObsolete(true);
        edits_.run_.post(setEntry(path_, value));
    }
    Edits& edits_;
    QString path_, before_, after_;
    int generation_;
};

/// A fault injected by hand: a run is a pure function of its inputs, so taking it back means running again without it.
class FaultStep : public QUndoCommand {
public:
    FaultStep(Edits& edits, const QString& label, const QString& yaml)
        : QUndoCommand(label), edits_(edits), yaml_(yaml.toStdString()), generation_(edits.generation_)
    {
    }
    void undo() override
    {
        auto entries = edits_.interventions();
        const auto found = std::find_if(entries.rbegin(), entries.rend(), [this](const auto& e) { return e.command.yaml == yaml_; });
        if (generation_ != edits_.generation_ || found == entries.rend()) return setObsolete(true);
        removed_ = *found;
        entries.erase(std::next(found).base());
        edits_.rerun(std::move(entries));
    }
    void redo() override
    {
        if (generation_ != edits_.generation_) return setObsolete(true);
        if (!removed_) return edits_.run_.post(QString::fromStdString(yaml_));
        auto entries = edits_.interventions();
        const auto later = [this](const app::JournalEntry& e) { return e.at > removed_->at; };
        entries.insert(std::find_if(entries.begin(), entries.end(), later), *removed_);
        edits_.rerun(std::move(entries));
    }

private:
    Edits& edits_;
    std::string yaml_;
    std::optional<app::JournalEntry> removed_;
    int generation_;
};

std::optional<std::pair<QString, QString>> setOf(const std::string& timelineEntry)
{
    scenario::Diagnostics ignored("");
    const auto tree = scenario::parseTree(timelineEntry, ignored);
    if (!tree || !tree->root().isMapping()) return std::nullopt;
    const scenario::Node* path = tree->root().find("set");
    const scenario::Node* to = tree->root().find("to");
    if (!path || !to) return std::nullopt;
    const auto text = [&](const scenario::Node& node) {
        if (node.isScalar()) return QString::fromUtf8(node.text().data(), static_cast<qsizetype>(node.text().size()));
        return QString::fromStdString(timelineEntry.substr(node.range().from, node.range().length()));
    };
    return std::pair{text(*path), text(*to)};
}

QString flowText(const QString& value)
{
    if (value.startsWith('[') || value.startsWith('{')) return value;
    static const QRegularExpression plain("^[A-Za-z0-9_$./+-][^,\\[\\]{}#\"':]*$");
    if (plain.match(value).hasMatch() && value == value.trimmed()) return value;
    QString quoted = value;
    quoted.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    return '"' + quoted + '"';
}

Edits::Edits(ScenarioDocument& document, Run& run, QObject* parent) : QObject(parent), document_(document), run_(run)
{
    connect(&run_, &Run::loaded, this, [this] {
        if (rerunning_) return;
        carried_.clear();
        ++generation_;
    });
}

bool Edits::isEditable(const scenario::Parameter& parameter) const { return whyNotEditable(parameter).isEmpty(); }

QString Edits::whyNotEditable(const scenario::Parameter& parameter) const
{
    if (!run_.isStarted()) return {};
    if (run_.showsRecorded()) return "This is what was recorded. Go back to the live run to change it.";
    if (run_.isOver()) return "The run is over. Reset it to change this.";
    if (!parameter.live()) return "Fixed while the run goes on. Reset the run to change it.";
    return {};
}

QString Edits::setParameter(const QString& path, const QString& value, const scenario::Parameter& parameter,
                            const QString& written)
{
    if (const QString reason = whyNotEditable(parameter); !reason.isEmpty()) return reason;
    const auto edit = [p = path.toStdString(), v = value.toStdString()](ScenarioDocument::Document& document) {
        return document.set(p, v);
    };
    if (!run_.isStarted()) return document_.apply(QString("%1 to %2").arg(path, value), edit);
    if (const QString mistake = document_.check(edit); !mistake.isEmpty()) return mistake;
    const QString before = valueAt(path, written);
    if (before != value) document_.push(new LiveStep(*this, path, before, value));
    return {};
}

QString Edits::valueAt(const QString& path, const QString& written) const
{
    if (!run_.isLoaded()) return written;
    QString value = written;
    engine::Instant latest;
    const engine::Instant shown = run_.shownTime();
    // Of the live run an intervention may be known before the picture that goes with it.
    const engine::Instant done = run_.showsRecorded() ? shown : engine::Instant::never();
    const auto take = [&](engine::Instant at, engine::Instant until, const QString& changed, const QString& to) {
        if (changed == path && at <= until && at >= latest) latest = at, value = to;
    };
    for (const auto& entry : run_.session().scenario().timeline)
        if (const auto* set = std::get_if<scenario::SetAction>(&entry.action))
            for (const std::string& other : pathsOf(*set, run_.session().scenario()))
                take(entry.at, shown, QString::fromStdString(other), QString::fromStdString(set->text));
    for (const auto& entry : interventions()) {
        auto known = parsed_.find(entry.command.yaml);
        if (known == parsed_.end()) known = parsed_.emplace(entry.command.yaml, setOf(entry.command.yaml)).first;
        if (known->second) take(entry.at, done, known->second->first, known->second->second);
    }
    return value;
}

void Edits::inject(const QString& label, const QString& timelineEntry)
{
    if (!run_.isLoaded()) return;
    if (run_.isOver()) return emit refused("The run is over. Reset it to inject a fault.");
    document_.push(new FaultStep(*this, label, timelineEntry));
}

QString Edits::changeSystem(const QString& label, const ScenarioDocument::Edit& edit)
{
    if (!mayTouchSystem()) return "The run has started. Reset it to change the system.";
    return document_.apply(label, edit);
}

std::vector<app::JournalEntry> Edits::interventions() const
{
    std::vector<app::JournalEntry> all = carried_;
    if (run_.isLoaded())
        for (app::JournalEntry& entry : run_.session().journal()) all.push_back(std::move(entry));
    return all;
}

QString Edits::textWithInterventions(QString& mistake) const { return textWith(interventions(), mistake); }

QString Edits::textWith(const std::vector<app::JournalEntry>& interventions, QString& mistake) const
{
    scenario::Document text(document_.source(), document_.fileName().toStdString(), document_.catalogue());
    for (const app::JournalEntry& entry : interventions)
        if (const auto refusal = text.append("timeline", withTime(entry))) mistake = sentence(*refusal);
    return QString::fromStdString(text.text());
}

void Edits::rerun(std::vector<app::JournalEntry> interventions)
{
    QString mistake;
    const std::string text = textWith(interventions, mistake).toStdString();
    auto reading = document_.read(text);
    if (!reading.scenario || !mistake.isEmpty()) return emit refused("This cannot be undone: " + mistake);
    rerunning_ = true;
    run_.load(std::move(*reading.scenario), run_.snapshot().time);
    rerunning_ = false;
    carried_ = std::move(interventions);
}

bool Edits::canUndo() const { return document_.undoStack().canUndo(); }
bool Edits::canRedo() const { return document_.undoStack().canRedo(); }
void Edits::undo() { travel(true); }
void Edits::redo() { travel(false); }

void Edits::travel(bool back)
{
    QUndoStack& stack = document_.undoStack();
    while (back ? stack.canUndo() : stack.canRedo()) {
        const int index = back ? stack.index() - 1 : stack.index();
        if (document_.touchesSystem(index) && !mayTouchSystem())
            return emit refused(QString("The run has started. Reset it to %1 “%2”.").arg(back ? "undo" : "redo", stack.command(index)->text()));
        const int count = stack.count();
        back ? stack.undo() : stack.redo();
        if (stack.count() == count) return;  // otherwise the step was void and is gone: take the next one
    }
}

void Edits::restart()
{
    if (!document_.scenario()) return;
    auto reading = document_.read(document_.source());
    if (reading.scenario) run_.load(std::move(*reading.scenario));
}

}  // namespace tantrum::studio
