// SPDX-License-Identifier: MIT OR Apache-2.0

//! The examples in the documentation of `kmodule/genl`: compiled for the kernel, as one module.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::module;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// The file whose documentation has a whole module. That one is the crate, and the others are in it.
const TOP: &str = "genl";

/// What begins and ends a block of code in Markdown.
const FENCE: &str = "```";

/// A file of the library, and its examples.
#[derive(Debug)]
struct File {
    name: String,
    /// From the top of the checkout.
    source: String,
    /// Where its examples are compiled.
    copy: String,
    examples: Vec<Example>,
}

#[derive(Debug)]
struct Example {
    /// The line of its first fence, counted from 1.
    line: usize,
    /// What the compiler must say of it, if it must not compile.
    fails: Option<String>,
    code: Vec<String>,
    /// What the compiler says of it.
    errors: String,
}

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let sources = paths.checkout.join("kmodule");
    let folder = Scratch::new(paths, "examples")?;
    for name in ["genl", "genl.rs"] {
        module::copy_tree(&sources.join(name), &folder.path().join(name))?;
    }
    let mut files = files(&sources)?;
    compile(paths, kernel, folder.path(), &mut files)?;
    let mut tally = Tally::default();
    for file in &files {
        for example in &file.examples {
            let name = format!("example::{}_{}", file.name, example.line);
            let result = example
                .verdict()
                .with_context(|| format!("{}:{}", file.source, example.line));
            tally.count(&name, result);
        }
    }
    ensure!(tally.passed + tally.failed > 1, "there are no examples");
    Ok(tally)
}

fn files(sources: &Path) -> Result<Vec<File>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(sources.join("genl"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    names.insert(0, TOP.to_owned());
    names.iter().map(|name| File::read(sources, name)).collect()
}

/// Compiles all at once, and again without those that failed until the rest compiles: the compiler
/// does not make its later checks while an earlier one finds something.
fn compile(paths: &Paths, kernel: &Kernel, folder: &Path, files: &mut [File]) -> Result<()> {
    let log = paths.log("examples");
    loop {
        write(folder, files)?;
        tool::fresh_log(&log)?;
        let mut make = kernel.make_modules(folder);
        let Err(error) = tool::logged(make.arg("examples.o"), &log) else {
            return Ok(());
        };
        if !note_errors(files, &tool::read(&log)) {
            return Err(error);
        }
        let mut examples = files.iter().flat_map(|file| &file.examples);
        if let Some(whole) = examples.find(|example| example.is_whole() && example.failed()) {
            bail!(
                "example::{TOP}_{}, without which no other is tried\n{}",
                whole.line,
                whole.errors
            );
        }
    }
}

/// Writes the crate, without examples that failed.
fn write(folder: &Path, files: &[File]) -> Result<()> {
    fs::write(folder.join("Kbuild"), "obj-m := examples.o\n")?;
    fs::create_dir_all(folder.join("examples"))?;
    for file in files {
        let mut code = file.code();
        if file.name == TOP {
            let rest = files.iter().filter(|file| file.name != TOP);
            let rest: Vec<_> = rest.map(|file| format!("mod {};", file.name)).collect();
            code += &format!("\n\nmod examples {{\n{}\n}}\n", rest.join("\n"));
        }
        fs::write(folder.join(&file.copy), code)?;
    }
    Ok(())
}

/// Notes what the compiler says of each example; returns whether it says something of any.
fn note_errors(files: &mut [File], output: &str) -> bool {
    let mut any = false;
    for error in errors(output) {
        for file in &mut *files {
            let told = error.replace(
                &format!("--> {}:", file.copy),
                &format!("--> {}:", file.source),
            );
            for example in &mut file.examples {
                if example.is_in(&file.source, &told) {
                    example.errors += &told;
                    any = true;
                }
            }
        }
    }
    any
}

/// The errors in what a compiler prints, each with its notes.
fn errors(output: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut is_error = false;
    for line in output.lines() {
        if line.starts_with("error") || line.starts_with("warning") {
            is_error = line.starts_with("error");
            all.extend(is_error.then(String::new));
        }
        if let Some(error) = all.last_mut().filter(|_| is_error) {
            *error += line;
            error.push('\n');
        }
    }
    all
}

impl File {
    fn read(sources: &Path, name: &str) -> Result<Self> {
        let (path, copy) = match name {
            TOP => (format!("{name}.rs"), "examples.rs".to_owned()),
            _ => (format!("genl/{name}.rs"), format!("examples/{name}.rs")),
        };
        let text = fs::read_to_string(sources.join(&path)).with_context(|| path.clone())?;
        Ok(Self {
            name: name.to_owned(),
            source: format!("kmodule/{path}"),
            copy,
            examples: examples(&text),
        })
    }

    /// Its examples that have not failed, in the lines in which they are in the documentation, so that
    /// the compiler tells these.
    fn code(&self) -> String {
        let mut lines = Vec::new();
        for example in self.examples.iter().filter(|example| !example.failed()) {
            lines.resize(example.line - 1, String::new());
            lines.extend(example.wrapped());
        }
        lines.join("\n")
    }
}

impl Example {
    /// A module of its own, which can be nowhere but at the top.
    fn is_whole(&self) -> bool {
        self.code
            .iter()
            .any(|line| line.starts_with("pub mod genl;"))
    }

    /// The lines from its first fence to its last. As in rustdoc, a function is around what is not
    /// whole.
    fn wrapped(&self) -> Vec<String> {
        let (open, close) = match self.is_whole() {
            true => (String::new(), String::new()),
            false => {
                let open = format!("#[allow(dead_code)] fn line_{}() {{", self.line);
                (open, "}".to_owned())
            }
        };
        let mut lines = vec![open];
        lines.extend_from_slice(&self.code);
        lines.push(close);
        lines
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether an error, or one of its notes, is about it.
    fn is_in(&self, source: &str, error: &str) -> bool {
        let last = self.line + self.code.len() + 1;
        let place = format!("--> {source}:");
        error
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix(&place))
            .filter_map(|place| place.split(':').next()?.parse().ok())
            .any(|line| (self.line..=last).contains(&line))
    }

    fn verdict(&self) -> Result<()> {
        match &self.fails {
            None => ensure!(!self.failed(), "it does not compile\n{}", self.errors),
            Some(_) if !self.failed() => bail!("it compiles"),
            Some(text) => ensure!(
                self.errors.contains(text),
                "the compiler does not say \"{text}\"\n{}",
                self.errors
            ),
        }
        Ok(())
    }
}

/// The examples of a file; a block of code that is something else is none.
fn examples(text: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((before, line)) = lines.next() {
        let Some(words) = documentation(line).and_then(|line| line.strip_prefix(FENCE)) else {
            continue;
        };
        let block: Vec<&str> = lines
            .by_ref()
            .map_while(|(_, line)| documentation(line))
            .take_while(|line| !line.starts_with(FENCE))
            .collect();
        let words: Vec<&str> = words.split([',', ' ']).filter(|w| !w.is_empty()).collect();
        let fails = words.contains(&"compile_fail");
        if fails || words.iter().all(|word| ["rust", "no_run"].contains(word)) {
            examples.push(Example {
                line: before + 1,
                fails: fails.then(|| said(&block)),
                code: block.into_iter().map(code).map(str::to_owned).collect(),
                errors: String::new(),
            });
        }
    }
    examples
}

/// What a line of a doc comment says.
fn documentation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line
        .strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

/// What the compiler must say, by a comment in an example; anything, if there is none.
fn said(block: &[&str]) -> String {
    let comments = block.iter().map(|line| line.split_once("// error: "));
    let texts = comments.flatten().map(|(_, text)| text);
    texts.take(1).collect()
}

/// A line as the compiler gets it. Rustdoc hides those that begin with `# `; a `#` that is doubled is
/// shown and taken.
fn code(line: &str) -> &str {
    let trimmed = line.trim();
    match trimmed.strip_prefix('#') {
        Some("") => "",
        Some(rest) if rest.starts_with('#') => rest,
        Some(rest) => rest.strip_prefix(' ').unwrap_or(line),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
//! Says.
//!
//! ```
//! # use it;
//! one(
//!     #[x] 1);
//! ```

    /// ```ignore
    /// two();
    /// ```
    ///
    /// ```compile_fail
    /// three(); // error: no such number
    /// ##[y]
    /// ```
";

    fn file() -> File {
        File {
            name: "x".to_owned(),
            source: "kmodule/genl/x.rs".to_owned(),
            copy: "examples/x.rs".to_owned(),
            examples: examples(TEXT),
        }
    }

    #[test]
    fn examples_are_found() {
        let found = examples(TEXT);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[1].line), (3, 13));
        assert_eq!(found[0].code, ["use it;", "one(", "    #[x] 1);"]);
        assert_eq!(found[0].fails, None);
        assert_eq!(found[1].code[1], "#[y]");
        assert_eq!(found[1].fails.as_deref(), Some("no such number"));
    }

    #[test]
    fn code_stands_where_it_stands_in_the_documentation() {
        let code = file().code();
        let lines: Vec<&str> = code.lines().collect();
        assert_eq!(lines[2], "#[allow(dead_code)] fn line_3() {");
        assert_eq!(lines[3..7], ["use it;", "one(", "    #[x] 1);", "}"]);
        assert!(lines[13].starts_with("three();"));
    }

    #[test]
    fn an_error_is_that_of_its_example() {
        let mut files = [file()];
        let output = "warning: odd\n --> examples/x.rs:4:1\n\n\
            error: no such number\n --> genl/x.rs:4:9\n\nnote: inside\n --> examples/x.rs:14:1\n\n\
            error: aborting due to 1 previous error\n";
        assert!(note_errors(&mut files, output));
        let [one, three] = files[0].examples.as_slice() else {
            panic!("there are two");
        };
        assert!(!one.failed() && one.verdict().is_ok());
        assert!(three.errors.contains("--> kmodule/genl/x.rs:14:1"));
        assert!(three.verdict().is_ok());
        assert!(!note_errors(&mut files, "error: something else\n"));
    }

    #[test]
    fn what_must_not_compile_must_fail_as_it_says() {
        let mut file = file();
        let three = &mut file.examples[1];
        assert!(three.verdict().is_err());
        three.errors = "error: something else".to_owned();
        assert!(three.verdict().is_err());
    }
}
