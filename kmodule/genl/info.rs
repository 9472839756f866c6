// SPDX-License-Identifier: GPL-2.0

//! Requests.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

use super::{
    ffi,
    AttrStream,
    Attrs,
    ExtAckError,
    Net, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    fmt::{
        self,
        Write, //
    },
    prelude::*,
    transmute::FromBytes, //
};

/// Flags in the header of a request (`NLM_F_*`).
///
/// The core rejects other flags than [`Self::ACK`], [`Self::ECHO`] and [`Self::DUMP`] unless the
/// family sets [`FamilyOptions::resv_start_op`](super::FamilyOptions::resv_start_op).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MsgFlags(u16);

impl MsgFlags {
    /// The sender wants an acknowledgement (`NLM_F_ACK`).
    pub const ACK: Self = Self(bindings::NLM_F_ACK as u16);

    /// The sender wants to receive the notification that the request causes (`NLM_F_ECHO`).
    pub const ECHO: Self = Self(bindings::NLM_F_ECHO as u16);

    /// The request is a dump (`NLM_F_DUMP`).
    pub const DUMP: Self = Self(bindings::NLM_F_DUMP as u16);

    /// Replace an object that exists (`NLM_F_REPLACE`).
    pub const REPLACE: Self = Self(bindings::NLM_F_REPLACE as u16);

    /// Do not touch an object that exists (`NLM_F_EXCL`).
    pub const EXCL: Self = Self(bindings::NLM_F_EXCL as u16);

    /// Create an object that does not exist (`NLM_F_CREATE`).
    pub const CREATE: Self = Self(bindings::NLM_F_CREATE as u16);

    /// Add an object to the end of a list (`NLM_F_APPEND`).
    pub const APPEND: Self = Self(bindings::NLM_F_APPEND as u16);

    /// The message from the kernel is one of several, up to `NLMSG_DONE` (`NLM_F_MULTI`): see
    /// [`GenlMsg::add_flags`](super::GenlMsg::add_flags).
    pub const MULTI: Self = Self(bindings::NLM_F_MULTI as u16);

    /// The dump contains only the items that the request selects (`NLM_F_DUMP_FILTERED`).
    pub const DUMP_FILTERED: Self = Self(bindings::NLM_F_DUMP_FILTERED as u16);

    /// Returns the flags as in the header of a message.
    #[inline]
    pub(super) fn bits(self) -> u16 {
        self.0
    }

    /// Returns whether all of `flags` are set.
    #[inline]
    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

/// A capability that a request can be checked for.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Capability {
    /// `CAP_NET_ADMIN`.
    NetAdmin = bindings::CAP_NET_ADMIN,
    /// `CAP_NET_RAW`.
    NetRaw = bindings::CAP_NET_RAW,
    /// `CAP_SYS_MODULE`.
    SysModule = bindings::CAP_SYS_MODULE,
    /// `CAP_SYS_ADMIN`.
    SysAdmin = bindings::CAP_SYS_ADMIN,
}

/// A request that the core has parsed and validated.
///
/// # Invariants
///
/// - `raw` points to the `struct genl_info` of a request that is being handled. The request, its
///   message and its attribute table stay valid and unchanged during `'a`, except for the extended
///   ack.
/// - `skb` is the buffer of the request, and its sender's socket is open during `'a`.
/// - If `attrs_len` is not 0, the attribute table has `attrs_len` entries.
///
/// # Examples
///
/// An operation that creates or replaces an object, by the rules of rtnetlink:
///
/// ```
/// # use crate::genl::*;
/// # use kernel::prelude::*;
/// fn check<'a>(info: &Info<'a>, exists: bool) -> Result<(), ExtAckError<'a>> {
///     let flags = info.flags();
///     if !info.net_capable(Capability::NetAdmin) {
///         return Err(EPERM.into());
///     }
///     match exists {
///         true if flags.contains(MsgFlags::EXCL) => Err(EEXIST.into()),
///         false if !flags.contains(MsgFlags::CREATE) => Err(ENOENT.into()),
///         _ => Ok(()),
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Info<'a> {
    raw: NonNull<bindings::genl_info>,
    skb: Option<NonNull<bindings::sk_buff>>,
    attrs_len: usize,
    _request: PhantomData<&'a bindings::genl_info>,
}

impl<'a> Info<'a> {
    /// Creates an `Info` from the request that the core passes to an operation.
    ///
    /// # Safety
    ///
    /// `raw` must be the argument of a `doit` callback that runs until after `'a`, or the result of
    /// `genl_info_dump()` for such a callback of a dump. `skb` must be the buffer of the request, or
    /// `None` if its sender's socket is being closed. `attrs_len` must be 0, or the operation's
    /// `maxattr` plus 1.
    #[inline]
    pub(super) unsafe fn from_raw(
        raw: NonNull<bindings::genl_info>,
        skb: Option<NonNull<bindings::sk_buff>>,
        attrs_len: usize,
    ) -> Self {
        // INVARIANT: The core keeps the request until the callback returns, and allocates
        // `maxattr + 1` entries if the operation's `maxattr` is not 0.
        Self {
            raw,
            skb,
            attrs_len,
            _request: PhantomData,
        }
    }

    /// Returns a raw pointer to the underlying `struct genl_info`.
    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::genl_info {
        self.raw.as_ptr()
    }

    /// Returns the netlink port of the sender. A reply goes to this port.
    #[inline]
    pub fn portid(&self) -> u32 {
        // SAFETY: By the type invariants, `raw` can be read.
        unsafe { (*self.as_raw()).snd_portid }
    }

    /// Returns the socket of the sender, for [`Dest::GroupIf`](super::Dest::GroupIf), or `None` in
    /// [`Dumpit::done`](super::Dumpit::done).
    #[inline]
    pub fn socket(&self) -> Option<SocketId> {
        self.skb.map(|skb| {
            // SAFETY: By the type invariants, the buffer is a request's.
            SocketId(unsafe { ffi::genl_helper_sender(skb.as_ptr()) }.addr())
        })
    }

    /// Returns the sequence number of the request. A reply has the same one.
    #[inline]
    pub fn seq(&self) -> u32 {
        // SAFETY: By the type invariants, `raw` can be read.
        unsafe { (*self.as_raw()).snd_seq }
    }

    /// Returns whether the sender asked for an acknowledgement (`NLM_F_ACK`). The core sends it after
    /// the operation's method has returned.
    #[inline]
    pub fn wants_ack(&self) -> bool {
        self.flags().contains(MsgFlags::ACK)
    }

    /// Returns the flags of the request.
    #[inline]
    pub fn flags(&self) -> MsgFlags {
        // SAFETY: By the type invariants, `raw` and the message's header can be read.
        MsgFlags(unsafe { (*(*self.as_raw()).nlhdr).nlmsg_flags })
    }

    /// Returns the number of the command.
    #[inline]
    pub fn command(&self) -> u8 {
        // SAFETY: By the type invariants, `raw` and the message can be read.
        unsafe { (*(*self.as_raw()).genlhdr).cmd }
    }

    /// Checks a capability in the initial user namespace (`netlink_capable()`): both the current task
    /// and the task that opened the sender's socket need it.
    ///
    /// [`Doit::PERMISSION`](super::Doit::PERMISSION) is simpler if it suffices.
    ///
    /// # Context
    ///
    /// Call it in the task that sent the request or receives the dump: not in a work item. Returns
    /// false in [`Dumpit::done`](super::Dumpit::done).
    #[inline]
    pub fn capable(&self, capability: Capability) -> bool {
        self.skb.is_some_and(|skb| {
            // SAFETY: By the type invariants, the buffer is a request's, and its socket is open.
            unsafe { bindings::netlink_capable(skb.as_ptr(), capability as c_int) }
        })
    }

    /// Checks a capability in the user namespace that owns the network namespace of the sender
    /// (`netlink_net_capable()`).
    ///
    /// # Context
    ///
    /// As for [`Self::capable`].
    #[inline]
    pub fn net_capable(&self, capability: Capability) -> bool {
        self.ns_capable(self.net(), capability)
    }

    /// Checks a capability in the user namespace that owns the network namespace `net`
    /// (`netlink_ns_capable()`).
    ///
    /// # Context
    ///
    /// As for [`Self::capable`].
    #[inline]
    pub fn ns_capable(&self, net: &Net, capability: Capability) -> bool {
        self.skb.is_some_and(|skb| {
            // SAFETY: By the type invariants, the buffer is a request's, and its socket is open. The
            // user namespace of `net` lives as long as `net`, and does not change.
            unsafe {
                let user_ns = (*net.as_raw()).user_ns;
                bindings::netlink_ns_capable(skb.as_ptr(), user_ns, capability as c_int)
            }
        })
    }

    /// Returns the network namespace of the sender's socket (`genl_info_net()`).
    #[inline]
    pub fn net(&self) -> &'a Net {
        #[cfg(CONFIG_NET_NS)]
        // SAFETY: By the type invariants, `raw` can be read.
        let net = unsafe { (*self.as_raw())._net.net };
        #[cfg(not(CONFIG_NET_NS))]
        let net = &raw mut bindings::init_net;
        // SAFETY: The socket keeps its namespace alive, and the core keeps the socket until the
        // callback has returned.
        unsafe { Net::from_raw(net) }
    }

    /// Returns the request's attributes, by number.
    #[inline]
    pub fn attrs(&self) -> Attrs<'a> {
        // SAFETY: By the type invariants, `raw` can be read.
        let table = unsafe { (*self.as_raw()).attrs };
        // SAFETY: By the type invariants, the table has `attrs_len` entries, filled by the core's
        // parser, if that is not 0, and does not change during `'a`.
        unsafe { Attrs::from_raw(table, self.attrs_len) }
    }

    /// Returns an iterator over the attributes of the request, in the order of the message. Use it
    /// for an attribute that can occur several times.
    #[inline]
    pub fn attr_stream(&self) -> AttrStream<'a> {
        let (_, attrs) = self.user_header_and_attrs();
        // SAFETY: Attributes follow the headers.
        unsafe { AttrStream::new(attrs) }
    }

    /// Returns the user header of the request, or `None` if `T` is not the type that
    /// [`FamilyOptions::user_header`](super::FamilyOptions::user_header) has set, or is aligned to more
    /// than four bytes.
    pub fn user_header<T: FromBytes>(&self) -> Option<&'a T> {
        let (header, _) = self.user_header_and_attrs();
        T::from_bytes(header)
    }

    /// Returns the bytes after the user header, for an old protocol with data that is not in attributes.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        let (_, payload) = self.user_header_and_attrs();
        payload
    }

    /// Returns the header of the request, to send its error later.
    #[inline]
    pub fn header(&self) -> RequestHeader {
        // SAFETY: By the type invariants, the message's header can be read.
        let header = unsafe { *(*self.as_raw()).nlhdr };
        RequestHeader {
            header,
            portid: self.portid(),
        }
    }

    #[inline]
    fn user_header_and_attrs(&self) -> (&'a [u8], &'a [u8]) {
        const HEADERS_LEN: usize =
            size_of::<bindings::nlmsghdr>() + size_of::<bindings::genlmsghdr>();

        // SAFETY: By the type invariants, `raw` and its family can be read.
        let (message, hdrsize) = unsafe {
            let raw = &*self.as_raw();
            (raw.nlhdr, (*raw.family).hdrsize as usize)
        };
        // SAFETY: By the type invariants, the message's header can be read.
        let len = unsafe { (*message).nlmsg_len } as usize;
        // SAFETY: The core has checked that the message has the length in its header, and by the type
        // invariants it does not change during `'a`.
        let message = unsafe { core::slice::from_raw_parts(message.cast::<u8>(), len) };
        let rest = message.get(HEADERS_LEN..).unwrap_or_default();
        let attrs = rest.get(hdrsize.next_multiple_of(bindings::NLMSG_ALIGNTO as usize)..);
        (
            rest.get(..hdrsize).unwrap_or_default(),
            attrs.unwrap_or_default(),
        )
    }

    /// Sets the text of the extended ack. The sender receives it even if the request succeeds, as a
    /// warning. The text of an [`ExtAckError`] replaces it.
    #[inline]
    pub fn set_message(&self, message: &'static CStr) {
        // SAFETY: By the type invariants, `raw` can be read.
        let extack = unsafe { (*self.as_raw()).extack };
        if !extack.is_null() {
            // SAFETY: A pointer that is not null is valid until the callback returns, before the
            // module's text can be freed. `Info` is not `Send`, so nothing else accesses it.
            unsafe { (*extack)._msg = message.to_bytes_with_nul().as_ptr().cast() };
        }
    }

    /// Sets the text of the extended ack like [`Self::set_message`], from `format_args!`. Allocates
    /// nothing; the kernel has a buffer for 79 bytes, and the rest is truncated.
    ///
    /// # Examples
    ///
    /// An [`Error`] without text keeps it:
    ///
    /// ```
    /// # use crate::genl::*;
    /// # use kernel::prelude::*;
    /// fn check<'a>(info: &Info<'a>, used: usize, limit: usize) -> Result<(), ExtAckError<'a>> {
    ///     if used == limit {
    ///         info.format_message(fmt!("all {limit} entries are in use"));
    ///         return Err(ENOSPC.into());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[inline]
    pub fn format_message(&self, message: fmt::Arguments<'_>) {
        // Formatting can call `format_message` again, so the kernel's buffer is not borrowed.
        let mut text = Text {
            bytes: [0; FORMATTED_LEN],
            len: 0,
        };
        let _ = text.write_fmt(message);
        // SAFETY: By the type invariants, `raw` can be read.
        let extack = unsafe { (*self.as_raw()).extack };
        if !extack.is_null() {
            // SAFETY: As in `set_message`. The bytes end with a NUL.
            unsafe {
                (*extack)._msg_buf = text.bytes.map(|byte| byte as c_char);
                (*extack)._msg = (&raw const (*extack)._msg_buf).cast();
            }
        }
    }

    /// Sets the cookie of the extended ack (`NLMSGERR_ATTR_COOKIE`), by which the sender can cancel or
    /// name the operation.
    ///
    /// # Examples
    ///
    /// A request that has started a job:
    ///
    /// ```
    /// # use crate::genl::*;
    /// fn started<'a>(info: &Info<'a>, job: u64) -> Result<(), ExtAckError<'a>> {
    ///     info.set_message(c"the job is running");
    ///     info.set_cookie(job);
    ///     Ok(())
    /// }
    /// ```
    #[inline]
    pub fn set_cookie(&self, cookie: u64) {
        // SAFETY: By the type invariants, `raw` can be read.
        let extack = unsafe { (*self.as_raw()).extack };
        if !extack.is_null() {
            let cookie = cookie.to_ne_bytes();
            // SAFETY: As in `set_message`.
            unsafe {
                (*extack).cookie = cookie;
                (*extack).cookie_len = cookie.len() as u8;
            }
        }
    }

    /// Returns an error about the request's attribute with number `attrtype`. `message` gives the
    /// reason, in a few words and without a full stop.
    #[inline]
    pub fn bad_attr(&self, attrtype: u16, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        match self.attrs().get(attrtype) {
            Some(attr) => ExtAckError::bad_attr(errno, attr, message),
            None => ExtAckError::with_message(errno, message),
        }
    }
}

/// Identifies a socket until it is closed: see [`PerNet::port_closed`](super::PerNet::port_closed).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SocketId(pub(super) usize);

/// The header of a request, from [`Info::header`].
#[derive(Clone, Copy)]
pub struct RequestHeader {
    pub(super) header: bindings::nlmsghdr,
    pub(super) portid: u32,
}

impl RequestHeader {
    /// Returns the header as in a message.
    #[inline]
    pub(super) fn bytes(&self) -> [u8; size_of::<bindings::nlmsghdr>()] {
        // SAFETY: The header has only numbers, and no padding between them.
        unsafe { core::mem::transmute(self.header) }
    }
}

/// Bytes of a formatted text of an extended ack, with the NUL.
const FORMATTED_LEN: usize = bindings::NETLINK_MAX_FMTMSG_LEN as usize;

/// A text that is truncated to its buffer. The last byte stays 0.
struct Text {
    bytes: [u8; FORMATTED_LEN],
    len: usize,
}

impl fmt::Write for Text {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut len = text.len().min(FORMATTED_LEN - 1 - self.len);
        while !text.is_char_boundary(len) {
            len -= 1;
        }
        self.bytes[self.len..self.len + len].copy_from_slice(&text.as_bytes()[..len]);
        self.len += len;
        match len == text.len() {
            true => Ok(()),
            false => Err(fmt::Error),
        }
    }
}

#[kunit_tests(genl_info)]
mod tests {
    use super::*;
    use crate::genl::{
        testing::{
            Attributes,
            ExtAck, //
        },
        Policy,
        PolicyTable, //
    };

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
        message.genl.cmd = 3;
        message
    }

    /// Calls `test` with a request of `message`.
    fn with_info<T>(message: &Message, test: impl FnOnce(Info<'_>) -> T) -> T {
        with_hdrsize(0, message, test)
    }

    fn with_hdrsize<T>(hdrsize: u32, message: &Message, test: impl FnOnce(Info<'_>) -> T) -> T {
        let attr = (&raw const message.attr).cast_mut();
        let mut table = [core::ptr::null_mut(), attr];
        let mut extack: bindings::netlink_ext_ack = pin_init::zeroed();
        let mut family: bindings::genl_family = pin_init::zeroed();
        family.hdrsize = hdrsize;
        let mut raw: bindings::genl_info = pin_init::zeroed();
        raw.family = &family;
        raw.extack = &mut extack;
        raw.snd_portid = 7;
        raw.snd_seq = 9;
        raw.nlhdr = &message.header;
        raw.genlhdr = (&raw const message.genl).cast_mut();
        raw.attrs = table.as_mut_ptr();
        // SAFETY: The request, its message and its table do not change while `test` runs, and the
        // table has two entries. `test` does not read the namespace.
        test(unsafe { Info::from_raw(NonNull::from(&mut raw), None, table.len()) })
    }

    #[test]
    fn info_returns_the_fields_of_the_header() {
        with_info(&message(0), |info| {
            assert_eq!((info.portid(), info.seq(), info.command()), (7, 9, 3));
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
    fn flags_contain_all_of_their_bits() {
        let create_excl = bindings::NLM_F_CREATE | bindings::NLM_F_EXCL;
        with_info(&message(create_excl | bindings::NLM_F_ROOT), |info| {
            let flags = info.flags();
            assert!(flags.contains(MsgFlags::CREATE) && flags.contains(MsgFlags::EXCL));
            assert!(!flags.contains(MsgFlags::APPEND));
        });
        // One of its two bits.
        with_info(&message(bindings::NLM_F_MATCH), |info| {
            assert!(!info.flags().contains(MsgFlags::DUMP));
        });
    }

    #[test]
    fn capable_is_false_without_an_open_socket() {
        with_info(&message(0), |info| {
            assert!(!info.capable(Capability::NetAdmin));
            assert!(!info.ns_capable(Net::init(), Capability::NetAdmin));
            assert!(info.socket().is_none());
        });
    }

    /// Returns a copy of the extended ack, and whether its text is the formatted one.
    fn extack_of(info: &Info<'_>) -> (bindings::netlink_ext_ack, bool) {
        // SAFETY: `with_info` has an extended ack for the request.
        let extack = unsafe { &*(*info.as_raw()).extack };
        let is_formatted = core::ptr::eq(extack._msg, extack._msg_buf.as_ptr());
        (*extack, is_formatted)
    }

    #[test]
    fn attributes_follow_the_user_header() {
        // The attribute's header is the user header here, so its payload is the first attribute.
        let message = Message {
            payload: u32::from_ne_bytes([4, 0, 9, 0]),
            ..message(0)
        };
        for hdrsize in [3, 4] {
            with_hdrsize(hdrsize, &message, |info| {
                let number = info.attr_stream().next().map(|attr| attr.number());
                assert_eq!(number, cfg!(target_endian = "little").then_some(9));
                assert_eq!(info.user_header::<u32>().is_some(), hdrsize == 4);
            });
        }
        with_hdrsize(100, &message, |info| {
            assert_eq!(info.attr_stream().count(), 0);
            assert!(info.user_header::<u32>().is_none());
        });
    }

    #[test]
    fn format_message_truncates() {
        for (len, expected) in [(0, 0), (1, 1), (79, 79), (80, 79), (1000, 79)] {
            with_info(&message(0), |info| {
                info.set_message(TEXT);
                info.format_message(format_args!("{:x<len$}", ""));
                let (extack, is_formatted) = extack_of(&info);
                let text = extack._msg_buf;
                assert!(is_formatted);
                assert!(text[..expected].iter().all(|byte| *byte == b'x' as c_char));
                assert!(text[expected..].iter().all(|byte| *byte == 0));
            });
        }
        // Not within a character.
        with_info(&message(0), |info| {
            info.format_message(format_args!("{:x<78}é", ""));
            assert_eq!(extack_of(&info).0._msg_buf[78], 0);
        });
    }

    #[test]
    fn set_cookie_sets_all_of_its_bytes() {
        with_info(&message(0), |info| {
            info.set_cookie(u64::MAX - 1);
            let (extack, _) = extack_of(&info);
            assert_eq!(extack.cookie, (u64::MAX - 1).to_ne_bytes());
            assert_eq!(extack.cookie_len, 8);
        });
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
    fn payload_and_header_are_those_of_the_message() {
        let message = message(bindings::NLM_F_ACK);
        with_info(&message, |info| {
            let attribute = Attributes::one(NUMBER, &7u32.to_ne_bytes());
            assert_eq!(info.payload(), attribute.bytes());
            let copy = info.header();
            assert_eq!(copy.portid, 7);
            assert_eq!(copy.header.nlmsg_flags, message.header.nlmsg_flags);
            assert_eq!(copy.header.nlmsg_len, message.header.nlmsg_len);
        });
    }

    #[test]
    fn validate_nested_fills_the_extended_ack() {
        static TABLE: PolicyTable<2> = PolicyTable::new().with(NUMBER, Policy::u32());

        // An attribute without its number, one beyond the table, and none.
        for payload in [[4, 0, NUMBER as u8, 0], [4, 0, 2, 0], [0; 4]] {
            let message = Message {
                payload: u32::from_ne_bytes(payload),
                ..message(0)
            };
            with_info(&message, |info| {
                let nest = info.attrs().get(NUMBER);
                let checked = nest.map(|nest| nest.validate_nested(TABLE.as_slice(), &info));
                let error = checked.and_then(Result::err).map(ExtAck::from_error);
                // The error itself has no text, so it keeps the core's.
                assert!(error == Some(ExtAck::with_errno(EINVAL.to_errno())));
                assert!(!extack_of(&info).0._msg.is_null());
            });
        }
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
