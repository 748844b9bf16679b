// What a reference page shows can be copied into a file and run.
#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "models/scenario/reference.h"
#include "tests/scenarios/support/files.h"

#include <gtest/gtest.h>

namespace tantrum::scenarios {
namespace {

using namespace models;
using scenario::Descriptor, scenario::Kind;

std::vector<const Descriptor*> allModels()
{
    std::vector<const Descriptor*> all;
    for (const Kind kind : {Kind::component, Kind::policy, Kind::fault, Kind::link})
        for (const Descriptor* model : catalogue().all(kind)) all.push_back(model);
    return all;
}

class Example : public testing::TestWithParam<const Descriptor*> {};

// It uses the model it is there for, reads without a diagnostic, serves requests, and loses none.
TEST_P(Example, RunsAsItIsShown)
{
    const Descriptor& model = *GetParam();
    const std::string text = scenario::exampleScenario(model);
    EXPECT_NE(text.find(model.kind == Kind::link ? "links:" : model.key), std::string::npos);
    const auto read = scenario::read(text, model.key, catalogue());
    ASSERT_TRUE(read.scenario) << scenario::render(read.diagnostics, text);
    EXPECT_TRUE(read.diagnostics.empty()) << scenario::render(read.diagnostics, text);
    EXPECT_GT(run(*read.scenario).requests, 0u);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Example, testing::ValuesIn(allModels()), [](const auto& tested) { return tested.param->key; });

}  // namespace
}  // namespace tantrum::scenarios
