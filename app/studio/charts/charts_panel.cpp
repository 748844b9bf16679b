#include "app/studio/charts/charts_panel.h"

#include "app/studio/charts/chart_content.h"
#include "app/studio/charts/heat_chart.h"
#include "app/studio/charts/line_chart.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QToolButton>

#include <algorithm>

namespace tantrum::studio {

namespace {

constexpr int refreshMilliseconds = 100;

QToolButton* chip(const char* name, const QString& iconName)
{
    auto* made = new QToolButton;
    made->setObjectName(name);
    made->setProperty("role", "chip");
    made->setPopupMode(QToolButton::InstantPopup);
    made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    made->setIconSize(QSize(14, 14));
    if (!iconName.isEmpty()) made->setIcon(icon(iconName));
    made->setMenu(new QMenu(made));
    return made;
}

}  // namespace

ChartsPanel::ChartsPanel(Run& run, QWidget* parent)
    : QWidget(parent), run_(run), scopeChip_(chip("scopeChip", "target")), windowChip_(chip("windowChip", ""))
{
    setObjectName("charts");
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 8, 0, 4);
    row->setSpacing(0);
    charts_ = {new LineChart("Latency", "latencyChart", latencyContent),
               new LineChart("Throughput", "throughputChart", throughputContent),
               new LineChart("Queue length", "queueChart", queueContent),
               new LineChart("Utilisation", "utilizationChart", utilizationContent),
               new HeatChart("Latency map", "heatChart")};
    for (ChartView* chart : charts_) {
        row->addWidget(chart, 1);
        connect(chart, &ChartView::hovered, this, [this](double seconds) { hover_ = seconds; soil(); });
        connect(chart, &ChartView::left, this, [this] { hover_.reset(); soil(); });
    }
    for (const auto& [text, seconds] : {std::pair{"Whole run", 0.0}, std::pair{"Last 5 min", 300.0},
                                        std::pair{"Last 60 s", 60.0}, std::pair{"Last 10 s", 10.0}})
        windowChip_->menu()->addAction(text, this, [this, seconds = seconds, text = text] {
            lastSeconds_ = seconds;
            windowChip_->setText(text);
            soil();
        });
    windowChip_->setText("Whole run");
    connect(scopeChip_->menu(), &QMenu::aboutToShow, this, &ChartsPanel::fillScopeMenu);

    timer_.setInterval(refreshMilliseconds);
    connect(&timer_, &QTimer::timeout, this, [this] {
        if (dirty_ && isVisible()) refresh();
    });
    timer_.start();
    connect(&run_, &Run::loaded, this, [this] { chosen_ = -1; hover_.reset(); soil(); });
    connect(&run_, &Run::columnsChanged, this, &ChartsPanel::soil);
    connect(&run_, &Run::ticked, this, &ChartsPanel::soil);
    connect(&Theme::instance(), &Theme::changed, this, [this] { update(); soil(); });
}

int ChartsPanel::scope() const
{
    if (!run_.isLoaded()) return -1;
    const auto& nodes = run_.topology().nodes;
    if (chosen_ >= 0 && chosen_ < static_cast<int>(nodes.size())) return chosen_;
    const auto client = std::find_if(nodes.begin(), nodes.end(), [](const auto& node) { return node.isClient; });
    if (client != nodes.end()) return static_cast<int>(client - nodes.begin());
    return nodes.empty() ? -1 : 0;
}

void ChartsPanel::setScope(int node)
{
    chosen_ = node;
    soil();
}

void ChartsPanel::fillScopeMenu()
{
    QMenu* menu = scopeChip_->menu();
    menu->clear();
    if (!run_.isLoaded()) return;
    const auto& nodes = run_.topology().nodes;
    for (int i = 0; i < static_cast<int>(nodes.size()); ++i) {
        const auto& node = nodes[static_cast<std::size_t>(i)];
        menu->addAction(icon(QString::fromStdString(node.icon)), QString::fromStdString(node.name), this, [this, i] {
            setScope(i);
            emit scopeChosen(i);
        });
    }
}

ChartInput ChartsPanel::input() const
{
    ChartInput input;
    if (!run_.isLoaded()) return input;
    const app::Snapshot& now = run_.snapshot();
    input.recording = &run_.recording();
    input.topology = &run_.topology();
    input.scope = scope();
    const double reached = now.time.inSeconds();
    input.to = std::max(reached, 10 * input.recording->bucketSeconds());
    input.from = lastSeconds_ > 0 ? std::max(0.0, input.to - lastSeconds_) : 0;
    // Looking back: the window follows the moment that is shown.
    if (lastSeconds_ > 0 && run_.showsRecorded()) {
        input.from = std::clamp(run_.shownTime().inSeconds() - lastSeconds_ / 2, 0.0, input.from);
        input.to = std::min(input.to, input.from + lastSeconds_);
    }
    input.cursor = hover_.value_or(run_.shownTime().inSeconds());
    for (const models::Happening& happening : now.happenings) {
        if (happening.kind != models::Happening::Kind::fault || happening.until == happening.from) continue;
        const double until = happening.until == engine::Instant::never() ? reached : happening.until.inSeconds();
        if (until > input.from && happening.from.inSeconds() < input.to)
            input.bands.emplace_back(std::max(happening.from.inSeconds(), input.from), std::min(until, input.to));
    }
    if (input.bands.size() > 50) input.bands.resize(50);
    return input;
}

void ChartsPanel::refresh()
{
    dirty_ = false;
    ChartInput shared = input();
    const QString name = shared.scope < 0 ? QString("none")
                                          : QString::fromStdString(run_.topology().nodes[static_cast<std::size_t>(shared.scope)].name);
    if (const QString text = "Scope: " + name; scopeChip_->text() != text) scopeChip_->setText(text);
    for (ChartView* chart : charts_) {
        shared.pixels = chart->plotPixels();
        chart->refresh(shared);
    }
}

QImage ChartsPanel::renderImage(qreal scale)
{
    refresh();
    QImage image((QSizeF(size()) * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    image.fill(tokens().bg1);
    QPainter painter(&image);
    render(&painter, {}, {}, QWidget::DrawWindowBackground | QWidget::DrawChildren);
    return image;
}

void ChartsPanel::showEvent(QShowEvent*) { soil(); }
void ChartsPanel::resizeEvent(QResizeEvent*) { soil(); }

}  // namespace tantrum::studio
