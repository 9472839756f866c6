// SPDX-License-Identifier: MIT OR Apache-2.0

//! Formats documentation of a spec.

/// Wraps `text` at `width` columns. Paragraphs are separated by an empty line. Each list item
/// starts a line.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks(text) {
        match block {
            Block::Gap => lines.push(String::new()),
            Block::Text { indent, words } => fill(&words, &indent, width, &mut lines),
        }
    }
    lines
}

/// Returns `text` as one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the first sentence of `text` as one line.
pub(super) fn first_sentence(text: &str) -> String {
    one_line(at_first_sentence(text).0)
}

/// Returns `text` without its first sentence.
pub(super) fn after_first_sentence(text: &str) -> &str {
    at_first_sentence(text).1.trim()
}

/// Splits `text` after its first sentence, which ends at a full stop or a blank line.
fn at_first_sentence(text: &str) -> (&str, &str) {
    let text = text.trim();
    let stops = text.match_indices('.').map(|(stop, _)| stop + 1);
    let stop = stops
        .into_iter()
        .find(|&end| text[end..].starts_with(char::is_whitespace));
    let mut lines = text.split_inclusive('\n').scan(0, |start, line| {
        *start += line.len();
        Some((*start - line.len(), line))
    });
    let blank = lines.find(|(_, line)| line.trim().is_empty());
    let ends = [stop, blank.map(|(start, _)| start)];
    text.split_at(ends.into_iter().flatten().min().unwrap_or(text.len()))
}

/// Returns `text` with a full stop, unless it is empty or has one.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    match text.chars().last() {
        None | Some('.' | '!' | '?' | ':') => text.to_owned(),
        Some(_) => format!("{text}."),
    }
}

/// Returns `text` with its first letter in lower case, unless the first word has other capitals.
pub(super) fn uncapitalised(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(letter) if !first.chars().skip(1).any(char::is_uppercase) => {
            letter.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// Formats a list: a, b and c.
pub(super) fn listed(names: &[String]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

enum Block {
    Gap,
    Text { indent: String, words: Vec<String> },
}

/// Splits text into paragraphs and list items.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for line in text.trim().lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            if !matches!(blocks.last(), Some(Block::Gap)) {
                blocks.push(Block::Gap);
            }
            continue;
        }
        let words = trimmed.split_whitespace().map(str::to_owned);
        match blocks.last_mut() {
            Some(Block::Text { words: before, .. }) if !starts_item(trimmed) => {
                before.extend(words);
            }
            _ => blocks.push(Block::Text {
                indent: if starts_item(trimmed) { "  " } else { "" }.to_owned(),
                words: words.collect(),
            }),
        }
    }
    blocks
}

/// Returns whether a line starts a list item.
fn starts_item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || (number != line && number.starts_with(". "))
}

/// Wraps words. Lines after the first start with `indent`.
fn fill(words: &[String], indent: &str, width: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    for word in words {
        let needed = line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && needed > width {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        }
        if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_preserves_paragraphs_and_lists() {
        let text = "One two three\nfour.\n\nA list:\n- first and long\n- second\n";
        assert_eq!(
            wrap(text, 10),
            [
                "One two",
                "three",
                "four.",
                "",
                "A list:",
                "- first",
                "  and long",
                "- second"
            ]
        );
    }

    #[test]
    fn wrap_puts_overlong_word_on_its_own_line() {
        assert_eq!(
            wrap("a incomprehensible b", 5),
            ["a", "incomprehensible", "b"]
        );
    }

    #[test]
    fn sentence_ends_at_full_stop_or_paragraph_end() {
        let text = "A title of\ntwo lines\n \n\nA second one. A third.\n";
        assert_eq!(first_sentence(text), "A title of two lines");
        assert_eq!(after_first_sentence(text), "A second one. A third.");
        let text = "One of v1.2\nends. Two.";
        assert_eq!(first_sentence(text), "One of v1.2 ends.");
        assert_eq!(after_first_sentence(text), "Two.");
        assert_eq!(after_first_sentence("Only one."), "");
    }

    #[test]
    fn uncapitalised_keeps_acronyms() {
        assert_eq!(uncapitalised("Bytes of it."), "bytes of it.");
        assert_eq!(uncapitalised("ID of it."), "ID of it.");
    }
}
