#include "app/studio/commands/command_palette.h"

#include "app/studio/theme/icons.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace tantrum::studio {

int matchOf(const QString& typed, const QString& text)
{
    if (typed.isEmpty()) return 0;
    if (const auto at = text.indexOf(typed, 0, Qt::CaseInsensitive); at >= 0) return static_cast<int>(at);
    qsizetype from = 0;
    int gaps = 0;
    for (const QChar letter : typed) {
        const qsizetype at = text.indexOf(letter, from, Qt::CaseInsensitive);
        if (at < 0) return -1;
        gaps += static_cast<int>(at - from);
        from = at + 1;
    }
    return 100 + gaps;
}

CommandPalette::CommandPalette(QWidget* parent) : QFrame(parent, Qt::Popup), line_(new QLineEdit), list_(new QListWidget)
{
    setObjectName("commandPalette");
    setProperty("role", "card");
    line_->setObjectName("commandLine");
    line_->setPlaceholderText("Run a command, find a node");
    line_->addAction(icon("search"), QLineEdit::LeadingPosition);
    line_->installEventFilter(this);
    list_->setObjectName("commandList");
    list_->setFocusPolicy(Qt::NoFocus);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    column->addWidget(line_);
    column->addWidget(list_, 1);
    connect(line_, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(list_, &QListWidget::itemClicked, this, &CommandPalette::choose);
}

void CommandPalette::open(std::vector<Choice> choices)
{
    choices_ = std::move(choices);
    line_->clear();
    filter();
    constexpr int wide = 480, high = 360;
    resize(wide, high);
    const QWidget* over = parentWidget();
    move(over->mapToGlobal(QPoint((over->width() - wide) / 2, 72)));
    show();
    line_->setFocus();
}

void CommandPalette::filter()
{
    std::vector<std::pair<int, std::size_t>> found;
    for (std::size_t i = 0; i < choices_.size(); ++i)
        if (const int match = matchOf(line_->text().trimmed(), choices_[i].text); match >= 0) found.emplace_back(match, i);
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    list_->clear();
    for (const auto& [match, index] : found) {
        const Choice& choice = choices_[index];
        auto* item = new QListWidgetItem(choice.picture, choice.keys.isEmpty() ? choice.text : choice.text + "   " + choice.keys, list_);
        item->setData(Qt::UserRole, static_cast<int>(index));
    }
    list_->setCurrentRow(0);
}

void CommandPalette::choose()
{
    const QListWidgetItem* item = list_->currentItem();
    if (!item) return;
    const auto run = choices_[static_cast<std::size_t>(item->data(Qt::UserRole).toInt())].run;
    close();
    run();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress) return QFrame::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        choose();
        return true;
    }
    if (key == Qt::Key_Up || key == Qt::Key_Down) {
        const int row = list_->currentRow() + (key == Qt::Key_Down ? 1 : -1);
        list_->setCurrentRow(std::clamp(row, 0, list_->count() - 1));
        return true;
    }
    return QFrame::eventFilter(watched, event);
}

}  // namespace tantrum::studio
