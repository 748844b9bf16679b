// The window's executable, seen from outside: started for a person, or used to turn an SVG into a PNG.
#pragma once

#include "app/core/expected.h"

#include <filesystem>
#include <string>
#include <vector>

namespace tantrum::app {

/// tantrum-studio next to our own executable, else in PATH.
Expected<std::filesystem::path> findStudio();

/// Replaces this process by the window. Returns only on failure: no studio, or no display to show it on.
Failure becomeStudio(const std::vector<std::string>& arguments);

/// Renders an SVG file as a PNG through `tantrum-studio --render-svg IN OUT`; needs no display.
Expected<void> renderPng(const std::filesystem::path& svg, const std::filesystem::path& png);

}  // namespace tantrum::app
