#include "app/core/version.h"

namespace tantrum::app {

std::string_view version() { return TANTRUM_VERSION; }

}  // namespace tantrum::app
