#include "app/studio/shell_style.h"

#include "app/studio/theme/sheet.h"

namespace tantrum::studio {

namespace {

constexpr const char* sheet = R"(
QMenuBar { min-height: 0; padding: 2px 4px; }
QMenuBar::item { padding: 5px 8px; }
QLineEdit QToolButton { padding: 0; min-height: 0; margin: 0; border: none; background: transparent; }
QLineEdit[role="plainNumber"] { background: transparent; border: none; padding: 0; min-height: 16px;
    font-family: "@numbers"; }
QLineEdit[role="plainNumber"]:focus { background: @bg0; border-radius: 3px; border: 1px solid @accent; }
QLineEdit[role="number"]:read-only, QLineEdit[role="numberSmall"]:read-only { color: @text2; }
QLineEdit[role="number"], QLineEdit[role="invalid"] { font-family: "@numbers"; min-height: 20px; }
QLabel[role="unit"] { font-family: "@numbers"; font-size: 11px; color: @text3; background: @bg2; padding-left: 6px;
    border: 1px solid @line2; border-left: none; border-top-right-radius: 4px; border-bottom-right-radius: 4px; }
QLabel[role="mistake"] { color: @text1; font-size: 11px; background: @errorFill; border-left: 2px solid @error;
    padding: 4px 6px; }
QLabel[role="numberHint"] { font-family: "@numbers"; font-size: 11px; color: @text3; }
QLabel[role="status"] { color: @text2; font-size: 11px; }
QLabel[role="state"] { color: @text1; font-size: 11px; font-weight: 500; }
QLabel[role="clock"] { font-family: "@numbers"; font-size: 15px; font-weight: 500; }
QLineEdit[role="numberSmall"] { font-family: "@numbers"; font-size: 11px; min-height: 20px; }
QLabel[role="claim"] { font-family: "@numbers"; font-size: 11px; color: @text2; padding: 2px 0; }
QLabel[role="program"] { font-family: "@numbers"; font-size: 11px; color: @text2; background: @bg0; padding: 6px;
    border: 1px solid @line1; border-radius: 4px; }
QLabel[role="group"] { font-weight: 600; color: @text2; padding: 4px 4px; }
QLabel[role="prose"] { font-size: 14px; }
QPlainTextEdit[role="source"] { font-family: "@numbers"; font-size: 11px; background: @bg0; border: none;
    border-radius: 0; padding: 8px; }
QToolButton[role="palette"] { text-align: left; color: @text1; font-weight: 400; padding: 3px 4px; }
QToolButton[role="fold"] { color: @text1; font-weight: 600; padding: 0 4px; min-height: 20px; }
QToolButton[role="fold"]:checked { background: transparent; }
QToolButton[role="fold"]:hover { background: @bg3; }
QToolButton[role="policy"] { color: @text1; font-weight: 600; padding: 0 4px; min-height: 20px; }
QToolButton[role="policy"]:checked { background: transparent; }
QPushButton[role="left"] { text-align: left; padding: 0 8px; border-top-right-radius: 0; border-bottom-right-radius: 0; }
QPushButton[role="left"]:focus { padding: 0 7px; }
QToolButton[role="right"] { background: @bg2; border: 1px solid @line2; border-left: none; border-top-left-radius: 0;
    border-bottom-left-radius: 0; padding: 0; }
QToolButton[role="right"]:hover { background: @bg3; }
QPushButton[role="row"] { text-align: left; background: transparent; border-color: transparent; color: @text1;
    font-weight: 400; padding: 0 4px; }
QPushButton[role="row"]:hover { background: @bg3; }
QPushButton[role="row"]:focus { border: 1px solid @accent; min-height: 24px; padding: 0 4px; }
QPushButton[role="recent"] { text-align: left; background: transparent; border-color: transparent; font-weight: 400;
    padding: 6px 8px; min-height: 34px; }
QPushButton[role="recent"]:hover { background: @bg3; }
QPushButton[role="recent"]:focus { border: 1px solid @accent; padding: 6px 8px; min-height: 34px; }
QPushButton[role^="option"] { text-align: left; padding: 0 12px; font-size: 13px; font-weight: 400;
    background: @bg1; color: @text1; }
QPushButton[role="option"]:hover { background: @bg3; }
QPushButton[role="optionChosen"], QPushButton[role="optionChosen"]:disabled { background: @accentFill;
    border-color: @accent; color: @text1; }
QPushButton[role="optionRight"], QPushButton[role="optionRight"]:disabled { background: @okFill; border-color: @ok;
    color: @text1; }
QPushButton[role="option"]:disabled { color: @text2; }
QFrame#banner { background: @bg2; border: 1px solid @line2; border-radius: 6px; }
QFrame#banner[kind="error"] { background: @errorFill; border-color: @error; }
QFrame#banner[kind="recorded"] { background: @accentFill; border-color: @accent; }
)";

}  // namespace

QString shellStyle(const Tokens& tokens)
{
    return filledIn(QString::fromUtf8(sheet), tokens);
}

}  // namespace tantrum::studio
