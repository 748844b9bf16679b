// A titled part of a panel that can be folded.
#pragma once

#include <QWidget>

class QLabel;
class QToolButton;
class QVBoxLayout;

namespace tantrum::studio {

class Section : public QWidget {
    Q_OBJECT

public:
    Section(const QString& title, const QString& name, QWidget* parent = nullptr);

    QVBoxLayout& body() { return *body_; }
    /// Small words at the right of the title.
    void setRemark(const QString& remark);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QToolButton* head_;
    QLabel* remark_;
    QWidget* content_;
    QVBoxLayout* body_;
};

}  // namespace tantrum::studio
