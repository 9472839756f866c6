/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Made from policy/greet.yaml by `ynl-gen-rust --uapi`. Do not edit. */

#ifndef _UAPI_LINUX_GREET_H
#define _UAPI_LINUX_GREET_H

#define GREET_FAMILY_NAME	"greet"
#define GREET_FAMILY_VERSION	1

/* Longest name, in bytes, not counting the NUL. */
#define GREET_NAME_MAX		64

/* Longest cookie, in bytes. */
#define GREET_COOKIE_MAX	32

/* Longest message, in bytes, not counting the NUL. */
#define GREET_MESSAGE_MAX	255

/**
 * enum greet_style - How a greeting opens.
 * @GREET_STYLE_CASUAL: As friends do.
 * @GREET_STYLE_FORMAL: As strangers do.
 * @GREET_STYLE_ENTHUSIASTIC: As nobody does before noon.
 */
enum greet_style {
	GREET_STYLE_CASUAL,
	GREET_STYLE_FORMAL,
	GREET_STYLE_ENTHUSIASTIC,
};

/* One greeting, asked for or given. */
enum {
	GREET_A_GREETING_NAME = 1,
	GREET_A_GREETING_STYLE,
	GREET_A_GREETING_COOKIE,
	GREET_A_GREETING_MESSAGE,
	GREET_A_GREETING_ID,
	GREET_A_GREETING_PORTID,

	__GREET_A_GREETING_MAX,
	GREET_A_GREETING_MAX = (__GREET_A_GREETING_MAX - 1)
};

enum {
	GREET_CMD_GREET = 1,

	__GREET_CMD_MAX,
	GREET_CMD_MAX = (__GREET_CMD_MAX - 1)
};

#endif /* _UAPI_LINUX_GREET_H */
