// The components there are, by group, from the catalogue: drag one onto the canvas or double-click it.
#pragma once

#include "models/scenario/catalogue.h"

#include <QToolButton>
#include <QWidget>

#include <vector>

class QLineEdit;

namespace tantrum::studio {

class PaletteItem : public QToolButton {
    Q_OBJECT

public:
    explicit PaletteItem(const models::scenario::Descriptor& type, QWidget* parent = nullptr);
    QString type() const;
    bool matches(const QString& text) const;

signals:
    void chosen(const QString& type);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    const models::scenario::Descriptor& type_;
    QPoint pressedAt_;
};

class PalettePanel : public QWidget {
    Q_OBJECT

public:
    explicit PalettePanel(const models::scenario::Catalogue& catalogue, QWidget* parent = nullptr);

    void focusFilter();

signals:
    void chosen(const QString& type);

private:
    struct Group {
        QWidget* box;
        std::vector<PaletteItem*> items;
    };
    void filter(const QString& text);

    QLineEdit* filter_;
    std::vector<Group> groups_;
};

}  // namespace tantrum::studio
