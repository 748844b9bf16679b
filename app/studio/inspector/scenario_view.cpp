#include "app/studio/inspector/scenario_view.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/theme.h"

#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSyntaxHighlighter>
#include <QTextBlock>
#include <QVBoxLayout>

namespace tantrum::studio {

namespace {

constexpr std::size_t shownProblems = 6;

/// Keys strong, comments faint, the lines with a mistake underlined.
class Highlighter : public QSyntaxHighlighter {
public:
    Highlighter(QTextDocument* text, const ScenarioDocument& document) : QSyntaxHighlighter(text), document_(document) {}

protected:
    void highlightBlock(const QString& line) override
    {
        const Tokens& t = tokens();
        static const QRegularExpression key("^\\s*(?:- )?(\"[^\"]*\"|[A-Za-z_][\\w.-]*(?: -> [\\w.*-]+)?)(?=:(\\s|$))");
        static const QRegularExpression comment("(^|\\s)#.*$");
        QTextCharFormat keyFormat, commentFormat;
        keyFormat.setForeground(t.accent);
        commentFormat.setForeground(t.text3);
        if (const auto match = key.match(line); match.hasMatch())
            setFormat(static_cast<int>(match.capturedStart(1)), static_cast<int>(match.capturedLength(1)), keyFormat);
        if (const auto match = comment.match(line); match.hasMatch())
            setFormat(static_cast<int>(match.capturedStart()), static_cast<int>(match.capturedLength()), commentFormat);
        for (const auto& diagnostic : document_.diagnostics()) {
            if (static_cast<int>(diagnostic.position.line) != currentBlock().blockNumber() + 1) continue;
            QTextCharFormat wrong = format(0);
            wrong.setForeground(t.text1);
            wrong.setBackground(t.errorFill);
            setFormat(0, static_cast<int>(line.size()), wrong);
        }
    }

private:
    const ScenarioDocument& document_;
};

}  // namespace

ScenarioView::ScenarioView(ScenarioDocument& document, QWidget* parent)
    : QWidget(parent), document_(document), text_(new QPlainTextEdit), problems_(new QWidget),
      problemList_(new QVBoxLayout(problems_))
{
    setObjectName("scenario");
    text_->setObjectName("scenarioText");
    text_->setReadOnly(true);
    text_->setProperty("role", "source");
    text_->setFont(numbers(11));  // no ligatures: the style sheet cannot say so
    text_->setLineWrapMode(QPlainTextEdit::NoWrap);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text_->setAccessibleName("Scenario file");
    problemList_->setContentsMargins(12, 8, 12, 8);
    problemList_->setSpacing(4);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(problems_);
    all->addWidget(text_, 1);
    auto* highlighter = new Highlighter(text_->document(), document_);
    connect(&document_, &ScenarioDocument::opened, this, &ScenarioView::refresh);
    connect(&document_, &ScenarioDocument::changed, this, &ScenarioView::refresh);
    connect(&Theme::instance(), &Theme::changed, highlighter, &QSyntaxHighlighter::rehighlight);
    refresh();
}

void ScenarioView::refresh()
{
    while (QLayoutItem* item = problemList_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const auto& diagnostics = document_.diagnostics();
    problems_->setVisible(!diagnostics.empty());
    for (std::size_t i = 0; i < diagnostics.size() && i < shownProblems; ++i) {
        const auto& problem = diagnostics[i];
        auto* button = new QPushButton(QString("%1:%2  %3").arg(problem.position.line).arg(problem.position.column).arg(sentence(problem)));
        button->setObjectName(QString("problem:%1").arg(i));
        button->setProperty("role", "row");
        button->setToolTip(sentence(problem).toHtmlEscaped());
        const int line = static_cast<int>(problem.position.line);
        connect(button, &QPushButton::clicked, this, [this, line] {
            text_->setTextCursor(QTextCursor(text_->document()->findBlockByNumber(line - 1)));
            text_->centerCursor();
        });
        problemList_->addWidget(button);
    }
    if (text_->toPlainText() != document_.text()) text_->setPlainText(document_.text());
}

}  // namespace tantrum::studio
