// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the reference page in Markdown.

use super::types::AttributeType as _;
use super::types::Number;
use super::writer::Writer;
use super::{generated_from, prose};
use crate::model::{
    Attribute, AttributeSet, ConstValue, Definition, DisplayHint, Enum, Exchange, Family, IntKind,
    MemberKind, Message, OpId, Operation, Permission, Role, Scope, Struct,
};

/// Width of a line of prose.
const WIDTH: usize = 80;

/// Writes the page. `origin` is the name of the spec.
pub fn doc(family: &Family, origin: &str) -> String {
    let mut out = Writer::default();
    out.line(format!(
        "<!-- SPDX-License-Identifier: {} -->",
        family.licence
    ));
    out.line(format!("<!-- {} -->", generated_from(origin, "--doc")));
    out.blank();
    out.line(format!(
        "# Family `{}`, version {}",
        family.name, family.version
    ));
    prose(&mut out, &family.doc);
    operations(&mut out, family);
    groups(&mut out, family);
    sets(&mut out, family);
    definitions(&mut out, family);
    out.finish().trim_end().to_owned() + "\n"
}

/// Writes paragraphs.
fn prose(out: &mut Writer, text: &str) {
    if !text.is_empty() {
        out.blank();
        out.lines(prose::wrap(&marked(text), WIDTH));
        out.blank();
    }
}

/// Returns text as Markdown: names of constants and functions become code, and Markdown's own
/// characters are escaped.
fn marked(text: &str) -> String {
    let mark = |word: &str| {
        let (word, after) = split_punctuation(word);
        if is_code(word) {
            format!("`{word}`{after}")
        } else {
            escaped(word) + after
        }
    };
    let line = |line: &str| line.split(' ').map(mark).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn split_punctuation(word: &str) -> (&str, &str) {
    let core = word.trim_end_matches(['.', ',', ';', ':']);
    word.split_at(core.len())
}

/// Returns whether a word is a name in C: upper case with `_`, or followed by `()`.
fn is_code(word: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let constant = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    match word.strip_suffix("()") {
        Some(function) => !function.is_empty() && function.chars().all(name),
        None => word.contains('_') && word.chars().all(constant),
    }
}

fn escaped(word: &str) -> String {
    let mut text = String::new();
    for c in word.chars() {
        if matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '|') && word.len() > 1 {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Returns text as a table cell.
fn cell(text: &str) -> String {
    prose::one_line(&marked(text))
}

/// Writes a table row.
fn row(out: &mut Writer, cells: &[&str]) {
    let cells = cells.iter().map(|cell| match *cell {
        "" => " |".to_owned(),
        cell => format!(" {cell} |"),
    });
    out.line(format!("|{}", cells.collect::<String>()));
}

/// Writes a table head.
fn head(out: &mut Writer, names: &[&str]) {
    out.blank();
    row(out, names);
    out.line(format!("|{}", "---|".repeat(names.len())));
}

/// Formats names as code, separated by commas.
pub(super) fn codes<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn operations(out: &mut Writer, family: &Family) {
    out.blank();
    out.line("## Operations");
    for operation in &family.operations {
        self::operation(out, family, operation);
    }
}

fn operation(out: &mut Writer, family: &Family, operation: &Operation) {
    out.blank();
    out.line(format!("### `{}` ({})", operation.name, numbers(operation)));
    prose(out, &operation.doc);
    match &operation.role {
        Role::Call { doit, dumpit } => call(out, family, operation, doit.as_ref(), dumpit.as_ref()),
        Role::Notify { of, group } => {
            notification(out, family, *of);
            sent_to(
                out,
                family,
                group.map(|group| family.group(group).name.as_str()),
            );
        }
        Role::Event { message, group } => {
            attributes_of(out, family, operation);
            item(out, "event", &names(family, operation, message));
            sent_to(
                out,
                family,
                group.map(|group| family.group(group).name.as_str()),
            );
        }
        Role::Reserved => prose(out, "The number is reserved."),
    }
}

fn numbers(operation: &Operation) -> String {
    match (operation.request, operation.reply) {
        (Some(request), Some(reply)) if request != reply => {
            format!("command {request}, reply {reply}")
        }
        (Some(number), _) => format!("command {number}"),
        (None, Some(number)) if matches!(operation.role, Role::Event { .. }) => {
            format!("event {number}")
        }
        (None, Some(number)) => format!("notification {number}"),
        (None, None) => "no number".to_owned(),
    }
}

/// Begins the list of an operation's messages.
fn attributes_of(out: &mut Writer, family: &Family, operation: &Operation) {
    out.blank();
    out.line(match operation.set {
        Some(set) => format!("Attributes of the set `{}`:", family.set(set).name),
        None => "Attributes:".to_owned(),
    });
    out.blank();
}

/// Writes a message and its attributes as a list item.
fn item(out: &mut Writer, message: &str, attributes: &str) {
    out.line(format!("- {message}: {attributes}"));
}

/// Returns the attributes of a message.
fn names(family: &Family, operation: &Operation, message: &Message) -> String {
    match message.attributes.is_empty() {
        true => "none".to_owned(),
        false => codes(
            family
                .attributes(operation, message)
                .map(|one| one.name.as_str()),
        ),
    }
}

fn call(
    out: &mut Writer,
    family: &Family,
    operation: &Operation,
    doit: Option<&Exchange>,
    dumpit: Option<&Exchange>,
) {
    attributes_of(out, family, operation);
    let mut message = |title: &str, message: &Option<Message>| match message {
        Some(message) => item(out, title, &names(family, operation, message)),
        None => item(out, title, "none"),
    };
    if let Some(doit) = doit {
        message("do, request", &doit.request);
        message("do, reply", &doit.reply);
    }
    if let Some(dumpit) = dumpit {
        message("dump, request", &dumpit.request);
        message("dump, each reply", &dumpit.reply);
    }
    if let Some(header) = operation.fixed_header {
        let header = &family.structure(header).name;
        prose(
            out,
            &format!("The struct {header} precedes the attributes."),
        );
    }
    let may_call = match permission(operation.permission) {
        None => "Anyone may call it.".to_owned(),
        Some(capability) => format!("Callers need {capability}."),
    };
    prose(out, &may_call);
    if let Some(config) = &operation.config {
        prose(out, &format!("Only in kernels with CONFIG_{config}."));
    }
}

/// Returns the capability that a permission requires.
fn permission(permission: Permission) -> Option<&'static str> {
    match permission {
        Permission::Anyone => None,
        Permission::Admin => Some("CAP_NET_ADMIN in the initial user namespace"),
        Permission::NetnsAdmin => {
            Some("CAP_NET_ADMIN in the user namespace that owns the network namespace")
        }
    }
}

fn notification(out: &mut Writer, family: &Family, of: OpId) {
    let of = &family.operation(of).name;
    out.blank();
    out.line(format!("Carries the attributes of the reply to `{of}`."));
}

fn sent_to(out: &mut Writer, _family: &Family, group: Option<&str>) {
    if let Some(group) = group {
        out.blank();
        out.line(format!("Sent to the group `{group}`."));
    }
}

fn groups(out: &mut Writer, family: &Family) {
    if family.groups.is_empty() {
        return;
    }
    out.blank();
    out.line("## Multicast groups");
    out.blank();
    for (index, group) in family.groups.iter().enumerate() {
        let sent = family.operations.iter().filter(|operation| {
            let to = match &operation.role {
                Role::Notify { group, .. } | Role::Event { group, .. } => *group,
                _ => None,
            };
            to.is_some_and(|to| to.0 == index)
        });
        let sent = codes(sent.map(|operation| operation.name.as_str()));
        let required = match permission(group.permission) {
            None => String::new(),
            Some(capability) => format!("; joining requires {}", marked(capability)),
        };
        out.line(format!("- `{}`: {sent}{required}", group.name));
    }
}

fn sets(out: &mut Writer, family: &Family) {
    out.blank();
    out.line("## Attribute sets");
    for set in &family.sets {
        self::set(out, family, set);
    }
    notes(out, family);
}

fn set(out: &mut Writer, family: &Family, set: &AttributeSet) {
    out.blank();
    out.line(format!("### `{}`", set.name));
    prose(out, &set.doc);
    if let Some(whole) = set.subset_of {
        let whole = &family.set(whole).name;
        out.blank();
        out.line(format!("A subset of `{whole}`."));
    }
    head(out, &["no.", "attribute", "type", ""]);
    for attribute in &set.attributes {
        row(
            out,
            &[
                &attribute.number.to_string(),
                &format!("`{}`", attribute.name),
                &kind(family, attribute),
                &cell(&attribute.doc),
            ],
        );
    }
}

/// Writes notes on the types of the attributes.
fn notes(out: &mut Writer, family: &Family) {
    let all = || family.sets.iter().flat_map(|set| &set.attributes);
    let is_limited = |one: &Attribute| one.kind.text().is_some_and(|text| text.max_len.is_some());
    let has_int = |kind: IntKind| {
        let mut ints = all().filter_map(|one| one.kind.int());
        ints.any(|int| int.kind == kind)
    };
    let mut text = Vec::new();
    if all().any(is_limited) {
        text.push("The limit of a string does not count the terminating NUL.".to_owned());
    }
    let short = [(IntKind::Uint, "`uint`"), (IntKind::Sint, "`sint`")];
    let short: Vec<_> = short.iter().filter(|(kind, _)| has_int(*kind)).collect();
    if let Some((_, first)) = short.first() {
        let names = short
            .get(1)
            .map_or(String::new(), |(_, second)| format!(" or {second}"));
        text.push(format!(
            "A {first}{names} takes 4 bytes if its value fits, otherwise 8."
        ));
    }
    if !text.is_empty() {
        out.blank();
        out.lines(prose::wrap(&text.join(" "), WIDTH));
    }
}

/// Returns the type of an attribute, with its limits, as a table cell.
fn kind(family: &Family, attribute: &Attribute) -> String {
    let mut text = attribute.kind.describe().page(family);
    let limits = attribute.kind.describe().page_limits(family);
    if !limits.is_empty() {
        text = format!("{text}, {limits}");
    }
    if attribute.multi {
        text += ", several";
    }
    if let Some(hint) = attribute.hint {
        text = format!("{text}, {}", self::hint(hint));
    }
    text
}

fn hint(hint: DisplayHint) -> &'static str {
    match hint {
        DisplayHint::Hex => "in hexadecimal",
        DisplayHint::Mac => "a MAC address",
        DisplayHint::Fddi => "an FDDI address",
        DisplayHint::Ipv4 => "an IPv4 address",
        DisplayHint::Ipv6 => "an IPv6 address",
        DisplayHint::Ipv4OrV6 => "an IPv4 or IPv6 address",
        DisplayHint::Uuid => "a UUID",
        DisplayHint::SockAddr => "an IP address and a port",
    }
}

fn definitions(out: &mut Writer, family: &Family) {
    if family.definitions.is_empty() {
        return;
    }
    out.blank();
    out.line("## Definitions");
    for definition in &family.definitions {
        match *definition {
            Definition::Enum(id) => enumeration(out, family.enumeration(id)),
            Definition::Struct(id) => structure(out, family, family.structure(id)),
            Definition::Const(_) => {}
        }
    }
    constants(out, family);
}

fn enumeration(out: &mut Writer, enumeration: &Enum) {
    let (title, first) = match enumeration.flags {
        true => ("Flags", "bit"),
        false => ("Enum", "value"),
    };
    out.blank();
    out.line(format!("### {title} `{}`", enumeration.name));
    prose(out, &enumeration.doc);
    head(out, &[first, "name", ""]);
    for entry in &enumeration.entries {
        let (value, name) = (entry.value.to_string(), format!("`{}`", entry.name));
        row(out, &[&value, &name, &cell(&entry.doc)]);
    }
}

fn structure(out: &mut Writer, family: &Family, structure: &Struct) {
    out.blank();
    out.line(format!("### Struct `{}`", structure.name));
    prose(out, &structure.doc);
    head(out, &["member", "type", ""]);
    for member in &structure.members {
        let kind = match &member.kind {
            MemberKind::Int(int) => Number(int).page(family),
            MemberKind::Bytes(len) => format!("{len} bytes"),
            MemberKind::Text(len) => format!("string of {len} bytes"),
            MemberKind::Struct(id) => format!("struct `{}`", family.structure(*id).name),
        };
        row(
            out,
            &[&format!("`{}`", member.name), &kind, &cell(&member.doc)],
        );
    }
}

fn constants(out: &mut Writer, family: &Family) {
    let visible = |constant: &&crate::model::Const| constant.scope != Scope::Kernel;
    let constants: Vec<_> = family.consts.iter().filter(visible).collect();
    if constants.is_empty() {
        return;
    }
    out.blank();
    out.line("### Constants");
    head(out, &["name", "value", ""]);
    for constant in constants {
        let value = match &constant.value {
            ConstValue::Number(number) => number.to_string(),
            ConstValue::Text(text) => format!("`{text}`"),
        };
        row(
            out,
            &[
                &format!("`{}`", constant.name),
                &value,
                &cell(&constant.doc),
            ],
        );
    }
}
