#include <chrono>

#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/local_block_store.hpp>

#include "block_words.hpp"
#include "json_text.hpp"
#include "secret_cipher.hpp"

namespace prefect {
namespace {

using prefect_sqlalchemy::Connection;
using prefect_sqlalchemy::IntegrityError;
using prefect_sqlalchemy::Row;
using prefect_sqlalchemy::TimestampTz;
using prefect_sqlalchemy::Uuid;

std::string place_of(std::string_view slug, std::string_view name) {
  return std::string(slug) + '/' + std::string(name);
}

std::string now_text() {
  using namespace std::chrono;
  return prefect_sqlalchemy::to_iso(floor<microseconds>(system_clock::now()));
}

TimestampTz moment(std::string_view text) {
  TimestampTz time{};
  prefect_sqlalchemy::from_iso(text, time);
  return time;
}

/// Columns: id, block_type_slug, name, data, created, updated.
BlockDocument to_document(const Row& row) {
  BlockDocument document;
  document.id = row.get<std::string>(0);
  document.block_type_slug = row.get<std::string>(1);
  document.name = row.get<std::string>(2);
  document.created = moment(row.get<std::string>(4));
  document.updated = moment(row.get<std::string>(5));
  try {
    document.data = std::move(parse_json(row.get<std::string>(3)).as_object());
  } catch (const std::exception&) {
    throw BlockValidationError(
        "the stored data of block " + place_of(document.block_type_slug, document.name) +
        " is no JSON object; it has been left as it is; save the block anew to replace it");
  }
  return document;
}

bool update(Connection& connection, const BlockDocument& document, const std::string& data,
            const std::string& now) {
  auto result = connection.execute(
      "UPDATE psa_block_document SET data = :data, updated = :now WHERE block_type_slug = :slug AND name = "
      ":name",
      {{"data", data}, {"now", now}, {"slug", document.block_type_slug}, {"name", document.name}});
  return result.rowcount() > 0;
}

void insert(Connection& connection, const BlockDocument& document, const std::string& data,
            const std::string& now) {
  connection.execute(
      "INSERT INTO psa_block_document (id, block_type_slug, name, data, created, updated) "
      "VALUES (:id, :slug, :name, :data, :created, :updated)",
      {{"id", document.id.empty() ? Uuid::random().text() : document.id},
       {"slug", document.block_type_slug},
       {"name", document.name},
       {"data", data},
       {"created", now},
       {"updated", now}});
}

}  // namespace

void LocalBlockStore::save(const BlockDocument& document, const BlockType& type, bool overwrite) {
  check_block_name(document.name);
  database_.engine();  // a store that cannot be used is told before a key is made for it
  boost::json::object sealed = document.data;
  encrypt_secrets(sealed, type, place_of(document.block_type_slug, document.name), StoreKey::existing_or_new);
  const std::string data = boost::json::serialize(sealed);
  const std::string now = now_text();
  for (bool again = overwrite;; again = false) {
    try {
      return database_.write([&](Connection& connection) {
        if (!overwrite || !update(connection, document, data, now)) insert(connection, document, data, now);
      });
    } catch (const IntegrityError&) {
      if (!overwrite) detail::throw_block_exists();
      // Another process inserted it after our update found nothing; now the update will find it.
      if (!again) throw;
    }
  }
}

BlockDocument LocalBlockStore::stored(std::string_view slug, std::string_view name) {
  const auto row = database_.read([&](Connection& connection) {
    return connection
        .execute(
            "SELECT id, block_type_slug, name, data, created, updated FROM psa_block_document "
            "WHERE block_type_slug = :slug AND name = :name",
            {{"slug", slug}, {"name", name}})
        .first();
  });
  if (!row) detail::throw_block_not_found(slug, name);
  return to_document(*row);
}

BlockDocument LocalBlockStore::load(std::string_view slug, std::string_view name) {
  BlockDocument document = stored(slug, name);
  decrypt_secrets(document.data, place_of(slug, name), StoreKey::existing);
  return document;
}

BlockDocument LocalBlockStore::inspect(std::string_view slug, std::string_view name) {
  BlockDocument document = stored(slug, name);
  mask_encrypted(document.data);
  return document;
}

void LocalBlockStore::remove(std::string_view slug, std::string_view name) {
  const auto removed = database_.write([&](Connection& connection) {
    return connection
        .execute("DELETE FROM psa_block_document WHERE block_type_slug = :slug AND name = :name",
                 {{"slug", slug}, {"name", name}})
        .rowcount();
  });
  if (removed == 0) detail::throw_block_not_found(slug, name);
}

std::vector<BlockDocument> LocalBlockStore::list(const std::optional<std::string>& slug) {
  const auto rows = database_.read([&](Connection& connection) {
    const std::string columns =
        "SELECT id, block_type_slug, name, data, created, updated FROM psa_block_document ";
    const std::string order = "ORDER BY block_type_slug, name";
    return slug ? connection.execute(columns + "WHERE block_type_slug = :slug " + order, {{"slug", *slug}})
                      .all()
                : connection.execute(columns + order).all();
  });
  std::vector<BlockDocument> documents;
  documents.reserve(rows.size());
  for (const Row& row : rows) {
    documents.push_back(to_document(row));
    mask_encrypted(documents.back().data);
  }
  return documents;
}

}  // namespace prefect
