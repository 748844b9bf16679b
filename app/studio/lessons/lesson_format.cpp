#include "app/studio/lessons/lesson_format.h"

#include "app/core/numbers.h"

#include <cmath>

namespace tantrum::studio {

std::size_t StepProgress::shownParts(const app::LessonStep& step) const
{
    if (findings) return step.parts.size();
    for (std::size_t i = 0; i < step.parts.size(); ++i)
        if (step.parts[i].kind == app::LessonPart::Kind::run) return i + 1;
    return step.parts.size();
}

QString measuredText(const models::ExpectResult& result)
{
    if (!result.remark.empty()) return QString::fromStdString(result.remark);
    if (std::isnan(result.value)) return "no data";
    return "measured " + QString::fromStdString(app::valueText(result.value, app::unitOfClaim(result.text)));
}

QString verdictText(const app::LessonPart& question, const StepProgress& progress)
{
    if (!progress.findings || !progress.chosen) return {};
    const auto right = progress.findings->right();
    if (!right) return "Unclear: the run did not settle this question.";
    const QString measured = measuredText(progress.findings->options[*right]);
    if (*right == *progress.chosen) return QString("As you said: %1.").arg(measured);
    QString said = QString::fromStdString(question.options[*progress.chosen].text);
    said[0] = said[0].toLower();
    return QString("You said %1, %2.").arg(said, measured);
}

}  // namespace tantrum::studio
