// SPDX-License-Identifier: MIT OR Apache-2.0

//! A spec with all checks of numbers: each type, each check, and each limit at which the form of
//! the kernel's policy changes.

use std::fmt::Write;

/// A type of numbers.
struct Kind {
    name: &'static str,
    min: i128,
    max: i128,
    byte_order: Option<&'static str>,
}

/// The limits at which the form changes: `struct nla_policy` has 16 bits for a limit.
const LIMITS: [i128; 9] = [
    i32::MIN as i128,
    i16::MIN as i128 - 1,
    i16::MIN as i128,
    -1,
    0,
    1,
    i16::MAX as i128,
    i16::MAX as i128 + 1,
    u32::MAX as i128 + 1,
];

/// The text before the constants.
const HEAD: &str = "\
# SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
---
name: oracle-numbers
protocol: genetlink
doc: Numbers.

definitions:
";

/// The text before the attributes.
const SET: &str = "
attribute-sets:
  -
    name: number
    attributes:
";

/// The text before the names of the attributes.
const TAIL: &str = "
operations:
  list:
    -
      name: set
      doc: Set all.
      attribute-set: number
      do:
        request:
          attributes:
";

/// Returns the text of the spec.
pub(crate) fn spec() -> String {
    let [mut constants, mut attributes, mut names] = [const { String::new() }; 3];
    for limit in LIMITS.into_iter().filter(|&limit| limit < 0) {
        write_constant(&mut constants, limit);
    }
    for kind in kinds() {
        for (min, max) in checks(&kind) {
            let name = format!("{}-{}", kind.label(), label(min, max));
            write_attribute(&mut attributes, &kind, &name, min, max);
            writeln!(names, "            - {name}").expect("writing to a string succeeds");
        }
    }
    format!("{HEAD}{constants}{SET}{attributes}{TAIL}{names}")
}

fn kinds() -> Vec<Kind> {
    let kind = |name, min, max| Kind {
        name,
        min,
        max,
        byte_order: None,
    };
    let ordered = |name, max, byte_order| Kind {
        name,
        min: 0,
        max,
        byte_order: Some(byte_order),
    };
    vec![
        kind("u8", 0, u8::MAX.into()),
        kind("u16", 0, u16::MAX.into()),
        kind("u32", 0, u32::MAX.into()),
        kind("u64", 0, u64::MAX.into()),
        kind("uint", 0, u64::MAX.into()),
        kind("s8", i8::MIN.into(), i8::MAX.into()),
        kind("s16", i16::MIN.into(), i16::MAX.into()),
        kind("s32", i32::MIN.into(), i32::MAX.into()),
        kind("s64", i64::MIN.into(), i64::MAX.into()),
        kind("sint", i64::MIN.into(), i64::MAX.into()),
        ordered("u16", u16::MAX.into(), "big-endian"),
        ordered("u32", u32::MAX.into(), "big-endian"),
        ordered("u32", u32::MAX.into(), "little-endian"),
    ]
}

/// Adds the checks: none, each limit, and each pair of limits. The kernel cannot check
/// little-endian numbers.
fn checks(kind: &Kind) -> Vec<(Option<i128>, Option<i128>)> {
    if kind.byte_order == Some("little-endian") {
        return vec![(None, None)];
    }
    let limits: Vec<_> = LIMITS
        .into_iter()
        .filter(|limit| (kind.min..=kind.max).contains(limit))
        .collect();
    let mut checks = vec![(None, None)];
    for (index, &limit) in limits.iter().enumerate() {
        checks.push((Some(limit), None));
        checks.push((None, Some(limit)));
        checks.extend(limits[index..].iter().map(|&max| (Some(limit), Some(max))));
    }
    checks
}

impl Kind {
    fn label(&self) -> String {
        match self.byte_order {
            Some(order) => format!("{}-{}", self.name, &order[..1]),
            None => self.name.to_owned(),
        }
    }
}

/// Returns a limit as text. A negative limit needs a constant, since the schema allows no negative
/// literal.
fn written(limit: i128) -> String {
    match limit {
        0.. => limit.to_string(),
        _ => format!("minus-{}", -limit),
    }
}

fn label(min: Option<i128>, max: Option<i128>) -> String {
    match (min, max) {
        (None, None) => "any".to_owned(),
        (Some(min), None) => format!("min-{}", written(min)),
        (None, Some(max)) => format!("max-{}", written(max)),
        (Some(min), Some(max)) => format!("from-{}-to-{}", written(min), written(max)),
    }
}

fn write_constant(out: &mut String, limit: i128) {
    let name = written(limit);
    writeln!(
        out,
        "  -\n    name: {name}\n    type: const\n    value: {limit}"
    )
    .expect("writing to a string succeeds");
}

fn write_attribute(
    out: &mut String,
    kind: &Kind,
    name: &str,
    min: Option<i128>,
    max: Option<i128>,
) {
    let mut lines = vec![
        "      -".to_owned(),
        format!("        name: {name}"),
        format!("        type: {}", kind.name),
    ];
    if let Some(order) = kind.byte_order {
        lines.push(format!("        byte-order: {order}"));
    }
    if min.is_some() || max.is_some() {
        lines.push("        checks:".to_owned());
    }
    for (check, limit) in [("min", min), ("max", max)] {
        if let Some(limit) = limit {
            lines.push(format!("          {check}: {}", written(limit)));
        }
    }
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_fit_their_types() {
        for kind in kinds() {
            for (min, max) in checks(&kind) {
                for limit in [min, max].into_iter().flatten() {
                    assert!((kind.min..=kind.max).contains(&limit), "{}", kind.name);
                }
                assert!(min.zip(max).is_none_or(|(min, max)| min <= max));
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let spec = spec();
        let mut names: Vec<_> = spec
            .lines()
            .filter_map(|line| line.strip_prefix("            - "))
            .collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert!(count > 200);
        assert_eq!(names.len(), count);
    }
}
