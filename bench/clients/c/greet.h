/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The messages of the family, from the project's uapi header. */

#ifndef BENCH_GREET_H
#define BENCH_GREET_H

#include "../../../policy/greet.h"

/* The name in each measured greeting. */
#define WORLD "World"

#endif
