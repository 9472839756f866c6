// SPDX-License-Identifier: MIT OR Apache-2.0

//! The goals, and which of them a run met.

use super::tables::{self, number, ours_to};
use crate::benchmarks::{
    ByThreads, DUMP, GENL_CTRL_LIST, GETFAMILY, GETFAMILY_64, GREET, GREET_64, GREETCTL, KNOWN,
    MODULES, PC_THREADS, PEERS, PROCESS, THREADS,
};
use crate::clients::{
    ALL, BASELINE, GENETLINK, Language, OURS, OURS_ASYNC, OURS_BATCH, RAW_BATCH, RAW_RECVMMSG,
};
use crate::families::{self, FAMILIES, LANGUAGES};
use crate::results::{Results, Spread, ratio};
use crate::twin::{self, Module};

/// A limit for a number.
struct Goal {
    name: String,
    limit: Limit,
    measured: Option<f64>,
    digits: usize,
}

#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    Below(f64),
    Above(f64),
    AtLeast(f64),
}

impl Limit {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::Below(limit) => value < limit,
            Self::Above(limit) => value > limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit}"),
            Self::Below(limit) => format!("< {limit}"),
            Self::Above(limit) => format!("> {limit}"),
            Self::AtLeast(limit) => format!("≥ {limit}"),
        }
    }
}

/// Returns a table of all goals.
pub(crate) fn table(results: &Results) -> String {
    table_of(all(results))
}

/// Returns the number of goals that are met, and a table of the others.
pub(crate) fn summary(results: &Results) -> String {
    let is_met = |goal: &Goal| goal.measured.is_some_and(|value| goal.limit.is_met(value));
    let (met, others): (Vec<_>, Vec<_>) = all(results).into_iter().partition(is_met);
    let met = format!(
        "{} of {} goals are met. `make bench` prints them all.",
        met.len(),
        met.len() + others.len()
    );
    if others.is_empty() {
        return met;
    }
    format!("{met} The others:\n\n{}", table_of(others))
}

fn table_of(goals: Vec<Goal>) -> String {
    let rows: Vec<_> = goals
        .into_iter()
        .map(|goal| {
            let met = match goal.measured.map(|value| goal.limit.is_met(value)) {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "not measured",
            };
            let measured = number(goal.measured, goal.digits);
            vec![goal.name, goal.limit.text(), measured, met.to_owned()]
        })
        .collect();
    tables::table(&["", "goal", "measured", "met"], rows)
}

fn all(results: &Results) -> Vec<Goal> {
    let goal = |name: &str, limit, measured| Goal {
        name: name.to_owned(),
        limit,
        measured,
        digits: 2,
    };
    let mut goals = vec![
        goal(
            "round trip on the host, vs raw C",
            Limit::AtMost(1.05),
            ours_to(results, GETFAMILY, BASELINE),
        ),
        goal(
            "round trip in the guest, vs raw C",
            Limit::AtMost(1.05),
            ours_to(results, GREET, BASELINE),
        ),
    ];
    goals.extend([
        goal(
            "round trip on the host, vs the fastest other library",
            Limit::Below(1.0),
            fastest_library(results),
        ),
        goal(
            "async round trip on the host, vs blocking",
            Limit::AtMost(1.15),
            ratio_of(results, GETFAMILY, OURS_ASYNC, OURS),
        ),
        goal(
            "64 async requests at a time on the host, genetlink vs ours",
            Limit::AtLeast(2.0),
            ratio_of(results, GETFAMILY_64, GENETLINK, OURS_ASYNC),
        ),
        goal(
            "64 async requests at a time in the guest, genetlink vs ours",
            Limit::AtLeast(2.0),
            ratio_of(results, GREET_64, GENETLINK, OURS_ASYNC),
        ),
        goal(
            "64 async requests at a time on the host, the fastest other library vs ours",
            Limit::Above(1.0),
            fastest_concurrent(results),
        ),
        goal(
            "instructions of a request, vs libmnl",
            Limit::AtMost(1.0),
            instructions_to(results, "mnl"),
        ),
        goal(
            "allocations of a request",
            Limit::AtMost(0.0),
            results.counts(OURS).and_then(|counts| counts.allocations),
        ),
        goal(
            "batch of 32 in the guest, vs a single request",
            Limit::AtMost(0.6),
            ratio_of(results, GREET, OURS_BATCH, OURS),
        ),
        goal(
            "batch of 32 on the host, vs raw C's",
            Limit::AtMost(1.05),
            ratio_of(results, GETFAMILY, OURS_BATCH, RAW_BATCH),
        ),
        goal(
            "dump of 65,536 peers, pyynl vs greet",
            Limit::AtLeast(20.0),
            complete_dumps(results, "with_pyynl", OURS),
        ),
        goal(
            "dump of 65,536 peers, greet vs raw C",
            Limit::AtMost(1.1),
            complete_dumps(results, OURS, BASELINE),
        ),
        goal(
            "greeting in the module, stack vs C",
            Limit::AtMost(1.0),
            stack_to_twin(results),
        ),
        goal(
            "code of the module, vs C",
            Limit::AtMost(1.5),
            text_to_twin(results),
        ),
        goal(
            "greeting with 65,536 peers vs one, instructions in the module",
            Limit::AtMost(1.1),
            many_peers(results),
        ),
        goal(
            "two threads vs one in an emulated PC, requests/s",
            Limit::AtLeast(1.7),
            two_threads(results, PC_THREADS, OURS),
        ),
        goal(
            "two threads vs one in an emulated PC, batches of 32",
            Limit::AtLeast(1.7),
            two_threads(results, PC_THREADS, OURS_BATCH),
        ),
        goal(
            "two threads vs one in User-Mode Linux",
            Limit::AtLeast(1.7),
            two_threads(results, THREADS, OURS),
        ),
        goal(
            "two threads vs one in User-Mode Linux, batches of 32",
            Limit::AtLeast(1.7),
            two_threads(results, THREADS, OURS_BATCH),
        ),
        goal(
            "process greetctl greet vs genl-ctrl-list",
            Limit::AtMost(1.0),
            ratio_of(results, PROCESS, GREETCTL, GENL_CTRL_LIST),
        ),
        goal(
            "size of greetctl, MiB",
            Limit::AtMost(2.0),
            Some(results.greetctl as f64 / f64::from(1 << 20)),
        ),
        goal(
            "greeting with 65,536 peers vs one",
            Limit::AtMost(1.3),
            known(results),
        ),
    ]);
    goals.extend(results.operations.iter().map(|operation| {
        let name = format!("instructions vs C: {}", operation.name);
        goal(&name, Limit::AtMost(1.0), operation.ratio())
    }));
    goals.extend(results.families.iter().map(|costs| {
        let [rust, c] = costs.text.map(|bytes| bytes as f64);
        let name = format!("code of {} vs C", costs.family);
        goal(&name, Limit::AtMost(1.5), Some(rust / c))
    }));
    for family in &FAMILIES {
        let [request, dump] = families::benchmarks(family);
        let [(rust, _), (c, _)] = LANGUAGES;
        goals.extend([request, dump].map(|benchmark| {
            let name = format!("time vs C: {benchmark}");
            let measured = ratio_of(results, &benchmark, rust, c);
            goal(&name, Limit::AtMost(1.0), measured)
        }));
    }
    goals
}

/// Returns the ratio to the fastest other library, without raw C, batches and Python.
fn fastest_library(results: &Results) -> Option<f64> {
    let others = ALL.iter().filter(|other| {
        ![
            BASELINE,
            RAW_RECVMMSG,
            RAW_BATCH,
            OURS,
            OURS_ASYNC,
            OURS_BATCH,
        ]
        .contains(&other.id)
            && other.language != Language::Python
    });
    others
        .filter_map(|other| ours_to(results, GETFAMILY, other.id))
        .reduce(f64::max)
}

/// Returns the ratio of the fastest other library to ours with concurrent requests.
fn fastest_concurrent(results: &Results) -> Option<f64> {
    let others = ALL.iter().filter(|other| other.id != OURS_ASYNC);
    others
        .filter_map(|other| ratio_of(results, GETFAMILY_64, other.id, OURS_ASYNC))
        .reduce(f64::min)
}

fn ratio_of(results: &Results, benchmark: &str, of: &str, to: &str) -> Option<f64> {
    ratio(
        results.series(benchmark, of)?,
        results.series(benchmark, to)?,
    )
}

/// Returns the ratio of two dumps if both are complete.
fn complete_dumps(results: &Results, of: &str, to: &str) -> Option<f64> {
    let is_complete = |id: &str| {
        let series = results.series(DUMP, id)?;
        let complete = |sample: &crate::plan::Sample| sample.count % PEERS == 0;
        series.samples.iter().all(complete).then_some(())
    };
    is_complete(of)?;
    is_complete(to)?;
    ratio_of(results, DUMP, of, to)
}

fn instructions_to(results: &Results, other: &str) -> Option<f64> {
    let of = |id: &str| results.counts(id)?.instructions;
    Some(of(OURS)? / of(other)?)
}

/// Returns the values of our module and of its twin.
fn of_modules(results: &Results, value: impl Fn(&Module) -> Option<f64>) -> Option<[f64; 2]> {
    let [ours, twin] = MODULES.map(|(name, _)| value(results.module(name)?));
    Some([ours?, twin?])
}

fn stack_to_twin(results: &Results) -> Option<f64> {
    let [ours, twin] = of_modules(results, |module| {
        let calls = module.calls.iter().map(|call| call.stack as f64);
        Some(Spread::of(calls)?.median)
    })?;
    Some(ours / twin)
}

fn text_to_twin(results: &Results) -> Option<f64> {
    let [ours, twin] = of_modules(results, |module| Some(module.text as f64))?;
    Some(ours / twin)
}

fn many_peers(results: &Results) -> Option<f64> {
    let of = |name: &str| {
        let mut all = results.operations.iter();
        let [ours, _] = all.find(|operation| operation.name == name)?.medians();
        ours
    };
    Some(of(twin::KNOWN_65536)? / of(twin::KNOWN_ONE)?)
}

fn two_threads(results: &Results, by_threads: ByThreads, of: &str) -> Option<f64> {
    let [(one, _), (two, _)] = by_threads;
    // Samples are times per request, so this is the inverse ratio.
    ratio(results.series(one, of)?, results.series(two, of)?)
}

fn known(results: &Results) -> Option<f64> {
    let [(one, _, _), (many, _, _)] = KNOWN;
    ratio(
        results.series(many, BASELINE)?,
        results.series(one, BASELINE)?,
    )
}
