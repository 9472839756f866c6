// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who is compared with whom, and what each of them can do.

use crate::places::Places;
use crate::plan::{COUNT, Kind, Task};
use std::path::Path;

/// In which language a contender is, and so where its program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    Rust,
    Python,
}

#[derive(Debug)]
pub(crate) struct Contender {
    /// The name of its program.
    pub(crate) id: &'static str,
    /// How it is called.
    pub(crate) title: &'static str,
    pub(crate) language: Language,
    /// Which of the operations beyond one request after the other it has.
    pub(crate) operations: &'static [&'static str],
    /// How it is used, and what it cannot do.
    pub(crate) remark: &'static str,
}

/// What others are compared with.
pub(crate) const FLOOR: &str = "raw";
pub(crate) const OURS: &str = "ours";
/// The same with a call less.
pub(crate) const RAW_RECVMMSG: &str = "raw_recvmmsg";
pub(crate) const RAW_BATCH: &str = "raw_batch";
pub(crate) const OUR_BATCH: &str = "ours_batch";

/// All of them, in the order of the tables.
pub(crate) const ALL: &[Contender] = &[
    Contender {
        id: FLOOR,
        title: "raw C",
        language: Language::C,
        operations: &["dump", "events", "threads"],
        remark: "the baseline: a prebuilt request",
    },
    Contender {
        id: RAW_RECVMMSG,
        title: "raw C, recvmmsg",
        language: Language::C,
        operations: &[],
        remark: "reply and ACK in one call, `recvmmsg()`",
    },
    Contender {
        id: OURS,
        title: "greet",
        language: Language::Rust,
        operations: &["dump", "events", "threads"],
        remark: "this project's client library",
    },
    Contender {
        id: "netlink_socket2",
        title: "netlink-socket2",
        language: Language::Rust,
        operations: &["dump"],
        remark: "blocking; code for `greet` by hand, because the generator is not published; its \
                 chained requests take no replies, so it has no batch",
    },
    Contender {
        id: "mnl",
        title: "libmnl",
        language: Language::C,
        operations: &["dump", "events"],
        remark: "messages built in place, `mnl_cb_run()`, `mnl_attr_parse()`",
    },
    Contender {
        id: "neli_handle",
        title: "neli, NlSocketHandle",
        language: Language::Rust,
        operations: &[],
        remark: "the caller matches answers to requests; `NELI_AUTO_BUFFER_LEN=8192`",
    },
    Contender {
        id: "neli_router",
        title: "neli, NlRouter",
        language: Language::Rust,
        operations: &[],
        remark: "a separate thread receives",
    },
    Contender {
        id: "nl",
        title: "libnl",
        language: Language::C,
        operations: &["dump"],
        remark: "callbacks; without peeking at datagram sizes, a system call each",
    },
    Contender {
        id: "nlink",
        title: "nlink",
        language: Language::Rust,
        operations: &[],
        remark: "macros and `send_typed()` on tokio; uint and arrays of nests by hand",
    },
    Contender {
        id: "genetlink",
        title: "genetlink",
        language: Language::Rust,
        operations: &[],
        remark: "tokio with one thread",
    },
    Contender {
        id: "ynl",
        title: "YNL C",
        language: Language::C,
        operations: &["dump"],
        remark: "the kernel tree's library and generator",
    },
    Contender {
        id: "with_pyynl",
        title: "pyynl",
        language: Language::Python,
        operations: &["dump"],
        remark: "the kernel tree's; reads the spec at start",
    },
    Contender {
        id: "with_pyroute2",
        title: "pyroute2",
        language: Language::Python,
        operations: &[],
        remark: "asynchronous sockets, the faster kind; its dump did not end within 100 s",
    },
    Contender {
        id: RAW_BATCH,
        title: "raw C, 32 at once",
        language: Language::C,
        operations: &[],
        remark: "32 requests in one send, `recvmmsg()` for all answers",
    },
    Contender {
        id: OUR_BATCH,
        title: "greet, 32 at once",
        language: Language::Rust,
        operations: &[],
        remark: "`Connection::batch()`",
    },
];

/// What no client can surpass: its system calls alone, and those empty.
pub(crate) const CALLS: &str = "calls";
const CONTROL: Contender = Contender {
    id: CALLS,
    title: "three empty system calls",
    language: Language::C,
    operations: &["threads"],
    remark: "",
};

/// Who has this name.
pub(crate) fn named(id: &str) -> Option<&'static Contender> {
    ALL.iter()
        .chain([&CONTROL])
        .find(|contender| contender.id == id)
}

/// How the contender of this name is called; its name if it is none of ours.
pub(crate) fn title(id: &str) -> &str {
    named(id).map_or(id, |contender| contender.title)
}

impl Contender {
    pub(crate) fn can(&self, operation: &str) -> bool {
        self.operations.contains(&operation)
    }

    /// Its program, and what stands before its arguments.
    pub(crate) fn program(&self, places: &Places) -> Vec<String> {
        let text = |path: &Path| path.display().to_string();
        match self.language {
            Language::C => vec![text(&places.c().join(self.id))],
            Language::Rust => vec![text(&places.rust.join(self.id))],
            Language::Python => {
                let script = places.bench().join("contenders/python").join(self.id);
                vec![
                    "/usr/bin/python3".to_owned(),
                    "-B".to_owned(),
                    text(&script.with_extension("py")),
                ]
            }
        }
    }

    pub(crate) fn environment(&self, places: &Places, tree: &Path) -> Vec<(String, String)> {
        let text = |path: &Path| path.display().to_string();
        match self.language {
            Language::Python => vec![
                ("PYTHONPATH".to_owned(), text(&places.python())),
                ("GREET_KERNEL_SRC".to_owned(), text(tree)),
                ("GREET_SPEC".to_owned(), text(&places.spec())),
            ],
            _ => Vec::new(),
        }
    }

    /// A task of it: an operation, its count, and what follows that.
    pub(crate) fn task(
        &self,
        places: &Places,
        tree: &Path,
        measure: &str,
        operation: &[&str],
    ) -> Task {
        let (operation, more) = operation.split_first().expect("an operation");
        let words = [*operation, COUNT].into_iter().chain(more.iter().copied());
        let mut command = self.program(places);
        command.extend(words.map(str::to_owned));
        Task {
            measure: measure.to_owned(),
            contender: self.id.to_owned(),
            command,
            environment: self.environment(places, tree),
            kind: Kind::Contract,
            millis: 200,
        }
    }
}
