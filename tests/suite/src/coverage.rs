// SPDX-License-Identifier: MIT OR Apache-2.0

//! Where the fuzzer comes by in the module. Only for a kernel that notes it.

use crate::fuzz;
use crate::support::scale::scaled;
use crate::support::tool::path_in;
use anyhow::{Context, Result, ensure};
use object::{File, Object, ObjectSection, ObjectSymbol, RelocationTarget, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

crate::tests![of_the_fuzzer];

/// What the compiler calls at each place that is noted.
const CALLED: &str = "__sanitizer_cov_trace_pc";

/// From where a call's operand stands to what is behind the call, which is what the kernel notes.
const CALL_LEN: u64 = 4;

/// Tells how many places of each function it reaches. Of a greeting it must be a third: of the others
/// most are on the ways out without memory, which `faults` goes.
fn of_the_fuzzer() -> Result<()> {
    let rounds = scaled(80u64);
    let mut reached = BTreeSet::new();
    for seed in 1..=rounds {
        reached.extend(fuzz::places_of_a_round(seed)?);
    }
    let module = fs::read(path_in("GREET_MODULE")?)?;
    let functions = functions(&File::parse(&*module)?)?;
    let mut all = (0, 0);
    for (name, places) in &functions {
        let (of, there) = (places.intersection(&reached).count(), places.len());
        all = (all.0 + of, all.1 + there);
        println!("{of:5} of {there:4}  {name}");
    }
    println!(
        "{} of {} places in {} functions, by {rounds} rounds",
        all.0,
        all.1,
        functions.len()
    );
    let greet = functions
        .iter()
        .find(|(name, _)| name.contains("doit_callback") && name.contains("GreetDo"))
        .context("no greeting in the module")?;
    let of = greet.1.intersection(&reached).count();
    ensure!(
        3 * of > greet.1.len(),
        "{of} of {} of a greeting",
        greet.1.len()
    );
    Ok(())
}

/// The places of each function of the module, as they are in the kernel's memory.
fn functions(module: &File<'_>) -> Result<BTreeMap<String, BTreeSet<u64>>> {
    let mut functions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for section in module.sections() {
        let name = section.name()?;
        let calls: Vec<u64> = section
            .relocations()
            .filter(|(_, relocation)| is_call(module, relocation.target()))
            .map(|(at, _)| at)
            .collect();
        // What is needed only while the module is loaded is no longer there.
        if calls.is_empty() || name.starts_with(".init") || name.starts_with(".exit") {
            continue;
        }
        let base = base_of(name)?;
        for call in calls {
            let symbol = module.symbols().find(|symbol| {
                symbol.kind() == SymbolKind::Text
                    && symbol.section_index() == Some(section.index())
                    && (symbol.address()..symbol.address() + symbol.size()).contains(&call)
            });
            let function = symbol.and_then(|symbol| symbol.name().ok().map(str::to_owned));
            let function = function.unwrap_or_else(|| name.to_owned());
            let function = format!("{:#}", rustc_demangle::demangle(&function));
            if !is_own(&function) {
                continue;
            }
            functions
                .entry(function)
                .or_default()
                .insert(base + call + CALL_LEN);
        }
    }
    Ok(functions)
}

/// Whether a function is the module's own, and neither a test nor an instance of what others wrote.
fn is_own(function: &str) -> bool {
    let function = function.trim_start_matches('<');
    function.starts_with("greet_main::") && !function.contains("::tests::")
}

fn is_call(module: &File<'_>, target: RelocationTarget) -> bool {
    let RelocationTarget::Symbol(index) = target else {
        return false;
    };
    let symbol = module.symbol_by_index(index);
    symbol.is_ok_and(|symbol| symbol.name() == Ok(CALLED))
}

/// Where the kernel has put a section.
fn base_of(section: &str) -> Result<u64> {
    let path = format!("/sys/module/greet/sections/{section}");
    let text = fs::read_to_string(&path).context(path)?;
    Ok(u64::from_str_radix(
        text.trim().trim_start_matches("0x"),
        16,
    )?)
}
