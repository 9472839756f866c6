// SPDX-License-Identifier: MIT OR Apache-2.0

//! Specs found by the random test: they were accepted, but compilers rejected their output or warned
//! about it.

use ynl_gen_rust::emit::{self, EmitError, UserOptions};
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::Source;

/// Returns a spec of the family `found` with one operation, and with these definitions and
/// attributes.
fn spec(definitions: &str, attributes: &str) -> String {
    family_of(
        "found",
        definitions,
        attributes,
        "{name: get, doc: '', do: {}}",
    )
}

fn family_of(name: &str, definitions: &str, attributes: &str, operations: &str) -> String {
    format!(
        "# SPDX-License-Identifier: MIT\n\
         name: {name}\n\
         doc: Found.\n\
         protocol: genetlink\n\
         definitions: [{definitions}]\n\
         attribute-sets: [{{name: thing, attributes: [{attributes}]}}]\n\
         operations: {{list: [{operations}]}}\n"
    )
}

fn family(text: &str) -> Family {
    let source = Source {
        name: "found.yaml".to_owned(),
        text: text.to_owned(),
    };
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    built.unwrap_or_else(|problem| panic!("{}", source.report(problem)))
}

fn kernel(text: &str) -> String {
    emit::kernel(&family(text), "found.yaml").expect("kernel support")
}

fn user(text: &str) -> String {
    let options = UserOptions {
        genl: "genl",
        serde: false,
    };
    emit::user(&family(text), "found.yaml", options).expect("user support")
}

fn header(text: &str) -> String {
    emit::uapi(&family(text), "found.yaml").expect("a header")
}

/// Returns the reason why the C header is rejected.
fn rejected_in_c(text: &str) -> String {
    match emit::uapi(&family(text), "found.yaml") {
        Err(EmitError::Unsupported(problem)) => problem.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn duplicate_c_names_are_rejected() {
    let text = spec("", "{name: max, type: u8}");
    let problem = rejected_in_c(&text);
    assert!(
        problem.contains(
            "the attribute `max` of `thing` has the same name in C, `FOUND_A_THING_MAX`, as the \
             last attribute of `thing`"
        ),
        "{problem}"
    );
}

#[test]
fn c_name_with_leading_digit_is_rejected() {
    let text = family_of("9p", "", "", "{name: get, doc: '', do: {}}");
    let problem = rejected_in_c(&text);
    let expected = "the family `9p` has the invalid C name `9P_FAMILY_NAME`";
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn large_c_constants_have_a_type_suffix() {
    let flags = "{name: wide, type: flags, render-max: true, entries: [{name: top, value: 63}]}";
    let limit = "{name: most, type: const, value: 18446744073709551615}";
    let low = "{name: low, type: enum, entries: [{name: least, value: -9223372036854775808}]}";
    let header = header(&spec(&format!("{flags}, {limit}, {low}"), ""));
    assert!(
        header.contains("FOUND_WIDE_TOP = 9223372036854775808ULL,"),
        "{header}"
    );
    assert!(
        header.contains("FOUND_WIDE_MASK = 9223372036854775808ULL,"),
        "{header}"
    );
    assert!(header.contains("18446744073709551615ULL\n"), "{header}");
}

#[test]
fn enum_values_above_int_max_are_explicit_in_c() {
    let entries = "[{name: last, value: 2147483647}, {name: next}, {name: more}]";
    let wide = format!("{{name: wide, type: enum, entries: {entries}}}");
    let last = "{name: end, type: enum, render-max: true, entries: [{name: a, value: 2147483647}]}";
    let header = header(&spec(&format!("{wide}, {last}"), ""));
    assert!(
        header.contains("FOUND_WIDE_NEXT = 2147483648,\n\tFOUND_WIDE_MORE,"),
        "{header}"
    );
    assert!(header.contains("__FOUND_END_MAX = 2147483648,"), "{header}");
}

#[test]
fn trigraphs_are_escaped_in_c() {
    let text = "{name: text, type: const, value: '??/', doc: '??/'}";
    let header = header(&spec(text, ""));
    assert!(
        header.contains(r#""?\?/""#) && header.contains("/* ? ?/ */"),
        "{header}"
    );
}

#[test]
fn c_header_has_no_empty_enum() {
    let text = spec("", "").replace("{list:", "{async-prefix: found-ntf-, list:");
    let header = header(&text);
    assert_eq!(header.matches("enum {").count(), 2, "{header}");
}

#[test]
fn dump_method_of_name_with_leading_digit_is_valid() {
    let text = family_of("found", "", "", "{name: 2nd, doc: '', dump: {}}");
    let kernel = kernel(&text);
    assert!(kernel.contains("fn _2nd_dump<'a>("), "{kernel}");
    assert!(kernel.contains(": dump _2nd_dump("), "{kernel}");
}

#[test]
fn state_type_does_not_shadow_rust_types() {
    for (name, state) in [
        ("err", "ErrState"),
        ("pin-init", "PinInitState"),
        ("erratum", "Erratum"),
    ] {
        let text = family_of(name, "", "", "{name: get, doc: '', do: {}}");
        let kernel = kernel(&text);
        assert!(kernel.contains(&format!("net_slot!({state});")), "{kernel}");
        let skeleton = emit::skeleton(&family(&text), "found.yaml").expect("the output");
        assert!(
            skeleton.contains(&format!("pub struct {state};")),
            "{skeleton}"
        );
    }
}

#[test]
fn skeleton_of_name_with_leading_digit_imports_valid_module() {
    let family = family(&family_of("9p", "", "", "{name: get, doc: '', do: {}}"));
    let skeleton = emit::skeleton(&family, "found.yaml").expect("the output");
    assert!(skeleton.contains("_9p_nl::{"), "{skeleton}");
    assert_eq!(emit::module_name(&family), "_9p");
}

#[test]
fn family_may_have_a_keyword_as_name() {
    let family = family(&family_of("crate", "", "", "{name: get, doc: '', do: {}}"));
    let skeleton = emit::skeleton(&family, "found.yaml").expect("the output");
    assert!(skeleton.contains("crate_nl::{"), "{skeleton}");
    assert_eq!(emit::tables_module_name(&family), "crate_nl");
    let kernel = emit::kernel(&family, "found.yaml").expect("the output");
    assert!(
        kernel.contains(&format!("{}::Crate", emit::module_name(&family))),
        "{kernel}"
    );
}

#[test]
fn notification_method_of_name_with_leading_digit_is_valid() {
    let get = "{name: get, doc: '', do: {reply: {}}}";
    let ntf = "{name: 2nd, doc: '', notify: get, mcgrp: news}";
    let text = family_of("found", "", "", &format!("{get}, {ntf}"));
    let kernel = kernel(&(text + "mcast-groups: {list: [{name: news}]}\n"));
    assert!(kernel.contains(", _2nd_has_listeners) ="), "{kernel}");
}

#[test]
fn constant_does_not_shadow_kernel_errno() {
    let kernel = kernel(&spec("{name: einval, type: const, value: 1}", ""));
    assert!(
        kernel.contains("pub const EINVAL_CONST: usize = 1;"),
        "{kernel}"
    );
}

#[test]
fn method_name_does_not_import_genl_function() {
    let get = "{name: get, doc: '', attribute-set: thing, do: {request: {attributes: [array]}}}";
    let text = family_of("found", "", "{name: array, type: u8}", get);
    let kernel = kernel(&text);
    assert!(kernel.contains("array: Array => u8,"), "{kernel}");
    assert!(!kernel.contains("        array,\n"), "{kernel}");
}

#[test]
fn attribute_name_does_not_import_kernel_type() {
    let get =
        "{name: policy, doc: '', attribute-set: thing, do: {request: {attributes: [policy]}}}";
    let kernel = kernel(&family_of("found", "", "{name: policy, type: u8}", get));
    assert!(kernel.contains("policy: Policy => u8,"), "{kernel}");
    assert!(kernel.contains("Policy: u8(),"), "{kernel}");
    assert!(!kernel.contains("        Policy,"), "{kernel}");
    assert!(!kernel.contains("        Policy, //"), "{kernel}");
}

/// Its method returns no value of the type, as clippy expects of `new`.
#[test]
fn operation_may_be_named_new() {
    let new = "{name: new, doc: '', do: {}}";
    let kernel = kernel(&family_of("found", "", "", new));
    let method = "#[allow(clippy::new_ret_no_self)]\n    fn new<'a>(";
    assert!(kernel.contains(method), "{kernel}");
}

#[test]
fn every_command_has_documentation() {
    assert!(kernel(&spec("", "")).contains("    /// `get`.\n    Get = 1,"));
}

#[test]
fn imports_of_conditional_operations_may_be_unused() {
    let get = "{name: get, doc: '', config-cond: some, do: {}}";
    let with = kernel(&family_of("found", "", "", get));
    assert!(
        with.contains("#[allow(unused_imports)]\nuse crate::"),
        "{with}"
    );
    assert!(!kernel(&spec("", "")).contains("unused_imports"));
}

#[test]
fn unused_flags_have_a_type_wide_enough() {
    let flags =
        "{name: wide, type: flags, entries: [{name: top, value: 38}, {name: low, value: 1}]}";
    let user = user(&spec(flags, ""));
    assert!(user.contains("pub struct WideFlags: u64 {"), "{user}");
}

#[test]
fn attribute_name_does_not_import_genl_type() {
    let text = spec(
        "",
        "{name: bitflags, type: u8}, {name: TypeValue, type: u8}",
    );
    let text = text.replace("protocol: genetlink", "protocol: genetlink-legacy");
    let user = user(&text);
    assert!(
        user.contains("\"bitflags\"") && user.contains("\"TypeValue\""),
        "{user}"
    );
    assert!(!user.contains("use genl::bitflags"), "{user}");
    assert!(!user.contains(" TypeValue,"), "{user}");
}

#[test]
fn variant_name_does_not_import_genl_type() {
    let many = "{name: multi-attr, doc: '', event: {}}";
    let user = user(&family_of("found", "", "", many));
    assert!(
        user.contains("    MultiAttr(FoundMultiAttr<'a>),"),
        "{user}"
    );
    let import = user.lines().find(|line| line.starts_with("use genl::"));
    assert!(!import.expect("it exists").contains("MultiAttr"), "{user}");
}

#[test]
fn module_of_set_does_not_shadow_crate() {
    let text = spec("", "").replace("{name: thing,", "{name: genl,");
    let user = user(&text);
    assert!(user.contains("pub mod genl_set {"), "{user}");
}

#[test]
fn tables_that_the_core_would_reject_are_rejected() {
    let operations = |count: usize| {
        let list = (0..count).map(|at| format!("{{name: get{at}, doc: '', do: {{}}, dump: {{}}}}"));
        family_of("found", "", "", &list.collect::<Vec<_>>().join(", "))
    };
    let groups = |name: &str, count: usize| {
        let list = (0..count).map(|at| format!("{{name: g{at}}}"));
        let list = list.collect::<Vec<_>>().join(", ");
        let text = family_of(name, "", "", "{name: get, doc: '', do: {}}");
        format!("{text}mcast-groups: {{list: [{list}]}}\n")
    };
    for accepted in [
        operations(127),
        groups("found", 255),
        groups("pmcraid", 1),
        groups("nlctrls", 1),
    ] {
        kernel(&accepted);
    }
    for (rejected, message) in [
        (
            operations(128),
            "`get127`: a table of more operations, each `do` and `dump` counted, is not supported \
             on the kernel side",
        ),
        (
            groups("found", 256),
            "`g255`: a table of more groups is not supported on the kernel side",
        ),
        (
            groups("pmcraid", 2),
            "`g1`: a second multicast group with this family name is not supported on the kernel side",
        ),
        (
            groups("nlctrl", 1),
            "`nlctrl`: the name of the core's own family is not supported on the kernel side",
        ),
    ] {
        match emit::kernel(&family(&rejected), "found.yaml") {
            Err(EmitError::Unsupported(problem)) => assert_eq!(problem.to_string(), message),
            _ => panic!("accepted, although: {message}"),
        }
    }
}
