#include "fake_rows.h"

#include <stdlib.h>
#include <string.h>

static void schema_release_one(struct ArrowSchema* schema) { schema->release = NULL; }

static void schema_release(struct ArrowSchema* schema) {
  for (int64_t i = 0; i < schema->n_children; ++i) {
    if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
  }
  free(schema->private_data);
  schema->release = NULL;
}

typedef struct schema_memory {
  struct ArrowSchema columns[2];
  struct ArrowSchema* children[2];
} schema_memory;

int fake_rows_schema(struct ArrowSchema* out) {
  schema_memory* memory = calloc(1, sizeof *memory);
  if (!memory) return -1;
  memory->columns[0] = (struct ArrowSchema){.format = "l", .name = "id", .release = schema_release_one};
  memory->columns[1] = (struct ArrowSchema){
      .format = "u", .name = "name", .flags = ARROW_FLAG_NULLABLE, .release = schema_release_one};
  memory->children[0] = &memory->columns[0];
  memory->children[1] = &memory->columns[1];
  *out = (struct ArrowSchema){.format = "+s",
                              .name = "",
                              .n_children = 2,
                              .children = memory->children,
                              .release = schema_release,
                              .private_data = memory};
  return 0;
}

/* The children own nothing: their buffers lie in the parent's memory, as fixed as the table. A child that
 * is moved out of its parent and kept would not survive it, so each child counts. */
typedef struct array_memory {
  int references;
  struct ArrowArray columns[2];
  struct ArrowArray* children[2];
  const void* struct_buffers[1];
  const void* id_buffers[2];
  const void* name_buffers[3];
  int64_t ids[FAKE_ROW_COUNT];
  int32_t name_offsets[FAKE_ROW_COUNT + 1];
  uint8_t name_validity[1];
  char names[16];
} array_memory;

static void array_memory_drop(array_memory* memory) {
  if (__atomic_sub_fetch(&memory->references, 1, __ATOMIC_ACQ_REL) == 0) free(memory);
}

static void array_release_one(struct ArrowArray* array) {
  array_memory* memory = array->private_data;
  array->release = NULL;
  array_memory_drop(memory);
}

static void array_release(struct ArrowArray* array) {
  array_memory* memory = array->private_data;
  for (int64_t i = 0; i < array->n_children; ++i) {
    if (array->children[i]->release) array->children[i]->release(array->children[i]);
  }
  array->release = NULL;
  array_memory_drop(memory);
}

int fake_rows_array(int64_t first, int64_t count, struct ArrowArray* out) {
  static const char* const names[FAKE_ROW_COUNT] = {"one", NULL, "three"};
  array_memory* memory = calloc(1, sizeof *memory);
  if (!memory) return -1;
  memory->references = 3;
  int64_t nulls = 0;
  for (int64_t i = 0; i < count; ++i) {
    const char* name = names[first + i];
    int32_t at = memory->name_offsets[i];
    memory->ids[i] = first + i + 1;
    memory->name_offsets[i + 1] = at;
    if (!name) {
      ++nulls;
      continue;
    }
    memory->name_validity[0] = (uint8_t)(memory->name_validity[0] | 1u << i);
    memcpy(memory->names + at, name, strlen(name));
    memory->name_offsets[i + 1] = at + (int32_t)strlen(name);
  }
  memory->id_buffers[1] = memory->ids;
  memory->name_buffers[0] = memory->name_validity;
  memory->name_buffers[1] = memory->name_offsets;
  memory->name_buffers[2] = memory->names;
  memory->columns[0] = (struct ArrowArray){.length = count,
                                           .n_buffers = 2,
                                           .buffers = memory->id_buffers,
                                           .release = array_release_one,
                                           .private_data = memory};
  memory->columns[1] = (struct ArrowArray){.length = count,
                                           .null_count = nulls,
                                           .n_buffers = 3,
                                           .buffers = memory->name_buffers,
                                           .release = array_release_one,
                                           .private_data = memory};
  memory->children[0] = &memory->columns[0];
  memory->children[1] = &memory->columns[1];
  *out = (struct ArrowArray){.length = count,
                             .n_buffers = 1,
                             .n_children = 2,
                             .buffers = memory->struct_buffers,
                             .children = memory->children,
                             .release = array_release,
                             .private_data = memory};
  return 0;
}
