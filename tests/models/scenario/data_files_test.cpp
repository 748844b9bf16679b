#include "tests/models/scenario/fakes.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tantrum::tests {
namespace {

class DataFilesTest : public testing::Test {
protected:
    DataFilesTest()
        : directory(std::filesystem::temp_directory_path() / ("tantrum_files_" + std::to_string(::getpid())))
    {
        std::filesystem::create_directories(directory / "inner");
    }
    ~DataFilesTest() override { std::filesystem::remove_all(directory); }
    void write(const std::string& name, const std::string& text) { std::ofstream(directory / name) << text; }
    std::string problem(const std::string& value, const std::string& key = "work")
    {
        const std::string other = key == "work" ? "service" : "client, sends: b";
        const auto result = readText("tantrum: 1\nduration: 1s\nnodes: {a: {type: " + other + ", " + key + ": " +
                                         value + "}, b: {type: service}}\n",
                                     (directory / "inner").string());
        return result.scenario ? "fine" : result.diagnostics.at(0).message;
    }
    std::filesystem::path directory;
};

TEST_F(DataFilesTest, MeasuredValuesAreDrawnFrom)
{
    write("inner/latency.csv", "seconds,other\n0.001,x\n# a comment\n\n3ms,y\r\n");
    const auto result = readText("tantrum: 1\nduration: 1s\nnodes: {a: {type: service, work: empirical(latency.csv)}, "
                                 "b: {type: service, work: shifted(1ms empirical(latency.csv))}}\n",
                                 (directory / "inner").string());
    ASSERT_TRUE(result.scenario) << problemsOf(result);
    EXPECT_NEAR(result.scenario->nodes[0].parameters.as<ServiceParams>().work.distribution.mean(), 2e6, 1e-3);
    EXPECT_NEAR(result.scenario->nodes[1].parameters.as<ServiceParams>().work.distribution.mean(), 3e6, 1e-3);
}

TEST_F(DataFilesTest, TracesAscend)
{
    write("inner/good.csv", "0.5\n0.5\n1.25\n");
    write("inner/bad.csv", "0.5\n0.25\n");
    EXPECT_EQ(problem("trace(good.csv)", "arrivals"), "fine");
    EXPECT_EQ(problem("trace(bad.csv)", "arrivals"), "the file 'bad.csv': value 2 is earlier than the one before");
}

TEST_F(DataFilesTest, NothingOutsideTheDirectoryIsRead)
{
    write("secret.csv", "1\n");
    std::filesystem::create_symlink(directory / "secret.csv", directory / "inner/link.csv");
    EXPECT_EQ(problem("empirical(../secret.csv)"), "'../secret.csv' is outside the scenario's directory");
    EXPECT_EQ(problem("empirical(link.csv)"), "'link.csv' is outside the scenario's directory");
    EXPECT_EQ(problem("empirical(/etc/passwd)"), "'/etc/passwd' is outside the scenario's directory");
    EXPECT_EQ(problem("empirical(.)"), "'.' is not a regular file");
    EXPECT_EQ(problem("empirical(none.csv)"), "there is no file 'none.csv'");
}

TEST_F(DataFilesTest, WrongContentIsSaid)
{
    write("inner/empty.csv", "\n# nothing\n");
    write("inner/words.csv", "1\ntwo\n");
    write("inner/negative.csv", "1\n-2\n");
    write("inner/long.csv", "1\n" + std::string(10'000, '1') + "\n");
    std::string many;
    for (int i = 0; i < 1'000'001; ++i) many += "1\n";
    write("inner/many.csv", many);
    EXPECT_EQ(problem("empirical(empty.csv)"), "the file 'empty.csv' has no values");
    EXPECT_EQ(problem("empirical(words.csv)"), "words.csv, line 2: 'two' is not a value");
    EXPECT_EQ(problem("empirical(negative.csv)"), "negative.csv, line 2: '-2' is not a value");
    EXPECT_EQ(problem("empirical(long.csv)"), "long.csv, line 2: cannot be read, or is too long");
    EXPECT_EQ(problem("empirical(many.csv)"), "the file 'many.csv' has more than 1000000 values");
}

}  // namespace
}  // namespace tantrum::tests
