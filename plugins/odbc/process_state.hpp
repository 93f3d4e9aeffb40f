// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace psa::odbc {

/// While ODBC drivers are loaded and start: what they change of the process is put back when the last of
/// these scopes ends. (psqlODBC sets the locale, MariaDB's driver lets SIGPIPE be ignored.) Threads: any;
/// scopes of several may overlap.
class KeptProcessState {
 public:
  KeptProcessState();
  KeptProcessState(const KeptProcessState&) = delete;
  KeptProcessState& operator=(const KeptProcessState&) = delete;
  ~KeptProcessState();
};

/// Around calls that may write to a socket: keeps SIGPIPE, which ODBC drivers expect to be ignored, from this
/// thread.
class NoSigpipe {
 public:
  NoSigpipe() noexcept;
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe();

 private:
  sigset_t before_;
  bool was_blocked_;
};

}  // namespace psa::odbc
