// SPDX-License-Identifier: GPL-2.0

//! Operations.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

use super::{
    dump,
    family::Senders,
    policy::max_attr,
    Dumpit,
    ExtAckError, //
    Family,
    HasNetSlot,
    Info,
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

/// The capability that the sender of a request needs.
#[derive(Clone, Copy)]
pub enum Permission {
    /// None.
    Anyone,
    /// `CAP_NET_ADMIN` in the initial user namespace (`GENL_ADMIN_PERM`).
    Admin,
    /// `CAP_NET_ADMIN` in the user namespace that owns the network namespace
    /// (`GENL_UNS_ADMIN_PERM`).
    NetnsAdmin,
}

impl Permission {
    #[inline]
    pub(super) const fn into_flags(self) -> u32 {
        match self {
            Permission::Anyone => 0,
            Permission::Admin => bindings::GENL_ADMIN_PERM,
            Permission::NetnsAdmin => bindings::GENL_UNS_ADMIN_PERM,
        }
    }
}

/// The `do` of a command: a request with at most one reply.
///
/// # Examples
///
/// An operation without attributes and without a reply:
///
/// ```
/// # use crate::{genl::*, Sum};
/// # use kernel::{prelude::*, sync::atomic::ordering};
/// struct Reset;
///
/// impl Doit for Reset {
///     type State = Sum;
///     const COMMAND: u8 = 2;
///     const PERMISSION: Permission = Permission::NetnsAdmin;
///     const POLICY: &'static [Policy] = &[];
///
///     fn doit<'a>(state: Pin<&Sum>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
///         state.sum.store(0, ordering::Relaxed);
///         Ok(())
///     }
/// }
/// ```
///
/// The [documentation of `genl`](super) has an operation with an attribute and a reply.
pub trait Doit {
    /// The family's state in a network namespace.
    type State: HasNetSlot;

    /// The number of the command.
    const COMMAND: u8;

    /// The capability that the sender needs.
    const PERMISSION: Permission = Permission::Anyone;

    /// The policy of the request's attributes, by attribute number.
    const POLICY: &'static [Policy];

    /// Whether the core validates requests strictly. Otherwise (`GENL_DONT_VALIDATE_STRICT`) it ignores
    /// attributes beyond the policy's end, bytes after the last attribute, flags of attributes, and
    /// numbers that are too long.
    const STRICT: bool = true;

    /// Handles a request that satisfies [`Self::POLICY`].
    ///
    /// `state` belongs to the namespace of the sender. Several requests can run in parallel. After
    /// this method has returned, the core sends an acknowledgement if the request asks for one
    /// ([`Info::wants_ack`]).
    ///
    /// # Errors
    ///
    /// The core sends the errno and the extended ack to the sender, but no answer at all for `EINTR`.
    ///
    /// # Context
    ///
    /// Process context. May sleep.
    ///
    /// # Deadlocks
    ///
    /// The core holds `cb_lock` for reading. Registering and unregistering a family take it for
    /// writing, also under `pernet_ops_rwsem`. So an operation must not wait until a module with
    /// families is loaded or unloaded, until a network namespace is created or destroyed, or for a
    /// lock that is held during any of these.
    fn doit<'a>(state: Pin<&Self::State>, info: Info<'a>) -> Result<(), ExtAckError<'a>>;
}

/// An operation of a family whose state is `S`, a `struct genl_split_ops`.
///
/// # Invariants
///
/// - The callbacks are instances of `doit_callback` or of the callbacks of `dump`, for a [`Doit`] or
///   a [`Dumpit`] whose state is `S`.
/// - `policy` has `maxattr + 1` entries, or is null and `maxattr` is 0.
#[repr(transparent)]
pub struct SplitOp<S> {
    // No Opaque because fully immutable
    op: bindings::genl_split_ops,
    _state: PhantomData<S>,
}

// SAFETY: Pure data so thread safe; it does not contain an `S`.
unsafe impl<S> Sync for SplitOp<S> {}

impl<S: HasNetSlot> SplitOp<S> {
    /// Creates the `do` of a command.
    pub const fn new_do<T: Doit<State = S>>() -> Self {
        let mut op: bindings::genl_split_ops = pin_init::zeroed();

        op.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::genl_split_ops__bindgen_ty_1__bindgen_ty_1 {
                pre_doit: None,
                doit: Some(doit_callback::<T>),
                post_doit: None,
            };
        op.cmd = T::COMMAND;
        op.flags = (bindings::GENL_CMD_CAP_DO | T::PERMISSION.into_flags()) as u8;
        if !T::STRICT {
            op.validate = bindings::genl_validate_flags_GENL_DONT_VALIDATE_STRICT as u8;
        }
        // INVARIANT: The callback is `doit_callback` for a `Doit` whose state is `S`.
        Self::with_policy(op, T::POLICY)
    }

    /// Creates the `dump` of a command.
    pub const fn new_dump<T: Dumpit<State = S>>() -> Self {
        let mut op: bindings::genl_split_ops = pin_init::zeroed();

        op.__bindgen_anon_1.__bindgen_anon_2 =
            bindings::genl_split_ops__bindgen_ty_1__bindgen_ty_2 {
                start: Some(dump::start_callback::<T>),
                dumpit: Some(dump::dumpit_callback::<T>),
                done: Some(dump::done_callback::<T>),
            };
        op.cmd = T::COMMAND;
        op.flags = (bindings::GENL_CMD_CAP_DUMP | T::PERMISSION.into_flags()) as u8;
        if !T::STRICT {
            op.validate = bindings::genl_validate_flags_GENL_DONT_VALIDATE_DUMP_STRICT as u8;
        }
        // INVARIANT: The callbacks are functions of `dump`, for a `Dumpit` whose state is `S`.
        Self::with_policy(op, T::POLICY)
    }

    const fn with_policy(mut op: bindings::genl_split_ops, policy: &'static [Policy]) -> Self {
        if !policy.is_empty() {
            op.policy = policy.as_ptr().cast();
            op.maxattr = max_attr(policy);
        }
        // INVARIANT: `maxattr` is the policy's last index.
        Self {
            op,
            _state: PhantomData,
        }
    }
}

impl<S> SplitOp<S> {
    /// Returns the command if its validation is not strict.
    pub(super) const fn lax_command(&self) -> Option<u8> {
        match self.op.validate {
            0 => None,
            _ => Some(self.op.cmd),
        }
    }

    /// Returns whether the core accepts `next` after `self` in a family's table: sorted by command, and
    /// a command's `do` before its `dump`, with the same permission.
    pub(super) const fn may_precede(&self, next: &Self) -> bool {
        const CAPABILITIES: u8 = (bindings::GENL_CMD_CAP_DO | bindings::GENL_CMD_CAP_DUMP) as u8;

        let (a, b) = (&self.op, &next.op);
        if a.cmd != b.cmd {
            return a.cmd < b.cmd;
        }
        a.flags as u32 & bindings::GENL_CMD_CAP_DO != 0
            && b.flags as u32 & bindings::GENL_CMD_CAP_DUMP != 0
            && a.flags & !CAPABILITIES == b.flags & !CAPABILITIES
    }
}

/// Begins a request, unless its family is being unregistered. All operations share this function.
///
/// # Safety
///
/// As for [`Family::of_request`].
#[inline(never)]
unsafe fn begin(info: NonNull<bindings::genl_info>) -> Option<Senders> {
    // SAFETY: The caller's promise.
    unsafe { Family::of_request(info) }.begin_request()
}

/// Handles a request for the operation `T`.
///
/// # Safety
///
/// Must only be called by the core, for a family that was registered by [`module!`](super::module)
/// with operations whose state is `T::State`.
unsafe extern "C" fn doit_callback<T: Doit>(
    skb: *mut bindings::sk_buff,
    info: *mut bindings::genl_info,
) -> c_int {
    // SAFETY: The core passes a valid pointer.
    let raw = unsafe { NonNull::new_unchecked(info) };
    // SAFETY: `raw` and `skb` are the arguments of this callback, and `info` does not outlive it.
    // `maxattr` is `T::POLICY.len() - 1`, or 0 without a policy.
    let info = unsafe { Info::from_raw(raw, NonNull::new(skb), T::POLICY.len()) };
    // SAFETY: A family's slot is registered before the family and unregistered after it; the core
    // ends no registration while a callback runs.
    let state = unsafe { T::State::slot().get(info.net()) };
    // SAFETY: `raw` is the request of this callback.
    let Some(_senders) = (unsafe { begin(raw) }) else {
        // The core returns the same errno for an unknown family, and this one is about to be unknown.
        return ENOENT.to_errno();
    };

    match T::doit(state, info) {
        Ok(()) => 0,
        // SAFETY: The core passes the extended ack of this request, and does not use it until the
        // callback returns.
        Err(error) => unsafe { error.report((*raw.as_ptr()).extack) },
    }
}
