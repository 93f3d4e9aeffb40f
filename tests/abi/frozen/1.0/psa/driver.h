/* SPDX-License-Identifier: Apache-2.0
 *
 * psa/driver.h - the interface between prefect-sqlalchemy and its database drivers.
 *
 * A driver is a shared library that exports one function, psa_driver_entry_v1, and fills one table,
 * psa_driver. This header is all that a driver needs; it is C11 and valid C++20. It is also the manual:
 * the conventions below hold for every declaration and are not repeated there. docs/abi.md numbers the
 * rules and names the test that holds each.
 *
 * Conventions
 *
 * Status    Functions that can fail return an int32_t: one of the statuses below. PSA_OK is 0. Every
 *           other final status has been explained through psa_host.report before the function returned
 *           (of several reports the last counts; where a database gives several diagnostics, the first
 *           is the error and the others are joined to its detail). Out-parameters are written on PSA_OK
 *           only.
 *
 * Text      UTF-8, pointer plus length, never zero-terminated. A psa_string whose data is NULL is "no
 *           value"; a non-NULL data with size 0 is the empty text. Text given to a function may be
 *           read until the operation ends; text handed out lives as long as its documentation says.
 *
 * Structs   Every struct that crosses begins with uint32_t struct_size, set by whoever allocates it
 *           (PSA_INIT does it) over zeroed memory. Structs grow at the end only, in multiples of 8 bytes,
 *           with explicit reserved members that are zero. Read a member only after PSA_HAS says that
 *           it is there. Arrays of structs come with the size of one element; step by that, not by
 *           sizeof. psa_string, ArrowSchema and ArrowArray never change and carry no size. Sizes are
 *           those of 64-bit platforms; there are no others. Flags of a struct or function that a driver
 *           does not know are refused with PSA_INVALID_ARGUMENT, before anything is sent.
 *
 * Handles   psa_connection, psa_statement, psa_result and psa_cancel are the driver's own, opaque to
 *           the host. A child keeps what it needs of its parent alive: releasing a connection before
 *           its statements, or a statement before its result, is legal. After its connection was
 *           released a child answers PSA_INVALID_STATE at once, except to its release function. Memory that
 *           the client library writes to lives until the library has let go of it, also where statement and
 *           result are released unread.
 *
 * Release   Functions named *_release never wait, never fail, and accept NULL, also between resumes and
 *           for the very statement or result that is being run. What must still be told to the server
 *           (closing a statement, say) waits for the next call on which it can be sent, and its failure
 *           is never that call's error. A client that can only say goodbye by waiting does it on a
 *           thread of the driver's own.
 *
 * Threads   One call at a time on a connection and on all that hangs on it, from any thread. Different
 *           connections run in parallel. Only psa_driver.cancel, psa_driver.cancel_release and the
 *           release callbacks of Arrow structures may run beside another call, from any thread.
 *
 * Calls     Functions that may wait take a psa_call: deadline and error sink. The call, its arguments
 *           and its out-parameters stay valid until the operation ends, which on a non-blocking
 *           connection may be several psa_driver.connection_resume later. While one is pending, only
 *           connection_wait_for, connection_resume, connection_state, cancel and the release functions
 *           may be called. While a result is unfinished and the connection does not claim
 *           PSA_CAP_CONCURRENT_RESULTS, only functions of that result, release, state, lexical, cancel,
 *           reset and close may; others answer PSA_INVALID_STATE, unless the driver can run them all
 *           the same. A result released unread is read to its end by the next call.
 *
 * Data      Rows travel as Arrow C data (apache arrow, "The Arrow C data interface"): a struct array
 *           with one child for each column. An ArrowArray owns its memory: it may be moved, kept, and
 *           released from any thread, beside any call, after its connection is gone.
 *
 * Edge      No exception, longjmp, exit, signal handler, locale change, or write to standard output or
 *           standard error crosses this interface: what a client library changes of these while it
 *           starts, the driver puts back. A driver is never unloaded.
 *
 * Versions  PSA_ABI_MAJOR names the interface; a driver and a host of different majors do not meet.
 *           Within a major, minors only add. A new driver in an old host sees a smaller struct_size in
 *           the table it is given, fills that much, and gives up what lies beyond; or it refuses a host
 *           older than it can work with. An old driver in a new host fills less than the table holds; the
 *           host reads the rest as NULL. What a minor looked like when it was released is kept, and today's
 *           header held to it.
 */
#ifndef PSA_DRIVER_H_
#define PSA_DRIVER_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PSA_ABI_MAJOR 1
#define PSA_ABI_MINOR 0

/* The oldest minor whose hosts a driver works with. A driver that asks PSA_HAS before it uses what a newer
 * minor brought defines it lower, before it includes this header. */
#ifndef PSA_ABI_MINOR_MIN
#define PSA_ABI_MINOR_MIN PSA_ABI_MINOR
#endif

/* --- Arrow C data interface ---------------------------------------------------------------------
 * The layout is fixed by the Arrow specification; the guard is the one it asks for, so that this
 * header meets others that declare the same. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
#endif

/* --- Basics -------------------------------------------------------------------------------------*/

/* A view of UTF-8 text; see "Text" above. Fixed for ever. */
typedef struct psa_string {
  const char* data;
  uint64_t size;
} psa_string;

/* True if `member` lies within what the allocator of `*pointer` declared by struct_size. */
#define PSA_HAS(type, pointer, member) \
  ((pointer)->struct_size >= offsetof(type, member) + sizeof((pointer)->member))

/* First member of an initialiser: `psa_call call = {PSA_INIT(psa_call)};` */
#define PSA_INIT(type) (uint32_t)sizeof(type)

/* Statuses. A new one may be added by a minor; a host takes a value it does not know for PSA_ERROR. */
#define PSA_OK INT32_C(0)
#define PSA_PENDING INT32_C(1)          /* non-blocking connections only: wait, then resume */
#define PSA_ERROR INT32_C(2)            /* the database or its client refused */
#define PSA_CANCELLED INT32_C(3)        /* ended by a psa_cancel */
#define PSA_DEADLINE INT32_C(4)         /* ended because psa_call.deadline passed */
#define PSA_NOT_SUPPORTED INT32_C(5)    /* this driver can't do it, or not with these arguments */
#define PSA_INVALID_ARGUMENT INT32_C(6) /* an argument or option is wrong; nothing was sent */
#define PSA_INVALID_STATE INT32_C(7)    /* not now: not connected, broken, released, out of order */
#define PSA_OUT_OF_MEMORY INT32_C(8)

typedef struct psa_connection psa_connection;
typedef struct psa_statement psa_statement;
typedef struct psa_result psa_result;
typedef struct psa_cancel psa_cancel;

/* --- Errors and notices -------------------------------------------------------------------------*/

/* Categories: the classes of Python's DB-API 2.0 (PEP 249), which SQLAlchemy uses. */
#define PSA_CATEGORY_UNKNOWN UINT32_C(0)
#define PSA_CATEGORY_INTERFACE UINT32_C(1)     /* the driver was used wrongly */
#define PSA_CATEGORY_DATA UINT32_C(2)          /* value out of range, division by zero, bad text */
#define PSA_CATEGORY_OPERATIONAL UINT32_C(3)   /* not the program's fault: connection, memory, lock */
#define PSA_CATEGORY_INTEGRITY UINT32_C(4)     /* a constraint */
#define PSA_CATEGORY_INTERNAL UINT32_C(5)      /* the database lost its way */
#define PSA_CATEGORY_PROGRAMMING UINT32_C(6)   /* syntax, missing table, wrong number of parameters */
#define PSA_CATEGORY_NOT_SUPPORTED UINT32_C(7) /* the database lacks it */

/* Flags of a psa_error. */
#define PSA_ERROR_RETRYABLE UINT32_C(1)       /* the same transaction may succeed when run again */
#define PSA_ERROR_CONNECTION_LOST UINT32_C(2) /* only release works on this connection now */
/* The answer to something that changes data was lost; with any failing status. */
#define PSA_ERROR_MAYBE_APPLIED UINT32_C(4)

#define PSA_SEVERITY_ERROR UINT32_C(0)
#define PSA_SEVERITY_WARNING UINT32_C(1)
#define PSA_SEVERITY_INFO UINT32_C(2)
#define PSA_SEVERITY_DEBUG UINT32_C(3)

/* One error or notice, on its way from driver to host.
 *
 * category, flags  Of errors; severity  of notices.
 * message    What happened, in the database's words where it has any, without trailing line feed.
 * sqlstate   Five characters (ISO/IEC 9075), or no value where the database has none.
 * vendor_code  The database's own number; 0 if none.
 * sql_offset   Bytes from the start of the SQL text given to prepare; -1 unknown. Always of a whole
 *              character: positions counted in characters are translated.
 * parameter_row  Zero-based row of the parameter batch that failed; -1 not about a row, or a bulk
 *              protocol that does not tell.
 * parameter_column  Zero-based child of the parameter batch; -1 likewise.
 * detail, hint, constraint, table, column, schema  The database's further words; no value where absent.
 * context      Where inside the database it happened ("PL/pgSQL function f() line 3").
 *
 * Never holds a password, a connection string or a parameter's value of the driver's own making. The
 * database's own message may hold user data; the host keeps it apart from its own text. */
typedef struct psa_error {
  uint32_t struct_size;
  uint32_t category;
  uint32_t flags;
  uint32_t severity;
  int64_t vendor_code;
  int64_t sql_offset;
  int64_t parameter_row;
  int64_t parameter_column;
  psa_string sqlstate;
  psa_string message;
  psa_string detail;
  psa_string hint;
  psa_string schema;
  psa_string table;
  psa_string column;
  psa_string constraint;
  psa_string context;
} psa_error;

/* What the host offers. Lives as long as the process. */
typedef struct psa_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* newest minor the host speaks */

  /* Copies `*error` into `sink`. `sink` is what psa_call.sink holds; NULL is allowed and drops the
   * error. Called before a function returns a failing status; the last call counts.
   * Threads: as the call it belongs to. Never fails. */
  void (*report)(void* sink, const psa_error* error);
} psa_host;

/* Goes with every call that may wait.
 *
 * sink      The host's, for psa_host.report.
 * deadline  Nanoseconds of CLOCK_MONOTONIC; 0 is none. A driver with PSA_CAP_DEADLINE ends the
 *           operation with PSA_DEADLINE soon after, also while it waits for a lock or the network; for a
 *           driver without it a host may cancel. A deadline that has passed before the call began
 *           ends it before anything is sent. A driver that cannot end the operation in time gives the
 *           connection up: PSA_ERROR_CONNECTION_LOST. */
typedef struct psa_call {
  uint32_t struct_size;
  uint32_t reserved;
  void* sink;
  int64_t deadline;
} psa_call;

/* --- Options ------------------------------------------------------------------------------------*/

#define PSA_TYPE_TEXT UINT32_C(1)
#define PSA_TYPE_INT64 UINT32_C(2)
#define PSA_TYPE_DOUBLE UINT32_C(3)
#define PSA_TYPE_BOOL UINT32_C(4)

/* The option came as text of a URL's query: a driver reads a number or a truth value out of the text
 * (true/false, yes/no, on/off, 1/0). Without it a value of another type than declared is refused. */
#define PSA_OPTION_FROM_URL UINT32_C(1)
/* In psa_option_info: never printed, never logged. */
#define PSA_OPTION_SECRET UINT32_C(2)
/* In psa_option_info, with the name "*": other names than those listed go to the client as they are,
 * because only it knows them (ODBC). */
#define PSA_OPTION_ANY UINT32_C(4)

/* One option as the user gave it. `integer` holds int64 and bool (0 or 1). */
typedef struct psa_option {
  uint32_t struct_size;
  uint32_t type;
  uint32_t flags;
  uint32_t reserved;
  psa_string name;
  psa_string text;
  int64_t integer;
  double real;
} psa_option;

/* One option that the driver knows. Names are the database client's own, as in SQLAlchemy's URLs.
 *
 * default_value  As text; no value where there is none.
 * choices        Allowed values separated by '|'; no value where any goes.
 * description    One line, with the unit. */
typedef struct psa_option_info {
  uint32_t struct_size;
  uint32_t type;
  uint32_t flags;
  uint32_t reserved;
  psa_string name;
  psa_string default_value;
  psa_string choices;
  psa_string description;
} psa_option_info;

/* One host of a URL. `port` is 0 where the URL has none. IPv6 addresses come without brackets. */
typedef struct psa_address {
  uint32_t struct_size;
  uint32_t port;
  psa_string host;
} psa_address;

/* --- Connections --------------------------------------------------------------------------------*/

/* connect, and every later call, may answer PSA_PENDING. Needs PSA_CAP_NONBLOCKING. */
#define PSA_CONNECTION_NONBLOCKING UINT32_C(1)

/* What to connect to: the parts of the URL, decoded, and the options of its query and of the
 * connector's connect_args. The driver copies what it keeps before connection_new returns.
 *
 * driver_name  As the user wrote it, "dialect+driver": one plugin may serve several dialects.
 * addresses    Zero or more; a driver that takes one refuses more. Given here and as an option: refused.
 * options      A name may come more than once; the last counts where the client knows only one. What the
 *              client library reads by itself (PGHOST, service and password files) holds where neither
 *              says otherwise.
 * on_notice    Called with `notice_context` for warnings and notices of the server, during calls on
 *              this connection and on their thread. NULL if nobody listens. It makes no call of this
 *              interface. */
typedef struct psa_connection_args {
  uint32_t struct_size;
  uint32_t flags;
  psa_string driver_name;
  psa_string username;
  psa_string password;
  psa_string database;
  const psa_address* addresses;
  uint64_t address_count;
  uint32_t address_size; /* bytes of one element */
  uint32_t option_size;  /* bytes of one element */
  const psa_option* options;
  uint64_t option_count;
  void (*on_notice)(void* notice_context, const psa_error* notice);
  void* notice_context;
  psa_string application_name; /* for the server's list of sessions, where it has one */
} psa_connection_args;

/* Where the transaction stands, as the server sees it. */
#define PSA_TRANSACTION_NONE UINT32_C(0)
#define PSA_TRANSACTION_OPEN UINT32_C(1)
#define PSA_TRANSACTION_FAILED UINT32_C(2) /* only rollback, or rollback to a savepoint, works */
/* The database does not tell: a host rolls back before it lends the connection to another user. */
#define PSA_TRANSACTION_UNKNOWN UINT32_C(3)
/* A PSA_BEGIN_LAZY has been accepted and nothing has been sent yet. */
#define PSA_TRANSACTION_DEFERRED UINT32_C(4)

/* Flags of a connection's state. */
#define PSA_STATE_BROKEN UINT32_C(1) /* the connection is lost; release it */
/* The database lives and dies with this connection (SQLite's ":memory:"): a second connection made with
 * the same arguments would see another. A pool shares the one among all. */
#define PSA_STATE_PRIVATE_DATABASE UINT32_C(2)

/* What the driver knows without asking the server.
 *
 * capabilities  Of this connection, final once connected: a subset of psa_driver.capabilities, which
 *               promise what the driver can do at best (what ODBC can do depends on what is behind it). */
typedef struct psa_connection_state {
  uint32_t struct_size;
  uint32_t flags;
  uint32_t transaction;
  uint32_t reserved;
  uint64_t capabilities;
} psa_connection_state;

/* What to wait for while an operation is pending.
 *
 * fd          Anything poll takes: a socket, an eventfd, an epoll set of several. The host polls a dup of
 *             it (the client library may close and reopen it) and never reads it. -1: only the time counts.
 * generation  Changes whenever fd means another socket, also when its number is the same again, perhaps
 *             more often; the inode number of a socket is a good one.
 * events      PSA_WAIT_READ, PSA_WAIT_WRITE or both; whichever comes first ends the wait.
 * wake_at     Nanoseconds of CLOCK_MONOTONIC; 0 is none. Resume then, whatever the socket does. */
#define PSA_WAIT_READ UINT32_C(1)
#define PSA_WAIT_WRITE UINT32_C(2)
typedef struct psa_wait {
  uint32_t struct_size;
  uint32_t events;
  int32_t fd;
  uint32_t reserved;
  uint64_t generation;
  int64_t wake_at;
} psa_wait;

/* --- Transactions -------------------------------------------------------------------------------*/

#define PSA_ISOLATION_DEFAULT UINT32_C(0) /* whatever the session has */
#define PSA_ISOLATION_READ_UNCOMMITTED UINT32_C(1)
#define PSA_ISOLATION_READ_COMMITTED UINT32_C(2)
#define PSA_ISOLATION_REPEATABLE_READ UINT32_C(3)
#define PSA_ISOLATION_SNAPSHOT UINT32_C(4)
#define PSA_ISOLATION_SERIALIZABLE UINT32_C(5)

#define PSA_BEGIN_READ_ONLY UINT32_C(1)
#define PSA_BEGIN_DEFERRABLE UINT32_C(2)
/* The driver may put the begin off and send it with the first statement, or, where a transaction would
 * hold a lock that a finished SELECT need not hold, with the first writing one. */
#define PSA_BEGIN_LAZY UINT32_C(4)

typedef struct psa_begin {
  uint32_t struct_size;
  uint32_t isolation;
  uint32_t flags;
  uint32_t reserved;
} psa_begin;

#define PSA_SAVEPOINT_SET UINT32_C(1)
#define PSA_SAVEPOINT_RELEASE UINT32_C(2)
#define PSA_SAVEPOINT_ROLLBACK_TO UINT32_C(3) /* the savepoint stays, as in SQL */

/* --- Statements and results ---------------------------------------------------------------------*/

/* Flags of prepare. */
#define PSA_PREPARE_ONCE UINT32_C(1)    /* will run once: a driver may skip the server-side prepare */
#define PSA_PREPARE_SEVERAL UINT32_C(2) /* the user allows several statements in one text */

/* Parameters, borrowed until the operation ends: one struct batch, its children in the order of the
 * placeholders, any offset, any of the types that docs/types.md lists. A column whose rows differ in
 * type is a dense union; one without any value is Arrow's null type. One row runs the statement once;
 * n rows run it n times, as execute_many; 0 rows are refused. Results of a statement run with more than
 * one row are discarded; rows_affected is the sum, and there is no last_insert_id. Both NULL: no
 * parameters. */
typedef struct psa_execute {
  uint32_t struct_size;
  uint32_t flags; /* none yet: 0 */
  const struct ArrowSchema* parameter_schema;
  const struct ArrowArray* parameters;
} psa_execute;

#define PSA_RESULT_NONE UINT32_C(0)  /* neither rows nor a count (CREATE TABLE) */
#define PSA_RESULT_COUNT UINT32_C(1) /* rows_affected */
#define PSA_RESULT_ROWS UINT32_C(2)  /* result_next hands out batches; maybe rows_affected as well */

#define PSA_RESULT_HAS_INSERT_ID UINT32_C(1)
#define PSA_RESULT_FINISHED UINT32_C(2) /* nothing of this result is left to read */
#define PSA_RESULT_MORE UINT32_C(4)     /* another result may follow; without it none does */

/* What is known about a result. rows_affected is -1 while or where unknown; it is final once
 * PSA_RESULT_FINISHED is set. A matching row counts as affected, as in DB-API. last_insert_id counts
 * only with PSA_RESULT_HAS_INSERT_ID. column_count may be 0 for PSA_RESULT_ROWS. */
typedef struct psa_result_info {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t flags;
  uint32_t reserved;
  int64_t rows_affected;
  int64_t last_insert_id;
  int64_t column_count;
} psa_result_info;

/* How much result_next should bring. A batch has at least one row unless the result ends. The driver
 * stops at max_rows, at about max_bytes, or once it has min_rows and would have to wait. */
typedef struct psa_fetch {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t min_rows; /* 1 or more */
  int64_t max_rows; /* min_rows or more */
  int64_t max_bytes;
} psa_fetch;

/* A batch of rows.
 *
 * schema  A struct, with one child for each column. Moved to the host, which releases it. A schema
 *         whose release is NULL (the driver sets it) means: the same as that of the batch before, which
 *         is the one that this statement handed out last, in an earlier execution too. The first batch
 *         after result_next_result, and the first one of psa_driver.metadata, carry theirs.
 *         Each field carries the database's name of its type under the metadata key "psa.type" where
 *         it is known.
 * array   Moved to the host. release is NULL when there are no (more) rows.
 * flags   PSA_BATCH_LAST: no batch follows and PSA_RESULT_FINISHED holds; the host need not ask again. A
 *         driver that knows says so, and has then let go of what the open result held (locks, cursors). */
#define PSA_BATCH_LAST UINT32_C(1)
typedef struct psa_batch {
  uint32_t struct_size;
  uint32_t flags;
  struct ArrowSchema schema;
  struct ArrowArray array;
} psa_batch;

/* --- Bulk load ----------------------------------------------------------------------------------*/

#define PSA_INGEST_APPEND UINT32_C(1)  /* the table must exist */
#define PSA_INGEST_CREATE UINT32_C(2)  /* the table must not exist */
#define PSA_INGEST_REPLACE UINT32_C(3) /* dropped first if it exists */

/* Loads `rows` into a table by the database's fastest way. Names are plain identifiers, not quoted;
 * columns match by name. Runs in the open transaction, or in one of its own. The stream is read by the
 * driver and released by the host, whatever comes of it; where its get_next fails, the ingest ends with that
 * error's text. rows_affected: rows loaded. */
typedef struct psa_ingest {
  uint32_t struct_size;
  uint32_t mode;
  psa_string schema; /* no value: the session's default */
  psa_string table;
  struct ArrowArrayStream* rows;
} psa_ingest;

/* --- Metadata -----------------------------------------------------------------------------------
 * Flat results with frozen columns, text where nothing is said, ordered by the leading columns. A bool may
 * come as an integer 0 or 1. Rows of one constraint or index stand together, its first has ordinal 1: that
 * tells constraints without names apart. Further columns may follow and mean nothing to the host.
 *
 * SCHEMAS  schema
 * TABLES   schema, table, kind ("table", "view", "temporary", "system"), comment
 * COLUMNS  schema, table, ordinal (int64, from 1), column, type (as the database writes it),
 *          nullable (bool), default, autoincrement (bool), comment
 * KEYS     schema, table, constraint, kind ("primary", "unique", "foreign"), ordinal (int64, from 1),
 *          column, referenced_schema, referenced_table, referenced_column, on_update, on_delete
 * INDEXES  schema, table, index, unique (bool), ordinal (int64, from 1), column (NULL: expression),
 *          expression, descending (bool) */
#define PSA_METADATA_SCHEMAS UINT32_C(1)
#define PSA_METADATA_TABLES UINT32_C(2)
#define PSA_METADATA_COLUMNS UINT32_C(3)
#define PSA_METADATA_KEYS UINT32_C(4)
#define PSA_METADATA_INDEXES UINT32_C(5)

/* Exact names, not patterns; no value: all. */
typedef struct psa_metadata {
  uint32_t struct_size;
  uint32_t kind;
  psa_string schema;
  psa_string table;
} psa_metadata;

/* --- Lexical facts ------------------------------------------------------------------------------
 * What the host must know to find `:name` parameters in a statement and write the driver's
 * placeholders. True of the connection at hand: a session's settings may change them. */

#define PSA_PLACEHOLDER_QUESTION UINT32_C(1) /* ?  one for each use */
#define PSA_PLACEHOLDER_DOLLAR UINT32_C(2)   /* $1 numbered from 1, a number may be used again */
#define PSA_PLACEHOLDER_NUMBERED UINT32_C(3) /* ?1 likewise */
#define PSA_PLACEHOLDER_COLON UINT32_C(4)    /* :1 likewise */

#define PSA_LEXICAL_HASH_COMMENT UINT32_C(1)        /* # to the end of the line */
#define PSA_LEXICAL_NESTED_COMMENT UINT32_C(2)      /* comments between slash-star nest */
#define PSA_LEXICAL_DASH_NEEDS_SPACE UINT32_C(4)    /* -- begins a comment only before white space */
#define PSA_LEXICAL_BACKSLASH_ESCAPE UINT32_C(8)    /* backslash escapes inside '...' */
#define PSA_LEXICAL_E_STRING UINT32_C(16)           /* backslash escapes inside E'...' */
#define PSA_LEXICAL_DOLLAR_QUOTE UINT32_C(32)       /* $tag$...$tag$ */
#define PSA_LEXICAL_BACKTICK_QUOTE UINT32_C(64)     /* `...` quotes an identifier */
#define PSA_LEXICAL_BRACKET_QUOTE UINT32_C(128)     /* [...] quotes an identifier */
#define PSA_LEXICAL_DOUBLE_QUOTE_TEXT UINT32_C(256) /* "..." is text, with the escapes of '...' */
#define PSA_LEXICAL_CODE_COMMENT UINT32_C(512)      /* the inside of slash-star-! comments is code */
#define PSA_LEXICAL_Q_QUOTE UINT32_C(1024)          /* q'[...]' and its like are text (Oracle) */

/* identifier_quote  The character to write around an identifier: '"', '`' or '['. The closing one, ']' for
 *                   '[', is doubled inside. */
typedef struct psa_lexical {
  uint32_t struct_size;
  uint32_t placeholder;
  uint32_t flags;
  uint32_t identifier_quote;
} psa_lexical;

/* --- The driver ---------------------------------------------------------------------------------*/

/* Capabilities. A set bit is a promise that the conformance program checks. */
#define PSA_CAP_NONBLOCKING UINT64_C(1) /* connections may be opened non-blocking */
#define PSA_CAP_CANCEL UINT64_C(2)      /* cancel ends a running operation */
#define PSA_CAP_DEADLINE UINT64_C(4)    /* psa_call.deadline is kept by the driver */
#define PSA_CAP_TRANSACTIONS UINT64_C(8)
#define PSA_CAP_SAVEPOINTS UINT64_C(16)
#define PSA_CAP_CONCURRENT_RESULTS UINT64_C(32) /* several unfinished results on one connection */
#define PSA_CAP_SEVERAL_RESULTS UINT64_C(64)    /* result_next_result may find another */
#define PSA_CAP_PARAMETER_TYPES UINT64_C(128)   /* statement_parameters tells the server's types */
#define PSA_CAP_INGEST UINT64_C(256)
#define PSA_CAP_METADATA UINT64_C(512)
#define PSA_CAP_DYNAMIC_TYPES UINT64_C(1024) /* schemas may change between batches, unions appear */

/* The table a driver fills. The host allocates it zeroed, with struct_size telling its room. A NULL
 * function means "not supported"; drivers write no stubs. The required ones are marked (R). */
typedef struct psa_driver {
  uint32_t struct_size; /* in: room; the driver leaves it alone */
  uint32_t abi_minor;   /* out: the minor the driver was built for, at most the host's */

  /* Facts, all of static lifetime. name: as in the identity section. client: the database client's
   * name and version as found at run time, for reports ("SQLite 3.40.1"). */
  uint64_t capabilities;
  psa_string name;    /* (R) */
  psa_string version; /* (R) */
  psa_string client;
  const psa_option_info* options;
  uint64_t option_count;
  uint32_t option_size; /* bytes of one element */
  uint32_t reserved;

  /* (R) Makes a connection object; sends nothing, never waits. Refuses unknown options
   * (PSA_INVALID_ARGUMENT, naming the nearest known one) and arguments the database has no use for. */
  int32_t (*connection_new)(const psa_connection_args* args, psa_connection** out, void* sink);

  /* (R) Drops everything: an open transaction is rolled back by the server, a pending operation is
   * abandoned. Children stay valid handles that answer PSA_INVALID_STATE. */
  void (*connection_release)(psa_connection* connection);

  /* (R) Opens the session. Once. After a failure only release is allowed. Looking a host's name up counts
   * as waiting: a non-blocking connection does it, and what else of connecting blocks in the client
   * library, on a thread of the driver's own. */
  int32_t (*connection_connect)(psa_connection* connection, const psa_call* call);

  /* Says goodbye to the server; an open transaction is rolled back. Only release, state and close, which
   * then does nothing, are of use afterwards. NULL: the host only releases. */
  int32_t (*connection_close)(psa_connection* connection, const psa_call* call);

  /* Asks the server whether it is still there. */
  int32_t (*connection_ping)(psa_connection* connection, const psa_call* call);

  /* Rolls back, ends unfinished results and forgets what the session was told, as far as the database
   * can do that cheaply: the pool calls it when a connection comes back. Statements stay usable: where the
   * database drops them, the driver prepares them again from its copy of the text. NULL: the host rolls
   * back. */
  int32_t (*connection_reset)(psa_connection* connection, const psa_call* call);

  /* (R) What is known without asking the server. Never waits or fails. */
  void (*connection_state)(psa_connection* connection, psa_connection_state* out);

  /* (R) Valid once connected; asked again after statements that may change it. Never waits or fails. */
  void (*connection_lexical)(psa_connection* connection, psa_lexical* out);

  /* What the pending operation waits for. Asked before every wait. Only while one is pending. */
  int32_t (*connection_wait_for)(psa_connection* connection, psa_wait* out);

  /* Goes on with the pending operation; PSA_PENDING or its end, reported to the operation's own sink. May
   * come early, late or for no reason: the driver looks for itself which events fired. Does a bounded
   * amount of work, a few milliseconds at most; PSA_PENDING with a wake_at that has passed asks to be
   * resumed after others had their turn. After its deadline the operation ends with PSA_DEADLINE; after a
   * cancel has returned, the host resumes once whatever the descriptor does, and goes on until it ends. */
  int32_t (*connection_resume)(psa_connection* connection);

  /* A handle for cancelling. Taken beforehand, from any state of the connection; it may outlive the
   * connection, and is then harmless. */
  int32_t (*cancel_new)(psa_connection* connection, psa_cancel** out, void* sink);
  void (*cancel_release)(psa_cancel* cancel);

  /* Asks the operation that is running or pending now to end with PSA_CANCELLED; it may still win the race
   * and end otherwise. An unfinished result counts as running, and may tell of it in result_next. Nothing
   * running is no error. From any thread, beside any call. May wait (some databases need a connection of
   * their own for it), and has its own call, by whose deadline it returns. An operation ends only after
   * the cancels aimed at it have returned, so a late one never hits the next; where a cancel's outcome
   * stays unknown, the connection is given up. */
  int32_t (*cancel)(psa_cancel* cancel, const psa_call* call);

  /* Transactions are explicit: without begin, each statement commits itself. Begin where one is open
   * is PSA_INVALID_STATE; commit and rollback where none is are PSA_OK; nothing is sent in either case.
   * Commit of a failed one rolls back and is PSA_ERROR. A commit that fails leaves what connection_state then
   * tells. An isolation or flag that the database lacks is PSA_NOT_SUPPORTED, but for PSA_BEGIN_LAZY, which
   * is a permission. */
  int32_t (*transaction_begin)(psa_connection* connection, const psa_begin* begin, const psa_call* call);
  int32_t (*transaction_commit)(psa_connection* connection, const psa_call* call);
  int32_t (*transaction_rollback)(psa_connection* connection, const psa_call* call);

  /* `action` is a PSA_SAVEPOINT value, `name` a plain identifier, quoted by the driver. A transaction
   * that was put off begins with the first savepoint. */
  int32_t (*transaction_savepoint)(psa_connection* connection, uint32_t action, const psa_string* name,
                                   const psa_call* call);

  /* (R) Parses one statement, with placeholders as connection_lexical says. An empty text or a text of
   * comments is a statement that does nothing. A driver may put the parse off to execute, and repeat it
   * when the types of the parameters change: what is wrong with the text may come from either. */
  int32_t (*statement_prepare)(psa_connection* connection, const psa_string* sql, uint32_t flags,
                               psa_statement** out, const psa_call* call);
  void (*statement_release)(psa_statement* statement); /* (R) */

  /* The placeholders' types as the server sees them: a struct with one child for each, Arrow's null
   * type where any goes, "psa.type" in the metadata. */
  int32_t (*statement_parameters)(psa_statement* statement, struct ArrowSchema* out, const psa_call* call);

  /* (R) Runs the statement, until it is known what kind of result it has; one without rows has then run.
   * May be run again when its last result is finished or released. Where a row of several fails, earlier
   * rows may have run: the host wraps them in a transaction. */
  int32_t (*statement_execute)(psa_statement* statement, const psa_execute* execute, psa_result** out,
                               const psa_call* call);

  void (*result_release)(psa_result* result); /* (R) discards what is unread */

  /* (R) Never waits or fails. */
  void (*result_info)(psa_result* result, psa_result_info* out);

  /* (R) Names, and types as far as declared, before the first batch: a struct, Arrow's null type where
   * only the values will tell. Released by the host. Never waits. */
  int32_t (*result_schema)(psa_result* result, struct ArrowSchema* out, void* sink);

  /* (R) The next rows; see psa_batch. Rows that came before an error are handed out first, without
   * PSA_BATCH_LAST; the error comes from the next call, and the result is finished. After the end: PSA_OK
   * and no rows. A driver that returns
   * early may be in the middle of reading: the next call on the connection goes on with that. */
  int32_t (*result_next)(psa_result* result, const psa_fetch* fetch, psa_batch* out, const psa_call* call);

  /* Moves on to the statement's next result: after PSA_OK the same handle speaks of that one, or is
   * finished and of kind PSA_RESULT_NONE when there is none. Unread rows of this one are discarded. */
  int32_t (*result_next_result)(psa_result* result, const psa_call* call);

  int32_t (*ingest)(psa_connection* connection, const psa_ingest* ingest, int64_t* rows_affected,
                    const psa_call* call);
  int32_t (*metadata)(psa_connection* connection, const psa_metadata* metadata, psa_result** out,
                      const psa_call* call);
} psa_driver;

/* --- Entry and identity -------------------------------------------------------------------------*/

#if defined(__GNUC__)
#define PSA_EXPORT __attribute__((visibility("default")))
#else
#define PSA_EXPORT
#endif

/* The one function a driver exports. Checks host->abi_minor, fills `*out`, returns PSA_OK; or explains
 * itself through host->report(sink, ...) and returns a failing status. May be called more than once,
 * from several threads, and fills each table alike.
 *
 * Define it as `PSA_DRIVER_ENTRY(name)(const psa_host* host, psa_driver* out, void* sink) { ... }`, where
 * name is a C identifier, the driver's file name. Compiled with PSA_DRIVER_STATIC defined it becomes
 * psa_<name>_driver_entry, so that several drivers can be linked into one program. */
typedef int32_t (*psa_driver_entry)(const psa_host* host, psa_driver* out, void* sink);
#define PSA_DRIVER_ENTRY_SYMBOL "psa_driver_entry_v1"
#ifdef __cplusplus
#define PSA_EXTERN_C extern "C"
#else
#define PSA_EXTERN_C extern
#endif
#ifdef PSA_DRIVER_STATIC
#define PSA_DRIVER_ENTRY(name)                                                                       \
  PSA_EXTERN_C int32_t psa_##name##_driver_entry(const psa_host* host, psa_driver* out, void* sink); \
  int32_t psa_##name##_driver_entry
#else
#define PSA_DRIVER_ENTRY(name) PSA_EXPORT int32_t psa_driver_entry_v1
PSA_EXPORT int32_t psa_driver_entry_v1(const psa_host* host, psa_driver* out, void* sink);
#endif

/* Readable in the file without running it: a constant in the section "psa_identity", which strip keeps.
 * Texts are zero-padded and zero-terminated. arch is what `uname -m` calls the machine.
 * The driver works with hosts of abi_major whose newest minor is at least abi_minor_min; abi_minor is
 * the newest it makes use of. */
typedef struct psa_identity {
  char magic[8]; /* PSA_IDENTITY_MAGIC */
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor_min;
  uint32_t abi_minor;
  uint64_t capabilities;
  char arch[16];
  char name[64];
  char version[32];
} psa_identity;

#define PSA_IDENTITY_SECTION "psa_identity"
#define PSA_IDENTITY_MAGIC "psa-drv"

#if defined(__x86_64__)
#define PSA_ARCH "x86_64"
#elif defined(__aarch64__)
#define PSA_ARCH "aarch64"
#elif defined(__riscv) && __riscv_xlen == 64
#define PSA_ARCH "riscv64"
#elif defined(__powerpc64__)
#define PSA_ARCH "ppc64le"
#elif defined(__s390x__)
#define PSA_ARCH "s390x"
#else
#define PSA_ARCH "unknown"
#endif

#if defined(__has_attribute)
#if __has_attribute(retain)
#define PSA_IDENTITY_ATTRIBUTES __attribute__((used, retain, section(PSA_IDENTITY_SECTION)))
#endif
#endif
#ifndef PSA_IDENTITY_ATTRIBUTES
#define PSA_IDENTITY_ATTRIBUTES __attribute__((used, section(PSA_IDENTITY_SECTION)))
#endif

/* Once in a driver, at file scope: PSA_DRIVER_IDENTITY("mydb", "1.0.0", PSA_CAP_CANCEL | ...); */
#define PSA_DRIVER_IDENTITY(name_text, version_text, capability_bits)               \
  static const psa_identity psa_identity_of_this_driver PSA_IDENTITY_ATTRIBUTES = { \
      PSA_IDENTITY_MAGIC, PSA_INIT(psa_identity), PSA_ABI_MAJOR, PSA_ABI_MINOR_MIN, \
      PSA_ABI_MINOR,      (capability_bits),      PSA_ARCH,      name_text,         \
      version_text}

#ifdef __cplusplus
}
#endif

#endif /* PSA_DRIVER_H_ */
