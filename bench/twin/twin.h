/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of the module in one network namespace. It mirrors kmodule/greet.rs in
 * usual C.
 */

#ifndef TWIN_H
#define TWIN_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <net/net_namespace.h>
#include <uapi/linux/twin.h>

/* The last greeting of a peer. */
struct twin_seen {
	u64 time;
	u32 portid;
	u32 style;
};

/* A greeted peer. */
struct twin_peer {
	struct rb_node by_name;
	struct rb_node by_id;
	/* Sorted by the time of the last greeting. */
	struct list_head by_seen;
	u64 id;
	u64 greetings;
	struct twin_seen last;
	u8 len;
	char name[TWIN_NAME_MAX];
};

struct twin_peers {
	struct rb_root by_name;
	struct rb_root by_id;
	struct list_head by_seen;
	u32 len;
	u32 limit;
	u64 last_id;
	u64 evicted;
	u32 generation;
};

/* Counters of one CPU. */
struct twin_counters {
	u64 replies;
	u64 unacked;
	u64 events;
	u64 refused;
};

struct twin {
	atomic64_t last_id;
	atomic_t default_style;
	struct twin_counters __percpu *counters;
	/* Held for one lookup or change, or while one buffer of a dump is filled. */
	spinlock_t lock;
	struct twin_peers peers;
};

struct twin *twin_of(struct net *net);

void twin_peers_init(struct twin_peers *peers);
void twin_peers_free(struct twin_peers *peers);
struct twin_peer *twin_peers_get(struct twin_peers *peers, const char *name, size_t len);

/* Returns the first peer with this id or a higher one. */
struct twin_peer *twin_peers_from(struct twin_peers *peers, u64 id);
struct twin_peer *twin_peers_next(struct twin_peer *peer);

/*
 * Records a greeting. A new peer takes the memory of *spare; returns false if it
 * is NULL.
 */
bool twin_peers_greeted(struct twin_peers *peers, const char *name, size_t len,
			const struct twin_seen *seen, struct twin_peer **spare);
bool twin_peers_forget(struct twin_peers *peers, const char *name, size_t len);

/* Evicts some peers above the limit; returns whether more are left. */
bool twin_peers_trim(struct twin_peers *peers);

#endif
