// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sets, gets, lists and watches the values of the family `@name@`.

use @snake@::protocol::{
    Event, FAMILY, GetDumpRequest, GetReply, GetRequest, SetRequest, groups,
};
use genl::{Connection, Notice, Subscription};
use std::process::ExitCode;

const USAGE: &str = "usage: @name@ set NAME VALUE | get NAME | list | watch";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["set", name, value] => match value.parse() {
            Ok(value) => set(name, value),
            Err(_) => return wrong_usage(),
        },
        ["get", name] => get(name),
        ["list"] => list(),
        ["watch"] => watch(),
        _ => return wrong_usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("@name@: {error}");
            ExitCode::FAILURE
        }
    }
}

fn wrong_usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn set(name: &str, value: u32) -> genl::Result<()> {
    Connection::open()?.request(&SetRequest::new().name(name).value(value))
}

fn get(name: &str) -> genl::Result<()> {
    let mut connection = Connection::open()?;
    show(&connection.request(&GetRequest::new().name(name))?);
    Ok(())
}

fn list() -> genl::Result<()> {
    for entry in &Connection::open()?.dump(&GetDumpRequest)? {
        show(&entry?);
    }
    Ok(())
}

fn watch() -> genl::Result<()> {
    for notice in Subscription::open(&FAMILY, &[groups::CHANGES])? {
        match notice? {
            Notice::Event(event) => {
                if let Some(Event::SetNtf(entry)) = event.decode()? {
                    show(&entry);
                }
            }
            other => eprintln!("@name@: {other:?}"),
        }
    }
    Ok(())
}

fn show(entry: &GetReply<'_>) {
    let name = entry.name.unwrap_or_default().escaped();
    println!("{name} {}", entry.value.unwrap_or_default());
}
