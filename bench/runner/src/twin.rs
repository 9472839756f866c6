// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares our module with its twin in C: code size, and the instructions of a greeting.

use crate::benchmarks::MODULES;
use crate::paths::Paths;
use crate::xtask::{Guest, Kind};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// Number of greetings to step through in each module.
const CALLS: usize = 15;

/// Maximum length of a function. Addresses further after the last symbol belong to host code in the
/// kernel's process, with which User-Mode Linux reads the clock.
const MAX_FUNCTION_LEN: u64 = 1 << 20;

/// Costs of one greeting.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Call {
    pub(crate) instructions: u64,
    /// Instructions in the module's code. The others are in kernel functions that it calls.
    pub(crate) own: u64,
    /// Stack depth in bytes.
    pub(crate) stack: u64,
    /// Stack depth while the module's code runs.
    pub(crate) own_stack: u64,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Module {
    pub(crate) name: String,
    /// Code size in bytes.
    pub(crate) text: u64,
    pub(crate) calls: Vec<Call>,
    /// Instructions of one greeting by function, in descending order.
    pub(crate) profile: Vec<(String, u64)>,
}

/// Script in the guest. It writes symbols and sizes of the modules to a directory of the host,
/// which also contains the modules; then it sends greetings to both families in turn.
const SCRIPT: &str = r#"
dir=$(dirname "$GREET_MODULE")
grep -E '\[(greet|twin)\]' /proc/kallsyms >/run/xtask/symbols
size -A "$GREET_MODULE" >/run/xtask/greet.ko.size
size -A "$dir/family.ko" >/run/xtask/twin.ko.size
echo "ready $dir"
for i in $(seq 1000); do
    for family in greet twin; do
        GREET_FAMILY=$family RAW greet 5 >/dev/null
    done
    test -e DONE && break
done
"#;

/// Prefix of the directory in the output.
pub(crate) const READY: &str = "ready ";

/// Measures both modules.
pub(crate) fn measure(paths: &Paths) -> Result<Vec<Module>> {
    let stepper = build_stepper(paths)?;
    let done = paths.cache.join("steps.done");
    let _ = fs::remove_file(&done);
    let raw = paths.c().join("raw");
    let script = SCRIPT
        .replace("RAW", &raw.display().to_string())
        .replace("DONE", &done.display().to_string());
    let guest = Guest::start(paths, Kind::Process, &script, true)?;
    attach(guest, &done, |dir, kernel| {
        step_through(dir, &stepper, kernel)
    })
}

/// Waits until a guest prints [`READY`] with a directory. Then calls a function with the directory
/// and the kernel's process, and creates the file `done`, which ends the guest.
pub(crate) fn attach<T>(
    mut guest: Guest,
    done: &Path,
    call: impl FnOnce(&Path, u32) -> Result<T>,
) -> Result<T> {
    let stdout = guest
        .child
        .stdout
        .take()
        .context("expected the guest's output")?;
    let mut lines = BufReader::new(stdout).lines();
    let dir = lines.by_ref().find_map(|line| {
        let line = line.ok()?;
        Some(PathBuf::from(line.strip_prefix(READY)?.trim_end()))
    });
    let dir = dir.context("expected a directory in the guest's output")?;
    let rest = thread::spawn(move || lines.for_each(drop));
    let result = kernel_process(guest.child.id()).and_then(|kernel| call(&dir, kernel));
    fs::write(done, "")?;
    let outcome = guest.wait();
    let _ = rest.join();
    let result = result?;
    outcome?;
    Ok(result)
}

pub(crate) fn build_stepper(paths: &Paths) -> Result<PathBuf> {
    let program = paths.cache.join("steps");
    let status = Command::new("gcc")
        .args(["-O2", "-o"])
        .arg(&program)
        .arg(paths.bench().join("steps/steps.c"))
        .status()?;
    ensure!(status.success(), "gcc: {status}");
    Ok(program)
}

fn step_through(dir: &Path, stepper: &Path, kernel: u32) -> Result<Vec<Module>> {
    let mut symbols = Symbols::of_kernel(kernel)?;
    symbols.add_modules(&fs::read_to_string(dir.join("symbols"))?);
    let functions = MODULES.iter().map(|(module, _)| {
        let own = symbols.of_module(module);
        let start = own.iter().find(|(_, name)| handles_greet(name));
        let (start, _) =
            start.with_context(|| format!("expected a function for GREET in {module}"))?;
        let (low, high) = symbols.range(module)?;
        Ok([*start, low, high])
    });
    let functions = functions.collect::<Result<Vec<_>>>()?;
    let steps = step(stepper, kernel, CALLS, &functions)?;
    let modules = MODULES.iter().enumerate();
    modules
        .map(|(index, (name, _))| {
            let size = dir.join(format!("{name}.size"));
            let size = fs::read_to_string(&size).with_context(|| size.display().to_string())?;
            Ok(Module {
                name: (*name).to_owned(),
                text: text_size(&size)?,
                calls: calls(&steps, index),
                profile: profile(&steps, index, &symbols),
            })
        })
        .collect()
}

/// Steps through calls of functions, each with its address and the range of its module.
pub(crate) fn step(
    stepper: &Path,
    kernel: u32,
    calls: usize,
    functions: &[[u64; 3]],
) -> Result<String> {
    // This takes a second, or longer under load.
    let mut command = Command::new("timeout");
    command.arg("240").arg(stepper);
    command.arg(kernel.to_string()).arg(calls.to_string());
    let addresses = functions.iter().flatten();
    let output = command
        .args(addresses.map(|at| format!("{at:#x}")))
        .output()?;
    let message = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "steps: {} {message}",
        output.status
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Returns whether a symbol is the handler of GREET: in C by its name, in Rust an instance of a
/// generic function.
fn handles_greet(symbol: &str) -> bool {
    symbol == "twin_nl_greet_doit"
        || (symbol.contains("doit_callback") && symbol.contains("7GreetDo"))
}

/// Returns the process id of the kernel, a descendant of xtask.
fn kernel_process(xtask: u32) -> Result<u32> {
    let mut pids = vec![xtask];
    while let Some(pid) = pids.pop() {
        let program = fs::read_link(format!("/proc/{pid}/exe"));
        if program.is_ok_and(|program| program.ends_with("linux")) {
            return Ok(pid);
        }
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.unwrap_or_default();
        pids.extend(
            children
                .split_whitespace()
                .filter_map(|pid| pid.parse::<u32>().ok()),
        );
    }
    anyhow::bail!("no kernel process among the children of xtask")
}

/// Functions by address.
pub(crate) struct Symbols {
    all: BTreeMap<u64, (String, String)>,
}

impl Symbols {
    pub(crate) fn of_kernel(pid: u32) -> Result<Self> {
        let nm = Command::new("nm")
            .arg(format!("/proc/{pid}/exe"))
            .output()
            .context("cannot run nm")?;
        let mut all = BTreeMap::new();
        for line in String::from_utf8_lossy(&nm.stdout).lines() {
            if let Some((at, name)) = function(line) {
                all.insert(at, (String::new(), name.to_owned()));
            }
        }
        Ok(Self { all })
    }

    /// Adds symbols of modules in the format of /proc/kallsyms.
    pub(crate) fn add_modules(&mut self, text: &str) {
        for line in text.lines() {
            let Some((line, module)) = line.rsplit_once('[') else {
                continue;
            };
            if let Some((at, name)) = function(line) {
                let module = format!("{}.ko", module.trim_end_matches(']'));
                self.all.insert(at, (module, name.to_owned()));
            }
        }
    }

    /// Returns the address of the first function with such a name.
    pub(crate) fn find(&self, is_wanted: impl Fn(&str) -> bool) -> Option<u64> {
        let mut all = self.all.iter();
        all.find_map(|(at, (_, name))| is_wanted(name).then_some(*at))
    }

    fn of_module(&self, module: &str) -> Vec<(u64, &str)> {
        let own = self.all.iter().filter(|(_, (name, _))| name == module);
        own.map(|(at, (_, name))| (*at, name.as_str())).collect()
    }

    /// Returns the address range of a module's functions.
    fn range(&self, module: &str) -> Result<(u64, u64)> {
        let own = self.of_module(module);
        let (first, last) = (own.first(), own.last());
        let (first, last) = first
            .zip(last)
            .context("expected functions in the module")?;
        // The last function is shorter than a page.
        Ok((first.0, last.0 + 4096))
    }

    fn at(&self, at: u64) -> String {
        match self.all.range(..=at).next_back() {
            Some((start, (_, name))) if at - start < MAX_FUNCTION_LEN => short(name),
            _ => "host clock".to_owned(),
        }
    }
}

/// Parses address and name of a function in a line of nm or /proc/kallsyms.
fn function(line: &str) -> Option<(u64, &str)> {
    let mut words = line.split_whitespace();
    let at = u64::from_str_radix(words.next()?, 16).ok()?;
    let kind = words.next()?;
    "tTwW".contains(kind).then_some((at, words.next()?))
}

/// Returns the readable parts of a mangled Rust name.
fn short(name: &str) -> String {
    if !name.starts_with("_R") {
        return name.to_owned();
    }
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits: String = rest[start..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let after = &rest[start + digits.len()..];
        let after = after.strip_prefix('_').unwrap_or(after);
        match digits
            .parse::<usize>()
            .ok()
            .and_then(|len| after.get(..len))
        {
            Some(part) if part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                parts.push(part);
                rest = &after[part.len()..];
            }
            _ => rest = after,
        }
    }
    parts.join("::")
}

/// Returns the code size in the output of `size`.
pub(crate) fn text_size(text: &str) -> Result<u64> {
    let sections = text.lines().filter(|line| line.starts_with(".text"));
    let sizes = sections.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    let sum = sizes.sum();
    ensure!(sum > 0, "expected a .text section in: {text}");
    Ok(sum)
}

pub(crate) fn calls(steps: &str, index: usize) -> Vec<Call> {
    let numbers = |line: &str| -> Option<[u64; 5]> {
        let words = line.split_whitespace().map(str::parse);
        let numbers: Vec<u64> = words.collect::<Result<_, _>>().ok()?;
        numbers.try_into().ok()
    };
    let ours = steps.lines().filter_map(numbers);
    ours.filter(|numbers| numbers[0] == index as u64)
        .map(|[_, instructions, own, stack, own_stack]| Call {
            instructions,
            own,
            stack,
            own_stack,
        })
        .collect()
}

fn profile(steps: &str, index: usize, symbols: &Symbols) -> Vec<(String, u64)> {
    let prefix = format!("at {index} ");
    let mut functions = BTreeMap::<String, u64>::new();
    for line in steps.lines().filter_map(|line| line.strip_prefix(&prefix)) {
        let mut words = line.split_whitespace().map(str::parse::<u64>);
        if let (Some(Ok(at)), Some(Ok(times))) = (words.next(), words.next()) {
            *functions.entry(symbols.at(at)).or_default() += times;
        }
    }
    let mut functions: Vec<_> = functions.into_iter().collect();
    functions.sort_by(|(_, a), (_, b)| b.cmp(a));
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mangled_names_are_shortened() {
        let name =
            "_RINvNtNtCs4fqI2P2rA04_5greet4genl3ops13doit_callbackNtNtBa_8greet_nl7GreetDoEBa_";
        assert_eq!(
            short(name),
            "greet::genl::ops::doit_callback::greet_nl::GreetDo"
        );
        assert_eq!(short("nla_put"), "nla_put");
    }

    #[test]
    fn calls_are_assigned_to_modules_by_index() {
        let steps = "0 10 5 64 32\n1 12 6 72 40\nat 0 4096 3\n";
        let calls = calls(steps, 1);
        assert_eq!((calls.len(), calls[0].instructions), (1, 12));
    }
}
