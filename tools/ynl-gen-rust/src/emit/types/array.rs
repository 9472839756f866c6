// SPDX-License-Identifier: MIT OR Apache-2.0

//! Nests whose attributes have indices instead of numbers.

use super::AttributeType;
use crate::emit::kernel;
use crate::emit::syzkaller;
use crate::emit::user::{self, Nests};
use crate::emit::wireshark::{Entries, of};
use crate::model::{Attribute, DisplayHint, Family, Kind, SetId};
use std::collections::BTreeSet;

/// An array of items.
pub(super) struct Array<'a>(pub(super) &'a Kind);

impl AttributeType for Array<'_> {
    fn page(&self, family: &Family) -> String {
        format!("array of {}", self.0.describe().page_item(family))
    }

    fn dissector(&self, family: &Family, hint: Option<DisplayHint>) -> Entries {
        of("array", &self.0.describe().dissector(family, hint))
    }

    fn syzlang(
        &self,
        description: &mut syzkaller::Description<'_>,
        number: u16,
        within: Option<SetId>,
    ) -> String {
        let item = self.0.describe().syzlang(description, 0, within);
        format!("nlnest[{number}, array[{item}]]")
    }

    fn kernel_type(&self, side: &kernel::Side<'_>, at: &kernel::At<'_>) -> Option<String> {
        Some(match at.is_read {
            true => format!("array({})", side.attrs_type(self.0.nested_set()?)),
            false => {
                let name = side.array_type(at.set, at.attribute);
                format!("{}({name})", side.nest_kind(at, "array"))
            }
        })
    }

    fn user_kind(&self, side: &user::Side<'_>, _hint: Option<DisplayHint>) -> String {
        format!("Kind::Array(&{})", self.0.describe().user_kind(side, None))
    }

    fn user_limit(
        &self,
        side: &user::Side<'_>,
        limited: &BTreeSet<SetId>,
        _hint: Option<DisplayHint>,
    ) -> Option<String> {
        let Kind::Nest(set) = *self.0 else {
            return None; // The kernel has no policy for the items.
        };
        let is_limited = limited.contains(&side.whole(set));
        is_limited.then(|| format!("Array(&{})", side.table(set)))
    }

    fn user_value(&self, side: &user::Side<'_>, at: &user::At) -> Option<user::Value> {
        let at = user::At { hint: None, ..*at };
        let item = self.0.describe().user_value(side, &at)?;
        let body = item.write("index");
        let write = match item.is_nest {
            true => "to.put_nest_array($, value);".to_owned(),
            false => format!(
                "to.nest($, |to| {{ for (index, value) in value.indexed() {{ {body} }} }});"
            ),
        };
        Some(
            user::Value::new(
                &format!("MultiAttr<'a, {}>", item.kind),
                "MultiAttr::array(attr)?",
                &write,
            )
            .with_into(),
        )
    }

    fn user_size(&self, _family: &Family, _nests: &Nests, _set: SetId) -> usize {
        40
    }

    fn user_serializer(&self, attribute: &Attribute, rust: &str) -> Option<&'static str> {
        let is_nest = self.0.nested_set().is_some();
        let bytes = self.0.describe().user_serializer(attribute, rust);
        match is_nest {
            true => Some("indexed"),
            false => bytes.map(|_| "array_of_bytes"),
        }
    }
}
