// SPDX-License-Identifier: MIT OR Apache-2.0

//! Validates `display-hint`.

use super::types::*;
use crate::spec::{At, Problem};

/// Rejects a hint that does not apply to the type.
pub(super) fn check_hint(name: &str, kind: &Kind, hint: &At<DisplayHint>) -> Result<(), Problem> {
    let kind = match kind {
        Kind::Array(item) => item,
        other => other,
    };
    let len = match kind {
        Kind::Binary(binary) => match binary.content {
            Content::Bytes => Some(&binary.len),
            Content::Numbers(_) if hint.value == DisplayHint::Hex => return Ok(()),
            _ => None,
        },
        _ => None,
    };
    let number = match kind {
        Kind::Int(int) => Some((int.kind, int.order)),
        _ => None,
    };
    let (bytes, fits) = match hint.value {
        DisplayHint::Hex | DisplayHint::Fddi | DisplayHint::Ipv4OrV6 => (None, "`binary`"),
        DisplayHint::Mac => (Some(6), "`binary` of 6 bytes"),
        DisplayHint::Ipv4 => (Some(4), "a big-endian `u32`, or `binary` of 4 bytes"),
        DisplayHint::Ipv6 => (Some(16), "`binary` of 16 bytes"),
        DisplayHint::Uuid => (Some(16), "`binary` of 16 bytes"),
    };
    let address = Some((IntKind::U32, Some(ByteOrder::BigEndian)));
    let fit = match len {
        Some(Length::Exact(exact)) => bytes.is_none_or(|bytes: i128| bytes == exact.value),
        Some(_) => true,
        None => hint.value == DisplayHint::Ipv4 && number == address,
    };
    if fit {
        return Ok(());
    }
    let problem = format!("this `display-hint` does not apply to `{name}`");
    Err(Problem::at(hint.place, problem).expected(fits))
}
