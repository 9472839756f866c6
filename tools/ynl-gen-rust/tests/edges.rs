// SPDX-License-Identifier: MIT OR Apache-2.0

//! Valid specs that were once rejected, or whose output did not compile.

use std::io::Write;
use std::process::{Command, Stdio};
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model::{self, Content, Family, Kind, Meaning};
use ynl_gen_rust::spec::Source;

const LICENCE: &str = "# SPDX-License-Identifier: MIT OR Apache-2.0\n";

/// Returns the family of a spec, or the report of its problem.
fn build(text: &str) -> Result<Family, String> {
    let source = Source {
        name: "spec.yaml".to_owned(),
        text: format!("{LICENCE}{text}"),
    };
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    built.map_err(|problem| source.report(problem).to_string())
}

fn family(text: &str) -> Family {
    build(text).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Returns a family whose only operation has the attributes of a set in its request and its reply.
fn with_sets(sets: &str, attributes: &str) -> Family {
    family(&format!(
        "name: edge
doc: An edge.
attribute-sets:
{sets}
operations:
  list:
    - name: get
      doc: Gets.
      attribute-set: thing
      do:
        request: {{attributes: [{attributes}]}}
        reply: {{attributes: [{attributes}]}}
"
    ))
}

fn kernel(family: &Family) -> String {
    emit::kernel(family, "spec.yaml").expect("the output")
}

fn user(family: &Family) -> String {
    let options = UserOptions {
        genl: "genl",
        serde: true,
    };
    emit::user(family, "spec.yaml", options).expect("the output")
}

/// Asserts that a C compiler accepts a header without a warning.
fn assert_compiles(header: &str) {
    let mut cc = Command::new("cc")
        .args([
            "-x",
            "c",
            "-fsyntax-only",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-",
        ])
        .args(["-Wbidi-chars=any", "-Wcomment"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a C compiler");
    let mut stdin = cc.stdin.take().expect("a pipe");
    stdin.write_all(header.as_bytes()).expect("cc reads it");
    drop(stdin);
    let output = cc.wait_with_output().expect("cc exits");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{header}");
}

#[test]
fn nest_of_empty_set_has_empty_policy() {
    let family = with_sets(
        "  - name: thing
    attributes: [{name: inner, type: nest, nested-attributes: nothing}]
  - {name: nothing, attributes: []}",
        "inner",
    );
    let text = kernel(&family);
    let policy = "static NOTHING_NEST_POLICY: [NoAttr; 2] = {";
    assert!(text.contains(policy), "{text}");
    // Only the nest has nothing to encode, except attributes of a newer protocol.
    let nothing = "to.put_others(self.attrs, &[]);";
    assert_eq!(user(&family).matches(nothing).count(), 1);
    let description = emit::syzkaller(&family, "spec.yaml").expect("the output");
    assert!(description.contains("nlnest[1, void]"), "{description}");
}

#[test]
fn bidi_and_control_characters_in_docs_are_escaped() {
    let family = with_sets(
        "  - name: thing
    doc: \"Set \\u202e, \\u2066, \\u200f.\"
    attributes: [{name: size, type: u32, doc: \"Size \\u202a and \\e[31m.\"}]",
        "size",
    );
    let is_hidden = |c: char| {
        ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
            || "\u{61c}\u{200e}\u{200f}\u{1b}".contains(c)
    };
    let header = emit::uapi(&family, "spec.yaml").expect("a header");
    for text in [
        kernel(&family),
        user(&family),
        header.clone(),
        emit::doc(&family, "spec.yaml"),
        emit::wireshark(&family, "spec.yaml"),
    ] {
        assert!(!text.contains(is_hidden), "{text}");
    }
    assert!(header.contains("Set U+202E, U+2066, U+200F."), "{header}");
    assert!(user(&family).contains("Size U+202A and U+001B\\[31m."));
    assert_compiles(&header);
}

#[test]
fn bidi_characters_in_constants_are_rejected() {
    let report = build(
        "name: edge
doc: An edge.
definitions:
  - {name: hello, type: const, value: \"a \\u202e b\"}
attribute-sets: []
operations: {list: []}
",
    );
    let report = report.expect_err("an error");
    assert!(
        report.contains("the text contains control characters"),
        "{report}"
    );
}

#[test]
fn nest_sizes_are_summed() {
    let family = with_sets(
        "  - name: thing
    attributes: [{name: inner, type: nest, nested-attributes: part}]
  - name: part
    attributes:
      - {name: left, type: nest, nested-attributes: leaf}
      - {name: right, type: nest, nested-attributes: leaf}
  - name: leaf
    attributes: [{name: a, type: u32}, {name: b, type: u32}, {name: c, type: u32}]",
        "inner",
    );
    // Three numbers, in two nests, in one nest.
    let size = 4 + 2 * (4 + 3 * 8);
    let text = kernel(&family);
    let reply = format!("pub struct GetReply(ThingAttr), {size} bytes:");
    assert!(text.contains(&reply), "{text}");
}

#[test]
fn nest_above_attribute_limit_has_no_size() {
    let mut sets = String::new();
    for level in 0..64 {
        sets += &format!(
            "  - name: level-{level}
    attributes:
      - {{name: left, type: nest, nested-attributes: level-{0}}}
      - {{name: right, type: nest, nested-attributes: level-{0}}}
",
            level + 1
        );
    }
    sets += "  - name: level-64\n    attributes: [{name: a, type: u32}]\n";
    sets += "  - name: thing\n    attributes:
      - {name: inner, type: nest, nested-attributes: level-0}";
    let text = kernel(&with_sets(&sets, "inner"));
    assert!(text.contains("GetReply(ThingAttr), any bytes:"), "{text}");
    assert!(text.contains("reply (new, with_size) ="), "{text}");
}

/// The size includes the padding of each number.
#[test]
fn size_of_repeated_numbers_includes_padding() {
    let family = with_sets(
        "  - name: thing
    attributes:
      - {name: pad, type: pad}
      - {name: a, type: u64}
      - {name: b, type: u64}
      - {name: c, type: u64}",
        "a, b, c",
    );
    let text = kernel(&family);
    let size = 3 * (4 + 8 + 4);
    assert!(text.contains(&format!("{size} bytes:")), "{text}");
}

#[test]
fn keyword_names_follow_rust_naming_style() {
    let family = family(
        "name: edge
doc: An edge.
attribute-sets:
  - name: self
    attributes: [{name: self, type: nest, nested-attributes: self}]
operations:
  list:
    - name: self
      doc: Itself.
      attribute-set: self
      do:
        request: {attributes: [self]}
        reply: {attributes: [self]}
",
    );
    for text in [kernel(&family), user(&family)] {
        assert!(!text.contains("Self_"), "{text}");
        assert!(text.contains("struct ItselfRequest"), "{text}");
    }
}

#[test]
fn name_without_letters_is_rejected() {
    let report = build(
        "name: edge
doc: An edge.
attribute-sets:
  - {name: '-', attributes: []}
operations: {list: []}
",
    );
    let report = report.expect_err("an error");
    assert!(report.contains("invalid name `-`"), "{report}");
}

#[test]
fn comment_delimiters_in_docs_are_escaped_in_c() {
    let family = with_sets(
        "  - name: thing
    doc: Begins /* here, /*/ and */* ends */ there; // and \\
    attributes: [{name: size, type: u32, doc: Also */ and /* of it.}]",
        "size",
    );
    assert_compiles(&emit::uapi(&family, "spec.yaml").expect("a header"));
}

#[test]
fn byte_order_of_binary_is_accepted() {
    let family = with_sets(
        "  - name: thing
    attributes:
      - {name: address, type: binary, byte-order: big-endian, display-hint: ipv6}",
        "address",
    );
    assert!(user(&family).contains("pub address: Option<Ipv6Addr>"));
    kernel(&family);
}

#[test]
fn subset_may_repeat_keys_of_the_set() {
    let subset = |kind: &str| {
        format!(
            "name: edge
doc: An edge.
attribute-sets:
  - name: thing
    attributes:
      - {{name: other, type: string}}
      - {{name: size, type: u32, checks: {{max: 3}}}}
  - name: part
    subset-of: thing
    attributes: [{{name: size, type: {kind}, value: 2, checks: {{max: 3}}}}]
operations: {{list: []}}
"
        )
    };
    let family = family(&subset("u32"));
    assert_eq!(family.sets[1].attributes[0].number, 2);
    let report = build(&subset("u64")).expect_err("an error");
    assert!(report.contains("a subset cannot change `type`"), "{report}");
}

#[test]
fn enum_without_entries_is_accepted() {
    let with_mask = |mask: &str| {
        format!(
            "name: edge
doc: An edge.
definitions:
  - {{name: set, type: enum, entries: []}}
  - {{name: bits, type: flags, entries: []}}
attribute-sets:
  - name: thing
    attributes:
      - {{name: id, type: u32, enum: set}}
      - {{name: of, type: u32, enum: bits}}
      - {{name: masked, type: u32{mask}}}
operations:
  list:
    - name: get
      doc: Gets.
      attribute-set: thing
      do:
        request: {{attributes: [id, of, masked]}}
        reply: {{attributes: [id, of, masked]}}
"
        )
    };
    let family = family(&with_mask(""));
    for attribute in &family.sets[0].attributes {
        assert!(matches!(&attribute.kind, Kind::Int(int) if int.meaning == Meaning::Number));
    }
    assert!(user(&family).contains("pub id: Option<u32>"));
    kernel(&family);
    let header = emit::uapi(&family, "spec.yaml").expect("a header");
    assert!(!header.contains("edge_set"), "{header}");
    assert_compiles(&header);

    let report = build(&with_mask(", checks: {flags-mask: bits}")).err();
    let report = report.expect("an error");
    assert!(report.contains("`bits` has no entries"), "{report}");
}

const LEGACY: &str = "name: edge
protocol: genetlink-legacy
doc: An edge.
definitions:
  - {name: bits, type: flags, entries: [one, two]}
";

#[test]
fn multi_attr_of_struct_is_accepted() {
    let family = family(&format!(
        "{LEGACY}  - name: point
    type: struct
    members: [{{name: x, type: u32}}]
attribute-sets:
  - name: thing
    attributes: [{{name: points, type: binary, struct: point, multi-attr: true}}]
operations: {{list: []}}
"
    ));
    let Kind::Binary(binary) = &family.sets[0].attributes[0].kind else {
        panic!("it is not binary");
    };
    assert!(matches!(binary.content, Content::Struct(_)));
    // The test of `every_legacy_type` compiles and runs this code.
    assert!(user(&family).contains("impl FromAttr<'_> for Point {"));
}

#[test]
fn struct_above_payload_limit_is_rejected() {
    let mut structs = String::new();
    for level in 0..64 {
        structs += &format!(
            "  - name: s{level}
    type: struct
    members:
      - {{name: a, type: binary, struct: s{0}}}
      - {{name: b, type: binary, struct: s{0}}}
",
            level + 1
        );
    }
    let report = build(&format!(
        "{LEGACY}{structs}  - {{name: s64, type: struct, members: [{{name: a, type: u8}}]}}
attribute-sets: []
operations: {{list: []}}
"
    ));
    let report = report.expect_err("an error");
    assert!(report.contains("has 65536 bytes"), "{report}");
}

#[test]
fn level_names_must_be_unique() {
    let levels = |levels: &str| {
        build(&format!(
            "{LEGACY}attribute-sets:
  - name: thing
    attributes:
      - {{name: by, type: u32, type-value: [{levels}]}}
operations:
  list:
    - name: get
      doc: Gets.
      attribute-set: thing
      do:
        request: {{attributes: [by]}}
"
        ))
    };
    let text = user(&levels("to, value").expect("a valid spec"));
    assert!(
        text.contains("for ([to_attr, value_attr], value) in"),
        "{text}"
    );
    let report = levels("id, id").expect_err("an error");
    assert!(
        report.contains("the level `id` is defined twice"),
        "{report}"
    );
}

#[test]
fn byte_order_mark_is_ignored() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("spec.yaml");
    std::fs::write(&path, format!("\u{feff}{LICENCE}name: edge\n")).expect("the file is written");
    let source = Source::read(&path).expect("a readable file");
    assert_eq!(source.licence().ok(), Some("MIT OR Apache-2.0"));
}

#[test]
fn tab_error_shows_the_line_with_the_tab() {
    let report = build(
        "name: edge
doc: An edge.
attribute-sets:
  - name: thing
\tattributes: []
",
    );
    let report = report.expect_err("an error");
    let expected = "\
spec.yaml:6:1: a tab indents this line
   |
 6 | \tattributes: []
   | ^
expected: spaces
";
    assert_eq!(report, expected);
}

#[test]
fn line_in_error_is_truncated_and_has_no_control_characters() {
    let shown = |line: &str| {
        let report = build(line).expect_err("an error");
        report.lines().nth(2).map(str::to_owned)
    };
    let controls = shown("edge: 1 # a\u{7f}b\rc\n");
    assert_eq!(
        controls.as_deref(),
        Some(" 2 | edge: 1 # a\u{fffd}b\u{fffd}c")
    );
    let long = shown(&format!("{}: 1\n", "k".repeat(300)));
    assert_eq!(long, Some(format!(" 2 | {}…", "k".repeat(200))));
}
