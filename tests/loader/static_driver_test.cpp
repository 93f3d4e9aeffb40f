#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "plugin_folder.hpp"

extern "C" std::int32_t psa_fake_driver_entry(const psa_host* host, psa_driver* out, void* sink);

namespace prefect_sqlalchemy {
namespace {

using test_support::PluginFolder;
using testing::HasSubstr;

std::int32_t refusing_entry(const psa_host*, psa_driver*, void*) { return PSA_ERROR; }

TEST(StaticDriver, GoesBeforeEveryFolder) {
  const PluginFolder folder;
  folder.add("fake", "fake+linked");
  register_static_driver({"fake+linked"}, psa_fake_driver_entry);
  const auto& driver = find_driver("fake+linked");
  EXPECT_EQ(driver.plugin_name(), "fake");
  EXPECT_EQ(driver.library(), "");
  EXPECT_EQ(driver.table().struct_size, sizeof(psa_driver));
}

TEST(StaticDriver, MayBeRegisteredTwiceAlike) {
  register_static_driver({"fake+twice"}, psa_fake_driver_entry);
  register_static_driver({"fake+twice", "fake+more"}, psa_fake_driver_entry);
  EXPECT_EQ(explain_driver("fake+twice").candidates.size(), 1u);
  EXPECT_EQ(find_driver("fake+more").plugin_name(), "fake");
  EXPECT_THROW(register_static_driver({"fake+twice"}, refusing_entry), ArgumentError);
}

TEST(StaticDriver, NeedsANameAndAnEntry) {
  EXPECT_THROW(register_static_driver({}, psa_fake_driver_entry), ArgumentError);
  EXPECT_THROW(register_static_driver({"a/b"}, psa_fake_driver_entry), ArgumentError);
  EXPECT_THROW(register_static_driver({"fake+null"}, nullptr), ArgumentError);
}

TEST(StaticDriver, CannotReplaceALoadedOne) {
  const PluginFolder folder;
  folder.add("fake", "fake+in_use");
  find_driver("fake+in_use");
  EXPECT_THROW(register_static_driver({"fake+in_use"}, refusing_entry), ArgumentError);
}

TEST(StaticDriver, ThatRefusesIsAnErrorEvenIfAFolderHoldsAnother) {
  const PluginFolder folder;
  folder.add("fake", "fake+refuses");
  register_static_driver({"fake+refuses"}, refusing_entry);
  try {
    find_driver("fake+refuses");
    FAIL() << "found";
  } catch (const MissingDriverError& error) {
    EXPECT_THAT(error.what(), HasSubstr("fake+refuses (linked into the program)"));
    EXPECT_THAT(error.what(), HasSubstr("refused without saying why (status 2)"));
    EXPECT_EQ(error.candidates().size(), 2u);
    EXPECT_EQ(error.install_hint(), "");
  }
}

}  // namespace
}  // namespace prefect_sqlalchemy
