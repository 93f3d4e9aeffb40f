#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/blocks/block_type.hpp>

#include "store_key.hpp"

namespace prefect {

/// Encryption of single values in a JSON document, for keeping at rest.
///
/// An encrypted value is an object with the one key "$psa_secret". It is bound to its document and its place
/// there: moved elsewhere it is refused. A value of the user's that looks like one is encrypted too, so that
/// every such object in a stored document is ours, whatever the block's type says by then.

/// Asked only where a document holds a secret, so that one without needs no key.
using KeySource = std::function<StoreKey()>;

/// Encrypts what the type calls secret.
/// @param place  names the document: "slug/name"
void encrypt_secrets(boost::json::object& data, const BlockType& type, const std::string& place,
                     const KeySource& key);

/// Turns every encrypted value back.
/// @throws BlockSecretError  names the field, the document and the key's source
void decrypt_secrets(boost::json::object& data, const std::string& place, const KeySource& key);

/// Replaces every encrypted value by what may be shown of it; needs no key.
void mask_encrypted(boost::json::object& data);

}  // namespace prefect
