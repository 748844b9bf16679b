#include "app/studio/options.h"
#include "app/studio/studio.h"

#include <QApplication>

#include <clocale>
#include <cstdio>

int main(int argc, char** argv)
{
    using namespace tantrum::studio;
    QStringList arguments;
    for (int i = 0; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
    const ParsedOptions parsed = parseOptions(arguments);
    if (!parsed.options) {
        std::fputs(qPrintable(parsed.output), parsed.exitCode == 0 ? stdout : stderr);
        return parsed.exitCode;
    }
    const bool picture = !parsed.options->svgIn.isEmpty();
    if (picture && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    if (const QString reason = whyNoDisplay(); !reason.isEmpty()) {
        std::fprintf(stderr, "tantrum-studio: %s\n", qPrintable(reason));
        return 3;
    }
    QApplication application(argc, argv);
    QApplication::setApplicationName("tantrum-studio");
    QApplication::setApplicationDisplayName("Tantrum");
    QApplication::setOrganizationName("Tantrum");
    QApplication::setApplicationVersion(TANTRUM_VERSION);
    QApplication::setDesktopFileName("tantrum-studio");
    std::setlocale(LC_NUMERIC, "C");
    return picture ? renderSvg(parsed.options->svgIn, parsed.options->pngOut) : runStudio(*parsed.options);
}
