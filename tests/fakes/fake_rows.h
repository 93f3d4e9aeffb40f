/* The constant table that a fake driver answers every SELECT with. */
#ifndef FAKE_ROWS_H_
#define FAKE_ROWS_H_

#include <psa/driver.h>

#define FAKE_ROW_COUNT 3

/* A struct of id (int64) and name (utf8, nullable). Returns 0, or -1 without memory. */
int fake_rows_schema(struct ArrowSchema* out);

/* Rows `first` to `first + count` of (1, 'one'), (2, NULL), (3, 'three'). Returns as above. */
int fake_rows_array(int64_t first, int64_t count, struct ArrowArray* out);

#endif
