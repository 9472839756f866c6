// SPDX-License-Identifier: MIT OR Apache-2.0

//! Boundary values of specs: the last valid value and the first invalid value.

use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::model::{Check, NlaType, PolicyEntry};
use ynl_gen_rust::spec::Source;

/// A spec with each part in one line.
#[derive(Clone, Copy)]
struct Spec<'a> {
    name: &'a str,
    /// Keys of the family, each with a line break.
    keys: &'a str,
    definitions: &'a str,
    attributes: &'a str,
    operations: &'a str,
    groups: &'a str,
}

const SPEC: Spec<'_> = Spec {
    name: "limits",
    keys: "",
    definitions: "",
    attributes: "{name: a, type: u32}",
    operations: "{name: get, doc: get}",
    groups: "",
};

impl Spec<'_> {
    /// Builds the model, or returns the report of the problem.
    fn build(&self) -> Result<Family, String> {
        let text = format!(
            "# SPDX-License-Identifier: MIT\nname: {}\ndoc: limits\n{}\
             definitions: [{}]\n\
             attribute-sets: [{{name: set, attributes: [{}]}}]\n\
             operations: {{list: [{}]}}\n\
             mcast-groups: {{list: [{}]}}\n",
            self.name, self.keys, self.definitions, self.attributes, self.operations, self.groups
        );
        let source = Source {
            name: "limits.yaml".to_owned(),
            text,
        };
        let built = source
            .parse()
            .and_then(|document| model::build(&document, "MIT"));
        built.map_err(|problem| source.report(problem).to_string())
    }

    #[track_caller]
    fn accepted(&self) -> Family {
        self.build().unwrap_or_else(|report| panic!("{report}"))
    }

    /// Asserts that the spec is rejected with a report that contains `words`.
    #[track_caller]
    fn rejected(&self, words: &str) {
        let report = self.build().expect_err(words);
        assert!(report.contains(words), "{report}");
    }
}

/// Returns an attribute with checks.
fn attribute(kind: &str, checks: &str) -> String {
    format!("{{name: a, type: {kind}, checks: {{{checks}}}}}")
}

#[track_caller]
fn assert_attribute_accepted(attribute: &str) -> Family {
    Spec {
        attributes: attribute,
        ..SPEC
    }
    .accepted()
}

#[track_caller]
fn assert_attribute_rejected(attribute: &str, words: &str) {
    Spec {
        attributes: attribute,
        ..SPEC
    }
    .rejected(words);
}

/// Returns the policy of the first attribute.
#[track_caller]
fn policy(definitions: &str, attribute: &str) -> PolicyEntry {
    let family = Spec {
        definitions,
        attributes: attribute,
        ..SPEC
    }
    .accepted();
    let entry = PolicyEntry::of(&family, &family.sets[0].attributes[0]);
    entry.expect("a policy")
}

#[test]
fn name_of_family_or_group_is_limited_to_15_bytes() {
    for (name, is_fine) in [("a-name-of-15-by", true), ("a-name-of-16-byt", false)] {
        let group = format!("{{name: {name}}}");
        let family = Spec { name, ..SPEC };
        let group = Spec {
            groups: &group,
            ..SPEC
        };
        for spec in [family, group] {
            match is_fine {
                true => drop(spec.accepted()),
                false => spec.rejected("has 16 bytes"),
            }
        }
    }
}

#[test]
fn version_range_is_1_to_255() {
    let spec = |keys| Spec { keys, ..SPEC };
    for (keys, version) in [
        ("", 1),
        ("protocol: genetlink-legacy\nversion: 1\n", 1),
        ("protocol: genetlink-legacy\nversion: 255\n", 255),
    ] {
        assert_eq!(spec(keys).accepted().version, version);
    }
    for keys in [
        "protocol: genetlink-legacy\nversion: 0\n",
        "protocol: genetlink-legacy\nversion: 256\n",
    ] {
        spec(keys).rejected("invalid version");
    }
}

#[test]
fn attribute_number_range_is_1_to_16383() {
    for (number, is_fine) in [(0, false), (1, true), (16_383, true), (16_384, false)] {
        let attribute = format!("{{name: a, type: u32, value: {number}}}");
        match is_fine {
            true => drop(assert_attribute_accepted(&attribute)),
            false => assert_attribute_rejected(&attribute, "expected: 1 to 16383"),
        }
    }
    // An unused attribute may have the number 0, and numbering continues from there.
    let family = assert_attribute_accepted(
        "{name: spare, type: unused, value: 0}, {name: a, type: u32}, \
         {name: b, type: u32, value: 7}, {name: c, type: u32}",
    );
    let numbers: Vec<_> = family.sets[0]
        .attributes
        .iter()
        .map(|one| one.number)
        .collect();
    assert_eq!(numbers, [0, 1, 7, 8]);
}

#[test]
fn command_number_range_is_0_to_255() {
    for (number, is_fine) in [(0, true), (255, true), (-1, false), (256, false)] {
        let operation = format!("{{name: get, doc: get, value: {number}}}");
        let spec = Spec {
            operations: &operation,
            ..SPEC
        };
        match is_fine {
            true => drop(spec.accepted()),
            false => spec.rejected("expected: 0 to 255"),
        }
    }
}

#[test]
fn number_limits_must_fit_the_type() {
    for (kind, min, max) in [
        ("u8", 0_i128, i128::from(u8::MAX)),
        ("u16", 0, u16::MAX.into()),
        ("u32", 0, u32::MAX.into()),
        ("u64", 0, u64::MAX.into()),
        ("uint", 0, u64::MAX.into()),
        ("s8", i8::MIN.into(), i8::MAX.into()),
        ("s16", i16::MIN.into(), i16::MAX.into()),
        ("s32", i32::MIN.into(), i32::MAX.into()),
        ("s64", i64::MIN.into(), i64::MAX.into()),
        ("sint", i64::MIN.into(), i64::MAX.into()),
    ] {
        assert_attribute_accepted(&attribute(kind, &format!("min: {min}, max: {max}")));
        let beyond = format!("expected: {min} to {max}");
        let wider = i128::from(u64::MAX);
        if max < wider {
            let checks = format!("max: {}", max + 1);
            assert_attribute_rejected(&attribute(kind, &checks), &beyond);
        }
        if min > i64::MIN.into() {
            let checks = format!("min: {}", min - 1);
            assert_attribute_rejected(&attribute(kind, &checks), &beyond);
        }
    }
}

#[test]
fn range_may_contain_a_single_number() {
    for (kind, min, max) in [("u8", "min", "max"), ("binary", "min-len", "max-len")] {
        assert_attribute_accepted(&attribute(kind, &format!("{min}: 7, {max}: 7")));
        let empty = attribute(kind, &format!("{min}: 7, {max}: 6"));
        assert_attribute_rejected(&empty, "the minimum 7 of `a` exceeds the maximum 6");
    }
}

#[test]
fn length_limits_must_fit_policy_and_payload() {
    for (kind, check, least, most) in [
        ("binary", "min-len", 0, 32_767),
        ("binary", "max-len", 0, 32_767),
        ("binary", "exact-len", 0, 32_767),
        ("string", "exact-len", 0, 32_767),
        ("string", "max-len", 1, 65_531),
    ] {
        for len in [least, most] {
            assert_attribute_accepted(&attribute(kind, &format!("{check}: {len}")));
        }
        for len in [least - 1, most + 1] {
            let rejected = attribute(kind, &format!("{check}: {len}"));
            assert_attribute_rejected(&rejected, &format!("expected: {least} to {most}"));
        }
    }
}

#[test]
fn constant_minus_one_is_a_limit() {
    let definitions = "{name: most, type: const, value: 9}";
    let check = |checks| policy(definitions, &attribute("u32", checks)).check;
    for (checks, value) in [
        ("max: most", 9),
        ("max: most - 1", 8),
        ("max: u8-max", 255),
        ("max: u8-max - 1", 254),
    ] {
        let Check::Max(limit) = check(checks) else {
            panic!("{checks}");
        };
        assert_eq!(limit.value, value, "{checks}");
        // A name in the output must have exactly this value.
        assert_eq!(limit.name.is_some(), checks == "max: most", "{checks}");
    }
    // A definition shadows the limit of a type.
    let hidden = policy(
        "{name: u8-max, type: const, value: 5}",
        &attribute("u32", "max: u8-max"),
    );
    assert!(matches!(hidden.check, Check::Max(limit) if limit.value == 5));
}

#[test]
fn limits_above_16_bits_use_a_full_range() {
    let check = |kind: &str, checks| policy("", &attribute(kind, checks)).check;
    assert!(matches!(check("u32", "min: 32767"), Check::Min(_)));
    assert!(matches!(check("u32", "max: 32767"), Check::Max(_)));
    assert!(matches!(
        check("u32", "min: 1, max: 32767"),
        Check::Range(..)
    ));
    assert!(matches!(check("s32", "min: -32768"), Check::Min(_)));
    for (kind, checks) in [
        ("u32", "min: 32768"),
        ("u32", "max: 32768"),
        ("u32", "min: 1, max: 32768"),
        ("s32", "min: -32769"),
        ("s32", "min: -32769, max: 1"),
    ] {
        let check = check(kind, checks);
        assert!(matches!(check, Check::FullRange(..)), "{checks}: {check:?}");
    }
}

#[test]
fn enum_range_limits_the_number() {
    let definition = |start, entries| {
        format!("{{name: e, type: enum, value-start: {start}, entries: [{entries}]}}")
    };
    let check = |definition: &str, kind: &str, checks: &str| {
        let attribute = format!("{{name: a, type: {kind}, enum: e, checks: {{{checks}}}}}");
        policy(definition, &attribute).check
    };
    let (from_0, from_1) = (definition(0, "one, two"), definition(1, "one, two"));
    let max = check(&from_0, "u8", "");
    assert!(matches!(max, Check::Max(max) if max.value == 1), "{max:?}");
    for (definition, kind, checks, low, high) in [
        (&from_1, "u8", "", 1, 2),
        (&from_0, "s8", "", 0, 1),
        (&from_0, "u8", "min: 1", 1, 1),
        (&from_1, "u8", "max: 1", 1, 1),
    ] {
        let Check::Range(min, max) = check(definition, kind, checks) else {
            panic!("{kind} {checks}");
        };
        assert_eq!((min.value, max.value), (low, high), "{kind} {checks}");
    }
    // With gaps between the entries, only a list is exact.
    let gap = "{name: e, type: enum, entries: [one, {name: two, value: 2}]}";
    assert!(matches!(check(gap, "u8", ""), Check::OneOf(_)));
    let one = definition(5, "one");
    assert!(matches!(check(&one, "u8", ""), Check::Range(min, max) if min == max));
    // A limit must be in the range of the enum.
    for limit in [1, 2] {
        check(&from_1, "u8", &format!("max: {limit}"));
    }
    for limit in [0, 3] {
        Spec {
            definitions: &from_1,
            attributes: &format!("{{name: a, type: u8, enum: e, checks: {{min: {limit}}}}}"),
            ..SPEC
        }
        .rejected("expected: 1 to 2");
    }
}

#[test]
fn enum_and_flag_values_must_fit_the_number() {
    let spec = |kind: &str, number: &str, value: i64| {
        let definitions =
            format!("{{name: e, type: {kind}, entries: [{{name: x, value: {value}}}]}}");
        let attributes = format!("{{name: a, type: {number}, enum: e}}");
        Spec {
            definitions: &definitions,
            attributes: &attributes,
            ..SPEC
        }
        .build()
        .map(drop)
    };
    for (kind, number, last) in [
        ("enum", "u8", 255),
        ("enum", "s8", 127),
        ("enum", "u16", 65_535),
        ("flags", "u8", 7),
        ("flags", "u16", 15),
        ("flags", "u32", 31),
    ] {
        spec(kind, number, last).unwrap_or_else(|report| panic!("{report}"));
        let report = spec(kind, number, last + 1).expect_err("beyond");
        let words = format!("`x` of `e` does not fit in a `{number}`");
        assert!(report.contains(&words), "{report}");
    }
    spec("flags", "u64", 63).unwrap_or_else(|report| panic!("{report}"));
    for bit in [-1, 64] {
        let report = spec("flags", "u64", bit).expect_err("beyond");
        assert!(report.contains("a bit from 0 to 63"), "{report}");
    }
    let report = spec("flags", "s64", 0).expect_err("signed");
    assert!(report.contains("an unsigned number"), "{report}");
}

#[test]
fn only_big_endian_u16_and_u32_have_policies() {
    let kind = |kind: &str| {
        let attribute = format!("{{name: a, type: {kind}, byte-order: big-endian}}");
        policy("", &attribute).kind
    };
    assert_eq!(kind("u16"), NlaType::Be16);
    assert_eq!(kind("u32"), NlaType::Be32);
    for wide in ["u8", "u64", "s16", "s32"] {
        assert!(matches!(kind(wide), NlaType::Int(_)), "{wide}");
    }
    // A single byte has no byte order, so checks are possible.
    let checked = "{name: a, type: u8, byte-order: big-endian, checks: {max: 5}}";
    assert!(matches!(policy("", checked).check, Check::Max(_)));
    assert_attribute_rejected(
        "{name: a, type: s32, byte-order: big-endian, checks: {max: 5}}",
        "in this byte order",
    );
}

#[test]
fn display_hint_must_match_type_and_length() {
    let hinted =
        |kind: &str, hint: &str| format!("{{name: a, type: {kind}, display-hint: {hint}}}");
    for (hint, len) in [("mac", 6), ("ipv4", 4), ("ipv6", 16), ("uuid", 16)] {
        let binary = |len| format!("binary, checks: {{exact-len: {len}}}");
        assert_attribute_accepted(&hinted(&binary(len), hint));
        // An unknown length may be valid.
        assert_attribute_accepted(&hinted("binary", hint));
        for len in [len - 1, len + 1] {
            assert_attribute_rejected(&hinted(&binary(len), hint), "does not apply to `a`");
        }
    }
    for hint in ["hex", "fddi", "ipv4-or-v6"] {
        assert_attribute_accepted(&hinted("binary, checks: {exact-len: 5}", hint));
    }
    assert_attribute_accepted(&hinted("binary, sub-type: u8", "hex"));
    assert_attribute_rejected(
        &hinted("binary, sub-type: u8", "mac"),
        "does not apply to `a`",
    );
    assert_attribute_accepted(&hinted("u32, byte-order: big-endian", "ipv4"));
    for (kind, hint) in [
        ("u32", "ipv4"),
        ("u16, byte-order: big-endian", "ipv4"),
        ("u32, byte-order: big-endian", "ipv6"),
    ] {
        assert_attribute_rejected(&hinted(kind, hint), "does not apply to `a`");
    }
}

#[test]
fn error_lists_at_most_16_names() {
    let list = |count| {
        let names: Vec<_> = (0..count)
            .map(|n| format!("{{name: c{n}, type: const, value: 1}}"))
            .collect();
        Spec {
            definitions: &names.join(", "),
            attributes: &attribute("u32", "max: absent"),
            ..SPEC
        }
        .build()
        .expect_err("absent")
    };
    let all = list(16);
    assert!(all.contains("`c14` or `c15`\n"), "{all}");
    let more = list(18);
    assert!(
        more.contains("`c14` or `c15`, or one of 2 more\n"),
        "{more}"
    );
}

#[test]
fn names_with_equal_rust_spelling_are_rejected() {
    for (one, other) in [("a-b", "a--b"), ("a-b1", "a-b-1")] {
        assert_attribute_rejected(
            &format!("{{name: {one}, type: u32}}, {{name: {other}, type: u32}}"),
            &format!("the attribute `{other}` has the same name in Rust as `{one}`"),
        );
    }
}
