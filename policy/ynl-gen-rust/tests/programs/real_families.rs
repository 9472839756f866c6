// SPDX-License-Identifier: MIT OR Apache-2.0

//! Asks families of the running kernel by generated code, and compares each answer with pyynl's.
//!
//! The arguments are a kernel tree, which has pyynl and specs; the spec of `greet`; and `all`, if it
//! is wrong that the kernel does not answer something.

#![allow(dead_code)]

mod ethtool;
mod greet;
mod netdev;
mod nlctrl;
mod tcp_metrics;

use genl::{Connection, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use std::error::Error as StdError;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

type Answer = std::result::Result<Value, Box<dyn StdError>>;

/// What is asked: the spec, what pyynl is told, and the generated code's answer.
type Question = (
    &'static str,
    &'static [&'static str],
    fn(&mut Connection) -> Result<Value>,
);

const LO: &str = r#"{"header": {"dev-name": "lo"}}"#;

const QUESTIONS: [Question; 17] = [
    ("nlctrl", &["--dump", "getfamily"], |kernel| {
        dump(kernel, &nlctrl::GetfamilyDumpRequest)
    }),
    (
        "nlctrl",
        &[
            "--do",
            "getfamily",
            "--json",
            r#"{"family-name": "netdev"}"#,
        ],
        |kernel| {
            ask(
                kernel,
                &nlctrl::GetfamilyRequest::new().family_name("netdev"),
            )
        },
    ),
    (
        "nlctrl",
        &[
            "--dump",
            "getpolicy",
            "--json",
            r#"{"family-name": "netdev"}"#,
        ],
        |kernel| {
            dump(
                kernel,
                &nlctrl::GetpolicyRequest::new().family_name("netdev"),
            )
        },
    ),
    ("netdev", &["--dump", "dev-get"], |kernel| {
        dump(kernel, &netdev::DevGetDumpRequest)
    }),
    (
        "netdev",
        &["--do", "dev-get", "--json", r#"{"ifindex": 1}"#],
        |kernel| ask(kernel, &netdev::DevGetRequest::new().ifindex(1)),
    ),
    ("netdev", &["--dump", "queue-get"], |kernel| {
        dump(kernel, &netdev::QueueGetDumpRequest::new())
    }),
    (
        "ethtool",
        &["--do", "features-get", "--json", LO],
        |kernel| ask(kernel, &ethtool::FeaturesGetRequest::new().header(lo())),
    ),
    ("ethtool", &["--dump", "features-get"], |kernel| {
        dump(kernel, &ethtool::FeaturesGetRequest::new())
    }),
    ("ethtool", &["--do", "strset-get", "--json", LO], |kernel| {
        ask(kernel, &ethtool::StrsetGetRequest::new().header(lo()))
    }),
    (
        "ethtool",
        &[
            "--do",
            "strset-get",
            "--json",
            r#"{"header": {}, "stringsets": {"stringset": [{"id": 4}, {"id": 9}]}}"#,
        ],
        |kernel| {
            let sets = [4, 9].map(|id| ethtool::StringsetNest::new().id(id));
            let sets = ethtool::Stringsets::new().stringset(&sets);
            let request = ethtool::StrsetGetRequest::new().stringsets(sets);
            ask(kernel, &request.header(ethtool::Header::new()))
        },
    ),
    ("ethtool", &["--do", "tsinfo-get", "--json", LO], |kernel| {
        ask(kernel, &ethtool::TsinfoGetRequest::new().header(lo()))
    }),
    (
        "ethtool",
        &["--do", "linkstate-get", "--json", LO],
        |kernel| ask(kernel, &ethtool::LinkstateGetRequest::new().header(lo())),
    ),
    ("tcp_metrics", &["--dump", "get"], |kernel| {
        dump(kernel, &tcp_metrics::GetDumpRequest)
    }),
    (
        "greet",
        &["--do", "peer-get", "--json", r#"{"name": "World"}"#],
        |kernel| {
            let somebody = greet::GreetRequest::new().name("World");
            kernel.request(&somebody.style(greet::Style::Formal))?;
            ask(kernel, &greet::PeerGetRequest::new().name("World"))
        },
    ),
    ("greet", &["--dump", "peer-get"], |kernel| {
        dump(kernel, &greet::PeerGetDumpRequest)
    }),
    ("greet", &["--do", "stats-get"], |kernel| {
        ask(kernel, &greet::StatsGetRequest)
    }),
    ("greet", &["--do", "settings-get"], |kernel| {
        ask(kernel, &greet::SettingsGetRequest)
    }),
];

fn lo() -> ethtool::Header<'static> {
    ethtool::Header::new().dev_name("lo")
}

fn ask<'a, R>(kernel: &'a mut Connection, request: &R) -> Result<Value>
where
    R: genl::DoRequest,
    R::Reply<'a>: Serialize,
{
    Ok(json(kernel.request(request)?))
}

fn dump<R>(kernel: &mut Connection, request: &R) -> Result<Value>
where
    R: genl::DumpRequest,
    for<'a> R::Item<'a>: Serialize,
{
    let list = kernel.dump(request)?;
    let items: Result<Vec<_>> = list.iter().map(|item| Ok(json(item?))).collect();
    items.map(Value::from)
}

fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).expect("it can be JSON")
}

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let (tree, greet, all) = match words.as_slice() {
        [tree, greet] => (tree, greet, false),
        [tree, greet, all] if all == "all" => (tree, greet, true),
        _ => {
            eprintln!("a kernel tree, the spec of greet, and `all` if the kernel must have all");
            return ExitCode::from(2);
        }
    };
    talk_to_ourselves();
    let mut kernel = Connection::open().expect("there is netlink");
    let mut wrong = 0;
    for (spec, arguments, question) in QUESTIONS {
        let path = match spec {
            "greet" => PathBuf::from(greet),
            _ => Path::new(tree).join(format!("Documentation/netlink/specs/{spec}.yaml")),
        };
        let ours = question(&mut kernel).map(comparable);
        let theirs = pyynl(Path::new(tree), &path, arguments).map(comparable);
        let (is_wrong, result) = match (ours, theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => (false, "ok".to_owned()),
            (Ok(ours), Ok(theirs)) => (true, format!("FAILED\nours:  {ours}\npyynl: {theirs}")),
            (Err(ours), Err(_)) => (all, format!("skipped: {ours}")),
            (Err(ours), Ok(_)) => (true, format!("FAILED: {ours}")),
            (Ok(_), Err(theirs)) => (true, format!("FAILED: pyynl: {theirs}")),
        };
        println!("{spec} {} ... {result}", arguments.join(" "));
        wrong += u32::from(is_wrong);
    }
    match wrong {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Lets the kernel learn something of a TCP connection, which it keeps as metrics.
fn talk_to_ourselves() {
    let talk = || -> std::io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut one = TcpStream::connect(listener.local_addr()?)?;
        let (mut other, _) = listener.accept()?;
        one.write_all(&[1; 4096])?;
        other.read_exact(&mut [0; 4096])
    };
    if let Err(error) = talk() {
        println!("no TCP: {error}");
    }
}

fn pyynl(tree: &Path, spec: &Path, arguments: &[&str]) -> Answer {
    let output = Command::new("/usr/bin/python3")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(tree.join("tools/net/ynl/pyynl/cli.py"))
        .args(["--no-schema", "--output-json", "--spec"])
        .arg(spec)
        .args(arguments)
        .output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

/// What does not depend on the moment, or on the order of a set.
fn comparable(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(name, _)| name != "age");
            let fields = fields.map(|(name, value)| {
                let value = match name.as_str() {
                    "policy" => keyed(value, &["policy-id", "attr-id"]),
                    "op-policy" => keyed(value, &["op-id"]),
                    _ => value,
                };
                (name, comparable(value))
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(comparable).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        other => other,
    }
}

/// A value behind the list of its keys, as pyynl has it: with the keys among the fields.
fn keyed(value: Value, names: &[&str]) -> Value {
    let Value::Array(items) = value else {
        return value;
    };
    let mut merged = items.into_iter().map(|item| {
        let (keys, fields): (Vec<u16>, Map<String, Value>) =
            serde_json::from_value(item).expect("keys and fields");
        let keys = names.iter().zip(keys);
        let keys = keys.map(|(name, key)| ((*name).to_owned(), key.into()));
        Value::Object(keys.chain(fields).collect())
    });
    match (merged.next(), merged.len()) {
        (Some(only), 0) => only,
        (first, _) => first.into_iter().chain(merged).collect(),
    }
}
