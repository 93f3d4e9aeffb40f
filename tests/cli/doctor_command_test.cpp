#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "psa_command.hpp"

namespace {

namespace fs = std::filesystem;
using test_support::PsaCommand;
using test_support::PsaRun;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class PsaDoctor : public testing::Test {
 protected:
  PsaDoctor() { psa_.set("PREFECT_SQLALCHEMY_DRIVER_PATH", PSA_FAKES_FOLDER); }
  PsaRun doctor(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"doctor"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return psa_.run(all);
  }
  boost::json::value json(const std::string& driver) const {
    return boost::json::parse(doctor({"--json", driver}).out);
  }
  /// A folder with a copy of a fake driver.
  std::string copy_of(const std::string& fake, const std::string& name) const {
    const auto folder = psa_.folder() / name;
    fs::create_directory(folder);
    fs::permissions(folder, fs::perms(0755));
    for (const char* ending : {".so", ".json"}) {
      fs::copy(fs::path(PSA_FAKES_FOLDER) / (fake + ending), folder, fs::copy_options::overwrite_existing);
    }
    return folder.string();
  }

  PsaCommand psa_;
};

TEST_F(PsaDoctor, TellsThatADriverIsTakenAndWhy) {
  const auto done = doctor({"fake+good"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, AllOf(HasSubstr("  plugin     fake 1.0.0\n"), HasSubstr("  verdict    taken\n"),
                              HasSubstr("  serves     fake, fake+good\n"),
                              HasSubstr("  variable   PREFECT_SQLALCHEMY_DRIVER_PATH=" PSA_FAKES_FOLDER "\n"),
                              HasSubstr("  (ignored: PREFECT_SQLALCHEMY_DRIVER_PATH takes its place)")));
}

TEST_F(PsaDoctor, TellsWhatToInstall) {
  const auto done = doctor({"oracle+oracledb"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, HasSubstr("no driver plugin is installed for \"oracle+oracledb\"\n"
                                  "  install    apt install prefect-sqlalchemy-driver-odbc\n"));
  EXPECT_THAT(doctor({"fake+goof"}).out, HasSubstr("  similar    fake+good\n"));
}

TEST_F(PsaDoctor, FindsTheLibraryThatAPluginMisses) {
  const auto done = doctor({"--no-load", "fake_without_client"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out,
              AllOf(HasSubstr("  verdict    refused: cannot be loaded: libfake_client.so is not installed\n"),
                    HasSubstr("  missing    libfake_client.so (needed by " PSA_FAKES_FOLDER
                              "/fake_without_client.so)\n"),
                    HasSubstr("  install    apt install --reinstall fake-package\n")));
  const auto missing = json("fake_without_client").at("candidates").at(0).at("missing_libraries");
  EXPECT_EQ(missing.at(0).at("name").as_string(), "libfake_client.so");
}

TEST_F(PsaDoctor, SaysWhatAPluginDoesWrongWhenItIsLoaded) {
  const auto reason = [&](const std::string& driver) {
    const auto done = doctor({driver});
    EXPECT_EQ(done.exit_code, 1) << driver;
    const auto at = done.out.find("  verdict    refused: ");
    return done.out.substr(at + 22, done.out.find('\n', at) - at - 22);
  };
  EXPECT_EQ(reason("fake_refusing"), "its entry function refused: the client is older than 3.0");
  EXPECT_EQ(reason("fake_throwing"), "its entry function threw an exception: thrown out of the entry");
  EXPECT_EQ(reason("fake_hollow"), "its table lacks the required function result_release");
  EXPECT_EQ(reason("fake_boastful"), "it claims the capability cancel and its table lacks cancel_new");
  EXPECT_EQ(reason("fake_other_table_name"),
            "its table says its name is somebody_else, its identity fake_other_table_name");
  EXPECT_THAT(reason("fake_other_name"), StartsWith("its manifest and its library do not belong together"));
  EXPECT_EQ(doctor({"fake_short"}).exit_code, 0);  // of an older minor: what it has not is not used
}

TEST_F(PsaDoctor, SurvivesAPluginThatEndsItsProcess) {
  const auto done = doctor({"fake_crashing"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, HasSubstr("  verdict    refused: ends the process that loads it: Aborted\n"));
}

TEST_F(PsaDoctor, ShowsBothPluginsThatClaimOneName) {
  const auto first = copy_of("fake", "first"), second = copy_of("fake", "second");
  psa_.set("PREFECT_SQLALCHEMY_DRIVER_PATH", first + ":" + second);
  const auto shown = doctor({"fake"}).out;
  EXPECT_THAT(shown, AllOf(HasSubstr("  manifest   " + first), HasSubstr("  manifest   " + second),
                           HasSubstr("  verdict    taken\n"),
                           HasSubstr("  verdict    passed over: the first in order decides\n")));
  EXPECT_LT(shown.find(first), shown.find(second));
  const auto candidates = json("fake").at("candidates").as_array();
  ASSERT_EQ(candidates.size(), 2u);
  EXPECT_EQ(candidates.at(0).at("verdict").as_string(), "taken");
  EXPECT_EQ(candidates.at(1).at("verdict").as_string(), "passed over");
}

TEST_F(PsaDoctor, NamesTheFileThatAManifestLeadsToAndThatIsNotThere) {
  const auto folder = copy_of("fake", "half");
  fs::remove(fs::path(folder) / "fake.so");
  psa_.set("PREFECT_SQLALCHEMY_DRIVER_PATH", folder);
  EXPECT_THAT(doctor({"fake"}).out,
              AllOf(HasSubstr("  library    " + folder + "/fake.so\n"),
                    HasSubstr("refused: cannot be opened: No such file or directory\n")));
}

TEST_F(PsaDoctor, LooksAtEveryPluginWhenNoneIsNamed) {
  psa_.set("PREFECT_SQLALCHEMY_DRIVER_PATH",
           copy_of("fake", "some") + ":" + copy_of("fake_refusing", "others"));
  const auto done = doctor({});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, AllOf(HasSubstr("a driver plugin is installed for \"fake\""),
                              HasSubstr("the driver plugin for \"fake_refusing\" cannot be used")));
}

TEST_F(PsaDoctor, RefusesWhatIsNoDriversName) { EXPECT_EQ(doctor({"../fake"}).exit_code, 2); }

TEST_F(PsaDoctor, TellsOfAllowListsAndTheSwitch) {
  const auto folder = copy_of("fake", "pinned");
  psa_.set("PREFECT_SQLALCHEMY_DRIVER_PATH", folder);
  const test_support::TemporaryFolder lists;
  const auto list = lists.write("allowed", "# nothing yet\n").string();
  psa_.set("PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST", list);
  EXPECT_THAT(doctor({"fake"}).out,
              AllOf(HasSubstr("  verdict    refused: is not in the allow-list " + list + "\n"),
                    HasSubstr("  allowed    only what " + list + " pins\n")));
  psa_.set("PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS", "1");
  EXPECT_THAT(doctor({"fake"}).out,
              HasSubstr("no driver for \"fake\" is linked into the program, and no plugin is loaded: "
                        "PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS is set\n"));
}

TEST_F(PsaDoctor, IsLoggedByEveryProgramThatIsAskedTo) {
  psa_.set("PREFECT_SQLALCHEMY_LOADER_DEBUG", "1");
  const auto failed = psa_.run({"query", "fake_refusing://h/d", "SELECT 1"});
  EXPECT_THAT(failed.err, AllOf(HasSubstr("[debug] the driver plugin for \"fake_refusing\" cannot be used"),
                                HasSubstr("  verdict    refused: its entry function refused")));
  psa_.set("PREFECT_SQLALCHEMY_LOADER_DEBUG", "0");
  EXPECT_THAT(psa_.run({"query", "fake_refusing://h/d", "SELECT 1"}).err, Not(HasSubstr("[debug]")));
}

TEST(PsaDrivers, ListsPluginsWithWhatSpeaksAgainstThem) {
  PsaCommand psa;
  psa.set("PREFECT_SQLALCHEMY_DRIVER_PATH", PSA_FAKES_FOLDER);
  const auto list = psa.output({"drivers"});
  EXPECT_THAT(list, HasSubstr("fake 1.0.0  " PSA_FAKES_FOLDER "/fake.so\n    fake\n    fake+good\n"));
  EXPECT_THAT(list, HasSubstr("    cannot be used: built for ABI 2.0; this library speaks "));
  const auto plugins = boost::json::parse(psa.output({"drivers", "--json"})).as_array();
  EXPECT_TRUE(std::any_of(plugins.begin(), plugins.end(),
                          [](const auto& plugin) { return plugin.at("plugin").as_string() == "fake"; }));
  psa.set("PREFECT_SQLALCHEMY_DRIVER_PATH", "/nowhere");
  EXPECT_THAT(psa.run({"drivers"}).err, HasSubstr("psa doctor"));
}

}  // namespace
