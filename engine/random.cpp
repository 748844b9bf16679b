#include "engine/random.h"

#include "engine/mathematics.h"

namespace tantrum::engine {

namespace {

constexpr double squareRoot(double x)
{
    if (x == 0) return 0;
    double root = exponentialOf(0.5 * naturalLogarithm(x));
    for (int step = 0; step < 3; ++step) root = 0.5 * (root + x / root);
    return root;
}

struct ExponentialDensity {
    static constexpr double edge = 0x1.ec9d9297ebb83p+2;  // 7.697..., where the lowest layer's tail begins
    static constexpr double area = 0x1.02d84bc4b0285p-8;  // of each layer
    static constexpr double height(double x) { return exponentialOf(-x); }
    static constexpr double inverse(double y) { return -naturalLogarithm(y); }
};

struct NormalDensity {
    static constexpr double edge = 0x1.d3bb48209ad33p+1;  // 3.654...
    static constexpr double area = 0x1.43016a5a43732p-8;
    static constexpr double height(double x) { return exponentialOf(-0.5 * x * x); }
    static constexpr double inverse(double y) { return squareRoot(-2 * naturalLogarithm(y)); }
};

// Layer 0 is the lowest rectangle together with the tail, as wide as its area demands; the top layer ends at x = 0.
// The edge solves the condition that the 256th layer closes at height 1; edge and area were found with 40 digits.
template <class Density> constexpr detail::Ziggurat buildZiggurat()
{
    std::array<double, 257> widths{};
    widths[0] = Density::area / Density::height(Density::edge);
    widths[1] = Density::edge;
    detail::Ziggurat table{};
    for (std::size_t i = 1; i < 255; ++i) {
        widths[i + 1] = Density::inverse(Density::area / widths[i] + Density::height(widths[i]));
    }
    for (std::size_t i = 0; i < 256; ++i) {
        table.layers[i] = {static_cast<std::uint64_t>(widths[i + 1] / widths[i] * 0x1p53), widths[i] * 0x1p-53};
        table.heights[i] = Density::height(widths[i]);
    }
    table.heights[256] = 1;
    return table;
}

constexpr std::uint64_t mix(std::uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

// FNV-1a; its weak high bits are repaired by the mixing that follows.
constexpr std::uint64_t hashOf(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
    return hash;
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

}  // namespace

namespace detail {
constinit const Ziggurat exponentialZiggurat = buildZiggurat<ExponentialDensity>();
constinit const Ziggurat normalZiggurat = buildZiggurat<NormalDensity>();
}  // namespace detail

// Each part is mixed in before the next one, so that exchanging node and purpose gives another stream.
RandomStream::RandomStream(std::uint64_t seed, std::string_view node, std::string_view purpose)
    : RandomStream(mix(mix(mix(seed + golden) ^ hashOf(node)) + golden + hashOf(purpose)))
{}

// splitmix64 fills the state, as the generator's authors advise: it never yields four zeros.
RandomStream::RandomStream(std::uint64_t state)
{
    for (std::uint64_t& word : state_) word = mix(state += golden);
}

double RandomStream::exponentialSlowly(std::uint64_t bits)
{
    double passed = 0;
    while (true) {
        const std::uint64_t index = bits & 255;
        const detail::Ziggurat::Layer& layer = detail::exponentialZiggurat.layers[index];
        const std::uint64_t magnitude = bits >> 11;
        const double x = static_cast<double>(static_cast<std::int64_t>(magnitude)) * layer.unit;
        if (magnitude < layer.limit) return passed + x;
        if (index == 0) {
            // An exponential has no memory: beyond the edge lies the whole law once more.
            passed += ExponentialDensity::edge;
        } else {
            const double low = detail::exponentialZiggurat.heights[index];
            const double high = detail::exponentialZiggurat.heights[index + 1];
            const double y = low + uniform() * (high - low);
            if (y < ExponentialDensity::height(x)) return passed + x;
        }
        bits = next();
    }
}

double RandomStream::normalSlowly(std::uint64_t bits)
{
    while (true) {
        const std::uint64_t index = bits & 255;
        const double sign = (bits & 256) != 0 ? -1.0 : 1.0;
        const detail::Ziggurat::Layer& layer = detail::normalZiggurat.layers[index];
        const std::uint64_t magnitude = bits >> 11;
        const double x = static_cast<double>(static_cast<std::int64_t>(magnitude)) * layer.unit;
        if (magnitude < layer.limit) return sign * x;
        if (index == 0) {
            // The tail beyond the edge (Marsaglia 1964): an exponential proposal, accepted against another.
            while (true) {
                const double beyond = exponential() * (1 / NormalDensity::edge);
                const double bound = exponential();
                if (2 * bound > beyond * beyond) return sign * (NormalDensity::edge + beyond);
            }
        }
        const double low = detail::normalZiggurat.heights[index];
        const double high = detail::normalZiggurat.heights[index + 1];
        const double y = low + uniform() * (high - low);
        if (y < NormalDensity::height(x)) return sign * x;
        bits = next();
    }
}

}  // namespace tantrum::engine
