// SPDX-License-Identifier: MIT OR Apache-2.0

//! Documentation that is carried over from a spec.

/// Breaks `text` into lines of at most `width` columns. Paragraphs stay apart, with an empty line
/// between them; the items of lists begin lines of their own.
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

/// `text` as one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first sentence of `text`, as one line.
pub(super) fn first_sentence(text: &str) -> String {
    one_line(at_first_sentence(text).0)
}

/// What stands behind the first sentence of `text`.
pub(super) fn behind_first_sentence(text: &str) -> &str {
    at_first_sentence(text).1.trim()
}

/// Splits `text` where its first sentence ends: behind a full stop, or before a blank line.
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

/// `text` with a full stop at its end, if it is not empty.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    match text.chars().last() {
        None | Some('.' | '!' | '?' | ':') => text.to_owned(),
        Some(_) => format!("{text}."),
    }
}

/// `text` with its first letter in lower case, unless its first word has further capitals.
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

/// Names as a list for people: a, b and c.
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

/// Splits text into paragraphs and items of lists.
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

/// Whether a line begins an item of a list.
fn starts_item(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || (number != line && number.starts_with(". "))
}

/// Fills lines with words; those after the first begin with `indent`.
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
    fn paragraphs_and_lists_keep_their_shape() {
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
    fn a_word_that_is_too_long_stands_alone() {
        assert_eq!(
            wrap("a incomprehensible b", 5),
            ["a", "incomprehensible", "b"]
        );
    }

    #[test]
    fn a_sentence_ends_with_its_stop_or_with_its_paragraph() {
        let text = "A title of\ntwo lines\n \n\nA second one. A third.\n";
        assert_eq!(first_sentence(text), "A title of two lines");
        assert_eq!(behind_first_sentence(text), "A second one. A third.");
        let text = "One of v1.2\nends. Two.";
        assert_eq!(first_sentence(text), "One of v1.2 ends.");
        assert_eq!(behind_first_sentence(text), "Two.");
        assert_eq!(behind_first_sentence("Only one."), "");
    }

    #[test]
    fn names_in_capitals_stay() {
        assert_eq!(uncapitalised("Bytes of it."), "bytes of it.");
        assert_eq!(uncapitalised("ID of it."), "ID of it.");
    }
}
