#include "transaction_stack.hpp"

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {
namespace {

/// Writes down what it is told, and keeps the state a database would have.
class FakeDriver : public TransactionDriver {
 public:
  void begin() override { note("begin", true); }
  void commit() override { note("commit", false); }
  void rollback() override { note("rollback", false); }
  void savepoint(std::uint32_t action, const std::string& name) override {
    const char* words[] = {"", "set ", "release ", "back to "};
    note(words[action] + name, open);
  }
  bool in_transaction() override { return open; }

  /// What came since the last call.
  std::string took() { return std::exchange(calls_, {}); }

  bool open = false;
  std::string fails;  // the call that fails

 private:
  void note(const std::string& call, bool open_then) {
    if (call == fails) throw OperationalError("refused");
    calls_ += (calls_.empty() ? "" : ", ") + call;
    open = open_then;
  }
  std::string calls_;
};

class TransactionStackTest : public testing::Test {
 protected:
  FakeDriver driver;
  TransactionStack stack{driver};
  const int users[2] = {};
  const void* ann = &users[0];
  const void* bob = &users[1];
};

TEST_F(TransactionStackTest, BeginsAndCommits) {
  const auto id = stack.begin(ann);
  EXPECT_TRUE(stack.active(id));
  EXPECT_EQ(stack.outermost(ann), id);
  stack.commit(id);
  EXPECT_EQ(driver.took(), "begin, commit");
  EXPECT_FALSE(stack.active(id));
  EXPECT_TRUE(stack.empty());
  EXPECT_EQ(stack.outermost(ann), 0u);
}

TEST_F(TransactionStackTest, RefusesToCommitTwice) {
  const auto id = stack.begin(ann);
  stack.commit(id);
  EXPECT_THROW(stack.commit(id), InvalidRequestError);
  EXPECT_EQ(driver.took(), "begin, commit");
}

TEST_F(TransactionStackTest, RollsBackOnce) {
  const auto id = stack.begin(ann);
  stack.rollback(id);
  stack.rollback(id);
  EXPECT_EQ(driver.took(), "begin, rollback");
}

TEST_F(TransactionStackTest, NestsWithSavepoints) {
  const auto outer = stack.begin(ann);
  const auto kept = stack.begin(ann);
  stack.commit(kept);
  const auto dropped = stack.begin(ann);
  stack.rollback(dropped);
  stack.commit(outer);
  EXPECT_EQ(driver.took(),
            "begin, set psa_2, release psa_2, set psa_3, back to psa_3, release psa_3, commit");
}

TEST_F(TransactionStackTest, CommitsWhatTheSameOwnerNestedInside) {
  const auto outer = stack.begin(ann);
  const auto inner = stack.begin(ann);
  stack.commit(outer);
  EXPECT_EQ(driver.took(), "begin, set psa_2, commit");
  EXPECT_FALSE(stack.active(inner));
  EXPECT_TRUE(stack.empty());
}

TEST_F(TransactionStackTest, RollsBackWhatWasBegunInside) {
  const auto outer = stack.begin(ann);
  const auto inner = stack.begin(ann);
  stack.rollback(outer);
  EXPECT_EQ(driver.took(), "begin, set psa_2, rollback");
  EXPECT_THROW(stack.commit(inner), InvalidRequestError);
}

TEST_F(TransactionStackTest, CommitsASharedConnectionWhenTheLastUserHasEnded) {
  const auto first = stack.begin(ann);
  const auto second = stack.begin(bob);
  EXPECT_EQ(stack.outermost(bob), second);
  stack.commit(first);
  EXPECT_EQ(driver.took(), "begin, set psa_2");
  EXPECT_TRUE(stack.active(second));
  stack.commit(second);
  EXPECT_EQ(driver.took(), "commit");
  EXPECT_TRUE(stack.empty());
}

TEST_F(TransactionStackTest, CommitsTheOuterUserWhenTheInnerOneRollsBackLater) {
  const auto first = stack.begin(ann);
  const auto second = stack.begin(bob);
  stack.commit(first);
  driver.took();
  stack.rollback(second);
  EXPECT_EQ(driver.took(), "back to psa_2, release psa_2, commit");
  EXPECT_TRUE(stack.empty());
}

TEST_F(TransactionStackTest, TellsTheInnerUserThatTheOuterOneRolledBack) {
  const auto first = stack.begin(ann);
  const auto second = stack.begin(bob);
  stack.rollback(first);
  EXPECT_EQ(driver.took(), "begin, set psa_2, rollback");
  EXPECT_FALSE(stack.active(second));
  EXPECT_THROW(stack.commit(second), InvalidRequestError);
  stack.rollback(second);
  EXPECT_EQ(driver.took(), "");
}

TEST_F(TransactionStackTest, ReleasesInTheMiddleWithTheOuterOne) {
  const auto first = stack.begin(ann);
  const auto second = stack.begin(bob);
  const auto third = stack.begin(ann);
  driver.took();
  stack.commit(second);
  EXPECT_EQ(driver.took(), "");
  stack.commit(third);
  stack.commit(first);
  EXPECT_EQ(driver.took(), "release psa_3, commit");
}

TEST_F(TransactionStackTest, HasNothingToDoAfterASqlCommit) {
  const auto outer = stack.begin(ann);
  stack.begin(ann);
  driver.took();
  driver.open = false;
  stack.commit(outer);
  EXPECT_EQ(driver.took(), "");
  EXPECT_TRUE(stack.empty());
}

TEST_F(TransactionStackTest, HasNothingToRollBackAfterASqlRollback) {
  stack.begin(ann);
  const auto inner = stack.begin(ann);
  driver.took();
  driver.open = false;
  stack.rollback(inner);
  EXPECT_EQ(driver.took(), "");
  EXPECT_TRUE(stack.empty());
}

TEST_F(TransactionStackTest, StaysEmptyWhenBeginningFails) {
  driver.fails = "begin";
  EXPECT_THROW(stack.begin(ann), OperationalError);
  EXPECT_TRUE(stack.empty());
  driver.fails.clear();
  stack.commit(stack.begin(ann));
  EXPECT_EQ(driver.took(), "begin, commit");
}

TEST_F(TransactionStackTest, CanRollBackWhatCouldNotBeCommitted) {
  const auto id = stack.begin(ann);
  driver.fails = "commit";
  EXPECT_THROW(stack.commit(id), OperationalError);
  EXPECT_TRUE(stack.active(id));
  stack.rollback(id);
  EXPECT_EQ(driver.took(), "begin, rollback");
}

TEST_F(TransactionStackTest, RollsBackAllWhenTheLastSavepointCannotBe) {
  const auto first = stack.begin(ann);
  const auto second = stack.begin(bob);
  stack.commit(first);
  driver.took();
  driver.fails = "back to psa_2";
  EXPECT_THROW(stack.rollback(second), OperationalError);
  EXPECT_EQ(driver.took(), "rollback");
  EXPECT_TRUE(stack.empty());
  EXPECT_FALSE(driver.open);
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail
