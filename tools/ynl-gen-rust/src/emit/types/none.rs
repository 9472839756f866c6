// SPDX-License-Identifier: MIT OR Apache-2.0

//! Flags, padding and unused numbers, which have no payload.

use super::AttributeType;
use crate::emit::kernel;
use crate::emit::user::{self, FieldCode, FieldPlace, Nests};
use crate::emit::wireshark::{Entries, kind};
use crate::model::{DisplayHint, Family, SetId};

/// A type without a payload.
pub(super) struct Empty {
    name: &'static str,
    is_flag: bool,
}

pub(super) const UNUSED: Empty = Empty {
    name: "unused",
    is_flag: false,
};

pub(super) const PAD: Empty = Empty {
    name: "pad",
    is_flag: false,
};

pub(super) const FLAG: Empty = Empty {
    name: "flag",
    is_flag: true,
};

impl AttributeType for Empty {
    fn page(&self, _family: &Family) -> String {
        self.name.to_owned()
    }

    fn dissector(&self, _family: &Family, _hint: Option<DisplayHint>) -> Entries {
        kind(self.name)
    }

    fn kernel_type(&self, _side: &kernel::Side<'_>, _at: &kernel::At<'_>) -> Option<String> {
        self.is_flag.then(|| "flag".to_owned())
    }

    fn kernel_max(&self) -> Option<usize> {
        Some(0)
    }

    fn user_kind(&self, _side: &user::Side<'_>, _hint: Option<DisplayHint>) -> String {
        "Kind::Flag".to_owned()
    }

    fn user_field(&self, _side: &user::Side<'_>, to: &FieldPlace<'_>) -> Option<FieldCode> {
        self.is_flag.then(|| to.flag())
    }

    fn user_size(&self, _family: &Family, _nests: &Nests, _set: SetId) -> usize {
        usize::from(self.is_flag)
    }
}
