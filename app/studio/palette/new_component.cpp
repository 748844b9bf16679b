#include "app/studio/palette/new_component.h"

#include "app/studio/inspector/parameter_field.h"

#include <algorithm>
#include <map>

namespace tantrum::studio {

namespace scenario = models::scenario;

namespace {

using Document = ScenarioDocument::Document;
using Given = std::vector<std::pair<std::string, std::string>>;

bool names(const scenario::Parameter& parameter)
{
    const std::string& kind = parameter.kind();
    return kind == "node" || kind == "operation" || kind == "list of node" || kind == "list of operation";
}

/// A plain value of a kind, when the parameter has no default.
std::string plainValue(const scenario::Parameter& parameter)
{
    if (!parameter.choices().empty()) return parameter.choices().front().first;
    static const std::map<std::string, std::string> values{
        {"duration", "100ms"}, {"rate", "10/s"}, {"size", "1KiB"}, {"bandwidth", "1Gbit/s"}, {"share", "10%"},
        {"count", "1"}, {"number", "1"}, {"yes or no", "true"}, {"distribution of time", "exponential(10ms)"},
        {"arrival process", "poisson(100/s)"}};
    const auto found = values.find(parameter.kind());
    return found == values.end() ? "1" : found->second;
}

ScenarioDocument::Edit editOf(const std::string& name, const std::string& type, QPointF centre, const Given& given)
{
    return [=](Document& document) -> Document::Refusal {
        if (const auto refusal = document.insertNode(name, type)) return refusal;
        for (const auto& [key, value] : given)
            if (const auto refusal = document.set(name + "." + key, value)) return refusal;
        return document.place(name, centre.x(), centre.y());
    };
}

}  // namespace

QString freeName(const QString& type, const ScenarioDocument& document)
{
    const auto taken = [&](const QString& name) { return document.scenario() && document.scenario()->find(name.toStdString()); };
    QString name = type;
    for (int i = 2; taken(name); ++i) name = type + QString::number(i);
    return name;
}

NewComponent newComponent(const QString& type, QPointF centre, const ScenarioDocument& document)
{
    NewComponent made;
    const auto* descriptor = document.catalogue().find(scenario::Kind::component, type.toStdString());
    if (!descriptor) {
        made.mistake = QString("There is no component %1.").arg(type);
        return made;
    }
    made.name = freeName(type, document);
    const std::string name = made.name.toStdString();
    Given given;
    std::vector<std::size_t> open;  // the references among them
    for (const auto& parameter : descriptor->parameters) {
        if (!parameter->required()) continue;
        if (names(*parameter)) open.push_back(given.size());
        given.emplace_back(parameter->key(), names(*parameter) ? "" : plainValue(*parameter));
    }
    // One reference after the other: the first node with which the reader has least to say.
    for (const std::size_t index : open) {
        QString last;
        bool found = false;
        if (document.scenario())
            for (const auto& node : document.scenario()->nodes) {
                Given attempt = given;
                attempt[index].second = node.name;
                for (const std::size_t other : open)
                    if (other > index) attempt[other].second = node.name;
                last = document.check(editOf(name, descriptor->key, centre, attempt));
                if (!last.isEmpty()) continue;
                given = std::move(attempt);
                found = true;
                break;
            }
        if (!found) {
            made.mistake = QString("%1 needs something to work with first (%2).")
                               .arg(QString::fromStdString(descriptor->title),
                                    QString::fromStdString(descriptor->find(given[index].first)->doc()));
            return made;
        }
    }
    made.edit = editOf(name, descriptor->key, centre, given);
    made.mistake = document.check(made.edit);
    return made;
}

NewComponent newConnection(const QString& from, const QString& to, const ScenarioDocument& document)
{
    NewComponent made;
    const auto* node = document.scenario() ? document.scenario()->find(from.toStdString()) : nullptr;
    const auto* other = document.scenario() ? document.scenario()->find(to.toStdString()) : nullptr;
    if (!node || !other || !node->type || !other->type) {
        made.mistake = "Both ends of a connection have to be nodes.";
        return made;
    }
    std::vector<ScenarioDocument::Edit> attempts;
    const auto set = [&](const std::string& path, const std::string& value) {
        attempts.push_back([=](Document& d) { return d.set(path, value); });
    };
    for (const auto& parameter : node->type->parameters)
        if (names(*parameter)) set(node->name + "." + parameter->key(), other->name);
    const bool messages = other->type->isAccepted("messages");
    const scenario::Parameter* operations = node->type->find("operations");
    if (operations && node->type->offers == scenario::OperationsOffered::own) {
        const scenario::Document text(document.source(), "", document.catalogue());
        const std::string path = node->name + ".operations";
        if (const auto written = text.get(path)) {
            scenario::Diagnostics ignored("");
            const auto tree = scenario::parseTree(*written, ignored);
            if (tree && tree->root().isMapping() && tree->root().size() == 1) {
                const std::string operation(tree->root().key(0).text());
                for (const bool publishes : {true, false})
                    if (messages || !publishes)
                        attempts.push_back([=, name = other->name](Document& d) { return d.append(path + "." + operation, (publishes ? "publish: " : "call: ") + name); });
            }
        }
    }
    QString last;
    for (const auto& attempt : attempts) {
        last = document.check(attempt);
        if (!last.isEmpty()) continue;
        made.edit = attempt;
        made.name = from;
        return made;
    }
    made.mistake = last.isEmpty() ? QString("Say in the scenario file which operation of %1 calls %2.").arg(from, to) : last;
    return made;
}

}  // namespace tantrum::studio
