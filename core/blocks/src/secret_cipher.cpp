#include "secret_cipher.hpp"

#include <map>
#include <optional>
#include <vector>

#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/secret_fields.hpp>

#include "json_text.hpp"

namespace prefect {
namespace {

namespace json = boost::json;
using Bytes = std::vector<unsigned char>;

constexpr std::string_view marker = "$psa_secret";
constexpr auto base64 = sodium_base64_VARIANT_ORIGINAL;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

std::string encoded(const Bytes& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), base64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), base64);
  text.pop_back();
  return text;
}

std::optional<Bytes> decoded(std::string_view text) {
  Bytes bytes(text.size());
  std::size_t size = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        base64)) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

bool looks_encrypted(const json::value& value) {
  const auto* const object = value.if_object();
  return object != nullptr && object->contains(marker);
}

std::string text_of(const json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// What the encrypted bytes are bound to. As JSON, so that no border between the parts can be moved.
std::string bound_to(const std::string& place, const std::string& pointer, const std::string& shown) {
  return json::serialize(json::array{place, pointer, shown});
}

json::object encrypted(const json::value& value, const std::string& bound, const std::string& shown,
                       const StoreKey& key) {
  std::string clear = json::serialize(value);
  Bytes sealed(nonce_size + clear.size() + tag_size);
  randombytes_buf(sealed.data(), nonce_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      sealed.data() + nonce_size, nullptr, reinterpret_cast<const unsigned char*>(clear.data()), clear.size(),
      reinterpret_cast<const unsigned char*>(bound.data()), bound.size(), nullptr, sealed.data(),
      key.bytes().data());
  sodium_memzero(clear.data(), clear.size());
  return {{marker, json::object{
                       {"v", 1}, {"key", key.fingerprint()}, {"shown", shown}, {"sealed", encoded(sealed)}}}};
}

[[noreturn]] void throw_unreadable(const std::string& pointer, const std::string& place, const StoreKey& key,
                                   const std::string& reason) {
  throw BlockSecretError(
      "the secret at " + pointer + " of block " + place + " cannot be decrypted: " + reason +
      " (the key in use is that of " + key.source() +
      "); put the right key back, or save the block anew; the document has not been changed");
}

json::value decrypted(const json::object& object, const std::string& pointer, const std::string& place,
                      const StoreKey& key) {
  const auto* const inner = object.at(marker).if_object();
  const auto* const version = inner == nullptr ? nullptr : inner->if_contains("v");
  if (object.size() != 1 || version == nullptr || *version != 1) {
    throw_unreadable(pointer, place, key, "it has a form that this version of the library does not know");
  }
  if (text_of(*inner, "key") != key.fingerprint()) {
    throw_unreadable(pointer, place, key, "it was encrypted with another key");
  }
  const auto sealed = decoded(text_of(*inner, "sealed"));
  const std::string bound = bound_to(place, pointer, text_of(*inner, "shown"));
  if (sealed && sealed->size() >= nonce_size + tag_size) {
    std::string clear(sealed->size() - nonce_size - tag_size, '\0');
    const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        reinterpret_cast<unsigned char*>(clear.data()), nullptr, nullptr, sealed->data() + nonce_size,
        sealed->size() - nonce_size, reinterpret_cast<const unsigned char*>(bound.data()), bound.size(),
        sealed->data(), key.bytes().data());
    if (failed == 0) {
      json::value value = parse_json(clear);
      sodium_memzero(clear.data(), clear.size());
      return value;
    }
  }
  throw_unreadable(pointer, place, key, "it was changed, or moved here from elsewhere");
}

/// Calls visit for every object with the marker, outermost first and not inside one.
void for_each_marked(json::value& value, const std::string& pointer,
                     const std::function<void(json::value&, const std::string&)>& visit) {
  if (looks_encrypted(value)) return visit(value, pointer);
  if (auto* const object = value.if_object()) {
    for (auto& [key, field] : *object) for_each_marked(field, pointer_to(pointer, key), visit);
  } else if (auto* const array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      for_each_marked((*array)[i], pointer_to(pointer, i), visit);
  }
}

void for_each_marked_field(json::object& data,
                           const std::function<void(json::value&, const std::string&)>& visit) {
  for (auto& [key, field] : data) for_each_marked(field, pointer_to("", key), visit);
}

/// JSON pointers of what is to be encrypted, with what may be shown of each.
using Places = std::map<std::string, std::string>;

bool below_another(const Places& places, std::string_view pointer) {
  for (auto slash = pointer.rfind('/'); slash != 0; slash = pointer.rfind('/', slash - 1)) {
    if (places.contains(std::string(pointer.substr(0, slash)))) return true;
  }
  return false;
}

Places secret_places(json::object& data, const BlockType& type) {
  const std::string stars(secret_stars);
  Places places;
  const auto add_hidden = [&](json::value&, const std::string& pointer) { places[pointer] = stars; };
  for (const auto& path : type.url_fields) {
    for_each_at(data, path, [&](json::value& value, const std::string& pointer) {
      if (!value.is_string()) return;
      const std::string shown = url_without_secrets(value.get_string());
      if (!shown.empty()) places[pointer] = shown;
    });
  }
  for (const auto& path : type.secret_fields) for_each_at(data, path, add_hidden);
  for_each_marked_field(data, add_hidden);
  std::erase_if(places, [all = places](const auto& entry) { return below_another(all, entry.first); });
  return places;
}

}  // namespace

void encrypt_secrets(json::object& data, const BlockType& type, const std::string& place,
                     const KeySource& source) {
  const Places places = secret_places(data, type);
  if (places.empty()) return;
  const StoreKey key = source();
  json::value whole(std::move(data));
  for (const auto& [pointer, shown] : places) {
    json::value& value = whole.at_pointer(pointer);
    value = encrypted(value, bound_to(place, pointer, shown), shown, key);
  }
  data = std::move(whole.get_object());
}

void decrypt_secrets(json::object& data, const std::string& place, const KeySource& source) {
  std::optional<StoreKey> key;
  for_each_marked_field(data, [&](json::value& value, const std::string& pointer) {
    try {
      if (!key) key.emplace(source());
    } catch (const BlockSecretError& error) {
      throw BlockSecretError("the secret at " + pointer + " of block " + place +
                             " cannot be decrypted: " + error.what());
    }
    value = decrypted(value.get_object(), pointer, place, *key);
  });
}

void mask_encrypted(json::object& data) {
  for_each_marked_field(data, [](json::value& value, const std::string&) {
    const auto* const inner = value.get_object().at(marker).if_object();
    std::string shown = inner == nullptr ? std::string() : text_of(*inner, "shown");
    value = shown.empty() ? std::string(secret_stars) : shown;
  });
}

}  // namespace prefect
