// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is made of a spec that uses everything.

use std::path::Path;
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::Source;
use ynl_gen_rust::{cli, emit};

const ORIGIN: &str = "every_type.yaml";
const ODD_TEXTS: &str = "odd_texts.yaml";

fn every_type() -> Family {
    family(ORIGIN)
}

fn family(spec: &str) -> Family {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/specs")
        .join(spec);
    let source = Source::read(&path).expect("it can be read");
    let document = source.parse().expect("it is a spec");
    model::build(&document, "MIT OR Apache-2.0").expect("it is right")
}

#[test]
fn kernel() {
    insta::assert_snapshot!(emit::kernel(&every_type(), ORIGIN).expect("it can be made"));
}

#[test]
fn skeleton() {
    insta::assert_snapshot!(emit::skeleton(&every_type(), ORIGIN).expect("it can be made"));
}

#[test]
fn uapi() {
    insta::assert_snapshot!(emit::uapi(&every_type(), ORIGIN).expect("it can be made"));
}

#[test]
fn doc() {
    insta::assert_snapshot!(emit::doc(&every_type(), ORIGIN));
}

#[test]
fn wireshark() {
    let script = emit::wireshark(&every_type(), ORIGIN);
    let (tables, _same_for_all) = script.split_once("-- From here on").expect("both parts");
    insta::assert_snapshot!(tables);
}

/// Text ends neither a comment nor a literal, and a front page keeps its paragraphs; what would be an
/// enum without a variant, which is none in Rust, is not there.
#[test]
fn odd_texts_in_the_kernel() {
    let family = family(ODD_TEXTS);
    insta::assert_snapshot!(emit::kernel(&family, ODD_TEXTS).expect("it can be made"));
}

#[test]
fn odd_texts_in_c() {
    insta::assert_snapshot!(emit::uapi(&family(ODD_TEXTS), ODD_TEXTS).expect("it can be made"));
}

#[test]
fn a_difference_can_be_read() {
    let path = Path::new("there/greet.h");
    insta::assert_snapshot!(cli::difference(
        path,
        "one\ntwo\nthree\n",
        "one\n2\nthree\n"
    ));
}

#[test]
fn the_origin_does_not_depend_on_folders() {
    for path in ["/here/weather/weather.yaml", "weather.yaml"] {
        assert_eq!(cli::origin(Path::new(path)), "weather.yaml");
    }
    // It is in a comment, and a file may have any name.
    let origin = cli::origin(Path::new("a\nb\u{202e}\u{1b}.yaml"));
    assert_eq!(origin, "a\u{fffd}b\u{fffd}\u{fffd}.yaml");
}
