// SPDX-License-Identifier: GPL-2.0
/* Initialization of the module and of its state in each network namespace. */

#include "twin.h"
#include "twin_nl.h"

#include <linux/module.h>
#include <net/netns/generic.h>

static unsigned int twin_net_id;

struct twin *twin_of(struct net *net)
{
	return net_generic(net, twin_net_id);
}

static int __net_init twin_net_init(struct net *net)
{
	struct twin *twin = twin_of(net);

	twin->counters = alloc_percpu(struct twin_counters);
	if (!twin->counters)
		return -ENOMEM;
	spin_lock_init(&twin->lock);
	twin_peers_init(&twin->peers);
	return 0;
}

static void __net_exit twin_net_exit(struct net *net)
{
	struct twin *twin = twin_of(net);

	twin_peers_free(&twin->peers);
	free_percpu(twin->counters);
}

static struct pernet_operations twin_net_ops = {
	.init = twin_net_init,
	.exit = twin_net_exit,
	.id = &twin_net_id,
	.size = sizeof(struct twin),
};

static int __init twin_init(void)
{
	int err = register_pernet_subsys(&twin_net_ops);

	if (err)
		return err;
	err = genl_register_family(&twin_nl_family);
	if (err)
		unregister_pernet_subsys(&twin_net_ops);
	return err;
}

static void __exit twin_exit(void)
{
	genl_unregister_family(&twin_nl_family);
	unregister_pernet_subsys(&twin_net_ops);
}

module_init(twin_init);
module_exit(twin_exit);
MODULE_AUTHOR("The greet project");
MODULE_DESCRIPTION("The family greet in C, for benchmarks");
MODULE_LICENSE("GPL");
