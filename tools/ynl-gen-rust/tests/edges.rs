// SPDX-License-Identifier: MIT OR Apache-2.0

//! Specs that are right and were once refused, or gave output that a compiler refuses.

use std::io::Write;
use std::process::{Command, Stdio};
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model::{self, Content, Family, Kind, Meaning};
use ynl_gen_rust::spec::Source;

const LICENCE: &str = "# SPDX-License-Identifier: MIT OR Apache-2.0\n";

/// What is said about a spec, or its family.
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

/// A family whose one operation has a set's attributes in its request and in its reply.
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
    emit::kernel(family, "spec.yaml").expect("it can be made")
}

fn user(family: &Family) -> String {
    let options = UserOptions {
        genl: "genl",
        serde: true,
    };
    emit::user(family, "spec.yaml", options).expect("it can be made")
}

/// Asserts that a C compiler says nothing about a header.
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
        .expect("there is a C compiler");
    let mut stdin = cc.stdin.take().expect("it is a pipe");
    stdin.write_all(header.as_bytes()).expect("it is read");
    drop(stdin);
    let output = cc.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{header}");
}

#[test]
fn a_nest_of_an_empty_set_has_a_policy_that_refuses_all() {
    let family = with_sets(
        "  - name: thing
    attributes: [{name: inner, type: nest, nested-attributes: nothing}]
  - {name: nothing, attributes: []}",
        "inner",
    );
    let text = kernel(&family);
    let policy = "static NOTHING_NEST_POLICY: PolicyTable<2> = PolicyTable::new();";
    assert!(text.contains(policy), "{text}");
    // Of the nest; the request has something to encode.
    let nothing = "fn encode(&self, _to: &mut Encoder<'_>) {}";
    assert_eq!(user(&family).matches(nothing).count(), 1);
    let description = emit::syzkaller(&family, "spec.yaml").expect("it can be made");
    assert!(description.contains("nlnest[1, void]"), "{description}");
}

#[test]
fn text_that_turns_or_controls_is_spelled_out() {
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
    let header = emit::uapi(&family, "spec.yaml").expect("C can have it");
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
fn a_constant_has_no_text_that_turns() {
    let said = build(
        "name: edge
doc: An edge.
definitions:
  - {name: hello, type: const, value: \"a \\u202e b\"}
attribute-sets: []
operations: {list: []}
",
    );
    let said = said.expect_err("it is refused");
    assert!(said.contains("this text has control characters"), "{said}");
}

#[test]
fn sizes_of_nests_are_constants() {
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
    let text = kernel(&family);
    for size in [
        "const SIZE: usize = attr_size(PartNest::SIZE);",
        "const SIZE: usize = attr_size(LeafNest::SIZE) + attr_size(LeafNest::SIZE);",
        "const SIZE: usize = 3 * attr_size(size_of::<u32>());",
    ] {
        assert_eq!(text.matches(size).count(), 1, "{size} in\n{text}");
    }
}

#[test]
fn a_nest_that_no_attribute_can_hold_has_no_size() {
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
    assert!(!text.contains("const SIZE"), "{text}");
    assert!(text.contains("pub fn with_size("), "{text}");
}

/// The pad of each of them counts.
#[test]
fn sizes_of_padded_numbers_are_multiplied_whole() {
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
    let size = "= 3 * (attr_size(size_of::<u64>()) + attr_size(0));";
    assert!(text.contains(size), "{text}");
}

#[test]
fn names_that_are_words_of_rust_keep_its_case() {
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
fn a_name_without_a_letter_is_refused() {
    let said = build(
        "name: edge
doc: An edge.
attribute-sets:
  - {name: '-', attributes: []}
operations: {list: []}
",
    );
    let said = said.expect_err("it is refused");
    assert!(said.contains("`-` cannot be a name"), "{said}");
}

#[test]
fn marks_of_comments_in_docs_are_none_in_c() {
    let family = with_sets(
        "  - name: thing
    doc: Begins /* here, /*/ and */* ends */ there; // and \\
    attributes: [{name: size, type: u32, doc: Also */ and /* of it.}]",
        "size",
    );
    assert_compiles(&emit::uapi(&family, "spec.yaml").expect("C can have it"));
}

#[test]
fn bytes_may_have_an_order() {
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
fn a_subset_may_repeat_what_the_set_says() {
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
    let said = build(&subset("u64")).expect_err("it is refused");
    assert!(said.contains("a subset cannot change `type`"), "{said}");
}

#[test]
fn an_enum_may_have_no_entries() {
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
    let header = emit::uapi(&family, "spec.yaml").expect("C can have it");
    assert!(!header.contains("edge_set"), "{header}");
    assert_compiles(&header);

    let said = build(&with_mask(", checks: {flags-mask: bits}")).err();
    let said = said.expect("it is refused");
    assert!(said.contains("`bits` has no entries"), "{said}");
}

const LEGACY: &str = "name: edge
protocol: genetlink-legacy
doc: An edge.
definitions:
  - {name: bits, type: flags, entries: [one, two]}
";

#[test]
fn structs_may_come_several_times() {
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
    // That this compiles and works is a test of `every_legacy_type`.
    assert!(user(&family).contains("impl FromAttr<'_> for Point {"));
}

#[test]
fn a_struct_has_room_in_an_attribute() {
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
    let said = build(&format!(
        "{LEGACY}{structs}  - {{name: s64, type: struct, members: [{{name: a, type: u8}}]}}
attribute-sets: []
operations: {{list: []}}
"
    ));
    let said = said.expect_err("it is refused");
    assert!(said.contains("would have 65536 bytes"), "{said}");
}

#[test]
fn levels_have_names_of_their_own() {
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
    let text = user(&levels("to, value").expect("it is right"));
    assert!(
        text.contains("for ([to_attr, value_attr], value) in"),
        "{text}"
    );
    let said = levels("id, id").expect_err("it is refused");
    assert!(said.contains("the level `id` is there twice"), "{said}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_spec() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("spec.yaml");
    std::fs::write(&path, format!("\u{feff}{LICENCE}name: edge\n")).expect("it can be written");
    let source = Source::read(&path).expect("it can be read");
    assert_eq!(source.licence().ok(), Some("MIT OR Apache-2.0"));
}

#[test]
fn a_tab_is_shown_where_it_is() {
    let said = build(
        "name: edge
doc: An edge.
attribute-sets:
  - name: thing
\tattributes: []
",
    );
    let said = said.expect_err("it is refused");
    let expected = "\
spec.yaml:6:1: this line is indented by a tab
   |
 6 | \tattributes: []
   | ^
expected: spaces
";
    assert_eq!(said, expected);
}

#[test]
fn a_shown_line_is_short_and_controls_no_terminal() {
    let shown = |line: &str| {
        let said = build(line).expect_err("it is refused");
        said.lines().nth(2).map(str::to_owned)
    };
    let controls = shown("edge: 1 # a\u{7f}b\rc\n");
    assert_eq!(
        controls.as_deref(),
        Some(" 2 | edge: 1 # a\u{fffd}b\u{fffd}c")
    );
    let long = shown(&format!("{}: 1\n", "k".repeat(300)));
    assert_eq!(long, Some(format!(" 2 | {}…", "k".repeat(200))));
}
