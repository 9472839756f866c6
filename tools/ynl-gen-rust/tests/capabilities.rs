// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every attribute type either works on a side or is rejected with a reason in the capability table.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model::{self, Attribute, Carriers, Family, GAPS, Gap, Kind, Usage};
use ynl_gen_rust::spec::Source;

/// All types that a spec may have, by the kernel's schemas.
const TYPES: [&str; 19] = [
    "unused",
    "pad",
    "flag",
    "binary",
    "bitfield32",
    "uint",
    "sint",
    "u8",
    "u16",
    "u32",
    "u64",
    "s8",
    "s16",
    "s32",
    "s64",
    "string",
    "nest",
    "indexed-array",
    "nest-type-value",
];

const USES: [Usage; 3] = [Usage::KernelRequest, Usage::KernelReply, Usage::User];

#[test]
fn every_type_is_in_a_tested_message_or_rejected() {
    let [modern, legacy] = ["every_type", "every_legacy_type"].map(family);
    emit::kernel(&modern, "a spec").expect("kernel support");
    emit::kernel(&without_rejected(family("every_legacy_type")), "a spec").expect("kernel support");
    for family in [&modern, &legacy] {
        let options = UserOptions {
            genl: "genl",
            serde: true,
        };
        emit::user(family, "a spec", options).expect("user support");
    }
    for used in USES {
        let mut works = supported(&modern, used);
        works.extend(supported(&legacy, used));
        let rejected = rejected(&[&modern, &legacy], used);
        for name in TYPES {
            assert!(
                works.contains(name) || rejected.contains(name),
                "{used:?}: `{name}` is neither tested nor rejected"
            );
        }
    }
}

#[test]
fn every_gap_has_a_rejected_spec() {
    let mut untested = Vec::new();
    for gap in &GAPS {
        for used in gap.uses {
            let table = match used {
                Usage::User => "user.diff",
                Usage::KernelRequest | Usage::KernelReply => "kernel.diff",
            };
            let Gap {
                feature, expected, ..
            } = gap;
            let side = used.side();
            let message =
                format!("{feature} is not supported on the {side} side\nexpected: {expected}\n");
            if !read(&format!("rejected/{table}")).contains(&message) {
                untested.push(format!("{table}: {message}"));
            }
        }
    }
    assert!(untested.is_empty(), "{untested:#?}");
}

/// Returns a family with flags in place of the attributes that the kernel side rejects.
fn without_rejected(mut family: Family) -> Family {
    let carriers = Carriers::of(&family);
    let is_rejected = |one: &Attribute| {
        let kernel = [Usage::KernelRequest, Usage::KernelReply];
        kernel
            .iter()
            .any(|&used| Gap::find(&carriers, one, used).is_some())
    };
    let sets = family.sets.iter();
    let rejected: Vec<Vec<_>> = sets
        .map(|set| set.attributes.iter().map(is_rejected).collect())
        .collect();
    for (set, rejected) in family.sets.iter_mut().zip(rejected) {
        let attributes = set.attributes.iter_mut().zip(rejected);
        for (attribute, _) in attributes.filter(|(_, is_rejected)| *is_rejected) {
            attribute.kind = Kind::Flag;
        }
    }
    family
}

/// Returns the types of the attributes that the output for a family supports in a use.
fn supported(family: &Family, used: Usage) -> BTreeSet<&'static str> {
    let carriers = Carriers::of(family);
    let all = family.sets.iter().flat_map(|set| &set.attributes);
    let supported = all.filter(|one| Gap::find(&carriers, one, used).is_none());
    supported.map(|one| one.kind.name()).collect()
}

/// Returns the types that the capability table rejects in a use.
fn rejected(families: &[&Family], used: Usage) -> BTreeSet<&'static str> {
    let of = |family: &&Family| {
        let carriers = Carriers::of(family);
        let all = family.sets.iter().flat_map(|set| &set.attributes);
        let rejected = all.filter(|one| Gap::find(&carriers, one, used).is_some());
        rejected
            .map(|one| Kind::name(&one.kind))
            .collect::<Vec<_>>()
    };
    families.iter().flat_map(of).collect()
}

fn family(name: &str) -> Family {
    let name = format!("specs/{name}.yaml");
    let source = Source {
        text: read(&name),
        name,
    };
    let document = source.parse().expect("a valid spec");
    model::build(&document, "MIT").expect("a valid spec")
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
