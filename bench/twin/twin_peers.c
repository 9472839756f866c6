// SPDX-License-Identifier: GPL-2.0
/* The table of peers; see kmodule/greet/peers.rs. */

#include "twin.h"

#include <linux/slab.h>
#include <linux/string.h>

#define EVICT_BATCH 32

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, min(a_len, b_len));

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

void twin_peers_init(struct twin_peers *peers)
{
	peers->by_name = RB_ROOT;
	peers->by_id = RB_ROOT;
	INIT_LIST_HEAD(&peers->by_seen);
	peers->limit = 1024;
	peers->generation = 1;
}

void twin_peers_free(struct twin_peers *peers)
{
	struct twin_peer *peer, *next;

	list_for_each_entry_safe(peer, next, &peers->by_seen, by_seen)
		kfree(peer);
}

struct twin_peer *twin_peers_get(struct twin_peers *peers, const char *name, size_t len)
{
	struct rb_node *node = peers->by_name.rb_node;

	while (node) {
		struct twin_peer *peer = rb_entry(node, struct twin_peer, by_name);
		int order = compare(name, len, peer->name, peer->len);

		if (!order)
			return peer;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

struct twin_peer *twin_peers_from(struct twin_peers *peers, u64 id)
{
	struct rb_node *node = peers->by_id.rb_node;
	struct twin_peer *found = NULL;

	while (node) {
		struct twin_peer *peer = rb_entry(node, struct twin_peer, by_id);

		if (peer->id >= id) {
			found = peer;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct twin_peer *twin_peers_next(struct twin_peer *peer)
{
	return rb_entry_safe(rb_next(&peer->by_id), struct twin_peer, by_id);
}

static bool name_less(struct rb_node *a, const struct rb_node *b)
{
	const struct twin_peer *pa = rb_entry(a, struct twin_peer, by_name);
	const struct twin_peer *pb = rb_entry(b, struct twin_peer, by_name);

	return compare(pa->name, pa->len, pb->name, pb->len) < 0;
}

static bool id_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct twin_peer, by_id)->id < rb_entry(b, struct twin_peer, by_id)->id;
}

static void changed(struct twin_peers *peers)
{
	if (!++peers->generation)
		peers->generation = 1;
}

static void forget(struct twin_peers *peers, struct twin_peer *peer)
{
	rb_erase(&peer->by_name, &peers->by_name);
	rb_erase(&peer->by_id, &peers->by_id);
	list_del(&peer->by_seen);
	kfree(peer);
	peers->len--;
	changed(peers);
}

static void evict(struct twin_peers *peers, u32 at_once, u32 keep)
{
	while (at_once-- && peers->len > keep) {
		forget(peers, list_first_entry(&peers->by_seen, struct twin_peer, by_seen));
		peers->evicted++;
	}
}

static void add(struct twin_peers *peers, const char *name, size_t len,
		const struct twin_seen *seen, struct twin_peer *peer)
{
	/* Evict two, so that a lowered limit is reached even while peers are added. */
	evict(peers, 2, peers->limit ? peers->limit - 1 : 0);
	peer->id = ++peers->last_id;
	peer->greetings = 1;
	peer->last = *seen;
	peer->len = len;
	memcpy(peer->name, name, len);
	rb_add(&peer->by_name, &peers->by_name, name_less);
	rb_add(&peer->by_id, &peers->by_id, id_less);
	list_add_tail(&peer->by_seen, &peers->by_seen);
	peers->len++;
	changed(peers);
}

bool twin_peers_greeted(struct twin_peers *peers, const char *name, size_t len,
			const struct twin_seen *seen, struct twin_peer **spare)
{
	struct twin_peer *peer = twin_peers_get(peers, name, len);

	if (peer) {
		peer->greetings++;
		peer->last = *seen;
		list_move_tail(&peer->by_seen, &peers->by_seen);
		return true;
	}
	if (!*spare)
		return false;
	add(peers, name, len, seen, *spare);
	*spare = NULL;
	return true;
}

bool twin_peers_forget(struct twin_peers *peers, const char *name, size_t len)
{
	struct twin_peer *peer = twin_peers_get(peers, name, len);

	if (peer)
		forget(peers, peer);
	return peer;
}

bool twin_peers_trim(struct twin_peers *peers)
{
	evict(peers, EVICT_BATCH, peers->limit);
	return peers->len > peers->limit;
}
