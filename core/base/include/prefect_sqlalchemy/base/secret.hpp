#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// A text that prints as stars. Its memory is overwritten when it ends.
/// Prefect's SecretStr; eight stars, as Prefect's server shows a hidden value.
class PREFECT_SQLALCHEMY_API Secret {
 public:
  static constexpr std::string_view stars = "********";

  Secret() = default;
  Secret(std::string_view text) : text_(text) {}    // NOLINT: a password is given as plain text
  Secret(const char* text) : text_(text) {}         // NOLINT
  Secret(const std::string& text) : text_(text) {}  // NOLINT
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The text itself. Whoever asks must not print it.
  const std::string& reveal() const noexcept { return text_; }

  friend bool operator==(const Secret&, const Secret&) = default;
  PREFECT_SQLALCHEMY_API friend std::ostream& operator<<(std::ostream& out, const Secret&);

 private:
  void wipe() noexcept;

  std::string text_;
};

}  // namespace prefect_sqlalchemy
