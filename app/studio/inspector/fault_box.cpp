#include "app/studio/inspector/fault_box.h"

#include "app/studio/edits.h"
#include "app/studio/inspector/parameter_field.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"
#include "models/scenario/units.h"

#include <QComboBox>
#include <QFormLayout>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace tantrum::studio {

namespace scenario = models::scenario;

namespace {

QString titleOf(const AimedFault& fault) { return QString::fromStdString(fault.type->title); }

/// What is asked for in the popup: everything but the target.
std::vector<const scenario::Parameter*> askedOf(const AimedFault& fault)
{
    std::vector<const scenario::Parameter*> asked;
    for (const auto& parameter : fault.type->parameters)
        if (parameter->key() != fault.type->key) asked.push_back(parameter.get());
    return asked;
}

}  // namespace

QString AimedFault::entry(const QString& length, const std::vector<std::pair<QString, QString>>& parameters) const
{
    QString text = QString("{%1: %2").arg(QString::fromStdString(type->key), flowText(target));
    for (const auto& [key, value] : parameters)
        if (!value.isEmpty()) text += QString(", %1: %2").arg(key, flowText(value));
    if (!length.isEmpty()) text += ", for: " + length;
    return text + "}";
}

bool AimedFault::asksFirst() const
{
    const auto asked = askedOf(*this);
    return std::any_of(asked.begin(), asked.end(), [](const auto* parameter) { return parameter->required(); });
}

std::vector<AimedFault> faultsOf(const models::NodeFacts& node, const scenario::Catalogue& catalogue)
{
    std::vector<AimedFault> faults;
    for (const std::string& key : node.faults) {
        const scenario::Descriptor* type = catalogue.find(scenario::Kind::fault, key);
        if (!type) continue;
        const scenario::Parameter* target = type->find(type->key);
        if (target && target->kind() != "link") faults.push_back({type, QString::fromStdString(node.name)});
    }
    return faults;
}

std::vector<AimedFault> faultsOf(const models::Topology& topology, const models::EdgeFacts& edge,
                                 const scenario::Catalogue& catalogue)
{
    std::vector<AimedFault> faults;
    if (!edge.declared) return faults;
    const QString from = QString::fromStdString(topology.nodes[static_cast<std::size_t>(edge.from)].name);
    const QString to = QString::fromStdString(topology.nodes[static_cast<std::size_t>(edge.to)].name);
    for (const scenario::Descriptor* type : catalogue.all(scenario::Kind::fault)) {
        if (!type->aimsAtNetwork) continue;
        const scenario::Parameter* target = type->find(type->key);
        if (target && target->kind() == "link") faults.push_back({type, from + " -> " + to});
        else if (target && target->kind().starts_with("list of node")) faults.push_back({type, QString("[%1, %2]").arg(from, to)});
    }
    return faults;
}

QString defaultFaultLength(engine::Duration run)
{
    const double tenth = std::min(run.inSeconds() / 10, 10.0);
    const double power = std::pow(10, std::floor(std::log10(std::max(tenth, 1e-9)) + 1e-9));
    const double rounded = tenth >= 5 * power ? 5 * power : tenth >= 2 * power ? 2 * power : power;
    return QString::fromStdString(scenario::textOf(engine::Duration::fromSeconds(tenth >= 10 ? 10 : rounded)));
}

QString shownFaultLength(const QString& length)
{
    const auto [number, unit] = splitQuantity(length);
    return unit.isEmpty() ? length : number + ' ' + unit;
}

FaultBox::FaultBox(QWidget* parent) : QWidget(parent), grid_(new QGridLayout(this))
{
    setObjectName("faults");
    grid_->setContentsMargins(0, 0, 4, 0);
    grid_->setHorizontalSpacing(8);
    grid_->setVerticalSpacing(6);
}

void FaultBox::setFaults(std::vector<AimedFault> faults, const QString& length)
{
    faults_ = std::move(faults);
    length_ = length;
    while (QLayoutItem* item = grid_->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    for (std::size_t i = 0; i < faults_.size(); ++i) addFault(faults_[i], static_cast<int>(i));
}

void FaultBox::setInjectable(const QString& whyNot)
{
    setEnabled(whyNot.isEmpty());
    setToolTip(whyNot);
}

void FaultBox::addFault(const AimedFault& fault, int index)
{
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    const QString key = QString::fromStdString(fault.type->key);
    auto* button = new QPushButton(icon(QString::fromStdString(fault.type->icon)), titleOf(fault));
    button->setObjectName("fault:" + key);
    button->setProperty("role", "left");
    button->setIconSize(QSize(14, 14));
    button->setToolTip(QString("%1<br>Now, for %2.").arg(QString::fromStdString(fault.type->summary).toHtmlEscaped(), shownFaultLength(length_)));
    auto* more = new QToolButton;
    more->setObjectName("faultMore:" + key);
    more->setProperty("role", "right");
    more->setIcon(icon("chevron_down"));
    more->setIconSize(QSize(10, 10));
    more->setFixedSize(22, 26);
    more->setToolTip("Choose how long and how bad");
    more->setAccessibleName(titleOf(fault) + ", choose how long");
    row->addWidget(button, 1);
    row->addWidget(more);
    grid_->addWidget(box, index / 2, index % 2);
    connect(button, &QPushButton::clicked, this, [this, fault, button] {
        if (fault.asksFirst()) askAndInject(fault, button);
        else emit injected(titleOf(fault) + " " + fault.target, fault.entry(length_));
    });
    connect(more, &QToolButton::clicked, this, [this, fault, button] { askAndInject(fault, button); });
}

void FaultBox::askAndInject(const AimedFault& fault, QWidget* anchor)
{
    auto* popup = new QFrame(this, Qt::Popup);
    popup->setObjectName("faultPopup");
    popup->setProperty("role", "card");
    popup->setAttribute(Qt::WA_DeleteOnClose);
    auto* form = new QFormLayout(popup);
    form->setContentsMargins(12, 12, 12, 12);
    form->setSpacing(8);
    auto* heading = new QLabel(titleOf(fault) + " " + fault.target);
    heading->setProperty("role", "section");
    form->addRow(heading);
    std::vector<std::pair<QString, QWidget*>> editors;
    const auto addEditor = [&](const QString& label, const QString& key, const QString& text, const QString& tip,
                               const scenario::Parameter* parameter) {
        QWidget* editor = nullptr;
        if (parameter && !parameter->choices().empty()) {
            auto* combo = new QComboBox;
            for (const auto& choice : parameter->choices()) combo->addItem(QString::fromStdString(choice.first));
            combo->setCurrentText(text);
            editor = combo;
        } else {
            auto* line = new QLineEdit(text);
            line->setProperty("role", "number");
            editor = line;
        }
        editor->setObjectName("faultEdit:" + key);
        editor->setToolTip(tip);
        editor->setFixedWidth(132);
        form->addRow(label, editor);
        editors.emplace_back(key, editor);
    };
    addEditor("For how long", "for", length_, "Empty: until the end of the run", nullptr);
    for (const scenario::Parameter* parameter : askedOf(fault))
        addEditor(labelOf(*parameter), QString::fromStdString(parameter->key()), QString::fromStdString(parameter->defaultText()),
                  QString::fromStdString(parameter->doc()), parameter);
    auto* button = new QPushButton("Inject now");
    button->setObjectName("faultInject");
    button->setProperty("role", "primary");
    form->addRow(button);
    connect(button, &QPushButton::clicked, this, [this, fault, editors, popup] {
        QString length;
        std::vector<std::pair<QString, QString>> parameters;
        for (const auto& [key, editor] : editors) {
            const auto* combo = qobject_cast<QComboBox*>(editor);
            const QString text = combo ? combo->currentText() : static_cast<QLineEdit*>(editor)->text().trimmed();
            const auto* parameter = fault.type->find(key.toStdString());
            if (key == "for") length = text;
            else if (!parameter || text.toStdString() != parameter->defaultText()) parameters.emplace_back(key, text);
        }
        popup->close();
        emit injected(titleOf(fault) + " " + fault.target, fault.entry(length, parameters));
    });
    popup->adjustSize();
    popup->move(anchor->mapToGlobal(QPoint(0, -popup->height() - 4)));
    popup->show();
    editors.front().second->setFocus();
}

}  // namespace tantrum::studio
