// SPDX-License-Identifier: MIT OR Apache-2.0

//! Text.

use super::AttributeType;
use crate::emit::kernel::{self, bytes};
use crate::emit::syzkaller::{self, MOST, Part, array};
use crate::emit::user::{self, Nests};
use crate::emit::wireshark::{Entries, kind};
use crate::model::{DisplayHint, Family, SetId, Text};
use std::collections::BTreeSet;

/// Text, usually with a terminating NUL.
pub(super) struct Str<'a>(pub(super) &'a Text);

impl AttributeType for Str<'_> {
    fn page(&self, _family: &Family) -> String {
        "string".to_owned()
    }

    fn page_limits(&self, _family: &Family) -> String {
        match (self.0.exact_len, self.0.max_len) {
            (Some(exact), _) => format!("{} bytes with the NUL", exact.value),
            (None, Some(max)) => format!("at most {} bytes", max.value),
            (None, None) => String::new(),
        }
    }

    fn dissector(&self, _family: &Family, _hint: Option<DisplayHint>) -> Entries {
        kind("string")
    }

    fn syzlang_payload(&self, description: &mut syzkaller::Description<'_>) -> String {
        match (self.0.exact_len, self.0.max_len) {
            (Some(exact), _) => array("int8", exact.value, exact.value),
            (None, Some(max)) if self.0.unterminated_ok => array("int8[32:126]", 0, max.value),
            (None, Some(max)) => {
                let max = max.value.clamp(1, MOST);
                format!("{}[0:{max}]", description.part(Part::Text))
            }
            (None, None) => "string".to_owned(),
        }
    }

    fn kernel_type(&self, _side: &kernel::Side<'_>, _at: &kernel::At<'_>) -> Option<String> {
        Some("text".to_owned())
    }

    fn kernel_max(&self) -> Option<usize> {
        match (self.0.exact_len, self.0.max_len) {
            (Some(exact), _) => bytes(exact),
            // With the NUL.
            (None, Some(max)) => bytes(max).map(|max| max + 1),
            (None, None) => None,
        }
    }

    fn user_kind(&self, _side: &user::Side<'_>, _hint: Option<DisplayHint>) -> String {
        "Kind::Text".to_owned()
    }

    fn user_limit(
        &self,
        _side: &user::Side<'_>,
        _limited: &BTreeSet<SetId>,
        _hint: Option<DisplayHint>,
    ) -> Option<String> {
        let kind = if self.0.unterminated_ok {
            "String"
        } else {
            "NulString"
        };
        match (self.0.exact_len, self.0.max_len) {
            (Some(exact), _) => Some(format!("Binary({0}..={0})", exact.value)),
            (None, Some(max)) => Some(format!("{kind}({})", max.value)),
            (None, None) => None,
        }
    }

    fn user_value(&self, _side: &user::Side<'_>, _at: &user::At) -> Option<user::Value> {
        Some(user::Value::new("Text<'a>", "attr.text()", "to.put_text($, value);").with_into())
    }

    fn user_size(&self, _family: &Family, _nests: &Nests, _set: SetId) -> usize {
        16
    }
}
