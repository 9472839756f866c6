// SPDX-License-Identifier: GPL-2.0

//! Network namespaces, and the state of a family in each of them.
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
/// The namespace is alive as long as a reference to it exists.
#[repr(transparent)]
pub struct Net {
    inner: Opaque<bindings::net>,
}

// SAFETY: All methods of `Net` may be called from any thread.
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

/// The state of a family in a network namespace.
///
/// The kernel creates a value for every namespace when the family is registered, and for each new
/// namespace afterwards. The value is dropped when its namespace is destroyed, or after the family
/// was unregistered. No operation runs in a namespace before its value is created or after it was
/// dropped.
///
/// # Context
///
/// Values are created and dropped in process context. Both may sleep.
///
/// # Deadlocks
///
/// The kernel holds `pernet_ops_rwsem` while a value is created or dropped: for writing when the
/// family is registered or unregistered, and for reading when a namespace is created or destroyed. So
/// neither may wait until a module with families is loaded or unloaded, until a namespace is created
/// or destroyed, or for a lock that is held during any of these.
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
    /// Creates the value for the namespace `net`.
    ///
    /// # Errors
    ///
    /// The module is not loaded, or the namespace is not created.
    ///
    /// # Context
    ///
    /// As for [`PerNet`]. This includes the initializer.
    fn new(net: &Net) -> impl PinInit<Self, Error>;
}

/// A [`PerNet`] with the one [`NetSlot`] that it needs. Implemented by `net_slot!`.
///
/// # Safety
///
/// [`Self::slot`] must return the same slot each time.
pub unsafe trait HasNetSlot: PerNet + 'static {
    /// Returns the slot that contains the values.
    fn slot() -> &'static NetSlot<Self>;
}

/// Defines the [`NetSlot`] of a [`PerNet`] type.
macro_rules! net_slot {
    ($state:ty) => {
        // SAFETY: `slot` always returns a reference to the same static.
        unsafe impl $crate::genl::HasNetSlot for $state {
            fn slot() -> &'static $crate::genl::NetSlot<Self> {
                static SLOT: $crate::genl::NetSlot<$state> = $crate::genl::NetSlot::new();
                &SLOT
            }
        }
    };
}
pub(crate) use net_slot;

/// A slot in every network namespace for a value of type `T`, a `struct pernet_operations`.
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

// SAFETY: The fields change only in `register` and `unregister`, which `in_use` serializes. The values
// may be used from any thread, because `T` is `Send` and `Sync`.
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

    /// Creates a value in every namespace, and from now on in each new one.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the slot is registered already, or the error of [`PerNet::new`].
    ///
    /// # Context
    ///
    /// May sleep. Takes `pernet_ops_rwsem`.
    pub(super) fn register(&'static self) -> Result {
        if self.in_use.xchg(true, ordering::Acquire) {
            return Err(EBUSY);
        }
        let ops = self.ops.get();
        // SAFETY: `in_use` was not set, so the kernel does not use `ops`, and this is the only writer.
        unsafe { (*ops).id = self.id.get() };
        // SAFETY: `ops` is static and not registered, and its size and callbacks belong to `T`.
        // INVARIANT: The kernel writes the slot's number to `id` before it calls `init_callback`, which
        // creates the values.
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
    /// The slot must be registered, its values must not be used any more, and no dump may be open.
    ///
    /// # Context
    ///
    /// May sleep. Takes `pernet_ops_rwsem`.
    pub(super) unsafe fn unregister(&'static self) {
        // SAFETY: The caller promises that the slot is registered.
        unsafe { bindings::unregister_pernet_subsys(self.ops.get()) };
        self.in_use.store(false, ordering::Release);
    }

    /// Returns the value of `net`.
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

    /// Returns a pointer to the value of `net`.
    ///
    /// # Safety
    ///
    /// The slot must be registered, or in the process of being registered or unregistered, and `net`
    /// must be one of its namespaces.
    unsafe fn value_ptr(&self, net: *const bindings::net) -> *mut T {
        // SAFETY: The number is not written to while the slot is registered.
        let id = unsafe { *self.id.get() };
        // SAFETY: The caller promises that `id` is the number of a slot that `net` has.
        unsafe { ffi::genl_helper_net_generic(net, id) }.cast()
    }
}

/// Creates the value of a namespace.
///
/// # Safety
///
/// Must only be called by the kernel, as the `init` of `T`'s slot.
unsafe extern "C" fn init_callback<T: HasNetSlot>(net: *mut bindings::net) -> c_int {
    // SAFETY: The kernel is registering the slot or creating a namespace.
    let value = unsafe { T::slot().value_ptr(net) };
    // SAFETY: The kernel passes a namespace that stays alive until this callback returns.
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
    // SAFETY: The kernel is unregistering the slot or destroying a namespace.
    let value = unsafe { T::slot().value_ptr(net) };
    // SAFETY: The kernel calls this once for each namespace for which `init_callback` succeeded, when
    // no operation can run there any more, and frees the bytes afterwards.
    unsafe { core::ptr::drop_in_place(value) };
}

#[kunit_tests(genl_net)]
mod tests {
    use super::*;

    /// The number of values that exist.
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
    fn values_exist_while_the_slot_is_registered() -> Result {
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
