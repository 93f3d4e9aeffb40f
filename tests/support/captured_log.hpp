#pragma once

#include <memory>
#include <sstream>
#include <string>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace test_support {

/// The library's log lines of a level or worse, as "level text", while it lives.
class CapturedLog {
 public:
  explicit CapturedLog(spdlog::level::level_enum level = spdlog::level::warn) {
    auto logger = std::make_shared<spdlog::logger>("prefect_sqlalchemy",
                                                   std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_pattern("%l %v");
    logger->set_level(level);
    spdlog::drop("prefect_sqlalchemy");
    spdlog::register_logger(logger);
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() { spdlog::drop("prefect_sqlalchemy"); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

}  // namespace test_support
