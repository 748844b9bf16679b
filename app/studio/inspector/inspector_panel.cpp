#include "app/studio/inspector/inspector_panel.h"

#include "app/studio/canvas/describe.h"
#include "app/studio/inspector/fault_box.h"
#include "app/studio/inspector/policy_card.h"
#include "app/studio/inspector/section.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QApplication>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tantrum::studio {

namespace scenario = models::scenario;

namespace {

constexpr int numbersMilliseconds = 250;  // numbers change four times a second

QLabel* label(const QString& name, const char* role)
{
    auto* made = new QLabel;
    made->setObjectName(name);
    made->setProperty("role", role);
    return made;
}

double failures(const std::array<double, models::outcomeCount>& perSecond)
{
    double sum = 0;
    for (std::size_t i = 1; i < models::outcomeCount; ++i) sum += perSecond[i];
    return sum;
}

}  // namespace

InspectorPanel::InspectorPanel(Run& run, ScenarioDocument& document, Edits& edits, QWidget* parent)
    : QWidget(parent), run_(run), document_(document), edits_(edits), headIcon_(label("inspectedIcon", "label")),
      title_(label("inspectedName", "heading")), line_(label("inspectedType", "hint")),
      health_(label("inspectedHealth", "label")), healthLine_(label("inspectedHealthLine", "hint")),
      audit_(label("inspectedBalance", "numberHint")), area_(new QScrollArea), list_(nullptr)
{
    setObjectName("inspector");
    healthLine_->setProperty("role", "numberHint");
    health_->setAlignment(Qt::AlignRight);
    healthLine_->setAlignment(Qt::AlignRight);
    title_->setTextFormat(Qt::PlainText);
    line_->setTextFormat(Qt::PlainText);
    audit_->setContentsMargins(12, 8, 12, 8);
    auto* head = new QGridLayout;
    head->setContentsMargins(12, 12, 12, 12);
    head->setHorizontalSpacing(8);
    head->setVerticalSpacing(0);
    head->addWidget(headIcon_, 0, 0, 2, 1, Qt::AlignVCenter);
    head->addWidget(title_, 0, 1);
    head->addWidget(health_, 0, 2);
    head->addWidget(line_, 1, 1);
    head->addWidget(healthLine_, 1, 2);
    head->setColumnStretch(1, 1);
    area_->setObjectName("inspectorScroll");
    area_->setWidgetResizable(true);
    area_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* inside = new QWidget;
    list_ = new QVBoxLayout(inside);
    list_->setContentsMargins(0, 0, 0, 0);
    list_->setSpacing(0);
    area_->setWidget(inside);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(head);
    all->addWidget(area_, 1);
    all->addWidget(audit_);

    connect(&run_, &Run::loaded, this, &InspectorPanel::rebuildSoon);
    connect(&run_, &Run::stateChanged, this, &InspectorPanel::refreshValues);
    connect(&Theme::instance(), &Theme::changed, this, &InspectorPanel::rebuildSoon);
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, [this] {
        if (!isVisible() || !run_.isLoaded()) return;
        refreshMeasured();
        refreshValues();
    });
    timer->start(numbersMilliseconds);
    rebuild();
}

void InspectorPanel::showNode(int node)
{
    node_ = node;
    edge_ = -1;
    rebuildSoon();
}

void InspectorPanel::showEdge(int edge)
{
    edge_ = edge;
    node_ = -1;
    rebuildSoon();
}

void InspectorPanel::showNothing() { showNode(-1); }

// Not at once: the change may come from an editor of this very panel, which is still at work.
void InspectorPanel::rebuildSoon()
{
    if (std::exchange(stale_, true)) return;
    QTimer::singleShot(0, this, &InspectorPanel::rebuild);
}

void InspectorPanel::clear()
{
    if (content_) {
        content_->hide();
        content_->setObjectName({});
        content_->deleteLater();
    }
    content_ = new QWidget;
    auto* column = new QVBoxLayout(content_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    while (QLayoutItem* item = list_->takeAt(0)) delete item;
    list_->addWidget(content_);
    list_->addStretch(1);
    fields_.clear();
    written_.clear();
    policies_.clear();
    measured_.clear();
    faults_ = nullptr;
    faultSection_ = nullptr;
    for (QLabel* text : {health_, healthLine_, audit_}) text->clear();
}

void InspectorPanel::rebuild()
{
    // Where a person is in the panel survives: scroll position, open policies, the editor with the focus.
    const int scrolled = area_->verticalScrollBar()->value();
    const QString before = title_->toolTip();
    std::vector<bool> open;
    for (const PolicyCard* card : policies_) open.push_back(card->isOpen());
    const QWidget* focus = QApplication::focusWidget();
    const QString focused = focus && content_ && content_->isAncestorOf(focus) ? focus->objectName() : QString();

    clear();
    const bool loaded = run_.isLoaded() && document_.scenario();
    if (loaded && node_ >= static_cast<int>(run_.topology().nodes.size())) node_ = -1;
    if (loaded && edge_ >= static_cast<int>(run_.topology().edges.size())) edge_ = -1;
    if (!loaded) setHead("generic", "Nothing to inspect", "Open a scenario first");
    else if (node_ >= 0) buildNode();
    else if (edge_ >= 0) buildEdge();
    else buildScenario();
    stale_ = false;
    refreshValues();
    refreshMeasured();
    update();

    if (title_->toolTip() != before) return area_->verticalScrollBar()->setValue(0);
    for (std::size_t i = 0; i < open.size() && i < policies_.size(); ++i) policies_[i]->setOpen(open[i]);
    if (auto* editor = focused.isEmpty() ? nullptr : content_->findChild<QWidget*>(focused)) editor->setFocus();
    QTimer::singleShot(0, this, [this, scrolled] { area_->verticalScrollBar()->setValue(scrolled); });
}

QString InspectorPanel::commit(const scenario::Parameter& parameter, const QString& path, const QString& value)
{
    QString written;
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (fields_[i]->path() == path) written = written_[i];
    return edits_.setParameter(path, value, parameter, written);
}

void InspectorPanel::setHead(const QString& iconName, const QString& title, const QString& line)
{
    headIcon_->setPixmap(iconPixmap(iconName, 20, tokens().text2, devicePixelRatioF()));
    title_->setText(title_->fontMetrics().elidedText(title, Qt::ElideRight, 190));
    title_->setToolTip(title.toHtmlEscaped());
    line_->setText(line);
}

Section* InspectorPanel::addSection(const QString& title, const QString& name)
{
    auto* section = new Section(title, name);
    content_->layout()->addWidget(section);
    return section;
}

ParameterField* InspectorPanel::addField(Section& section, const scenario::Parameter& parameter, const QString& path,
                                         const QString& value)
{
    const QStringList names = editorKindOf(parameter) == EditorKind::reference ? nodeNames() : QStringList();
    auto* field = new ParameterField(parameter, path, names, [this, &parameter, path](const QString& text) {
        return commit(parameter, path, text);
    });
    field->setValue(value);
    section.body().addWidget(field);
    fields_.push_back(field);
    written_.push_back(value);
    return field;
}

QStringList InspectorPanel::nodeNames() const
{
    QStringList names;
    for (const auto& node : document_.scenario()->nodes) names << QString::fromStdString(node.name);
    return names;
}

void InspectorPanel::buildNode()
{
    const models::NodeFacts& facts = run_.topology().nodes[static_cast<std::size_t>(node_)];
    setHead(QString::fromStdString(facts.icon), QString::fromStdString(facts.name), QString::fromStdString(facts.typeTitle));
    const scenario::NodeEntry* entry = document_.scenario()->find(facts.name);
    buildMeasured(facts.isClient ? QStringList{"Requests", "Answered ok", "Failed", "p50", "p95", "p99"}
                                 : QStringList{"Arrivals", "Answered ok", "Busy", "Waiting", "p50", "p95", "p99"});
    auto* box = new FaultBox;
    box->setFaults(faultsOf(facts, document_.catalogue()), defaultFaultLength(run_.snapshot().duration));
    buildFaults(box);
    if (entry && entry->type) {
        Section* section = addSection("Parameters", "parameters");
        for (const bool live : {true, false})
            for (const auto& parameter : entry->type->parameters)
                if (parameter->live() == live)
                    addField(*section, *parameter, QString::fromStdString(facts.name + "." + parameter->key()),
                             QString::fromStdString(parameter->write(entry->parameters)));
    }
    buildCalls();
}

void InspectorPanel::buildEdge()
{
    const models::Topology& topology = run_.topology();
    const models::EdgeFacts& facts = topology.edges[static_cast<std::size_t>(edge_)];
    const std::string& from = topology.nodes[static_cast<std::size_t>(facts.from)].name;
    const std::string& to = topology.nodes[static_cast<std::size_t>(facts.to)].name;
    setHead("link", edgeTitle(topology, facts), facts.messages ? "Messages" : facts.declared ? "Link" : "In-process, no link declared");
    buildMeasured({"Calls", "Attempts", "Retries", "Answered ok", "Failed"});
    auto* box = new FaultBox;
    box->setFaults(faultsOf(topology, facts, document_.catalogue()), defaultFaultLength(run_.snapshot().duration));
    buildFaults(box);
    buildPolicies(facts, QString::fromStdString(from), QString::fromStdString(to));
    const auto* fallback = document_.catalogue().find(scenario::Kind::link, "link");
    const scenario::LinkTable table(*document_.scenario(), fallback);
    const auto link = table.between(from, to);
    if (facts.declared && link.type) {
        Section* section = addSection("Network", "network");
        for (const auto& parameter : link.type->parameters)
            addField(*section, *parameter, QString::fromStdString(from + " -> " + to + "." + parameter->key()),
                     QString::fromStdString(parameter->write(link.parameters)));
    }
}

void InspectorPanel::buildPolicies(const models::EdgeFacts&, const QString& from, const QString& to)
{
    const auto* fallback = document_.catalogue().find(scenario::Kind::link, "link");
    const scenario::LinkTable table(*document_.scenario(), fallback);
    const auto* policies = table.between(from.toStdString(), to.toStdString()).policies;
    // The entry that lists them may be a pattern for many links: edits go there, and the remark says so.
    QString pattern = from + " -> " + to;
    for (const scenario::LinkEntry& entry : document_.scenario()->links)
        if (entry.policies && &*entry.policies == policies) pattern = QString::fromStdString(entry.pattern.text());
    Section* section = addSection("Calls to " + to, "policies");
    section->setRemark(pattern == from + " -> " + to || policies->empty() ? QString("outermost first") : "for all of " + pattern);
    section->body().setSpacing(4);
    for (std::size_t i = 0; i < policies->size(); ++i) {
        const scenario::PolicyEntry& policy = (*policies)[i];
        const auto same = std::count_if(policies->begin(), policies->end(), [&](const auto& p) { return p.type == policy.type; });
        const QString path = pattern + "." + (same == 1 ? QString::fromStdString(policy.type->key)
                                                        : QString("policies.%1").arg(i));
        auto* card = new PolicyCard(static_cast<int>(i), policy, path, nodeNames(),
                                    [this](const scenario::Parameter& parameter, const QString& full, const QString& value) {
                                        return commit(parameter, full, value);
                                    });
        for (ParameterField* field : card->fields()) {
            fields_.push_back(field);
            written_.push_back(field->value());
        }
        connect(card, &PolicyCard::removeRequested, this, [this, pattern](int place) {
            const QString reason = edits_.changeSystem("Remove policy", [&](ScenarioDocument::Document& document) {
                return document.remove(QString("%1.policies.%2").arg(pattern).arg(place).toStdString());
            });
            if (!reason.isEmpty()) emit edits_.refused(reason);
        });
        section->body().addWidget(card);
        policies_.push_back(card);
    }
    if (policies->empty()) {
        auto* none = label("noPolicies", "hint");
        none->setText("No policies: one attempt, waiting as long as it takes.");
        none->setWordWrap(true);
        section->body().addWidget(none);
    }
    auto* add = new QPushButton(icon("plus"), "Add policy");
    add->setObjectName("addPolicy");
    add->setProperty("role", "small");
    auto* menu = new QMenu(add);
    for (const scenario::Descriptor* type : document_.catalogue().all(scenario::Kind::policy)) {
        QAction* action = menu->addAction(icon(QString::fromStdString(type->icon)), QString::fromStdString(type->title));
        action->setToolTip(QString::fromStdString(type->summary));
        connect(action, &QAction::triggered, this, [this, type, pattern] {
            const QString reason = edits_.changeSystem("Add " + QString::fromStdString(type->title), [&](ScenarioDocument::Document& document) {
                return document.append(pattern.toStdString() + ".policies", type->key + ": {}");
            });
            if (!reason.isEmpty()) emit edits_.refused(reason);
        });
    }
    menu->setToolTipsVisible(true);
    add->setMenu(menu);
    section->body().addWidget(add, 0, Qt::AlignLeft);
}

void InspectorPanel::buildCalls()
{
    const models::Topology& topology = run_.topology();
    Section* section = nullptr;
    for (std::size_t i = 0; i < topology.edges.size(); ++i) {
        const models::EdgeFacts& edge = topology.edges[i];
        if (edge.from != node_) continue;
        if (!section) {
            section = addSection("Calls", "calls");
            section->body().setSpacing(4);
        }
        QStringList stack;
        for (const std::string& key : edge.policies)
            if (const auto* type = document_.catalogue().find(scenario::Kind::policy, key)) stack << QString::fromStdString(type->title);
        auto* button = new QPushButton(QString::fromStdString(topology.nodes[static_cast<std::size_t>(edge.to)].name) +
                                       (stack.isEmpty() ? QString() : ":  " + stack.join(", ").toLower()));
        button->setObjectName(QString("call:%1").arg(QString::fromStdString(topology.nodes[static_cast<std::size_t>(edge.to)].name)));
        button->setProperty("role", "row");
        button->setIcon(icon("arrow_right"));
        button->setIconSize(QSize(14, 14));
        button->setToolTip("Show this link and its policies, outermost first");
        connect(button, &QPushButton::clicked, this, [this, i] { emit edgeChosen(static_cast<int>(i)); });
        section->body().addWidget(button);
    }
}

void InspectorPanel::buildScenario()
{
    const scenario::Scenario& all = *document_.scenario();
    setHead("document", document_.title(), QString("%1 nodes, %2 links").arg(run_.topology().nodes.size()).arg(run_.topology().edges.size()));
    Section* section = addSection("About", "about");
    auto* about = label("about", "label");
    about->setText(QString::fromStdString(all.about).trimmed().isEmpty() ? QString("Select a node or a link to inspect it.")
                                                                          : QString::fromStdString(all.about).trimmed());
    about->setTextFormat(Qt::PlainText);
    about->setWordWrap(true);
    section->body().addWidget(about);
    if (!all.expect.empty()) {
        Section* claims = addSection("Expected", "expected");
        for (const auto& claim : all.expect) {
            auto* text = label("claim", "claim");
            text->setFont(numbers(11));  // no ligatures: the style sheet cannot say so
            text->setText(QString::fromStdString(claim.text));
            text->setTextFormat(Qt::PlainText);
            text->setWordWrap(true);
            claims->body().addWidget(text);
        }
    }
}

void InspectorPanel::buildMeasured(const QStringList& rows)
{
    Section* section = addSection("Measured", "measured");
    auto* grid = new QGridLayout;
    grid->setContentsMargins(0, 0, 4, 0);
    grid->setVerticalSpacing(4);
    grid->setHorizontalSpacing(4);
    grid->setColumnMinimumWidth(2, 12);
    grid->setColumnStretch(1, 1);
    grid->setColumnStretch(4, 1);
    const int half = (static_cast<int>(rows.size()) + 1) / 2;
    for (int i = 0; i < rows.size(); ++i) {
        auto* name = label("measuredName", "label");
        name->setText(rows[i]);
        auto* value = label("measured:" + rows[i], "number");
        value->setAlignment(Qt::AlignRight);
        grid->addWidget(name, i % half, i / half * 3);
        grid->addWidget(value, i % half, i / half * 3 + 1);
        measured_.push_back(value);
    }
    section->body().addLayout(grid);
}

void InspectorPanel::buildFaults(FaultBox* box)
{
    if (box->faults().empty()) return delete box;
    faultSection_ = addSection("Faults", "faults");
    faults_ = box;
    faultSection_->body().addWidget(box);
    connect(box, &FaultBox::injected, &edits_, &Edits::inject);
}

void InspectorPanel::refreshValues()
{
    if (stale_) return;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        fields_[i]->setReadOnly(edits_.whyNotEditable(fields_[i]->parameter()));
        fields_[i]->setValue(edits_.valueAt(fields_[i]->path(), written_[i]));
    }
    for (PolicyCard* card : policies_) card->summarize();
    if (faults_) faults_->setInjectable(run_.isOver() ? "The run is over. Reset it to inject a fault." : QString());
    if (faultSection_)
        faultSection_->setRemark(run_.showsRecorded() ? "recorded at " + formatAge(run_.shownTime().inSeconds()) : QString());
}

void InspectorPanel::refreshMeasured()
{
    if (!run_.isLoaded() || stale_) return;
    const models::Frame& frame = run_.shownFrame();
    if (node_ >= 0 && node_ < static_cast<int>(frame.nodes.size())) refreshNode(frame.nodes[static_cast<std::size_t>(node_)]);
    if (edge_ >= 0 && edge_ < static_cast<int>(frame.edges.size())) refreshEdge(frame.edges[static_cast<std::size_t>(edge_)]);
}

void InspectorPanel::refreshNode(const models::NodeView& view)
{
    const models::NodeFacts& facts = run_.topology().nodes[static_cast<std::size_t>(node_)];
    health_->setText(QString("<span style='color:%1'>●</span> %2").arg(colorOf(tokens(), view.health).name(), wordFor(view.health)));
    const double failed = failures(view.perSecond);
    healthLine_->setText(failed > 0.05 ? QString("%1 of %2 fail").arg(formatCount(failed), formatRate(view.goodPerSecond + failed)) : QString());
    QString line = QString::fromStdString(facts.typeTitle);
    if (view.replicas > 1) line += QString(", %1 replicas").arg(view.replicas);
    line_->setText(line);
    std::vector<QString> values{formatRate(view.ratePerSecond), formatRate(view.goodPerSecond)};
    if (facts.isClient) {
        values.push_back(formatRate(failed));
    } else {
        values.push_back(std::isnan(view.utilization) ? QString("no workers") : formatShare(view.utilization));
        values.push_back(std::isnan(view.queueLimit) ? formatCount(view.queue)
                                                     : formatCount(view.queue) + " of " + formatCompact(view.queueLimit));
    }
    for (const double percentile : {view.p50, view.p95, view.p99}) values.push_back(formatDuration(percentile));
    for (std::size_t i = 0; i < measured_.size() && i < values.size(); ++i) measured_[i]->setText(values[i]);
    audit_->setText(QString("%1 = %2 ok + %3 failed").arg(formatRate(view.goodPerSecond + failed), formatCount(view.goodPerSecond), formatCount(failed)));
}

void InspectorPanel::refreshEdge(const models::EdgeView& view)
{
    const double failed = failures(view.perSecond);
    const std::vector<QString> values{formatRate(view.callsPerSecond), formatRate(view.attemptsPerSecond), formatShare(view.retryShare),
                                      formatRate(view.perSecond[0]), formatRate(failed)};
    for (std::size_t i = 0; i < measured_.size() && i < values.size(); ++i) measured_[i]->setText(values[i]);
    health_->setText(view.partitioned ? QString("<span style='color:%1'>//</span> partitioned").arg(tokens().error.name()) : QString());
    audit_->setText(attemptsLine(view));
    const auto& facts = run_.topology().edges[static_cast<std::size_t>(edge_)];
    for (std::size_t i = 0; i < policies_.size() && i < facts.policies.size(); ++i) {
        if (facts.policies[i] != "circuit_breaker") continue;
        const Tokens& t = tokens();
        switch (view.breaker) {
        case models::Breaker::none: policies_[i]->setState({}, t.text3, false); break;
        case models::Breaker::closed: policies_[i]->setState("closed", t.ok, false); break;
        case models::Breaker::halfOpen: policies_[i]->setState("half-open", t.slow, false); break;
        case models::Breaker::open: policies_[i]->setState("open", t.error, false); break;
        }
    }
}

void InspectorPanel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokens().bg1);
    painter.setPen(tokens().line1);
    painter.drawLine(0, audit_->y(), width(), audit_->y());
    painter.drawLine(0, area_->y() - 1, width(), area_->y() - 1);
}

}  // namespace tantrum::studio
