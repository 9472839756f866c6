// SPDX-License-Identifier: MIT OR Apache-2.0

//! 32-bit values with a selector mask.

use super::AttributeType;
use crate::emit::kernel;
use crate::emit::syzkaller::{self, Part};
use crate::emit::user::{self, Nests};
use crate::emit::wireshark::{Entries, kind, quoted};
use crate::model::{DisplayHint, EnumId, Family, SetId};

/// A 32-bit value with a selector mask, and its flags.
pub(super) struct Bitfield32(pub(super) Option<EnumId>);

impl AttributeType for Bitfield32 {
    fn page(&self, family: &Family) -> String {
        match self.0 {
            None => "bitfield32".to_owned(),
            Some(id) => format!("bitfield32, flags `{}`", family.enumeration(id).name),
        }
    }

    fn dissector(&self, family: &Family, _hint: Option<DisplayHint>) -> Entries {
        let mut entries = kind("bitfield32");
        if let Some(id) = self.0 {
            entries.push(("enum", quoted(&family.enumeration(id).name)));
        }
        entries
    }

    fn syzlang_payload(&self, description: &mut syzkaller::Description<'_>) -> String {
        match self.0 {
            None => description.part(Part::Bitfield32),
            Some(id) => {
                let bits = description.list(id, true);
                format!("{}[{bits}]", description.part(Part::NamedBits))
            }
        }
    }

    fn kernel_type(&self, side: &kernel::Side<'_>, _at: &kernel::At<'_>) -> Option<String> {
        Some(match self.0 {
            Some(id) => format!("bitfield32({})", side.flags_type(id)),
            None => "bitfield32".to_owned(),
        })
    }

    fn kernel_max(&self) -> Option<usize> {
        Some(8)
    }

    fn user_kind(&self, side: &user::Side<'_>, _hint: Option<DisplayHint>) -> String {
        match self.0 {
            Some(id) => format!("Kind::Bitfield32(&{}::NAMES)", side.flags_type(id)),
            None => "Kind::Bitfield32(&[])".to_owned(),
        }
    }

    fn user_value(&self, side: &user::Side<'_>, _at: &user::At) -> Option<user::Value> {
        let Some(id) = self.0 else {
            let write = "to.put_bitfield32($, value);";
            return Some(user::Value::new("Bitfield32", "attr.bitfield32()?", write));
        };
        let flags = side.flags_type(id);
        Some(user::Value::new(
            &format!("Bitfield32<{flags}>"),
            &format!("attr.bitfield32()?.map({flags}::from_bits_retain)"),
            &format!("to.put_bitfield32($, value.map(|bits: {flags}| bits.bits()));"),
        ))
    }

    fn user_size(&self, _family: &Family, _nests: &Nests, _set: SetId) -> usize {
        16
    }
}
