// SPDX-License-Identifier: MIT OR Apache-2.0

//! Bytes, structs, and numbers without headers.

use super::{AttributeType, Number};
use crate::emit::kernel::{self, bytes};
use crate::emit::syzkaller::{self, MORE, array};
use crate::emit::user::{self, Nests};
use crate::emit::wireshark::{self, Entries, structured};
use crate::model::{
    Attribute, Binary, Content, DisplayHint, Family, Int, Length, Limit, Meaning, SetId,
};
use std::collections::BTreeSet;

/// Bytes.
pub(super) struct Bytes<'a>(pub(super) &'a Binary);

impl AttributeType for Bytes<'_> {
    fn page(&self, family: &Family) -> String {
        match &self.0.content {
            Content::Bytes => "binary".to_owned(),
            Content::Numbers(int) => format!("binary of {}", Number(int).page(family)),
            Content::Struct(id) => format!("struct `{}`", family.structure(*id).name),
        }
    }

    fn page_limits(&self, _family: &Family) -> String {
        match &self.0.len {
            Length::Any => String::new(),
            Length::Exact(len) => format!("{} bytes", len.value),
            Length::Min(min) => format!("at least {} bytes", min.value),
            Length::Max(max) => format!("at most {} bytes", max.value),
            Length::Range(min, max) => format!("{} to {} bytes", min.value, max.value),
        }
    }

    fn dissector(&self, family: &Family, hint: Option<DisplayHint>) -> Entries {
        match &self.0.content {
            Content::Bytes => wireshark::bytes(hint),
            Content::Numbers(int) => wireshark::of("row", &Number(int).dissector(family, hint)),
            Content::Struct(id) => structured(family, *id),
        }
    }

    fn syzlang_payload(&self, description: &mut syzkaller::Description<'_>) -> String {
        let (item, size) = match &self.0.content {
            Content::Struct(id) => return description.struct_type(*id),
            Content::Bytes => ("int8".to_owned(), 1),
            Content::Numbers(int) => (Number(int).syzlang_type(false), int.kind.bytes() as i128),
        };
        match &self.0.len {
            Length::Any => format!("array[{item}]"),
            Length::Exact(len) => array(&item, len.value / size, len.value / size),
            Length::Min(min) => array(&item, min.value / size, (min.value + MORE) / size),
            Length::Max(max) => array(&item, 0, max.value / size),
            Length::Range(min, max) => array(&item, min.value / size, max.value / size),
        }
    }

    fn kernel_type(&self, side: &kernel::Side<'_>, _at: &kernel::At<'_>) -> Option<String> {
        Some(match (self.0.native_numbers(), &self.0.len) {
            (Some(kind), _) => format!("numbers({})", kind.name()),
            (None, Length::Exact(len)) => format!("bytes({})", side.limit_name(*len)),
            (None, _) => "bytes".to_owned(),
        })
    }

    fn kernel_max(&self) -> Option<usize> {
        self.max_len().and_then(bytes)
    }

    fn user_kind(&self, side: &user::Side<'_>, hint: Option<DisplayHint>) -> String {
        match (&self.0.content, hint) {
            (Content::Numbers(int), _) => {
                let kind = Number(int).user_kind(side, None);
                format!("Kind::Numbers({}, &{kind})", int.kind.bytes())
            }
            (Content::Struct(id), _) => {
                let (genl, name) = (side.genl(), side.struct_type(*id));
                format!("Kind::Struct({genl}::codegen::structure::<{name}>)")
            }
            (Content::Bytes, Some(DisplayHint::Mac | DisplayHint::Fddi)) => "Kind::Mac".to_owned(),
            (
                Content::Bytes,
                Some(DisplayHint::Ipv4 | DisplayHint::Ipv6 | DisplayHint::Ipv4OrV6),
            ) => "Kind::Address".to_owned(),
            (Content::Bytes, Some(DisplayHint::SockAddr)) => "Kind::SocketAddr".to_owned(),
            (Content::Bytes, Some(DisplayHint::Uuid)) => "Kind::Uuid".to_owned(),
            (Content::Bytes, Some(DisplayHint::Hex) | None) => "Kind::Binary".to_owned(),
        }
    }

    fn user_limit(
        &self,
        side: &user::Side<'_>,
        _limited: &BTreeSet<SetId>,
        hint: Option<DisplayHint>,
    ) -> Option<String> {
        let (min, max) = match self.0.len {
            Length::Any => return None,
            Length::Exact(len) => (len.value, len.value),
            Length::Min(min) => (min.value, u16::MAX.into()),
            Length::Max(max) => (0, max.value),
            Length::Range(min, max) => (min.value, max.value),
        };
        let lens = self.user_lens(side, hint);
        let is_kept = !lens.is_empty() && lens.iter().all(|len| (min..=max).contains(len));
        (!is_kept).then(|| format!("Binary({min}..={max})"))
    }

    fn user_value(&self, side: &user::Side<'_>, at: &user::At) -> Option<user::Value> {
        Some(match (&self.0.content, at.hint) {
            (Content::Struct(id), _) => {
                let name = side.struct_type(*id);
                user::Value::new(name, "attr.structure()?", "to.put_struct($, &value);")
            }
            (Content::Numbers(int), _) => numbers(side, int, at.set)?,
            (Content::Bytes, Some(DisplayHint::Ipv4)) => user::Value::ipv4(),
            (Content::Bytes, Some(DisplayHint::Ipv6)) if self.has_hinted_len(16) => {
                user::Value::new("Ipv6Addr", "attr.ipv6()?", "to.put_ipv6($, value);")
            }
            (Content::Bytes, Some(DisplayHint::Ipv4OrV6)) => {
                user::Value::new("IpAddr", "attr.ip()?", "to.put_ip($, value);")
            }
            (Content::Bytes, Some(DisplayHint::Mac)) if self.has_hinted_len(6) => {
                user::Value::new("MacAddr", "attr.mac()?", "to.put_mac($, value);").with_into()
            }
            (Content::Bytes, Some(DisplayHint::SockAddr)) => user::Value::new(
                "SocketAddr",
                "attr.socket_addr()?",
                "to.put_socket_addr($, value);",
            ),
            (Content::Bytes, _) => match self.0.len {
                Length::Exact(len) => user::Value::new(
                    &format!("&'a [u8; {}]", len.value),
                    "attr.exact()?",
                    "to.put_bytes($, value);",
                ),
                _ => user::Value::new("&'a [u8]", "attr.payload()", "to.put_bytes($, value);"),
            },
        })
    }

    fn user_size(&self, family: &Family, _nests: &Nests, _set: SetId) -> usize {
        match self.0.content {
            Content::Struct(id) => 8 + family.struct_len(id),
            Content::Bytes => 16,
            Content::Numbers(_) => 40,
        }
    }

    fn user_serializer(&self, attribute: &Attribute, rust: &str) -> Option<&'static str> {
        if !matches!(self.0.content, Content::Bytes) || !rust.contains("&'a [u8") {
            return None;
        }
        Some(match attribute.hint {
            _ if attribute.multi => "many_bytes",
            Some(DisplayHint::Mac | DisplayHint::Fddi) => "mac",
            Some(DisplayHint::Uuid) => "uuid",
            Some(DisplayHint::Hex) => "spaced",
            _ => "bytes",
        })
    }
}

impl Bytes<'_> {
    /// Returns whether bytes with a display hint for this length have it on the user side.
    fn has_hinted_len(&self, hinted: i128) -> bool {
        match self.0.len {
            Length::Exact(len) | Length::Min(len) => len.value == hinted,
            Length::Any => true,
            Length::Max(_) | Length::Range(..) => false,
        }
    }

    /// Returns the lengths that the type on the user side can have, or none if it can have any.
    fn user_lens(&self, side: &user::Side<'_>, hint: Option<DisplayHint>) -> Vec<i128> {
        match (&self.0.content, hint, &self.0.len) {
            (Content::Struct(id), ..) => vec![side.struct_len(*id)],
            (Content::Numbers(_), ..) => Vec::new(),
            (Content::Bytes, Some(DisplayHint::Ipv4), _) => vec![4],
            (Content::Bytes, Some(DisplayHint::Ipv6), _) if self.has_hinted_len(16) => vec![16],
            (Content::Bytes, Some(DisplayHint::Ipv4OrV6), _) => vec![4, 16],
            (Content::Bytes, Some(DisplayHint::Mac), _) if self.has_hinted_len(6) => vec![6],
            (Content::Bytes, Some(DisplayHint::SockAddr), _) => vec![16, 28],
            (Content::Bytes, _, Length::Exact(len)) => vec![len.value],
            (Content::Bytes, ..) => Vec::new(),
        }
    }

    fn max_len(&self) -> Option<Limit> {
        match self.0.len {
            Length::Exact(len) | Length::Max(len) | Length::Range(_, len) => Some(len),
            Length::Any | Length::Min(_) => None,
        }
    }
}

/// Returns the value of numbers without headers.
fn numbers(side: &user::Side<'_>, int: &Int, set: SetId) -> Option<user::Value> {
    let at = user::At { set, hint: None };
    let item = Number(int).user_value(side, &at)?;
    let rust = int.kind.rust();
    let number = match int.meaning {
        Meaning::Number => format!("{rust}::to_ne_bytes"),
        Meaning::Enum(_) => format!("|value| {rust}::from(value).to_ne_bytes()"),
        Meaning::Flags(_) => "|value| value.bits().to_ne_bytes()".to_owned(),
    };
    let read = format!("MultiAttr::numbers(attr, {})?", int.kind.bytes());
    let write = format!("to.put_numbers($, value.iter().map({number}));");
    Some(user::Value::new(&format!("MultiAttr<'a, {}>", item.kind), &read, &write).with_into())
}
