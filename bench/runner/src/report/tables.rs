// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tables in Markdown.

use super::goals;
use crate::benchmarks::{
    ByThreads, DUMP, EVENTS, GETFAMILY, GETFAMILY_64, GREET_64, HOST_ROUNDS, KNOWN, MODULE,
    MODULE_BATCH, MODULES, PC_THREADS, PROCESS, THREADS,
};
use crate::clients::{ALL, BASELINE, OURS, title};
use crate::counts::{Counts, PROFILED};
use crate::families::{self, Costs, FAMILIES, Family};
use crate::plan::Series;
use crate::results::{Results, Spread, ratio, ratios};
use crate::twin::{Module, Operation};
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

/// Number of functions of a profile to print.
const FUNCTIONS: usize = 12;

/// Returns the part of docs/explanation/benchmarks.md that describes a run.
pub(crate) fn all(results: &Results) -> String {
    [
        machine(results),
        format!("## Goals\n\n{}", goals::summary(results)),
        host(results),
        guest(),
        dumps(),
        events(results),
        threads(results),
        modules(results),
        families(results),
    ]
    .join("\n\n")
}

/// Returns details for the terminal only.
pub(crate) fn details(results: &Results) -> String {
    [
        clients(results),
        uml_threads(results),
        starts(results),
        rates(results, GETFAMILY_64, "requests/s on the host, 64 tasks"),
        rates(results, GREET_64, "requests/s in the guest, 64 tasks"),
        rates(results, DUMP, "items/s"),
        rates(results, EVENTS[1].0, "deliveries/s, 64 listeners"),
        processes(results),
        known(results),
        profiles(results),
    ]
    .join("\n\n")
}

/// Returns a table whose columns after the first contain numbers.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // comfy-table aligns with spaces; Markdown needs colons in the line below the header.
    let text = table.to_string();
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    if let Some(line) = lines.get_mut(1) {
        let columns: Vec<_> = line.split('|').map(str::to_owned).collect();
        let last = columns.len() - 1;
        let aligned = columns.iter().enumerate().map(|(place, column)| {
            if place < 2 || place == last {
                return column.clone();
            }
            format!("{}:", &column[..column.len().saturating_sub(1)])
        });
        *line = aligned.collect::<Vec<_>>().join("|");
    }
    lines.join("\n")
}

fn machine(results: &Results) -> String {
    let machine = &results.machine;
    let versions: Vec<_> = machine
        .versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    let hypervisor = match &machine.hypervisor {
        Some(name) => format!(", a guest of {name}"),
        None => String::new(),
    };
    format!(
        "Measured on {} cores of {}{hypervisor}, kernel {}; the guest's kernel is {} without debug \
         options. {} rounds; load average {:.2} before, {:.2} after{}. Versions: {}.",
        machine.processors,
        machine.processor,
        machine.kernel,
        machine.guest_kernel,
        results.rounds,
        machine.load[0],
        machine.load[1],
        if machine.has_priority {
            "; the measured processes had priority"
        } else {
            ""
        },
        versions.join(", "),
    )
}

fn host(results: &Results) -> String {
    let header = [
        "client",
        "µs",
        "min–max",
        "× raw C",
        "system calls",
        "allocations",
        "instructions",
    ];
    let row = |series: &Series| {
        let mut row = round_trip(results, series);
        let counts = results.counts(&series.client);
        let of = |value: fn(&Counts) -> Option<f64>, digits| number(counts.and_then(value), digits);
        row.push(of(|counts| counts.syscalls, 1));
        row.push(of(|counts| counts.allocations, 1));
        row.push(of(|counts| counts.instructions, 0));
        row
    };
    format!(
        "## Round trip on the host\n\nGETFAMILY of nlctrl with reply and ACK, on the host's kernel; \
         medians of {} short rounds. The last three columns are for one request in user \
         space.\n\n{}\n\n{}",
        HOST_ROUNDS * results.rounds,
        table(&header, results.of_benchmark(GETFAMILY).map(row).collect()),
        chart("host", "Round trips on the host")
    )
}

/// Returns the time to the first reply and the memory of each client.
fn starts(results: &Results) -> String {
    let row = |series: &Series| {
        let first = Spread::of_series(series, |sample| sample.first_ns as f64 / 1e3);
        let memory = Spread::of_series(series, |sample| sample.peak_kib as f64);
        let [first, memory] =
            [first, memory].map(|spread| number(spread.map(|spread| spread.median), 0));
        vec![title(&series.client).to_owned(), first, memory]
    };
    table(
        &["client", "first reply µs", "memory KiB"],
        results.of_benchmark(GETFAMILY).map(row).collect(),
    )
}

fn guest() -> String {
    format!(
        "## Round trip in the guest\n\nGREET with reply and ACK in User-Mode Linux, where a system \
         call takes ten times as long as on a real machine.\n\n{}",
        chart("guest", "Round trips in the guest")
    )
}

fn round_trip(results: &Results, series: &Series) -> Vec<String> {
    let micros = Spread::of_series(series, |sample| sample.micros());
    let baseline = results.series(&series.benchmark, BASELINE);
    vec![
        title(&series.client).to_owned(),
        number(micros.map(|spread| spread.median), 2),
        range(micros, 2),
        number(baseline.and_then(|baseline| ratio(series, baseline)), 2),
    ]
}

fn rates(results: &Results, benchmark: &str, what: &str) -> String {
    let header = ["client", what, "min–max", "× raw C"];
    let row = |series: &Series| {
        let rate = Spread::of_series(series, |sample| sample.rate());
        let baseline = results.series(benchmark, BASELINE);
        vec![
            title(&series.client).to_owned(),
            number(rate.map(|spread| spread.median), 0),
            range(rate, 0),
            // Rates need the inverse ratio.
            number(baseline.and_then(|baseline| ratio(baseline, series)), 2),
        ]
    };
    table(&header, results.of_benchmark(benchmark).map(row).collect())
}

fn dumps() -> String {
    format!(
        "## Dump of 65,536 peers\n\nIn the guest; each item is decoded.\n\n{}",
        chart("dump", "Items of a dump in a second")
    )
}

fn events(results: &Results) -> String {
    let [(one, _), _] = EVENTS;
    format!(
        "## Events\n\nIn the guest, to one listener. One process sends 32 greetings, then reads their \
         events, and so on, so that no event is lost.\n\n{}",
        rates(results, one, "events/s")
    )
}

fn threads(results: &Results) -> String {
    format!(
        "## Threads\n\nGREET in a PC emulated by QEMU with two CPUs, one connection for each thread; \
         requests a second. Three empty system calls show the gain that the machine allows.\n\n{}",
        by_threads(results, PC_THREADS)
    )
}

fn uml_threads(results: &Results) -> String {
    format!(
        "## Threads in User-Mode Linux\n\n{}",
        by_threads(results, THREADS)
    )
}

fn by_threads(results: &Results, [(one, _), (two, _)]: ByThreads) -> String {
    let header = ["client", "1 thread", "2 threads", "gain"];
    let row = |series: &Series| {
        let other = results.series(two, &series.client);
        let median = |series| Spread::of_series(series, |sample| sample.rate());
        // Samples are times per request, so this is the inverse ratio.
        let gains = other.and_then(|other| ratios(series, other));
        vec![
            title(&series.client).to_owned(),
            number(median(series).map(|spread| spread.median), 0),
            number(other.and_then(median).map(|spread| spread.median), 0),
            number(gains.map(|spread| spread.median), 2),
        ]
    };
    table(&header, results.of_benchmark(one).map(row).collect())
}

fn modules(results: &Results) -> String {
    let header = [
        "module",
        "instructions",
        "own",
        "stack",
        "own stack",
        "code",
        "µs, single",
        "µs, batch of 32",
    ];
    let row = |(name, _): &(&str, &str)| {
        let module = results.module(name);
        let of = |value: fn(&crate::twin::Call) -> u64| {
            let calls = module
                .map(|module| module.calls.as_slice())
                .unwrap_or_default();
            let spread = Spread::of(calls.iter().map(|call| value(call) as f64));
            number(spread.map(|spread| spread.median), 0)
        };
        let micros = |benchmark| {
            let series = results.series(benchmark, name)?;
            Some(Spread::of_series(series, |sample| sample.micros())?.median)
        };
        vec![
            (*name).to_owned(),
            of(|call| call.instructions),
            of(|call| call.own),
            of(|call| call.stack),
            of(|call| call.own_stack),
            number(module.map(|module| module.text as f64), 0),
            number(micros(MODULE), 2),
            number(micros(MODULE_BATCH), 2),
        ]
    };
    format!(
        "## The module compared with C\n\n`twin.ko` is the same family in C, with the tables of the \
         kernel's generator and an equivalent handler. Instructions of one GREET of a known peer, \
         in total and outside of the kernel's functions; bytes of stack and code; time as seen \
         by raw C.\n\n{}\n\nInstructions of each operation; messages have the same bytes:\n\n{}",
        table(&header, MODULES.iter().map(row).collect()),
        operations(results),
    )
}

fn operations(results: &Results) -> String {
    let [(ours, _), (twin, _)] = MODULES;
    let row = |operation: &Operation| {
        let [ours, twin] = operation.medians();
        vec![
            operation.name.clone(),
            number(ours, 0),
            number(twin, 0),
            number(operation.ratio(), 2),
        ]
    };
    table(
        &["operation", ours, twin, "ratio"],
        results.operations.iter().map(row).collect(),
    )
}

/// Returns the table of families in Rust and in C.
fn families(results: &Results) -> String {
    let header = ["family", "measure", "Rust", "C", "Rust / C", "min–max"];
    let rows = FAMILIES
        .iter()
        .flat_map(|family| family_rows(results, family));
    let mut table = table(&header, rows.collect());
    // The second column contains words.
    table = table.replacen("-:|", "--|", 1);
    format!(
        "## Families compared with C\n\nThe ports in `tests/families`, and the kernel's own families \
         in a kernel with the same options. A request reads a port or an endpoint, or sets a peer and \
         its allowed IP; a dump has {} ports, {} endpoints, the limit of `mptcp_pm`, and {} peers. \
         Each round boots both kernels. Code in Rust is the whole module. In C it is the functions \
         of the control plane: `fou_nl.o` and the part of `fou_core.o` without packets and sockets; \
         `mptcp_pm_gen.o`, `pm_netlink.o` and the functions `mptcp_pm_nl_*` and their helpers in \
         `pm_kernel.o`; `netlink.o`, `generated/netlink.o`, `allowedips.o` and `peerlookup.o` of \
         `wireguard`.\n\n{table}",
        FAMILIES[0].items, FAMILIES[1].items, FAMILIES[2].items,
    )
}

fn family_rows(results: &Results, family: &Family) -> Vec<Vec<String>> {
    let [request, dump] = families::benchmarks(family);
    let costs = results
        .families
        .iter()
        .find(|costs| costs.family == family.name);
    let time = |benchmark: &str, what: &str, items: usize| {
        let [rust, c] = ["Rust", "C"].map(|language| results.series(benchmark, language));
        let micros = |series: Option<&Series>| {
            let spread = Spread::of_series(series?, |sample| sample.micros())?;
            Some(spread.median * items as f64)
        };
        let ratios = rust.zip(c).and_then(|(rust, c)| ratios(rust, c));
        row(family, what, [micros(rust), micros(c)], 1, ratios)
    };
    let instructions = |which: usize, what: &str| {
        let of = |language: usize| costs.map(|costs: &Costs| &costs.instructions[language][which]);
        let median = |language| {
            let calls = of(language)?.iter().map(|&count| count as f64);
            Some(Spread::of(calls)?.median)
        };
        let pairs = of(0).into_iter().flatten().zip(of(1).into_iter().flatten());
        let ratios = Spread::of(pairs.map(|(&rust, &c)| rust as f64 / c as f64));
        row(family, what, [median(0), median(1)], 0, ratios)
    };
    let code = [0, 1].map(|language| costs.map(|costs| costs.text[language] as f64));
    let [rust, c] = code.map(Option::unwrap_or_default);
    vec![
        time(&request, "request, µs", 1),
        instructions(0, "request, instructions"),
        time(&dump, "dump, µs", family.items),
        instructions(1, "4 KiB of a dump, instructions"),
        row(family, "code, bytes", code, 0, Spread::of([rust / c])),
    ]
}

/// Returns a row of the table of families.
fn row(
    family: &Family,
    what: &str,
    values: [Option<f64>; 2],
    digits: usize,
    ratios: Option<Spread>,
) -> Vec<String> {
    let [rust, c] = values.map(|value| number(value, digits));
    let ratio = number(ratios.map(|spread| spread.median), 2);
    let (family, what) = (format!("`{}`", family.name), what.to_owned());
    vec![family, what, rust, c, ratio, range(ratios, 2)]
}

/// Returns the profiles of clients and modules, only for the terminal.
fn profiles(results: &Results) -> String {
    let client = |counts: &Counts| {
        let functions = counts.profile.iter().map(|(name, count)| (name, *count));
        profile(title(&counts.client), functions)
    };
    let module = |module: &Module| {
        let functions = module.profile.iter();
        profile(
            &module.name,
            functions.map(|(name, count)| (name, *count as f64)),
        )
    };
    let profiled = PROFILED.iter().filter_map(|id| results.counts(id));
    let parts: Vec<_> = profiled
        .map(client)
        .chain(results.modules.iter().map(module))
        .collect();
    parts.join("\n\n")
}

/// Returns the functions with the most instructions.
fn profile<'a>(name: &str, functions: impl Iterator<Item = (&'a String, f64)>) -> String {
    let row = |(name, count): (&String, f64)| vec![format!("`{name}`"), number(Some(count), 0)];
    let rows = functions.take(FUNCTIONS).map(row).collect();
    format!(
        "## Instructions of {name}\n\n{}",
        table(&["function", "instructions"], rows)
    )
}

fn processes(results: &Results) -> String {
    let header = ["program", "ms", "min–max"];
    let row = |series: &Series| {
        let millis = Spread::of_series(series, |sample| sample.micros() / 1e3);
        vec![
            series.client.clone(),
            number(millis.map(|spread| spread.median), 2),
            range(millis, 2),
        ]
    };
    format!(
        "## Whole processes\n\nIn the guest, from start to exit; greetctl has {:.2} MiB.\n\n{}",
        results.greetctl as f64 / f64::from(1 << 20),
        table(&header, results.of_benchmark(PROCESS).map(row).collect())
    )
}

fn known(results: &Results) -> String {
    let header = ["known peers", "µs", "min–max"];
    let row = |(benchmark, _, peers): &(&str, &str, &str)| {
        let series = results.series(benchmark, BASELINE)?;
        let micros = Spread::of_series(series, |sample| sample.micros());
        Some(vec![
            (*peers).to_owned(),
            number(micros.map(|spread| spread.median), 2),
            range(micros, 2),
        ])
    };
    format!(
        "## Many peers\n\nGREET by raw C in the guest, for a random known peer.\n\n{}",
        table(&header, KNOWN.iter().filter_map(row).collect())
    )
}

fn clients(results: &Results) -> String {
    let failure = |id: &str| {
        let failed = results.series.iter().find_map(|series| {
            let failure = series.failure.as_ref()?;
            (series.client == id).then(|| format!("; failed at {}: {failure}", series.benchmark))
        });
        failed.unwrap_or_default()
    };
    let rows = ALL.iter().map(|client| {
        let remark = format!("{}{}", client.remark, failure(client.id));
        format!("| {} | {remark} |", client.title)
    });
    let rows: Vec<_> = rows.collect();
    format!(
        "## The clients\n\n| client | used as |\n|---|---|\n{}",
        rows.join("\n")
    )
}

fn chart(name: &str, what: &str) -> String {
    format!("![{what}](../pictures/bench/{name}.svg)")
}

pub(super) fn number(value: Option<f64>, digits: usize) -> String {
    match value {
        Some(value) => with_commas(&format!("{value:.digits$}")),
        None => "–".to_owned(),
    }
}

fn range(spread: Option<Spread>, digits: usize) -> String {
    match spread {
        Some(spread) => format!(
            "{}–{}",
            number(Some(spread.min), digits),
            number(Some(spread.max), digits)
        ),
        None => "–".to_owned(),
    }
}

/// Inserts a comma before every third digit.
fn with_commas(number: &str) -> String {
    let end = number.find('.').unwrap_or(number.len());
    let start = usize::from(number.starts_with('-'));
    let mut text = number.to_owned();
    let mut place = end;
    while place > start + 3 {
        place -= 3;
        text.insert(place, ',');
    }
    text
}

/// Returns the ratio of our time to another client's time in a benchmark.
pub(super) fn ours_to(results: &Results, benchmark: &str, other: &str) -> Option<f64> {
    ratio(
        results.series(benchmark, OURS)?,
        results.series(benchmark, other)?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        assert_eq!(number(Some(1_234_567.8), 1), "1,234,567.8");
        assert_eq!(number(Some(-123.0), 0), "-123");
        assert_eq!(number(Some(999.0), 0), "999");
        assert_eq!(number(None, 0), "–");
    }

    #[test]
    fn columns_of_numbers_are_aligned() {
        let text = table(&["a", "b"], vec![vec!["x".to_owned(), "1".to_owned()]]);
        let line = text.lines().nth(1).expect("a line");
        assert!(
            line.ends_with(":|") && line.matches(':').count() == 1,
            "{text}"
        );
    }
}
