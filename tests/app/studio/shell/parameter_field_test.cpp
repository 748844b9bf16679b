#include "app/studio/inspector/parameter_field.h"
#include "app/studio/inspector/fault_box.h"
#include "models/scenario/catalogue.h"

#include <gtest/gtest.h>

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QTest>

#include <set>

namespace tantrum::studio {
namespace {

using models::scenario::Kind;

const models::scenario::Parameter& parameter(Kind kind, const char* type, const char* key)
{
    return *models::catalogue().find(kind, type)->find(key);
}

TEST(ParameterField, EveryParameterOfEveryModelHasAnEditor)
{
    std::set<EditorKind> seen;
    for (const Kind kind : {Kind::component, Kind::policy, Kind::link, Kind::fault})
        for (const auto* type : models::catalogue().all(kind))
            for (const auto& each : type->parameters) {
                ParameterField field(*each, "path", {"web"}, [](const QString&) { return QString(); });
                field.setValue(QString::fromStdString(each->write(type->defaults)));
                EXPECT_FALSE(field.toolTip().isEmpty());
                const bool edits = field.findChild<QLineEdit*>() || field.findChild<QComboBox*>() || field.findChild<QCheckBox*>();
                EXPECT_TRUE(edits || field.editorKind() == EditorKind::program) << type->key << "." << each->key() << ": " << each->kind();
                seen.insert(field.editorKind());
            }
    EXPECT_EQ(seen.size(), 6U) << "one of the kinds of editors is not used by any model";
}

TEST(ParameterField, ChoosesTheEditorByTheKindOfTheParameter)
{
    EXPECT_EQ(editorKindOf(parameter(Kind::component, "service", "workers")), EditorKind::quantity);
    EXPECT_EQ(editorKindOf(parameter(Kind::component, "service", "discipline")), EditorKind::choice);
    EXPECT_EQ(editorKindOf(parameter(Kind::component, "service", "blocking")), EditorKind::yesNo);
    EXPECT_EQ(editorKindOf(parameter(Kind::component, "service", "operations")), EditorKind::program);
    EXPECT_EQ(editorKindOf(parameter(Kind::component, "client", "arrivals")), EditorKind::text);
    EXPECT_EQ(editorKindOf(parameter(Kind::component, "client", "sends")), EditorKind::reference);
}

TEST(ParameterField, TakesABareNumberInTheUnitThatIsShown)
{
    QString committed;
    ParameterField field(parameter(Kind::policy, "timeout", "limit"), "p", {}, [&](const QString& text) { committed = text; return QString(); });
    field.setValue("50ms");
    EXPECT_EQ(field.findChild<QLineEdit*>()->text(), "50");
    field.enter("80");
    EXPECT_EQ(committed, "80ms");
    field.enter("2s");
    EXPECT_EQ(committed, "2s");
    EXPECT_EQ(field.findChild<QLineEdit*>()->text(), "2");
}

TEST(ParameterField, ShowsTheMessageInPlaceAndKeepsTheLastGoodValue)
{
    ParameterField field(parameter(Kind::component, "service", "workers"), "web.workers", {},
                         [](const QString& text) { return text == "12" ? QString() : QString("Not a count."); });
    field.setValue("8");
    field.enter("many");
    EXPECT_EQ(field.mistake(), "Not a count.");
    EXPECT_EQ(field.value(), "8");
    QTest::keyClick(field.findChild<QLineEdit*>(), Qt::Key_Escape);
    EXPECT_TRUE(field.mistake().isEmpty());
    EXPECT_EQ(field.findChild<QLineEdit*>()->text(), "8");
    field.enter("12");
    EXPECT_EQ(field.value(), "12");
}

TEST(ParameterField, ArrowsChangeANumberByOne)
{
    ParameterField field(parameter(Kind::component, "service", "workers"), "web.workers", {}, [](const QString&) { return QString(); });
    field.setValue("8");
    QTest::keyClick(field.findChild<QLineEdit*>(), Qt::Key_Up);
    EXPECT_EQ(field.value(), "9");
}

TEST(ParameterField, SplitsANumberFromItsUnit)
{
    EXPECT_EQ(splitQuantity("6ms"), (std::pair<QString, QString>{"6", "ms"}));
    EXPECT_EQ(splitQuantity("280/s"), (std::pair<QString, QString>{"280", "/s"}));
    EXPECT_EQ(splitQuantity("10%"), (std::pair<QString, QString>{"10", "%"}));
    EXPECT_EQ(splitQuantity("exponential(4ms)").second, "");
    EXPECT_EQ(splitQuantity("16").second, "");
}

TEST(FaultBox, OffersWhatTheDescriptorSaysAndWritesTimelineEntries)
{
    models::NodeFacts node;
    node.name = "web";
    node.faults = {"crash", "slow"};
    const auto faults = faultsOf(node, models::catalogue());
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(faults[0].entry("10s"), "{crash: web, for: 10s}");
    EXPECT_EQ(faults[1].entry("", {{"factor", "4"}}), "{slow: web, factor: 4}");
}

TEST(FaultBox, OffersNetworkFaultsForALink)
{
    models::Topology topology;
    topology.nodes.resize(2);
    topology.nodes[0].name = "web";
    topology.nodes[1].name = "db";
    topology.edges.push_back({0, 1, true, false, {}});
    QStringList entries;
    for (const AimedFault& fault : faultsOf(topology, topology.edges[0], models::catalogue())) entries << fault.entry("5s");
    EXPECT_TRUE(entries.contains("{partition: [web, db], for: 5s}")) << entries.join(" ").toStdString();
    EXPECT_TRUE(entries.contains("{packet_loss: web -> db, for: 5s}")) << entries.join(" ").toStdString();
}

TEST(FaultBox, LastsATenthOfAShortRun)
{
    using engine::Duration;
    EXPECT_EQ(defaultFaultLength(Duration::seconds(300)), "10s");
    EXPECT_EQ(defaultFaultLength(Duration::seconds(30)), "2s");
    EXPECT_EQ(defaultFaultLength(Duration::milliseconds(500)), "50ms");
}

}  // namespace
}  // namespace tantrum::studio
