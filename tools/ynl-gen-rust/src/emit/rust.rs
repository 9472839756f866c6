// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes parts that both Rust outputs share.

use super::prose;
use super::writer::Writer;
use crate::model::{Attribute, Family};

/// Width of a line.
pub(super) const WIDTH: usize = 100;

/// One level of indentation.
pub(super) const STEP: &str = "    ";

/// Writes documentation, or `otherwise` if there is none.
pub(super) fn doc(out: &mut Writer, text: &str, otherwise: &str) {
    comment(out, "///", &or(text, otherwise));
}

/// Writes documentation of the module.
fn inner_doc(out: &mut Writer, text: &str) {
    comment(out, "//!", text);
}

/// Writes the documentation of the module: the family's name and documentation.
pub(super) fn front_page(out: &mut Writer, family: &Family) {
    let first = prose::first_sentence(&family.doc);
    let rest = prose::after_first_sentence(&family.doc);
    let first = prose::uncapitalised(&prose::sentence(&first));
    let title = format!("The protocol of the family `{}`: {first}", family.name);
    inner_doc(out, &title);
    if !rest.is_empty() {
        out.line("//!");
        inner_doc(out, rest);
    }
    out.blank();
}

/// Returns the documentation of a method: the verb, the attribute, and the attribute's
/// documentation.
pub(super) fn method_doc(verb: &str, attribute: &Attribute) -> String {
    let name = &attribute.name;
    match prose::sentence(&attribute.doc).as_str() {
        "" => format!("{verb} `{name}`."),
        text => format!("{verb} `{name}`: {}", prose::uncapitalised(text)),
    }
}

/// Returns the text as a sentence, or `otherwise` if it is empty.
pub(super) fn or(text: &str, otherwise: &str) -> String {
    match text.trim() {
        "" => otherwise.to_owned(),
        text => prose::sentence(text),
    }
}

fn comment(out: &mut Writer, mark: &str, text: &str) {
    let width = WIDTH - out.indent_width() - mark.len() - 1;
    for line in prose::wrap(&escaped(text), width) {
        out.line(format!("{mark} {line}").trim_end());
    }
}

/// Escapes text so that rustdoc finds no link, no tag and no unterminated code in it.
fn escaped(text: &str) -> String {
    let marks = text.matches('`').count();
    let (mut code, mut seen) = (false, 0);
    let mut escaped = String::new();
    for c in text.chars() {
        if c == '`' {
            seen += 1;
            match seen == marks && marks % 2 == 1 {
                true => escaped.push('\\'),
                false => code = !code,
            }
        }
        if !code && matches!(c, '[' | ']' | '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Writes `start {`, the output of `body`, and `}`.
pub(super) fn block(out: &mut Writer, start: impl AsRef<str>, body: impl FnOnce(&mut Writer)) {
    out.line(format!("{} {{", start.as_ref()));
    out.indented(STEP, body);
    out.line("}");
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn brackets_outside_code_are_escaped() {
        assert_eq!(escaped("a `b[1]` c[2] <d>"), r"a `b[1]` c\[2\] \<d\>");
    }

    #[test]
    fn unpaired_backtick_is_escaped() {
        assert_eq!(escaped("a `b` and `c[1]"), r"a `b` and \`c\[1\]");
    }
}
