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
/// Use it once, at the top of the crate, instead of [`kernel::prelude::module!`]. It takes `families`,
/// and then the same arguments. A module that does more than register families puts the `type` of its
/// [`kernel::Module`] or [`InPlaceModule`] first.
///
/// The families are registered in the given order, after the `init` of that type has succeeded. They
/// are unregistered before its value is dropped, so operations run only while the value exists. If
/// registering a family fails, the families before it are unregistered, the value is dropped, and the
/// module is not loaded.
///
/// Until all families are registered, only the last one accepts a dump. The others fail with `EAGAIN`,
/// because the kernel frees a module that it failed to load even while a dump is open.
///
/// # Errors
///
/// `EEXIST` if another family has the name, or `EBUSY` if a family is listed twice or shares its state
/// with another one.
///
/// # Context
///
/// Loading and unloading may sleep and take `pernet_ops_rwsem`, `cb_lock` and `genl_mutex`. If loading
/// fails after a family was registered, it waits until all dumps of its policy by `nlctrl` have ended.
///
/// # Examples
///
/// A module with its own type. The [documentation of `genl`](super) has a whole module without one.
///
/// ```ignore
/// genl::module! {
///     type: Sums,
///     families: [FAMILY],
///     name: "sums",
///     authors: ["The author"],
///     description: "Generic netlink family that adds numbers",
///     license: "GPL",
/// }
///
/// struct Sums;
///
/// impl kernel::Module for Sums {
///     fn init(_module: &'static ThisModule) -> Result<Self> {
///         pr_info!("loaded\n");
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
            #[inline]
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

/// A module that only registers families.
pub struct FamiliesOnly;

impl kernel::Module for FamiliesOnly {
    #[inline]
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}

/// A module with the registration of its families. `module!` creates it.
///
/// The kernel has the only value: see [`Self::init_with`].
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
    /// # Errors
    ///
    /// `EBUSY` if it is called again. Safe code can do that and leak the second value, whose families
    /// would stay registered after the module was freed.
    ///
    /// # Safety
    ///
    /// Must only be called by the `init` of the type that is passed to `kernel::prelude::module!` for
    /// `module`, and this type must be it.
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
            // kernel drops the value when it unloads the module, which an open dump prevents.
            // Nothing can fail after this field.
            families: unsafe { register(module, families)? },
        }? Error)
    }
}

/// Registers the families of a module, as the last step of its `init`.
///
/// # Safety
///
/// As for [`Registrations::new`].
#[inline]
unsafe fn register(
    module: &'static ThisModule,
    families: &'static [&'static Family],
) -> Result<Registrations> {
    // SAFETY: The caller's promise.
    let result = unsafe { Registrations::new(families) };
    if result.is_err() {
        // The families are unregistered, so the module gets no new users. An open dump of a policy by
        // `nlctrl` has a reference to the module, but the kernel frees the module even then if `init`
        // fails.
        // SAFETY: The module is being loaded, so its pointer is valid, or null if it is built in.
        while unsafe { ffi::genl_helper_module_is_held(module.as_ptr()) } {
            fsleep(Delta::from_millis(10));
        }
    }
    result
}
