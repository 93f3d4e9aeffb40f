#include "arrow_format.hpp"

#include <prefect_sqlalchemy/sql/arrow_metadata.hpp>

namespace prefect_sqlalchemy::detail {

ArrowFormat arrow_format(Kind kind) noexcept {
  static const std::string decimal = make_arrow_metadata("ARROW:extension:name", "psa.decimal");
  static const std::string uuid = make_arrow_metadata("ARROW:extension:name", "arrow.uuid");
  static const std::string json = make_arrow_metadata("ARROW:extension:name", "arrow.json");
  switch (kind) {
    case Kind::null:
      return {"n", nullptr};
    case Kind::boolean:
      return {"b", nullptr};
    case Kind::int64:
      return {"l", nullptr};
    case Kind::uint64:
      return {"L", nullptr};
    case Kind::real:
      return {"g", nullptr};
    case Kind::decimal:
      return {"U", decimal.c_str()};
    case Kind::text:
      return {"U", nullptr};
    case Kind::bytes:
      return {"Z", nullptr};
    case Kind::date:
      return {"tdD", nullptr};
    case Kind::time:
      return {"ttu", nullptr};
    case Kind::timestamp:
      return {"tsu:", nullptr};
    case Kind::timestamp_tz:
      return {"tsu:UTC", nullptr};
    case Kind::interval:
      return {"tin", nullptr};
    case Kind::uuid:
      return {"w:16", uuid.c_str()};
    case Kind::json:
      return {"U", json.c_str()};
    case Kind::list:
      return {"+L", nullptr};
  }
  return {"n", nullptr};
}

int fixed_width(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean:
      return 0;
    case Kind::int64:
    case Kind::uint64:
    case Kind::real:
    case Kind::time:
    case Kind::timestamp:
    case Kind::timestamp_tz:
      return 8;
    case Kind::date:
      return 4;
    case Kind::interval:
    case Kind::uuid:
      return 16;
    case Kind::decimal:
    case Kind::text:
    case Kind::bytes:
    case Kind::json:
      return -1;
    case Kind::null:
    case Kind::list:
      return -2;
  }
  return -2;
}

}  // namespace prefect_sqlalchemy::detail
