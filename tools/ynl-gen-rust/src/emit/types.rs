// SPDX-License-Identifier: MIT OR Apache-2.0

//! The attribute types, with one description for each.
//!
//! A description has everything that the outputs need to know about a type, so that the emitters do
//! not distinguish types. A new type needs a variant of [`Kind`], a description, and rows in
//! [`GAPS`](crate::model::GAPS) for the sides that do not support it.

mod array;
mod binary;
mod bitfield32;
mod int;
mod nest;
mod none;
mod text;
mod type_value;

pub(super) use int::Number;

use super::wireshark::Entries;
use super::{kernel, syzkaller, user};
use crate::model::{Attribute, DisplayHint, Family, Kind, SetId};
use std::collections::BTreeSet;

/// The description of an attribute type.
///
/// A method that returns `None` by default is not needed if the capability table has a row for the
/// type; otherwise the emitters reject the type.
pub(super) trait AttributeType {
    /// Returns the type in the reference page.
    fn page(&self, family: &Family) -> String;

    /// Returns the type as an item of an array or of a `nest-type-value`, in the reference page.
    fn page_item(&self, family: &Family) -> String {
        self.page(family)
    }

    /// Returns the limits in the reference page.
    fn page_limits(&self, _family: &Family) -> String {
        String::new()
    }

    /// Returns the entries of the Wireshark dissector's table.
    fn dissector(&self, family: &Family, hint: Option<DisplayHint>) -> Entries;

    /// Returns the payload in syzlang.
    fn syzlang_payload(&self, _description: &mut syzkaller::Description<'_>) -> String {
        "void".to_owned()
    }

    /// Returns the attribute in syzlang. `within` is the set of its nest.
    fn syzlang(
        &self,
        description: &mut syzkaller::Description<'_>,
        number: u16,
        _within: Option<SetId>,
    ) -> String {
        format!("nlattr[{number}, {}]", self.syzlang_payload(description))
    }

    /// Returns the type in the kernel's tables of messages.
    fn kernel_type(&self, _side: &kernel::Side<'_>, _at: &kernel::At<'_>) -> Option<String> {
        None
    }

    /// Returns the maximum length of the payload in the kernel, except of a nest.
    fn kernel_max(&self) -> Option<usize> {
        None
    }

    /// Returns the kind in the user side's table of attributes, as an expression.
    fn user_kind(&self, side: &user::Side<'_>, hint: Option<DisplayHint>) -> String;

    /// Returns the limit of an attribute with this display hint in the user side's table, as an
    /// expression without its path. `limited` are the sets that have limits.
    fn user_limit(
        &self,
        _side: &user::Side<'_>,
        _limited: &BTreeSet<SetId>,
        _hint: Option<DisplayHint>,
    ) -> Option<String> {
        None
    }

    /// Returns the value on the user side; of a repeated attribute, of one occurrence.
    fn user_value(&self, _side: &user::Side<'_>, _at: &user::At) -> Option<user::Value> {
        None
    }

    /// Returns the field on the user side.
    fn user_field(
        &self,
        side: &user::Side<'_>,
        to: &user::FieldPlace<'_>,
    ) -> Option<user::FieldCode> {
        let at = user::At {
            set: to.set,
            hint: to.attribute.hint,
        };
        let value = self.user_value(side, &at)?;
        Some(match to.attribute.multi {
            true => to.repeated(&value),
            false => to.optional(&value),
        })
    }

    /// Returns an estimate of the field's size in memory.
    fn user_size(&self, family: &Family, nests: &user::Nests, set: SetId) -> usize;

    /// Returns the function of `genl::serialize` for the field of type `rust`, if it needs one.
    fn user_serializer(&self, _attribute: &Attribute, _rust: &str) -> Option<&'static str> {
        None
    }
}

impl Kind {
    /// Returns the description of the type.
    pub(in crate::emit) fn describe(&self) -> Box<dyn AttributeType + '_> {
        match self {
            Self::Unused => Box::new(none::UNUSED),
            Self::Pad => Box::new(none::PAD),
            Self::Flag => Box::new(none::FLAG),
            Self::Int(int) => Box::new(int::Number(int)),
            Self::Text(text) => Box::new(text::Str(text)),
            Self::Binary(binary) => Box::new(binary::Bytes(binary)),
            Self::Bitfield32(flags) => Box::new(bitfield32::Bitfield32(*flags)),
            Self::Nest(set) => Box::new(nest::Nest(*set)),
            Self::Array(item) => Box::new(array::Array(item)),
            Self::TypeValue { levels, item } => Box::new(type_value::TypeValue { levels, item }),
        }
    }
}
