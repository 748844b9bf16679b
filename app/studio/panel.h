// A dock: a row of tabs, room for a few controls beside them, and the page that is chosen.
#pragma once

#include <QWidget>

class QHBoxLayout;
class QStackedWidget;
class QTabBar;

namespace tantrum::studio {

class Panel : public QWidget {
    Q_OBJECT

public:
    static constexpr int tabHeight = 30;

    explicit Panel(const QString& name, QWidget* parent = nullptr);

    void addPage(const QString& title, QWidget* page);
    void addCorner(QWidget* control);
    void setCurrent(int page);
    int current() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QTabBar* tabs_;
    QStackedWidget* pages_;
    QHBoxLayout* corner_;
};

}  // namespace tantrum::studio
