#include "app/studio/charts/chart_view.h"

#include "app/studio/charts/chart_content.h"
#include "app/studio/charts/tickers.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/theme.h"

#include <QFontMetricsF>
#include <QMouseEvent>
#include <QPainter>

namespace tantrum::studio {

ChartView::ChartView(const QString& title, const char* name, QWidget* parent)
    : QWidget(parent), title_(title), plot_(new QCustomPlot(this)), cursor_(new QCPItemStraightLine(plot_)),
      timeTicker_(std::make_shared<TimeTicker>())
{
    setObjectName(name);
    setAccessibleName(title);
    setMinimumWidth(180);
    plot_->setPlottingHints(QCP::phFastPolylines);
    plot_->setNoAntialiasingOnDrag(true);
    plot_->setMouseTracking(true);
    plot_->installEventFilter(this);
    plot_->axisRect()->setAutoMargins(QCP::msNone);
    plot_->axisRect()->setMargins(QMargins(leftMargin, topMargin, rightMargin, bottomMargin));
    plot_->xAxis->setTicker(QSharedPointer<QCPAxisTicker>(timeTicker_.get(), [keep = timeTicker_](QCPAxisTicker*) {}));
    plot_->xAxis->grid()->setVisible(false);
    for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
        axis->setTickLength(0);
        axis->setSubTickLength(0);
        axis->setSubTicks(false);
        axis->setTickPen(Qt::NoPen);
        axis->setTickLabelPadding(6);
    }
    plot_->yAxis->setBasePen(Qt::NoPen);
    cursor_->setLayer("overlay");
    style();
    connect(&Theme::instance(), &Theme::changed, this, [this] { style(); restyle(); });
}

ChartView::~ChartView() = default;

void ChartView::style()
{
    const Tokens& t = tokens();
    plot_->setBackground(QBrush(t.bg1));
    for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
        axis->setTickLabelFont(numbers(10));
        axis->setTickLabelColor(t.text3);
        axis->grid()->setPen(QPen(t.grid, 1));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    plot_->xAxis->setBasePen(QPen(t.line2, 1));
    cursor_->setPen(QPen(t.text1, 1));
    plot_->replot(QCustomPlot::rpQueuedReplot);
    update();
}

void ChartView::refresh(const ChartInput& input)
{
    timeTicker_->setPixels(plotPixels());
    plot_->xAxis->setRange(input.from, input.to);
    fill(input);
    showBands(input);
    cursor_->point1->setCoords(input.cursor, 0);
    cursor_->point2->setTypeX(QCPItemPosition::ptPlotCoords);
    cursor_->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
    cursor_->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
    cursor_->point1->setCoords(input.cursor, 0);
    cursor_->point2->setCoords(input.cursor, 1);
    cursor_->setVisible(!empty_);
    plot_->replot(QCustomPlot::rpQueuedReplot);
    update(0, 0, width(), headerHeight);
}

void ChartView::showBands(const ChartInput& input)
{
    while (bands_.size() < input.bands.size()) {
        auto* band = new QCPItemRect(plot_);
        band->setLayer("background");
        band->setPen(Qt::NoPen);
        for (QCPItemPosition* corner : {band->topLeft, band->bottomRight}) corner->setTypeY(QCPItemPosition::ptAxisRectRatio);
        bands_.push_back(band);
    }
    QColor tint = tokens().slow;
    tint.setAlphaF(0.10F);
    for (std::size_t i = 0; i < bands_.size(); ++i) {
        bands_[i]->setVisible(i < input.bands.size());
        if (i >= input.bands.size()) continue;
        bands_[i]->setBrush(tint);
        bands_[i]->topLeft->setCoords(input.bands[i].first, 0);
        bands_[i]->bottomRight->setCoords(input.bands[i].second, 1);
    }
}

void ChartView::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), t.bg1);
    const QFont titleFont = words(12, QFont::DemiBold), small = words(11), mono = numbers(11);
    double x = 14;
    painter.setFont(titleFont);
    painter.setPen(t.text1);
    painter.drawText(QPointF(x, 15), title_);
    x += QFontMetricsF(titleFont).horizontalAdvance(title_) + 8;
    painter.setFont(small);
    painter.setPen(t.text3);
    painter.drawText(QPointF(x, 15), QFontMetricsF(small).elidedText(caption_, Qt::ElideRight, width() - x - 8));

    x = 14;
    for (const LegendItem& item : legend_) {
        const double nameWidth = QFontMetricsF(small).horizontalAdvance(item.name);
        const double valueWidth = QFontMetricsF(mono).horizontalAdvance(item.value);
        if (x + 16 + nameWidth + 6 + valueWidth > width() - 4) break;
        QPen sample = item.pen;
        sample.setWidthF(1.5);
        painter.setPen(sample);
        painter.drawLine(QPointF(x, 28.5), QPointF(x + 13, 28.5));
        painter.setFont(small);
        painter.setPen(t.text2);
        painter.drawText(QPointF(x + 18, 32), item.name);
        painter.setFont(mono);
        painter.setPen(t.text1);
        painter.drawText(QPointF(x + 18 + nameWidth + 6, 32), item.value);
        x += 18 + nameWidth + 6 + valueWidth + 14;
    }
    paintLegendExtra(painter, x, 28.5);
    if (empty_ && legend_.empty()) {
        painter.setFont(small);
        painter.setPen(t.text3);
        painter.drawText(QPointF(14, 32), "no data yet");
    }
}

void ChartView::resizeEvent(QResizeEvent*) { plot_->setGeometry(0, headerHeight, width(), height() - headerHeight); }

bool ChartView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == plot_ && event->type() == QEvent::MouseMove) {
        const double seconds = plot_->xAxis->pixelToCoord(static_cast<QMouseEvent*>(event)->position().x());
        if (plot_->xAxis->range().contains(seconds)) emit hovered(seconds);
        else emit left();
    }
    if (watched == plot_ && event->type() == QEvent::Leave) emit left();
    return QWidget::eventFilter(watched, event);
}

}  // namespace tantrum::studio
