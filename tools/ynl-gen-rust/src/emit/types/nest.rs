// SPDX-License-Identifier: MIT OR Apache-2.0

//! Nested attributes.

use super::AttributeType;
use crate::emit::kernel;
use crate::emit::syzkaller;
use crate::emit::user::{self, Nests};
use crate::emit::wireshark::{Entries, kind, quoted};
use crate::model::{DisplayHint, Family, SetId};
use std::collections::BTreeSet;

/// A nest of a set.
pub(super) struct Nest(pub(super) SetId);

impl AttributeType for Nest {
    fn page(&self, family: &Family) -> String {
        format!("nest of {}", self.page_item(family))
    }

    fn page_item(&self, family: &Family) -> String {
        format!("`{}`", family.set(self.0).name)
    }

    fn dissector(&self, family: &Family, _hint: Option<DisplayHint>) -> Entries {
        let set = quoted(&family.set(self.0).name);
        [kind("nest"), vec![("set", set)]].concat()
    }

    fn syzlang(
        &self,
        description: &mut syzkaller::Description<'_>,
        number: u16,
        within: Option<SetId>,
    ) -> String {
        description.nest(number, self.0, within)
    }

    fn kernel_type(&self, side: &kernel::Side<'_>, at: &kernel::At<'_>) -> Option<String> {
        Some(match at.is_read {
            true => format!("nest({})", side.attrs_type(self.0)),
            false => format!("{}({})", side.nest_kind(at, "nest"), side.nest_type(self.0)),
        })
    }

    fn user_kind(&self, side: &user::Side<'_>, _hint: Option<DisplayHint>) -> String {
        format!("Kind::Nest(&{})", side.table(self.0))
    }

    fn user_limit(
        &self,
        side: &user::Side<'_>,
        limited: &BTreeSet<SetId>,
        _hint: Option<DisplayHint>,
    ) -> Option<String> {
        let is_limited = limited.contains(&side.whole(self.0));
        is_limited.then(|| format!("Nest(&{})", side.table(self.0)))
    }

    fn user_value(&self, side: &user::Side<'_>, at: &user::At) -> Option<user::Value> {
        let name = side.nest_type(self.0);
        let write = "to.nest($, |to| value.encode(to));";
        Some(match side.is_lazy(at.set, self.0) {
            true => {
                user::Value::new(&format!("Nested<'a, {name}>"), "attr.into()", write).with_into()
            }
            false => {
                let read = format!("{}::decode(attr.nested())?", side.nest_stem(self.0));
                user::Value::new(&name, &read, write).into_nest()
            }
        })
    }

    fn user_size(&self, _family: &Family, nests: &Nests, set: SetId) -> usize {
        nests.size_in(set, self.0).saturating_add(24)
    }
}
