// The bundled scenarios and lessons as a list in the left dock.
#pragma once

#include <QWidget>

class QListWidget;

namespace tantrum::studio {

class LibraryPanel : public QWidget {
    Q_OBJECT

public:
    explicit LibraryPanel(QWidget* parent = nullptr);

signals:
    void scenarioChosen(const QString& path);
    void lessonChosen(const QString& directory);

private:
    QListWidget* list_;
};

}  // namespace tantrum::studio
