/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Generated from greet.yaml by `ynl-gen-rust --uapi`. Do not edit. */

#ifndef _UAPI_LINUX_GREET_H
#define _UAPI_LINUX_GREET_H

#define GREET_FAMILY_NAME	"greet"
#define GREET_FAMILY_VERSION	1

/* Maximum length of a name in bytes, not counting the NUL. */
#define GREET_NAME_MAX			64

/* Maximum length of a cookie in bytes. */
#define GREET_COOKIE_MAX		32

/* Maximum length of a message in bytes, not counting the NUL. */
#define GREET_MESSAGE_MAX		255

/* Highest peer-limit that can be set. */
#define GREET_PEER_LIMIT_MAX		65536

/* Initial peer-limit of a network namespace. */
#define GREET_PEER_LIMIT_DEFAULT	1024

/**
 * enum greet_style - Style of a greeting.
 * @GREET_STYLE_CASUAL: Opens with "Hello".
 * @GREET_STYLE_FORMAL: Opens with "Good day".
 * @GREET_STYLE_ENTHUSIASTIC: Opens with "Hooray".
 */
enum greet_style {
	GREET_STYLE_CASUAL,
	GREET_STYLE_FORMAL,
	GREET_STYLE_ENTHUSIASTIC,
};

/* A greeting, as requested, sent or announced. */
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

/* A name that was greeted in this network namespace. */
enum {
	GREET_A_PEER_NAME = 1,
	GREET_A_PEER_GREETINGS,
	GREET_A_PEER_LAST_PORTID,
	GREET_A_PEER_LAST_STYLE,
	GREET_A_PEER_LAST_SEEN,

	__GREET_A_PEER_MAX,
	GREET_A_PEER_MAX = (__GREET_A_PEER_MAX - 1)
};

/* Counters of this network namespace since its creation. */
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
