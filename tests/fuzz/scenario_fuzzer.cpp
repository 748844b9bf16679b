// libFuzzer: the reader and the writer end, whatever the bytes.
#include "models/scenario/document.h"
#include "tests/models/scenario/fakes.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(tantrum::tests::readText(text));
    tantrum::models::scenario::Document document(text, "fuzz.yaml", tantrum::tests::fakes());
    static_cast<void>(document.set("web.workers", "3"));
    static_cast<void>(document.set("web -> inventory.retry.attempts", "3"));
    static_cast<void>(document.remove("nodes.web"));
    return 0;
}
