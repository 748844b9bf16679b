#include "app/studio/canvas/frame_benchmark.h"

#include "app/studio/canvas/canvas_widget.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QThread>
#include <algorithm>
#include <array>
#include <random>

namespace tantrum::studio {

namespace {

using engine::Duration;
using engine::Instant;

class SyntheticSystem {
public:
    static constexpr Duration trip = Duration::seconds(2);

    SyntheticSystem(int nodes, int edges)
    {
        constexpr std::array types{"client", "service", "cache", "database", "queue", "worker"};
        constexpr int columns = 10;
        for (int i = 0; i < nodes; ++i) {
            models::NodeFacts facts;
            const std::size_t type = i < columns / 2 ? 0 : static_cast<std::size_t>(i) % types.size();
            facts.name = "node-" + std::to_string(i);
            facts.type = facts.typeTitle = facts.icon = types[type];
            facts.isClient = type == 0;
            facts.holdsMessages = type == 4;
            facts.x = i % columns * 236.0;
            facts.y = static_cast<int>(i / columns) * 180.0 + (i % 2) * 40.0;
            topology.nodes.push_back(std::move(facts));
        }
        for (int i = 0; i < edges && nodes > 1; ++i) {
            models::EdgeFacts facts;
            facts.from = i % nodes;
            const int stride = i < nodes ? 1 : 1 + below(columns + 2);
            facts.to = (facts.from + stride) % nodes;
            facts.declared = true;
            topology.edges.push_back(facts);
        }
    }

    models::Frame frameAt(Instant time)
    {
        models::Frame frame;
        frame.time = time;
        for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
            models::NodeView view;
            view.health = i % 7 == 3 ? models::Health::failing : models::Health::ok;
            view.utilization = below(100) / 100.0;
            view.queue = below(600);
            view.queueLimit = 600;
            view.ratePerSecond = 100 + below(1500);
            view.p99 = (1 + below(900)) / 1000.0;
            view.replicas = view.replicasUp = 1 + static_cast<int>(i) % 6;
            if (i % 7 == 3) {
                view.reason = "queue full";
                view.reasonPerSecond = below(1000);
            }
            frame.nodes.push_back(view);
        }
        for (std::size_t i = 0; i < topology.edges.size(); ++i) {
            models::EdgeView view;
            view.callsPerSecond = view.attemptsPerSecond = below(1000);
            view.retryShare = i % 9 == 0 ? 0.5 : 0;
            frame.edges.push_back(view);
        }
        return frame;
    }

    /// Always `count` under way: each leaves when its predecessor has arrived.
    std::vector<models::Passage> passages(int count, Duration all)
    {
        std::vector<models::Passage> list;
        for (int i = 0; i < count; ++i) {
            models::Passage passage;
            passage.edge = below(static_cast<int>(topology.edges.size()));
            passage.mark = static_cast<models::Mark>(below(9));
            passage.returning = below(2) == 1;
            Instant departure = Instant::at(trip * i / count);
            for (; departure < Instant::at(all); departure = departure + trip) {
                passage.departure = departure;
                passage.arrival = departure + trip;
                list.push_back(passage);
            }
        }
        return list;
    }

    models::Topology topology;

private:
    int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
    std::minstd_rand random_{42};
};

}  // namespace

FrameBenchmark measureFrames(int nodes, int edges, int messages, QSize size, int frames)
{
    constexpr int warmUp = 10;
    const Duration step = Duration::microseconds(16'667);
    SyntheticSystem system(nodes, edges);
    CanvasWidget canvas;
    canvas.resize(size);
    canvas.setShowAllDots(true);
    canvas.setTopology(system.topology);
    canvas.setFrame(system.frameAt({}));
    canvas.show();
    canvas.fitView();
    QCoreApplication::processEvents();

    const auto passages = system.passages(messages, SyntheticSystem::trip + step * (frames + warmUp + 1));
    std::size_t next = 0;
    std::vector<models::Passage> ordered(passages);
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const auto& a, const auto& b) { return a.departure < b.departure; });

    QElapsedTimer watch;
    watch.start();
    FrameBenchmark result;
    result.dotsPainted = static_cast<std::size_t>(messages);
    for (int frame = 0; frame < frames + warmUp; ++frame) {
        const Instant now = Instant::at(SyntheticSystem::trip + step * frame);
        std::size_t last = next;
        while (last < ordered.size() && ordered[last].departure <= now) ++last;
        canvas.setTime(now, 1);
        canvas.addPassages(std::span(ordered).subspan(next, last - next));
        next = last;
        if (frame % 15 == 0) canvas.setFrame(system.frameAt(now));
        if (frame == warmUp) canvas.resetStatistics();
        canvas.repaint();
        if (frame >= warmUp) result.dotsPainted = std::min(result.dotsPainted, canvas.dotsPainted());
        // At the pace of a real screen, so that the figures and bars change as often as they would there.
        QCoreApplication::processEvents();
        const qint64 ahead = step.count() * (frame + 1) / 1'000 - watch.nsecsElapsed() / 1'000;
        if (ahead > 0) QThread::usleep(static_cast<unsigned long>(ahead));
    }
    result.frames = canvas.statistics();
    return result;
}

FrameStatistics runFrameBenchmark(int nodes, int edges, int messages, QSize size, int frames)
{
    return measureFrames(nodes, edges, messages, size, frames).frames;
}

}  // namespace tantrum::studio
