// SPDX-License-Identifier: MIT OR Apache-2.0

//! Plans the benchmarks on the host and in the guest.

use crate::clients::{self, ALL, BASELINE, CALLS, CONCURRENT, Client, OURS, OURS_BATCH, RAW_BATCH};
use crate::machine;
use crate::paths::Paths;
use crate::plan::{COUNT, Group, Kind, Task};
use std::path::Path;

/// Sequential requests: GETFAMILY of nlctrl on the host, GREET in the guest.
pub(crate) const GETFAMILY: &str = "getfamily";
pub(crate) const GREET: &str = "greet";
/// The same requests by 64 tasks at a time.
pub(crate) const GETFAMILY_64: &str = "getfamily-64";
pub(crate) const GREET_64: &str = "greet-64";
const TASKS: &str = "64";
/// A dump of all peers.
pub(crate) const DUMP: &str = "dump";
/// Events, by the number of listeners.
pub(crate) const EVENTS: [(&str, &str); 2] = [("events-1", "1"), ("events-64", "64")];
/// Benchmarks by the number of threads.
pub(crate) type ByThreads = [(&'static str, &'static str); 2];
/// Greetings by several threads in User-Mode Linux and in an emulated PC.
pub(crate) const THREADS: ByThreads = [("threads-1", "1"), ("threads-2", "2")];
pub(crate) const PC_THREADS: ByThreads = [("pc-threads-1", "1"), ("pc-threads-2", "2")];
/// Greetings with this many known peers.
pub(crate) const KNOWN: [(&str, &str, &str); 2] =
    [("known-1", "one", "1"), ("known-65536", "full", "65536")];
/// Our module and its twin with the client in raw C: sequential requests, and batches of 32.
pub(crate) const MODULE: &str = "module";
pub(crate) const MODULE_BATCH: &str = "module-batch";
pub(crate) const MODULES: [(&str, &str); 2] = [("greet.ko", "greet"), ("twin.ko", "twin")];
/// Complete processes.
pub(crate) const PROCESS: &str = "process";
pub(crate) const GREETCTL: &str = "greetctl greet";
pub(crate) const GENL_CTRL_LIST: &str = "genl-ctrl-list";

/// Rounds on the host for each round in a guest.
pub(crate) const HOST_ROUNDS: usize = 5;

/// Number of peers in a dump.
pub(crate) const PEERS: u64 = 65_536;

pub(crate) struct Planner<'a> {
    pub(crate) paths: &'a Paths,
    pub(crate) tree: &'a Path,
    pub(crate) rounds: usize,
}

impl Planner<'_> {
    /// Plans requests on the host in more and shorter rounds, because the results differ by a few
    /// percent, less than the machine varies from second to second.
    pub(crate) fn host(&self) -> Vec<Group> {
        let mut tasks = self.all(GETFAMILY, &[GETFAMILY], |_| true);
        tasks.extend(self.concurrent(GETFAMILY_64, "getfamily-concurrently"));
        let short = |task| Task {
            millis: 100,
            ..prioritized(task)
        };
        vec![Group {
            rounds: HOST_ROUNDS * self.rounds,
            before: Vec::new(),
            tasks: tasks.into_iter().map(short).collect(),
        }]
    }

    pub(crate) fn guest(&self) -> Vec<Group> {
        // A dump in Python takes seconds.
        let dumps = Group {
            rounds: self.rounds.min(5),
            before: self.peers(),
            tasks: self.dumps(),
        };
        vec![
            self.group(self.all(GREET, &[GREET], |_| true)),
            self.group(self.concurrent(GREET_64, "greet-concurrently")),
            self.group(self.modules()),
            self.group(self.events()),
            self.group(self.threads(&THREADS)),
            self.group(self.processes()),
            dumps,
            self.group(self.known()),
        ]
    }

    /// Plans requests by two threads. The two CPUs of User-Mode Linux share the host's CPUs with
    /// other processes.
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

    /// Creates a task for each client that supports the operation, on one CPU.
    fn all(&self, benchmark: &str, operation: &[&str], can: impl Fn(&Client) -> bool) -> Vec<Task> {
        let supporting = ALL.iter().filter(|client| can(client));
        supporting
            .map(|client| pinned(self.task(client, benchmark, operation)))
            .collect()
    }

    fn concurrent(&self, benchmark: &str, operation: &str) -> Vec<Task> {
        self.all(benchmark, &[operation, TASKS], |client| {
            client.can(CONCURRENT)
        })
    }

    fn task(&self, client: &Client, benchmark: &str, operation: &[&str]) -> Task {
        client.task(self.paths, self.tree, benchmark, operation)
    }

    /// Creates a task for the client with this name.
    fn of(&self, id: &str, benchmark: &str, operation: &[&str]) -> Option<Task> {
        clients::named(id).map(|client| self.task(client, benchmark, operation))
    }

    fn modules(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (benchmark, id) in [(MODULE, BASELINE), (MODULE_BATCH, RAW_BATCH)] {
            for (module, family) in MODULES {
                tasks.extend(self.of(id, benchmark, &[GREET]).map(|task| Task {
                    client: module.to_owned(),
                    environment: vec![("GREET_FAMILY".to_owned(), family.to_owned())],
                    ..pinned(task)
                }));
            }
        }
        tasks
    }

    fn events(&self) -> Vec<Task> {
        let of_benchmark = |(benchmark, listeners)| {
            self.all(benchmark, &["events", listeners], |client| {
                client.can("events")
            })
        };
        EVENTS.into_iter().flat_map(of_benchmark).collect()
    }

    fn threads(&self, by_threads: &ByThreads) -> Vec<Task> {
        let mut tasks = Vec::new();
        for id in [BASELINE, OURS, OURS_BATCH, CALLS] {
            for (benchmark, threads) in by_threads {
                tasks.extend(
                    self.of(id, benchmark, &["threads", threads])
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
        let greetctl = self.paths.greetctl().display().to_string();
        let task = |client: &str, command: &[&str]| Task {
            benchmark: PROCESS.to_owned(),
            client: client.to_owned(),
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

    /// Returns commands that create two network namespaces, one without peers and one with all
    /// peers.
    fn peers(&self) -> Vec<String> {
        let greetctl = self.paths.greetctl();
        let raw = self.paths.c().join(BASELINE);
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
        let tasks = self.all(DUMP, &[DUMP], |client| client.can(DUMP));
        tasks.into_iter().map(|task| in_netns(full, task)).collect()
    }

    fn known(&self) -> Vec<Task> {
        let of_benchmark = |(benchmark, netns, peers)| {
            let task = self.of(BASELINE, benchmark, &["known", peers])?;
            Some(in_netns(netns, pinned(task)))
        };
        KNOWN.into_iter().filter_map(of_benchmark).collect()
    }
}

/// Runs a task with priority, if permitted.
fn prioritized(task: Task) -> Task {
    match machine::can_set_priority() {
        true => with_prefix(&["chrt", "--fifo", "20"], task),
        false => task,
    }
}

/// Runs a task on one CPU, the same for all tasks.
pub(crate) fn pinned(task: Task) -> Task {
    with_prefix(&["taskset", "-c", "1"], task)
}

pub(crate) fn in_netns(netns: &str, task: Task) -> Task {
    with_prefix(&["ip", "netns", "exec", netns], task)
}

/// Prepends words to the command of a task.
fn with_prefix(words: &[&str], task: Task) -> Task {
    let mut command: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
    debug_assert!(!words.contains(&COUNT));
    command.extend(task.command);
    Task { command, ..task }
}
