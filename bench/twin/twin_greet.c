// SPDX-License-Identifier: GPL-2.0
/* Handlers of the family; see kmodule/greet.rs. */

#include "twin.h"
#include "twin_nl.h"

#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/sock.h>

#define UNKNOWN_NAME "no peer has this name"

/* Maximum size of the attributes of a reply to GREET. */
#define GREET_REPLY_SIZE                                                     \
	(nla_total_size(sizeof(u64)) + nla_total_size(TWIN_MESSAGE_MAX + 1) + \
	 2 * nla_total_size(sizeof(u32)) + nla_total_size(TWIN_COOKIE_MAX))
#define GREETED_SIZE                                                           \
	(nla_total_size(sizeof(u64)) + nla_total_size(TWIN_NAME_MAX + 1) +     \
	 nla_total_size(TWIN_MESSAGE_MAX + 1) + 2 * nla_total_size(sizeof(u32)))
#define PEER_REPLY_SIZE                                                      \
	(nla_total_size(TWIN_NAME_MAX + 1) + 2 * nla_total_size(sizeof(u64)) + \
	 2 * nla_total_size(sizeof(u32)))

/* Progress of a dump of peers. */
struct dump_cursor {
	u64 last;
	u64 end;
	bool begun;
};

struct answer {
	struct sk_buff *skb;
	void *header;
};

static int answer_new(struct answer *answer, struct genl_info *info, size_t size)
{
	answer->skb = genlmsg_new(size, GFP_KERNEL);
	if (!answer->skb)
		return -ENOMEM;
	answer->header = genlmsg_put_reply(answer->skb, info, &twin_nl_family, 0,
					   info->genlhdr->cmd);
	if (answer->header)
		return 0;
	nlmsg_free(answer->skb);
	return -EMSGSIZE;
}

static int answer_send(struct answer *answer, struct genl_info *info)
{
	genlmsg_end(answer->skb, answer->header);
	return genlmsg_reply(answer->skb, info);
}

static int event_new(struct answer *event, u8 command, size_t size)
{
	event->skb = genlmsg_new(size, GFP_KERNEL);
	if (!event->skb)
		return -ENOMEM;
	event->header = genlmsg_put(event->skb, 0, 0, &twin_nl_family, 0, command);
	if (event->header)
		return 0;
	nlmsg_free(event->skb);
	return -EMSGSIZE;
}

/* Decodes the first character of valid UTF-8 and returns its length. */
static int decode(const u8 *text, size_t len, u32 *c)
{
	static const u32 min[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int size = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 :
		   text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : text[0] < 0xf5 ? 4 : 0;

	if (!size || size > len)
		return -EINVAL;
	*c = size == 1 ? text[0] : text[0] & (0x7f >> size);
	for (int i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return -EINVAL;
		*c = *c << 6 | (text[i] & 0x3f);
	}
	if (*c < min[size] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return -EINVAL;
	return size;
}

static bool is_control(u32 c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static int reject(struct twin *twin, struct genl_info *info, const struct nlattr *attr,
		  const char *message)
{
	NL_SET_BAD_ATTR(info->extack, attr);
	if (info->extack)
		info->extack->_msg = message;
	this_cpu_inc(twin->counters->refused);
	return -EINVAL;
}

static int check_name(struct twin *twin, struct genl_info *info, const struct nlattr *attr,
		      size_t len)
{
	const u8 *text = nla_data(attr);
	bool has_control = false;
	u32 c;

	if (!len)
		return reject(twin, info, attr, "name is empty");
	for (size_t at = 0; at < len;) {
		int size = decode(text + at, len - at, &c);

		if (size < 0)
			return reject(twin, info, attr, "name is not valid UTF-8");
		has_control |= is_control(c);
		at += size;
	}
	if (has_control)
		return reject(twin, info, attr, "name has a control character");
	return 0;
}

/* Returns the length of a string, whose NUL the policy has checked. */
static size_t string_len(const struct nlattr *attr)
{
	return nla_len(attr) - 1;
}

static bool is_missing(struct twin *twin, struct genl_info *info, int number)
{
	if (!GENL_REQ_ATTR_CHECK(info, number))
		return false;
	NL_SET_ERR_MSG(info->extack, "name is required");
	this_cpu_inc(twin->counters->refused);
	return true;
}

/* Records a greeting, or changes nothing if an allocation fails. */
static int record_greeting(struct twin *twin, const char *name, size_t len, u32 portid, u32 style)
{
	struct twin_seen seen = {
		.time = ktime_get_boottime_ns(),
		.portid = portid,
		.style = style,
	};
	struct twin_peer *spare = NULL;
	bool recorded;

	for (;;) {
		spin_lock(&twin->lock);
		recorded = twin_peers_greeted(&twin->peers, name, len, &seen, &spare);
		spin_unlock(&twin->lock);
		if (recorded)
			break;
		spare = kmalloc(sizeof(*spare), GFP_KERNEL_ACCOUNT);
		if (!spare)
			return -ENOMEM;
	}
	kfree(spare);
	return 0;
}

static int message(char *buffer, size_t size, const char *name, size_t len, u32 style,
		   u32 portid)
{
	static const char *const before[] = { "Hello, ", "Good day, ", "Hooray, " };
	static const char *const after[] = { "!", ".", "!!!" };

	return scnprintf(buffer, size,
			 "%s%.*s%s Your message from port %u has been processed by the kernel.",
			 before[style], (int)len, name, after[style], portid);
}

static int send_greeted(struct answer *event, struct net *net, u64 id, const struct nlattr *name,
		    u32 style, const char *text, u32 portid)
{
	if (nla_put_uint(event->skb, TWIN_A_GREETING_ID, id) ||
	    nla_put(event->skb, TWIN_A_GREETING_NAME, nla_len(name), nla_data(name)) ||
	    nla_put_u32(event->skb, TWIN_A_GREETING_STYLE, style) ||
	    nla_put_string(event->skb, TWIN_A_GREETING_MESSAGE, text) ||
	    nla_put_u32(event->skb, TWIN_A_GREETING_PORTID, portid)) {
		nlmsg_free(event->skb);
		return -EMSGSIZE;
	}
	genlmsg_end(event->skb, event->header);
	return genlmsg_multicast_netns(&twin_nl_family, net, event->skb, 0,
				       TWIN_NLGRP_GREETINGS, GFP_KERNEL);
}

static int fill_reply(struct answer *reply, u64 id, const char *text, u32 portid, u32 style,
		      const struct nlattr *cookie)
{
	if (nla_put_uint(reply->skb, TWIN_A_GREETING_ID, id) ||
	    nla_put_string(reply->skb, TWIN_A_GREETING_MESSAGE, text) ||
	    nla_put_u32(reply->skb, TWIN_A_GREETING_PORTID, portid) ||
	    nla_put_u32(reply->skb, TWIN_A_GREETING_STYLE, style))
		return -EMSGSIZE;
	if (cookie)
		return nla_put(reply->skb, TWIN_A_GREETING_COOKIE, nla_len(cookie),
			       nla_data(cookie));
	return 0;
}

int twin_nl_greet_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct twin *twin = twin_of(net);
	struct answer reply = { NULL }, event = { NULL };
	u32 portid = info->snd_portid;
	char text[TWIN_MESSAGE_MAX + 1];
	struct nlattr *name;
	u32 style;
	u64 id;
	int err;

	if (is_missing(twin, info, TWIN_A_GREETING_NAME))
		return -EINVAL;
	name = info->attrs[TWIN_A_GREETING_NAME];
	err = check_name(twin, info, name, string_len(name));
	if (err)
		return err;
	style = info->attrs[TWIN_A_GREETING_STYLE] ?
		nla_get_u32(info->attrs[TWIN_A_GREETING_STYLE]) :
		atomic_read(&twin->default_style);

	/* Allocate first, so that a failed allocation changes nothing. */
	if (info->nlhdr->nlmsg_flags & NLM_F_ACK) {
		err = answer_new(&reply, info, GREET_REPLY_SIZE);
		if (err)
			return err;
	}
	if (genl_has_listeners(&twin_nl_family, net, TWIN_NLGRP_GREETINGS)) {
		err = event_new(&event, TWIN_CMD_GREETED, GREETED_SIZE);
		if (err)
			goto err_free;
	}
	err = record_greeting(twin, nla_data(name), string_len(name), portid, style);
	if (err)
		goto err_free;

	id = atomic64_inc_return(&twin->last_id);
	message(text, sizeof(text), nla_data(name), string_len(name), style, portid);
	if (event.skb && !send_greeted(&event, net, id, name, style, text, portid))
		this_cpu_inc(twin->counters->events);
	event.skb = NULL;
	if (!reply.skb) {
		this_cpu_inc(twin->counters->unacked);
		return 0;
	}
	err = fill_reply(&reply, id, text, portid, style, info->attrs[TWIN_A_GREETING_COOKIE]);
	if (err)
		goto err_free;
	if (!answer_send(&reply, info))
		this_cpu_inc(twin->counters->replies);
	return 0;

err_free:
	nlmsg_free(reply.skb);
	nlmsg_free(event.skb);
	return err;
}

static int describe(struct sk_buff *skb, const struct twin_peer *peer)
{
	struct nlattr *name = nla_reserve(skb, TWIN_A_PEER_NAME, peer->len + 1);

	if (!name)
		return -EMSGSIZE;
	memcpy(nla_data(name), peer->name, peer->len);
	((char *)nla_data(name))[peer->len] = 0;
	if (nla_put_uint(skb, TWIN_A_PEER_GREETINGS, peer->greetings) ||
	    nla_put_u32(skb, TWIN_A_PEER_LAST_PORTID, peer->last.portid) ||
	    nla_put_u32(skb, TWIN_A_PEER_LAST_STYLE, peer->last.style) ||
	    nla_put_uint(skb, TWIN_A_PEER_LAST_SEEN, peer->last.time))
		return -EMSGSIZE;
	return 0;
}

static int unknown_name(struct twin *twin, struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[TWIN_A_PEER_NAME], UNKNOWN_NAME);
	this_cpu_inc(twin->counters->refused);
	return -ENOENT;
}

int twin_nl_peer_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct twin *twin = twin_of(genl_info_net(info));
	struct twin_peer *peer;
	struct answer reply;
	int err;

	if (is_missing(twin, info, TWIN_A_PEER_NAME))
		return -EINVAL;
	err = answer_new(&reply, info, PEER_REPLY_SIZE);
	if (err)
		return err;
	spin_lock(&twin->lock);
	peer = twin_peers_get(&twin->peers, nla_data(info->attrs[TWIN_A_PEER_NAME]),
			      string_len(info->attrs[TWIN_A_PEER_NAME]));
	err = peer ? describe(reply.skb, peer) : -ENOENT;
	spin_unlock(&twin->lock);
	if (!err)
		return answer_send(&reply, info);
	nlmsg_free(reply.skb);
	return err == -ENOENT ? unknown_name(twin, info) : err;
}

int twin_nl_peer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct twin *twin = twin_of(sock_net(skb->sk));
	struct dump_cursor *cursor = (void *)cb->ctx;
	struct twin_peer *peer;
	void *header;

	spin_lock(&twin->lock);
	cb->seq = twin->peers.generation;
	if (!cursor->begun) {
		cursor->begun = true;
		/* Peers added during the dump are not listed. */
		cursor->end = twin->peers.last_id;
	}
	peer = twin_peers_from(&twin->peers, cursor->last + 1);
	for (; peer && peer->id <= cursor->end; peer = twin_peers_next(peer)) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &twin_nl_family, NLM_F_MULTI, TWIN_CMD_PEER_GET);
		if (!header)
			break;
		genl_dump_check_consistent(cb, header);
		if (describe(skb, peer)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		cursor->last = peer->id;
	}
	spin_unlock(&twin->lock);
	return skb->len;
}

int twin_nl_peer_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct twin *twin = twin_of(genl_info_net(info));
	bool known;

	if (is_missing(twin, info, TWIN_A_PEER_NAME))
		return -EINVAL;
	spin_lock(&twin->lock);
	known = twin_peers_forget(&twin->peers, nla_data(info->attrs[TWIN_A_PEER_NAME]),
				  string_len(info->attrs[TWIN_A_PEER_NAME]));
	spin_unlock(&twin->lock);
	return known ? 0 : unknown_name(twin, info);
}

#define SUM(twin, counter)                                                     \
	({                                                                     \
		u64 sum = 0;                                                   \
		int cpu;                                                       \
		for_each_possible_cpu(cpu)                                     \
			sum += per_cpu_ptr((twin)->counters, cpu)->counter;    \
		sum;                                                           \
	})

int twin_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct twin *twin = twin_of(genl_info_net(info));
	struct answer reply;
	int err = answer_new(&reply, info, 7 * nla_total_size(sizeof(u64)));

	if (err)
		return err;
	spin_lock(&twin->lock);
	if (nla_put_uint(reply.skb, TWIN_A_STATS_REPLIES, SUM(twin, replies)) ||
	    nla_put_uint(reply.skb, TWIN_A_STATS_UNACKED, SUM(twin, unacked)) ||
	    nla_put_uint(reply.skb, TWIN_A_STATS_GREETINGS, atomic64_read(&twin->last_id)) ||
	    nla_put_uint(reply.skb, TWIN_A_STATS_EVENTS, SUM(twin, events)) ||
	    nla_put_uint(reply.skb, TWIN_A_STATS_REFUSED, SUM(twin, refused)) ||
	    nla_put_uint(reply.skb, TWIN_A_STATS_PEERS, twin->peers.len) ||
	    nla_put_uint(reply.skb, TWIN_A_STATS_EVICTED, twin->peers.evicted))
		err = -EMSGSIZE;
	spin_unlock(&twin->lock);
	if (!err)
		return answer_send(&reply, info);
	nlmsg_free(reply.skb);
	return err;
}

static int put_settings(struct sk_buff *skb, struct twin *twin)
{
	if (nla_put_u32(skb, TWIN_A_SETTINGS_DEFAULT_STYLE, atomic_read(&twin->default_style)) ||
	    nla_put_u32(skb, TWIN_A_SETTINGS_PEER_LIMIT, READ_ONCE(twin->peers.limit)))
		return -EMSGSIZE;
	return 0;
}

int twin_nl_settings_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct twin *twin = twin_of(genl_info_net(info));
	struct answer reply;
	int err = answer_new(&reply, info, 2 * nla_total_size(sizeof(u32)));

	if (err)
		return err;
	err = put_settings(reply.skb, twin);
	if (!err)
		return answer_send(&reply, info);
	nlmsg_free(reply.skb);
	return err;
}

/* Sets the peer limit and returns whether it changed. */
static bool set_limit(struct twin *twin, u32 limit)
{
	bool changed, more;

	spin_lock(&twin->lock);
	changed = twin->peers.limit != limit;
	WRITE_ONCE(twin->peers.limit, limit);
	spin_unlock(&twin->lock);
	do {
		spin_lock(&twin->lock);
		more = twin_peers_trim(&twin->peers);
		spin_unlock(&twin->lock);
	} while (more);
	return changed;
}

int twin_nl_settings_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *style = info->attrs[TWIN_A_SETTINGS_DEFAULT_STYLE];
	struct nlattr *limit = info->attrs[TWIN_A_SETTINGS_PEER_LIMIT];
	struct net *net = genl_info_net(info);
	struct twin *twin = twin_of(net);
	struct answer event = { NULL };
	bool changed = false;
	int err;

	if (genl_has_listeners(&twin_nl_family, net, TWIN_NLGRP_CONFIG)) {
		err = event_new(&event, TWIN_CMD_SETTINGS_NTF, 2 * nla_total_size(sizeof(u32)));
		if (err)
			return err;
	}
	if (style)
		changed |= atomic_xchg(&twin->default_style, nla_get_u32(style)) !=
			   nla_get_u32(style);
	if (limit)
		changed |= set_limit(twin, nla_get_u32(limit));
	if (!event.skb)
		return 0;
	if (!changed || put_settings(event.skb, twin)) {
		nlmsg_free(event.skb);
		return 0;
	}
	genlmsg_end(event.skb, event.header);
	genlmsg_multicast_netns(&twin_nl_family, net, event.skb, 0, TWIN_NLGRP_CONFIG,
				GFP_KERNEL);
	return 0;
}
