// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares the families of `tests/families` with their counterparts in C, in two kernels.

use crate::benchmarks::{in_netns, pinned};
use crate::paths::Paths;
use crate::plan::{COUNT, Group, Kind, Series, Task};
use crate::rounds;
use crate::twin::{self, READY, Symbols};
use crate::xtask::{self, Guest};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Number of calls of each function to step through.
const CALLS: usize = 5;

/// Bytes of a part of a dump to step through. The kernel makes no smaller ones.
pub(crate) const PART: usize = 4096;

/// A family, and how both languages name its parts.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// Number of items in a dump.
    pub(crate) items: usize,
    /// Functions that handle a request and a part of a dump: in C by name, in Rust by the type
    /// with which a generic function is instantiated.
    functions: [(&'static str, &'static str); 2],
    /// Object files of the control plane in C, with the functions that belong to it, or none if
    /// all do.
    objects: &'static [(&'static str, &'static [&'static str])],
}

pub(crate) const FAMILIES: [Family; 3] = [
    Family {
        name: "fou",
        items: 10_000,
        functions: [
            ("fou_nl_get_doit", "6fou_nl5GetDo"),
            ("fou_nl_get_dumpit", "6fou_nl7GetDump"),
        ],
        objects: &[
            ("net/ipv4/fou_nl.o", &[]),
            (
                "net/ipv4/fou_core.o",
                &[
                    "fou_nl_",
                    "fou_cfg_cmp",
                    "fou_create",
                    "fou_add_to_port_list",
                    "fou_release",
                    "fou_dump_info",
                    "fou_fill_info",
                    "parse_nl_config",
                    "fou_init",
                    "fou_exit_net",
                    "fou_fini",
                ],
            ),
        ],
    },
    Family {
        name: "mptcp_pm",
        // The family's own limit.
        items: 255,
        functions: [
            ("mptcp_pm_nl_get_addr_doit", "11mptcp_pm_nl9GetAddrDo"),
            ("mptcp_pm_nl_get_addr_dumpit", "11mptcp_pm_nl11GetAddrDump"),
        ],
        objects: &[
            ("net/mptcp/mptcp_pm_gen.o", &[]),
            ("net/mptcp/pm_netlink.o", &[]),
            (
                "net/mptcp/pm_kernel.o",
                &[
                    "mptcp_pm_nl_",
                    "mptcp_nl_",
                    "__mptcp_pm_release_addr_entry",
                    "__flush_addrs",
                    "parse_limit",
                    "pm_nl_init_net",
                    "pm_nl_exit_net",
                ],
            ),
        ],
    },
    Family {
        name: "wireguard",
        items: 10_000,
        functions: [
            ("wg_set_device_doit", "12wireguard_nl11SetDeviceDo"),
            ("wg_get_device_dumpit", "12wireguard_nl13GetDeviceDump"),
        ],
        objects: &[
            ("drivers/net/wireguard/netlink.o", &[]),
            ("drivers/net/wireguard/generated/netlink.o", &[]),
            ("drivers/net/wireguard/allowedips.o", &[]),
            ("drivers/net/wireguard/peerlookup.o", &[]),
        ],
    },
];

/// The languages of the two kernels, in the order of all results.
pub(crate) const LANGUAGES: [(&str, xtask::Kind); 2] = [
    ("Rust", xtask::Kind::Process),
    ("C", xtask::Kind::FamiliesInC),
];

/// Results of one family, by language.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Costs {
    pub(crate) family: String,
    /// Instructions of each call: of a request, and of a part of a dump.
    pub(crate) instructions: [[Vec<u64>; 2]; 2],
    /// Code size in bytes.
    pub(crate) text: [u64; 2],
}

/// Returns the benchmarks of a family: a request, and a dump.
pub(crate) fn benchmarks(family: &Family) -> [String; 2] {
    ["request", "dump"].map(|what| format!("{}-{what}", family.name))
}

/// Measures times. Each round boots both kernels, in turn.
pub(crate) fn times(paths: &Paths, rounds: usize) -> Result<Vec<Series>> {
    let mut all: Vec<Series> = Vec::new();
    for round in 0..rounds {
        for index in 0..LANGUAGES.len() {
            let (language, kind) = LANGUAGES[(index + round) % LANGUAGES.len()];
            let plan: Vec<_> = FAMILIES
                .iter()
                .flat_map(|family| plan(paths, family, language))
                .collect();
            rounds::run_in_guest(paths, kind, &plan, false, |series| merge(&mut all, series))?;
        }
    }
    Ok(all)
}

/// Adds the sample of a round to the samples of the other rounds.
fn merge(all: &mut Vec<Series>, series: Series) {
    let same =
        |old: &&mut Series| (&old.benchmark, &old.client) == (&series.benchmark, &series.client);
    match all.iter_mut().find(same) {
        Some(old) => {
            old.samples.extend(series.samples);
            old.failure = old.failure.take().or(series.failure);
        }
        None => all.push(series),
    }
}

/// Plans requests with one item, and dumps of all items.
fn plan(paths: &Paths, family: &Family, language: &str) -> [Group; 2] {
    let benchmarks = benchmarks(family);
    let namespaces = ["one", "full"].map(|netns| format!("{}-{netns}", family.name));
    let task = |index: usize, operation: &str, millis| Task {
        millis,
        ..in_netns(
            &namespaces[index],
            pinned(Task {
                benchmark: benchmarks[index].clone(),
                client: language.to_owned(),
                command: [&client(paths), operation, COUNT].map(str::to_owned).into(),
                environment: vec![("GREET_FAMILY".to_owned(), family.name.to_owned())],
                kind: Kind::SelfMeasured,
                millis,
            }),
        )
    };
    let mut load = load(family.name);
    load.extend(fill(paths, family, &namespaces[0], 1));
    [
        Group {
            rounds: 1,
            before: load,
            tasks: vec![task(0, "greet", 100)],
        },
        Group {
            rounds: 1,
            before: fill(paths, family, &namespaces[1], family.items),
            tasks: vec![task(1, "dump", 200)],
        },
    ]
}

fn client(paths: &Paths) -> String {
    paths.c().join("families").display().to_string()
}

/// Returns commands that load a family, unless the kernel has it in C.
fn load(family: &str) -> Vec<String> {
    vec![format!(
        "test -z \"$GREET_FIXTURES\" || insmod \"$GREET_FIXTURES/{family}.ko\""
    )]
}

/// Returns commands that create a namespace with items.
fn fill(paths: &Paths, family: &Family, netns: &str, items: usize) -> Vec<String> {
    let client = client(paths);
    let name = family.name;
    vec![
        format!("ip netns add {netns}"),
        format!(
            "test {name} != wireguard || ip -n {netns} link add wg0 type wireguard 2>/dev/null || \
             ip -n {netns} link add wg0 type dummy"
        ),
        format!("GREET_FAMILY={name} ip netns exec {netns} {client} known 0 {items}"),
    ]
}

/// Counts instructions and code.
pub(crate) fn costs(paths: &Paths) -> Result<Vec<Costs>> {
    let stepper = twin::build_stepper(paths)?;
    let mut all: Vec<Costs> = FAMILIES
        .iter()
        .map(|family| Costs {
            family: family.name.to_owned(),
            ..Costs::default()
        })
        .collect();
    for (index, (language, kind)) in LANGUAGES.into_iter().enumerate() {
        let done = paths.cache.join("families.done");
        let _ = fs::remove_file(&done);
        let guest = Guest::start(paths, kind, &script(paths, &done), false)?;
        twin::attach(guest, &done, |dir, kernel| {
            let mut symbols = Symbols::of_kernel(kernel)?;
            if language == "Rust" {
                symbols.add_modules(&fs::read_to_string(dir.join("symbols"))?);
            }
            let functions = functions(&symbols, index)?;
            let steps = twin::step(&stepper, kernel, CALLS, &functions)?;
            for (place, costs) in all.iter_mut().enumerate() {
                costs.instructions[index] = [0, 1].map(|which| {
                    let calls = twin::calls(&steps, 2 * place + which);
                    calls.iter().map(|call| call.instructions).collect()
                });
                costs.text[index] = match language {
                    "Rust" => text_of_module(&dir.join(format!("{}.ko", costs.family)))?,
                    _ => text_of_objects(kernel, &FAMILIES[place])?,
                };
            }
            Ok(())
        })?;
    }
    Ok(all)
}

/// Returns the functions of all families, each with an empty address range of own code.
fn functions(symbols: &Symbols, language: usize) -> Result<Vec<[u64; 3]>> {
    FAMILIES
        .iter()
        .flat_map(|family| family.functions)
        .map(|(c, rust)| {
            let is_wanted = |name: &str| match language {
                0 => name.contains("it_callback") && name.contains(rust),
                _ => name == c,
            };
            let at = symbols.find(is_wanted);
            let at = at.with_context(|| format!("expected a function like {c} or {rust}"))?;
            Ok([at, at, at])
        })
        .collect()
}

/// Returns a script that sends requests and dumps until the file `done` exists.
fn script(paths: &Paths, done: &Path) -> String {
    let client = client(paths);
    // Stepping takes the kernel's time.
    let suppress = "echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress";
    let mut lines = vec![suppress.to_owned()];
    for family in &FAMILIES {
        let name = family.name;
        lines.extend(load(name));
        lines.extend(fill(paths, family, &format!("{name}-one"), 1));
        lines.extend(fill(paths, family, &format!("{name}-full"), family.items));
    }
    lines.push(
        "test -z \"$GREET_FIXTURES\" || grep '\\[' /proc/kallsyms >/run/xtask/symbols".to_owned(),
    );
    lines.push(format!("echo \"{READY}$GREET_FIXTURES\""));
    lines.push("for i in $(seq 1000); do".to_owned());
    for family in &FAMILIES {
        let name = family.name;
        for (netns, operation) in [("one", "greet"), ("full", "dump")] {
            lines.push(format!(
                "GREET_PART={PART} GREET_FAMILY={name} \
                 ip netns exec {name}-{netns} {client} {operation} 1 >/dev/null"
            ));
        }
    }
    lines.push(format!("test -e {} && break\ndone", done.display()));
    lines.join("\n")
}

fn text_of_module(module: &Path) -> Result<u64> {
    let size = Command::new("size").arg("-A").arg(module).output()?;
    ensure!(size.status.success(), "size {}", module.display());
    twin::text_size(&String::from_utf8(size.stdout)?)
}

/// Sums the sizes of the functions in the objects of the kernel.
fn text_of_objects(kernel: u32, family: &Family) -> Result<u64> {
    let program = fs::read_link(format!("/proc/{kernel}/exe"))?;
    let build: PathBuf = program.parent().context("a directory")?.to_owned();
    let mut sum = 0;
    for (object, functions) in family.objects {
        let object = build.join(object);
        let nm = Command::new("nm").arg("-S").arg(&object).output()?;
        ensure!(nm.status.success(), "nm {}", object.display());
        let lines = String::from_utf8(nm.stdout)?;
        sum += lines
            .lines()
            .filter_map(|line| size_of(line, functions))
            .sum::<u64>();
    }
    Ok(sum)
}

/// Returns the size in a line of `nm -S`, if the line is about one of the functions, or about any
/// function if there are none.
fn size_of(line: &str, functions: &[&str]) -> Option<u64> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [_, size, kind, name] = words.as_slice() else {
        return None;
    };
    let is_wanted = functions.is_empty() || functions.iter().any(|start| name.starts_with(start));
    ("tT".contains(kind) && is_wanted)
        .then(|| u64::from_str_radix(size, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_functions_of_the_control_plane_are_counted() {
        let line = "0000000000000010 00000000000000ab T fou_nl_get_doit";
        assert_eq!(size_of(line, &[]), Some(0xab));
        assert_eq!(size_of(line, &["fou_nl_"]), Some(0xab));
        assert_eq!(size_of(line, &["gue_"]), None);
        assert_eq!(size_of(&line.replace(" T ", " D "), &[]), None);
    }
}
