/* A driver without a database: `SELECT * FROM constants` on `constants://`. One file, C11, nothing but psa/driver.h.
 * It claims nothing that it cannot do, and what it does follows the header's rules. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <psa/driver.h>

#ifndef PSA_PLUGIN_VERSION /* psa_add_driver_plugin() defines it */
#define PSA_PLUGIN_VERSION "1.0.0"
#endif

PSA_DRIVER_IDENTITY("constants", PSA_PLUGIN_VERSION, 0);

/* --- The table, laid out as Arrow wants its columns ---------------------------------------------*/

enum { ROWS = 4, COLUMNS = 2 };

static const char name_data[] = "pietauphi";
static const int32_t name_offsets[ROWS + 1] = {0, 2, 3, 6, 9};
static const double value_data[ROWS] = {3.141592653589793, 2.718281828459045, 6.283185307179586,
                                        1.618033988749895};
static const void* name_buffers[] = {NULL, name_offsets, name_data};
static const void* value_buffers[] = {NULL, value_data};
static const void* no_buffers[] = {NULL};

/* --- Errors -------------------------------------------------------------------------------------*/

static void (*report)(void* sink, const psa_error* error); /* the host's; every host of a process is the same */

static int32_t fail(void* sink, int32_t status, uint32_t category, const char* sqlstate, const char* message) {
  psa_error error = {PSA_INIT(psa_error)};
  error.category = category;
  error.sql_offset = error.parameter_row = error.parameter_column = -1;
  if (sqlstate) error.sqlstate = (psa_string){sqlstate, strlen(sqlstate)};
  error.message = (psa_string){message, strlen(message)};
  report(sink, &error);
  return status;
}

static int32_t misuse(void* sink, int32_t status, const char* message) {
  return fail(sink, status, PSA_CATEGORY_INTERFACE, NULL, message);
}

/* --- Connections: counted, as statements and results may outlive them ----------------------------*/

struct psa_connection {
  int references;
  enum { MADE, OPEN, GONE } state;
};

static void let_go(psa_connection* connection) {
  if (--connection->references == 0) free(connection);
}

static int32_t check_open(const psa_connection* connection, void* sink) {
  if (connection->state == OPEN) return PSA_OK;
  return misuse(sink, PSA_INVALID_STATE, "the connection is not open");
}

static int32_t connection_new(const psa_connection_args* args, psa_connection** out, void* sink) {
  if (args->flags) return misuse(sink, PSA_NOT_SUPPORTED, "this driver has no non-blocking connections");
  if (args->option_count) return misuse(sink, PSA_INVALID_ARGUMENT, "this driver has no options");
  psa_connection* made = calloc(1, sizeof *made);
  if (!made) return misuse(sink, PSA_OUT_OF_MEMORY, "no memory for a connection");
  made->references = 1;
  *out = made;
  return PSA_OK;
}

static void connection_release(psa_connection* connection) {
  if (!connection) return;
  connection->state = GONE;
  let_go(connection);
}

static int32_t connection_connect(psa_connection* connection, const psa_call* call) {
  if (connection->state != MADE) return misuse(call->sink, PSA_INVALID_STATE, "it has been opened before");
  connection->state = OPEN;
  return PSA_OK;
}

static void connection_state(psa_connection* connection, psa_connection_state* out) {
  (void)connection;
  out->flags = 0;
  out->transaction = PSA_TRANSACTION_NONE;
  out->capabilities = 0;
}

static void connection_lexical(psa_connection* connection, psa_lexical* out) {
  (void)connection;
  out->placeholder = PSA_PLACEHOLDER_QUESTION;
  out->flags = 0;
  out->identifier_quote = '"';
}

/* --- Statements ---------------------------------------------------------------------------------*/

struct psa_statement {
  psa_connection* connection;
  int selects; /* or else does nothing */
};

/* Skips white space and "--" comments and slash-star ones. */
static const char* skip(const char* at, const char* end) {
  for (;;) {
    while (at < end && strchr(" \t\r\n", *at)) ++at;
    if (end - at >= 2 && memcmp(at, "--", 2) == 0) {
      while (at < end && *at != '\n') ++at;
    } else if (end - at >= 2 && memcmp(at, "/*", 2) == 0) {
      for (at += 2; end - at >= 2 && memcmp(at, "*/", 2) != 0;) ++at;
      at = end - at >= 2 ? at + 2 : end;
    } else {
      return at;
    }
  }
}

static int take(const char** at, const char* end, const char* word) {
  const size_t size = strlen(word);
  if ((size_t)(end - *at) < size || strncasecmp(*at, word, size) != 0) return 0;
  *at = skip(*at + size, end);
  return 1;
}

static int32_t statement_prepare(psa_connection* connection, const psa_string* sql, uint32_t flags,
                                 psa_statement** out, const psa_call* call) {
  (void)flags; /* both are permissions */
  const int32_t status = check_open(connection, call->sink);
  if (status != PSA_OK) return status;
  const char* const end = sql->data + sql->size;
  const char* at = skip(sql->data, end);
  const int selects = at != end;
  if (selects && !(take(&at, end, "SELECT ") && take(&at, end, "*") && take(&at, end, "FROM ") &&
                   take(&at, end, "constants")))
    return fail(call->sink, PSA_ERROR, PSA_CATEGORY_PROGRAMMING, "42601",
                "the one statement of this driver is SELECT * FROM constants");
  take(&at, end, ";");
  if (at != end)
    return fail(call->sink, PSA_ERROR, PSA_CATEGORY_PROGRAMMING, "42601",
                "nothing may follow SELECT * FROM constants");
  psa_statement* made = calloc(1, sizeof *made);
  if (!made) return misuse(call->sink, PSA_OUT_OF_MEMORY, "no memory for a statement");
  made->connection = connection;
  made->selects = selects;
  ++connection->references;
  *out = made;
  return PSA_OK;
}

static void statement_release(psa_statement* statement) {
  if (!statement) return;
  let_go(statement->connection);
  free(statement);
}

/* --- Results ------------------------------------------------------------------------------------*/

struct psa_result {
  psa_connection* connection;
  int has_rows;
  int64_t next; /* row */
};

static int32_t statement_execute(psa_statement* statement, const psa_execute* execute, psa_result** out,
                                 const psa_call* call) {
  const int32_t status = check_open(statement->connection, call->sink);
  if (status != PSA_OK) return status;
  if (execute->flags) return misuse(call->sink, PSA_INVALID_ARGUMENT, "there is no such flag");
  if (execute->parameters) return misuse(call->sink, PSA_INVALID_ARGUMENT, "the statement has no parameters");
  psa_result* made = calloc(1, sizeof *made);
  if (!made) return misuse(call->sink, PSA_OUT_OF_MEMORY, "no memory for a result");
  made->connection = statement->connection;
  made->has_rows = statement->selects;
  made->next = statement->selects ? 0 : ROWS;
  ++made->connection->references;
  *out = made;
  return PSA_OK;
}

static void result_release(psa_result* result) {
  if (!result) return;
  let_go(result->connection);
  free(result);
}

static void result_info(psa_result* result, psa_result_info* out) {
  out->kind = result->has_rows ? PSA_RESULT_ROWS : PSA_RESULT_NONE;
  out->flags = result->next == ROWS ? PSA_RESULT_FINISHED : 0;
  out->rows_affected = -1;
  out->last_insert_id = 0;
  out->column_count = result->has_rows ? COLUMNS : 0;
}

/* Everything that the columns point to is constant, and a driver is never unloaded. So a column owns nothing, may be
 * moved out of its batch, and needs no more than to be marked as released. The batch owns its columns' structs. */
static void schema_release_column(struct ArrowSchema* column) { column->release = NULL; }
static void array_release_column(struct ArrowArray* column) { column->release = NULL; }

static void schema_release(struct ArrowSchema* schema) {
  for (int i = 0; i < schema->n_children; ++i)
    if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
  free(schema->private_data);
  schema->release = NULL;
}

static void array_release(struct ArrowArray* array) {
  for (int i = 0; i < array->n_children; ++i)
    if (array->children[i]->release) array->children[i]->release(array->children[i]);
  free(array->private_data);
  array->release = NULL;
}

static int make_schema(struct ArrowSchema* out, int has_rows) {
  struct {
    struct ArrowSchema* children[COLUMNS];
    struct ArrowSchema columns[COLUMNS];
  }* memory = calloc(1, sizeof *memory);
  if (!memory) return 0;
  memory->columns[0] = (struct ArrowSchema){.format = "u", .name = "name", .release = schema_release_column};
  memory->columns[1] = (struct ArrowSchema){.format = "g", .name = "value", .release = schema_release_column};
  for (int i = 0; i < COLUMNS; ++i) memory->children[i] = &memory->columns[i];
  *out = (struct ArrowSchema){.format = "+s",
                              .name = "",
                              .n_children = has_rows ? COLUMNS : 0,
                              .children = memory->children,
                              .release = schema_release,
                              .private_data = memory};
  return 1;
}

static int make_array(struct ArrowArray* out, int64_t first, int64_t count) {
  struct {
    struct ArrowArray* children[COLUMNS];
    struct ArrowArray columns[COLUMNS];
  }* memory = calloc(1, sizeof *memory);
  if (!memory) return 0;
  memory->columns[0] = (struct ArrowArray){
      .length = count, .offset = first, .n_buffers = 3, .buffers = name_buffers, .release = array_release_column};
  memory->columns[1] = (struct ArrowArray){
      .length = count, .offset = first, .n_buffers = 2, .buffers = value_buffers, .release = array_release_column};
  for (int i = 0; i < COLUMNS; ++i) memory->children[i] = &memory->columns[i];
  *out = (struct ArrowArray){.length = count,
                             .n_buffers = 1,
                             .buffers = no_buffers,
                             .n_children = COLUMNS,
                             .children = memory->children,
                             .release = array_release,
                             .private_data = memory};
  return 1;
}

static int32_t result_schema(psa_result* result, struct ArrowSchema* out, void* sink) {
  if (!make_schema(out, result->has_rows)) return misuse(sink, PSA_OUT_OF_MEMORY, "no memory for a schema");
  return PSA_OK;
}

static int32_t result_next(psa_result* result, const psa_fetch* fetch, psa_batch* out, const psa_call* call) {
  const int32_t status = check_open(result->connection, call->sink);
  if (status != PSA_OK) return status;
  if (fetch->min_rows < 1 || fetch->max_rows < fetch->min_rows)
    return misuse(call->sink, PSA_INVALID_ARGUMENT, "these limits allow no batch");
  const int64_t left = ROWS - result->next;
  const int64_t count = left < fetch->max_rows ? left : fetch->max_rows;
  struct ArrowSchema schema = {0};
  struct ArrowArray array = {0};
  if (count > 0 && !make_schema(&schema, 1)) return misuse(call->sink, PSA_OUT_OF_MEMORY, "no memory for rows");
  if (count > 0 && !make_array(&array, result->next, count)) {
    schema.release(&schema);
    return misuse(call->sink, PSA_OUT_OF_MEMORY, "no memory for rows");
  }
  result->next += count;
  out->schema = schema;
  out->array = array;
  out->flags = result->next == ROWS ? PSA_BATCH_LAST : 0;
  return PSA_OK;
}

/* --- The entry ----------------------------------------------------------------------------------*/

PSA_DRIVER_ENTRY(constants)(const psa_host* host, psa_driver* out, void* sink) {
  report = host->report;
  if (!PSA_HAS(psa_driver, out, result_next))
    return misuse(sink, PSA_NOT_SUPPORTED, "the host's table has no room for this driver's functions");
  out->abi_minor = PSA_ABI_MINOR < host->abi_minor ? PSA_ABI_MINOR : host->abi_minor;
  out->name = (psa_string){"constants", 9};
  out->version = (psa_string){PSA_PLUGIN_VERSION, sizeof PSA_PLUGIN_VERSION - 1};
  out->connection_new = connection_new;
  out->connection_release = connection_release;
  out->connection_connect = connection_connect;
  out->connection_state = connection_state;
  out->connection_lexical = connection_lexical;
  out->statement_prepare = statement_prepare;
  out->statement_release = statement_release;
  out->statement_execute = statement_execute;
  out->result_release = result_release;
  out->result_info = result_info;
  out->result_schema = result_schema;
  out->result_next = result_next;
  return PSA_OK;
}
