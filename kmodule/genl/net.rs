// SPDX-License-Identifier: GPL-2.0

//! Network namespaces, and the state of a family in each of them.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use super::{
    family::Senders,
    ffi, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*,
    sync::{
        aref::{
            ARef,
            AlwaysRefCounted, //
        },
        atomic::{
            ordering,
            Atomic, //
        },
    },
    types::Opaque, //
};

/// A network namespace, a `struct net`.
///
/// An [`ARef<Net>`] keeps the namespace alive, with the state of all families in it: the kernel does
/// not start to destroy it before the last reference is dropped. So do not hold one for longer than
/// an operation takes, and never in the state of the same namespace. Hold a [`WeakNet`] instead.
///
/// # Invariants
///
/// The reference count of the namespace is not 0.
///
/// # Examples
///
/// A work item that uses the namespace of a request:
///
/// ```
/// # use crate::genl::*;
/// # use kernel::{prelude::*, sync::aref::ARef, workqueue};
/// fn later(info: &Info<'_>, work: fn(&Net)) -> Result {
///     let net: ARef<Net> = info.net().into();
///     Ok(workqueue::system_long().try_spawn(GFP_KERNEL, move || work(&net))?)
/// }
/// ```
///
/// The module must wait for such a work item before it is unloaded.
#[repr(transparent)]
pub struct Net {
    inner: Opaque<bindings::net>,
}

// SAFETY: The last reference to a namespace may be dropped from any thread.
unsafe impl Send for Net {}

// SAFETY: All methods of `Net` may be called from any thread.
unsafe impl Sync for Net {}

// SAFETY: By the type invariants the count is not 0, so `get_net()` keeps the namespace alive until
// `put_net()`.
unsafe impl AlwaysRefCounted for Net {
    #[inline]
    fn inc_ref(&self) {
        // SAFETY: By the type invariants, the namespace has a reference.
        unsafe { ffi::genl_helper_get_net(self.as_raw()) }
    }

    #[inline]
    unsafe fn dec_ref(net: NonNull<Self>) {
        // SAFETY: The caller passes on a reference.
        unsafe { ffi::genl_helper_put_net(net.cast().as_ptr()) }
    }
}

impl PartialEq for Net {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}

impl Eq for Net {}

impl Net {
    /// Returns the initial network namespace.
    #[inline]
    pub fn init() -> &'static Net {
        // SAFETY: The initial namespace is never destroyed.
        unsafe { Net::from_raw(&raw mut bindings::init_net) }
    }

    /// Returns a weak reference to the namespace.
    #[inline]
    pub fn downgrade(&self) -> WeakNet {
        // SAFETY: The namespace is valid.
        unsafe { WeakNet::from_raw(self.as_raw()) }
    }

    /// Returns the namespace that the open file `fd` of the current task refers to
    /// (`get_net_ns_by_fd()`).
    ///
    /// # Errors
    ///
    /// `EBADF` if no such file is open, `EINVAL` if it is not a network namespace.
    ///
    /// # Context
    ///
    /// The task that sent the request. Other contexts have other files or none: an exiting task has lost
    /// them when it closes its sockets, for example in [`Dumpit::done`](super::Dumpit::done).
    ///
    /// # Examples
    ///
    /// A sender needs the capability in the other namespace, too:
    ///
    /// ```
    /// # use crate::genl::*;
    /// # use kernel::{prelude::*, sync::aref::ARef};
    /// fn other_net<'a>(info: &Info<'a>, fd: Attr<'a>) -> Result<ARef<Net>, ExtAckError<'a>> {
    ///     let net = Net::from_fd(fd.u32()?)
    ///         .map_err(|errno| ExtAckError::bad_attr(errno, fd, c"not a network namespace"))?;
    ///     match info.ns_capable(&net, Capability::NetAdmin) {
    ///         true => Ok(net),
    ///         false => Err(ExtAckError::bad_attr(EPERM, fd, c"CAP_NET_ADMIN is required there")),
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn from_fd(fd: u32) -> Result<ARef<Net>> {
        // SAFETY: May be called with any number.
        Self::from_new_ref(unsafe { ffi::genl_helper_get_net_ns_by_fd(fd as c_int) })
    }

    /// Returns the namespace of the process that has the number `pid` in the current task's PID
    /// namespace (`get_net_ns_by_pid()`).
    ///
    /// # Errors
    ///
    /// `ESRCH` if no process has this number.
    ///
    /// # Context
    ///
    /// The task that sent the request.
    #[inline]
    pub fn from_pid(pid: u32) -> Result<ARef<Net>> {
        // SAFETY: May be called with any number.
        Self::from_new_ref(unsafe { ffi::genl_helper_get_net_ns_by_pid(pid as bindings::pid_t) })
    }

    /// Returns the namespace that has the id `nsid` in this one (`get_net_ns_by_id()`), or `None`.
    ///
    /// # Context
    ///
    /// Any context except NMI. Does not sleep.
    #[inline]
    pub fn by_nsid(&self, nsid: i32) -> Option<ARef<Net>> {
        // SAFETY: The namespace is valid.
        let net = unsafe { bindings::get_net_ns_by_id(self.as_raw(), nsid) };
        // SAFETY: A pointer that is not null comes with a reference, and `Net` is transparent.
        NonNull::new(net).map(|net| unsafe { ARef::from_raw(net.cast()) })
    }

    /// Returns the reference that a function of C has returned, or its error.
    #[inline]
    fn from_new_ref(net: *mut bindings::net) -> Result<ARef<Net>> {
        let net = NonNull::new(from_err_ptr(net)?).ok_or(ESRCH)?;
        // SAFETY: The reference is ours, so its count is not 0. `Net` is transparent.
        Ok(unsafe { ARef::from_raw(net.cast()) })
    }

    /// Returns a new reference to a namespace, or `None` if it is being destroyed.
    ///
    /// # Safety
    ///
    /// `net` must point to a `struct net` that is complete and not freed.
    #[inline]
    pub(super) unsafe fn try_get(net: *mut bindings::net) -> Option<ARef<Net>> {
        // SAFETY: The caller promises that the namespace is valid.
        let net = NonNull::new(unsafe { ffi::genl_helper_maybe_get_net(net) })?;
        // SAFETY: The reference is ours, so its count is not 0. `Net` is transparent.
        Some(unsafe { ARef::from_raw(net.cast()) })
    }

    /// Creates a reference from a raw pointer.
    ///
    /// # Safety
    ///
    /// `net` must point to a namespace whose reference count is not 0 during `'a`.
    #[inline]
    pub(super) unsafe fn from_raw<'a>(net: *mut bindings::net) -> &'a Net {
        // SAFETY: The caller promises that the pointer is valid; `Net` is transparent.
        unsafe { &*net.cast() }
    }

    /// Returns a raw pointer to the underlying `struct net`.
    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::net {
        self.inner.get()
    }
}

/// A reference to a network namespace that does not keep it alive.
///
/// It identifies the namespace by its cookie (`SO_NETNS_COOKIE`), which the kernel does not reuse.
///
/// # Examples
///
/// State that sends events at any time:
///
/// ```
/// # use crate::genl::*;
/// # use kernel::prelude::*;
/// struct Link {
///     net: WeakNet,
/// }
///
/// impl PerNet for Link {
///     fn new(net: WeakNet) -> impl PinInit<Self, Error> {
///         Ok(Self { net })
///     }
/// }
///
/// fn notify(link: &Link, send: impl Fn(&Net) -> Result) -> Result {
///     match link.net.upgrade() {
///         Some(net) => send(&net),
///         // The namespace is being destroyed, so it has no listeners.
///         None => Ok(()),
///     }
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WeakNet {
    cookie: u64,
}

impl WeakNet {
    /// Creates a weak reference from a raw pointer.
    ///
    /// # Safety
    ///
    /// `net` must point to a valid namespace that has a cookie.
    #[inline]
    unsafe fn from_raw(net: *const bindings::net) -> Self {
        // SAFETY: The caller promises that the namespace is valid. The cookie does not change.
        let cookie = unsafe { (*net).net_cookie };
        Self { cookie }
    }

    /// Returns a reference to the namespace, or `None` while the namespace is being created and once
    /// it is being destroyed.
    ///
    /// Searches the list of all namespaces.
    ///
    /// # Context
    ///
    /// Any context except NMI. Does not sleep.
    #[inline]
    pub fn upgrade(self) -> Option<ARef<Net>> {
        // SAFETY: May be called with any cookie.
        let net = unsafe { ffi::genl_helper_get_net_by_cookie(self.cookie) };
        let net = NonNull::new(net)?;
        // SAFETY: The reference is ours, so its count is not 0. `Net` is transparent.
        Some(unsafe { ARef::from_raw(net.cast()) })
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
///     fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
///         try_pin_init!(Self {
///             names <- new_mutex!(KVec::new(), "Names::names"),
///         })
///     }
/// }
///
/// net_slot!(Names);
/// ```
pub trait PerNet: Sized + Send + Sync {
    /// Creates the value for the namespace `net`, which cannot be upgraded before it is complete.
    ///
    /// # Errors
    ///
    /// The module is not loaded, or the namespace is not created.
    ///
    /// # Context
    ///
    /// As for [`PerNet`]. This includes the initializer.
    fn new(net: WeakNet) -> impl PinInit<Self, Error>;

    /// Whether the kernel calls [`Self::port_closed`].
    const WATCHES_PORTS: bool = false;

    /// Called after a generic netlink socket with a port was closed in the namespace
    /// (`NETLINK_URELEASE`), if [`Self::WATCHES_PORTS`] is true. A family uses this to forget the port
    /// of a daemon that has registered by a request.
    ///
    /// Called for all sockets, including those that never used the family, and from before the family is
    /// registered until its module is unloaded. All requests of the socket are complete by then, except
    /// that [`Dumpit::done`](super::Dumpit::done) of an open dump follows.
    ///
    /// # Context
    ///
    /// Process context. May sleep.
    ///
    /// # Deadlocks
    ///
    /// As for [`Doit::doit`](super::Doit::doit). The kernel also holds the rwsem of the netlink
    /// notifiers for reading.
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::genl::*;
    /// # use kernel::{prelude::*, sync::atomic::{ordering, Atomic}};
    /// /// The port of a daemon, or 0.
    /// struct Daemon(Atomic<u32>);
    ///
    /// impl PerNet for Daemon {
    ///     fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
    ///         Ok(Self(Atomic::new(0)))
    ///     }
    ///
    ///     const WATCHES_PORTS: bool = true;
    ///
    ///     fn port_closed(self: Pin<&Self>, portid: u32) {
    ///         let _ = self.0.cmpxchg(portid, 0, ordering::Relaxed);
    ///     }
    /// }
    ///
    /// net_slot!(Daemon);
    /// ```
    fn port_closed(self: Pin<&Self>, _portid: u32) {}
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
            #[inline]
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
/// - While the slot is registered (`in_use` is set), `ops.id` points to `id`, `id` is the slot's
///   number, and in each namespace that a [`Net`] refers to, the slot holds a pinned value of type `T`.
/// - If `is_ready` is set in a section of `Senders`, the slot stays registered until its end.
pub struct NetSlot<T> {
    ops: Opaque<bindings::pernet_operations>,
    id: Opaque<c_uint>,
    in_use: Atomic<bool>,
    is_ready: Atomic<bool>,
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
            is_ready: Atomic::new(false),
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
        // INVARIANT: Before `unregister`, `close` clears `is_ready`, and all sections end.
        match result {
            Ok(()) => self.is_ready.store(true, ordering::Release),
            Err(_) => self.in_use.store(false, ordering::Release),
        }
        result
    }

    /// Calls `f` with the value of `net`. Returns `None` unless the family's module is loaded
    /// completely and not being unloaded.
    ///
    /// An operation does not need this: it gets the value of its namespace as an argument.
    ///
    /// # Context
    ///
    /// Any context in which `f` may be called, except NMI.
    ///
    /// # Deadlocks
    ///
    /// Unloading the module waits for `f`, so `f` must not wait for the unload.
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::{genl::*, Sum};
    /// # use kernel::{prelude::*, sync::atomic::ordering};
    /// fn sum(net: &Net) -> Option<u64> {
    ///     Sum::slot().with(net, |state| state.sum.load(ordering::Relaxed))
    /// }
    /// ```
    pub fn with<R>(&self, net: &Net, f: impl FnOnce(Pin<&T>) -> R) -> Option<R> {
        let section = Senders::enter();
        let result = self.is_ready.load(ordering::Acquire).then(|| {
            // SAFETY: By the type invariants, the slot stays registered until the section ends.
            f(unsafe { self.get(net) })
        });
        drop(section);
        result
    }

    /// Makes [`Self::with`] return `None` in new sections of [`Senders`].
    pub(super) fn close(&self) {
        self.is_ready.store(false, ordering::Release);
    }

    /// Drops the values.
    ///
    /// # Safety
    ///
    /// The slot must be registered, its values must not be used any more, and no dump may be open.
    /// [`Self::close`] must have been called, and then [`Senders::wait`].
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
        // SAFETY: By the type invariants, the slot of a namespace that a `Net` refers to holds a
        // pinned `T`.
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
    // SAFETY: The kernel passes a valid namespace, and has set its cookie.
    let net = unsafe { WeakNet::from_raw(net) };
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
        fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
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

    fn close_and_unregister(slot: &'static NetSlot<Counted>) {
        slot.close();
        Senders::wait();
        // SAFETY: The slot is registered and closed, and no value of it is used.
        unsafe { slot.unregister() };
    }

    #[test]
    fn upgrade_finds_the_namespace_with_the_cookie() {
        let weak = Net::init().downgrade();
        assert!(weak.upgrade().is_some_and(|net| *net == *Net::init()));
        // The kernel counts cookies up from 1.
        assert!(WeakNet { cookie: u64::MAX }.upgrade().is_none());
    }

    #[test]
    fn namespaces_are_found_by_pid_and_not_by_an_unknown_id() {
        // The tests run in a task of the initial namespaces.
        assert!(Net::from_pid(1).is_ok_and(|net| *net == *Net::init()));
        assert_eq!(Net::from_pid(u32::MAX >> 1).err(), Some(ESRCH));
        assert_eq!(Net::from_fd(u32::MAX >> 1).err(), Some(EBADF));
        assert!(Net::init().by_nsid(-1).is_none());
    }

    #[test]
    fn with_needs_a_registered_slot() -> Result {
        let slot = Counted::slot();
        let has_value = || slot.with(Net::init(), |_| ()).is_some();
        let before = has_value();
        slot.register()?;
        let while_registered = has_value();
        close_and_unregister(slot);
        assert_eq!(
            (before, while_registered, has_value()),
            (false, true, false)
        );
        Ok(())
    }

    #[test]
    fn values_exist_while_the_slot_is_registered() -> Result {
        let slot = Counted::slot();
        for _ in 0..2 {
            slot.register()?;
            assert!(VALUES.load(ordering::Relaxed) > 0);
            assert_eq!(slot.register(), Err(EBUSY));
            close_and_unregister(slot);
            assert_eq!(VALUES.load(ordering::Relaxed), 0);
        }
        Ok(())
    }
}
