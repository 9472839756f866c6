// SPDX-License-Identifier: GPL-2.0

//! Modules with families.
//!
//! C header: [`include/linux/module.h`](srctree/include/linux/module.h)

use super::{
    family::Registrations,
    ffi,
    Family, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        ordering,
        Atomic, //
    },
    time::{
        delay::fsleep,
        Delta, //
    },
    InPlaceModule, //
};

/// Declares the kernel module, and registers its families for as long as it is loaded.
///
/// To be used once, at the top of the crate, instead of [`kernel::prelude::module!`]. It takes
/// `families`, and then the same arguments. They may be preceded by the `type` of a
/// [`kernel::Module`] or an [`InPlaceModule`], if the module has more to do than to register
/// families.
///
/// The families are registered in the order in which they are listed, after the `init` of that type
/// has succeeded. They are unregistered before its value is dropped, so no operation runs before or
/// after its life. If a family cannot be registered, those before it are unregistered, the value is
/// dropped, and the module is not loaded. The errno is `EBUSY` if another family has the name, or if
/// a family is listed twice or has the state of another one.
///
/// Until all families are registered, a dump of any but the last is refused with `EAGAIN`: the kernel
/// frees a module that it could not load even while a dump is open.
///
/// # Context
///
/// Loading and unloading may sleep and take `pernet_ops_rwsem`, `cb_lock` and `genl_mutex`. Loading
/// that fails after a family was registered waits until all dumps of its policy by `nlctrl` have
/// ended.
///
/// # Examples
///
/// A module with a value of its own. [The front page](super) has a whole one without.
///
/// ```ignore
/// genl::module! {
///     type: Sums,
///     families: [FAMILY],
///     name: "sums",
///     authors: ["Somebody"],
///     description: "Generic netlink family that adds up numbers",
///     license: "GPL",
/// }
///
/// struct Sums;
///
/// impl kernel::Module for Sums {
///     fn init(_module: &'static ThisModule) -> Result<Self> {
///         pr_info!("adding up\n");
///         Ok(Self)
///     }
/// }
/// ```
macro_rules! genl_module {
    (type: $module:ty, families: [$($family:path),+ $(,)?], $($rest:tt)*) => {
        ::kernel::prelude::module! {
            type: $crate::genl::Registered<$module>,
            $($rest)*
        }

        impl ::kernel::InPlaceModule for $crate::genl::Registered<$module> {
            fn init(
                module: &'static ::kernel::ThisModule,
            ) -> impl ::pin_init::PinInit<Self, ::kernel::error::Error> {
                static FAMILIES: &[&$crate::genl::Family] = &[$(&$family),+];

                // SAFETY: This is the `init` of the type that is the module's, by `module!` above.
                unsafe { Self::init_with(module, FAMILIES) }
            }
        }
    };
    (families: $families:tt, $($rest:tt)*) => {
        $crate::genl::module! {
            type: $crate::genl::FamiliesOnly,
            families: $families,
            $($rest)*
        }
    };
}
pub(crate) use genl_module as module;

/// A module that has families and nothing else.
pub struct FamiliesOnly;

impl kernel::Module for FamiliesOnly {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}

/// What [`module!`](super::module) makes of a module: its value, and its families, which are
/// registered.
///
/// The kernel has the one that there is. Nobody else gets one: see [`Self::init_with`].
#[pin_data]
pub struct Registered<M> {
    /// Dropped first.
    families: Registrations,
    #[pin]
    value: M,
}

impl<M: InPlaceModule> Registered<M> {
    /// Initializes the module, and then registers its families.
    ///
    /// Fails with `EBUSY` if it is called again, as safe code can do: a value that is not the
    /// kernel's could be leaked, and its families would stay registered when the module is gone.
    ///
    /// # Safety
    ///
    /// Must only be called by the `init` of the type that `kernel::prelude::module!` was given for
    /// `module`, which is this one.
    ///
    /// # Context
    ///
    /// May sleep. Takes `pernet_ops_rwsem`, `cb_lock` and `genl_mutex`.
    pub unsafe fn init_with(
        module: &'static ThisModule,
        families: &'static [&'static Family],
    ) -> impl PinInit<Self, Error> {
        static HAS_BEGUN: Atomic<bool> = Atomic::new(false);

        try_pin_init!(Self {
            _: {
                if HAS_BEGUN.xchg(true, ordering::Relaxed) {
                    return Err(EBUSY);
                }
            },
            value <- M::init(module),
            // SAFETY: `HAS_BEGUN` was not set. The caller promises that the kernel calls this function
            // when it loads the module, before any other code of it runs; so this is that call. The
            // kernel drops the value when it unloads the module, for which no dump may be open.
            // Nothing can fail after this field.
            families: unsafe { register(module, families)? },
        }? Error)
    }
}

/// Registers the families of a module as the last thing that its `init` does.
///
/// # Safety
///
/// As for [`Registrations::new`].
unsafe fn register(
    module: &'static ThisModule,
    families: &'static [&'static Family],
) -> Result<Registrations> {
    // SAFETY: The caller's promise.
    let result = unsafe { Registrations::new(families) };
    if result.is_err() {
        // The families are unregistered again, so nobody begins to use the module. Who has begun to
        // dump a policy by `nlctrl` holds it, but the kernel frees it all the same when `init` fails.
        // SAFETY: The module is being loaded, so its pointer is valid; null for one that is built in.
        while unsafe { ffi::genl_helper_module_is_held(module.as_ptr()) } {
            fsleep(Delta::from_millis(10));
        }
    }
    result
}
