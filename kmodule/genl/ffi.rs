// SPDX-License-Identifier: GPL-2.0

//! The functions of `helpers.c`.
//!
//! The signatures here and there are kept the same by hand: a module built outside the kernel tree
//! has no bindgen run of its own.

use kernel::{
    bindings,
    ffi::{
        c_int,
        c_uint,
        c_void, //
    },
};

// Some architectures have a `struct mod_arch_specific` without a field, which these types reach.
#[allow(improper_ctypes)]
extern "C" {
    /// `genl_info_net()` of `include/net/genetlink.h`.
    pub(super) fn genl_helper_info_net(info: *const bindings::genl_info) -> *mut bindings::net;

    /// `genlmsg_reply()` of `include/net/genetlink.h`.
    pub(super) fn genl_helper_reply(
        skb: *mut bindings::sk_buff,
        info: *mut bindings::genl_info,
    ) -> c_int;

    /// `net_generic()` of `include/net/netns/generic.h`.
    pub(super) fn genl_helper_net_generic(net: *const bindings::net, id: c_uint) -> *mut c_void;
}
