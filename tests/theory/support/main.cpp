// theory_tests [--table[=FILE]] [GoogleTest's own arguments]
//   --table: also prints every law with what was measured for each seed, and writes the same to FILE as CSV
//            (theory.csv next to the program, unless told otherwise).
#include "tests/theory/support/ledger.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>

int main(int count, char** arguments)
{
    testing::InitGoogleTest(&count, arguments);
    std::string file;
    for (int index = 1; index < count; ++index) {
        const std::string argument = arguments[index];
        if (argument == "--table") {
            file = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "theory.csv";
        } else if (argument.starts_with("--table=") && argument.size() > 8) {
            file = argument.substr(8);
        } else {
            std::fprintf(stderr, "theory_tests: '%s' is not known; --table or --table=FILE\n", argument.c_str());
            return 2;
        }
    }
    const int result = RUN_ALL_TESTS();
    if (file.empty()) return result;
    const auto& ledger = tantrum::theory::Ledger::instance();
    ledger.print();
    if (ledger.write(file)) {
        std::printf("written to %s\n", file.c_str());
        return result;
    }
    std::fprintf(stderr, "theory_tests: %s cannot be written\n", file.c_str());
    return 3;
}
