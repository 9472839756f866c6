// SPDX-License-Identifier: GPL-2.0

//! Families.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

use super::{
    ffi,
    HasNetSlot,
    Net,
    Permission,
    SplitOp, //
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    container_of,
    error::to_result,
    prelude::*,
    sync::atomic::{
        ordering,
        Atomic, //
    },
    types::Opaque, //
};

/// Flags for a generic netlink family.
struct FamilyFlags {
    /// Whether the family supports network namespaces.
    netnsok: bool,
    /// Whether the family supports parallel operations.
    parallel_ops: bool,
}

impl FamilyFlags {
    /// Converts the flags to the bitfield representation used by `genl_family`.
    #[inline]
    const fn into_bitfield(self) -> bindings::__BindgenBitfieldUnit<[u8; 1]> {
        // The helpers that bindgen makes for bitfields cannot be used in const context.
        let bits = (self.netnsok as u8) | (self.parallel_ops as u8) << 1;
        let bits = if cfg!(target_endian = "big") {
            bits.reverse_bits()
        } else {
            bits
        };
        bindings::__BindgenBitfieldUnit::new([bits])
    }
}

/// Options of a [`Family`] that new families do not need.
///
/// # Examples
///
/// The options of an old family, whose clients send a header and flags that the core would reject:
///
/// ```
/// # use crate::{genl::*, OPS};
/// /// The user header of each message.
/// #[repr(C)]
/// struct Header {
///     ifindex: u32,
/// }
///
/// static OLD: Family = Family::const_new_with(
///     kernel::module::this_module::<crate::LocalModule>(),
///     c"old".to_bytes_with_nul(),
///     1,
///     &OPS,
///     &[],
///     FamilyOptions::new()
///         .user_header::<Header>()
///         .resv_start_op(2)
///         .serial()
///         .initial_netns_only(),
/// );
/// ```
pub struct FamilyOptions {
    hdrsize: u32,
    maxattr: u32,
    resv_start_op: u8,
    flags: FamilyFlags,
    bind: Option<unsafe extern "C" fn(c_int) -> c_int>,
    unbind: Option<unsafe extern "C" fn(c_int)>,
}

impl FamilyOptions {
    /// Creates the options of a new family: no user header, strict validation, and operations that run
    /// in parallel and in every network namespace.
    #[allow(clippy::new_without_default)]
    #[inline]
    pub const fn new() -> Self {
        Self {
            hdrsize: 0,
            maxattr: 0,
            resv_start_op: 0,
            flags: FamilyFlags {
                netnsok: true,
                parallel_ops: true,
            },
            bind: None,
            unbind: None,
        }
    }

    /// Sets the type of the header between the generic netlink header and the attributes (`hdrsize`):
    /// see [`Info::user_header`](super::Info::user_header) and
    /// [`GenlMsg::user_header_mut`](super::GenlMsg::user_header_mut).
    ///
    /// # Panics
    ///
    /// If the type is larger than 1024 bytes.
    pub const fn user_header<T>(mut self) -> Self {
        if size_of::<T>() > 1024 {
            panic!("the user header is too large");
        }
        self.hdrsize = size_of::<T>() as u32;
        self
    }

    /// Sets the highest number of an attribute that the core reports (`CTRL_ATTR_MAXATTR`). It reports 0
    /// for a family whose operations have a policy each; an old family reported its own maximum.
    #[inline]
    pub const fn max_attr(mut self, attrtype: u16) -> Self {
        self.maxattr = attrtype as u32;
        self
    }

    /// Sets the first command whose requests must not have other flags than `NLM_F_REQUEST`,
    /// `NLM_F_ACK`, `NLM_F_ECHO` and `NLM_F_DUMP`, and must have 0 in the reserved field of the header.
    /// It is raised to the command after the last one with [`Doit::STRICT`](super::Doit::STRICT) false.
    #[inline]
    pub const fn resv_start_op(mut self, cmd: u8) -> Self {
        self.resv_start_op = cmd;
        self
    }

    /// Runs one operation of the family at a time, under the core's `genl_mutex` (`parallel_ops`
    /// false). So an operation must not wait for an operation of another such family.
    #[inline]
    pub const fn serial(mut self) -> Self {
        self.flags.parallel_ops = false;
        self
    }

    /// Hides the family in network namespaces other than the initial one (`netnsok` false).
    #[inline]
    pub const fn initial_netns_only(mut self) -> Self {
        self.flags.netnsok = false;
        self
    }

    /// Calls `L` when a socket joins or leaves a group (`bind` and `unbind`).
    pub const fn listeners<L: Listeners>(mut self) -> Self {
        self.bind = Some(bind_callback::<L>);
        self.unbind = Some(unbind_callback::<L>);
        self
    }
}

/// Callbacks for sockets that join or leave a group of a family, in any network namespace.
///
/// Any process can cause any number of calls, in any order: a socket can join a group twice, and can
/// leave one that it has not joined. So do not count them.
///
/// # Context
///
/// Process context. May sleep.
///
/// # Deadlocks
///
/// As for [`Doit::doit`](super::Doit::doit).
///
/// # Examples
///
/// A device that is started for its first listener:
///
/// ```
/// # use crate::genl::*;
/// # use kernel::sync::atomic::{ordering, Atomic};
/// /// Whether the device was started.
/// static IS_STARTED: Atomic<bool> = Atomic::new(false);
///
/// struct Start;
///
/// impl Listeners for Start {
///     fn bind(_group: u32) {
///         if !IS_STARTED.xchg(true, ordering::Relaxed) {
///             // Start it.
///         }
///     }
///
///     fn unbind(_group: u32) {}
/// }
///
/// static OPTIONS: FamilyOptions = FamilyOptions::new().listeners::<Start>();
/// ```
pub trait Listeners {
    /// Called when a socket is about to join the group with this index in the family's groups.
    fn bind(group: u32);

    /// Called when a socket leaves the group (`NETLINK_DROP_MEMBERSHIP`), even one without the group's
    /// capability, or is closed. Not called for a socket that leaves by `bind(2)`, or that listens when
    /// the family is unregistered.
    fn unbind(group: u32);
}

/// Notifies `L` of a socket that joins a group.
///
/// # Safety
///
/// Must only be called by the core, as the `bind` of a family.
unsafe extern "C" fn bind_callback<L: Listeners>(group: c_int) -> c_int {
    L::bind(group as u32);
    0
}

/// Notifies `L` of a socket that leaves a group.
///
/// # Safety
///
/// Must only be called by the core, as the `unbind` of a family.
unsafe extern "C" fn unbind_callback<L: Listeners>(group: c_int) {
    L::unbind(group as u32)
}

/// A generic netlink family.
///
/// Its operations run in every network namespace and in parallel (`netnsok` and `parallel_ops`): the
/// core takes no lock that serializes requests. [`FamilyOptions`] can change this.
///
/// # Examples
///
/// ```
/// # use crate::{genl::*, Add, Sum};
/// # use kernel::prelude::*;
/// # struct Reset;
/// # impl Doit for Reset {
/// #     type State = Sum;
/// #     const COMMAND: u8 = 2;
/// #     const POLICY: &'static [Policy] = &[];
/// #     fn doit<'a>(_state: Pin<&Sum>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
/// #         Ok(())
/// #     }
/// # }
/// static FAMILY: Family = Family::const_new(
///     kernel::module::this_module::<crate::LocalModule>(),
///     c"sum".to_bytes_with_nul(),
///     1,
///     &OPS,
///     &[],
/// );
/// static OPS: [SplitOp<Sum>; 2] = [SplitOp::new_do::<Add>(), SplitOp::new_do::<Reset>()];
/// ```
///
/// A table that the core would reject does not compile, for example one with a duplicate operation:
///
/// ```compile_fail
/// # use crate::{genl::*, Add, Sum};
/// # use kernel::prelude::*;
/// # pub static FAMILY: Family = Family::const_new(
/// #     kernel::module::this_module::<crate::LocalModule>(),
/// #     c"sum".to_bytes_with_nul(),
/// #     1,
/// #     &OPS,
/// #     &[],
/// # );
/// // error: the operations are not sorted by command, or one is duplicated
/// static OPS: [SplitOp<Sum>; 2] = [SplitOp::new_do::<Add>(), SplitOp::new_do::<Add>()];
/// ```
pub struct Family {
    inner: Opaque<bindings::genl_family>,
    stage: Atomic<u32>,
    /// Whether dumps may be started.
    may_dump: Atomic<bool>,
    groups: usize,
    state: StateSlot,
    /// Registered together with the slot if its type watches ports.
    notifier: Opaque<bindings::notifier_block>,
}

/// Values of [`Family::stage`].
mod stage {
    /// The family is not registered, or is being unregistered. Its groups may belong to another family.
    pub(super) const CLOSED: u32 = 0;
    /// The family is being registered, which may fail.
    pub(super) const OPENING: u32 = 1;
    /// The family is registered.
    pub(super) const OPEN: u32 = 2;
    /// The family is about to be unregistered. Requests that have begun may still send events.
    pub(super) const CLOSING: u32 = 3;
}

// SAFETY: Only the core writes to a family, under its own locks while it registers or unregisters it.
// The fields that are read without these locks do not change or are atomic.
unsafe impl Sync for Family {}

/// Functions for the [`NetSlot`](super::NetSlot) of a family, independent of its type.
struct StateSlot {
    register: fn() -> Result,
    port_closed: Option<fn(&Net, u32)>,
    close: fn(),
    /// # Safety
    ///
    /// As for [`NetSlot::unregister`](super::NetSlot::unregister).
    unregister: unsafe fn(),
}

impl StateSlot {
    /// The functions for a family without state.
    const NONE: Self = Self {
        register: || Ok(()),
        port_closed: None,
        close: || (),
        unregister: || (),
    };

    const fn of<S: HasNetSlot>() -> Self {
        Self {
            register: register_slot::<S>,
            port_closed: match S::WATCHES_PORTS {
                true => Some(port_closed::<S>),
                false => None,
            },
            close: close_slot::<S>,
            unregister: unregister_slot::<S>,
        }
    }
}

fn register_slot<S: HasNetSlot>() -> Result {
    S::slot().register()
}

fn close_slot<S: HasNetSlot>() {
    S::slot().close()
}

/// Unregisters the slot of `S`.
///
/// # Safety
///
/// As for [`NetSlot::unregister`](super::NetSlot::unregister).
unsafe fn unregister_slot<S: HasNetSlot>() {
    // SAFETY: The caller's promise.
    unsafe { S::slot().unregister() }
}

fn port_closed<S: HasNetSlot>(net: &Net, portid: u32) {
    // Sockets are also closed while the slot is being registered or unregistered.
    let _ = S::slot().with(net, |state| state.port_closed(portid));
}

/// Notifies a family of a closed socket.
///
/// # Safety
///
/// Must only be called by the netlink core, as the notifier of a family.
#[inline]
unsafe extern "C" fn netlink_notify(
    notifier: *mut bindings::notifier_block,
    event: c_ulong,
    notify: *mut c_void,
) -> c_int {
    // SAFETY: The core passes a `struct netlink_notify`.
    let notify = unsafe { &*notify.cast::<bindings::netlink_notify>() };
    if event != bindings::NETLINK_URELEASE as c_ulong
        || notify.protocol != bindings::NETLINK_GENERIC as c_int
    {
        return bindings::NOTIFY_DONE as c_int;
    }
    // SAFETY: The notifier is the field of a static `Family`, of which only `Opaque` fields and atomics
    // change.
    let family = unsafe {
        let notifier = Opaque::cast_from(notifier).cast_mut();
        &*container_of!(notifier, Family, notifier)
    };
    // SAFETY: The namespace of a socket is complete, and is freed after the socket.
    let net = unsafe { Net::try_get(notify.net) };
    if let (Some(port_closed), Some(net)) = (family.state.port_closed, net) {
        port_closed(&net, notify.portid);
    }
    bindings::NOTIFY_DONE as c_int
}

impl Family {
    /// Creates a new `Family` instance.
    ///
    /// Intended to be used from const context only.
    ///
    /// The name must be a nul-terminated string, but it is passed as `&[u8]` so that it can be used
    /// more conveniently with the strings generated by bindgen.
    ///
    /// # Panics
    ///
    /// If the name is empty, too long or reserved by the core, if the operations are not sorted by
    /// command, or if there are more groups than the core allows for the name.
    pub const fn const_new<S: HasNetSlot>(
        module: &ThisModule,
        name: &[u8],
        version: u32,
        ops: &'static [SplitOp<S>],
        mcgrps: &'static [MulticastGroup],
    ) -> Family {
        Self::const_new_with(module, name, version, ops, mcgrps, FamilyOptions::new())
    }

    /// Creates a new `Family` instance with options.
    ///
    /// Intended to be used from const context only.
    ///
    /// # Panics
    ///
    /// As [`Self::const_new`].
    pub const fn const_new_with<S: HasNetSlot>(
        module: &ThisModule,
        name: &[u8],
        version: u32,
        ops: &'static [SplitOp<S>],
        mcgrps: &'static [MulticastGroup],
        options: FamilyOptions,
    ) -> Family {
        let mut genl_family = bindings::genl_family {
            hdrsize: options.hdrsize,
            maxattr: options.maxattr,
            resv_start_op: resv_start_op(options.resv_start_op, ops),
            bind: options.bind,
            unbind: options.unbind,
            _bitfield_1: options.flags.into_bitfield(),
            split_ops: ops.as_ptr().cast(),
            n_split_ops: table_len(ops.len()),
            ..pin_init::zeroed()
        };
        check_order(ops);
        set_names(&mut genl_family, module, name, version, mcgrps);
        Family {
            inner: Opaque::new(genl_family),
            stage: Atomic::new(stage::CLOSED),
            may_dump: Atomic::new(false),
            groups: mcgrps.len(),
            state: StateSlot::of::<S>(),
            notifier: Opaque::new(notifier_block::<S>()),
        }
    }

    /// Creates a new `Family` instance without operations and state, which only sends events.
    ///
    /// Intended to be used from const context only.
    ///
    /// # Panics
    ///
    /// As [`Self::const_new`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use crate::genl::*;
    /// static NEWS: Family = Family::const_new_events(
    ///     kernel::module::this_module::<crate::LocalModule>(),
    ///     c"news".to_bytes_with_nul(),
    ///     1,
    ///     &[MulticastGroup::const_new(c"news")],
    /// );
    /// ```
    #[inline]
    pub const fn const_new_events(
        module: &ThisModule,
        name: &[u8],
        version: u32,
        mcgrps: &'static [MulticastGroup],
    ) -> Family {
        let mut genl_family = bindings::genl_family {
            _bitfield_1: FamilyOptions::new().flags.into_bitfield(),
            ..pin_init::zeroed()
        };
        set_names(&mut genl_family, module, name, version, mcgrps);
        Family {
            inner: Opaque::new(genl_family),
            stage: Atomic::new(stage::CLOSED),
            may_dump: Atomic::new(false),
            groups: mcgrps.len(),
            state: StateSlot::NONE,
            notifier: Opaque::new(pin_init::zeroed()),
        }
    }

    /// Checks if the given multicast group can have listeners. `group` is an index in the family's
    /// groups.
    ///
    /// The core counts the listeners of all namespaces together, so this can return true although no
    /// listener is in `net`. An event still only reaches listeners in `net`. Returns false while the
    /// family is not registered.
    ///
    /// # Context
    ///
    /// Any context.
    #[inline]
    pub fn has_listeners(&self, net: &Net, group: u32) -> bool {
        self.has_group(group)
            && self.is_open()
            // SAFETY: The family and net pointers are valid, and the family has such a group.
            && unsafe { bindings::genl_has_listeners(self.as_raw(), net.as_raw(), group) != 0 }
    }

    /// Returns whether `group` is the index of one of the family's groups.
    #[inline]
    pub(super) fn has_group(&self, group: u32) -> bool {
        usize::try_from(group).is_ok_and(|group| group < self.groups)
    }

    /// Returns whether the family is registered, so that its groups belong to it.
    #[inline]
    fn is_open(&self) -> bool {
        self.stage.load(ordering::Acquire) >= stage::OPEN
    }

    /// Calls `send` if the family is registered, and keeps its groups from being reused by another
    /// family until `send` has returned. Returns `None` if the family is not registered.
    pub(super) fn while_open<T>(&self, send: impl FnOnce() -> T) -> Option<T> {
        let senders = Senders::enter();
        let result = self.is_open().then(send);
        drop(senders);
        result
    }

    /// Returns a raw pointer to the underlying `genl_family` structure.
    #[inline]
    pub fn as_raw(&self) -> *mut bindings::genl_family {
        self.inner.get()
    }
}

/// Returns the notifier for a state of type `S`.
const fn notifier_block<S: HasNetSlot>() -> bindings::notifier_block {
    let mut notifier: bindings::notifier_block = pin_init::zeroed();
    if S::WATCHES_PORTS {
        notifier.notifier_call = Some(netlink_notify);
    }
    notifier
}

/// Sets the fields of a family that do not depend on its operations.
#[inline]
const fn set_names(
    family: &mut bindings::genl_family,
    module: &ThisModule,
    name: &[u8],
    version: u32,
    mcgrps: &'static [MulticastGroup],
) {
    family.module = module.as_ptr();
    family.version = version;
    family.mcgrps = mcgrps.as_ptr().cast();
    family.n_mcgrps = table_len(mcgrps.len());
    copy_name(&mut family.name, name);
    check_reserved(name, mcgrps.len());
}

/// Returns the length of a table, which the core counts in a `u8`.
#[inline]
const fn table_len(len: usize) -> u8 {
    if len > u8::MAX as usize {
        panic!("too many operations or multicast groups");
    }
    len as u8
}

/// Returns the first command with strict validation: `wanted`, or a higher one after all commands
/// without it.
const fn resv_start_op<S>(wanted: u8, ops: &[SplitOp<S>]) -> u8 {
    let mut start = wanted;
    let mut i = 0;
    while i < ops.len() {
        if let Some(cmd) = ops[i].lax_command() {
            if cmd == u8::MAX {
                panic!("the last possible command must have strict validation");
            }
            if cmd >= start {
                start = cmd + 1;
            }
        }
        i += 1;
    }
    start
}

/// Panics if the core would reject the order of the operations.
const fn check_order<S>(ops: &[SplitOp<S>]) {
    let mut i = 1;
    while i < ops.len() {
        if !ops[i - 1].may_precede(&ops[i]) {
            panic!("the operations are not sorted by command, or one is duplicated");
        }
        i += 1;
    }
}

/// Panics if the core reserves the name, or has fewer groups for a family with this name.
///
/// The core has one fixed group for each of three families, and `BUG()`s if one of them has more.
#[inline]
const fn check_reserved(name: &[u8], groups: usize) {
    const ONE_GROUP: [&CStr; 3] = [c"NET_DM", c"VFS_DQUOT", c"pmcraid"];

    if is_same(name, c"nlctrl".to_bytes_with_nul()) {
        panic!("the name is reserved by the core");
    }
    let mut i = 0;
    while i < ONE_GROUP.len() {
        if groups > 1 && is_same(name, ONE_GROUP[i].to_bytes_with_nul()) {
            panic!("the core has one multicast group for a family with this name");
        }
        i += 1;
    }
}

/// Returns whether two strings are equal.
#[inline]
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Copies a NUL-terminated name to an array of C. The rest of the array stays 0.
#[inline]
const fn copy_name(to: &mut [c_char], name: &[u8]) {
    if CStr::from_bytes_with_nul(name).is_err() {
        panic!("the name is not nul-terminated");
    }
    if name.len() == 1 {
        panic!("the name is empty");
    }
    if to.len() < name.len() {
        panic!("the name is too long");
    }
    let mut i = 0;
    while i < name.len() {
        to[i] = name[i] as c_char;
        i += 1;
    }
}

/// A generic netlink multicast group.
///
/// # Examples
///
/// An event goes to the listeners of a group, which is given by its index in the family's table:
///
/// ```
/// # use crate::{genl::*, OPS, SUM};
/// # use kernel::prelude::*;
/// static FAMILY: Family = Family::const_new(
///     kernel::module::this_module::<crate::LocalModule>(),
///     c"sum".to_bytes_with_nul(),
///     1,
///     &OPS,
///     &GROUPS,
/// );
/// static GROUPS: [MulticastGroup; 3] = [
///     MulticastGroup::const_new(c"sums"),
///     MulticastGroup::const_new(c"secrets").with_permission(Permission::NetnsAdmin),
///     MulticastGroup::const_new(c"traces").with_cap_sys_admin(),
/// ];
///
/// const SUMS: u32 = 0;
/// const SUM_CHANGED: u8 = 3;
///
/// fn notify(net: &Net, sum: u64) -> Result {
///     // Without listeners, no message is needed.
///     if !FAMILY.has_listeners(net, SUMS) {
///         return Ok(());
///     }
///     let size = attr_size(size_of::<u64>());
///     let mut event = GenlMsg::new_event(net, &FAMILY, SUM_CHANGED, SUMS, size)?;
///     event.put_uint(SUM, sum)?;
///     // Ignore errors: the last listener can be gone, and a listener whose receive buffer is full
///     // gets ENOBUFS from its socket.
///     let _ = event.send();
///     Ok(())
/// }
/// ```
#[repr(transparent)]
pub struct MulticastGroup {
    // No Opaque because fully immutable
    group: bindings::genl_multicast_group,
}

// SAFETY: Pure data so thread safe.
unsafe impl Sync for MulticastGroup {}

impl MulticastGroup {
    /// Creates a new `MulticastGroup` instance.
    ///
    /// Intended to be used from const context only.
    ///
    /// # Panics
    ///
    /// If the name is empty or too long.
    #[inline]
    pub const fn const_new(name: &CStr) -> MulticastGroup {
        let mut group: bindings::genl_multicast_group = pin_init::zeroed();
        copy_name(&mut group.name, name.to_bytes_with_nul());
        MulticastGroup { group }
    }

    /// Restricts the group to listeners with a capability.
    ///
    /// Intended to be used from const context only.
    ///
    /// # Panics
    ///
    /// For [`Permission::Admin`]: the core checks a listener's capability only in the user namespace
    /// that owns its network namespace.
    #[inline]
    pub const fn with_permission(mut self, permission: Permission) -> MulticastGroup {
        /// `GENL_MCAST_CAP_NET_ADMIN`. Bindgen generates no constant.
        const CAP_NET_ADMIN: u8 = 1 << 0;

        self.group.flags |= match permission {
            Permission::Anyone => 0,
            Permission::NetnsAdmin => CAP_NET_ADMIN,
            Permission::Admin => panic!("a group cannot ask for the initial user namespace"),
        };
        self
    }

    /// Restricts the group to listeners with `CAP_SYS_ADMIN` in the user namespace that owns their
    /// network namespace.
    ///
    /// Intended to be used from const context only.
    #[inline]
    pub const fn with_cap_sys_admin(mut self) -> MulticastGroup {
        /// `GENL_MCAST_CAP_SYS_ADMIN`. Bindgen generates no constant.
        const CAP_SYS_ADMIN: u8 = 1 << 1;

        self.group.flags |= CAP_SYS_ADMIN;
        self
    }
}

/// A section during which a request runs or an event is sent. Unregistering a family waits for all
/// sections that have begun.
pub(super) struct Senders {
    index: c_int,
}

impl Senders {
    #[inline]
    pub(super) fn enter() -> Self {
        // SAFETY: May be called in any context; the drop of the value is its counterpart.
        let index = unsafe { ffi::genl_helper_senders_lock() };
        Self { index }
    }

    /// Waits for all sections that have begun before.
    ///
    /// # Context
    ///
    /// May sleep. Must not be called in such a section.
    #[inline]
    pub(super) fn wait() {
        // SAFETY: May be called wherever sleeping is allowed, outside of a section.
        unsafe { ffi::genl_helper_senders_wait() };
    }
}

impl Drop for Senders {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `enter` has returned the index in this task.
        unsafe { ffi::genl_helper_senders_unlock(self.index) };
    }
}

impl Family {
    /// Returns the family that the request `info` is for.
    ///
    /// # Safety
    ///
    /// `info` must be the request of a callback that the core calls for a family of
    /// [`Registrations`].
    #[inline]
    pub(super) unsafe fn of_request(info: NonNull<bindings::genl_info>) -> &'static Family {
        // SAFETY: The caller promises that the request is valid. Its family is the `inner` of a static
        // `Family`, of which only `inner` and atomics change.
        unsafe {
            let inner = Opaque::cast_from((*info.as_ptr()).family).cast_mut();
            &*container_of!(inner, Family, inner)
        }
    }

    /// Marks the family as registered, unless it is being unregistered.
    ///
    /// Each request calls it, because requests can arrive before `genl_register_family()` has returned,
    /// and can send events.
    #[inline]
    pub(super) fn mark_open(&self) {
        if self.stage.load(ordering::Relaxed) == stage::OPENING {
            let _ = self
                .stage
                .cmpxchg(stage::OPENING, stage::OPEN, ordering::Release);
        }
    }

    /// Begins a request, which may send events until the returned section ends.
    ///
    /// Returns `None` once the family is being unregistered: another family could reuse its groups
    /// before the request has sent its event.
    #[inline]
    pub(super) fn begin_request(&self) -> Option<Senders> {
        let senders = Senders::enter();
        self.mark_open();
        (self.stage.load(ordering::Acquire) == stage::OPEN).then_some(senders)
    }

    /// Registers the notifier, if the family watches ports.
    ///
    /// # Safety
    ///
    /// The notifier must not be registered. It must be unregistered before the module is freed.
    #[inline]
    unsafe fn watch_ports(&'static self) -> Result {
        if self.state.port_closed.is_none() {
            return Ok(());
        }
        // SAFETY: The notifier is static, and the caller promises the rest.
        to_result(unsafe { bindings::netlink_register_notifier(self.notifier.get()) })
    }

    /// Unregisters the notifier, and waits until it no longer runs.
    ///
    /// # Safety
    ///
    /// [`Self::watch_ports`] must have succeeded.
    #[inline]
    unsafe fn unwatch_ports(&'static self) {
        if self.state.port_closed.is_some() {
            // SAFETY: The caller promises that the notifier is registered.
            unsafe { bindings::netlink_unregister_notifier(self.notifier.get()) };
        }
    }

    /// Returns whether a dump may be started.
    #[inline]
    pub(super) fn may_dump(&self) -> bool {
        self.may_dump.load(ordering::Acquire)
    }
}

/// The registration of a module's families, in this order. Dropping it unregisters the families, and
/// drops their state in the network namespaces afterwards.
///
/// Only [`module!`](super::module) creates one, and safe code cannot access it.
///
/// # Invariants
///
/// - The slots of the first `slots` families are registered, and the notifiers of the first `watching`.
/// - The first `registered` families are registered, and `registered <= slots`.
pub(super) struct Registrations {
    families: &'static [&'static Family],
    slots: usize,
    watching: usize,
    registered: usize,
}

impl Registrations {
    /// Registers the families.
    ///
    /// Their state is created in all network namespaces before the first of them is registered.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a family is listed twice or shares its state with another one, `EEXIST` if another
    /// family has its name, or the error of [`PerNet::new`](super::PerNet::new).
    ///
    /// # Safety
    ///
    /// - The value must be dropped before the module is freed.
    /// - No dump of the families may be open then. So once this has succeeded, the module's `init` must
    ///   not fail. The core does not let a module be unloaded while a dump is open.
    ///
    /// # Context
    ///
    /// May sleep. Takes `pernet_ops_rwsem`, `cb_lock` and `genl_mutex`.
    #[inline]
    pub(super) unsafe fn new(families: &'static [&'static Family]) -> Result<Self> {
        // INVARIANT: No slot and no family is registered.
        let mut this = Self {
            families,
            slots: 0,
            watching: 0,
            registered: 0,
        };
        for family in families {
            (family.state.register)()?;
            // INVARIANT: The slot was just registered.
            this.slots += 1;
            // SAFETY: The notifier is not registered, because the slot was not. `drop` unregisters it.
            unsafe { family.watch_ports()? };
            // INVARIANT: The notifier was just registered.
            this.watching += 1;
        }
        for (index, family) in families.iter().enumerate() {
            // The kernel frees a module whose `init` fails even while a dump is open. `init` cannot fail
            // any more once the last family is registered.
            let is_last = index + 1 == families.len();
            family.may_dump.store(is_last, ordering::Release);
            family.stage.store(stage::OPENING, ordering::Release);
            // SAFETY: `as_raw()` is a valid pointer to a `genl_family` struct. It is static, so it
            // outlives the registration. It is not registered, because its slot was not.
            let result = to_result(unsafe { bindings::genl_register_family(family.as_raw()) });
            if let Err(error) = result {
                family.stage.store(stage::CLOSED, ordering::Release);
                return Err(error);
            }
            family.mark_open();
            // INVARIANT: The family was just registered.
            this.registered += 1;
        }
        for family in families {
            family.may_dump.store(true, ordering::Release);
        }
        Ok(this)
    }
}

impl Drop for Registrations {
    #[inline]
    fn drop(&mut self) {
        let registered = &self.families[..self.registered];
        for family in &self.families[..self.slots] {
            (family.state.close)();
        }
        // Wait for requests first, then for events: a request that runs may still send its event.
        for stage in [stage::CLOSING, stage::CLOSED] {
            for family in registered {
                family.stage.store(stage, ordering::Release);
            }
            if self.slots != 0 {
                Senders::wait();
            }
        }
        for family in registered.iter().rev() {
            // SAFETY: By the type invariants, the family is registered, and this is the only place
            // where it is unregistered.
            unsafe { bindings::genl_unregister_family(family.as_raw()) };
        }
        for family in &self.families[..self.watching] {
            // SAFETY: By the type invariants, `watch_ports` has succeeded.
            unsafe { family.unwatch_ports() };
        }
        for family in self.families[..self.slots].iter().rev() {
            // SAFETY: By the type invariants, the slot is registered. It was closed above. No callback
            // of the family runs any more: `genl_unregister_family()` waits for requests, and no dump is
            // open, because the caller of `new` has promised it or because none could be started.
            unsafe { (family.state.unregister)() };
        }
    }
}

#[kunit_tests(genl_family)]
mod tests {
    use super::*;
    use crate::genl::{
        net_slot,
        Doit,
        ExtAckError,
        Info,
        PerNet,
        Policy,
        WeakNet, //
    };

    /// The family's state, which is empty.
    struct Nothing;

    impl PerNet for Nothing {
        fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
            Ok(Self)
        }
    }

    net_slot!(Nothing);

    struct Op<const COMMAND: u8, const STRICT: bool>;

    impl<const COMMAND: u8, const STRICT: bool> Doit for Op<COMMAND, STRICT> {
        type State = Nothing;
        const COMMAND: u8 = COMMAND;
        const STRICT: bool = STRICT;
        const POLICY: &'static [Policy] = &[];

        fn doit<'a>(_state: Pin<&Nothing>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
            Ok(())
        }
    }

    static OPS: [SplitOp<Nothing>; 2] = [
        SplitOp::new_do::<Op<3, false>>(),
        SplitOp::new_do::<Op<5, true>>(),
    ];

    struct NoOne;

    impl Listeners for NoOne {
        fn bind(_group: u32) {}
        fn unbind(_group: u32) {}
    }

    /// Returns a copy of the family with these options, as the core would see it.
    fn family(options: FamilyOptions) -> bindings::genl_family {
        let family = Family::const_new_with(
            kernel::module::this_module::<crate::LocalModule>(),
            b"test\0",
            1,
            &OPS,
            &[],
            options,
        );
        // SAFETY: The family is valid, and nothing else accesses it.
        unsafe { family.as_raw().read() }
    }

    #[test]
    fn a_new_family_has_no_options_of_old_ones() {
        let new = family(FamilyOptions::new());
        assert_eq!((new.hdrsize, new.maxattr), (0, 0));
        assert_eq!((new.netnsok(), new.parallel_ops()), (1, 1));
        assert!(new.bind.is_none() && new.unbind.is_none());
    }

    #[test]
    fn options_are_those_that_the_core_sees() {
        let options = FamilyOptions::new().user_header::<[u8; 6]>().max_attr(9);
        let old = family(options.serial().initial_netns_only().listeners::<NoOne>());
        assert_eq!((old.hdrsize, old.maxattr), (6, 9));
        assert_eq!((old.netnsok(), old.parallel_ops()), (0, 0));
        assert!(old.bind.is_some() && old.unbind.is_some());
    }

    #[test]
    fn strict_commands_start_after_the_last_lax_one() {
        let start = |options| family(options).resv_start_op;
        assert_eq!(start(FamilyOptions::new()), 4);
        assert_eq!(start(FamilyOptions::new().resv_start_op(2)), 4);
        assert_eq!(start(FamilyOptions::new().resv_start_op(6)), 6);
        assert_eq!(OPS.each_ref().map(SplitOp::lax_command), [Some(3), None]);
    }

    #[test]
    fn groups_have_the_flags_of_their_capability() {
        let flags = |group: MulticastGroup| group.group.flags;
        let group = || MulticastGroup::const_new(c"test");
        assert_eq!(flags(group()), 0);
        assert_eq!(flags(group().with_permission(Permission::NetnsAdmin)), 1);
        assert_eq!(flags(group().with_cap_sys_admin()), 2);
    }

    #[test]
    fn flags_match_the_bitfield_of_c() {
        for (netnsok, parallel_ops) in [(false, false), (false, true), (true, false), (true, true)]
        {
            let mut family: bindings::genl_family = pin_init::zeroed();
            family._bitfield_1 = FamilyFlags {
                netnsok,
                parallel_ops,
            }
            .into_bitfield();
            assert_eq!(family.netnsok(), netnsok.into());
            assert_eq!(family.parallel_ops(), parallel_ops.into());
        }
    }

    #[test]
    fn copy_name_leaves_zeros_after_the_name() {
        let mut name = [0; 8];
        copy_name(&mut name, b"test\0");
        assert_eq!(name, *b"test\0\0\0\0");
    }
}
