// The offscreen platform paints as a screen does, without one. Settings go to a folder of their own.
#include "app/studio/theme/theme.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QStandardPaths>
#include <QTemporaryDir>

int main(int argc, char** argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    QTemporaryDir settings;
    qputenv("XDG_CONFIG_HOME", settings.path().toUtf8());
    testing::InitGoogleTest(&argc, argv);
    QApplication application(argc, argv);
    QApplication::setOrganizationName("TantrumTests");
    tantrum::studio::Theme::instance().apply(tantrum::studio::ThemeKind::dark);
    return RUN_ALL_TESTS();
}
