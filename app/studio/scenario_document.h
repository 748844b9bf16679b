// The scenario being edited: its text, what the reader says about it, and the undo history. Every change is an edit of
// the text (models/scenario/document.h), so comments and order survive and saving writes what is shown.
#pragma once

#include "models/scenario/document.h"
#include "models/scenario/reader.h"

#include <QObject>
#include <QString>
#include <QUndoCommand>
#include <QUndoStack>

#include <functional>
#include <memory>
#include <vector>

namespace tantrum::studio {

class ScenarioDocument : public QObject {
    Q_OBJECT

public:
    using Document = models::scenario::Document;
    using Edit = std::function<Document::Refusal(Document&)>;
    /// What an edit touches: the system, which means another run; or only where things stand on the canvas.
    enum class Touches { system, layout };

    explicit ScenarioDocument(const models::scenario::Catalogue& catalogue, QObject* parent = nullptr);

    /// Empty, or why the file could not be read. A file with mistakes opens; the diagnostics say what is wrong.
    QString open(const QString& path);
    void openText(const QString& text, const QString& fileName, const QString& directory = {});
    /// Empty, or why it could not be written. `text`: what to write, the document with what was done to its run.
    QString saveAs(const QString& path, const QString& text);

    QString text() const { return QString::fromStdString(text_); }
    const std::string& source() const { return text_; }
    QString path() const { return path_; }        ///< empty before the first save
    QString fileName() const { return fileName_; }
    QString directory() const { return directory_; }
    QString title() const;                        ///< the scenario's name, else the file's
    /// The last good reading: nullptr if there never was one.
    const models::scenario::Scenario* scenario() const { return scenario_.get(); }
    const std::vector<models::scenario::Diagnostic>& diagnostics() const { return diagnostics_; }
    bool hasErrors() const;
    bool isModified() const { return text_ != savedText_; }
    const models::scenario::Catalogue& catalogue() const { return catalogue_; }

    /// Empty when the edit leads to a scenario without (new) errors, else the reader's message.
    QString check(const Edit& edit) const;
    /// Checks, then applies as one undoable step. Empty when done. Steps with the same non-empty `mergeKey` in a row
    /// become one.
    QString apply(const QString& label, const Edit& edit, Touches touches = Touches::system, const QString& mergeKey = {});
    /// A step that is not an edit of the text (a change of the running system); takes ownership.
    void push(QUndoCommand* command) { undo_.push(command); }
    QUndoStack& undoStack() { return undo_; }
    /// Whether the step at an index of the undo stack changes the system (rather than the layout or the running run).
    bool touchesSystem(int step) const;

    /// The directory relative file names inside the scenario are looked for in.
    models::scenario::ReadResult read(const std::string& text) const;

signals:
    void opened();
    void changed(tantrum::studio::ScenarioDocument::Touches touches);
    void saved();

private:
    friend class TextStep;
    void setText(std::string text, Touches touches);
    QString attempt(const Edit& edit, std::string& result) const;

    const models::scenario::Catalogue& catalogue_;
    std::string text_, savedText_;
    QString path_, fileName_, directory_;
    std::unique_ptr<models::scenario::Scenario> scenario_;
    std::vector<models::scenario::Diagnostic> diagnostics_;
    QUndoStack undo_;
};

/// The reader's message as one line for people: the message, then the hint.
QString sentence(const models::scenario::Diagnostic& diagnostic);

}  // namespace tantrum::studio
