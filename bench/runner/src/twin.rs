// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares our module with its twin in C: code size, and the instructions of each operation.

use crate::benchmarks::MODULES;
use crate::families::PART;
use crate::paths::Paths;
use crate::results::Spread;
use crate::xtask::{Guest, Kind};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// Number of calls of an operation to step through in each module.
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

/// Instructions of each call of an operation, of our module and of its twin.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) instructions: [Vec<u64>; 2],
}

impl Operation {
    /// Returns the median instructions in our module and in its twin.
    pub(crate) fn medians(&self) -> [Option<f64>; 2] {
        self.instructions.each_ref().map(|calls| {
            let spread = Spread::of(calls.iter().map(|&count| count as f64))?;
            Some(spread.median)
        })
    }

    pub(crate) fn ratio(&self) -> Option<f64> {
        let [ours, twin] = self.medians();
        Some(ours? / twin?)
    }
}

/// Results of [`measure`].
pub(crate) struct Measured {
    pub(crate) modules: Vec<Module>,
    pub(crate) operations: Vec<Operation>,
}

/// Requests that the client in raw C sends to both families in turn.
struct Phase {
    /// A network namespace of [`SCRIPT`].
    netns: &'static str,
    /// Arguments of the client.
    client: &'static str,
    /// Operations whose calls are stepped through: name, function in C, and type in Rust with which
    /// a generic function is instantiated.
    operations: &'static [(&'static str, &'static str, &'static str)],
}

const fn phase(
    netns: &'static str,
    client: &'static str,
    operations: &'static [(&'static str, &'static str, &'static str)],
) -> Phase {
    Phase {
        netns,
        client,
        operations,
    }
}

/// All phases. The first one is the greeting whose stack and profile are reported.
static PHASES: [Phase; 13] = [
    phase("one", "greet 5", &[(KNOWN_ONE, "greet_doit", "7GreetDo")]),
    phase(
        "many",
        "again 5",
        &[("greet, 1,000 known peers", "greet_doit", "7GreetDo")],
    ),
    phase(
        "full",
        "again 5",
        &[(KNOWN_65536, "greet_doit", "7GreetDo")],
    ),
    phase(
        "many",
        "add-and-forget 5",
        &[
            ("greet, new peer", "greet_doit", "7GreetDo"),
            ("peer-del", "peer_del_doit", "9PeerDelDo"),
        ],
    ),
    phase(
        "limited",
        "add 5",
        &[("greet, new peer that evicts", "greet_doit", "7GreetDo")],
    ),
    phase(
        "one",
        "events 32 1",
        &[("greet, event to 1 listener", "greet_doit", "7GreetDo")],
    ),
    phase(
        "one",
        "events 32 64",
        &[("greet, event to 64 listeners", "greet_doit", "7GreetDo")],
    ),
    phase(
        "one",
        "peer 5",
        &[("peer-get", "peer_get_doit", "9PeerGetDo")],
    ),
    phase(
        "many",
        "dump 1",
        &[(
            "4 KiB of a dump of 1,000",
            "peer_get_dumpit",
            "11PeerGetDump",
        )],
    ),
    phase(
        "full",
        "dump 1",
        &[(
            "4 KiB of a dump of 65,536",
            "peer_get_dumpit",
            "11PeerGetDump",
        )],
    ),
    phase(
        "one",
        "stats 5",
        &[("stats-get", "stats_get_doit", "10StatsGetDo")],
    ),
    phase(
        "one",
        "settings 5",
        &[("settings-get", "settings_get_doit", "13SettingsGetDo")],
    ),
    phase(
        "one",
        "set-style 5",
        &[("settings-set", "settings_set_doit", "13SettingsSetDo")],
    ),
];

/// Greetings of the only peer, and of one of many.
pub(crate) const KNOWN_ONE: &str = "greet";
pub(crate) const KNOWN_65536: &str = "greet, 65,536 known peers";

/// Script in the guest. It writes symbols and sizes of the modules to a directory of the host,
/// which also contains the modules. Then it sends the requests of each phase until the host creates
/// the file that ends it.
const SCRIPT: &str = r#"
# Stepping takes the kernel's time.
echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
dir=$(dirname "$GREET_MODULE")
grep -E '\[(greet|twin)\]' /proc/kallsyms >/run/xtask/symbols
size -A "$GREET_MODULE" >/run/xtask/greet.ko.size
size -A "$dir/family.ko" >/run/xtask/twin.ko.size

# Sends requests to both families: NAMESPACE OPERATION [NUMBER ...]
send() {
    netns=$1
    shift
    for family in greet twin; do
        GREET_FAMILY=$family GREET_PART=BYTES ip netns exec $netns RAW "$@" >/dev/null || exit 1
    done
}
phase() {
    number=$1
    shift
    touch /run/xtask/phase-$number
    until test -e DONE.$number || test -e DONE; do
        send "$@"
    done
}

for netns in one many limited full; do
    ip netns add $netns
done
send many known 0 1000
send limited known 0 1024
send full raise-limit 1
send full known 0 65536
echo "ready $dir"
"#;

/// Prefix of the directory in the output.
pub(crate) const READY: &str = "ready ";

/// Measures both modules.
pub(crate) fn measure(paths: &Paths) -> Result<Measured> {
    let stepper = build_stepper(paths)?;
    let done = paths.cache.join("steps.done");
    let _ = fs::remove_file(&done);
    let mut script = SCRIPT
        .replace("RAW", &paths.c().join("raw").display().to_string())
        .replace("BYTES", &PART.to_string());
    for (number, phase) in PHASES.iter().enumerate() {
        let _ = fs::remove_file(done_with(&done, number));
        let Phase { netns, client, .. } = phase;
        script.push_str(&format!("phase {number} {netns} {client}\n"));
    }
    let script = script.replace("DONE", &done.display().to_string());
    let guest = Guest::start(paths, Kind::Process, &script, true)?;
    attach(guest, &done, |dir, kernel| {
        step_through(dir, &stepper, kernel, &done)
    })
}

/// Returns the file that ends a phase.
fn done_with(done: &Path, phase: usize) -> PathBuf {
    done.with_extension(format!("done.{phase}"))
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

fn step_through(dir: &Path, stepper: &Path, kernel: u32, done: &Path) -> Result<Measured> {
    let mut symbols = Symbols::of_kernel(kernel)?;
    symbols.add_modules(&fs::read_to_string(dir.join("symbols"))?);
    let mut modules = Vec::new();
    let mut operations = Vec::new();
    for (number, phase) in PHASES.iter().enumerate() {
        wait_for(&dir.join(format!("phase-{number}")))?;
        let steps = step(stepper, kernel, CALLS, &functions(&symbols, phase)?)?;
        fs::write(done_with(done, number), "")?;
        if number == 0 {
            modules = modules_of(dir, &steps, &symbols)?;
        }
        let counted = phase.operations.iter().enumerate();
        operations.extend(counted.map(|(place, (name, ..))| Operation {
            name: (*name).to_owned(),
            instructions: [0, 1].map(|module| {
                let calls = calls(&steps, 2 * place + module);
                calls.iter().map(|call| call.instructions).collect()
            }),
        }));
    }
    Ok(Measured {
        modules,
        operations,
    })
}

/// Waits until the guest has created a file.
fn wait_for(path: &Path) -> Result<()> {
    let start = Instant::now();
    while !path.exists() {
        let has_time = start.elapsed() < Duration::from_secs(240);
        ensure!(has_time, "the guest did not create {}", path.display());
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Returns the functions of a phase: for each operation our module's, then its twin's.
fn functions(symbols: &Symbols, phase: &Phase) -> Result<Vec<[u64; 3]>> {
    let mut functions = Vec::new();
    for (_, c, rust) in phase.operations {
        for (module, _) in MODULES {
            let handles = |name: &str| {
                name.strip_prefix("twin_nl_") == Some(c)
                    || (name.contains("it_callback") && name.contains(rust))
            };
            let own = symbols.of_module(module);
            let start = own.iter().find(|(_, name)| handles(name));
            let (start, _) =
                start.with_context(|| format!("expected a function like {c} in {module}"))?;
            let (low, high) = symbols.range(module)?;
            functions.push([*start, low, high]);
        }
    }
    Ok(functions)
}

fn modules_of(dir: &Path, steps: &str, symbols: &Symbols) -> Result<Vec<Module>> {
    let modules = MODULES.iter().enumerate();
    modules
        .map(|(index, (name, _))| {
            let size = dir.join(format!("{name}.size"));
            let size = fs::read_to_string(&size).with_context(|| size.display().to_string())?;
            Ok(Module {
                name: (*name).to_owned(),
                text: text_size(&size)?,
                calls: calls(steps, index),
                profile: profile(steps, index, symbols),
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
