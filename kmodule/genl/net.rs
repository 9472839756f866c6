// SPDX-License-Identifier: GPL-2.0

//! Network namespaces, and what a family keeps in each of them.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use super::ffi;
use core::marker::PhantomData;
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::atomic::{
        ordering,
        Atomic, //
    },
    types::Opaque, //
};

/// A network namespace, a `struct net`.
///
/// A reference to it is only had while the namespace is alive.
#[repr(transparent)]
pub struct Net {
    inner: Opaque<bindings::net>,
}

// SAFETY: All that can be done with a `&Net` may be done from any thread.
unsafe impl Sync for Net {}

impl Net {
    /// Creates a reference from a raw pointer.
    ///
    /// # Safety
    ///
    /// `net` must point to a namespace that stays alive during `'a`.
    pub(super) unsafe fn from_raw<'a>(net: *mut bindings::net) -> &'a Net {
        // SAFETY: The caller promises that the pointer is valid; `Net` is transparent.
        unsafe { &*net.cast() }
    }

    /// Returns a raw pointer to the underlying `struct net`.
    pub(super) fn as_raw(&self) -> *mut bindings::net {
        self.inner.get()
    }
}

/// What a family keeps in each network namespace.
///
/// A value is made for every namespace when the family is registered, and for a new namespace when
/// it is made; it is dropped with its namespace, or when the family is unregistered. No operation
/// runs in a namespace before its value is made or after it was dropped.
///
/// # Context
///
/// Values are made and dropped in process context, and may sleep meanwhile.
///
/// # Deadlocks
///
/// The kernel holds `pernet_ops_rwsem` while a value is made or dropped: for writing when the family
/// is registered or unregistered, and for reading when a namespace is made or ended. So neither may
/// wait until a module with families is loaded or unloaded, or until a namespace is made or ended, or
/// for a lock that is held meanwhile.
///
/// # Examples
///
/// ```
/// # use crate::genl::*;
/// use kernel::{
///     new_mutex,
///     prelude::*,
///     sync::Mutex, //
/// };
///
/// #[pin_data]
/// struct Names {
///     #[pin]
///     names: Mutex<KVec<KVec<u8>>>,
/// }
///
/// impl PerNet for Names {
///     fn new(_net: &Net) -> impl PinInit<Self, Error> {
///         try_pin_init!(Self {
///             names <- new_mutex!(KVec::new(), "Names::names"),
///         })
///     }
/// }
///
/// net_slot!(Names);
/// ```
pub trait PerNet: Sized + Send + Sync {
    /// Creates the value for the namespace `net`. An error fails what made it necessary: loading the
    /// module, or making the namespace.
    ///
    /// # Context
    ///
    /// As for [`PerNet`], also what its initializer does.
    fn new(net: &Net) -> impl PinInit<Self, Error>;
}

/// A [`PerNet`] with the one [`NetSlot`] that it needs. Implemented by `net_slot!`.
///
/// # Safety
///
/// [`Self::slot`] must return the same slot each time.
pub unsafe trait HasNetSlot: PerNet + 'static {
    /// Where the kernel keeps the values.
    fn slot() -> &'static NetSlot<Self>;
}

/// Gives a [`PerNet`] type its [`NetSlot`].
macro_rules! net_slot {
    ($state:ty) => {
        // SAFETY: There is one static, and a reference to it is all that is ever returned.
        unsafe impl $crate::genl::HasNetSlot for $state {
            fn slot() -> &'static $crate::genl::NetSlot<Self> {
                static SLOT: $crate::genl::NetSlot<$state> = $crate::genl::NetSlot::new();
                &SLOT
            }
        }
    };
}
pub(crate) use net_slot;

/// A place in every network namespace for a value of type `T`, a `struct pernet_operations`.
///
/// # Invariants
///
/// While the slot is registered (`in_use` is set), `ops.id` points to `id`, `id` is the slot's number,
/// and in each namespace that is alive the slot holds a pinned value of type `T`.
pub struct NetSlot<T> {
    ops: Opaque<bindings::pernet_operations>,
    id: Opaque<c_uint>,
    in_use: Atomic<bool>,
    _values: PhantomData<T>,
}

// SAFETY: The fields change only in `register` and `unregister`, of which `in_use` lets one run at a
// time; the values may be used from any thread, for `T` is `Send` and `Sync`.
unsafe impl<T: PerNet> Sync for NetSlot<T> {}

impl<T: HasNetSlot> NetSlot<T> {
    /// Creates a slot that is not registered.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        let mut ops: bindings::pernet_operations = pin_init::zeroed();
        ops.init = Some(init_callback::<T>);
        ops.exit = Some(exit_callback::<T>);
        // The kernel allocates them by kzalloc(), which aligns to the largest power of two that
        // divides the size. The size of a type is a multiple of its alignment, so that is enough. A
        // type without size still needs its alignment, and the kernel at least one byte.
        ops.size = if size_of::<T>() == 0 {
            align_of::<T>()
        } else {
            size_of::<T>()
        };

        Self {
            ops: Opaque::new(ops),
            id: Opaque::new(0),
            in_use: Atomic::new(false),
            _values: PhantomData,
        }
    }

    /// Makes a value in every namespace, and from now on in each new one.
    ///
    /// Fails with `EBUSY` if the slot is registered already.
    ///
    /// # Context
    ///
    /// May sleep. Takes `pernet_ops_rwsem`.
    pub(super) fn register(&'static self) -> Result {
        if self.in_use.xchg(true, ordering::Acquire) {
            return Err(EBUSY);
        }
        let ops = self.ops.get();
        // SAFETY: `in_use` was not set, so the kernel does not know of `ops`, and nobody else writes
        // to it.
        unsafe { (*ops).id = self.id.get() };
        // SAFETY: `ops` is static, is not registered, and its callbacks are those of `T`, for which
        // it has the size. INVARIANT: The kernel writes the slot's number to `id` before it calls
        // `init_callback`, which makes the values.
        let result = to_result(unsafe { bindings::register_pernet_subsys(ops) });
        if result.is_err() {
            self.in_use.store(false, ordering::Release);
        }
        result
    }

    /// Drops the values.
    ///
    /// # Safety
    ///
    /// The slot must be registered, no value of it may be used from now on, and no dump may be open.
    ///
    /// # Context
    ///
    /// May sleep. Takes `pernet_ops_rwsem`.
    pub(super) unsafe fn unregister(&'static self) {
        // SAFETY: The caller promises that the slot is registered.
        unsafe { bindings::unregister_pernet_subsys(self.ops.get()) };
        self.in_use.store(false, ordering::Release);
    }

    /// The value that belongs to `net`.
    ///
    /// # Safety
    ///
    /// The slot must be registered, and stay so while the value is in use.
    pub(super) unsafe fn get<'a>(&self, net: &'a Net) -> Pin<&'a T> {
        // SAFETY: The caller promises that the slot is registered.
        let value = unsafe { self.value_ptr(net.as_raw()) };
        // SAFETY: By the type invariants, the slot of a namespace that is alive holds a pinned `T`;
        // `net` is alive during `'a`.
        unsafe { Pin::new_unchecked(&*value) }
    }

    /// Where the value of `net` is.
    ///
    /// # Safety
    ///
    /// The slot must be registered, or the kernel be registering or unregistering it, and `net` be
    /// one of its namespaces.
    unsafe fn value_ptr(&self, net: *const bindings::net) -> *mut T {
        // SAFETY: The number is not written to while the slot is registered.
        let id = unsafe { *self.id.get() };
        // SAFETY: The caller promises that `id` is the number of a slot that `net` has.
        unsafe { ffi::genl_helper_net_generic(net, id) }.cast()
    }
}

/// Makes the value of a namespace.
///
/// # Safety
///
/// Must only be called by the kernel, as the `init` of `T`'s slot.
unsafe extern "C" fn init_callback<T: HasNetSlot>(net: *mut bindings::net) -> c_int {
    // SAFETY: The kernel is registering the slot or making a namespace for it.
    let value = unsafe { T::slot().value_ptr(net) };
    // SAFETY: The kernel passes a namespace that it is setting up, and that nobody else can end.
    let net = unsafe { Net::from_raw(net) };
    // SAFETY: The kernel has allocated the bytes that the slot asks for, frees them itself if this
    // fails, and does not move them.
    match unsafe { pin_init::raw_try_init(value, T::new(net)) } {
        Ok(()) => 0,
        Err(error) => error.to_errno(),
    }
}

/// Drops the value of a namespace.
///
/// # Safety
///
/// Must only be called by the kernel, as the `exit` of `T`'s slot.
unsafe extern "C" fn exit_callback<T: HasNetSlot>(net: *mut bindings::net) {
    // SAFETY: The kernel is unregistering the slot or ending a namespace that has it.
    let value = unsafe { T::slot().value_ptr(net) };
    // SAFETY: The kernel calls this once for each namespace for which `init_callback` succeeded, when
    // no operation can run there any more, and frees the bytes afterwards.
    unsafe { core::ptr::drop_in_place(value) };
}

#[kunit_tests(genl_net)]
mod tests {
    use super::*;

    /// How many values there are.
    static VALUES: Atomic<u64> = Atomic::new(0);

    struct Counted;

    impl PerNet for Counted {
        fn new(_net: &Net) -> impl PinInit<Self, Error> {
            VALUES.fetch_add(1, ordering::Relaxed);
            Ok(Counted)
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            VALUES.fetch_sub(1, ordering::Relaxed);
        }
    }

    net_slot!(Counted);

    #[test]
    fn values_are_there_while_the_slot_is_registered() -> Result {
        let slot = Counted::slot();
        for _ in 0..2 {
            slot.register()?;
            assert!(VALUES.load(ordering::Relaxed) > 0);
            assert_eq!(slot.register(), Err(EBUSY));
            // SAFETY: The slot is registered, and no value of it is used.
            unsafe { slot.unregister() };
            assert_eq!(VALUES.load(ordering::Relaxed), 0);
        }
        Ok(())
    }
}
