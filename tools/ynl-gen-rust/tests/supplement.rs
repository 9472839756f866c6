// SPDX-License-Identifier: MIT OR Apache-2.0

//! Supplements add to a spec.

use std::fs;
use std::path::Path;
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Family, Role};
use ynl_gen_rust::spec::Source;

const SPEC: &str = "# SPDX-License-Identifier: MIT
---
name: test
doc: A test.
attribute-sets:
  -
    name: main
    attributes:
      -
        name: first
        type: u32
      -
        name: second
        type: u32
operations:
  list:
    -
      name: get
      doc: Get.
      attribute-set: main
      do:
        reply:
          attributes:
            - first
";

/// Compiles the spec with a supplement, and returns the report of a problem.
fn compile(supplement: &str) -> Result<Family, String> {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let spec = write("test.yaml", SPEC);
    let supplement = write("more.yaml", supplement);
    let source = Source::read(&spec).and_then(|spec| spec.with_supplement(&supplement));
    let source = source.expect("readable files");
    source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| {
            source
                .report(problem)
                .to_string()
                .replace(name_of(dir.path()), "")
        })
}

fn name_of(dir: &Path) -> &str {
    dir.to_str().expect("UTF-8")
}

#[test]
fn groups_and_operations_are_added_after_the_others() {
    let family = compile(
        "mcast-groups:
  list:
    -
      name: news
operations:
  list:
    -
      name: event
      doc: Something happened.
      attribute-set: main
      mcgrp: news
      event:
        attributes:
          - second
",
    );
    let family = family.expect("a family");
    assert_eq!(family.groups[0].name, "news");
    let names: Vec<_> = family
        .operations
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["get", "event"]);
    assert_eq!(family.operations[1].reply, Some(2));
}

#[test]
fn event_with_a_number_is_apart_from_the_commands() {
    const EVENTS: &str = "operations:
  list:
    - {name: first-event, doc: One., attribute-set: main, value: 1, event: {attributes: [first]}}
    - {name: other-event, doc: Two., attribute-set: main, value: 1, event: {attributes: [first]}}
    - {name: set, doc: Set., attribute-set: main, do: {request: {attributes: [first]}}}
";
    let report = compile(EVENTS).expect_err("a problem");
    let expected = "`other-event` and `first-event` have the number 1";
    assert!(report.contains(expected), "{report}");

    let family = compile(&EVENTS.replacen("value: 1", "value: 2", 1)).expect("a family");
    let numbers: Vec<_> = family
        .operations
        .iter()
        .map(|one| (one.request, one.reply))
        .collect();
    let both = |number| (Some(number), Some(number));
    assert_eq!(
        numbers,
        [both(1), (None, Some(2)), (None, Some(1)), both(2)]
    );

    let kernel = emit::kernel(&family, "a spec").expect("the output");
    assert!(kernel.contains("event (new_to) = 1;"), "{kernel}");
    assert!(!kernel.contains("OtherEvent = "), "{kernel}");
    let uapi = emit::uapi(&family, "a spec").expect("the output");
    assert!(uapi.contains("TEST_CMD_OTHER_EVENT = 1,"), "{uapi}");
}

#[test]
fn attributes_are_added_to_the_messages_of_an_operation() {
    let family = compile(
        "operations:
  list:
    -
      name: get
      doc: Get.
      do:
        request:
          attributes:
            - first
        reply:
          attributes:
            - second
",
    );
    let Role::Call {
        doit: Some(doit), ..
    } = &family.expect("a family").operations[0].role
    else {
        panic!("no do");
    };
    let of = |message: &Option<model::Message>| message.clone().unwrap_or_default().attributes;
    assert_eq!((of(&doit.request), of(&doit.reply)), (vec![0], vec![0, 1]));
}

#[test]
fn a_problem_shows_the_line_of_the_supplement() {
    let report =
        compile("operations:\n  list:\n    - name: get\n      doc: Get.\n      dump: {}\n");
    let report = report.expect_err("a problem");
    assert!(
        report.contains("a supplement cannot add a `do` or a `dump` to an operation"),
        "{report}"
    );
    assert!(report.contains("/test.yaml with /more.yaml:"), "{report}");
    assert!(report.contains("    - name: get"), "{report}");
    let report = compile("version: 1\n").expect_err("a problem");
    assert!(report.contains("version"), "{report}");
}

#[test]
fn kernel_side_has_the_options_and_sets_of_the_supplement() {
    let family = compile(
        "kernel-family: {resv-start-op: 3, serial: true, initial-netns-only: true, unflagged-nests: [main]}
definitions:
  - {name: limit, type: const, value: 5}
attribute-sets:
  - name: main
    attributes: [{name: inner, type: nest, nested-attributes: part}]
  - name: part
    attributes: [{name: size, type: u32}]
operations:
  list:
    - name: get
      doc: Get.
      flags: [uns-admin-perm]
      dont-validate: [strict]
      do: {reply: {attributes: [inner]}}
",
    );
    let kernel = emit::kernel(&family.expect("a family"), "a spec").expect("the output");
    for text in [
        ".resv_start_op(3)",
        ".serial()",
        "pub const LIMIT: usize = 5;",
        ".initial_netns_only()",
        "GetDo: do get(GetRequest) = Get, permission NetnsAdmin, strict false;",
        "Inner = 3,",
        "inner: Inner => unflagged(PartNest),",
    ] {
        assert!(kernel.contains(text), "{text} in\n{kernel}");
    }
}

#[test]
fn unknown_set_in_unflagged_nests_is_rejected() {
    let report = compile("kernel-family: {unflagged-nests: [nothing]}\n");
    let report = report.expect_err("a problem");
    assert!(
        report.contains("the attribute set `nothing` is not defined"),
        "{report}"
    );
}
