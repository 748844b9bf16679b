// The colours of pictures we export, by meaning: look.md §1.
#pragma once

#include <string_view>

namespace tantrum::app {

struct Colours {
    std::string_view background, panel, card, track, divider, border, grid, link;
    std::string_view text1, text2, text3, accent;
    std::string_view request, ok, slow, retry, timeout, rejected, error, crashed, message;
    std::string_view onError;  ///< words on the error colour
};

inline constexpr Colours darkColours{
    "#0D1013", "#13171B", "#1A1F24", "#2D363F", "#232A30", "#36404A", "#20262C", "#3D4853",
    "#E8ECEF", "#B0BAC3", "#87929D", "#6BA4FF",
    "#CBDCF0", "#4CC798", "#EDD877", "#EB9424", "#807CF4", "#D352B0", "#F2573F", "#C9CFD5", "#1FAEEA", "#0D1013"};

inline constexpr Colours lightColours{
    "#F1F3F5", "#FFFFFF", "#FFFFFF", "#DDE2E7", "#E1E5E9", "#C3CAD1", "#E9ECEF", "#B4BDC6",
    "#14191E", "#414B55", "#5F6A75", "#1F5FD6",
    "#3A4E6C", "#116B45", "#998434", "#C66A10", "#6E33C4", "#C2359A", "#AD121C", "#2B3138", "#1A86D0", "#FFFFFF"};

}  // namespace tantrum::app
