#include "app/studio/timeline/timeline_marks.h"

#include "app/studio/theme/format.h"

#include <QStringList>

#include <algorithm>

namespace tantrum::studio {

namespace {

TimelineMark markOf(const models::Happening& happening, double endSeconds)
{
    TimelineMark mark;
    mark.kind = happening.kind;
    mark.from = happening.from.inSeconds();
    mark.lasting = happening.until == engine::Instant::never();
    mark.until = mark.lasting ? endSeconds : happening.until.inSeconds();
    mark.byUser = happening.byUser;
    mark.text = QString::fromStdString(happening.text);
    mark.target = QString::fromStdString(happening.target);
    return mark;
}

TimelineMark markOf(const models::scenario::TimelineEntry& entry, double endSeconds)
{
    TimelineMark mark;
    mark.ahead = true;
    mark.from = entry.at.inSeconds();
    mark.until = entry.length ? mark.from + entry.length->inSeconds() : mark.from;
    if (const auto* fault = std::get_if<models::scenario::FaultAction>(&entry.action)) {
        mark.text = QString::fromStdString(fault->type->title).toLower();
        QStringList targets;
        for (const auto& parameter : fault->type->parameters)
            for (const std::string& name : parameter->nodesNamed(fault->parameters)) targets << QString::fromStdString(name);
        targets.removeDuplicates();
        mark.target = targets.join(", ");
        mark.lasting = !entry.length;
        if (mark.lasting) mark.until = endSeconds;
    } else {
        const auto& set = std::get<models::scenario::SetAction>(entry.action);
        mark.kind = models::Happening::Kind::change;
        mark.target = QString::fromStdString(set.link ? set.link->text() : set.node);
        mark.text = QString("%1 → %2").arg(QString::fromStdString(set.parameter ? set.parameter->key() : ""),
                                           QString::fromStdString(set.text));
    }
    return mark;
}

}  // namespace

QString TimelineMark::sentence() const
{
    QString when = formatClock(engine::Instant::at(engine::Duration::fromSeconds(from)));
    if (lasting) when = "from " + when;
    else if (isSpan()) when += " to " + formatClock(engine::Instant::at(engine::Duration::fromSeconds(until)));
    else when = "at " + when;
    QStringList parts{text};
    if (!target.isEmpty() && !text.contains(target)) parts << target;
    parts << when;
    if (ahead) parts << "still to come";
    if (byUser) parts << "by you";
    return parts.join(", ");
}

std::vector<TimelineMark> marksOf(const std::vector<models::Happening>& happenings,
                                  const models::scenario::Scenario& scenario, engine::Instant now, double endSeconds)
{
    std::vector<TimelineMark> marks;
    for (const models::Happening& happening : happenings) marks.push_back(markOf(happening, endSeconds));
    for (const auto& entry : scenario.timeline)
        if (entry.at > now || (entry.at == now && now.count() == 0)) marks.push_back(markOf(entry, endSeconds));
    std::erase_if(marks, [&](const TimelineMark& mark) { return mark.ahead && mark.from >= endSeconds; });
    std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
    return marks;
}

}  // namespace tantrum::studio
