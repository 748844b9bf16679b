// The program's own version, as the build gave it.
#pragma once

#include <string_view>

namespace tantrum::app {

/// Of this build: "0.1.0".
std::string_view version();

}  // namespace tantrum::app
