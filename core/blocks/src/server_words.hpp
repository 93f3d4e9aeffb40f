#pragma once

#include <string>

#include <prefect_sqlalchemy/blocks/prefect_settings.hpp>

#include "http_exchange.hpp"

namespace prefect {

/// What a server says in the body of an error, as one line. Of a validation error only the places and
/// reasons: the values beside them are what was sent, secrets included.
std::string server_words(const std::string& body);

/// What to do about an answer, beginning with "; ", or nothing.
std::string advice(const HttpAnswer& answer, const std::string& words, const PrefectSettings& settings);

/// A text with the settings' secrets replaced by stars.
std::string without_secrets(std::string text, const PrefectSettings& settings);

}  // namespace prefect
