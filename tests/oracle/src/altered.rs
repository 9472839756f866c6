// SPDX-License-Identifier: MIT OR Apache-2.0

//! A spec of which our compiler reads a changed text, so that the module must find differences.

/// The name of the module in the tests.
pub(crate) const NAME: &str = "altered";

/// The changes: old text, new text, and the difference that the module must log.
type Change = (&'static str, &'static str, &'static str);

const CHANGES: [Change; 16] = [
    (
        "max-len: 100",
        "max-len: 99",
        "command 2, do, attribute 5: len: theirs 100 (0x64), ours 99 (0x63)",
    ),
    (
        "max-len: 256",
        "max-len: 255",
        "command 2, do, attribute 9: max: theirs 256 (0x100), ours 255 (0xff)",
    ),
    (
        "min-len: 4",
        "min-len: 5",
        "command 2, do, attribute 10: min: theirs 4 (0x4), ours 5 (0x5)",
    ),
    (
        "[zero, one, two]",
        "[zero, one, two, three]",
        "command 2, do, attribute 13: max: theirs 2 (0x2), ours 3 (0x3)",
    ),
    (
        "value: 200",
        "value: 201",
        "command 2, do, attribute 30: accepts 200: theirs 1 (0x1), ours 0 (0x0)",
    ),
    (
        "type: u64\n        enum: sparse",
        "type: uint\n        enum: sparse",
        "command 2, do, attribute 29: type: theirs 4 (0x4), ours 21 (0x15)",
    ),
    (
        "value: 70000",
        "value: 70001",
        "command 2, do, attribute 42: range.max: theirs 70000 (0x11170), ours 70001 (0x11171)",
    ),
    (
        "[first, second, third]",
        "[first, second]",
        "command 2, do, attribute 34: mask: theirs 7 (0x7), ours 3 (0x3)",
    ),
    (
        "name: number\n        type: s64",
        "name: number\n        type: s32",
        "command 2, do, attribute 46.4.2.3: type: theirs 15 (0xf), ours 14 (0xe)",
    ),
    (
        "type: s32\n        enum: from-zero",
        "type: s32\n        enum: from-zero\n        checks:\n          min: 1",
        "command 2, do, attribute 18: min: theirs 0 (0x0), ours 1 (0x1)",
    ),
    (
        "\n        checks:\n          max: 10\n",
        "\n",
        "command 2, do, attribute 50: validation_type: theirs 4 (0x4), ours 0 (0x0)",
    ),
    (
        "flags: [uns-admin-perm]\n      dump",
        "flags: [admin-perm]\n      dump",
        "command 3, dump: flags: theirs 20 (0x14), ours 5 (0x5)",
    ),
    (
        "value: 10\n",
        "value: 11\n",
        "command 10, do: cmd: theirs 10 (0xa), ours 11 (0xb)",
    ),
    (
        "attributes: [text, far-away]",
        "attributes: [text]",
        "command 12, do: maxattr: theirs 100 (0x64), ours 4 (0x4)",
    ),
    (
        "news",
        "olds",
        "group 0: name: theirs \"news\", ours \"olds\"",
    ),
    (
        "name: secrets\n      flags: [uns-admin-perm]\n",
        "name: secrets\n",
        "group 1: flags by the spec: theirs 1 (0x1), ours 0 (0x0)",
    ),
];

/// Returns the changed text of `specs/shapes.yaml`.
pub(crate) fn text(shapes: &str) -> String {
    CHANGES
        .iter()
        .fold(shapes.to_owned(), |text, (from, to, _)| {
            text.replace(from, to)
        })
}

/// Returns the expected log, line by line.
pub(crate) fn lines() -> String {
    CHANGES
        .iter()
        .map(|(.., line)| format!("{line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mutation_changes_one_field() {
        let shapes = include_str!("../specs/shapes.yaml");
        for (from, to, _) in CHANGES {
            assert!(shapes.contains(from), "{from} is missing");
            assert_ne!(from, to);
        }
    }
}
