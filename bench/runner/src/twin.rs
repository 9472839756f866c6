// SPDX-License-Identifier: MIT OR Apache-2.0

//! Our module beside its twin in C: the size of their code, and what a greeting takes in each,
//! instruction by instruction.

use crate::measures::MODULES;
use crate::places::Places;
use crate::xtask::{Guest, Kind};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// How many greetings of each are followed.
const CALLS: usize = 15;

/// No function is longer. What is far behind the last one is code that the kernel's process has of
/// the host, by which User-Mode Linux reads the clock.
const LONGEST: u64 = 1 << 20;

/// What one greeting took.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Call {
    pub(crate) instructions: u64,
    /// Those in the module's own code; the others are in the kernel's that it calls.
    pub(crate) own: u64,
    /// How many bytes deep the stack was.
    pub(crate) stack: u64,
    /// The same while the module's own code ran.
    pub(crate) own_stack: u64,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Module {
    pub(crate) name: String,
    /// Bytes of code.
    pub(crate) text: u64,
    pub(crate) calls: Vec<Call>,
    /// Where the instructions of one greeting were, the most first.
    pub(crate) profile: Vec<(String, u64)>,
}

/// What the guest runs: it leaves where the modules' functions are, and how large the modules, in
/// the folder of the host that it can write, which also holds the modules; then it greets by turns.
const SCRIPT: &str = r#"
folder=$(dirname "$GREET_MODULE")
grep -E '\[(greet|twin)\]' /proc/kallsyms >/run/xtask/symbols
size -A "$GREET_MODULE" >/run/xtask/greet.ko.size
size -A "$folder/family.ko" >/run/xtask/twin.ko.size
echo "ready $folder"
for i in $(seq 1000); do
    for family in greet twin; do
        GREET_FAMILY=$family RAW greet 5 >/dev/null
    done
    test -e DONE && break
done
"#;

/// Before the folder's name.
const READY: &str = "ready ";

/// Measures both.
pub(crate) fn measure(places: &Places) -> Result<Vec<Module>> {
    let stepper = build_stepper(places)?;
    let done = places.cache.join("steps.done");
    let _ = fs::remove_file(&done);
    let raw = places.c().join("raw");
    let script = SCRIPT
        .replace("RAW", &raw.display().to_string())
        .replace("DONE", &done.display().to_string());
    let mut guest = Guest::start(places, Kind::Process, &script, true)?;
    let stdout = guest.child.stdout.take().context("no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let folder = lines.by_ref().find_map(|line| {
        let line = line.ok()?;
        Some(PathBuf::from(line.trim_end().strip_prefix(READY)?))
    });
    let folder = folder.context("the guest is not ready")?;
    let rest = thread::spawn(move || lines.for_each(drop));
    let modules = follow(&folder, &stepper, guest.child.id());
    fs::write(&done, "")?;
    let ended = guest.end();
    let _ = rest.join();
    let modules = modules?;
    ended?;
    Ok(modules)
}

fn build_stepper(places: &Places) -> Result<PathBuf> {
    let program = places.cache.join("steps");
    let status = Command::new("gcc")
        .args(["-O2", "-o"])
        .arg(&program)
        .arg(places.bench().join("steps/steps.c"))
        .status()?;
    ensure!(status.success(), "gcc: {status}");
    Ok(program)
}

fn follow(folder: &Path, stepper: &Path, xtask: u32) -> Result<Vec<Module>> {
    let kernel = kernel_below(xtask)?;
    let mut symbols = Symbols::of_kernel(kernel)?;
    symbols.add_modules(&fs::read_to_string(folder.join("symbols"))?);
    // A second suffices, unless others want the processor.
    let mut command = Command::new("timeout");
    command.arg("240").arg(stepper);
    command.arg(kernel.to_string()).arg(CALLS.to_string());
    for (module, _) in MODULES {
        let own = symbols.of_module(module);
        let start = own.iter().find(|(_, name)| handles_greet(name));
        let (start, _) = start.with_context(|| format!("{module} has no function for GREET"))?;
        let (low, high) = symbols.range(module)?;
        for at in [*start, low, high] {
            command.arg(format!("{at:#x}"));
        }
    }
    let output = command.output()?;
    let message = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "steps: {message}");
    let steps = String::from_utf8(output.stdout)?;
    let modules = MODULES.iter().enumerate();
    modules
        .map(|(place, (name, _))| {
            Ok(Module {
                name: (*name).to_owned(),
                text: text_size(&folder.join(format!("{name}.size")))?,
                calls: calls(&steps, place),
                profile: profile(&steps, place, &symbols),
            })
        })
        .collect()
}

/// The callback of GREET: in C by its name, in Rust one of a generic function.
fn handles_greet(symbol: &str) -> bool {
    symbol == "twin_nl_greet_doit"
        || (symbol.contains("doit_callback") && symbol.contains("7GreetDo"))
}

/// The process that is the kernel, below xtask's.
fn kernel_below(xtask: u32) -> Result<u32> {
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
    anyhow::bail!("the guest has no kernel")
}

/// Functions by their addresses.
struct Symbols {
    all: BTreeMap<u64, (String, String)>,
}

impl Symbols {
    fn of_kernel(pid: u32) -> Result<Self> {
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

    /// Lines like those of /proc/kallsyms.
    fn add_modules(&mut self, told: &str) {
        for line in told.lines() {
            let Some((line, module)) = line.rsplit_once('[') else {
                continue;
            };
            if let Some((at, name)) = function(line) {
                let module = format!("{}.ko", module.trim_end_matches(']'));
                self.all.insert(at, (module, name.to_owned()));
            }
        }
    }

    fn of_module(&self, module: &str) -> Vec<(u64, &str)> {
        let own = self.all.iter().filter(|(_, (name, _))| name == module);
        own.map(|(at, (_, name))| (*at, name.as_str())).collect()
    }

    /// Where a module's functions are.
    fn range(&self, module: &str) -> Result<(u64, u64)> {
        let own = self.of_module(module);
        let (first, last) = (own.first(), own.last());
        let (first, last) = first.zip(last).context("no functions")?;
        // The last is not longer than a page.
        Ok((first.0, last.0 + 4096))
    }

    fn at(&self, at: u64) -> String {
        match self.all.range(..=at).next_back() {
            Some((start, (_, name))) if at - start < LONGEST => short(name),
            _ => "the host's clock".to_owned(),
        }
    }
}

/// A function's address and name in a line of nm's or of /proc/kallsyms.
fn function(line: &str) -> Option<(u64, &str)> {
    let mut words = line.split_whitespace();
    let at = u64::from_str_radix(words.next()?, 16).ok()?;
    let kind = words.next()?;
    "tTwW".contains(kind).then_some((at, words.next()?))
}

/// A mangled name of Rust by its parts that can be read.
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

/// The bytes of code that `size` has told.
fn text_size(told: &Path) -> Result<u64> {
    let told = fs::read_to_string(told).with_context(|| told.display().to_string())?;
    let sections = told.lines().filter(|line| line.starts_with(".text"));
    let sizes = sections.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    let sum = sizes.sum();
    ensure!(sum > 0, "a module without code: {told}");
    Ok(sum)
}

fn calls(steps: &str, place: usize) -> Vec<Call> {
    let numbers = |line: &str| -> Option<[u64; 5]> {
        let words = line.split_whitespace().map(str::parse);
        let numbers: Vec<u64> = words.collect::<Result<_, _>>().ok()?;
        numbers.try_into().ok()
    };
    let ours = steps.lines().filter_map(numbers);
    ours.filter(|numbers| numbers[0] == place as u64)
        .map(|[_, instructions, own, stack, own_stack]| Call {
            instructions,
            own,
            stack,
            own_stack,
        })
        .collect()
}

fn profile(steps: &str, place: usize, symbols: &Symbols) -> Vec<(String, u64)> {
    let prefix = format!("at {place} ");
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
    fn mangled_names_can_be_read() {
        let name =
            "_RINvNtNtCs4fqI2P2rA04_5greet4genl3ops13doit_callbackNtNtBa_8greet_nl7GreetDoEBa_";
        assert_eq!(
            short(name),
            "greet::genl::ops::doit_callback::greet_nl::GreetDo"
        );
        assert_eq!(short("nla_put"), "nla_put");
    }

    #[test]
    fn calls_are_told_by_their_place() {
        let steps = "0 10 5 64 32\n1 12 6 72 40\nat 0 4096 3\n";
        let calls = calls(steps, 1);
        assert_eq!((calls.len(), calls[0].instructions), (1, 12));
    }
}
