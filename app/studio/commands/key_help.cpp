#include "app/studio/commands/key_help.h"

#include <QGridLayout>
#include <QLabel>

#include <array>
#include <utility>

namespace tantrum::studio {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 26> keys{{
    {"Space", "play, pause"}, {"←  →", "step back, forward"}, {".", "one event"}, {"Shift+←  →", "previous, next marker"},
    {"End", "back to the live run"}, {"Home", "reset the run"}, {"Shift+End", "run to the end"}, {"X", "inject a fault"},
    {"Tab", "next node"}, {"Enter", "inspect"}, {"Alt+arrows", "move the node"}, {"Esc", "clear the selection"},
    {"F", "fit the view"}, {"+  −", "zoom"}, {"1 2 3 4", "library, palette, inspector, scenario"},
    {"/", "filter the palette"}, {"Ctrl+K", "run a command, find a node"}, {"Ctrl+N", "new scenario"},
    {"Ctrl+O", "open"}, {"Ctrl+S", "save"}, {"Ctrl+Shift+S", "save as"}, {"Ctrl+Z", "undo"}, {"Ctrl+Shift+Z", "redo"},
    {"Ctrl+L", "dark or light"}, {"Ctrl+W", "first page"}, {"?", "this list"},
}};

}  // namespace

KeyHelp::KeyHelp(QWidget* parent) : QFrame(parent, Qt::Popup)
{
    setObjectName("keyHelp");
    setProperty("role", "card");
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(24, 20, 24, 20);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    auto* title = new QLabel("Keys");
    title->setProperty("role", "heading");
    grid->addWidget(title, 0, 0, 1, 4);
    const int half = static_cast<int>(keys.size() + 1) / 2;
    for (int i = 0; i < static_cast<int>(keys.size()); ++i) {
        auto* key = new QLabel(keys[static_cast<std::size_t>(i)].first);
        key->setProperty("role", "key");
        key->setAlignment(Qt::AlignCenter);
        auto* meaning = new QLabel(keys[static_cast<std::size_t>(i)].second);
        meaning->setProperty("role", "label");
        meaning->setContentsMargins(0, 0, 24, 0);
        grid->addWidget(key, 1 + i % half, i / half * 2);
        grid->addWidget(meaning, 1 + i % half, i / half * 2 + 1);
    }
}

void KeyHelp::open()
{
    adjustSize();
    const QWidget* over = parentWidget();
    move(over->mapToGlobal(QPoint((over->width() - width()) / 2, (over->height() - height()) / 2)));
    show();
    setFocus();
}

void KeyHelp::keyPressEvent(QKeyEvent*) { close(); }
void KeyHelp::mousePressEvent(QMouseEvent*) { close(); }

}  // namespace tantrum::studio
