// SPDX-License-Identifier: MIT OR Apache-2.0

//! Text.

use super::AttributeType;
use crate::emit::kernel::{self, Setter, Shape, Sizes, Target, Value, bytes};
use crate::emit::syzkaller::{self, MOST, Part, array};
use crate::emit::user::{self, Nests};
use crate::emit::wireshark::{Entries, kind};
use crate::model::{DisplayHint, Family, SetId, Text};

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

    fn kernel_value(&self, _side: &kernel::Side<'_>) -> Option<Value> {
        Some(Value::new(Shape::Plain, "&'a [u8]", "Attr::string"))
    }

    fn kernel_remark(&self) -> Option<&'static str> {
        Some(match self.0.max_len.or(self.0.exact_len) {
            None => "The policy checks neither the bytes nor the length.",
            Some(_) => "The policy has checked the length, not the bytes.",
        })
    }

    fn kernel_setter(&self, _side: &kernel::Side<'_>, to: &Target<'_>) -> Option<Setter> {
        Some(to.put("str", "&[u8]"))
    }

    fn kernel_size(&self, side: &kernel::Side<'_>, _set: SetId) -> Option<String> {
        match (self.0.exact_len, self.0.max_len) {
            (Some(len), _) => Some(format!("attr_size({})", side.limit_name(len))),
            (None, Some(max)) => Some(format!("attr_size({} + 1)", side.limit_name(max))),
            (None, None) => None,
        }
    }

    fn kernel_max(&self, _sizes: &Sizes) -> Option<usize> {
        self.0.exact_len.or(self.0.max_len).and_then(bytes)
    }

    fn user_kind(&self, _side: &user::Side<'_>, _hint: Option<DisplayHint>) -> String {
        "Kind::Text".to_owned()
    }

    fn user_value(&self, _side: &user::Side<'_>, _at: &user::At) -> Option<user::Value> {
        Some(user::Value::new("Text<'a>", "attr.text()", "to.put_text($, value);").with_into())
    }

    fn user_size(&self, _family: &Family, _nests: &Nests, _set: SetId) -> usize {
        16
    }
}
