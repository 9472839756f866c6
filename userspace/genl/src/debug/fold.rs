// SPDX-License-Identifier: MIT OR Apache-2.0

//! Long messages in several lines.

/// The maximum length of a line in characters. Logs put a prefix before it.
const WIDTH: usize = 90;

/// The indentation of the content of braces and brackets.
const INDENT: usize = 2;

/// Folds the text of a message that is too long for a line: each item of its braces and brackets
/// has its own line, and is folded as well if it is still too long.
pub(super) fn folded(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    fold(text, 0, &mut lines);
    lines
}

/// Appends an item that is indented by `indent`.
fn fold(item: &str, indent: usize, lines: &mut String) {
    lines.extend(std::iter::repeat_n(' ', indent));
    // Each level is indented, so that the depth of the recursion is bounded.
    let Some((open, content, close)) = parts(item).filter(|_| indent < WIDTH) else {
        lines.push_str(item);
        return;
    };
    if indent + item.chars().count() <= WIDTH {
        lines.push_str(item);
        return;
    }
    lines.push_str(open);
    lines.push('\n');
    for item in items(content) {
        fold(item, indent + INDENT, lines);
        lines.push('\n');
    }
    lines.extend(std::iter::repeat_n(' ', indent));
    lines.push_str(close);
}

/// Splits an item into its beginning up to the first brace or bracket, the content, and the end.
fn parts(item: &str) -> Option<(&str, &str, &str)> {
    let end = item.len().checked_sub(1)?;
    let (start, _) = outside_quotes(item).find(|(_, c)| matches!(c, '{' | '['))?;
    let is_pair = matches!(
        (item.as_bytes()[start], item.as_bytes()[end]),
        (b'{', b'}') | (b'[', b']')
    );
    let is_empty = start + 1 == end;
    (is_pair && !is_empty).then(|| (&item[..=start], &item[start + 1..end], &item[end..]))
}

/// Returns the items between commas, except commas within inner braces and brackets.
fn items(content: &str) -> impl Iterator<Item = &str> {
    let mut ends = Vec::new();
    let mut depth = 0_usize;
    for (at, c) in outside_quotes(content) {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => ends.push(at),
            _ => {}
        }
    }
    ends.push(content.len());
    let mut start = 0;
    ends.into_iter().map(move |end| {
        let item = content[start..end].trim_start();
        start = (end + 1).min(content.len());
        item
    })
}

/// Returns the characters outside of quotation marks, each with its position.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut is_quoted = false;
    text.char_indices().filter(move |&(_, c)| {
        is_quoted ^= c == '"';
        !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_message_is_a_line() {
        let text = "-> rename seq 2 flags REQUEST ACK {name: \"lo\"}";
        assert_eq!(folded(text), text);
    }

    #[test]
    fn a_long_message_has_a_line_for_each_attribute() {
        let operations =
            (1..=3).map(|n| format!("{n}: {{id: {n}, flags: cmd-cap-do|cmd-cap-haspol}}"));
        let operations: Vec<_> = operations.collect();
        let text = format!(
            "<- getfamily seq 1 {{family-name: \"a, {{b\", family-id: 22, ops: [{}], empty: {{}}}}",
            operations.join(", ")
        );
        let expected = "\
<- getfamily seq 1 {
  family-name: \"a, {b\"
  family-id: 22
  ops: [
    1: {id: 1, flags: cmd-cap-do|cmd-cap-haspol}
    2: {id: 2, flags: cmd-cap-do|cmd-cap-haspol}
    3: {id: 3, flags: cmd-cap-do|cmd-cap-haspol}
  ]
  empty: {}
}";
        assert_eq!(folded(&text), expected);
    }

    #[test]
    fn the_indentation_is_limited() {
        let depth = 100_000;
        let text = ["{".repeat(depth), "}".repeat(depth)].concat();
        assert!(folded(&text).lines().count() < 2 * WIDTH);
    }

    proptest! {
        #[test]
        fn folding_keeps_all_visible_characters(text in "[a-z\"{}\\[\\], ]{0,300}") {
            let visible = |text: &str| text.replace([' ', '\n', ','], "");
            prop_assert_eq!(visible(&folded(&text)), visible(&text));
        }
    }
}
