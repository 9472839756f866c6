// SPDX-License-Identifier: GPL-2.0

//! Families that must not compile. Each example must fail with the text after `// error: `. `make
//! test` compiles them with the family of the example in `kmodule/genl.rs`.
//!
//! The name is reserved by the core:
//!
//! ```compile_fail
//! use crate::{genl::*, Add, Sum};
//! use kernel::prelude::*;
//!
//! static FAMILY: Family = Family::const_new(
//!     kernel::module::this_module::<crate::LocalModule>(),
//!     c"nlctrl".to_bytes_with_nul(), // error: the name is reserved by the core
//!     1,
//!     &OPS,
//!     &[],
//! );
//! static OPS: [SplitOp<Sum>; 1] = [SplitOp::new_do::<Add>()];
//! ```
//!
//! The name has 16 bytes, one more than the core can store before the NUL:
//!
//! ```compile_fail
//! use crate::{genl::*, Add, Sum};
//! use kernel::prelude::*;
//!
//! static FAMILY: Family = Family::const_new(
//!     kernel::module::this_module::<crate::LocalModule>(),
//!     c"sixteen-letters-".to_bytes_with_nul(), // error: the name is too long
//!     1,
//!     &OPS,
//!     &[],
//! );
//! static OPS: [SplitOp<Sum>; 1] = [SplitOp::new_do::<Add>()];
//! ```
//!
//! The core has one multicast group for each of three families, by their names:
//!
//! ```compile_fail
//! use crate::{genl::*, Add, Sum};
//! use kernel::prelude::*;
//!
//! static FAMILY: Family = Family::const_new(
//!     kernel::module::this_module::<crate::LocalModule>(),
//!     c"NET_DM".to_bytes_with_nul(), // error: the core has one multicast group for a family with this name
//!     1,
//!     &OPS,
//!     &GROUPS,
//! );
//! static OPS: [SplitOp<Sum>; 1] = [SplitOp::new_do::<Add>()];
//! static GROUPS: [MulticastGroup; 2] = [
//!     MulticastGroup::const_new(c"one"),
//!     MulticastGroup::const_new(c"two"),
//! ];
//! ```
//!
//! ```compile_fail
//! use crate::{genl::*, Add, Sum};
//! use kernel::prelude::*;
//!
//! static FAMILY: Family = Family::const_new(
//!     kernel::module::this_module::<crate::LocalModule>(),
//!     c"VFS_DQUOT".to_bytes_with_nul(), // error: the core has one multicast group for a family with this name
//!     1,
//!     &OPS,
//!     &GROUPS,
//! );
//! static OPS: [SplitOp<Sum>; 1] = [SplitOp::new_do::<Add>()];
//! static GROUPS: [MulticastGroup; 2] = [
//!     MulticastGroup::const_new(c"one"),
//!     MulticastGroup::const_new(c"two"),
//! ];
//! ```
//!
//! ```compile_fail
//! use crate::{genl::*, Add, Sum};
//! use kernel::prelude::*;
//!
//! static FAMILY: Family = Family::const_new(
//!     kernel::module::this_module::<crate::LocalModule>(),
//!     c"pmcraid".to_bytes_with_nul(), // error: the core has one multicast group for a family with this name
//!     1,
//!     &OPS,
//!     &GROUPS,
//! );
//! static OPS: [SplitOp<Sum>; 1] = [SplitOp::new_do::<Add>()];
//! static GROUPS: [MulticastGroup; 2] = [
//!     MulticastGroup::const_new(c"one"),
//!     MulticastGroup::const_new(c"two"),
//! ];
//! ```
//!
//! The operations are in the wrong order:
//!
//! ```compile_fail
//! use crate::{genl::*, Add, Sum};
//! use kernel::prelude::*;
//!
//! struct Second;
//!
//! impl Doit for Second {
//!     type State = Sum;
//!     const COMMAND: u8 = 2;
//!     const POLICY: &'static [Policy] = &[];
//!
//!     fn doit<'a>(_state: Pin<&Sum>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
//!         Ok(())
//!     }
//! }
//!
//! static FAMILY: Family = Family::const_new(
//!     kernel::module::this_module::<crate::LocalModule>(),
//!     c"unsorted".to_bytes_with_nul(),
//!     1,
//!     &OPS,
//!     &[],
//! );
//! // error: the operations are not sorted by command, or one is duplicated
//! static OPS: [SplitOp<Sum>; 2] = [SplitOp::new_do::<Second>(), SplitOp::new_do::<Add>()];
//! ```
//!
//! The function that registers the families of a module is called without the module:
//!
//! ```compile_fail
//! use crate::{genl::*, FAMILY};
//! use kernel::prelude::*;
//!
//! static FAMILIES: &[&Family] = &[&FAMILY];
//!
//! pub fn register(module: &'static ThisModule) -> Result {
//!     // error: call to unsafe function
//!     let module = Registered::<FamiliesOnly>::init_with(module, FAMILIES);
//!     core::mem::forget(KBox::pin_init(module, GFP_KERNEL)?);
//!     Ok(())
//! }
//! ```
//!
//! A family is registered without a module, so that the registration could be leaked:
//!
//! ```compile_fail
//! pub fn register() {
//!     core::mem::forget(crate::FAMILY.register()); // error: no method named `register` found
//! }
//! ```
//!
//! A nest has a limit, which the core would use as the address of the nest's policy:
//!
//! ```compile_fail
//! use crate::genl::*;
//!
//! static LIMITED: PolicyTable<2> =
//!     PolicyTable::new().with(1, Policy::nested(INNER.as_slice()).max(3)); // error: only a number or a binary attribute has limits
//! static INNER: PolicyTable<2> = PolicyTable::new().with(1, Policy::u32());
//! ```
//!
//! An unsigned number has a negative limit:
//!
//! ```compile_fail
//! use crate::genl::*;
//!
//! static NEGATIVE: PolicyTable<2> = PolicyTable::new()
//!     .with(1, Policy::u32().min(-1)); // error: the limit of a policy is negative
//! ```
//!
//! A limit does not fit in its field:
//!
//! ```compile_fail
//! use crate::genl::*;
//!
//! static WIDE: PolicyTable<2> = PolicyTable::new()
//!     .with(1, Policy::u32().max(40_000)); // error: the limit of a policy does not fit in 16 bits
//! ```
//!
//! An attribute has two policies:
//!
//! ```compile_fail
//! use crate::genl::*;
//!
//! static TWICE: PolicyTable<2> = PolicyTable::new()
//!     .with(1, Policy::nul_string().len(16))
//!     .with(1, Policy::u32().max(2)); // error: the attribute has two policies
//! ```
//!
//! A number has two checks, of which the core would keep one:
//!
//! ```compile_fail
//! use crate::genl::*;
//!
//! static CHECKS: PolicyTable<2> = PolicyTable::new()
//!     .with(1, Policy::u32().min(1).mask(3)); // error: the attribute already has a limit, mask or enum
//! ```
