#include "tests/bench/figures.h"

#include "app/core/numbers.h"
#include "app/core/text_table.h"
#include "app/core/version.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::bench {
namespace {

std::string jsonOf(const std::vector<Figure>& figures)
{
    nlohmann::ordered_json document{{"version", app::version()}};
    for (const Figure& figure : figures) {
        nlohmann::ordered_json entry{{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}};
        if (figure.below) entry["below"] = *figure.below;
        if (!figure.remark.empty()) entry["remark"] = figure.remark;
        document["figures"].push_back(std::move(entry));
    }
    return document.dump(2) + "\n";
}

}  // namespace

std::string reportOf(const std::vector<Figure>& figures, bool json)
{
    if (json) return jsonOf(figures);
    using Align = app::TextTable::Align;
    app::TextTable table({{"measured", Align::left},
                          {"value"},
                          {"unit", Align::left},
                          {"bar"},
                          {"verdict", Align::left},
                          {"remark", Align::left}});
    for (const Figure& figure : figures)
        table.add({figure.name, app::numberText(figure.value), figure.unit,
                   figure.below ? "< " + app::numberText(*figure.below) : "–",
                   !figure.below                  ? ""
                   : figure.value < *figure.below ? "good"
                                                  : "MISSED",
                   figure.remark});
    return table.render();
}

}  // namespace tantrum::bench
