// SPDX-License-Identifier: GPL-2.0

/*
 * Compares two families that were generated from the same spec: theirs by the
 * kernel's ynl_gen_c.py, ours by ynl-gen-rust. With ORACLE_SOURCES, theirs is the
 * family in the kernel's C files, which may have more than the spec.
 *
 * Each difference is a line of the log, with its place and both values. The
 * suite reads the last line, which has the counts.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "groups.h"

/* Defined at the end of theirs.c, and in ours.rs. */
struct genl_family *oracle_theirs(void);
int oracle_compare(const struct genl_family *ours);

/* Any value, in the table below. */
#define ANY S64_MIN

#ifdef ORACLE_SOURCES
static const bool has_sources = true;
MODULE_IMPORT_NS("NETDEV_INTERNAL"); /* for team_core.c */
#else
static const bool has_sources;
#endif

/* Expected differences. */
static struct explanation {
	const char *family;	/* any, if NULL */
	const char *field;
	s64 theirs, ours;
	const char *why;
	unsigned int times;
} explanations[] = {
	{ NULL, "pre_doit", true, false,
	  "the generated doit calls the function in `pre`" },
	{ NULL, "post_doit", true, false,
	  "the generated doit calls the function in `post`" },
	{ NULL, "start", false, true,
	  "each dump has a cursor, which start initializes" },
	{ NULL, "done", false, true,
	  "each dump has a cursor, which done frees" },
	{ NULL, "open range", 0, 1,
	  "ynl_gen_c.py sets a bound to 0 if the spec omits it" },
	{ NULL, "group's flags", 0, ANY,
	  "ynl_gen_c.py ignores them" },
	{ NULL, "type", NLA_STRING, NLA_NUL_STRING,
	  "ynl_gen_c.py does not require the NUL of multi-attr strings" },
	{ "oracle-shapes", "mask", 0x7, 0x31,
	  "ynl_gen_c.py assumes that the flags of `flags-mask` have no gaps" },
	{ NULL, "validate", GENL_DONT_VALIDATE_DUMP, 0,
	  "the core ignores it in a table with a policy for each dump" },
	{ NULL, "number 0", true, false,
	  "the core never looks at the policy of the number 0" },
	{ "ovs_flow", "len", 25, 24,
	  "the spec lacks OVS_ACTION_ATTR_DROP, so its psample is not 25" },
	{ "ovs_flow", "type", NLA_UNSPEC, NLA_NESTED, "the same psample" },
	{ NULL, "sock_priv_size", ANY, 0,
	  "genl_sk_priv_get() is not exported to modules" },
#ifdef ORACLE_SOURCES
	{ NULL, "flags", GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO, GENL_CMD_CAP_DO,
	  "the spec lacks `flags: [uns-admin-perm]`" },
	{ NULL, "flags", GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	  GENL_CMD_CAP_DUMP, "the spec lacks `flags: [uns-admin-perm]`" },
	{ NULL, "validate", GENL_DONT_VALIDATE_STRICT, 0,
	  "the spec lacks `dont-validate`" },
	{ NULL, "validate", GENL_DONT_VALIDATE_DUMP_STRICT, 0,
	  "the spec lacks `dont-validate`" },
	{ NULL, "len", 15, 0, "the spec lacks the length of a name" },
	{ NULL, "nested_policy", false, true,
	  "C validates this nest in its own code" },
	{ NULL, "validation_type", NLA_VALIDATE_NONE, ANY,
	  "C validates enums and flags in its own code" },
	{ NULL, "type", NLA_UNSPEC, ANY, "C has no policy for it" },
	{ NULL, "family's maxattr", ANY, ANY,
	  "the spec has a policy for each operation, or fewer attributes" },
	{ NULL, "family's pre_doit", true, false, "a hook of operations" },
	{ NULL, "family's post_doit", true, false, "a hook of operations" },
	{ NULL, "internal_flags", ANY, 0, "for the family's pre_doit" },
	{ "ethtool", "len", 3, 4, "C has four policies for its header" },
	{ "ethtool", "mask", 0x3, 0x7, "C has four policies for its header" },
	{ "ethtool", "mask", 0x800001fe, 0x800003fe,
	  "the spec has a further flag" },
	{ "ethtool", "len", ANY, 0, "the spec lacks the length" },
	{ "ethtool", "maxattr", ANY, ANY,
	  "the spec lists attributes of replies in requests" },
	{ "ethtool", "type", NLA_REJECT, NLA_U32,
	  "the spec lists attributes of replies in requests" },
	{ "ethtool", "validation_type", ANY, NLA_VALIDATE_NONE,
	  "the spec lacks the range" },
	{ "ethtool", "validation_type", NLA_VALIDATE_MAX, NLA_VALIDATE_MASK,
	  "flags in the spec, an enum in C" },
	{ "nlctrl", "version", 2, 1, "the spec lacks it" },
	{ "ovs_packet", "type", NLA_NESTED, NLA_BINARY,
	  "the spec does not have the contents of the nest" },
	{ "ovs_vport", "version", 1, 2, "the spec has that of ovs_datapath" },
	{ "ovs_vport", "type", NLA_S32, NLA_U32, "the spec has no signs" },
	{ "tcp_metrics", "type", NLA_U32, NLA_BE32, "an IPv4 address" },
	{ "tcp_metrics", "validation_type", NLA_VALIDATE_RANGE,
	  NLA_VALIDATE_MIN, "an IPv6 address has 16 bytes" },
#endif
};

/* Two policies to compare, and their place. */
struct pair {
	const struct nla_policy *theirs, *ours;
	unsigned int maxattr;
	char where[80];		/* prefix of the attribute numbers */
};

/*
 * A queue of the policies to compare, with those already compared. Each pair is
 * in it once, because policies can be recursive.
 */
static struct pair pairs[512];
static unsigned int n_pairs;

static const char *family;
static unsigned int n_attributes, n_differences, n_explained;
/* What C files have, and the spec lacks. */
static unsigned int n_more_ops, n_more_attributes;

static struct explanation *explain(const char *field, s64 theirs, s64 ours)
{
	struct explanation *one;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(explanations); i++) {
		one = &explanations[i];
		if ((!one->family || !strcmp(one->family, family)) &&
		    !strcmp(one->field, field) &&
		    (one->theirs == ANY || one->theirs == theirs) &&
		    (one->ours == ANY || one->ours == ours))
			return one;
	}
	return NULL;
}

/* Compares one field. Returns true if it is equal, or expected to differ. */
static bool check(const char *where, const char *field, s64 theirs, s64 ours)
{
	struct explanation *one;

	if (theirs == ours)
		return true;
	one = explain(field, theirs, ours);
	if (one) {
		one->times++;
		n_explained++;
		return true;
	}
	n_differences++;
	pr_err("%s: %s: theirs %lld (%#llx), ours %lld (%#llx)\n", where,
	       field, theirs, theirs, ours, ours);
	return false;
}

static void check_name(const char *where, const char *theirs, const char *ours)
{
	if (!strcmp(theirs, ours))
		return;
	n_differences++;
	pr_err("%s: name: theirs \"%s\", ours \"%s\"\n", where, theirs, ours);
}

/* Adds two policies to the queue, unless they are in it already. */
static void add_pair(const char *where, const char *separator,
		     const struct nla_policy *theirs,
		     const struct nla_policy *ours, unsigned int maxattr)
{
	struct pair *pair = &pairs[n_pairs];
	unsigned int i;

	for (i = 0; i < n_pairs; i++)
		if (pairs[i].theirs == theirs && pairs[i].ours == ours)
			return;
	if (n_pairs == ARRAY_SIZE(pairs)) {
		check(where, "room for its policy", true, false);
		return;
	}
	pair->theirs = theirs;
	pair->ours = ours;
	pair->maxattr = maxattr;
	snprintf(pair->where, sizeof(pair->where), "%s%s", where, separator);
	n_pairs++;
}

static bool is_signed(u8 type)
{
	return type == NLA_S8 || type == NLA_S16 || type == NLA_S32 ||
	       type == NLA_S64 || type == NLA_SINT;
}

/* Returns the maximum length of a number of a type. */
static unsigned int width(u8 type)
{
	switch (type) {
	case NLA_U8:
	case NLA_S8:
		return 1;
	case NLA_U16:
	case NLA_S16:
	case NLA_BE16:
		return 2;
	case NLA_U32:
	case NLA_S32:
	case NLA_BE32:
		return 4;
	default:
		return 8;
	}
}

/* Returns whether a policy's function accepts a number of this length. */
static bool accepts(const struct nla_policy *policy, u64 value,
		    unsigned int bytes)
{
	struct {
		struct nlattr header;
		union {
			u8 one;
			u16 two;
			u32 four;
			u64 eight;
		} __packed;
	} attr = {};

	switch (bytes) {
	case 1:
		attr.one = value;
		break;
	case 2:
		attr.two = value;
		break;
	case 4:
		attr.four = value;
		break;
	default:
		attr.eight = value;
		break;
	}
	attr.header.nla_len = nla_attr_size(bytes);
	return policy->validate(&attr.header, NULL) == 0;
}

static bool check_value(const char *where, const struct nla_policy *theirs,
			const struct nla_policy *ours, u64 value,
			unsigned int bytes)
{
	char field[48];

	snprintf(field, sizeof(field), "accepts %llu", value);
	return check(where, field, accepts(theirs, value, bytes),
		     accepts(ours, value, bytes));
}

/* Calls both functions with all 16-bit numbers, and some larger ones. */
static void probe(const char *where, const struct nla_policy *theirs,
		  const struct nla_policy *ours, unsigned int bytes)
{
	u64 max = U64_MAX >> (64 - 8 * bytes);
	unsigned int bit;
	u64 value;

	for (value = 0; value <= min(max, U16_MAX); value++)
		if (!check_value(where, theirs, ours, value, bytes))
			return;
	for (bit = 16; bit < 8 * bytes; bit++)
		for (value = BIT_ULL(bit) - 1; value <= BIT_ULL(bit) + 1;
		     value++)
			if (!check_value(where, theirs, ours, value, bytes))
				return;
	check_value(where, theirs, ours, max, bytes);
}

/*
 * If the spec omits a bound of a range, ynl_gen_c.py omits it too, which makes
 * it 0. Ours is the bound of the type.
 */
static void check_bound(const char *where, const char *field, s64 theirs,
			s64 ours, s64 bound)
{
	if (!theirs && ours == bound)
		check(where, "open range", 0, !!bound);
	else
		check(where, field, theirs, ours);
}

static void compare_range(const char *where, const struct nla_policy *theirs,
			  const struct nla_policy *ours)
{
	u64 max = U64_MAX >> (64 - 8 * width(theirs->type));

	if (is_signed(theirs->type)) {
		check_bound(where, "range.min", theirs->range_signed->min,
			    ours->range_signed->min, -(s64)(max >> 1) - 1);
		check_bound(where, "range.max", theirs->range_signed->max,
			    ours->range_signed->max, max >> 1);
	} else {
		check(where, "range.min", theirs->range->min,
		      ours->range->min);
		check_bound(where, "range.max", theirs->range->max,
			    ours->range->max, max);
	}
}

/* Compares the checks of two policies of the same type. */
static void compare_validation(const char *where,
			       const struct nla_policy *theirs,
			       const struct nla_policy *ours)
{
	if (!check(where, "validation_type", theirs->validation_type,
		   ours->validation_type) ||
	    theirs->validation_type != ours->validation_type)
		return;
	switch (theirs->validation_type) {
	case NLA_VALIDATE_MIN:
	case NLA_VALIDATE_MAX:
	case NLA_VALIDATE_RANGE:
	case NLA_VALIDATE_RANGE_WARN_TOO_LONG:
		check(where, "min", theirs->min, ours->min);
		check(where, "max", theirs->max, ours->max);
		break;
	case NLA_VALIDATE_MASK:
		check(where, "mask", theirs->mask, ours->mask);
		break;
	case NLA_VALIDATE_RANGE_PTR:
		compare_range(where, theirs, ours);
		break;
	case NLA_VALIDATE_FUNCTION:
		probe(where, theirs, ours, width(theirs->type));
		if (theirs->type == NLA_UINT || theirs->type == NLA_SINT)
			probe(where, theirs, ours, sizeof(u32));
		break;
	default:
		check(where, "unused", (long)theirs->range,
		      (long)ours->range);
		break;
	}
}

static void compare_entry(const char *where, const struct nla_policy *theirs,
			  const struct nla_policy *ours)
{
	if (has_sources && ours->type == NLA_UNSPEC &&
	    theirs->type != NLA_UNSPEC) {
		n_more_attributes++;
		return;
	}
	if (theirs->type != NLA_UNSPEC || ours->type != NLA_UNSPEC)
		n_attributes++;
	if (!check(where, "type", theirs->type, ours->type) ||
	    (has_sources && theirs->type != ours->type) ||
	    theirs->type == NLA_UNSPEC)
		return;
	if (has_sources && ours->type == NLA_NESTED && !theirs->nested_policy) {
		check(where, "nested_policy", false, !!ours->nested_policy);
		return;
	}
	if (!check(where, "len", theirs->len, ours->len))
		return;
	switch (theirs->type) {
	case NLA_NESTED:
	case NLA_NESTED_ARRAY:
		check(where, "validation_type", theirs->validation_type,
		      ours->validation_type);
		if (check(where, "nested_policy", !!theirs->nested_policy,
			  !!ours->nested_policy) && theirs->nested_policy)
			add_pair(where, ".", theirs->nested_policy,
				 ours->nested_policy,
				 min(theirs->len, ours->len));
		break;
	case NLA_BITFIELD32:
		check(where, "validation_type", theirs->validation_type,
		      ours->validation_type);
		check(where, "bitfield32_valid", theirs->bitfield32_valid,
		      ours->bitfield32_valid);
		break;
	default:
		compare_validation(where, theirs, ours);
		break;
	}
}

static void compare_pair(const struct pair *pair)
{
	char where[sizeof(pair->where)];
	unsigned int i;

	check(pair->where, "number 0", pair->theirs[0].type != NLA_UNSPEC,
	      pair->ours[0].type != NLA_UNSPEC);
	for (i = 1; i <= pair->maxattr; i++) {
		snprintf(where, sizeof(where), "%s%u", pair->where, i);
		compare_entry(where, &pair->theirs[i], &pair->ours[i]);
	}
}

/* The policy of a dump that the core does not validate. */
static const struct nla_policy anything[2];

static void compare_functions(const char *where,
			      const struct genl_split_ops *theirs,
			      const struct genl_split_ops *ours)
{
	if (theirs->flags & GENL_CMD_CAP_DUMP) {
		check(where, "start", !!theirs->start, !!ours->start);
		check(where, "dumpit", !!theirs->dumpit, !!ours->dumpit);
		check(where, "done", !!theirs->done, !!ours->done);
	} else {
		check(where, "pre_doit", !!theirs->pre_doit,
		      !!ours->pre_doit);
		check(where, "doit", !!theirs->doit, !!ours->doit);
		check(where, "post_doit", !!theirs->post_doit,
		      !!ours->post_doit);
	}
}

static void compare_op(const struct genl_split_ops *theirs,
		       const struct genl_split_ops *ours)
{
	bool is_dump = theirs->flags & GENL_CMD_CAP_DUMP;
	char where[48];

	snprintf(where, sizeof(where), "command %u, %s", theirs->cmd,
		 is_dump ? "dump" : "do");
	check(where, "cmd", theirs->cmd, ours->cmd);
	check(where, "internal_flags", theirs->internal_flags,
	      ours->internal_flags);
	check(where, "validate", theirs->validate, ours->validate);
	check(where, "flags", theirs->flags, ours->flags);
	/* Functions in other files than the compiled ones are missing. */
	if (!has_sources)
		compare_functions(where, theirs, ours);
	/* The core does not validate this dump. */
	if (has_sources && theirs->policy == anything)
		return;
	if (has_sources && ours->maxattr < theirs->maxattr)
		n_more_attributes += theirs->maxattr - ours->maxattr;
	else if (!check(where, "maxattr", theirs->maxattr, ours->maxattr))
		return;
	if (has_sources && !ours->policy)
		return;
	if (check(where, "policy", !!theirs->policy, !!ours->policy) &&
	    theirs->policy)
		add_pair(where, ", attribute ", theirs->policy, ours->policy,
			 min(theirs->maxattr, ours->maxattr));
}

/* The operations of their family, in the form of ours. */
static struct genl_split_ops split_ops[2 * 255];
static unsigned int n_split_ops;

/* Adds a do and a dump, as genl_cmd_full_to_split() does. */
static void add_split(const struct genl_ops *op)
{
	struct genl_split_ops *split;

	if (op->doit) {
		split = &split_ops[n_split_ops++];
		split->doit = op->doit;
		split->cmd = op->cmd;
		split->internal_flags = op->internal_flags;
		split->flags = op->flags | GENL_CMD_CAP_DO;
		split->validate = op->validate & GENL_DONT_VALIDATE_STRICT;
		split->policy = op->policy;
		split->maxattr = op->maxattr;
	}
	if (op->dumpit) {
		split = &split_ops[n_split_ops++];
		split->start = op->start;
		split->dumpit = op->dumpit;
		split->done = op->done;
		split->cmd = op->cmd;
		split->internal_flags = op->internal_flags;
		split->flags = op->flags | GENL_CMD_CAP_DUMP;
		split->validate = op->validate & GENL_DONT_VALIDATE_DUMP_STRICT;
		split->policy = op->policy;
		split->maxattr = op->maxattr;
		if (op->validate & GENL_DONT_VALIDATE_DUMP) {
			split->validate = GENL_DONT_VALIDATE_DUMP_STRICT;
			split->policy = anything;
			split->maxattr = ARRAY_SIZE(anything) - 1;
		}
	}
}

/*
 * Sorts `split_ops`, which are in the order of the spec. The core rejects such
 * a table; C families with such a spec have a table written by hand.
 */
static void sort_by_command(void)
{
	unsigned int i, j;

	for (i = 1; i < n_split_ops; i++)
		for (j = i; j && split_ops[j].cmd < split_ops[j - 1].cmd; j--)
			swap(split_ops[j], split_ops[j - 1]);
}

/* Fills `split_ops`. */
static void split(const struct genl_family *theirs)
{
	unsigned int i;

	for (i = 0; i < theirs->n_ops; i++) {
		struct genl_ops op = theirs->ops[i];

		if (!op.maxattr)
			op.maxattr = theirs->maxattr;
		if (!op.policy)
			op.policy = theirs->policy;
		add_split(&op);
	}
	for (i = 0; i < theirs->n_small_ops; i++) {
		const struct genl_small_ops *small = &theirs->small_ops[i];
		struct genl_ops op = {
			.doit = small->doit,
			.dumpit = small->dumpit,
			.cmd = small->cmd,
			.internal_flags = small->internal_flags,
			.flags = small->flags,
			.validate = small->validate,
			.policy = theirs->policy,
			.maxattr = theirs->maxattr,
		};

		add_split(&op);
	}
	for (i = 0; i < theirs->n_split_ops; i++)
		split_ops[n_split_ops++] = theirs->split_ops[i];
	sort_by_command();
}

/* Returns the first command after those whose validation is not strict. */
static unsigned int resv_start_op(void)
{
	unsigned int i, start = 0;

	for (i = 0; i < n_split_ops; i++)
		if (split_ops[i].validate & ~GENL_DONT_VALIDATE_DUMP)
			start = max_t(unsigned int, start, split_ops[i].cmd + 1);
	return start;
}

static void compare_group(unsigned int index,
			  const struct genl_multicast_group *theirs,
			  const struct genl_multicast_group *ours)
{
	char where[16];

	snprintf(where, sizeof(where), "group %u", index);
	check_name(where, theirs->name, ours->name);
	/* The flags in the spec, because theirs has none; see groups.h. */
	if (!has_sources)
		check(where, "flags by the spec", group_flags[index], ours->flags);
	check(where, "group's flags", theirs->flags, ours->flags);
}

static void compare_family(const struct genl_family *theirs,
			   const struct genl_family *ours)
{
	const char *where = "family";

	/* See `RESERVED` in ours.rs. */
	if (strcmp(theirs->name, "nlctrl"))
		check_name(where, theirs->name, ours->name);
	check(where, "hdrsize", theirs->hdrsize, ours->hdrsize);
	check(where, "version", theirs->version, ours->version);
	check(where, "family's maxattr", theirs->maxattr, ours->maxattr);
	check(where, "netnsok", theirs->netnsok, ours->netnsok);
	check(where, "parallel_ops", theirs->parallel_ops, ours->parallel_ops);
	check(where, "n_ops", 0, ours->n_ops);
	check(where, "n_small_ops", 0, ours->n_small_ops);
	if (!has_sources)
		check(where, "n_split_ops", n_split_ops, ours->n_split_ops);
	check(where, "n_mcgrps", theirs->n_mcgrps, ours->n_mcgrps);
	check(where, "resv_start_op", has_sources ? theirs->resv_start_op : resv_start_op(),
	      ours->resv_start_op);
	check(where, "policy", false, !!ours->policy);
	check(where, "family's pre_doit", !!theirs->pre_doit,
	      !!ours->pre_doit);
	check(where, "family's post_doit", !!theirs->post_doit,
	      !!ours->post_doit);
	check(where, "bind", !!theirs->bind, !!ours->bind);
	check(where, "unbind", !!theirs->unbind, !!ours->unbind);
	check(where, "sock_priv_size", theirs->sock_priv_size,
	      ours->sock_priv_size);
}

/* Compares our operations with theirs, which may be more in C files. */
static void compare_ops(const struct genl_family *ours)
{
	const u8 kinds = GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP;
	unsigned int i, j = 0;

	for (i = 0; i < ours->n_split_ops; i++) {
		const struct genl_split_ops *op = &ours->split_ops[i];

		while (has_sources && j < n_split_ops &&
		       (split_ops[j].cmd < op->cmd ||
			(split_ops[j].cmd == op->cmd &&
			 (split_ops[j].flags & kinds) < (op->flags & kinds)))) {
			n_more_ops++;
			j++;
		}
		if (j == n_split_ops) {
			check("operations", "command", -1, op->cmd);
			return;
		}
		compare_op(&split_ops[j++], op);
	}
	n_more_ops += n_split_ops - j;
}

/*
 * Compares our family with theirs. Returns 0 if all differences are expected.
 */
int oracle_compare(const struct genl_family *ours)
{
	const struct genl_family *theirs = oracle_theirs();
	unsigned int i;

	family = theirs->name;
	split(theirs);
	compare_family(theirs, ours);
	compare_ops(ours);
	for (i = 0; i < min(theirs->n_mcgrps, ours->n_mcgrps); i++)
		compare_group(i, &theirs->mcgrps[i], &ours->mcgrps[i]);
	for (i = 0; i < n_pairs; i++)
		compare_pair(&pairs[i]);

	for (i = 0; i < ARRAY_SIZE(explanations); i++)
		if (explanations[i].times)
			pr_info("%u times meant: %s: %s\n",
				explanations[i].times, explanations[i].field,
				explanations[i].why);
	if (has_sources)
		pr_info("%u operations and %u attributes are not in the spec\n",
			n_more_ops, n_more_attributes);
	pr_info("%u operations, %u attributes, %u groups, %u differences, %u meant\n",
		ours->n_split_ops, n_attributes, theirs->n_mcgrps,
		n_differences, n_explained);
	return n_differences ? -EINVAL : 0;
}
