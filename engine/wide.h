// 128-bit whole numbers, which the compiler has and the standard has not.
#pragma once

namespace tantrum::engine::detail {

__extension__ using Unsigned128 = unsigned __int128;
__extension__ using Signed128 = __int128;

}  // namespace tantrum::engine::detail
