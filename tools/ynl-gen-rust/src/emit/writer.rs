// SPDX-License-Identifier: MIT OR Apache-2.0

//! Collects lines of text.

/// Collects lines.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    indent: String,
}

impl Writer {
    /// Adds a line.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.push_str(&self.indent);
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// Adds lines.
    pub(super) fn lines<S: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = S>) {
        for line in lines {
            self.line(line);
        }
    }

    /// Adds an empty line, unless the last line is empty or the text is.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds the lines of `body`, indented by `step`.
    pub(super) fn indented(&mut self, step: &str, body: impl FnOnce(&mut Self)) {
        let before = self.indent.len();
        self.indent.push_str(step);
        body(self);
        self.indent.truncate(before);
    }

    /// Returns the width of the indentation, with tabs of eight columns.
    pub(super) fn indent_width(&self) -> usize {
        let columns = |c| if c == '\t' { 8 } else { 1 };
        self.indent.chars().map(columns).sum()
    }

    /// Returns the text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}
