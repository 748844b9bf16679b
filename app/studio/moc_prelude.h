// Qt 6.4's moc stumbles over libstdc++'s <concepts> when it is the first standard header it meets ("Parse error at
// std"); engine/time.h starts with <compare>. AUTOMOC reads this file first.
#pragma once

#include <vector>
