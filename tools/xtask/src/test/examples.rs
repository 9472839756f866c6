// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles the examples of `kmodule/genl` and of `tests/compile_fail.rs` for the kernel.
//!
//! Rustdoc cannot test them, because they need the kernel's build and a crate with a module. The
//! first example of `kmodule/genl.rs` is such a crate; all other examples continue with its family.

use super::tally::Tally;
use crate::cache::Scratch;
use crate::module;
use crate::paths::Paths;
use crate::setup::Kernel;
use crate::tool::{self, Run};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;
use std::thread;

/// The crate of all examples that must compile.
const ALL: &str = "examples";

const FENCE: &str = "```";

#[derive(Debug)]
struct Example {
    /// The stem of its file.
    file: String,
    /// The line of its first fence, counted from 1.
    line: usize,
    /// The error text, for an example that must not compile.
    error: Option<String>,
    code: Vec<String>,
}

pub(crate) fn run(paths: &Paths, kernel: &Kernel) -> Result<Tally> {
    let kmodule = paths.checkout.join("kmodule");
    let mut files = vec![kmodule.join("genl.rs")];
    files.extend(tool::files(&kmodule.join("genl"), "rs", false)?);
    files.push(paths.checkout.join("tests/compile_fail.rs"));
    let mut examples = Vec::new();
    for file in &files {
        examples.extend(Example::read(file)?);
    }
    ensure!(examples.len() > 1, "found no examples");
    let module = examples.remove(0);
    let (fail, pass): (Vec<_>, Vec<_>) = examples.iter().partition(|e| e.error.is_some());

    let scratch = Scratch::new(paths, "examples")?;
    let dir = scratch.path();
    for name in module::GENL {
        module::copy_tree(&kmodule.join(name), &dir.join(name))?;
    }
    write_all(dir, &module, &pass)?;
    let mut objects = vec![format!("{ALL}.o")];
    for example in &fail {
        let code = [module.code.clone(), example.as_function()].concat();
        fs::write(dir.join(format!("{}.rs", example.name())), code.join("\n"))?;
        objects.push(format!("{}.o", example.name()));
    }
    fs::write(
        dir.join("Kbuild"),
        format!("obj-m := {}\n", objects.join(" ")),
    )?;

    let log = paths.new_log("examples")?;
    let jobs = thread::available_parallelism().map_or(2, usize::from);
    // Fails, since some examples must not compile.
    let _ = kernel
        .make_modules(dir)
        .args(["--keep-going", "--output-sync", &format!("-j{jobs}")])
        .args(&objects)
        .log_to(&log);
    let output = tool::read_log(&log);
    let mut tally = Tally::default();
    let name = format!("examples::{}_compile", pass.len() + 1);
    tally.count(
        &name,
        check_pass(dir, &output).with_context(|| log.display().to_string()),
    );
    for example in fail {
        let name = format!("examples::{}_fails", example.name());
        tally.count(&name, example.check_failure(dir, &output));
    }
    Ok(tally)
}

/// Writes one crate of the examples that must compile. Each keeps its line numbers.
fn write_all(dir: &Path, module: &Example, examples: &[&Example]) -> Result<()> {
    let mut root = vec![String::new(); module.line];
    root.extend(module.code.clone());
    root.push(format!("mod {ALL} {{"));
    fs::create_dir_all(dir.join(ALL))?;
    for of_file in examples.chunk_by(|one, next| one.file == next.file) {
        let mut lines = Vec::new();
        for example in of_file {
            lines.resize(example.line - 1, String::new());
            lines.extend(example.as_function());
        }
        let file = &of_file[0].file;
        fs::write(dir.join(ALL).join(format!("{file}.rs")), lines.join("\n"))?;
        root.push(format!("mod {file};"));
    }
    root.push("}\n".to_owned());
    Ok(fs::write(dir.join(format!("{ALL}.rs")), root.join("\n"))?)
}

fn check_pass(dir: &Path, output: &str) -> Result<()> {
    let mut errors = errors(output);
    errors.retain(|error| error.contains(ALL));
    let is_built = dir.join(format!("{ALL}.o")).exists();
    ensure!(is_built, "the compiler says\n{}", errors.concat());
    Ok(())
}

/// Returns the errors in a compiler's output, each with its notes.
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

impl Example {
    /// Returns the examples in the doc comments of a file.
    fn read(path: &Path) -> Result<Vec<Self>> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self::parse(&stem, &text))
    }

    fn parse(file: &str, text: &str) -> Vec<Self> {
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
            let fails = words == "compile_fail";
            if fails || ["", "rust", "no_run"].contains(&words) {
                let mut texts = block
                    .iter()
                    .filter_map(|line| line.split_once("// error: "));
                let error = texts.next().map_or("", |(_, text)| text).to_owned();
                examples.push(Self {
                    file: file.to_owned(),
                    line: before + 1,
                    error: fails.then_some(error),
                    code: block.into_iter().map(code).map(str::to_owned).collect(),
                });
            }
        }
        examples
    }

    fn name(&self) -> String {
        format!("{}_{}", self.file, self.line)
    }

    /// Returns the lines from the first fence to the last, as a function like rustdoc's.
    fn as_function(&self) -> Vec<String> {
        let open = format!("#[allow(dead_code)] fn line_{}() {{", self.line);
        let lines = [open].into_iter().chain(self.code.iter().cloned());
        lines.chain(["}".to_owned()]).collect()
    }

    fn check_failure(&self, dir: &Path, output: &str) -> Result<()> {
        let name = self.name();
        ensure!(!dir.join(format!("{name}.o")).exists(), "it compiles");
        let text = self.error.as_deref().unwrap_or_default();
        let mut errors = errors(output);
        errors.retain(|error| error.contains(&format!("{name}.rs:")));
        if !errors.iter().any(|error| error.contains(text)) {
            bail!("no error \"{text}\" in\n{}", errors.concat());
        }
        Ok(())
    }
}

/// Returns the text of a line of a doc comment.
fn documentation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line
        .strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))?;
    Some(text.strip_prefix(' ').unwrap_or(text))
}

/// Returns a line without the `# ` by which rustdoc hides it.
fn code(line: &str) -> &str {
    match line.trim() {
        "#" => "",
        trimmed => trimmed.strip_prefix("# ").unwrap_or(line),
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
    /// ```
";

    #[test]
    fn examples_keep_their_lines() {
        let found = Example::parse("x", TEXT);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[1].line), (3, 13));
        assert_eq!(found[0].code, ["use it;", "one(", "    #[x] 1);"]);
        assert_eq!(found[0].error, None);
        assert_eq!(found[1].error.as_deref(), Some("no such number"));
    }

    #[test]
    fn a_failure_must_have_the_text_and_the_file() {
        let three = &Example::parse("x", TEXT)[1];
        let check = |output: &str| three.check_failure(Path::new("/absent"), output).is_ok();
        assert!(check("error: no such number\n --> /y/x_13.rs:4:9\n"));
        assert!(!check("error: something else\n --> /y/x_13.rs:4:9\n"));
        assert!(!check("error: no such number\n --> /y/x_3.rs:4:9\n"));
        assert!(!check("warning: no such number\n --> /y/x_13.rs:4:9\n"));
    }
}
