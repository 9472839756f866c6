// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares our spec of nlctrl with the kernel's.
//!
//! `GREET_KERNEL_SRC` is a kernel tree. Without it, the test is skipped.

use std::collections::BTreeSet;
use std::path::Path;
use ynl_gen_rust::model::{self, Family, Role};
use ynl_gen_rust::spec::Source;

/// Attributes whose numbers are swapped in the kernel's spec. The test compares ours with the
/// kernel's header.
const SWAPPED: [&str; 2] = ["policy-attrs pad", "policy-attrs mask"];

#[test]
fn nlctrl_spec_matches_the_kernels_spec() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let tree = Path::new(&tree);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let ours = numbers(&family(&checkout.join("policy/nlctrl.yaml")));
    let theirs = numbers(&family(
        &tree.join("Documentation/netlink/specs/nlctrl.yaml"),
    ));
    let only: Vec<_> = theirs.difference(&ours).collect();
    assert!(only.is_empty(), "{only:#?}");
    assert!(theirs.len() >= 50);

    let header = tree.join("include/uapi/linux/netlink.h");
    let header = std::fs::read_to_string(header).expect("a readable file");
    let start = header.find("\nenum netlink_policy_type_attr {");
    let names = header[start.expect("it exists")..].lines().skip(2).take(13);
    let names: Vec<_> = names
        .map(|line| line.trim().trim_end_matches(','))
        .collect();
    for set in family(&checkout.join("policy/nlctrl.yaml")).sets {
        for attribute in set.attributes.iter().filter(|_| set.name == "policy-attrs") {
            let name = format!("nl-policy-type-attr-{}", attribute.name);
            let name = name.replace('-', "_").to_uppercase();
            assert_eq!(names[usize::from(attribute.number)], name);
        }
    }
}

fn family(path: &Path) -> Family {
    let source = Source::read(path).expect("a readable file");
    let document = source.parse().expect("a valid spec");
    model::build(&document, "any").expect("a valid spec")
}

/// Returns the names of a family with their numbers and types, except the swapped ones.
fn numbers(family: &Family) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    for one in &family.enums {
        for entry in &one.entries {
            let (name, value) = (&entry.name, entry.value);
            numbers.insert(format!("{} {name} {value}", one.name));
        }
    }
    for set in &family.sets {
        for attribute in &set.attributes {
            let name = format!("{} {}", set.name, attribute.name);
            if !SWAPPED.contains(&name.as_str()) {
                let (number, kind) = (attribute.number, &attribute.kind);
                numbers.insert(format!("{name} {number} {kind:?}"));
            }
        }
    }
    for operation in &family.operations {
        if let Role::Call { doit, dumpit } = &operation.role {
            let name = &operation.name;
            let (request, reply) = (operation.request, operation.reply);
            numbers.insert(format!("{name} {request:?} {reply:?}"));
            numbers.insert(format!("{name} {doit:?} {dumpit:?}"));
        }
    }
    numbers
}
