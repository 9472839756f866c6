// SPDX-License-Identifier: MIT OR Apache-2.0
/* The kernel tree's YNL library with code from its generator. */

#include "harness.h"

#include "greet-user.h"
#include "nlctrl-user.h"
#include "ynl.h"

#include <stdio.h>

struct client {
	struct ynl_sock *socket;
};

static void require(const void *result, const struct ynl_sock *socket)
{
	if (result)
		return;
	fprintf(stderr, "ynl: %s\n", socket->err.msg);
	exit(1);
}

static void *open_for(const char *family)
{
	struct client *client = allocate(sizeof(*client));
	struct ynl_error error = { 0 };

	client->socket = ynl_sock_create(family ? &ynl_greet_family : &ynl_nlctrl_family, &error);
	if (!client->socket) {
		fprintf(stderr, "ynl: %s\n", error.msg);
		exit(1);
	}
	return client;
}

static void getfamily(void *self, unsigned long count)
{
	struct client *client = self;
	struct nlctrl_getfamily_req *request = nlctrl_getfamily_req_alloc();

	nlctrl_getfamily_req_set_family_name(request, "nlctrl");
	while (count--) {
		struct nlctrl_getfamily_rsp *reply = nlctrl_getfamily(client->socket, request);
		struct family family = { 0 };

		require(reply, client->socket);
		family.id = reply->family_id;
		family.version = reply->version;
		family.name = reply->family_name;
		family.operations = reply->_count.ops;
		family.group = reply->_count.mcast_groups ? reply->mcast_groups[0].id : 0;
		check_family(&family);
		nlctrl_getfamily_rsp_free(reply);
	}
	nlctrl_getfamily_req_free(request);
}

static void greet(void *self, unsigned long count)
{
	struct client *client = self;
	struct greet_greet_req *request = greet_greet_req_alloc();

	greet_greet_req_set_name(request, WORLD);
	while (count--) {
		struct greet_greet_rsp *reply = greet_greet(client->socket, request);
		struct greeting greeting = { 0 };

		require(reply, client->socket);
		greeting.id = reply->id;
		greeting.message = reply->message;
		greeting.portid = reply->portid;
		greeting.style = reply->style;
		check_greeting(&greeting);
		greet_greet_rsp_free(reply);
	}
	greet_greet_req_free(request);
}

static unsigned long dump(void *self)
{
	struct client *client = self;
	struct greet_peer_get_list *list = greet_peer_get_dump(client->socket);
	unsigned long count = 0;

	require(list, client->socket);
	ynl_dump_foreach(list, item) {
		struct peer peer = {
			.name = item->name,
			.greetings = item->greetings,
			.last_portid = item->last_portid,
			.last_style = item->last_style,
			.last_seen = item->last_seen,
		};

		check_peer(&peer);
		count++;
	}
	greet_peer_get_list_free(list);
	return count;
}

const struct bench_client bench_client = {
	.open = open_for,
	.getfamily = getfamily,
	.greet = greet,
	.dump = dump,
};
