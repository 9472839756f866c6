// SPDX-License-Identifier: GPL-2.0

//! Requests.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

use super::{
    ffi,
    AttrStream,
    Attrs,
    ExtAckError, //
    Net,
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    prelude::*, //
};

/// A request that the core has parsed and validated.
///
/// # Invariants
///
/// - `raw` points to the `struct genl_info` of a request that is being handled. The request, its
///   message and its attribute table stay valid and unchanged during `'a`, except for the extended
///   ack.
/// - If `attrs_len` is not 0, the attribute table has `attrs_len` entries.
#[derive(Clone, Copy)]
pub struct Info<'a> {
    raw: NonNull<bindings::genl_info>,
    attrs_len: usize,
    _request: PhantomData<&'a bindings::genl_info>,
}

impl<'a> Info<'a> {
    /// Creates an `Info` from the request that the core passes to an operation.
    ///
    /// # Safety
    ///
    /// `raw` must be the argument of a `doit` callback that runs until after `'a`, or the result of
    /// `genl_info_dump()` for such a callback of a dump. `attrs_len` must be 0, or the operation's
    /// `maxattr` plus 1.
    pub(super) unsafe fn from_raw(raw: NonNull<bindings::genl_info>, attrs_len: usize) -> Self {
        // INVARIANT: The core keeps the request until the callback returns, and allocates
        // `maxattr + 1` entries if the operation's `maxattr` is not 0.
        Self {
            raw,
            attrs_len,
            _request: PhantomData,
        }
    }

    /// Returns a raw pointer to the underlying `struct genl_info`.
    pub(super) fn as_raw(&self) -> *mut bindings::genl_info {
        self.raw.as_ptr()
    }

    /// Returns the netlink port of the sender. A reply goes to this port.
    pub fn portid(&self) -> u32 {
        // SAFETY: By the type invariants, `raw` can be read.
        unsafe { (*self.as_raw()).snd_portid }
    }

    /// Returns the sequence number of the request. A reply has the same one.
    pub fn seq(&self) -> u32 {
        // SAFETY: By the type invariants, `raw` can be read.
        unsafe { (*self.as_raw()).snd_seq }
    }

    /// Returns whether the sender asked for an acknowledgement (`NLM_F_ACK`). The core sends it after
    /// the operation's method has returned.
    pub fn wants_ack(&self) -> bool {
        // SAFETY: By the type invariants, `raw` and the message's header can be read.
        let flags = unsafe { (*(*self.as_raw()).nlhdr).nlmsg_flags };
        u32::from(flags) & bindings::NLM_F_ACK != 0
    }

    /// Returns the network namespace of the sender's socket.
    pub fn net(&self) -> &'a Net {
        // SAFETY: By the type invariants, `raw` can be read.
        let net = unsafe { ffi::genl_helper_info_net(self.as_raw()) };
        // SAFETY: The socket keeps its namespace alive, and the core keeps the socket until the
        // callback has returned.
        unsafe { Net::from_raw(net) }
    }

    /// Returns the request's attributes, by number.
    pub fn attrs(&self) -> Attrs<'a> {
        // SAFETY: By the type invariants, `raw` can be read.
        let table = unsafe { (*self.as_raw()).attrs };
        // SAFETY: By the type invariants, the table has `attrs_len` entries, filled by the core's
        // parser, if that is not 0, and does not change during `'a`.
        unsafe { Attrs::from_raw(table, self.attrs_len) }
    }

    /// Returns an iterator over the attributes of the request, in the order of the message. Use it
    /// for an attribute that can occur several times.
    pub fn attr_stream(&self) -> AttrStream<'a> {
        const HEADERS_LEN: usize =
            size_of::<bindings::nlmsghdr>() + size_of::<bindings::genlmsghdr>();

        // SAFETY: By the type invariants, `raw` can be read.
        let message = unsafe { (*self.as_raw()).nlhdr };
        // SAFETY: By the type invariants, the message's header can be read.
        let len = unsafe { (*message).nlmsg_len } as usize;
        // SAFETY: The core has checked that the message has the length that its header says, and by
        // the type invariants it does not change during `'a`.
        let message = unsafe { core::slice::from_raw_parts(message.cast::<u8>(), len) };
        // SAFETY: Attributes follow the headers.
        unsafe { AttrStream::new(message.get(HEADERS_LEN..).unwrap_or_default()) }
    }

    /// Returns an error about the request's attribute with number `attrtype`. `message` gives the
    /// reason, in a few words and without a full stop.
    pub fn bad_attr(&self, attrtype: u16, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        match self.attrs().get(attrtype) {
            Some(attr) => ExtAckError::bad_attr(errno, attr, message),
            None => ExtAckError::with_message(errno, message),
        }
    }
}

#[kunit_tests(genl_info)]
mod tests {
    use super::*;
    use crate::genl::testing::ExtAck;

    /// A message with one attribute of four bytes.
    #[repr(C)]
    struct Message {
        header: bindings::nlmsghdr,
        genl: bindings::genlmsghdr,
        attr: bindings::nlattr,
        payload: u32,
    }

    const NUMBER: u16 = 1;
    const TEXT: &CStr = c"the reason";

    fn message(flags: u32) -> Message {
        let mut message = Message {
            header: pin_init::zeroed(),
            genl: pin_init::zeroed(),
            attr: bindings::nlattr {
                nla_len: 8,
                nla_type: NUMBER,
            },
            payload: 7,
        };
        message.header.nlmsg_len = size_of::<Message>() as u32;
        message.header.nlmsg_flags = flags as u16;
        message
    }

    /// Calls `test` with a request of `message`.
    fn with_info<T>(message: &Message, test: impl FnOnce(Info<'_>) -> T) -> T {
        let attr = (&raw const message.attr).cast_mut();
        let mut table = [core::ptr::null_mut(), attr];
        let mut raw: bindings::genl_info = pin_init::zeroed();
        raw.snd_portid = 7;
        raw.snd_seq = 9;
        raw.nlhdr = &message.header;
        raw.attrs = table.as_mut_ptr();
        // SAFETY: The request, its message and its table do not change while `test` runs, and the
        // table has two entries. `test` does not read the namespace.
        test(unsafe { Info::from_raw(NonNull::from(&mut raw), table.len()) })
    }

    #[test]
    fn info_returns_the_fields_of_the_header() {
        with_info(&message(0), |info| {
            assert_eq!((info.portid(), info.seq()), (7, 9));
        });
        let others = u32::from(u16::MAX) & !bindings::NLM_F_ACK;
        for (flags, wants_ack) in [(0, false), (bindings::NLM_F_ACK, true), (others, false)] {
            assert_eq!(
                with_info(&message(flags), |info| info.wants_ack()),
                wants_ack
            );
        }
    }

    #[test]
    fn attrs_and_attr_stream_find_the_same_attribute() {
        with_info(&message(0), |info| {
            let value = |attr: Option<crate::genl::Attr<'_>>| attr.and_then(|attr| attr.u32().ok());
            assert_eq!(value(info.attrs().get(NUMBER)), Some(7));
            assert_eq!(value(info.attr_stream().get(NUMBER)), Some(7));
            assert!(info.attrs().get(NUMBER + 1).is_none());
            assert_eq!(info.attr_stream().count(), 1);
        });
    }

    #[test]
    fn attr_stream_of_a_message_without_attributes_is_empty() {
        let mut message = message(0);
        for len in [16, 20] {
            message.header.nlmsg_len = len;
            assert_eq!(with_info(&message, |info| info.attr_stream().count()), 0);
        }
    }

    #[test]
    fn bad_attr_names_the_attribute_only_if_it_is_present() {
        let message = message(0);
        let ext_ack = |attrtype| {
            with_info(&message, |info| {
                ExtAck::from_error(info.bad_attr(attrtype, ERANGE, TEXT))
            })
        };
        let absent = ExtAck {
            message: Some(TEXT),
            ..ExtAck::with_errno(ERANGE.to_errno())
        };
        let present = ExtAck {
            bad_attr: (&raw const message.attr).cast(),
            ..absent
        };
        assert_eq!(ext_ack(NUMBER), present);
        assert_eq!(ext_ack(NUMBER + 1), absent);
    }
}
