#include "secret_cipher.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>

#include "private_home.hpp"

namespace {

using boost::json::object;
using prefect::BlockSecretError;
using prefect::BlockType;
using prefect::StoreKey;

object parsed(const char* text) { return boost::json::parse(text).get_object(); }

StoreKey key_of(unsigned char byte) {
  StoreKey::Bytes bytes;
  bytes.fill(byte);
  return StoreKey(bytes, "a key of " + std::to_string(byte));
}
StoreKey key_one() { return key_of(1); }
StoreKey key_two() { return key_of(2); }
StoreKey no_key() { throw BlockSecretError("asked for a key"); }

const BlockType type{.secret_fields = {"info.password", "headers.*"}, .url_fields = {"info", "url"}};

object sealed(object data) {
  prefect::encrypt_secrets(data, type, "webhook/x", key_one);
  return data;
}

object opened(object data, const std::string& place = "webhook/x", const prefect::KeySource& key = key_one) {
  prefect::decrypt_secrets(data, place, key);
  return data;
}

object& at(object& data, const char* key) { return data.at(key).get_object(); }

TEST(SecretCipher, GivesBackWhatItTook) {
  const object data =
      parsed(R"({"info": {"user": "ann", "password": "geheim"}, "headers": {"a": {"x": [1, 2.5, null]}}})");
  EXPECT_EQ(data, opened(sealed(data)));
}

TEST(SecretCipher, LeavesNothingOfASecretInTheText) {
  const std::string text =
      boost::json::serialize(sealed(parsed(R"({"info": {"user": "ann", "password": "geheim"}})")));
  EXPECT_EQ(std::string::npos, text.find("geheim")) << text;
  EXPECT_NE(std::string::npos, text.find("ann")) << text;
}

TEST(SecretCipher, EncryptsTheSameTextToOtherBytesEachTime) {
  const object data = parsed(R"({"info": {"password": "geheim"}})");
  EXPECT_NE(sealed(data), sealed(data));
}

TEST(SecretCipher, AUrlWithAPasswordIsEncryptedWholeAndOneWithoutStays) {
  const object data = parsed(R"({"info": "postgresql://ann:geheim@db/x", "url": "sqlite:///a.db"})");
  const object stored = sealed(data);
  EXPECT_EQ(std::string::npos, boost::json::serialize(stored).find("geheim"));
  EXPECT_EQ("sqlite:///a.db", stored.at("url"));
  EXPECT_EQ(data, opened(stored));
}

TEST(SecretCipher, ADocumentWithoutSecretsNeedsNoKey) {
  object data = parsed(R"({"info": {"user": "ann", "password": null}, "url": "sqlite://"})");
  const object before = data;
  prefect::encrypt_secrets(data, type, "webhook/x", no_key);
  EXPECT_EQ(before, data);
  EXPECT_EQ(before, opened(data, "webhook/x", no_key));
}

TEST(SecretCipher, AUsersOwnObjectOfTheSameFormIsNotTakenForASecret) {
  const object data =
      parsed(R"({"note": {"$psa_secret": {"v": 1, "sealed": "AAAA"}}, "list": [{"$psa_secret": 1}],
                                 "info": {"password": {"$psa_secret": 2}}, "$psa_secret": 3})");
  EXPECT_EQ(data, opened(sealed(data)));
}

TEST(SecretCipher, ASecretInsideASecretIsEncryptedOnce) {
  const BlockType nested{.secret_fields = {"a.b", "a", "a.b.c"}};
  const object data = parsed(R"({"a": {"b": {"c": "geheim"}}})");
  object stored = data;
  prefect::encrypt_secrets(stored, nested, "webhook/x", key_one);
  EXPECT_EQ(data, opened(stored));
}

TEST(SecretCipher, AnotherKeyIsRefusedNamingFieldBlockAndKey) {
  const object stored = sealed(parsed(R"({"info": {"password": "geheim"}})"));
  const auto text = message_of<BlockSecretError>([&] { opened(stored, "webhook/x", key_two); });
  for (const char* part : {"/info/password", "webhook/x", "another key", "a key of 2"}) {
    EXPECT_NE(std::string::npos, text.find(part)) << part << " in " << text;
  }
}

TEST(SecretCipher, AChangedSecretIsRefused) {
  object stored = sealed(parsed(R"({"info": {"password": "geheim"}})"));
  auto& text = at(at(at(stored, "info"), "password"), "$psa_secret").at("sealed").get_string();
  text[10] = text[10] == 'A' ? 'B' : 'A';
  EXPECT_NE(std::string::npos, message_of<BlockSecretError>([&] { opened(stored); }).find("was changed"));
}

TEST(SecretCipher, WhatMayBeShownCannotBeChangedEither) {
  object stored = sealed(parsed(R"({"info": "postgresql://ann:geheim@db/x"})"));
  at(at(stored, "info"), "$psa_secret").at("shown") = "postgresql://ann:***@evil/x";
  EXPECT_THROW(opened(stored), BlockSecretError);
}

TEST(SecretCipher, ASecretMovedToAnotherFieldOrBlockIsRefused) {
  object stored = sealed(parsed(R"({"info": {"password": "geheim"}})"));
  EXPECT_THROW(opened(stored, "webhook/y"), BlockSecretError);
  stored["url"] = at(stored, "info").at("password");
  at(stored, "info").erase("password");
  EXPECT_THROW(opened(stored), BlockSecretError);
}

TEST(SecretCipher, BrokenFormsAreRefused) {
  for (const char* broken :
       {R"({"a": {"$psa_secret": null}})", R"({"a": {"$psa_secret": {"v": 2}}})",
        R"({"a": {"$psa_secret": {"v": 1}, "more": 1}})", R"({"a": {"$psa_secret": {"v": 1}}})"}) {
    EXPECT_THROW(opened(parsed(broken)), BlockSecretError) << broken;
  }
}

TEST(SecretCipher, MasksWithoutAKey) {
  object stored =
      sealed(parsed(R"({"info": {"user": "ann", "password": "geheim"}, "url": "mysql://ann:geheim@db/x"})"));
  prefect::mask_encrypted(stored);
  EXPECT_EQ(parsed(R"({"info": {"user": "ann", "password": "********"}, "url": "mysql://ann:***@db/x"})"),
            stored);
}

}  // namespace
