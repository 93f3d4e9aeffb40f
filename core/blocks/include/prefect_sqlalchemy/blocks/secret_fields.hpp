#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/blocks/block_type.hpp>

namespace prefect {

/// Eight stars, which stand for a hidden value, as on Prefect's server.
inline constexpr std::string_view secret_stars = "********";

/// Calls a function for each value that a path (see BlockType) leads to; null and missing ones are left out.
/// @param visit  gets the value, which it may replace, and its place as a JSON pointer (RFC 6901)
PREFECT_SQLALCHEMY_API void for_each_at(
    boost::json::object& data, std::string_view path,
    const std::function<void(boost::json::value& value, const std::string& pointer)>& visit);

/// How a database URL is shown: with its password hidden. What cannot be parsed is shown as stars.
/// @return an empty text if nothing in it is secret, so that it may be shown as it is
PREFECT_SQLALCHEMY_API std::string url_without_secrets(std::string_view url);

/// Replaces all secrets in a document by stars, and URLs with a password by ones that hide it.
PREFECT_SQLALCHEMY_API void mask_secrets(boost::json::object& data, const BlockType& type);

}  // namespace prefect
