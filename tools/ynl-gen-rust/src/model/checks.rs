// SPDX-License-Identifier: MIT OR Apache-2.0

//! Validates the `checks` and the `display-hint` of an attribute.

use super::definitions::Definitions;
use super::types::*;
use crate::spec::{At, Checks, Place, Problem, Scalar, Word};

/// Maximum length of an attribute's payload.
const PAYLOAD_MAX: i128 = u16::MAX as i128 - 4;

/// Maximum length in a policy, which has 16 signed bits for it.
const BYTES_MAX: i128 = i16::MAX as i128;

/// Resolves the constants in the checks of an attribute.
#[derive(Debug)]
pub(super) struct Resolver<'a> {
    /// Name of the attribute, for errors.
    pub(super) attribute: &'a str,
    /// Checks of the attribute.
    pub(super) checks: &'a Checks,
    /// Definitions that the checks refer to.
    pub(super) definitions: &'a Definitions,
}

impl Resolver<'_> {
    /// Rejects all checks except the `allowed` ones of the type.
    pub(super) fn only(&self, allowed: &[&str], kind: &str) -> Result<(), Problem> {
        let Checks {
            flags_mask,
            min,
            max,
            min_len,
            max_len,
            exact_len,
            unterminated_ok,
        } = self.checks;
        let place = |key: &Option<At<Scalar>>| key.as_ref().map(|key| key.place);
        let present = [
            ("flags-mask", flags_mask.as_ref().map(|key| key.place)),
            ("min", place(min)),
            ("max", place(max)),
            ("min-len", place(min_len)),
            ("max-len", place(max_len)),
            ("exact-len", place(exact_len)),
            (
                "unterminated-ok",
                unterminated_ok.as_ref().map(|key| key.place),
            ),
        ];
        for (key, place) in present {
            if let Some(place) = place.filter(|_| !allowed.contains(&key)) {
                let problem = format!("the check `{key}` does not apply to the type `{kind}`");
                let expected = match allowed {
                    [] => "no checks".to_owned(),
                    allowed => crate::spec::list(allowed.iter().copied()),
                };
                return Err(Problem::at(place, problem).expected(expected));
            }
        }
        Ok(())
    }

    /// Returns the limits of a number, which must fit in its type.
    pub(super) fn int_range(
        &self,
        kind: IntKind,
    ) -> Result<(Option<Limit>, Option<Limit>), Problem> {
        let min = self.int_limit(self.checks.min.as_ref(), kind)?;
        let max = self.int_limit(self.checks.max.as_ref(), kind)?;
        if let (Some(min), Some(max), Some(written)) = (min, max, &self.checks.max) {
            self.in_order(min, max, written.place)?;
        }
        Ok((min, max))
    }

    /// Rejects checks of a number that the kernel would compare in the wrong byte order.
    pub(super) fn check_byte_order(&self, int: &Int) -> Result<(), Problem> {
        match self
            .number_check()
            .filter(|_| int.is_swapped_for_policies())
        {
            None => Ok(()),
            Some((key, place)) => {
                let problem = format!(
                    "the kernel cannot check `{key}` of `{}` in this byte order",
                    self.attribute
                );
                Err(Problem::at(place, problem)
                    .expected("no check, or a big-endian `u16` or `u32`"))
            }
        }
    }

    /// Rejects several checks, of which a policy could express only one, and limits outside the
    /// enum.
    pub(super) fn one_policy(&self, int: &Int) -> Result<(), Problem> {
        let name = match int.meaning {
            Meaning::Number => None,
            Meaning::Enum(id) | Meaning::Flags(id) => Some(&self.definitions.enums[id.0]),
        };
        let limits = [("min", &self.checks.min), ("max", &self.checks.max)];
        let limits = limits
            .into_iter()
            .filter_map(|(key, limit)| Some((key, limit.as_ref()?)));
        let values = [int.min, int.max].into_iter().flatten();
        for ((key, limit), value) in limits.zip(values) {
            let other = match name {
                None if int.flags_mask.is_some() => "`flags-mask`".to_owned(),
                Some(one) if matches!(int.meaning, Meaning::Flags(_)) => {
                    format!("the flags `{}`", one.name)
                }
                Some(one) if one.is_sparse() => {
                    format!("the enum `{}`, which has gaps", one.name)
                }
                Some(one) => {
                    self.in_enum(one, value.value, limit.place)?;
                    continue;
                }
                None => continue,
            };
            return Err(self.two_at_once(key, &other, limit.place));
        }
        match (&self.checks.flags_mask, name) {
            (Some(mask), Some(one)) => {
                Err(self.two_at_once("flags-mask", &format!("`enum: {}`", one.name), mask.place))
            }
            _ => Ok(()),
        }
    }

    fn two_at_once(&self, key: &str, other: &str, place: Place) -> Problem {
        let problem = format!("`{}` has two checks, `{key}` and {other}", self.attribute);
        Problem::at(place, problem).expected("one check, as a policy has only one")
    }

    fn in_enum(&self, one: &Enum, limit: i128, place: Place) -> Result<(), Problem> {
        let (low, high) = one.range();
        if (low.into()..=high.into()).contains(&limit) {
            return Ok(());
        }
        let problem = format!("the limit {limit} is outside the enum `{}`", one.name);
        Err(Problem::at(place, problem).expected(format!("{low} to {high}")))
    }

    /// Returns the first check of a number, and its place.
    fn number_check(&self) -> Option<(&'static str, Place)> {
        let Checks {
            flags_mask,
            min,
            max,
            ..
        } = self.checks;
        let mask = flags_mask.as_ref().map(|mask| ("flags-mask", mask.place));
        let min = min.as_ref().map(|min| ("min", min.place));
        let max = max.as_ref().map(|max| ("max", max.place));
        min.or(max).or(mask)
    }

    fn int_limit(
        &self,
        written: Option<&At<Scalar>>,
        kind: IntKind,
    ) -> Result<Option<Limit>, Problem> {
        let Some(written) = written else {
            return Ok(None);
        };
        let limit = self.number(written)?;
        let (low, high) = kind.range();
        if !(low..=high).contains(&limit.value) {
            let problem = format!(
                "the limit {} of `{}` is outside its type `{}`",
                limit.value,
                self.attribute,
                kind.name()
            );
            return Err(Problem::at(written.place, problem).expected(format!("{low} to {high}")));
        }
        Ok(Some(limit))
    }

    /// Returns the length limits of bytes.
    pub(super) fn length(&self) -> Result<Length, Problem> {
        let exact = self.len(self.checks.exact_len.as_ref(), 0, BYTES_MAX)?;
        let min = self.len(self.checks.min_len.as_ref(), 0, BYTES_MAX)?;
        let max = self.len(self.checks.max_len.as_ref(), 0, BYTES_MAX)?;
        match (exact, min, max) {
            (None, None, None) => Ok(Length::Any),
            (Some(exact), None, None) => Ok(Length::Exact(exact)),
            (None, Some(min), None) => Ok(Length::Min(min)),
            (None, None, Some(max)) => Ok(Length::Max(max)),
            (None, Some(min), Some(max)) => {
                if let Some(written) = &self.checks.max_len {
                    self.in_order(min, max, written.place)?;
                }
                Ok(Length::Range(min, max))
            }
            (Some(_), ..) => Err(self.exact_and_other()),
        }
    }

    /// Returns the checks of text.
    pub(super) fn text(&self) -> Result<Text, Problem> {
        let text = Text {
            // In a policy, 0 means no limit.
            max_len: self.len(self.checks.max_len.as_ref(), 1, PAYLOAD_MAX)?,
            exact_len: self.len(self.checks.exact_len.as_ref(), 0, BYTES_MAX)?,
            unterminated_ok: self
                .checks
                .unterminated_ok
                .as_ref()
                .is_some_and(|ok| ok.value),
        };
        if text.max_len.is_some() && text.exact_len.is_some() {
            return Err(self.exact_and_other());
        }
        Ok(text)
    }

    fn exact_and_other(&self) -> Problem {
        let place = self.checks.exact_len.as_ref().map(|written| written.place);
        let problem = format!("`{}` has `exact-len` and another length", self.attribute);
        Problem::at(place.unwrap_or_default(), problem).expected("`exact-len` alone")
    }

    fn len(
        &self,
        written: Option<&At<Scalar>>,
        low: i128,
        high: i128,
    ) -> Result<Option<Limit>, Problem> {
        let Some(written) = written else {
            return Ok(None);
        };
        let limit = self.number(written)?;
        if !(low..=high).contains(&limit.value) {
            let problem = format!("a policy cannot check the length {}", limit.value);
            return Err(Problem::at(written.place, problem).expected(format!("{low} to {high}")));
        }
        Ok(Some(limit))
    }

    fn in_order(&self, min: Limit, max: Limit, place: Place) -> Result<(), Problem> {
        if min.value <= max.value {
            return Ok(());
        }
        let problem = format!(
            "the minimum {1} of `{0}` exceeds the maximum {2}",
            self.attribute, min.value, max.value
        );
        Err(Problem::at(place, problem))
    }

    /// Resolves a number, a constant, a constant minus 1, or the limit of a type such as `u32-max`.
    fn number(&self, written: &At<Scalar>) -> Result<Limit, Problem> {
        let name = match &written.value {
            Scalar::Number(value) => {
                return Ok(Limit {
                    value: *value,
                    name: None,
                });
            }
            Scalar::Name(name) => name,
        };
        let (name, less) = match name.strip_suffix(" - 1") {
            Some(name) => (name, 1),
            None => (name.as_str(), 0),
        };
        if let Some(value) = type_limit(name).filter(|_| !self.definitions.has(name)) {
            return Ok(Limit {
                value: value - less,
                name: None,
            });
        }
        let word = At {
            value: name.to_owned(),
            place: written.place,
        };
        let limit = self.definitions.find_number(&word)?;
        if let Some(id) = limit.name {
            for_the_kernel(&word, self.definitions.consts[id.0].scope)?;
        }
        Ok(match less {
            0 => limit,
            less => Limit {
                value: limit.value - less,
                name: None,
            },
        })
    }
}

/// Rejects definitions for programs in a check, which only the kernel uses.
pub(super) fn for_the_kernel(name: &Word, scope: Scope) -> Result<(), Problem> {
    if scope != Scope::User {
        return Ok(());
    }
    let problem = format!(
        "`{}` has `scope: user`, and the kernel needs it",
        name.value
    );
    Err(Problem::at(name.place, problem).expected("a definition with `scope: uapi` or `kernel`"))
}

/// Returns the value of a name like `u32-max` or `s64-min`.
fn type_limit(name: &str) -> Option<i128> {
    let kind = [
        IntKind::U8,
        IntKind::U16,
        IntKind::U32,
        IntKind::U64,
        IntKind::S8,
        IntKind::S16,
        IntKind::S32,
        IntKind::S64,
    ];
    let (name, end) = name.split_once('-')?;
    let kind = kind.into_iter().find(|kind| kind.name() == name)?;
    match end {
        "min" => Some(kind.range().0),
        "max" => Some(kind.range().1),
        _ => None,
    }
}

/// The documentation of bytes with a socket address, for which the schema has no other key. The specs of
/// wireguard and nfsd have it.
const SOCK_ADDR: &str = "struct sockaddr_in or struct sockaddr_in6";

/// Returns the hint that an attribute's documentation implies.
pub(super) fn documented_hint(kind: &Kind, doc: &str) -> Option<DisplayHint> {
    let Kind::Binary(Binary {
        content: Content::Bytes,
        ..
    }) = kind
    else {
        return None;
    };
    (doc.trim_end_matches('.') == SOCK_ADDR).then_some(DisplayHint::SockAddr)
}

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
        DisplayHint::SockAddr => (None, "`binary`"),
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

#[cfg(test)]
mod tests {
    use super::type_limit;

    #[test]
    fn type_limits_are_resolved() {
        assert_eq!(type_limit("u32-max"), Some(u32::MAX.into()));
        assert_eq!(type_limit("s64-min"), Some(i64::MIN.into()));
        assert_eq!(type_limit("u64-max"), Some(u64::MAX.into()));
        assert_eq!(type_limit("u8-min"), Some(0));
        assert_eq!(type_limit("u24-max"), None);
        assert_eq!(type_limit("name-max"), None);
    }
}
