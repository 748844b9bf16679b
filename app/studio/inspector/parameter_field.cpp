#include "app/studio/inspector/parameter_field.h"

#include "app/studio/theme/fonts.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSignalBlocker>
#include <QStyle>
#include <QVBoxLayout>

#include <cmath>

namespace tantrum::studio {

namespace {

constexpr int editorWidth = 140, unitWidth = 68, editorHeight = 24;

void setRole(QWidget* widget, const char* role)
{
    if (widget->property("role").toString() == role) return;
    widget->setProperty("role", role);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

QString tooltipOf(const models::scenario::Parameter& parameter)
{
    const auto escaped = [](const std::string& text) { return QString::fromStdString(text).toHtmlEscaped(); };
    QString text = "<b>" + escaped(parameter.key()) + "</b>: " + escaped(parameter.doc());
    if (!parameter.range().empty()) text += "<br>Allowed: " + escaped(parameter.range());
    if (!parameter.defaultText().empty()) text += "<br>Default: " + escaped(parameter.defaultText());
    if (!parameter.source().empty()) text += "<br>Source: " + escaped(parameter.source());
    return text;
}

}  // namespace

EditorKind editorKindOf(const models::scenario::Parameter& parameter)
{
    const QString kind = QString::fromStdString(parameter.kind());
    if (!parameter.choices().empty()) return EditorKind::choice;
    if (kind == "yes or no") return EditorKind::yesNo;
    if (kind == "operations" || kind == "steps") return EditorKind::program;
    if (kind == "node" || kind == "operation") return EditorKind::reference;
    static const QStringList quantities{"duration", "rate", "size", "bandwidth", "share", "amount of money", "count", "number"};
    return quantities.contains(kind) ? EditorKind::quantity : EditorKind::text;
}

QString labelOf(const models::scenario::Parameter& parameter)
{
    QString text = QString::fromStdString(parameter.key()).replace('_', ' ');
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text;
}

std::pair<QString, QString> splitQuantity(const QString& text)
{
    static const QRegularExpression pattern("^([+-]?[0-9][0-9_.eE+-]*?)\\s*([A-Za-zµ%/]+)$");
    const auto match = pattern.match(text);
    if (!match.hasMatch()) return {text, {}};
    return {match.captured(1), match.captured(2)};
}

ParameterField::ParameterField(const models::scenario::Parameter& parameter, const QString& path,
                               const QStringList& names, Commit commit, QWidget* parent)
    : QWidget(parent), parameter_(parameter), path_(path), kind_(editorKindOf(parameter)), commit_(std::move(commit)),
      mistake_(new QLabel), editor_(makeEditor(names))
{
    setObjectName(path);
    setToolTip(tooltipOf(parameter));
    auto* label = new QLabel(labelOf(parameter));
    label->setProperty("role", "label");
    mistake_->setObjectName("mistake:" + path);
    mistake_->setWordWrap(true);
    mistake_->setProperty("role", "mistake");
    mistake_->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 1, 0, 1);
    column->setSpacing(2);
    if (kind_ == EditorKind::text || kind_ == EditorKind::program) {
        column->addWidget(label);
        column->addWidget(editor_);
    } else {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(8);
        row->addWidget(label, 1);
        row->addWidget(editor_);
        column->addLayout(row);
    }
    column->addWidget(mistake_);
}

QWidget* ParameterField::makeEditor(const QStringList& names)
{
    QWidget* made = nullptr;
    if (kind_ == EditorKind::choice || kind_ == EditorKind::reference) {
        combo_ = new QComboBox;
        combo_->setEditable(kind_ == EditorKind::reference);
        combo_->setInsertPolicy(QComboBox::NoInsert);
        for (const auto& [word, doc] : parameter_.choices()) {
            combo_->addItem(QString::fromStdString(word));
            combo_->setItemData(combo_->count() - 1, QString::fromStdString(doc), Qt::ToolTipRole);
        }
        combo_->addItems(names);
        combo_->setFixedSize(editorWidth, editorHeight);
        combo_->setFocusPolicy(Qt::StrongFocus);
        combo_->installEventFilter(this);
        connect(combo_, &QComboBox::activated, this, &ParameterField::commitShown);
        if (combo_->lineEdit()) connect(combo_->lineEdit(), &QLineEdit::editingFinished, this, &ParameterField::commitShown);
        made = combo_;
    } else if (kind_ == EditorKind::yesNo) {
        check_ = new QCheckBox;
        connect(check_, &QCheckBox::clicked, this, &ParameterField::commitShown);
        made = check_;
    } else if (kind_ == EditorKind::program) {
        program_ = new QLabel;
        program_->setTextInteractionFlags(Qt::TextSelectableByMouse);
        program_->setProperty("role", "program");
        program_->setFont(numbers(11));
        program_->setWordWrap(true);
        made = program_;
    } else {
        line_ = new QLineEdit;
        line_->setProperty("role", goodRole());
        line_->setFont(numbers(kind_ == EditorKind::quantity ? 12 : 11));  // no ligatures: the style sheet cannot say so
        line_->setFixedHeight(editorHeight);
        line_->installEventFilter(this);
        connect(line_, &QLineEdit::editingFinished, this, &ParameterField::commitShown);
        // Enter is done: keys belong to the window again (Space plays).
        connect(line_, &QLineEdit::returnPressed, this, [this] {
            if (mistake().isEmpty()) line_->clearFocus();
        });
        made = line_;
        if (kind_ == EditorKind::quantity) {
            line_->setAlignment(Qt::AlignRight);
            unitLabel_ = new QLabel;
            unitLabel_->setProperty("role", "unit");
            unitLabel_->setFixedSize(unitWidth, editorHeight);
            line_->setFixedWidth(editorWidth - unitWidth);
            auto* box = new QWidget;
            auto* row = new QHBoxLayout(box);
            row->setContentsMargins(0, 0, 0, 0);
            row->setSpacing(0);
            row->addWidget(line_);
            row->addWidget(unitLabel_);
            made = box;
        }
    }
    QWidget* named = line_ ? static_cast<QWidget*>(line_) : made;
    named->setObjectName("edit:" + path_);
    named->setAccessibleName(labelOf(parameter_));
    return made;
}

void ParameterField::setValue(const QString& value)
{
    if (shown_ && value == value_) return;
    shown_ = true;
    value_ = value;
    setMistake({});
    show(value);
}

void ParameterField::show(const QString& value)
{
    if (check_) check_->setChecked(value == "true" || value == "yes" || value == "on");
    if (program_) program_->setText(value.isEmpty() ? QString("none") : value);
    if (combo_) {
        const QSignalBlocker quiet(combo_);
        const int index = combo_->findText(value);
        if (index >= 0) combo_->setCurrentIndex(index);
        else if (combo_->isEditable()) combo_->setEditText(value);
    }
    if (!line_) return;
    QString text = value;
    if (kind_ == EditorKind::quantity) {
        auto [number, unit] = splitQuantity(value);
        text = number;
        unit_ = unit;
        const QString counted = QString::fromStdString(parameter_.unit());
        const QString shownUnit = unit.isEmpty() && !number.isEmpty() && number[0].isDigit() ? counted : unit;
        unitLabel_->setText(shownUnit);
        unitLabel_->setVisible(!shownUnit.isEmpty());
        line_->setFixedWidth(shownUnit.isEmpty() ? editorWidth : editorWidth - unitWidth);
    }
    line_->setText(text);
    line_->setCursorPosition(0);
    line_->setModified(false);
    if (value.isEmpty()) line_->setPlaceholderText("not set");
}

QString ParameterField::shownText() const
{
    if (check_) return check_->isChecked() ? "true" : "false";
    if (combo_) return combo_->currentText().trimmed();
    if (!line_) return value_;
    const QString typed = line_->text().trimmed();
    static const QRegularExpression bareNumber("^[+-]?[0-9][0-9_.]*$");
    return kind_ == EditorKind::quantity && bareNumber.match(typed).hasMatch() ? typed + unit_ : typed;
}

void ParameterField::commitShown()
{
    const QString text = shownText();
    if (text == value_) {
        setMistake({});
        show(value_);
        return;
    }
    if (text.isEmpty()) return;
    const QString mistake = commit_(text);
    setMistake(mistake);
    if (!mistake.isEmpty() && (check_ || (combo_ && !combo_->isEditable()))) return show(value_);
    if (!mistake.isEmpty()) return;
    value_ = text;
    show(value_);
}

void ParameterField::enter(const QString& text)
{
    if (line_) line_->setText(text);
    if (combo_) combo_->isEditable() ? combo_->setEditText(text) : combo_->setCurrentText(text);
    if (check_) check_->setChecked(text == "true");
    commitShown();
}

void ParameterField::setMistake(const QString& mistake)
{
    mistake_->setText(mistake);
    mistake_->setVisible(!mistake.isEmpty());
    if (line_) setRole(line_, mistake.isEmpty() ? goodRole() : "invalid");
}

QString ParameterField::mistake() const { return mistake_->text(); }

void ParameterField::setReadOnly(const QString& reason)
{
    if (line_) line_->setReadOnly(!reason.isEmpty());
    QWidget* whole = line_ ? static_cast<QWidget*>(line_) : editor_;
    if (!program_) whole->setEnabled(reason.isEmpty());
    const QString tip = tooltipOf(parameter_);
    setToolTip(reason.isEmpty() ? tip : tip + "<br><br>" + reason.toHtmlEscaped());
}

// Arrows up and down change a number by one, Escape brings the last good value back. The wheel scrolls the panel.
bool ParameterField::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Wheel && watched == combo_) {
        event->ignore();
        return true;
    }
    if (event->type() != QEvent::KeyPress || watched != line_) return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Escape) {
        setMistake({});
        show(value_);
        line_->clearFocus();
        return true;
    }
    if (kind_ == EditorKind::quantity && (key == Qt::Key_Up || key == Qt::Key_Down)) {
        step(key == Qt::Key_Up ? 1 : -1);
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void ParameterField::step(int direction)
{
    bool good = false;
    const double number = line_->text().toDouble(&good);
    if (!good || line_->isReadOnly()) return;
    const double size = number == std::floor(number) ? 1 : 0.1;
    line_->setText(QString::number(number + size * direction, 'g', 12));
    commitShown();
}

}  // namespace tantrum::studio
