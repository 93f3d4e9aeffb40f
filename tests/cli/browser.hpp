#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace test_support {

/// A headless Chromium, driven by its WebDriver (Debian: chromium, chromium-driver) as a person would: clicks
/// and keys. Threads: one.
class Browser {
 public:
  /// Whether both programs are installed.
  static bool installed();

  /// @param dark  the person prefers dark pages
  explicit Browser(bool dark = false);
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;
  ~Browser();

  void open(const std::filesystem::path& page);
  /// The value of a script's "return ...".
  boost::json::value run(const std::string& script);
  void click(const std::string& css);
  /// Keys as the focused element gets them.
  void press(const std::string& css, const std::string& keys);
  /// What a screen reader is told.
  std::string role(const std::string& css);
  std::string label(const std::string& css);
  std::string css_value(const std::string& css, const std::string& property);
  std::string text(const std::string& css);
  void screenshot(const std::filesystem::path& png);

 private:
  boost::json::value ask(const std::string& method, const std::string& path, const boost::json::value& body);
  boost::json::value ask(const std::string& method, const std::string& path);
  std::string element(const std::string& css);
  std::string told(const std::string& css, const std::string& what);

  struct Driver;
  std::unique_ptr<Driver> driver_;
  std::string session_;
};

}  // namespace test_support
