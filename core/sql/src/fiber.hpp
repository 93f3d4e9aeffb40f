#pragma once

#include <memory>

#include <boost/context/fiber.hpp>

namespace prefect_sqlalchemy::detail {

/// A stack of its own on which a function can stop in the middle and go on later, on whatever thread asks for
/// that. Boost.Context switches; this adds what it leaves to its users: exceptions that are being handled
/// when the function stops, and what the sanitizers must know.
/// Threads: one at a time.
class Fiber {
 public:
  class Body {
   public:
    virtual ~Body() = default;
    /// Must not throw.
    virtual void run_on_fiber() noexcept = 0;
  };

  /// A fiber that waits for its next body: a used one where there is one, with its stack warm.
  static std::unique_ptr<Fiber> obtain();
  /// Keeps an ended one for the next obtain().
  static void give_back(std::unique_ptr<Fiber> fiber) noexcept;

  Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Begins `body`, or goes on behind its yield(). @return whether it has ended
  bool resume(Body& body);
  /// On the fiber only: back to resume().
  void yield();

 private:
  /// What the C++ runtime keeps for each thread (Itanium C++ ABI, "Exception Handling", 2.2.2).
  struct Exceptions {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  boost::context::fiber loop(boost::context::fiber&& outside);
  void switch_in();
  void switch_out();

  // Told while inside_ is made, so before it.
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_ = 0;
  boost::context::fiber inside_;
  boost::context::fiber outside_;
  Body* body_ = nullptr;
  bool ended_ = true;
  Exceptions exceptions_;
  // The sanitizers' view of the two stacks.
  const void* host_stack_ = nullptr;
  std::size_t host_stack_size_ = 0;
  void* fake_stack_ = nullptr;
  void* tsan_inside_ = nullptr;
  void* tsan_outside_ = nullptr;
};

}  // namespace prefect_sqlalchemy::detail
