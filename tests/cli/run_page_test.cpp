// The page of a run, as a person uses it: in a browser, by mouse and by keyboard.
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>

#include <boost/json/array.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect.hpp>
#include <prefect_sqlalchemy.hpp>
#include <prefect_sqlalchemy/flows/run_context.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "browser.hpp"
#include "psa_command.hpp"
#include "scoped_environment.hpp"
#include "server_database.hpp"

namespace {

using test_support::Browser;
using test_support::PsaCommand;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
namespace json = boost::json;

const char* const nasty = "<script>document.title = 'taken'</script> & \"more\" 'text'";

/// A run with tasks that went well and badly, a subflow, statements and logs; and its page.
class PsaRunPage : public testing::Test {
 protected:
  PsaRunPage() : home_("PREFECT_HOME", (psa_.folder() / "prefect").string()) {
    auto& recorder = prefect::detail::RunRecorder::process();
    recorder.replace_sink(prefect::detail::process_sink);
    const auto load = prefect::task("load", [](int n) {
      prefect_sqlalchemy::SqlAlchemyConnector db("sqlite://");
      db.execute("CREATE TABLE t (a text)");
      db.execute("INSERT INTO t VALUES (:a)", {{"a", "x"}});
      prefect::run_logger().info("loaded " + std::to_string(n));
      return db.fetch_all("SELECT a, '<b>&' AS b FROM t").size();
    });
    const auto fail = prefect::task("fail",
                                    [] {
                                      prefect_sqlalchemy::SqlAlchemyConnector db("sqlite://");
                                      db.execute("SELECT * FROM nowhere");
                                    },
                                    {.retries = 1});
    const auto inner = prefect::flow("inner", [&] { return load(2); });
    const auto outer = prefect::flow("outer",
                                     [&] {
                                       prefect::run_logger().warning(nasty);
                                       const auto rows = load(1) + inner();
                                       try {
                                         fail();
                                       } catch (const prefect_sqlalchemy::DatabaseError&) {
                                       }
                                       return rows;
                                     },
                                     {.tags = {"nightly"}, .run_name = "<i>run</i>"});
    EXPECT_EQ(2U, outer());
    recorder.replace_sink(prefect::detail::process_sink);
    for (const auto& run : history_.flow_runs()) {
      if (run.of == "outer") run_ = *history_.flow_run(run.id);
      if (run.of == "inner") inner_ = *history_.flow_run(run.id);
    }
    psa_.output({"runs", "show", run_.id, "--html", page().string()});
  }

  std::filesystem::path page() const { return psa_.folder() / "run.html"; }
  std::string source() const {
    std::ifstream in(page());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string part(const prefect::RecordedRun& run, const std::string& rest) {
    return "#run-" + run.id + rest;
  }
  const prefect::RecordedTaskRun& task(const std::string& of) const {
    for (const auto& each : run_.task_runs) {
      if (each.of == of) return each;
    }
    throw std::runtime_error("no task run of " + of);
  }
  static std::string microseconds(std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  }

  PsaCommand psa_;
  test_support::ScopedEnvironment home_;
  prefect::RunHistory history_;
  prefect::RecordedFlowRun run_, inner_;
};

/// The same, in a browser.
class PsaRunPageShown : public PsaRunPage {
 protected:
  void SetUp() override {
    if (!Browser::installed()) test_support::miss_server("chromium and chromium-driver are not installed");
  }
};

}  // namespace

TEST_F(PsaRunPage, IsOneFileThatAsksForNothingElse) {
  const std::string html = source();
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
  for (const char* const other :
       {"http://", "https://", "<script", "<link", "src=", "url(", "@import", "<i>run"})
    EXPECT_THAT(html, Not(HasSubstr(other)));
  EXPECT_THAT(html, AllOf(HasSubstr("prefers-color-scheme: dark"), HasSubstr("default-src 'none'"),
                          HasSubstr("SELECT a, '&lt;b&gt;&amp;' AS b FROM t")));
}

TEST_F(PsaRunPage, GoesToStandardOutputOrTellsWhyItCannotBeWritten) {
  EXPECT_EQ(source(), psa_.output({"runs", "show", run_.id, "--html", "-"}));
  const auto refused = psa_.run({"runs", "show", "--html", (psa_.folder() / "no" / "run.html").string()});
  EXPECT_EQ(1, refused.exit_code);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("run.html"), HasSubstr("No such file or directory")));
}

TEST_F(PsaRunPage, OfATaskRunAloneHasIt) {
  const std::string html = psa_.output({"runs", "show", task("load").id, "--html", "-"});
  EXPECT_THAT(html, AllOf(HasSubstr("Task run of <strong>load</strong>"),
                          HasSubstr("CREATE TABLE t (a text)"), HasSubstr("1 run, 3 database operations")));
}

TEST_F(PsaRunPageShown, ItsNumbersAreThoseOfTheStore) {
  if (IsSkipped()) return;
  Browser browser;
  browser.open(page());
  EXPECT_EQ("<i>run</i>", browser.text("h1"));
  EXPECT_EQ(0, browser.run("return performance.getEntriesByType('resource').length").to_number<int>());
  // The run, its three task runs (one stands for the subflow), the subflow and its task run.
  EXPECT_EQ(3U, run_.task_runs.size());
  EXPECT_EQ(6, browser.run("return document.querySelectorAll('summary').length").to_number<int>());
  EXPECT_THAT(browser.text("main > p"), StartsWith("6 runs, 8 database operations, "));
  std::vector<const prefect::RecordedRun*> runs{&run_, &inner_};
  for (const auto& each : run_.task_runs) runs.push_back(&each);
  for (const auto& each : inner_.task_runs) runs.push_back(&each);
  EXPECT_EQ(6U, runs.size());
  for (const auto* run : runs) {
    const std::string summary = "document.querySelector('" + part(*run, " > summary") + "')";
    EXPECT_EQ(microseconds(*run->ended - *run->started),
              browser.run("return " + summary + ".querySelector('data').value").as_string());
    EXPECT_EQ(run->state.name,
              browser.run("return " + summary + ".querySelector('.state').textContent").as_string());
    EXPECT_EQ(
        run->operations,
        browser.run("return " + summary + ".querySelectorAll('.bar.operation').length").to_number<int>());
  }
  const auto& load = task("load");
  ASSERT_EQ(3U, load.operations_run.size());
  for (std::size_t i = 0; i < load.operations_run.size(); ++i) {
    const auto& operation = load.operations_run[i];
    const std::string row =
        "document.querySelectorAll('" + part(load, " .operations > li") + "')[" + std::to_string(i) + "]";
    EXPECT_EQ(operation.statement,
              browser.run("return " + row + ".querySelector('code').textContent").as_string());
    const json::value values =
        browser.run("return [..." + row + ".querySelectorAll('data')].map(each => each.value)");
    EXPECT_EQ(microseconds(operation.duration), values.as_array().back().as_string());
    if (operation.rows >= 0) {
      EXPECT_EQ(std::to_string(operation.rows), values.at(0).as_string());
    }
  }
  // Bars lie within their run's, all within the axis.
  EXPECT_TRUE(browser
                  .run("const box = e => e.getBoundingClientRect(), axis = box(document.querySelector('.axis "
                       ".track'));"
                       "return [...document.querySelectorAll('summary .bar')].every(bar => "
                       "box(bar).left >= axis.left - 1 && box(bar).right <= axis.right + 4)")
                  .as_bool());
}

TEST_F(PsaRunPageShown, AClickOpensATaskAndKeysDo) {
  if (IsSkipped()) return;
  Browser browser;
  browser.open(page());
  const auto shown = [&](const std::string& css) {
    return browser.run("return document.querySelector('" + css + "').checkVisibility()").as_bool();
  };
  const auto& load = task("load");
  const std::string statements = part(load, " .operations code");
  EXPECT_FALSE(shown(statements));
  browser.click(part(load, " > summary"));
  EXPECT_TRUE(shown(statements));
  EXPECT_THAT(browser.text(part(load, " .logs")), HasSubstr("loaded 1"));
  EXPECT_THAT(browser.text(part(load, " .states")), AllOf(HasSubstr("Pending"), HasSubstr("Completed")));
  browser.click(part(load, " > summary"));
  EXPECT_FALSE(shown(statements));

  const auto& failed = task("fail");
  const std::string summary = part(failed, " > summary");
  const std::string enter = "\xee\x80\x87", blank = " ", tab = "\xee\x80\x84";
  browser.press(summary, enter);
  EXPECT_TRUE(shown(part(failed, " .states")));
  EXPECT_THAT(browser.text(part(failed, " .states")), HasSubstr("Retrying"));
  EXPECT_THAT(browser.text(part(failed, " .error-text")), HasSubstr("no such table"));
  browser.press(summary, blank);
  EXPECT_FALSE(shown(part(failed, " .states")));
  // The keyboard goes from run to run.
  browser.press(part(run_, " > summary"), tab);
  EXPECT_EQ("run-" + run_.task_runs.front().id,
            browser.run("return document.activeElement.parentElement.id").as_string());
  // What a log line holds is text.
  browser.click(part(run_, " > summary"));
  EXPECT_THAT(browser.text(part(run_, " > .inside .logs")), HasSubstr(nasty));
  EXPECT_THAT(browser.run("return document.title").as_string().c_str(), StartsWith("<i>run</i>"));
}

TEST_F(PsaRunPageShown, AScreenReaderIsToldWhatIsSeen) {
  if (IsSkipped()) return;
  Browser browser;
  browser.open(page());
  const auto& load = task("load");
  EXPECT_EQ("list", browser.role("main > ul"));
  EXPECT_EQ("Timeline", browser.label("main > ul"));
  EXPECT_THAT(browser.role(part(load, " > summary")), testing::AnyOf("DisclosureTriangle", "button"));
  EXPECT_THAT(browser.label(part(load, " > summary")),
              AllOf(StartsWith("load-0 task load Completed"), Not(HasSubstr("\xe2\x96\xb8"))));
}

TEST_F(PsaRunPageShown, IsLightOrDarkAsThePersonPrefers) {
  if (IsSkipped()) return;
  for (const bool dark : {false, true}) {
    Browser browser(dark);
    browser.open(page());
    EXPECT_EQ(dark ? "rgba(13, 17, 23, 1)" : "rgba(255, 255, 255, 1)",
              browser.css_value("body", "background-color"));
    // Readable: the contrast that WCAG wants of text, of every state's word, too.
    const json::value contrast = browser.run(
        "const light = c => { const [r, g, b] = c.match(/\\d+/g).map(v => v / 255).map(v => v <= 0.03928 ? v "
        "/ "
        "12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };"
        "const ground = light(getComputedStyle(document.body).backgroundColor);"
        "return Math.min(...[...document.querySelectorAll('h1, .state, .of, dt, th, .error-text')].map(e => {"
        "const text = light(getComputedStyle(e).color); return (Math.max(text, ground) + 0.05) / "
        "(Math.min(text, ground) + 0.05); }));");
    EXPECT_GE(contrast.to_number<double>(), 4.5);
  }
}
