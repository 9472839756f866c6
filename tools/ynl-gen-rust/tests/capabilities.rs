// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every attribute type either works on a side or is refused with a reason in the capability table.

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
fn every_type_is_in_a_tested_message_or_refused() {
    let [modern, legacy] = ["every_type", "every_legacy_type"].map(family);
    emit::kernel(&modern, "a spec").expect("kernel support");
    emit::kernel(&without_refused(family("every_legacy_type")), "a spec").expect("kernel support");
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
        let refused = refused(&[&modern, &legacy], used);
        for name in TYPES {
            assert!(
                works.contains(name) || refused.contains(name),
                "{used:?}: `{name}` is neither tested nor refused"
            );
        }
    }
}

#[test]
fn every_gap_has_a_refused_spec() {
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
            if !read(&format!("refused/{table}")).contains(&message) {
                untested.push(format!("{table}: {message}"));
            }
        }
    }
    assert!(untested.is_empty(), "{untested:#?}");
}

/// Returns a family with flags in place of the attributes that the kernel side refuses.
fn without_refused(mut family: Family) -> Family {
    let carriers = Carriers::of(&family);
    let is_refused = |one: &Attribute| {
        let kernel = [Usage::KernelRequest, Usage::KernelReply];
        kernel
            .iter()
            .any(|&used| Gap::find(&carriers, one, used).is_some())
    };
    let sets = family.sets.iter();
    let refused: Vec<Vec<_>> = sets
        .map(|set| set.attributes.iter().map(is_refused).collect())
        .collect();
    for (set, refused) in family.sets.iter_mut().zip(refused) {
        let attributes = set.attributes.iter_mut().zip(refused);
        for (attribute, _) in attributes.filter(|(_, is_refused)| *is_refused) {
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

/// Returns the types that the capability table refuses in a use.
fn refused(families: &[&Family], used: Usage) -> BTreeSet<&'static str> {
    let of = |family: &&Family| {
        let carriers = Carriers::of(family);
        let all = family.sets.iter().flat_map(|set| &set.attributes);
        let refused = all.filter(|one| Gap::find(&carriers, one, used).is_some());
        refused.map(|one| Kind::name(&one.kind)).collect::<Vec<_>>()
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
