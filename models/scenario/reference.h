// The reference page of a model, in Markdown.
#pragma once

#include "models/scenario/catalogue.h"

#include <string>

namespace tantrum::models::scenario {

std::string referencePage(const Descriptor&);
/// The page's example: a whole scenario file.
std::string exampleScenario(const Descriptor&);
/// The page on values: units, distributions, arrivals, keys, steps, expectations.
std::string valuesPage();
/// Markdown: service level objectives and their alerts.
std::string serviceLevelsPage();
/// How far zones are apart, as Markdown.
std::string zonesPage();
/// What the section `telemetry` may hold.
std::string telemetryPage();
/// The list of all models, one line each.
std::string catalogueTable(const Catalogue&);

}  // namespace tantrum::models::scenario
