/* What holds of every struct that grows, in C and in C++. */
#ifndef LAYOUT_CHECKS_H_
#define LAYOUT_CHECKS_H_

#include <psa/driver.h>

#ifdef __cplusplus
#define CHECK(condition, text) static_assert(condition, text)
#else
#define CHECK(condition, text) _Static_assert(condition, text)
#endif

#define CHECK_GROWING_STRUCT(type)                                                \
  CHECK(offsetof(type, struct_size) == 0, #type " begins with its size");         \
  CHECK(sizeof(((type*)0)->struct_size) == 4, #type " has a size of four bytes"); \
  CHECK(sizeof(type) % 8 == 0, #type " is a multiple of eight bytes")

/* Nothing but its last member may end where the struct does: a new member starts at the old size. */
#define CHECK_NO_TAIL_PADDING(type, last) \
  CHECK(offsetof(type, last) + sizeof(((type*)0)->last) == sizeof(type), #type " has no padding at its end")

CHECK_GROWING_STRUCT(psa_error);
CHECK_GROWING_STRUCT(psa_host);
CHECK_GROWING_STRUCT(psa_call);
CHECK_GROWING_STRUCT(psa_option);
CHECK_GROWING_STRUCT(psa_option_info);
CHECK_GROWING_STRUCT(psa_address);
CHECK_GROWING_STRUCT(psa_connection_args);
CHECK_GROWING_STRUCT(psa_connection_state);
CHECK_GROWING_STRUCT(psa_wait);
CHECK_GROWING_STRUCT(psa_begin);
CHECK_GROWING_STRUCT(psa_execute);
CHECK_GROWING_STRUCT(psa_result_info);
CHECK_GROWING_STRUCT(psa_fetch);
CHECK_GROWING_STRUCT(psa_batch);
CHECK_GROWING_STRUCT(psa_ingest);
CHECK_GROWING_STRUCT(psa_metadata);
CHECK_GROWING_STRUCT(psa_lexical);
CHECK_GROWING_STRUCT(psa_driver);

CHECK_NO_TAIL_PADDING(psa_error, context);
CHECK_NO_TAIL_PADDING(psa_host, report);
CHECK_NO_TAIL_PADDING(psa_call, deadline);
CHECK_NO_TAIL_PADDING(psa_option, real);
CHECK_NO_TAIL_PADDING(psa_option_info, description);
CHECK_NO_TAIL_PADDING(psa_address, host);
CHECK_NO_TAIL_PADDING(psa_connection_args, application_name);
CHECK_NO_TAIL_PADDING(psa_connection_state, capabilities);
CHECK_NO_TAIL_PADDING(psa_wait, wake_at);
CHECK_NO_TAIL_PADDING(psa_begin, reserved);
CHECK_NO_TAIL_PADDING(psa_execute, parameters);
CHECK_NO_TAIL_PADDING(psa_result_info, column_count);
CHECK_NO_TAIL_PADDING(psa_fetch, max_bytes);
CHECK_NO_TAIL_PADDING(psa_batch, array);
CHECK_NO_TAIL_PADDING(psa_ingest, rows);
CHECK_NO_TAIL_PADDING(psa_metadata, table);
CHECK_NO_TAIL_PADDING(psa_lexical, identifier_quote);
CHECK_NO_TAIL_PADDING(psa_driver, metadata);

/* Fixed for ever. The identity's size comes after its magic. */
CHECK(sizeof(psa_string) == 16, "psa_string never changes");
CHECK(sizeof(struct ArrowSchema) == 72, "ArrowSchema never changes");
CHECK(sizeof(struct ArrowArray) == 80, "ArrowArray never changes");
CHECK(sizeof(struct ArrowArrayStream) == 40, "ArrowArrayStream never changes");
CHECK(offsetof(psa_identity, struct_size) == 8, "psa_identity begins with magic and size");
CHECK(sizeof(psa_identity) % 8 == 0, "psa_identity is a multiple of eight bytes");
CHECK_NO_TAIL_PADDING(psa_identity, version);

#endif
