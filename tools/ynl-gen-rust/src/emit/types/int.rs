// SPDX-License-Identifier: MIT OR Apache-2.0

//! Numbers, also with the meaning of enums and flags.

use super::AttributeType;
use crate::emit::kernel;
use crate::emit::syzkaller::{self, Part};
use crate::emit::user::{self, Nests, Wire};
use crate::emit::wireshark::{Entries, hinted, kind, quoted};
use crate::model::{ByteOrder, DisplayHint, Family, Int, IntKind, Meaning, SetId, Widening};
use std::collections::BTreeSet;

/// A number.
pub(in crate::emit) struct Number<'a>(pub(in crate::emit) &'a Int);

impl AttributeType for Number<'_> {
    fn page(&self, family: &Family) -> String {
        let int = self.0;
        let order = match int.order {
            None => "",
            Some(ByteOrder::BigEndian) => ", big-endian",
            Some(ByteOrder::LittleEndian) => ", little-endian",
        };
        let meaning = match int.meaning {
            Meaning::Number => String::new(),
            Meaning::Enum(id) => format!(", enum `{}`", family.enumeration(id).name),
            Meaning::Flags(id) => format!(", flags `{}`", family.enumeration(id).name),
        };
        format!("{}{order}{meaning}", int.kind.name())
    }

    fn page_limits(&self, family: &Family) -> String {
        let int = self.0;
        let of_enum = match int.meaning {
            Meaning::Enum(id) if !family.enumeration(id).is_sparse() => {
                Some(family.enumeration(id).range())
            }
            _ => None,
        };
        let min = int.min.map(|min| min.value);
        let max = int.max.map(|max| max.value);
        let min = min.or(of_enum.map(|range| range.0.into()));
        let max = max.or(of_enum.map(|range| range.1.into()));
        match (min, max, int.flags_mask) {
            (Some(min), Some(max), _) => format!("{min} to {max}"),
            (Some(min), None, _) => format!("at least {min}"),
            (None, Some(max), _) => format!("at most {max}"),
            (None, None, Some(id)) => format!("flags of `{}`", family.enumeration(id).name),
            (None, None, None) => String::new(),
        }
    }

    fn dissector(&self, family: &Family, hint: Option<DisplayHint>) -> Entries {
        let int = self.0;
        let mut entries = kind(int.kind.name());
        match int.order {
            Some(ByteOrder::BigEndian) => entries.push(("order", quoted("big"))),
            Some(ByteOrder::LittleEndian) => entries.push(("order", quoted("little"))),
            None => {}
        }
        if let Meaning::Enum(id) | Meaning::Flags(id) = int.meaning {
            entries.push(("enum", quoted(&family.enumeration(id).name)));
        }
        if let Meaning::Flags(_) = int.meaning {
            entries.push(("flags", "true".to_owned()));
        }
        entries.extend(hinted(hint));
        entries
    }

    fn syzlang_payload(&self, description: &mut syzkaller::Description<'_>) -> String {
        let int = self.0;
        let stated = int.min.or(int.max).is_some();
        let bits = self.syzlang_type(false);
        match (int.meaning, int.flags_mask) {
            (Meaning::Flags(id), _) => format!("flags[{}, {bits}]", description.list(id, true)),
            (Meaning::Enum(id), _) if !stated => {
                format!("flags[{}, {bits}]", description.list(id, false))
            }
            (_, Some(id)) => format!("flags[{}, {bits}]", description.list(id, true)),
            _ if stated => self.syzlang_range(),
            _ if self.has_two_widths() => description.part(Part::Uint),
            _ => bits,
        }
    }

    fn kernel_type(&self, side: &kernel::Side<'_>, at: &kernel::At<'_>) -> Option<String> {
        let kind = self.kernel_name()?;
        let meaning = match self.0.meaning {
            Meaning::Number => None,
            Meaning::Enum(_) | Meaning::Flags(_) => Some(side.int_type(self.0)),
        };
        let pad = side.padding(at.set, self.0).filter(|_| !at.is_read);
        let pad = pad.map(|pad| format!("pad {pad}"));
        let details: Vec<_> = meaning.into_iter().chain(pad).collect();
        Some(match details.is_empty() {
            true => kind,
            false => format!("{kind}({})", details.join(", ")),
        })
    }

    fn kernel_max(&self) -> Option<usize> {
        Some(self.0.kind.bytes())
    }

    fn user_kind(&self, side: &user::Side<'_>, hint: Option<DisplayHint>) -> String {
        let int = self.0;
        match (int.meaning, int.order) {
            (_, Some(ByteOrder::BigEndian)) if hint == Some(DisplayHint::Ipv4) => {
                "Kind::Address".to_owned()
            }
            (_, Some(ByteOrder::BigEndian)) => "Kind::BigEndian".to_owned(),
            (_, Some(ByteOrder::LittleEndian)) => "Kind::LittleEndian".to_owned(),
            (Meaning::Enum(id), None) => format!("Kind::Enum(&{}::NAMES)", side.enum_type(id)),
            (Meaning::Flags(id), None) => format!("Kind::Flags(&{}::NAMES)", side.flags_type(id)),
            (Meaning::Number, None) if int.kind.is_signed() => "Kind::Signed".to_owned(),
            (Meaning::Number, None) => "Kind::Unsigned".to_owned(),
        }
    }

    fn user_limit(
        &self,
        _side: &user::Side<'_>,
        _limited: &BTreeSet<SetId>,
        _hint: Option<DisplayHint>,
    ) -> Option<String> {
        let int = self.0;
        let (low, high) = int.kind.range();
        let min = int.min.map_or(low, |limit| limit.value);
        let max = int.max.map_or(high, |limit| limit.value);
        let kind = match int.kind {
            IntKind::Uint => "Uint",
            IntKind::Sint => "Sint",
            _ if int.is_swapped() => "BigEndian",
            kind if kind.is_signed() => "Signed",
            _ => "Unsigned",
        };
        ((min, max) != (low, high)).then(|| format!("{kind}({min}..={max})"))
    }

    fn user_value(&self, side: &user::Side<'_>, at: &user::At) -> Option<user::Value> {
        let int = self.0;
        if int.is_ipv4(at.hint) {
            return Some(user::Value::ipv4());
        }
        let widening = side.widening(int).unwrap_or(Widening::Same);
        let wire = Wire::new(int, widening);
        Some(match int.meaning {
            Meaning::Number => user::Value::new(int.kind.rust(), &wire.read, &wire.write("value")),
            Meaning::Enum(id) => {
                let (name, number) = (side.enum_type(id), side.carrier(int.meaning).rust());
                user::Value::new(
                    name,
                    &format!("{name}::from({})", wire.read),
                    &wire.write(&format!("{number}::from(value)")),
                )
            }
            Meaning::Flags(id) => {
                let name = side.flags_type(id);
                let read = format!("{name}::from_bits_retain({})", wire.read);
                user::Value::new(name, &read, &wire.write("value.bits()"))
            }
        })
    }

    fn user_size(&self, _family: &Family, _nests: &Nests, _set: SetId) -> usize {
        2 * self.0.kind.bytes()
    }
}

impl Number<'_> {
    /// Returns whether the number takes four or eight bytes.
    pub(in crate::emit) fn has_two_widths(&self) -> bool {
        matches!(self.0.kind, IntKind::Uint | IntKind::Sint)
    }

    /// Returns the type in syzlang. `wide` selects the eight-byte form of `uint` and `sint`.
    pub(in crate::emit) fn syzlang_type(&self, wide: bool) -> String {
        let bits = match self.0.kind {
            IntKind::Uint | IntKind::Sint if !wide => 32,
            kind => kind.bytes() * 8,
        };
        let order = match self.0.order {
            Some(ByteOrder::BigEndian) if bits > 8 => "be",
            _ => "",
        };
        format!("int{bits}{order}")
    }

    /// Returns the type with limits in syzlang.
    fn syzlang_range(&self) -> String {
        let (low, high) = self.0.kind.range();
        let min = self.0.min.map_or(low, |limit| limit.value);
        let max = self.0.max.map_or(high, |limit| limit.value);
        let wide = min < i128::from(i32::MIN) || max > i128::from(u32::MAX);
        format!("{}[{min}:{max}]", self.syzlang_type(wide))
    }

    /// Returns the name of the type in the kernel's tables, if it has one.
    fn kernel_name(&self) -> Option<String> {
        let int = self.0;
        let order = match int.order.filter(|_| int.is_swapped()) {
            None => return Some(int.kind.name().to_owned()),
            Some(_) if int.kind.is_signed() => return None,
            Some(ByteOrder::BigEndian) => "be",
            Some(ByteOrder::LittleEndian) => "le",
        };
        Some(format!("{order}{}", int.kind.bytes() * 8))
    }
}
