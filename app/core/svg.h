// Writes SVG: plain shapes, text and colours, no clip paths, no fonts embedded. The same calls give the same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tantrum::app {

/// Text fit for an XML element or attribute: escaped, control characters and invalid UTF-8 replaced by U+FFFD.
std::string xmlEscaped(std::string_view text);

struct Point {
    double x = 0, y = 0;
};

struct Stroke {
    std::string_view colour;
    double width = 1;
    std::string_view dash = {};  ///< "5 2"; empty: solid
    double opacity = 1;
};

struct TextStyle {
    std::string_view colour;
    double size = 12;
    enum class Anchor : unsigned char { start, middle, end } anchor = Anchor::start;
    bool mono = false, semibold = false;
};

class SvgWriter {
public:
    SvgWriter(double width, double height, std::string_view title, std::string_view background);

    void rectangle(double x, double y, double width, double height, std::string_view fill, double radius = 0,
                   const Stroke& border = {});
    void line(Point from, Point to, const Stroke& stroke);
    void polyline(const std::vector<Point>& points, const Stroke& stroke);
    void circle(Point centre, double radius, std::string_view fill);
    /// `data`: path commands with numbers made by number().
    void path(std::string_view data, const Stroke& stroke, std::string_view fill = "none");
    void text(Point baseline, std::string_view words, const TextStyle& style);

    /// At most two decimals, never "-0": the same on every machine.
    static std::string number(double value);
    /// The finished document. Call once.
    std::string finish() &&;

private:
    void stroke(const Stroke& stroke);
    std::string out_;
};

}  // namespace tantrum::app
