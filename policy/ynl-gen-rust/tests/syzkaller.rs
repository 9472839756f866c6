// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptions for syzkaller. Syzkaller's own compiler is not asked; what is checked is less than it
//! checks: that a description can be read, that each type in it is defined once, used, given what it
//! takes, and not within itself, that ranges and lists are right, and that each attribute and each
//! operation of the spec is there.

mod syzlang;

use std::path::Path;
use syzlang::File;
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Exchange, Family, Operation, Role};
use ynl_gen_rust::spec::Source;

fn family(path: &Path) -> Option<Family> {
    let source = Source::read(path).expect("it can be read");
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    built.ok()
}

fn own(spec: &str) -> Family {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    family(&tests.join(spec)).expect("it is right")
}

#[test]
fn every_type_is_described() {
    let family = own("specs/every_type.yaml");
    insta::assert_snapshot!(emit::syzkaller(&family, "every_type.yaml"));
    check(&family);
}

#[test]
fn every_legacy_type_is_described() {
    check(&own("specs/every_legacy_type.yaml"));
    check(&own("specs/odd_texts.yaml"));
}

#[test]
fn greet_is_described() {
    let family = own("../../greet.yaml");
    check(&family);
    let text = emit::syzkaller(&family, "greet.yaml");
    for part in [
        "syz_genetlink_get_family_id$greet(name ptr[in, string[\"greet\"]]",
        "sendmsg$GREET_CMD_GREET(",
        "sendmsg$GREET_CMD_PEER_GET_dump(",
        "nlattr[1, greet_text[64]]",
        "nlattr[2, flags[greet_style_values, int32]]",
        "nlattr[3, array[int8, 0:32]]",
        "nlattr[2, int32[1:65536]]",
        "greet_style_values = 0, 1, 2",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

/// Of a kernel tree, which `GREET_KERNEL_SRC` names.
#[test]
fn every_spec_is_described() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let folder = Path::new(&tree).join("Documentation/netlink/specs");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the tree has specs") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_some_and(|end| end == "yaml") {
            // That a spec is refused is a test elsewhere.
            if let Some(family) = family(&path) {
                check(&family);
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count} specs");
}

fn check(family: &Family) {
    let text = emit::syzkaller(family, "a spec");
    let file = File::read(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}\n{text}", family.name));
    if let Err(wrong) = file.check() {
        panic!("{}: {wrong}\n{text}", family.name);
    }
    let mut calls = 1;
    for operation in &family.operations {
        let Role::Call { doit, dumpit } = &operation.role else {
            continue;
        };
        calls += 1;
        let same = |one: &Exchange, other: &Exchange| {
            one.request.clone().unwrap_or_default() == other.request.clone().unwrap_or_default()
        };
        match (doit, dumpit) {
            (Some(doit), Some(dumpit)) if !same(doit, dumpit) => {
                calls += 1;
                assert_carries(&file, family, operation, doit, "do");
                assert_carries(&file, family, operation, dumpit, "dump");
            }
            (Some(one), _) => assert_carries(&file, family, operation, one, "do"),
            (None, Some(one)) => assert_carries(&file, family, operation, one, "dump"),
            (None, None) => {}
        }
    }
    assert_eq!(file.calls(), calls, "{}\n{text}", family.name);
}

/// Asserts that the request of an operation carries the attributes of the spec, by their numbers.
fn assert_carries(
    file: &File,
    family: &Family,
    operation: &Operation,
    exchange: &Exchange,
    kind: &str,
) {
    let message = exchange.request.clone().unwrap_or_default();
    let mut expected: Vec<_> = family
        .attributes(operation, &message)
        .filter(|one| !matches!(one.kind, model::Kind::Pad | model::Kind::Unused))
        .map(|one| one.number.to_string())
        .collect();
    let plain = |name: &str| name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let name = format!("{}_{}_{kind}", plain(&family.name), plain(&operation.name));
    let mut found = file.attributes(&name);
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{name}");
}

/// That the check is one.
#[test]
fn what_is_wrong_is_found() {
    let text = emit::syzkaller(&own("../../greet.yaml"), "a spec");
    for (right, wrong) in [
        ("nlattr[1, greet_text[64]]", "nlattr[1, greet_text[64]"),
        ("nlattr[1, greet_text[64]]", "nlattr[1, greet_words[64]]"),
        ("nlattr[1, greet_text[64]]", "nlattr[greet_text[64]]"),
        ("nlattr[1, greet_text[64]]", "nlattr[1, greet_text]"),
        ("int32[1:65536]", "int32[65536:1]"),
        ("int32[1:65536]", "int8[1:65536]"),
        (
            "flags[greet_style_values, int32]",
            "flags[int32, greet_style_values]",
        ),
        (
            "greet_style_values = 0, 1, 2",
            "greet_style_values = 0, 1, 1",
        ),
        (
            "greet_style_values = 0, 1, 2",
            "greet_style_values = casual",
        ),
        ("greet_style_values = 0, 1, 2", "greet_style_values 0, 1, 2"),
        ("resource genl_greet", "resource genl_other"),
        ("} [packed]", "} [packed"),
        ("[varlen]", "[varlength]"),
        ("array[int8, 0:32]", "nlattr[3, greet_greet_do]"),
        ("sendmsg$GREET_CMD_PEER_DEL", "sendmsg$GREET_CMD_GREET"),
        ("fd sock_nl_generic", "fd"),
        ("GREET_A_GREETING_STYLE\t", "GREET_A_GREETING_NAME\t"),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(broken, text, "no {right} in\n{text}");
        let found = File::read(&broken).and_then(|file| file.check());
        assert!(found.is_err(), "{wrong} instead of {right} was not found");
    }
}
