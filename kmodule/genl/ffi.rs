// SPDX-License-Identifier: GPL-2.0

//! The functions of `helpers.c`.
//!
//! Keep the signatures in both files equal: bindgen does not run for a module that is built outside
//! the kernel tree.

use kernel::{
    bindings,
    ffi::{
        c_char,
        c_int,
        c_uint,
        c_void, //
    },
};

/// `netlink_filter_fn` of `include/linux/netlink.h`.
pub(super) type Filter =
    unsafe extern "C" fn(*mut bindings::sock, *mut bindings::sk_buff, *mut c_void) -> c_int;

/// `struct genl_helper_device` of `helpers.c`.
#[repr(C)]
pub(super) struct Device {
    pub(super) ifindex: c_int,
    pub(super) name: [u8; bindings::IFNAMSIZ as usize],
    pub(super) kind: [u8; bindings::IFNAMSIZ as usize],
}

// Some architectures have a `struct mod_arch_specific` without a field, which these types reach.
#[allow(improper_ctypes)]
extern "C" {
    /// `get_net()` of `include/net/net_namespace.h`.
    pub(super) fn genl_helper_get_net(net: *mut bindings::net);

    /// `put_net()` of `include/net/net_namespace.h`.
    pub(super) fn genl_helper_put_net(net: *mut bindings::net);

    /// `maybe_get_net()` of `include/net/net_namespace.h`.
    pub(super) fn genl_helper_maybe_get_net(net: *mut bindings::net) -> *mut bindings::net;

    /// Returns the namespace with the given `net_cookie`, with a new reference, by
    /// `for_each_net_rcu()` and `maybe_get_net()` of `include/net/net_namespace.h`.
    pub(super) fn genl_helper_get_net_by_cookie(cookie: u64) -> *mut bindings::net;

    /// `get_net_ns_by_fd()` of `include/net/net_namespace.h`; `EBADF` without files.
    pub(super) fn genl_helper_get_net_ns_by_fd(fd: c_int) -> *mut bindings::net;

    /// `get_net_ns_by_pid()` of `include/net/net_namespace.h`; `ESRCH` in an interrupt.
    pub(super) fn genl_helper_get_net_ns_by_pid(pid: bindings::pid_t) -> *mut bindings::net;

    /// `GFP_NOFS` and `GFP_NOIO` of `include/linux/gfp_types.h`.
    pub(super) fn genl_helper_gfp_nofs() -> bindings::gfp_t;
    pub(super) fn genl_helper_gfp_noio() -> bindings::gfp_t;

    /// Finds a device of a namespace by `device.ifindex`, or by name if that is 0, by
    /// `dev_get_by_index_rcu()` and `dev_get_by_name_rcu()` of `include/linux/netdevice.h`, and copies its
    /// properties. Both texts then end with a NUL.
    pub(super) fn genl_helper_find_device(
        net: *mut bindings::net,
        name: *const c_char,
        device: *mut Device,
    ) -> bool;

    /// `genlmsg_reply()` of `include/net/genetlink.h`.
    pub(super) fn genl_helper_reply(
        skb: *mut bindings::sk_buff,
        info: *mut bindings::genl_info,
    ) -> c_int;

    /// `genlmsg_multicast_netns_filtered()` of `include/net/genetlink.h`, from the kernel.
    pub(super) fn genl_helper_multicast(
        family: *const bindings::genl_family,
        net: *mut bindings::net,
        skb: *mut bindings::sk_buff,
        group: c_uint,
        flags: bindings::gfp_t,
        filter: Option<Filter>,
        filter_data: *mut c_void,
    ) -> c_int;

    /// `NETLINK_CB(skb).sk` of `include/linux/netlink.h`.
    pub(super) fn genl_helper_sender(skb: *mut bindings::sk_buff) -> *mut bindings::sock;

    /// `genlmsg_unicast()` of `include/net/genetlink.h`.
    pub(super) fn genl_helper_unicast(
        net: *mut bindings::net,
        skb: *mut bindings::sk_buff,
        portid: u32,
    ) -> c_int;

    /// `nlmsg_put()` of `include/net/netlink.h`.
    pub(super) fn genl_helper_nlmsg_put(
        skb: *mut bindings::sk_buff,
        portid: u32,
        seq: u32,
        type_: c_int,
        payload: c_int,
        flags: c_int,
    ) -> *mut bindings::nlmsghdr;

    /// `genl_info_dump()` of `include/net/genetlink.h`.
    pub(super) fn genl_helper_info_dump(
        cb: *mut bindings::netlink_callback,
    ) -> *const bindings::genl_info;

    /// `genl_dump_check_consistent()` of `include/net/genetlink.h`.
    pub(super) fn genl_helper_dump_check_consistent(
        cb: *mut bindings::netlink_callback,
        user_hdr: *mut c_void,
    );

    /// Aligns the start of an empty buffer of a dump, by `skb_reserve()` of `include/linux/skbuff.h`.
    pub(super) fn genl_helper_dump_align(skb: *mut bindings::sk_buff);

    /// `nla_nest_start_noflag()` of `include/net/netlink.h`.
    pub(super) fn genl_helper_nest_start_noflag(
        skb: *mut bindings::sk_buff,
        attrtype: c_int,
    ) -> *mut bindings::nlattr;

    /// `nla_nest_end_safe()` of `include/net/netlink.h`.
    pub(super) fn genl_helper_nest_end(
        skb: *mut bindings::sk_buff,
        start: *mut bindings::nlattr,
    ) -> c_int;

    /// `nla_nest_cancel()` of `include/net/netlink.h`.
    pub(super) fn genl_helper_nest_cancel(
        skb: *mut bindings::sk_buff,
        start: *mut bindings::nlattr,
    );

    /// `net_generic()` of `include/net/netns/generic.h`.
    pub(super) fn genl_helper_net_generic(net: *const bindings::net, id: c_uint) -> *mut c_void;

    /// `srcu_read_lock()` of `include/linux/srcu.h`, for requests and senders of events.
    pub(super) fn genl_helper_senders_lock() -> c_int;

    /// `srcu_read_unlock()` of `include/linux/srcu.h`, with the result of
    /// `genl_helper_senders_lock()`.
    pub(super) fn genl_helper_senders_unlock(idx: c_int);

    /// `synchronize_srcu()` of `include/linux/srcu.h`.
    pub(super) fn genl_helper_senders_wait();

    /// Returns whether a module has references in addition to its `init`'s, by `module_refcount()` of
    /// `include/linux/module.h`.
    pub(super) fn genl_helper_module_is_held(module: *mut bindings::module) -> bool;
}
