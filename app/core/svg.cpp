#include "app/core/svg.h"

#include <fmt/format.h>

#include <cmath>

namespace tantrum::app {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Bytes of the well-formed UTF-8 character at the start of `text`, or 0.
std::size_t characterLength(std::string_view text)
{
    const auto byte = [&](std::size_t index) { return index < text.size() ? static_cast<unsigned char>(text[index]) : 0u; };
    const auto continued = [&](std::size_t count) {
        for (std::size_t index = 1; index <= count; ++index)
            if ((byte(index) & 0xC0) != 0x80) return false;
        return true;
    };
    const unsigned lead = byte(0), second = byte(1);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return continued(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool overlong = lead == 0xE0 && second < 0xA0, surrogate = lead == 0xED && second > 0x9F;
        const bool nonCharacter = lead == 0xEF && second == 0xBF && byte(2) >= 0xBE;  // U+FFFE and U+FFFF are no XML
        return continued(2) && !overlong && !surrogate && !nonCharacter ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool outside = (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
        return continued(3) && !outside ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string xmlEscaped(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = characterLength(text.substr(at));
        const char c = text[at];
        if (length == 0) out += replacement;
        else if (length > 1) out += text.substr(at, length);
        else if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '"') out += "&quot;";
        else if (c == '\'') out += "&#39;";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) out += replacement;
        else out += c;
        at += length == 0 ? 1 : length;
    }
    return out;
}

std::string SvgWriter::number(double value)
{
    if (!std::isfinite(value)) value = 0;
    std::string text = fmt::format("{:.2f}", value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}

SvgWriter::SvgWriter(double width, double height, std::string_view title, std::string_view background)
{
    out_ = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
                       "<title>{2}</title>\n",
                       number(width), number(height), xmlEscaped(title));
    rectangle(0, 0, width, height, background);
}

void SvgWriter::stroke(const Stroke& stroke)
{
    if (stroke.colour.empty()) return;
    out_ += fmt::format(" stroke=\"{}\" stroke-width=\"{}\"", stroke.colour, number(stroke.width));
    if (!stroke.dash.empty()) out_ += fmt::format(" stroke-dasharray=\"{}\"", stroke.dash);
    if (stroke.opacity < 1) out_ += fmt::format(" stroke-opacity=\"{}\"", number(stroke.opacity));
}

void SvgWriter::rectangle(double x, double y, double width, double height, std::string_view fill, double radius, const Stroke& border)
{
    out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"", number(x), number(y), number(width),
                        number(height), fill);
    if (radius > 0) out_ += fmt::format(" rx=\"{}\"", number(radius));
    stroke(border);
    out_ += "/>\n";
}

void SvgWriter::line(Point from, Point to, const Stroke& how)
{
    out_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"", number(from.x), number(from.y), number(to.x), number(to.y));
    stroke(how);
    out_ += "/>\n";
}

void SvgWriter::polyline(const std::vector<Point>& points, const Stroke& how)
{
    if (points.empty()) return;
    out_ += "<polyline points=\"";
    for (const Point& point : points) {
        if (&point != points.data()) out_ += ' ';
        out_ += number(point.x) + ',' + number(point.y);
    }
    out_ += "\" fill=\"none\" stroke-linejoin=\"round\"";
    stroke(how);
    out_ += "/>\n";
}

void SvgWriter::circle(Point centre, double radius, std::string_view fill)
{
    out_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", number(centre.x), number(centre.y), number(radius), fill);
}

void SvgWriter::path(std::string_view data, const Stroke& how, std::string_view fill)
{
    out_ += fmt::format("<path d=\"{}\" fill=\"{}\"", data, fill);
    stroke(how);
    out_ += "/>\n";
}

void SvgWriter::text(Point baseline, std::string_view words, const TextStyle& style)
{
    constexpr std::string_view anchors[] = {"start", "middle", "end"};
    out_ += fmt::format("<text x=\"{}\" y=\"{}\" font-family=\"{}\" font-size=\"{}\" fill=\"{}\"", number(baseline.x), number(baseline.y),
                        style.mono ? "JetBrains Mono, DejaVu Sans Mono, monospace" : "Inter, DejaVu Sans, sans-serif",
                        number(style.size), style.colour);
    if (style.semibold) out_ += " font-weight=\"600\"";
    if (style.anchor != TextStyle::Anchor::start)
        out_ += fmt::format(" text-anchor=\"{}\"", anchors[static_cast<std::size_t>(style.anchor)]);
    out_ += fmt::format(" xml:space=\"preserve\">{}</text>\n", xmlEscaped(words));
}

std::string SvgWriter::finish() &&
{
    out_ += "</svg>\n";
    return std::move(out_);
}

}  // namespace tantrum::app
