// SPDX-License-Identifier: MIT OR Apache-2.0

//! Code coverage of the fuzzer in the module. Needs a kernel with `CONFIG_KCOV`.

use crate::fuzz;
use crate::support::scale::scaled;
use crate::support::tool::path_in;
use anyhow::{Context, Result, ensure};
use object::{File, Object, ObjectSection, ObjectSymbol, RelocationTarget, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

crate::tests![fuzzer_reaches_a_third_of_greet];

/// Function that the compiler calls at each instrumented address.
const TRACE_FUNCTION: &str = "__sanitizer_cov_trace_pc";

/// Distance from the operand of a call to the return address, which kcov records.
const CALL_LEN: u64 = 4;

/// Prints how many addresses of each function the fuzzer reaches, and requires a third of all
/// addresses in `greet`. Most of the others handle failed allocations, which `fault_injection`
/// tests.
fn fuzzer_reaches_a_third_of_greet() -> Result<()> {
    let rounds = scaled(80u64);
    let mut reached = BTreeSet::new();
    for seed in 1..=rounds {
        reached.extend(fuzz::coverage_of_round(seed)?);
    }
    let module = fs::read(path_in("GREET_MODULE")?)?;
    let functions = functions(&File::parse(&*module)?)?;
    let mut all = (0, 0);
    for (name, addresses) in &functions {
        let (hit, total) = (addresses.intersection(&reached).count(), addresses.len());
        all = (all.0 + hit, all.1 + total);
        println!("{hit:5} of {total:4}  {name}");
    }
    println!(
        "{} of {} addresses in {} functions in {rounds} rounds",
        all.0,
        all.1,
        functions.len()
    );
    let greet = functions
        .iter()
        .find(|(name, _)| name.contains("doit_callback") && name.contains("GreetDo"))
        .context("expected a function of greet in the module")?;
    let hit = greet.1.intersection(&reached).count();
    ensure!(
        3 * hit > greet.1.len(),
        "expected a third of greet, reached {hit} of {} addresses",
        greet.1.len()
    );
    Ok(())
}

/// Returns the instrumented addresses of each function of the loaded module.
fn functions(module: &File<'_>) -> Result<BTreeMap<String, BTreeSet<u64>>> {
    let mut functions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for section in module.sections() {
        let name = section.name()?;
        let calls: Vec<u64> = section
            .relocations()
            .filter(|(_, relocation)| is_call(module, relocation.target()))
            .map(|(at, _)| at)
            .collect();
        // The kernel has freed the init sections of the module.
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

/// Returns whether a function belongs to the module, not to its tests or to instances of generic
/// code of others.
fn is_own(function: &str) -> bool {
    let function = function.trim_start_matches('<');
    function.starts_with("greet_main::") && !function.contains("::tests::")
}

fn is_call(module: &File<'_>, target: RelocationTarget) -> bool {
    let RelocationTarget::Symbol(index) = target else {
        return false;
    };
    let symbol = module.symbol_by_index(index);
    symbol.is_ok_and(|symbol| symbol.name() == Ok(TRACE_FUNCTION))
}

/// Returns the address of a section in the loaded module.
fn base_of(section: &str) -> Result<u64> {
    let path = format!("/sys/module/greet/sections/{section}");
    let text = fs::read_to_string(&path).context(path)?;
    Ok(u64::from_str_radix(
        text.trim().trim_start_matches("0x"),
        16,
    )?)
}
