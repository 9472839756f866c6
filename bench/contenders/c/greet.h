/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The messages of the family, as the project's header for programs has them. */

#ifndef BENCH_GREET_H
#define BENCH_GREET_H

#include "../../../policy/greet.h"

/* Whom each greeting greets that is measured. */
#define WHOM "World"

#endif
