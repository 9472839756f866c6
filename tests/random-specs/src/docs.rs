// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates documentation: sentences, and text with a meaning in Markdown, comments or strings.

use crate::names::pick;
use fastrand::Rng;

const PIECES: &[&str] = &[
    "A sentence.",
    "Another one, without a stop",
    "See the `code` of it.",
    "`",
    "``",
    "```\nlet x = 1;\n```",
    "```c\nint x;",
    "~~~",
    "[link]",
    "[link](http://example.org)",
    "[a][b]",
    "[`Self`]",
    "[ref]: http://example.org",
    "<tag>",
    "</tag>",
    "<!--",
    "<http://example.org>",
    "http://example.org/a_b?c=d",
    "a < b && b > c",
    "&amp;",
    "*/",
    "/*",
    "/* x */",
    "//",
    "///",
    "//!",
    "*",
    "**bold",
    "_under_",
    "# heading",
    "## heading",
    "===",
    "---",
    "- item\n- item",
    "1. item\n2. item",
    "    indented",
    "\tindented",
    "> quote",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "\"",
    "'",
    "\\",
    "ends in a backslash \\\nnext",
    "\\n",
    "??/",
    "??)",
    "{",
    "}",
    "{0}",
    "%s",
    "$x",
    "#![deny(x)]",
    "#define X",
    "é ß 漢字 🦀",
    "a\u{a0}b",
    "@param: x",
    "a  b\n\n\nc",
    "!",
    "[^1]: note",
    "- [ ] task",
];

/// Characters that end a line in some language, or are invisible.
const ODD: &[&str] = &[
    "\r",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{202e}",
    "\u{2066}",
];

/// Returns documentation, which may be empty.
pub(crate) fn doc(random: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..random.u32(..4) {
        let piece = match random.u32(..40) {
            0 => pick(random, ODD),
            1..16 => "Some words",
            _ => pick(random, PIECES),
        };
        text.push_str(piece);
        text.push_str(pick(random, &[" ", "\n", "\n\n", ""]));
    }
    if random.u32(..30) == 0 {
        text.push_str(&"word ".repeat(60));
    }
    if random.u32(..60) == 0 {
        text.push_str(&"x".repeat(120));
    }
    text
}
