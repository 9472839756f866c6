// SPDX-License-Identifier: MIT OR Apache-2.0

//! The compared clients and their operations.

use crate::paths::Paths;
use crate::plan::{COUNT, Kind, Task};
use std::path::Path;

/// The language of a client, which determines the path of its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    Rust,
    Python,
}

#[derive(Debug)]
pub(crate) struct Client {
    /// Name of the program.
    pub(crate) id: &'static str,
    /// Name in tables.
    pub(crate) title: &'static str,
    pub(crate) language: Language,
    /// Operations other than sequential requests.
    pub(crate) operations: &'static [&'static str],
    /// How the library is used, and its limits.
    pub(crate) remark: &'static str,
}

/// The baseline of comparisons.
pub(crate) const BASELINE: &str = "raw";
pub(crate) const OURS: &str = "ours";
pub(crate) const OURS_ASYNC: &str = "ours_async";
pub(crate) const GENETLINK: &str = "genetlink";
pub(crate) const SOCKET2_TOKIO: &str = "netlink_socket2_tokio";
/// Clients that send concurrent requests.
pub(crate) const CONCURRENT: &str = "concurrent";
/// The baseline with one system call less.
pub(crate) const RAW_RECVMMSG: &str = "raw_recvmmsg";
pub(crate) const RAW_BATCH: &str = "raw_batch";
pub(crate) const OURS_BATCH: &str = "ours_batch";

/// All clients in the order of the tables.
pub(crate) const ALL: &[Client] = &[
    Client {
        id: BASELINE,
        title: "raw C",
        language: Language::C,
        operations: &["dump", "events", "threads"],
        remark: "the baseline: a prebuilt request",
    },
    Client {
        id: RAW_RECVMMSG,
        title: "raw C, recvmmsg",
        language: Language::C,
        operations: &[],
        remark: "reply and ACK in one call, `recvmmsg()`",
    },
    Client {
        id: OURS,
        title: "greet",
        language: Language::Rust,
        operations: &["dump", "events", "threads"],
        remark: "this project's client library",
    },
    Client {
        id: OURS_ASYNC,
        title: "greet, tokio",
        language: Language::Rust,
        operations: &[CONCURRENT],
        remark: "`AsyncConnection` on tokio with one thread",
    },
    Client {
        id: "netlink_socket2",
        title: "netlink-socket2",
        language: Language::Rust,
        operations: &["dump"],
        remark: "blocking; code for `greet` by hand, because the generator is not published; its \
                 chained requests take no replies, so it has no batch",
    },
    Client {
        id: SOCKET2_TOKIO,
        title: "netlink-socket2, tokio",
        language: Language::Rust,
        operations: &[CONCURRENT],
        remark: "its feature `tokio`; a socket for each task, because a socket has one request at a \
                 time",
    },
    Client {
        id: "mnl",
        title: "libmnl",
        language: Language::C,
        operations: &["dump", "events"],
        remark: "messages built in place, `mnl_cb_run()`, `mnl_attr_parse()`",
    },
    Client {
        id: "neli_handle",
        title: "neli, NlSocketHandle",
        language: Language::Rust,
        operations: &[],
        remark: "the caller matches answers to requests; `NELI_AUTO_BUFFER_LEN=8192`",
    },
    Client {
        id: "neli_router",
        title: "neli, NlRouter",
        language: Language::Rust,
        operations: &[],
        remark: "a separate thread receives",
    },
    Client {
        id: "nl",
        title: "libnl",
        language: Language::C,
        operations: &["dump"],
        remark: "callbacks; without peeking at datagram sizes, a system call each",
    },
    Client {
        id: "nlink",
        title: "nlink",
        language: Language::Rust,
        operations: &[CONCURRENT],
        remark: "macros and `send_typed()` on tokio; uint and arrays of nests by hand",
    },
    Client {
        id: GENETLINK,
        title: "genetlink",
        language: Language::Rust,
        operations: &[CONCURRENT],
        remark: "tokio with one thread",
    },
    Client {
        id: "ynl",
        title: "YNL C",
        language: Language::C,
        operations: &["dump"],
        remark: "the kernel tree's library and generator",
    },
    Client {
        id: "with_pyynl",
        title: "pyynl",
        language: Language::Python,
        operations: &["dump"],
        remark: "the kernel tree's; reads the spec at start",
    },
    Client {
        id: "with_pyroute2",
        title: "pyroute2",
        language: Language::Python,
        operations: &[],
        remark: "asynchronous sockets, the faster kind; its dump did not end within 100 s",
    },
    Client {
        id: RAW_BATCH,
        title: "raw C, 32 at once",
        language: Language::C,
        operations: &[],
        remark: "32 requests in one send, `recvmmsg()` for all answers",
    },
    Client {
        id: OURS_BATCH,
        title: "greet, 32 at once",
        language: Language::Rust,
        operations: &[],
        remark: "`Connection::batch()`",
    },
];

/// Lower bound of any client: as many empty system calls.
pub(crate) const CALLS: &str = "calls";
const CONTROL: Client = Client {
    id: CALLS,
    title: "three empty system calls",
    language: Language::C,
    operations: &["threads"],
    remark: "",
};

/// Returns the client with this name.
pub(crate) fn named(id: &str) -> Option<&'static Client> {
    ALL.iter().chain([&CONTROL]).find(|client| client.id == id)
}

/// Returns the name in tables, or `id` for other programs.
pub(crate) fn title(id: &str) -> &str {
    named(id).map_or(id, |client| client.title)
}

impl Client {
    pub(crate) fn can(&self, operation: &str) -> bool {
        self.operations.contains(&operation)
    }

    /// Returns the program and its leading arguments.
    pub(crate) fn program(&self, paths: &Paths) -> Vec<String> {
        let text = |path: &Path| path.display().to_string();
        match self.language {
            Language::C => vec![text(&paths.c().join(self.id))],
            Language::Rust => vec![text(&paths.rust.join(self.id))],
            Language::Python => {
                let script = paths.bench().join("clients/python").join(self.id);
                vec![
                    "/usr/bin/python3".to_owned(),
                    "-B".to_owned(),
                    text(&script.with_extension("py")),
                ]
            }
        }
    }

    pub(crate) fn environment(&self, paths: &Paths, tree: &Path) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string();
        match self.language {
            Language::Python => vec![
                ("PYTHONPATH".to_owned(), text(&paths.python())),
                ("GREET_KERNEL_SRC".to_owned(), text(tree)),
                ("GREET_SPEC".to_owned(), text(&paths.spec())),
            ],
            _ => Vec::new(),
        }
    }

    /// Creates a task for an operation, its count and further arguments.
    pub(crate) fn task(
        &self,
        paths: &Paths,
        tree: &Path,
        benchmark: &str,
        operation: &[&str],
    ) -> Task {
        let (operation, more) = operation.split_first().expect("an operation");
        let words = [*operation, COUNT].into_iter().chain(more.iter().copied());
        let mut command = self.program(paths);
        command.extend(words.map(str::to_owned));
        Task {
            benchmark: benchmark.to_owned(),
            client: self.id.to_owned(),
            command,
            environment: self.environment(paths, tree),
            kind: Kind::SelfMeasured,
            millis: 200,
        }
    }
}
