/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Made from greet.yaml by `ynl-gen-rust --uapi`. Do not edit. */

#ifndef _UAPI_LINUX_GREET_H
#define _UAPI_LINUX_GREET_H

#define GREET_FAMILY_NAME	"greet"
#define GREET_FAMILY_VERSION	1

/* Longest name, in bytes, not counting the NUL. */
#define GREET_NAME_MAX			64

/* Longest cookie, in bytes. */
#define GREET_COOKIE_MAX		32

/* Longest message, in bytes, not counting the NUL. */
#define GREET_MESSAGE_MAX		255

/* Most peers that a network namespace can be told to remember. */
#define GREET_PEER_LIMIT_MAX		65536

/* Most peers that a network namespace remembers unless it is told otherwise. */
#define GREET_PEER_LIMIT_DEFAULT	1024

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

/* Who was greeted in this network namespace. */
enum {
	GREET_A_PEER_NAME = 1,
	GREET_A_PEER_GREETINGS,
	GREET_A_PEER_LAST_PORTID,
	GREET_A_PEER_LAST_STYLE,
	GREET_A_PEER_LAST_SEEN,

	__GREET_A_PEER_MAX,
	GREET_A_PEER_MAX = (__GREET_A_PEER_MAX - 1)
};

/* Counters of this network namespace, from when it was made. */
enum {
	GREET_A_STATS_GREETINGS = 1,
	GREET_A_STATS_REPLIES,
	GREET_A_STATS_UNACKED,
	GREET_A_STATS_EVENTS,
	GREET_A_STATS_REFUSED,
	GREET_A_STATS_PEERS,
	GREET_A_STATS_EVICTED,

	__GREET_A_STATS_MAX,
	GREET_A_STATS_MAX = (__GREET_A_STATS_MAX - 1)
};

/* Settings of this network namespace. */
enum {
	GREET_A_SETTINGS_DEFAULT_STYLE = 1,
	GREET_A_SETTINGS_PEER_LIMIT,

	__GREET_A_SETTINGS_MAX,
	GREET_A_SETTINGS_MAX = (__GREET_A_SETTINGS_MAX - 1)
};

enum {
	GREET_CMD_GREET = 1,
	GREET_CMD_PEER_GET,
	GREET_CMD_PEER_DEL,
	GREET_CMD_STATS_GET,
	GREET_CMD_SETTINGS_GET,
	GREET_CMD_SETTINGS_SET,
	GREET_CMD_GREETED,
	GREET_CMD_SETTINGS_NTF,

	__GREET_CMD_MAX,
	GREET_CMD_MAX = (__GREET_CMD_MAX - 1)
};

#define GREET_MCGRP_GREETINGS	"greetings"
#define GREET_MCGRP_CONFIG	"config"

#endif /* _UAPI_LINUX_GREET_H */
