#include "app/studio/scenario_document.h"

#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QUndoCommand>

#include <algorithm>

namespace tantrum::studio {

namespace scenario = models::scenario;

/// Texts before and after: scenarios are small, and a value is the simplest thing to go back to.
class TextStep : public QUndoCommand {
public:
    TextStep(ScenarioDocument& document, const QString& label, std::string before, std::string after,
             ScenarioDocument::Touches touches, QString mergeKey)
        : QUndoCommand(label), document_(document), before_(std::move(before)), after_(std::move(after)),
          touches_(touches), mergeKey_(std::move(mergeKey))
    {
    }
    void undo() override { document_.setText(before_, touches_); }
    void redo() override { document_.setText(after_, touches_); }
    int id() const override { return mergeKey_.isEmpty() ? -1 : 1; }
    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = dynamic_cast<const TextStep*>(other);
        if (!next || next->mergeKey_ != mergeKey_) return false;
        after_ = next->after_;
        return true;
    }
    bool touchesSystem() const { return touches_ == ScenarioDocument::Touches::system; }

private:
    ScenarioDocument& document_;
    std::string before_, after_;
    ScenarioDocument::Touches touches_;
    QString mergeKey_;
};

QString sentence(const scenario::Diagnostic& diagnostic)
{
    QString text = QString::fromStdString(diagnostic.message);
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    text += '.';
    if (!diagnostic.hint.empty()) {
        QString hint = QString::fromStdString(diagnostic.hint);
        hint[0] = hint[0].toUpper();
        text += ' ' + hint + (hint.endsWith('?') || hint.endsWith('.') ? "" : ".");
    }
    return text;
}

ScenarioDocument::ScenarioDocument(const scenario::Catalogue& catalogue, QObject* parent)
    : QObject(parent), catalogue_(catalogue), undo_(this)
{
}

QString ScenarioDocument::open(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return QString("%1: %2").arg(path, file.errorString());
    constexpr qint64 largest = 16 << 20;
    if (file.size() > largest) return QString("%1 is larger than 16 MiB").arg(path);
    const QFileInfo info(path);
    const QString text = QString::fromUtf8(file.readAll());
    path_ = info.absoluteFilePath();
    openText(text, info.fileName(), info.absolutePath());
    return {};
}

void ScenarioDocument::openText(const QString& text, const QString& fileName, const QString& directory)
{
    if (QFileInfo(path_).fileName() != fileName || QFileInfo(path_).absolutePath() != directory) path_.clear();
    fileName_ = fileName;
    directory_ = directory;
    scenario_.reset();
    undo_.clear();
    text_.clear();
    const std::string source = text.toStdString();
    auto result = read(source);
    text_ = savedText_ = source;
    diagnostics_ = std::move(result.diagnostics);
    if (result.scenario) scenario_ = std::make_unique<scenario::Scenario>(std::move(*result.scenario));
    emit opened();
}

QString ScenarioDocument::saveAs(const QString& path, const QString& text)
{
    QSaveFile file(path);
    const QByteArray bytes = text.toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return QString("Could not write %1: %2").arg(path, file.errorString());
    const QFileInfo info(path);
    path_ = info.absoluteFilePath();
    fileName_ = info.fileName();
    directory_ = info.absolutePath();
    savedText_ = text_;
    undo_.setClean();
    emit saved();
    return {};
}

QString ScenarioDocument::title() const
{
    if (scenario_ && !scenario_->name.empty()) return QString::fromStdString(scenario_->name);
    return fileName_.isEmpty() ? QString("Untitled") : QFileInfo(fileName_).completeBaseName();
}

bool ScenarioDocument::hasErrors() const
{
    return std::any_of(diagnostics_.begin(), diagnostics_.end(),
                       [](const scenario::Diagnostic& d) { return d.severity == scenario::Severity::error; });
}

scenario::ReadResult ScenarioDocument::read(const std::string& text) const
{
    return scenario::read(text, fileName_.toStdString(), catalogue_, {directory_.toStdString()});
}

QString ScenarioDocument::attempt(const Edit& edit, std::string& result) const
{
    Document document(text_, fileName_.toStdString(), catalogue_);
    if (const Document::Refusal refusal = edit(document)) return sentence(*refusal);
    const scenario::ReadResult reading = read(document.text());
    result = document.text();
    if (reading.scenario || hasErrors()) return {};
    const auto error = std::find_if(reading.diagnostics.begin(), reading.diagnostics.end(), [](const auto& d) {
        return d.severity == scenario::Severity::error;
    });
    return error == reading.diagnostics.end() ? QString("The scenario would no longer be readable.") : sentence(*error);
}

QString ScenarioDocument::check(const Edit& edit) const
{
    std::string ignored;
    return attempt(edit, ignored);
}

QString ScenarioDocument::apply(const QString& label, const Edit& edit, Touches touches, const QString& mergeKey)
{
    std::string after;
    const QString refusal = attempt(edit, after);
    if (!refusal.isEmpty() || after == text_) return refusal;
    undo_.push(new TextStep(*this, label, text_, std::move(after), touches, mergeKey));
    return {};
}

bool ScenarioDocument::touchesSystem(int step) const
{
    const auto* text = dynamic_cast<const TextStep*>(undo_.command(step));
    return text && text->touchesSystem();
}

void ScenarioDocument::setText(std::string text, Touches touches)
{
    text_ = std::move(text);
    auto result = read(text_);
    diagnostics_ = std::move(result.diagnostics);
    if (result.scenario) scenario_ = std::make_unique<scenario::Scenario>(std::move(*result.scenario));
    emit changed(touches);
}

}  // namespace tantrum::studio
