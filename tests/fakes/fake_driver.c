/* A driver without a database. SELECT answers the constant table of fake_rows.h, FAIL fails with every
 * member of an error filled in, anything else counts one row, or as many as it has rows of parameters.
 * Definitions give variants one fault each; tests/fakes/CMakeLists.txt lists them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <psa/driver.h>

#include "fake_rows.h"

#ifndef FAKE_IDENTITY_NAME
#define FAKE_IDENTITY_NAME FAKE_NAME
#endif
#ifndef FAKE_TABLE_NAME
#define FAKE_TABLE_NAME FAKE_NAME
#endif
#ifndef FAKE_TABLE_MINOR
#define FAKE_TABLE_MINOR PSA_ABI_MINOR
#endif

#if defined(FAKE_CANCELS_LATE)
#define FAKE_CAPABILITIES (PSA_CAP_TRANSACTIONS | PSA_CAP_CANCEL)
#elif defined(FAKE_SHORT)
#define FAKE_CAPABILITIES 0
#else
#define FAKE_CAPABILITIES PSA_CAP_TRANSACTIONS
#endif

#if defined(FAKE_IDENTITY_MAJOR)
static const psa_identity identity PSA_IDENTITY_ATTRIBUTES = {PSA_IDENTITY_MAGIC,
                                                              PSA_INIT(psa_identity),
                                                              FAKE_IDENTITY_MAJOR,
                                                              FAKE_IDENTITY_MINOR,
                                                              FAKE_IDENTITY_MINOR,
                                                              PSA_CAP_TRANSACTIONS,
                                                              PSA_ARCH,
                                                              FAKE_IDENTITY_NAME,
                                                              PSA_PLUGIN_VERSION};
#elif !defined(FAKE_NO_IDENTITY)
PSA_DRIVER_IDENTITY(FAKE_IDENTITY_NAME, PSA_PLUGIN_VERSION, FAKE_CAPABILITIES);
#endif

#ifdef FAKE_NEEDS_CLIENT
int fake_client_version(void);
#endif

static void (*report_to_host)(void* sink, const psa_error* error);

static psa_string text(const char* characters) {
  return (psa_string){characters, characters ? strlen(characters) : 0};
}

static int32_t fail(void* sink, int32_t status, const char* message) {
  psa_error error = {PSA_INIT(psa_error)};
  error.category = PSA_CATEGORY_INTERFACE;
  error.sql_offset = error.parameter_row = error.parameter_column = -1;
  error.message = text(message);
  report_to_host(sink, &error);
  return status;
}

/* Connections are counted, as statements and results may outlive them. */
struct psa_connection {
  int references;
  int connected;
  int released;
  int late_cancel; /* what a good driver does not have */
  uint32_t transaction;
};

struct psa_statement {
  psa_connection* connection;
  enum { SELECT, FAIL, OTHER } kind;
};

struct psa_result {
  psa_connection* connection;
  uint32_t kind;
  int64_t rows_affected;
  int64_t next_row;
};

static void drop(psa_connection* connection) {
  if (__atomic_sub_fetch(&connection->references, 1, __ATOMIC_ACQ_REL) == 0) free(connection);
}

static int32_t check_usable(const psa_connection* connection, void* sink) {
  if (connection->connected && !connection->released) return PSA_OK;
  return fail(sink, PSA_INVALID_STATE, "the connection is not open");
}

static int32_t connection_new(const psa_connection_args* args, psa_connection** out, void* sink) {
  if (args->flags != 0) return fail(sink, PSA_NOT_SUPPORTED, "this driver has no non-blocking connections");
  if (args->option_count > 0) return fail(sink, PSA_INVALID_ARGUMENT, "this driver has no options");
  *out = calloc(1, sizeof **out);
  if (!*out) return fail(sink, PSA_OUT_OF_MEMORY, "no memory for a connection");
  (*out)->references = 1;
  return PSA_OK;
}

static void connection_release(psa_connection* connection) {
  if (!connection) return;
  connection->released = 1;
  drop(connection);
}

static int32_t connection_connect(psa_connection* connection, const psa_call* call) {
  if (connection->connected) return fail(call->sink, PSA_INVALID_STATE, "the connection is open already");
  connection->connected = 1;
  return PSA_OK;
}

static void connection_state(psa_connection* connection, psa_connection_state* out) {
  out->flags = 0;
  out->transaction = connection->transaction;
#ifndef FAKE_SHORT
  out->capabilities = PSA_CAP_TRANSACTIONS;
#else
  out->capabilities = 0;
#endif
#ifdef FAKE_CANCELS_LATE
  out->capabilities |= PSA_CAP_CANCEL;
#endif
}

static void connection_lexical(psa_connection* connection, psa_lexical* out) {
  (void)connection;
  out->placeholder = PSA_PLACEHOLDER_QUESTION;
  out->flags = 0;
  out->identifier_quote = '"';
}

static int32_t transaction_begin(psa_connection* connection, const psa_begin* begin, const psa_call* call) {
  (void)begin;
  if (check_usable(connection, call->sink) != PSA_OK) return PSA_INVALID_STATE;
  if (connection->transaction != PSA_TRANSACTION_NONE) {
    return fail(call->sink, PSA_INVALID_STATE, "a transaction is open already");
  }
  connection->transaction = PSA_TRANSACTION_OPEN;
  return PSA_OK;
}

static int32_t transaction_end(psa_connection* connection, const psa_call* call) {
  if (check_usable(connection, call->sink) != PSA_OK) return PSA_INVALID_STATE;
  connection->transaction = PSA_TRANSACTION_NONE;
  return PSA_OK;
}

static int begins_with(const psa_string* sql, const char* word) {
  const size_t size = strlen(word);
  return sql->size >= size && memcmp(sql->data, word, size) == 0;
}

static int32_t statement_prepare(psa_connection* connection, const psa_string* sql, uint32_t flags,
                                 psa_statement** out, const psa_call* call) {
  (void)flags;
  if (check_usable(connection, call->sink) != PSA_OK) return PSA_INVALID_STATE;
  *out = calloc(1, sizeof **out);
  if (!*out) return fail(call->sink, PSA_OUT_OF_MEMORY, "no memory for a statement");
  (*out)->connection = connection;
  (*out)->kind = begins_with(sql, "SELECT") ? SELECT : begins_with(sql, "FAIL") ? FAIL : OTHER;
  ++connection->references;
  return PSA_OK;
}

static void statement_release(psa_statement* statement) {
  if (!statement) return;
  drop(statement->connection);
  free(statement);
}

static int32_t fail_in_full(void* sink) {
  psa_error error = {PSA_INIT(psa_error)};
  error.category = PSA_CATEGORY_INTEGRITY;
  error.flags = PSA_ERROR_RETRYABLE;
  error.vendor_code = 1234567890123;
  error.sql_offset = 4;
  error.parameter_row = 2;
  error.parameter_column = 1;
  error.sqlstate = text("23505");
  error.message = text("a message");
  error.detail = text("a detail");
  error.hint = text("a hint");
  error.schema = text("a schema");
  error.table = text("a table");
  error.column = text("a column");
  error.constraint = text("a constraint");
  error.context = text("a context");
  report_to_host(sink, &error);
  return PSA_ERROR;
}

#ifdef FAKE_LEAKS
static void* volatile forgotten;
#endif

static int32_t statement_execute(psa_statement* statement, const psa_execute* execute, psa_result** out,
                                 const psa_call* call) {
  psa_connection* connection = statement->connection;
  if (check_usable(connection, call->sink) != PSA_OK) return PSA_INVALID_STATE;
  if (statement->kind == FAIL) return fail_in_full(call->sink);
  if (execute->flags != 0) return fail(call->sink, PSA_INVALID_ARGUMENT, "there is no such flag");
#ifdef FAKE_PRINTS
  puts("a fake driver runs a statement");
  fflush(stdout);
#endif
#ifdef FAKE_LEAKS
  forgotten = malloc(64);
#endif
#ifdef FAKE_CANCELS_LATE
  if (connection->late_cancel) {
    connection->late_cancel = 0;
    return fail(call->sink, PSA_CANCELLED, "cancelled by what was meant for the statement before");
  }
#endif
  *out = calloc(1, sizeof **out);
  if (!*out) return fail(call->sink, PSA_OUT_OF_MEMORY, "no memory for a result");
  (*out)->connection = connection;
  (*out)->kind = statement->kind == SELECT ? PSA_RESULT_ROWS : PSA_RESULT_COUNT;
  (*out)->rows_affected = statement->kind == SELECT ? -1
                          : execute->parameters     ? execute->parameters->length
                                                    : 1;
  ++connection->references;
  return PSA_OK;
}

static void result_release(psa_result* result) {
  if (!result) return;
#ifdef FAKE_BLOCKS
  if (result->kind == PSA_RESULT_ROWS && result->next_row < FAKE_ROW_COUNT)
    nanosleep(&(struct timespec){.tv_sec = 5}, NULL); /* as one that waits for its server */
#endif
  drop(result->connection);
  free(result);
}

static void result_info(psa_result* result, psa_result_info* out) {
  const int rows = result->kind == PSA_RESULT_ROWS;
  out->kind = result->kind;
  out->flags = !rows || result->next_row == FAKE_ROW_COUNT ? PSA_RESULT_FINISHED : 0;
  out->rows_affected = result->rows_affected;
  out->last_insert_id = 0;
  out->column_count = rows ? 2 : 0;
}

static int32_t result_schema(psa_result* result, struct ArrowSchema* out, void* sink) {
  if (result->kind != PSA_RESULT_ROWS) return fail(sink, PSA_INVALID_STATE, "the result has no rows");
  if (fake_rows_schema(out) != 0) return fail(sink, PSA_OUT_OF_MEMORY, "no memory for a schema");
  return PSA_OK;
}

static int32_t result_next(psa_result* result, const psa_fetch* fetch, psa_batch* out, const psa_call* call) {
  if (check_usable(result->connection, call->sink) != PSA_OK) return PSA_INVALID_STATE;
  if (fetch->min_rows < 1 || fetch->max_rows < fetch->min_rows)
    return fail(call->sink, PSA_INVALID_ARGUMENT, "these limits allow no batch");
  int64_t count = result->kind == PSA_RESULT_ROWS ? FAKE_ROW_COUNT - result->next_row : 0;
  if (count > fetch->max_rows) count = fetch->max_rows;
  memset(&out->schema, 0, sizeof out->schema);
  memset(&out->array, 0, sizeof out->array);
  out->flags = result->next_row + count == FAKE_ROW_COUNT ? PSA_BATCH_LAST : 0;
  if (count == 0) return PSA_OK;
  if (result->next_row == 0 && fake_rows_schema(&out->schema) != 0) {
    return fail(call->sink, PSA_OUT_OF_MEMORY, "no memory for a schema");
  }
  if (fake_rows_array(result->next_row, count, &out->array) != 0) {
    if (out->schema.release) out->schema.release(&out->schema);
    return fail(call->sink, PSA_OUT_OF_MEMORY, "no memory for rows");
  }
  result->next_row += count;
  return PSA_OK;
}

#ifdef FAKE_CANCELS_LATE
struct psa_cancel {
  psa_connection* connection;
};

static int32_t cancel_new(psa_connection* connection, psa_cancel** out, void* sink) {
  *out = malloc(sizeof **out);
  if (!*out) return fail(sink, PSA_OUT_OF_MEMORY, "no memory for a cancel handle");
  (*out)->connection = connection;
  __atomic_add_fetch(&connection->references, 1, __ATOMIC_ACQ_REL);
  return PSA_OK;
}

static void cancel_release(psa_cancel* cancel) {
  if (!cancel) return;
  drop(cancel->connection);
  free(cancel);
}

/* Nothing ever runs when it comes: it stays, and hits what comes next. */
static int32_t cancel_later(psa_cancel* cancel, const psa_call* call) {
  (void)call;
  cancel->connection->late_cancel = 1;
  return PSA_OK;
}
#endif

#ifdef FAKE_NO_ENTRY
int32_t fake_entry_by_another_name(const psa_host* host, psa_driver* out, void* sink);
int32_t fake_entry_by_another_name
#else
PSA_DRIVER_ENTRY(fake)
#endif
    (const psa_host* host, psa_driver* out, void* sink) {
  report_to_host = host->report;
  (void)sink;
#ifdef FAKE_CRASHES
  abort();
#endif
#ifdef FAKE_REFUSES
#ifdef FAKE_SILENT
  (void)fail;
  return PSA_ERROR;
#else
  return fail(sink, PSA_NOT_SUPPORTED, "the client is older than 3.0");
#endif
#endif
  out->abi_minor = FAKE_TABLE_MINOR;
  out->name = text(FAKE_TABLE_NAME);
  out->version = text(PSA_PLUGIN_VERSION);
#ifdef FAKE_NEEDS_CLIENT
  if (fake_client_version() < 7) return fail(sink, PSA_NOT_SUPPORTED, "the client is too old");
#endif
  out->connection_new = connection_new;
  out->connection_release = connection_release;
  out->connection_connect = connection_connect;
  out->connection_state = connection_state;
  out->connection_lexical = connection_lexical;
  out->statement_prepare = statement_prepare;
  out->statement_release = statement_release;
  out->statement_execute = statement_execute;
#ifndef FAKE_HOLLOW
  out->result_release = result_release;
  out->result_info = result_info;
  out->result_schema = result_schema;
  out->result_next = result_next;
#else
  (void)result_release, (void)result_info, (void)result_schema, (void)result_next;
#endif
#ifndef FAKE_SHORT
  out->client = text("no database at all");
  out->capabilities = PSA_CAP_TRANSACTIONS;
  out->transaction_begin = transaction_begin;
  out->transaction_commit = transaction_end;
  out->transaction_rollback = transaction_end;
#else
  (void)transaction_begin, (void)transaction_end;
#endif
#ifdef FAKE_WRITES_PAST
  out->metadata = NULL; /* whatever room the host has */
#endif
#ifdef FAKE_CANCELS_LATE
  out->capabilities |= PSA_CAP_CANCEL;
  out->cancel_new = cancel_new;
  out->cancel_release = cancel_release;
  out->cancel = cancel_later;
#endif
#ifdef FAKE_CLAIMS_CANCEL
  out->capabilities |= PSA_CAP_CANCEL;
#endif
  return PSA_OK;
}
