/* Today's header lays out as each released minor did: members where they were, structs at least as large,
 * constants of the same value. PSA_FROZEN_LAYOUT names the file that scripts/freeze-abi wrote. */
#ifndef FROZEN_LAYOUT_H_
#define FROZEN_LAYOUT_H_

#include "layout_checks.h"

#define FROZEN_SIZE(type, size) CHECK(sizeof(type) >= (size), #type " has become smaller")
#define FROZEN_MEMBER(type, member, offset, size)                            \
  CHECK(offsetof(type, member) == (offset), #type "." #member " has moved"); \
  CHECK(sizeof(((type*)0)->member) == (size), #type "." #member " has another size")
#define FROZEN_VALUE(name, value) CHECK((name) == (value), #name " has another value")

#include PSA_FROZEN_LAYOUT

#endif
