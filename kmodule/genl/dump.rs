// SPDX-License-Identifier: GPL-2.0

//! Dumps: lists that are sent in several parts.
//!
//! C header: [`include/linux/netlink.h`](srctree/include/linux/netlink.h)

use super::{
    ffi,
    ExtAckError, //
    Family,
    GenlMsg,
    HasNetSlot,
    Info,
    Permission,
    Policy,
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    prelude::*, //
};

/// The `dump` of a command: a request whose reply is a list.
///
/// # Examples
///
/// A list of colours. The cursor is the index of the next one:
///
/// ```
/// # use crate::{genl::*, Add, Sum, FAMILY};
/// # use kernel::prelude::*;
/// static COLOURS: [&CStr; 3] = [c"red", c"green", c"blue"];
///
/// const COLOUR: u16 = 1;
///
/// struct ListColours;
///
/// impl Dumpit for ListColours {
///     type State = Sum;
///     type Cursor = usize;
///     const COMMAND: u8 = 3;
///     const POLICY: &'static [Policy] = &[];
///
///     fn dumpit<'a>(_state: Pin<&Sum>, dump: &mut Dump<'a, usize>) -> Result<(), ExtAckError<'a>> {
///         while let Some(colour) = COLOURS.get(dump.cursor()) {
///             let mut item = dump.item(&FAMILY, Self::COMMAND)?;
///             item.put_string(COLOUR, colour)?;
///             item.send()?;
///             dump.set_cursor(dump.cursor() + 1);
///         }
///         Ok(())
///     }
/// }
///
/// static OPS: [SplitOp<Sum>; 2] = [SplitOp::new_do::<Add>(), SplitOp::new_dump::<ListColours>()];
/// ```
///
/// A list that changes while it is dumped. Each part holds the lock; `item`, `put_…` and `send` do not
/// sleep, so a spinlock would do as well. If the list changes between two parts, so does the
/// generation, and the receiver detects it:
///
/// ```
/// # use crate::{genl::*, FAMILY};
/// # use kernel::{new_mutex, prelude::*, sync::Mutex};
/// # const COLOUR: u16 = 1;
/// /// A list, and a number that changes with it and is never 0.
/// struct Colours {
///     list: KVec<&'static CStr>,
///     generation: u32,
/// }
///
/// #[pin_data]
/// struct Palette {
///     #[pin]
///     colours: Mutex<Colours>,
/// }
/// # impl PerNet for Palette {
/// #     fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
/// #         let colours = Colours { list: KVec::new(), generation: 1 };
/// #         try_pin_init!(Self { colours <- new_mutex!(colours) })
/// #     }
/// # }
/// # net_slot!(Palette);
///
/// struct ListPalette;
///
/// impl Dumpit for ListPalette {
///     type State = Palette;
///     type Cursor = usize;
///     const COMMAND: u8 = 3;
///     const POLICY: &'static [Policy] = &[];
///
///     fn dumpit<'a>(state: Pin<&Palette>, dump: &mut Dump<'a, usize>) -> Result<(), ExtAckError<'a>> {
///         let colours = state.colours.lock();
///         dump.set_seq(colours.generation);
///         while let Some(colour) = colours.list.get(dump.cursor()) {
///             let mut item = dump.item(&FAMILY, Self::COMMAND)?;
///             item.put_string(COLOUR, colour)?;
///             item.send()?;
///             dump.set_cursor(dump.cursor() + 1);
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// Data that RCU protects, here the data of a device that can be removed at any time. Each part is one
/// read-side section, in which nothing may sleep:
///
/// ```
/// # use crate::{genl::*, FAMILY};
/// use kernel::{
///     prelude::*,
///     revocable::Revocable,
///     sync::rcu, //
/// };
///
/// # const VALUE: u16 = 1;
/// #[pin_data]
/// struct Device {
///     #[pin]
///     registers: Revocable<KVec<u32>>,
/// }
/// # impl PerNet for Device {
/// #     fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
/// #         let registers = Ok::<_, Error>(KVec::new());
/// #         try_pin_init!(Self { registers <- Revocable::new(registers) })
/// #     }
/// # }
/// # net_slot!(Device);
///
/// struct ListRegisters;
///
/// impl Dumpit for ListRegisters {
///     type State = Device;
///     type Cursor = usize;
///     const COMMAND: u8 = 3;
///     const POLICY: &'static [Policy] = &[];
///
///     fn dumpit<'a>(state: Pin<&Device>, dump: &mut Dump<'a, usize>) -> Result<(), ExtAckError<'a>> {
///         let section = rcu::read_lock();
///         let Some(registers) = state.registers.try_access_with_guard(&section) else {
///             return Err(ENODEV.into());
///         };
///         while let Some(value) = registers.get(dump.cursor()) {
///             let mut item = dump.item(&FAMILY, Self::COMMAND)?;
///             item.put_u32(VALUE, *value)?;
///             item.send()?;
///             dump.set_cursor(dump.cursor() + 1);
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// A list that was copied when the dump started, so that it is consistent. The cursor owns the copy,
/// which is freed even if the receiver closes its socket before the end:
///
/// ```
/// # use crate::{genl::*, Sum, FAMILY};
/// # use kernel::prelude::*;
/// # const COLOUR: u16 = 1;
/// /// The colours that are left.
/// #[derive(Default)]
/// struct Colours(KVec<&'static CStr>);
///
/// struct ListCopiedColours;
///
/// impl Dumpit for ListCopiedColours {
///     type State = Sum;
///     type Cursor = Colours;
///     const COMMAND: u8 = 4;
///     const POLICY: &'static [Policy] = &[];
///
///     fn start_with_cursor<'a>(
///         _state: Pin<&Sum>,
///         _info: Info<'a>,
///         cursor: &mut Colours,
///     ) -> Result<(), ExtAckError<'a>> {
///         Ok(cursor.0.extend_from_slice(&[c"red", c"green"], GFP_KERNEL)?)
///     }
///
///     fn dumpit<'a>(_state: Pin<&Sum>, dump: &mut Dump<'a, Colours>) -> Result<(), ExtAckError<'a>> {
///         while let Some(&colour) = dump.cursor_mut().0.last() {
///             let mut item = dump.item(&FAMILY, Self::COMMAND)?;
///             item.put_string(COLOUR, colour)?;
///             item.send()?;
///             dump.cursor_mut().0.pop();
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Dumpit {
    /// The family's state in a network namespace.
    type State: HasNetSlot;

    /// The position at which the dump continues. Its default is the start.
    ///
    /// It is stored in the 48 bytes of `cb->ctx`; a larger type does not compile. It can own memory or
    /// a reference, which is dropped after [`Self::done`].
    type Cursor: Default + Send + 'static;

    /// The number of the command.
    const COMMAND: u8;

    /// The capability that the sender needs.
    const PERMISSION: Permission = Permission::Anyone;

    /// The policy of the request's attributes, by attribute number.
    const POLICY: &'static [Policy];

    /// Whether the core validates requests strictly: see [`Doit::STRICT`](super::Doit::STRICT).
    const STRICT: bool = true;

    /// The minimum size of the buffer for a part, if an item can be longer than a page
    /// (`min_dump_alloc`). The receiver needs a buffer of this size.
    const MIN_ALLOC: u16 = 0;

    /// Starts the dump. Called once, before the first part.
    ///
    /// # Errors
    ///
    /// As for [`Doit::doit`](super::Doit::doit), and the dump does not start: [`Self::dumpit`] and
    /// [`Self::done`] are not called.
    ///
    /// # Context
    ///
    /// Process context. May sleep.
    ///
    /// # Deadlocks
    ///
    /// As for [`Doit::doit`](super::Doit::doit). The core also holds the mutex of the socket's dump.
    fn start<'a>(_state: Pin<&Self::State>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        Ok(())
    }

    /// Starts the dump like [`Self::start`], and can set the cursor. An error drops the cursor.
    ///
    /// # Errors
    ///
    /// As for [`Self::start`].
    ///
    /// # Context
    ///
    /// As for [`Self::start`].
    fn start_with_cursor<'a>(
        state: Pin<&Self::State>,
        info: Info<'a>,
        _cursor: &mut Self::Cursor,
    ) -> Result<(), ExtAckError<'a>> {
        Self::start(state, info)
    }

    /// Ends the dump. Called once, even if the receiver has closed its socket before the last part.
    ///
    /// # Context
    ///
    /// Process context: after the last part, or when the socket is closed. May sleep.
    ///
    /// # Deadlocks
    ///
    /// As for [`Self::start`].
    fn done(_state: Pin<&Self::State>, _info: Info<'_>) {}

    /// Adds items to the dump, from its cursor on, until the list ends or the buffer is full. Called
    /// again, with an empty buffer, until it returns `Ok`.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if the buffer is full; pass on the error of [`Dump::item`] or [`PutAttr`]. Any other
    /// error ends the dump, and the core sends it to the receiver.
    ///
    /// [`PutAttr`]: super::PutAttr
    ///
    /// # Context
    ///
    /// Process context: for the first part in the request, and for the others when the receiver has
    /// read the previous part. May sleep.
    ///
    /// # Deadlocks
    ///
    /// As for [`Self::start`].
    fn dumpit<'a>(
        state: Pin<&Self::State>,
        dump: &mut Dump<'a, Self::Cursor>,
    ) -> Result<(), ExtAckError<'a>>;
}

/// A dump that is being filled.
///
/// # Invariants
///
/// - `cb` points to the `struct netlink_callback` of a dump whose callback runs during `'a`, and
///   whose `ctx` holds a value of type `C`.
/// - `skb` is the buffer to fill, and starts aligned to four bytes. Only this value and the messages
///   that borrow it write to the buffer and to `cb` during `'a`.
pub struct Dump<'a, C> {
    cb: NonNull<bindings::netlink_callback>,
    skb: NonNull<bindings::sk_buff>,
    info: Info<'a>,
    _cursor: PhantomData<&'a mut C>,
}

impl<'a, C> Dump<'a, C> {
    /// Returns the request that has asked for the dump.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns the position at which the dump continues.
    pub fn cursor(&self) -> C
    where
        C: Copy,
    {
        // SAFETY: By the type invariants, `ctx` holds a `C`.
        unsafe { *Cursor::<C>::in_callback(self.cb) }
    }

    /// Returns the position at which the dump continues, to use or change a cursor that owns something.
    pub fn cursor_mut(&mut self) -> &mut C {
        // SAFETY: By the type invariants, `ctx` is exclusive, and holds a `C`.
        unsafe { &mut *Cursor::<C>::in_callback(self.cb) }
    }

    /// Sets the position at which the dump continues, usually after an item that was sent.
    pub fn set_cursor(&mut self, cursor: C) {
        // SAFETY: By the type invariants, `ctx` is exclusive, and holds a `C`.
        unsafe { *Cursor::<C>::in_callback(self.cb) = cursor };
    }

    /// Sets the generation of the list (`cb->seq`): a number other than 0 that changes with the list.
    ///
    /// Call it before adding items. If the number differs from the previous call's, the items carry
    /// `NLM_F_DUMP_INTR`: the list may have gaps.
    pub fn set_seq(&mut self, seq: u32) {
        // SAFETY: By the type invariants, `cb` is exclusive.
        unsafe { (*self.cb.as_ptr()).seq = seq };
    }

    /// Creates an item.
    ///
    /// # Errors
    ///
    /// `EMSGSIZE` if the buffer is full.
    ///
    /// # Context
    ///
    /// Does not sleep.
    pub fn item(&mut self, family: &'static Family, cmd: u8) -> Result<GenlMsg<'_>> {
        // SAFETY: By the type invariants, the buffer is exclusive, and the message borrows `self`.
        let message = unsafe { GenlMsg::new_item(self.skb, &self.info, family, cmd)? };
        // SAFETY: `cb` is valid by the type invariants, and `genlmsg_put` has put the header into its
        // buffer.
        unsafe {
            ffi::genl_helper_dump_check_consistent(self.cb.as_ptr(), message.user_hdr());
        }
        Ok(message)
    }
}

/// Access to a cursor of type `C` in `cb->ctx`.
struct Cursor<C>(PhantomData<C>);

impl<C> Cursor<C> {
    const FITS: () = {
        if size_of::<C>() > size_of::<bindings::netlink_callback__bindgen_ty_1>()
            || align_of::<C>() > align_of::<bindings::netlink_callback__bindgen_ty_1>()
        {
            panic!("the cursor does not fit in cb->ctx");
        }
    };

    /// Returns a pointer to the cursor in `cb`.
    ///
    /// # Safety
    ///
    /// `cb` must point to a valid `struct netlink_callback`.
    unsafe fn in_callback(cb: NonNull<bindings::netlink_callback>) -> *mut C {
        let () = Self::FITS;
        // SAFETY: The caller promises that `cb` is valid, and nothing is read.
        unsafe { (&raw mut (*cb.as_ptr()).__bindgen_anon_1).cast() }
    }

    /// Drops the cursor in `cb`.
    ///
    /// # Safety
    ///
    /// `cb` must hold a cursor of type `C`, which must not be used any more.
    unsafe fn drop_in(cb: NonNull<bindings::netlink_callback>) {
        // SAFETY: The caller's promise.
        unsafe { core::ptr::drop_in_place(Self::in_callback(cb)) }
    }
}

/// Starts a dump of the operation `T`.
///
/// # Safety
///
/// Must only be called by the core, for a family that was registered by [`module!`](super::module)
/// with operations whose state is `T::State`.
pub(super) unsafe extern "C" fn start_callback<T: Dumpit>(
    cb: *mut bindings::netlink_callback,
) -> c_int {
    // SAFETY: The core passes a valid pointer.
    let cb = unsafe { NonNull::new_unchecked(cb) };
    // SAFETY: The core passes a valid callback, and has not allocated a buffer yet.
    unsafe { (*cb.as_ptr()).min_dump_alloc = u32::from(T::MIN_ALLOC) };
    // SAFETY: The core leaves `ctx` to the operation, and a cursor fits.
    unsafe { Cursor::<T::Cursor>::in_callback(cb).write(T::Cursor::default()) };
    // SAFETY: `cb` is the argument of this callback, and the result does not outlive the call. The
    // socket is open.
    let (raw, state, info) = unsafe { request_of::<T>(cb, request_skb(cb)) };
    // SAFETY: `raw` is the request of this callback.
    let family = unsafe { Family::of_request(raw) };
    family.mark_open();

    // SAFETY: The cursor was just written, and the core does not access it.
    let cursor = unsafe { &mut *Cursor::<T::Cursor>::in_callback(cb) };
    let started = match family.may_dump() {
        true => T::start_with_cursor(state, info, cursor),
        false => Err(ExtAckError::with_message(
            EAGAIN,
            c"the module is being loaded",
        )),
    };
    if let Err(error) = started {
        // SAFETY: No other callback is called for this dump, so the cursor is not used any more.
        unsafe { Cursor::<T::Cursor>::drop_in(cb) };
        // SAFETY: The core passes the extended ack of this call, and does not use it until the callback
        // returns.
        return unsafe { error.report((*raw.as_ptr()).extack) };
    }
    0
}

/// Returns the buffer of the request of a dump.
///
/// # Safety
///
/// `cb` must be the argument of a callback of a dump.
#[inline]
unsafe fn request_skb(
    cb: NonNull<bindings::netlink_callback>,
) -> Option<NonNull<bindings::sk_buff>> {
    // SAFETY: The caller promises that `cb` is valid.
    NonNull::new(unsafe { (*cb.as_ptr()).skb })
}

/// Returns the request of a dump of the operation `T`, and the state of its namespace.
///
/// # Safety
///
/// `cb` must be the argument of a callback of such a dump that runs until after `'a`. `skb` must be
/// [`request_skb`] of it, or `None` if the socket is being closed.
#[inline]
unsafe fn request_of<'a, T: Dumpit>(
    cb: NonNull<bindings::netlink_callback>,
    skb: Option<NonNull<bindings::sk_buff>>,
) -> (NonNull<bindings::genl_info>, Pin<&'a T::State>, Info<'a>) {
    // SAFETY: `genl_info_dump` returns the request of a dump, and `cb` belongs to one.
    let raw = unsafe { NonNull::new_unchecked(ffi::genl_helper_info_dump(cb.as_ptr()).cast_mut()) };
    // SAFETY: `raw` is the request of a callback that runs until after `'a`, and `skb` its buffer.
    // `maxattr` is `T::POLICY.len() - 1`, or 0 without a policy.
    let info = unsafe { Info::from_raw(raw, skb, T::POLICY.len()) };
    // SAFETY: A family's slot is registered before the family. It is unregistered when the module is
    // unloaded, which an open dump prevents, or when a later family cannot be registered, before which
    // no dump is started.
    let state = unsafe { T::State::slot().get(info.net()) };
    (raw, state, info)
}

/// Fills a buffer of a dump of the operation `T`.
///
/// # Safety
///
/// As for [`start_callback`], which has returned 0 for this dump.
pub(super) unsafe extern "C" fn dumpit_callback<T: Dumpit>(
    skb: *mut bindings::sk_buff,
    cb: *mut bindings::netlink_callback,
) -> c_int {
    // SAFETY: The core passes valid pointers.
    let (skb, cb) = unsafe { (NonNull::new_unchecked(skb), NonNull::new_unchecked(cb)) };
    // SAFETY: The core passes an empty buffer that is longer than an alignment.
    unsafe { ffi::genl_helper_dump_align(skb.as_ptr()) };
    // SAFETY: `cb` is the argument of this callback, and the result does not outlive the call. The
    // socket is open.
    let (raw, state, info) = unsafe { request_of::<T>(cb, request_skb(cb)) };
    // INVARIANT: `start_callback` has put a cursor into `ctx`. The core runs one callback of a dump at
    // a time, and accesses neither `cb` nor `skb` until it returns. The buffer was just aligned.
    let mut dump = Dump {
        cb,
        skb,
        info,
        _cursor: PhantomData,
    };

    match T::dumpit(state, &mut dump) {
        Ok(()) => 0,
        // SAFETY: The core passes the extended ack of this call, and does not use it until the callback
        // returns.
        Err(error) => unsafe { error.report((*raw.as_ptr()).extack) },
    }
}

/// Ends a dump of the operation `T`.
///
/// # Safety
///
/// As for [`dumpit_callback`], which is not called for this dump any more.
pub(super) unsafe extern "C" fn done_callback<T: Dumpit>(
    cb: *mut bindings::netlink_callback,
) -> c_int {
    // SAFETY: The core passes a valid pointer.
    let cb = unsafe { NonNull::new_unchecked(cb) };
    // SAFETY: `cb` is the argument of this callback, and the result does not outlive the call. The
    // socket may be closed, so the buffer is left out.
    let (_, state, info) = unsafe { request_of::<T>(cb, None) };

    T::done(state, info);
    // SAFETY: This is the last callback of the dump, so the cursor is not used any more.
    unsafe { Cursor::<T::Cursor>::drop_in(cb) };
    0
}
