// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tables, as Markdown.

use super::goals;
use crate::contenders::{ALL, FLOOR, OURS, title};
use crate::counts::{Counts, PROFILED};
use crate::measures::{
    ByThreads, DUMP, EVENTS, GETFAMILY, GREET, HOST_ROUNDS, KNOWN, MODULE, MODULE_BATCH, MODULES,
    PC_THREADS, PROCESS, THREADS,
};
use crate::plan::Series;
use crate::results::Results;
use crate::stats::{Spread, ratio, ratios};
use crate::twin::Module;
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

/// How many functions of a profile are told.
const FUNCTIONS: usize = 12;

/// Everything that docs/performance.md says of a run.
pub(crate) fn all(results: &Results) -> String {
    [
        machine(results),
        format!("## Goals\n\n{}", goals::table(results)),
        host(results),
        guest(results),
        dumps(results),
        events(results),
        threads(results),
        modules(results),
        processes(results),
        known(results),
        contenders(results),
    ]
    .join("\n\n")
}

/// A table; all columns but the first are of numbers.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // comfy-table pads what it aligns; Markdown says it in the line below the header.
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
        "Measured on {} processors {}{hypervisor}, with kernel {}; the guest's kernel is {}, \
         built without what looks for faults. {} rounds; the load was {:.2} before and {:.2} \
         after{}. Versions: {}.",
        machine.processors,
        machine.processor,
        machine.kernel,
        machine.guest_kernel,
        results.rounds,
        machine.load[0],
        machine.load[1],
        if machine.is_preferred {
            "; what was measured came before other processes"
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
        "least – most",
        "× raw C",
        "CPU µs",
        "first reply µs",
        "memory KiB",
        "system calls",
        "allocations",
        "instructions",
    ];
    let row = |series: &Series| {
        let mut row = round_trip(results, series);
        let counts = results.counts(&series.contender);
        let of = |value: fn(&Counts) -> Option<f64>, digits| number(counts.and_then(value), digits);
        row.push(of(|counts| counts.syscalls, 1));
        row.push(of(|counts| counts.allocations, 1));
        row.push(of(|counts| counts.instructions, 0));
        row
    };
    let profiled = PROFILED.iter().filter_map(|id| results.counts(id));
    let profiles: Vec<_> = profiled
        .map(|counts| {
            let functions = counts.profile.iter().map(|(name, count)| (name, *count));
            profile(title(&counts.contender), functions)
        })
        .collect();
    format!(
        "## A round trip on the host\n\nGETFAMILY of nlctrl with its ACK, on the host's own \
         kernel; the median of {} rounds, more and shorter than the others. System calls, \
         allocations and instructions in user space are those of one request.\n\n{}\n\n{}\n\n{}",
        HOST_ROUNDS * results.rounds,
        table(&header, results.of_measure(GETFAMILY).map(row).collect()),
        chart("host", "Round trips on the host"),
        profiles.join("\n\n")
    )
}

fn guest(results: &Results) -> String {
    let header = [
        "client",
        "µs",
        "least – most",
        "× raw C",
        "CPU µs",
        "first reply µs",
        "memory KiB",
    ];
    let row = |series: &Series| round_trip(results, series);
    format!(
        "## A round trip in the guest\n\nGREET with reply and ACK, in a User-Mode Linux guest, \
         whose system calls cost ten times those of a real machine.\n\n{}\n\n{}",
        table(&header, results.of_measure(GREET).map(row).collect()),
        chart("guest", "Round trips in the guest")
    )
}

fn round_trip(results: &Results, series: &Series) -> Vec<String> {
    let of = |value: fn(&crate::plan::Sample) -> f64| Spread::of_series(series, value);
    let micros = of(|sample| sample.micros());
    let floor = results.series(&series.measure, FLOOR);
    vec![
        title(&series.contender).to_owned(),
        number(micros.map(|spread| spread.median), 2),
        range(micros, 2),
        number(floor.and_then(|floor| ratio(series, floor)), 2),
        number(
            of(|sample| sample.cpu_micros()).map(|spread| spread.median),
            2,
        ),
        number(
            of(|sample| sample.first_ns as f64 / 1e3).map(|spread| spread.median),
            0,
        ),
        number(
            of(|sample| sample.peak_kib as f64).map(|spread| spread.median),
            0,
        ),
    ]
}

fn rates(results: &Results, measure: &str, what: &str) -> String {
    let header = ["client", what, "least – most", "× raw C"];
    let row = |series: &Series| {
        let rate = Spread::of_series(series, |sample| sample.rate());
        let floor = results.series(measure, FLOOR);
        vec![
            title(&series.contender).to_owned(),
            number(rate.map(|spread| spread.median), 0),
            range(rate, 0),
            // Of rates the other way round.
            number(floor.and_then(|floor| ratio(floor, series)), 2),
        ]
    };
    table(&header, results.of_measure(measure).map(row).collect())
}

fn dumps(results: &Results) -> String {
    format!(
        "## A dump of 65,536 peers\n\nIn the guest; every item is decoded.\n\n{}\n\n{}",
        rates(results, DUMP, "items/s"),
        chart("dump", "Items of a dump in a second")
    )
}

fn events(results: &Results) -> String {
    let parts: Vec<_> = EVENTS
        .iter()
        .map(|(measure, listeners)| {
            let what = match *listeners {
                "1" => "To one listener:".to_owned(),
                many => format!("To {many} listeners, all deliveries counted:"),
            };
            format!("{what}\n\n{}", rates(results, measure, "events/s"))
        })
        .collect();
    format!(
        "## Events\n\nIn the guest, 32 greetings and then their events, and so on; one process \
         greets and listens, so that none is lost.\n\n{}",
        parts.join("\n\n")
    )
}

fn threads(results: &Results) -> String {
    format!(
        "## Several threads\n\nGREET in guests with two processors, each thread with a connection \
         of its own; requests a second. Three empty system calls instead of the three of a request \
         show what the machine itself lets a second thread gain.\n\nIn a PC that QEMU \
         emulates:\n\n{}\n\nIn User-Mode Linux:\n\n{}",
        by_threads(results, PC_THREADS),
        by_threads(results, THREADS)
    )
}

fn by_threads(results: &Results, [(one, _), (two, _)]: ByThreads) -> String {
    let header = ["client", "1 thread", "2 threads", "gain", "least – most"];
    let row = |series: &Series| {
        let other = results.series(two, &series.contender);
        let median = |series| Spread::of_series(series, |sample| sample.rate());
        // Of times for each, so the other way round.
        let gains = other.and_then(|other| ratios(series, other));
        vec![
            title(&series.contender).to_owned(),
            number(median(series).map(|spread| spread.median), 0),
            number(other.and_then(median).map(|spread| spread.median), 0),
            number(gains.map(|spread| spread.median), 2),
            range(gains, 2),
        ]
    };
    table(&header, results.of_measure(one).map(row).collect())
}

fn modules(results: &Results) -> String {
    let header = [
        "module",
        "instructions",
        "of them its own",
        "stack",
        "of it its own",
        "code",
        "µs, one",
        "µs, 32 at once",
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
        let micros = |measure| {
            let series = results.series(measure, name)?;
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
        "## The module beside its twin in C\n\nThe same family by the same spec, with the tables \
         of the kernel's generator and a handler that does the same. One GREET of a peer that is \
         known, from the call of the handler to its return, stepped through; bytes of stack and \
         of code; time from user space by raw C.\n\n{}\n\n{}",
        table(&header, MODULES.iter().map(row).collect()),
        profiles(results)
    )
}

fn profiles(results: &Results) -> String {
    let of = |module: &Module| {
        let functions = module.profile.iter();
        profile(
            &module.name,
            functions.map(|(name, count)| (name, *count as f64)),
        )
    };
    let parts: Vec<_> = results.modules.iter().map(of).collect();
    parts.join("\n\n")
}

/// Where most of the instructions are.
fn profile<'a>(whose: &str, functions: impl Iterator<Item = (&'a String, f64)>) -> String {
    let row = |(name, count): (&String, f64)| vec![format!("`{name}`"), number(Some(count), 0)];
    let rows = functions.take(FUNCTIONS).map(row).collect();
    format!(
        "Where those of {whose} are:\n\n{}",
        table(&["function", "instructions"], rows)
    )
}

fn processes(results: &Results) -> String {
    let header = ["program", "ms", "least – most"];
    let row = |series: &Series| {
        let millis = Spread::of_series(series, |sample| sample.micros() / 1e3);
        vec![
            series.contender.clone(),
            number(millis.map(|spread| spread.median), 2),
            range(millis, 2),
        ]
    };
    format!(
        "## Whole processes\n\nIn the guest, from the start of the process to its end; greetctl \
         has {:.2} MiB.\n\n{}",
        results.greetctl as f64 / f64::from(1 << 20),
        table(&header, results.of_measure(PROCESS).map(row).collect())
    )
}

fn known(results: &Results) -> String {
    let header = ["peers that are known", "µs", "least – most"];
    let row = |(measure, _, peers): &(&str, &str, &str)| {
        let series = results.series(measure, FLOOR)?;
        let micros = Spread::of_series(series, |sample| sample.micros());
        Some(vec![
            (*peers).to_owned(),
            number(micros.map(|spread| spread.median), 2),
            range(micros, 2),
        ])
    };
    format!(
        "## Many peers\n\nGREET by raw C in the guest, of one of so many peers, in no order.\n\n{}",
        table(&header, KNOWN.iter().filter_map(row).collect())
    )
}

fn contenders(results: &Results) -> String {
    let failure = |id: &str| {
        let failed = results.series.iter().find_map(|series| {
            let failure = series.failure.as_ref()?;
            (series.contender == id).then(|| format!("; failed at {}: {failure}", series.measure))
        });
        failed.unwrap_or_default()
    };
    let rows = ALL.iter().map(|contender| {
        let remark = format!("{}{}", contender.remark, failure(contender.id));
        format!("| {} | {remark} |", contender.title)
    });
    let rows: Vec<_> = rows.collect();
    format!(
        "## The clients\n\n| client | how it is used, and what it cannot do |\n|---|---|\n{}",
        rows.join("\n")
    )
}

fn chart(name: &str, what: &str) -> String {
    format!("![{what}](performance/{name}.svg)")
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
            "{} – {}",
            number(Some(spread.least), digits),
            number(Some(spread.most), digits)
        ),
        None => "–".to_owned(),
    }
}

/// A number with a comma before every third digit.
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

/// The times of ours, and of another, in one measure.
pub(super) fn ours_to(results: &Results, measure: &str, other: &str) -> Option<f64> {
    ratio(
        results.series(measure, OURS)?,
        results.series(measure, other)?,
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
