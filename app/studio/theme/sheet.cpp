#include "app/studio/theme/sheet.h"

#include "app/studio/theme/fonts.h"

#include <QRegularExpression>

namespace tantrum::studio {

QString filledIn(const QString& sheet, const Tokens& tokens, const QHash<QString, QString>& more)
{
    static const QRegularExpression names("@([A-Za-z0-9]+)");
    const auto valueOf = [&](const QString& name) {
        if (const auto known = more.constFind(name); known != more.constEnd()) return *known;
        return name == "words" ? wordFamily() : name == "numbers" ? numberFamily() : tokenNamed(tokens, name).name();
    };
    QString filled;
    qsizetype copied = 0;
    for (auto matches = names.globalMatch(sheet); matches.hasNext();) {
        const auto match = matches.next();
        filled += sheet.mid(copied, match.capturedStart() - copied) + valueOf(match.captured(1));
        copied = match.capturedEnd();
    }
    return filled + sheet.mid(copied);
}

}  // namespace tantrum::studio
