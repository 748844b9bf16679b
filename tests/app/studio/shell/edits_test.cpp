#include "app/studio/edits.h"
#include "app/studio/palette/new_component.h"
#include "scenarios.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>

namespace tantrum::studio {
namespace {

using models::scenario::Kind;

class EditsTest : public testing::Test {
protected:
    EditsTest()
    {
        document_.openText(twoNodes, "two.yaml");
        QObject::connect(&document_, &ScenarioDocument::changed, [this](ScenarioDocument::Touches touches) {
            if (touches == ScenarioDocument::Touches::system) edits_.restart();
        });
        edits_.restart();
    }
    const models::scenario::Parameter& workers() const { return *models::catalogue().find(Kind::component, "service")->find("workers"); }
    void runTo(double seconds)
    {
        run_.runTo(engine::Instant::at(engine::Duration::fromSeconds(seconds)));
        ASSERT_TRUE(QTest::qWaitFor([&] { return run_.snapshot().time.inSeconds() >= seconds; }, 20'000));
    }
    bool waitForInterventions(std::size_t count)
    {
        return QTest::qWaitFor([&] { return edits_.interventions().size() == count; }, 5'000);
    }

    ScenarioDocument document_{models::catalogue()};
    studio::Run run_;
    Edits edits_{document_, run_};
};

TEST_F(EditsTest, BeforeTheStartAChangeIsAnEditOfTheTextThatCanBeUndoneAndRedone)
{
    const QString before = document_.text();
    EXPECT_EQ(edits_.setParameter("web.workers", "12", workers(), "8"), "");
    const QString after = document_.text();
    EXPECT_TRUE(after.contains("workers: 12"));
    EXPECT_TRUE(after.contains("# kept"));
    edits_.undo();
    EXPECT_EQ(document_.text(), before);
    edits_.redo();
    EXPECT_EQ(document_.text(), after);
}

TEST_F(EditsTest, ATextTheReaderRefusesChangesNothingAndSaysWhy)
{
    const QString before = document_.text();
    const QString mistake = edits_.setParameter("web.workers", "many", workers(), "8");
    EXPECT_TRUE(mistake.contains("many")) << mistake.toStdString();
    EXPECT_EQ(document_.text(), before);
    EXPECT_FALSE(edits_.canUndo());
}

TEST_F(EditsTest, WhileTheRunGoesOnALiveParameterIsJournalledAndUndoneByChangingItBack)
{
    runTo(2);
    EXPECT_EQ(edits_.setParameter("web.workers", "12", workers(), "8"), "");
    ASSERT_TRUE(waitForInterventions(1));
    EXPECT_TRUE(document_.text().contains("workers: 8"));
    EXPECT_EQ(edits_.valueAt("web.workers", "8"), "12");
    edits_.undo();
    ASSERT_TRUE(waitForInterventions(2));
    EXPECT_EQ(edits_.valueAt("web.workers", "8"), "8");
}

TEST_F(EditsTest, WhatIsNotLiveSaysSoDuringARun)
{
    runTo(1);
    const auto& replicas = *models::catalogue().find(Kind::component, "service")->find("replicas");
    EXPECT_FALSE(edits_.isEditable(replicas));
    EXPECT_TRUE(edits_.isEditable(workers()));
    EXPECT_TRUE(edits_.setParameter("web.replicas", "2", replicas, "1").contains("Reset"));
}

TEST_F(EditsTest, AFaultIsTakenBackByRunningAgainWithoutIt)
{
    runTo(2);
    edits_.inject("Crash web", "{crash: web, for: 5s}");
    ASSERT_TRUE(waitForInterventions(1));
    runTo(4);
    edits_.undo();
    ASSERT_TRUE(QTest::qWaitFor([&] { return run_.snapshot().time.inSeconds() >= 4; }, 20'000));
    EXPECT_TRUE(edits_.interventions().empty());
    EXPECT_TRUE(run_.snapshot().happenings.empty());
    edits_.redo();
    ASSERT_TRUE(QTest::qWaitFor([&] { return run_.snapshot().time.inSeconds() >= 4; }, 20'000));
    EXPECT_EQ(edits_.interventions().size(), 1U);
    EXPECT_EQ(run_.snapshot().happenings.size(), 1U);
}

TEST_F(EditsTest, SavesInterventionsAsTimelineEntriesThatRepeatTheRun)
{
    runTo(2);
    edits_.inject("Crash web", "{crash: web, for: 5s}");
    ASSERT_TRUE(waitForInterventions(1));
    QString mistake;
    const QString text = edits_.textWithInterventions(mistake);
    EXPECT_EQ(mistake, "");
    EXPECT_TRUE(text.contains("timeline:"));
    run_.runToEnd();
    ASSERT_TRUE(QTest::qWaitFor([&] { return run_.isOver(); }, 30'000));
    const auto fingerprint = run_.snapshot().fingerprint;
    auto again = document_.read(text.toStdString());
    ASSERT_TRUE(again.scenario);
    run_.load(std::move(*again.scenario));
    run_.runToEnd();
    ASSERT_TRUE(QTest::qWaitFor([&] { return run_.isOver(); }, 30'000));
    EXPECT_EQ(run_.snapshot().fingerprint, fingerprint);
}

TEST_F(EditsTest, AnEditFromBeforeTheStartIsNotUndoneUnderARunningRun)
{
    EXPECT_EQ(edits_.setParameter("web.workers", "12", workers(), "8"), "");
    runTo(1);
    QSignalSpy refused(&edits_, &Edits::refused);
    edits_.undo();
    EXPECT_EQ(refused.size(), 1);
    EXPECT_TRUE(document_.text().contains("workers: 12"));
    edits_.restart();
    edits_.undo();
    EXPECT_TRUE(document_.text().contains("workers: 8"));
}

TEST_F(EditsTest, AComponentFromThePaletteComesWithWhatItNeeds)
{
    for (const auto* type : models::catalogue().all(Kind::component)) {
        const NewComponent made = newComponent(QString::fromStdString(type->key), {100, 100}, document_);
        if (!made.mistake.isEmpty()) continue;  // needs something that is not there, and says so
        EXPECT_EQ(document_.apply("Add", made.edit), "") << type->key;
        EXPECT_TRUE(document_.scenario()->find(made.name.toStdString())) << type->key;
    }
    EXPECT_TRUE(document_.scenario()->find("service"));
    EXPECT_TRUE(document_.scenario()->find("client"));
}

TEST(FlowText, QuotesWhatWouldTearAnEntryApart)
{
    EXPECT_EQ(flowText("web"), "web");
    EXPECT_EQ(flowText("web -> db.latency"), "web -> db.latency");
    EXPECT_EQ(flowText("* -> *"), "\"* -> *\"");
    EXPECT_EQ(flowText("[web, db]"), "[web, db]");
    EXPECT_EQ(flowText("a, b"), "\"a, b\"");
    const auto set = setOf("{set: web.work, to: \"a, \\\"b\\\"\"}");
    ASSERT_TRUE(set);
    EXPECT_EQ(set->second, "a, \"b\"");
}

}  // namespace
}  // namespace tantrum::studio
