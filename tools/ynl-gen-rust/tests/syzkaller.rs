// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks syzkaller descriptions. syzkaller's compiler cannot be installed here, so a parser checks
//! less: the syntax, that each type is defined once, used, not recursive, and has the right
//! arguments, that ranges and lists are valid, and that each attribute and each operation of the
//! spec occurs.

mod syzlang;

use std::path::Path;
use syzlang::File;
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Exchange, Family, Operation, Role};
use ynl_gen_rust::spec::Source;

fn family(path: &Path) -> Option<Family> {
    let source = Source::read(path).expect("a readable file");
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    built.ok()
}

fn own(spec: &str) -> Family {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    family(&tests.join(spec)).expect("a valid spec")
}

#[test]
fn every_type_is_described() {
    let family = own("specs/every_type.yaml");
    insta::assert_snapshot!(described(&family, "every_type.yaml"));
    check(&family);
}

#[test]
fn every_legacy_type_is_described() {
    check(&own("specs/every_legacy_type.yaml"));
}

/// syzkaller rejects a resource that no call uses.
#[test]
fn family_without_requests_is_rejected() {
    let family = own("specs/odd_texts.yaml");
    let error = emit::syzkaller(&family, "odd_texts.yaml").expect_err("an error");
    assert_eq!(
        error.to_string(),
        "`odd-texts`: a family without requests is not supported on the syzkaller side"
    );
}

#[test]
fn greet_is_described() {
    let family = own("../../../policy/greet.yaml");
    check(&family);
    let text = described(&family, "greet.yaml");
    for part in [
        "syz_genetlink_get_family_id$greet(name ptr[in, string[\"greet\"]]",
        "sendmsg$GREET_CMD_GREET(",
        "msghdr_greet[greet_do_flags, genlmsghdr_t[1], greet_greet_do]",
        "sendmsg$GREET_CMD_PEER_GET_dump(",
        "msghdr_greet[greet_dump_flags, genlmsghdr_t[2], void]",
        "greet_do_flags = 0x1, 0x5, 0xd",
        "greet_dump_flags = 0x301, 0x305",
        "nlattr[1, greet_text[0:64]]",
        // In columns, as syz-fmt formats it.
        "\tGREET_A_SETTINGS_DEFAULT_STYLE\tnlattr[1,",
        "\tGREET_A_SETTINGS_PEER_LIMIT\tnlattr[2,",
        "\tpayload\tPAYLOAD\n\tattrs\tarray[ATTRS]\n",
        "nlattr[2, flags[greet_style_values, int32]]",
        "nlattr[3, array[int8, 0:32]]",
        "nlattr[2, int32[1:65536]]",
        "greet_style_values = 0, 1, 2",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

/// Reads the specs of the kernel tree in `GREET_KERNEL_SRC`.
#[test]
fn every_kernel_spec_is_described() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let directory = Path::new(&tree).join("Documentation/netlink/specs");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).expect("a directory of specs") {
        let path = entry.expect("a readable file").path();
        if path.extension().is_some_and(|end| end == "yaml") {
            // Another test checks rejections.
            match family(&path) {
                Some(family) if has_requests(&family) => {
                    check(&family);
                    count += 1;
                }
                _ => {}
            }
        }
    }
    assert!(count > 20, "{count} specs");
}

fn has_requests(family: &Family) -> bool {
    let mut roles = family.operations.iter().map(|operation| &operation.role);
    roles.any(|role| matches!(role, Role::Call { .. }))
}

fn described(family: &Family, origin: &str) -> String {
    emit::syzkaller(family, origin).expect("a description")
}

fn check(family: &Family) {
    let text = described(family, "a spec");
    let file = File::read(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}\n{text}", family.name));
    if let Err(wrong) = file.check() {
        panic!("{}: {wrong}\n{text}", family.name);
    }
    let mut calls = 1;
    for operation in &family.operations {
        let Role::Call { doit, dumpit } = &operation.role else {
            continue;
        };
        let same = |one: &Exchange, other: &Exchange| {
            one.request.clone().unwrap_or_default() == other.request.clone().unwrap_or_default()
        };
        calls += usize::from(doit.is_some()) + usize::from(dumpit.is_some());
        match (doit, dumpit) {
            (Some(doit), Some(dumpit)) if !same(doit, dumpit) => {
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

/// Asserts that the request of an operation contains the attributes of the spec, by their numbers.
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
        .filter(|one| one.carries())
        .map(|one| one.number.to_string())
        .collect();
    let plain = |name: &str| name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let name = format!("{}_{}_{kind}", plain(&family.name), plain(&operation.name));
    let mut found = file.attributes(&name);
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{name}");
}

/// Each mutation of a valid description must be detected.
#[test]
fn checker_detects_invalid_descriptions() {
    let text = described(&own("../../../policy/greet.yaml"), "a spec");
    for (right, wrong) in [
        ("nlattr[1, greet_text[0:64]]", "nlattr[1, greet_text[0:64]"),
        ("nlattr[1, greet_text[0:64]]", "nlattr[1, greet_words[64]]"),
        ("nlattr[1, greet_text[0:64]]", "nlattr[greet_text[0:64]]"),
        ("nlattr[1, greet_text[0:64]]", "nlattr[1, greet_text]"),
        ("array[int8[32:126], LEN]", "array[int8[32:126], 0:LEN]"),
        ("len[parent, int32]", "len[int32]"),
        ("greet_do_flags = 0x1", "greet_do_flags = 1x"),
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
