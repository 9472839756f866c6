// SPDX-License-Identifier: MIT OR Apache-2.0

//! The goals, and whether a run met them.

use super::tables::{self, number, ours_to};
use crate::contenders::{ALL, FLOOR, Language, OUR_BATCH, OURS, RAW_BATCH, RAW_RECVMMSG, title};
use crate::measures::{
    ByThreads, DUMP, GENL_CTRL_LIST, GETFAMILY, GREET, GREETCTL, KNOWN, MODULES, PC_THREADS, PEERS,
    PROCESS, THREADS,
};
use crate::results::Results;
use crate::stats::{Spread, ratio};
use crate::twin::Call;

/// A number that should be at most, or at least, another.
struct Goal {
    what: String,
    limit: Limit,
    measured: Option<f64>,
    digits: usize,
}

#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    Below(f64),
    AtLeast(f64),
}

impl Limit {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::Below(limit) => value < limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit}"),
            Self::Below(limit) => format!("< {limit}"),
            Self::AtLeast(limit) => format!("≥ {limit}"),
        }
    }
}

/// All goals in a table.
pub(crate) fn table(results: &Results) -> String {
    let rows: Vec<_> = all(results)
        .into_iter()
        .map(|goal| {
            let met = match goal.measured.map(|value| goal.limit.is_met(value)) {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "not measured",
            };
            let measured = number(goal.measured, goal.digits);
            vec![goal.what, goal.limit.text(), measured, met.to_owned()]
        })
        .collect();
    tables::table(&["", "goal", "measured", "met"], rows)
}

fn all(results: &Results) -> Vec<Goal> {
    let goal = |what: &str, limit, measured| Goal {
        what: what.to_owned(),
        limit,
        measured,
        digits: 2,
    };
    let mut goals = vec![
        goal(
            "round trip on the host, to raw C",
            Limit::AtMost(1.05),
            ours_to(results, GETFAMILY, FLOOR),
        ),
        goal(
            "round trip in the guest, to raw C",
            Limit::AtMost(1.05),
            ours_to(results, GREET, FLOOR),
        ),
    ];
    goals.extend(peers(results));
    goals.extend([
        goal(
            "instructions of a request, to libmnl",
            Limit::AtMost(1.0),
            instructions_to(results, "mnl"),
        ),
        goal(
            "allocations of a request",
            Limit::AtMost(0.0),
            results.counts(OURS).and_then(|counts| counts.allocations),
        ),
        goal(
            "batch of 32 in the guest, to our single request",
            Limit::AtMost(0.6),
            within(results, GREET, OUR_BATCH, OURS),
        ),
        goal(
            "batch of 32 on the host, to raw C's",
            Limit::AtMost(1.05),
            within(results, GETFAMILY, OUR_BATCH, RAW_BATCH),
        ),
        goal(
            "dump of 65,536 peers, pyynl to ours",
            Limit::AtLeast(20.0),
            whole_dumps(results, "with_pyynl", OURS),
        ),
        goal(
            "the same, ours to raw C",
            Limit::AtMost(1.1),
            whole_dumps(results, OURS, FLOOR),
        ),
        goal(
            "module to its twin, instructions of a greeting",
            Limit::AtMost(1.02),
            module_to_twin(results, |call| call.instructions),
        ),
        goal(
            "the same, stack",
            Limit::AtMost(1.0),
            module_to_twin(results, |call| call.stack),
        ),
        goal(
            "two threads to one in an emulated PC, requests a second",
            Limit::AtLeast(1.7),
            two_threads(results, PC_THREADS, OURS),
        ),
        goal(
            "the same, 32 at once",
            Limit::AtLeast(1.7),
            two_threads(results, PC_THREADS, OUR_BATCH),
        ),
        goal(
            "two threads to one in User-Mode Linux",
            Limit::AtLeast(1.7),
            two_threads(results, THREADS, OURS),
        ),
        goal(
            "the same, 32 at once",
            Limit::AtLeast(1.7),
            two_threads(results, THREADS, OUR_BATCH),
        ),
        goal(
            "greetctl greet to genl-ctrl-list, whole process",
            Limit::AtMost(1.0),
            within(results, PROCESS, GREETCTL, GENL_CTRL_LIST),
        ),
        goal(
            "greetctl, MiB",
            Limit::AtMost(2.0),
            Some(results.greetctl as f64 / f64::from(1 << 20)),
        ),
        goal(
            "greeting with 65,536 peers known, to one with 1",
            Limit::AtMost(1.3),
            known(results),
        ),
    ]);
    goals
}

/// To be faster than each client that is no raw C and no batch, on the host.
fn peers(results: &Results) -> Vec<Goal> {
    let others = ALL.iter().filter(|other| {
        ![FLOOR, RAW_RECVMMSG, RAW_BATCH, OURS, OUR_BATCH].contains(&other.id)
            && other.language != Language::Python
    });
    let goal = |id: &str| Goal {
        what: format!("round trip on the host, to {}", title(id)),
        limit: Limit::Below(1.0),
        measured: ours_to(results, GETFAMILY, id),
        digits: 2,
    };
    others.map(|other| goal(other.id)).collect()
}

fn within(results: &Results, measure: &str, of: &str, to: &str) -> Option<f64> {
    ratio(results.series(measure, of)?, results.series(measure, to)?)
}

/// Only of dumps that list all.
fn whole_dumps(results: &Results, of: &str, to: &str) -> Option<f64> {
    let is_whole = |id: &str| {
        let series = results.series(DUMP, id)?;
        let whole = |sample: &crate::plan::Sample| sample.count % PEERS == 0;
        series.samples.iter().all(whole).then_some(())
    };
    is_whole(of)?;
    is_whole(to)?;
    within(results, DUMP, of, to)
}

fn instructions_to(results: &Results, other: &str) -> Option<f64> {
    let of = |id: &str| results.counts(id)?.instructions;
    Some(of(OURS)? / of(other)?)
}

fn module_to_twin(results: &Results, value: fn(&Call) -> u64) -> Option<f64> {
    let [ours, twin] = MODULES.map(|(name, _)| {
        let calls = &results.module(name)?.calls;
        let spread = Spread::of(calls.iter().map(|call| value(call) as f64))?;
        Some(spread.median)
    });
    Some(ours? / twin?)
}

fn two_threads(results: &Results, by_threads: ByThreads, of: &str) -> Option<f64> {
    let [(one, _), (two, _)] = by_threads;
    // A time for each, so the other way round.
    ratio(results.series(one, of)?, results.series(two, of)?)
}

fn known(results: &Results) -> Option<f64> {
    let [(one, _, _), (many, _, _)] = KNOWN;
    ratio(results.series(many, FLOOR)?, results.series(one, FLOOR)?)
}
