// SPDX-License-Identifier: GPL-2.0

/*
 * Inline functions of the kernel's headers that genl needs, each as a
 * function that Rust can call; one wrapper each, as in rust/helpers/.
 */

#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

struct net *genl_helper_info_net(const struct genl_info *info)
{
	return genl_info_net(info);
}

int genl_helper_reply(struct sk_buff *skb, struct genl_info *info)
{
	return genlmsg_reply(skb, info);
}

void *genl_helper_net_generic(const struct net *net, unsigned int id)
{
	return net_generic(net, id);
}
