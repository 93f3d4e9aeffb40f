#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/prefect_settings.hpp>

#include "message_of.hpp"
#include "scoped_environment.hpp"
#include "temporary_folder.hpp"

using prefect::PrefectSettings;
using prefect::SettingsError;
using test_support::message_of;
using test_support::ScopedEnvironment;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

namespace {

/// Settings found in an empty folder and home of the test's own.
class PrefectSettingsTest : public testing::Test {
 protected:
  PrefectSettingsTest() { std::filesystem::current_path(folder_.path()); }
  ~PrefectSettingsTest() override { std::filesystem::current_path(before_); }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << text;
  }

  const std::filesystem::path before_ = std::filesystem::current_path();
  test_support::TemporaryFolder folder_;
  ScopedEnvironment home_{"HOME", (folder_.path() / "home").string()};
  ScopedEnvironment prefect_home_{"PREFECT_HOME", std::nullopt};
  ScopedEnvironment url_{"PREFECT_API_URL", std::nullopt};
  ScopedEnvironment key_{"PREFECT_API_KEY", std::nullopt};
  ScopedEnvironment profile_{"PREFECT_PROFILE", std::nullopt};
  ScopedEnvironment profiles_{"PREFECT_PROFILES_PATH", std::nullopt};
};

constexpr const char* profiles = R"(active = "team"
[profiles.team]
PREFECT_API_URL = "http://profile:4200/api"
PREFECT_API_KEY = "pnu_profile"
[profiles.other]
PREFECT_API_URL = "http://other:4200/api"
[profiles.local]
)";

}  // namespace

TEST_F(PrefectSettingsTest, ThereIsNoServerUnlessSomethingNamesOne) {
  const PrefectSettings settings = PrefectSettings::load();
  EXPECT_FALSE(settings.has_server());
  EXPECT_EQ(60s, settings.request_timeout);
  EXPECT_EQ(5, settings.max_retries);
}

TEST_F(PrefectSettingsTest, EachSettingComesFromTheFirstPlaceThatHasIt) {
  write("home/.prefect/profiles.toml", profiles);
  EXPECT_EQ("http://profile:4200/api", PrefectSettings::load().api_url);
  write("pyproject.toml", "[tool.prefect.api]\nurl = \"http://pyproject:4200/api\"\n");
  EXPECT_EQ("http://pyproject:4200/api", PrefectSettings::load().api_url);
  write("prefect.toml", "[api]\nurl = \"http://toml:4200/api\"\nrequest_timeout = 2.5\n");
  EXPECT_EQ("http://toml:4200/api", PrefectSettings::load().api_url);
  write(".env", "# ours\nexport PREFECT_API_URL='http://dotenv:4200/api' # here\n");
  EXPECT_EQ("http://dotenv:4200/api", PrefectSettings::load().api_url);
  const ScopedEnvironment given("PREFECT_API_URL", "http://env:4200/api/");
  const PrefectSettings settings = PrefectSettings::load();
  EXPECT_EQ("http://env:4200/api", settings.api_url);
  EXPECT_EQ("PREFECT_API_URL in the environment", settings.api_url_source);
  EXPECT_EQ("pnu_profile", settings.api_key.reveal());
  EXPECT_EQ(2500ms, settings.request_timeout);
}

TEST_F(PrefectSettingsTest, AProfileIsChosenByNameAndItsFileByPath) {
  write("elsewhere/p.toml", profiles);
  const ScopedEnvironment path("PREFECT_PROFILES_PATH", (folder_.path() / "elsewhere/p.toml").string());
  EXPECT_EQ("http://profile:4200/api", PrefectSettings::load().api_url);
  {
    const ScopedEnvironment other("PREFECT_PROFILE", "other");
    const PrefectSettings settings = PrefectSettings::load();
    EXPECT_EQ("http://other:4200/api", settings.api_url);
    EXPECT_THAT(settings.api_url_source, HasSubstr("profile 'other' of "));
    EXPECT_EQ("", settings.api_key.reveal());
  }
  const ScopedEnvironment local("PREFECT_PROFILE", "local");
  EXPECT_FALSE(PrefectSettings::load().has_server());
}

TEST_F(PrefectSettingsTest, AProfileThatIsNotThereIsNamed) {
  write("home/.prefect/profiles.toml", profiles);
  const ScopedEnvironment wrong("PREFECT_PROFILE", "nowhere");
  EXPECT_THAT(message_of<SettingsError>(PrefectSettings::load),
              testing::AllOf(HasSubstr("'nowhere'"), HasSubstr("profiles.toml")));
}

TEST_F(PrefectSettingsTest, AMalformedFileIsNamedWithItsLine) {
  write("prefect.toml", "[api]\nurl = http://x\n");
  EXPECT_THAT(message_of<SettingsError>(PrefectSettings::load),
              testing::AllOf(HasSubstr("prefect.toml"), HasSubstr("line 2")));
}

TEST_F(PrefectSettingsTest, AMalformedValueIsNamedAndNeverShown) {
  const ScopedEnvironment url("PREFECT_API_URL", "not a url");
  EXPECT_THAT(message_of<SettingsError>(PrefectSettings::load),
              HasSubstr("PREFECT_API_URL in the environment must be"));
  const ScopedEnvironment good("PREFECT_API_URL", "http://host/api");
  {
    const ScopedEnvironment key("PREFECT_API_KEY", "secret\r\nX-Other: 1");
    EXPECT_THAT(message_of<SettingsError>(PrefectSettings::load),
                testing::AllOf(HasSubstr("PREFECT_API_KEY"), Not(HasSubstr("secret"))));
  }
  {
    const ScopedEnvironment timeout("PREFECT_API_REQUEST_TIMEOUT", "soon");
    EXPECT_THAT(message_of<SettingsError>(PrefectSettings::load), HasSubstr("PREFECT_API_REQUEST_TIMEOUT"));
  }
  const ScopedEnvironment headers("PREFECT_CLIENT_CUSTOM_HEADERS", "[1]");
  EXPECT_THAT(message_of<SettingsError>(PrefectSettings::load), HasSubstr("PREFECT_CLIENT_CUSTOM_HEADERS"));
}

TEST_F(PrefectSettingsTest, TheRestOfTheClientsSettingsAreReadInEveryForm) {
  write("prefect.toml", R"([api]
url = "https://host/api"
tls_insecure_skip_verify = true
ssl_cert_file = "/etc/ca.pem"
enable_http2 = true
[client]
max_retries = 2
retry_jitter_factor = 0.5
retry_extra_codes = [401, 404]
csrf_support_enabled = false
[client.custom_headers]
"X-Team" = "data"
[logging.to_api]
enabled = false
)");
  const PrefectSettings settings = PrefectSettings::load();
  EXPECT_TRUE(settings.tls_insecure_skip_verify);
  EXPECT_EQ("/etc/ca.pem", settings.ssl_cert_file);
  EXPECT_TRUE(settings.enable_http2);
  EXPECT_EQ(2, settings.max_retries);
  EXPECT_EQ(0.5, settings.retry_jitter_factor);
  EXPECT_EQ((std::set<int>{401, 404}), settings.retry_extra_codes);
  EXPECT_FALSE(settings.csrf_support);
  EXPECT_FALSE(settings.logging_to_api);
  ASSERT_TRUE(settings.custom_headers.contains("X-Team"));
  EXPECT_EQ("data", settings.custom_headers.at("X-Team").reveal());
  const ScopedEnvironment codes("PREFECT_CLIENT_RETRY_EXTRA_CODES", "500, 404");
  EXPECT_EQ((std::set<int>{404, 500}), PrefectSettings::load().retry_extra_codes);
}

TEST(PrefectUrl, IsShownWithoutUserAndPassword) {
  EXPECT_EQ("http://host:4200/api", prefect::url_without_userinfo("http://user:p@ss@host:4200/api"));
  EXPECT_EQ("http://host/a@b", prefect::url_without_userinfo("http://host/a@b"));
}
