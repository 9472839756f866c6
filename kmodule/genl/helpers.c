// SPDX-License-Identifier: GPL-2.0

/*
 * Inline functions and macros of the kernel's headers that genl needs, each as
 * a function that Rust can call; one wrapper each, as in rust/helpers/.
 */

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/srcu.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/rtnetlink.h>

void genl_helper_get_net(struct net *net)
{
	get_net(net);
}

void genl_helper_put_net(struct net *net)
{
	put_net(net);
}

struct net *genl_helper_maybe_get_net(struct net *net)
{
	return maybe_get_net(net);
}

struct net *genl_helper_get_net_by_cookie(u64 cookie)
{
	struct net *net, *found = NULL;

	rcu_read_lock();
	for_each_net_rcu(net) {
		if (net->net_cookie == cookie) {
			found = maybe_get_net(net);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

struct net *genl_helper_get_net_ns_by_fd(int fd)
{
	/* A task that exits closes its sockets after it has lost its files. */
	if (!in_task() || !current->files)
		return ERR_PTR(-EBADF);
	return get_net_ns_by_fd(fd);
}

struct net *genl_helper_get_net_ns_by_pid(pid_t pid)
{
	if (!in_task())
		return ERR_PTR(-ESRCH);
	return get_net_ns_by_pid(pid);
}

gfp_t genl_helper_gfp_nofs(void)
{
	return GFP_NOFS;
}

gfp_t genl_helper_gfp_noio(void)
{
	return GFP_NOIO;
}

struct genl_helper_device {
	int ifindex;
	char name[IFNAMSIZ];
	char kind[IFNAMSIZ];
};

bool genl_helper_find_device(struct net *net, const char *name,
			     struct genl_helper_device *device)
{
	const struct rtnl_link_ops *ops;
	struct net_device *dev;

	rcu_read_lock();
	if (device->ifindex)
		dev = dev_get_by_index_rcu(net, device->ifindex);
	else
		dev = dev_get_by_name_rcu(net, name);
	if (dev) {
		device->ifindex = dev->ifindex;
		strscpy(device->name, dev->name);
		ops = READ_ONCE(dev->rtnl_link_ops);
		strscpy(device->kind, ops && ops->kind ? ops->kind : "");
	}
	rcu_read_unlock();
	return dev;
}

int genl_helper_reply(struct sk_buff *skb, struct genl_info *info)
{
	return genlmsg_reply(skb, info);
}

int genl_helper_multicast(const struct genl_family *family, struct net *net,
			  struct sk_buff *skb, unsigned int group, gfp_t flags,
			  netlink_filter_fn filter, void *filter_data)
{
	return genlmsg_multicast_netns_filtered(family, net, skb, 0, group,
						flags, filter, filter_data);
}

struct sock *genl_helper_sender(struct sk_buff *skb)
{
	return NETLINK_CB(skb).sk;
}

int genl_helper_unicast(struct net *net, struct sk_buff *skb, u32 portid)
{
	return genlmsg_unicast(net, skb, portid);
}

struct nlmsghdr *genl_helper_nlmsg_put(struct sk_buff *skb, u32 portid, u32 seq,
				       int type, int payload, int flags)
{
	return nlmsg_put(skb, portid, seq, type, payload, flags);
}

const struct genl_info *genl_helper_info_dump(struct netlink_callback *cb)
{
	return genl_info_dump(cb);
}

void genl_helper_dump_check_consistent(struct netlink_callback *cb,
				       void *user_hdr)
{
	genl_dump_check_consistent(cb, user_hdr);
}

/*
 * netlink_dump() reserves bytes before the buffer until it has the length of
 * the receiver's, so it can start anywhere. No item gets shorter: all have a
 * length that is a multiple of the alignment.
 */
void genl_helper_dump_align(struct sk_buff *skb)
{
	skb_reserve(skb, -(unsigned long)skb->data & (NLMSG_ALIGNTO - 1));
	skb_reset_network_header(skb);
	skb_reset_mac_header(skb);
}

struct nlattr *genl_helper_nest_start_noflag(struct sk_buff *skb, int attrtype)
{
	return nla_nest_start_noflag(skb, attrtype);
}

int genl_helper_nest_end(struct sk_buff *skb, struct nlattr *start)
{
	return nla_nest_end_safe(skb, start);
}

void genl_helper_nest_cancel(struct sk_buff *skb, struct nlattr *start)
{
	nla_nest_cancel(skb, start);
}

void *genl_helper_net_generic(const struct net *net, unsigned int id)
{
	return net_generic(net, id);
}

DEFINE_STATIC_SRCU(genl_helper_senders);

int genl_helper_senders_lock(void)
{
	return srcu_read_lock(&genl_helper_senders);
}

void genl_helper_senders_unlock(int idx)
{
	srcu_read_unlock(&genl_helper_senders, idx);
}

void genl_helper_senders_wait(void)
{
	synchronize_srcu(&genl_helper_senders);
}

bool genl_helper_module_is_held(struct module *module)
{
#if defined(MODULE) && defined(CONFIG_MODULE_UNLOAD)
	/* init holds it, too. */
	return module_refcount(module) > 1;
#else
	return false;
#endif
}
