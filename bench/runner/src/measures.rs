// SPDX-License-Identifier: MIT OR Apache-2.0

//! The plans: what is measured on the host, and what in the guest.

use crate::contenders::{self, ALL, CALLS, Contender, FLOOR, OUR_BATCH, OURS, RAW_BATCH};
use crate::machine;
use crate::places::Places;
use crate::plan::{COUNT, Group, Kind, Task};
use std::path::Path;

/// One request after the other: GETFAMILY of nlctrl on the host, GREET in the guest.
pub(crate) const GETFAMILY: &str = "getfamily";
pub(crate) const GREET: &str = "greet";
/// A list of all peers.
pub(crate) const DUMP: &str = "dump";
/// Events, by how many hear each.
pub(crate) const EVENTS: [(&str, &str); 2] = [("events-1", "1"), ("events-64", "64")];
/// Measures, and by how many threads.
pub(crate) type ByThreads = [(&'static str, &'static str); 2];
/// Greetings by so many threads, in User-Mode Linux and in an emulated PC.
pub(crate) const THREADS: ByThreads = [("threads-1", "1"), ("threads-2", "2")];
pub(crate) const PC_THREADS: ByThreads = [("pc-threads-1", "1"), ("pc-threads-2", "2")];
/// Greetings of so many peers.
pub(crate) const KNOWN: [(&str, &str, &str); 2] =
    [("known-1", "one", "1"), ("known-65536", "full", "65536")];
/// Our module and its twin, asked by raw C: one request after the other, and 32 at once.
pub(crate) const MODULE: &str = "module";
pub(crate) const MODULE_BATCH: &str = "module-batch";
pub(crate) const MODULES: [(&str, &str); 2] = [("greet.ko", "greet"), ("twin.ko", "twin")];
/// Whole processes.
pub(crate) const PROCESS: &str = "process";
pub(crate) const GREETCTL: &str = "greetctl greet";
pub(crate) const GENL_CTRL_LIST: &str = "genl-ctrl-list";

/// How many rounds there are on the host for one in a guest.
pub(crate) const HOST_ROUNDS: usize = 5;

/// How many peers a dump lists.
pub(crate) const PEERS: u64 = 65_536;

pub(crate) struct Planner<'a> {
    pub(crate) places: &'a Places,
    pub(crate) tree: &'a Path,
    pub(crate) rounds: usize,
}

impl Planner<'_> {
    /// A request, in more and shorter rounds: here a few parts of a hundred matter, which is less
    /// than what the machine varies from second to second.
    pub(crate) fn host(&self) -> Vec<Group> {
        let tasks = self.all(GETFAMILY, &[GETFAMILY], |_| true);
        let short = |task| Task {
            millis: 100,
            ..preferred(task)
        };
        vec![Group {
            rounds: HOST_ROUNDS * self.rounds,
            before: Vec::new(),
            tasks: tasks.into_iter().map(short).collect(),
        }]
    }

    pub(crate) fn guest(&self) -> Vec<Group> {
        // In Python a dump takes seconds.
        let dumps = Group {
            rounds: self.rounds.min(5),
            before: self.peers(),
            tasks: self.dumps(),
        };
        vec![
            self.group(self.all(GREET, &[GREET], |_| true)),
            self.group(self.modules()),
            self.group(self.events()),
            self.group(self.threads(&THREADS)),
            self.group(self.processes()),
            dumps,
            self.group(self.known()),
        ]
    }

    /// What two processors do at once. Those of User-Mode Linux share what the host has with each
    /// other's programs.
    pub(crate) fn pc(&self) -> Vec<Group> {
        vec![self.group(self.threads(&PC_THREADS))]
    }

    fn group(&self, tasks: Vec<Task>) -> Group {
        Group {
            rounds: self.rounds,
            before: Vec::new(),
            tasks,
        }
    }

    /// A task of each contender that can do it, each on one processor.
    fn all(
        &self,
        measure: &str,
        operation: &[&str],
        can: impl Fn(&Contender) -> bool,
    ) -> Vec<Task> {
        let able = ALL.iter().filter(|contender| can(contender));
        able.map(|contender| pinned(self.task(contender, measure, operation)))
            .collect()
    }

    fn task(&self, contender: &Contender, measure: &str, operation: &[&str]) -> Task {
        contender.task(self.places, self.tree, measure, operation)
    }

    /// A task of the contender of that name, for what is done with one or two of them.
    fn of(&self, id: &str, measure: &str, operation: &[&str]) -> Option<Task> {
        contenders::named(id).map(|contender| self.task(contender, measure, operation))
    }

    fn modules(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (measure, id) in [(MODULE, FLOOR), (MODULE_BATCH, RAW_BATCH)] {
            for (module, family) in MODULES {
                tasks.extend(self.of(id, measure, &[GREET]).map(|task| Task {
                    contender: module.to_owned(),
                    environment: vec![("GREET_FAMILY".to_owned(), family.to_owned())],
                    ..pinned(task)
                }));
            }
        }
        tasks
    }

    fn events(&self) -> Vec<Task> {
        let of_measure = |(measure, listeners)| {
            self.all(measure, &["events", listeners], |contender| {
                contender.can("events")
            })
        };
        EVENTS.into_iter().flat_map(of_measure).collect()
    }

    fn threads(&self, by_threads: &ByThreads) -> Vec<Task> {
        let mut tasks = Vec::new();
        for id in [FLOOR, OURS, OUR_BATCH, CALLS] {
            for (measure, threads) in by_threads {
                tasks.extend(
                    self.of(id, measure, &["threads", threads])
                        .map(|task| Task {
                            millis: 400,
                            ..task
                        }),
                );
            }
        }
        tasks
    }

    fn processes(&self) -> Vec<Task> {
        let greetctl = self.places.greetctl().display().to_string();
        let task = |contender: &str, command: &[&str]| Task {
            measure: PROCESS.to_owned(),
            contender: contender.to_owned(),
            command: command.iter().map(|&word| word.to_owned()).collect(),
            environment: Vec::new(),
            kind: Kind::Process,
            millis: 400,
        };
        vec![
            task(GREETCTL, &[&greetctl, "greet", "World"]),
            task(GENL_CTRL_LIST, &["genl-ctrl-list"]),
        ]
    }

    /// Two network namespaces: in one nobody was greeted, in the other everybody.
    fn peers(&self) -> Vec<String> {
        let greetctl = self.places.greetctl();
        let raw = self.places.c().join(FLOOR);
        let [(_, one, _), (_, full, peers)] = KNOWN;
        vec![
            format!("ip netns add {one}"),
            format!("ip netns add {full}"),
            format!(
                "ip netns exec {full} {} settings set --peer-limit {peers}",
                greetctl.display()
            ),
            format!("ip netns exec {full} {} known 1 {peers}", raw.display()),
        ]
    }

    fn dumps(&self) -> Vec<Task> {
        let [_, (_, full, _)] = KNOWN;
        let tasks = self.all(DUMP, &[DUMP], |contender| contender.can(DUMP));
        tasks.into_iter().map(|task| in_netns(full, task)).collect()
    }

    fn known(&self) -> Vec<Task> {
        let of_measure = |(measure, netns, peers)| {
            let task = self.of(FLOOR, measure, &["known", peers])?;
            Some(in_netns(netns, pinned(task)))
        };
        KNOWN.into_iter().filter_map(of_measure).collect()
    }
}

/// Before other processes, if that is allowed.
fn preferred(task: Task) -> Task {
    match machine::may_be_preferred() {
        true => behind(&["chrt", "--fifo", "20"], task),
        false => task,
    }
}

/// On one processor, the same for all.
fn pinned(task: Task) -> Task {
    behind(&["taskset", "-c", "1"], task)
}

fn in_netns(netns: &str, task: Task) -> Task {
    behind(&["ip", "netns", "exec", netns], task)
}

/// A task with words before its program.
fn behind(words: &[&str], task: Task) -> Task {
    let mut command: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
    debug_assert!(!words.contains(&COUNT));
    command.extend(task.command);
    Task { command, ..task }
}
