// SPDX-License-Identifier: MIT OR Apache-2.0

//! Puts an atlas on the shelf, and lists the shelf.

use genl::{Connection, Notice, Subscription, Text};
use shelf::protocol::{
    CareFlags, Event, FAMILY, GetDumpRequest, GetReply, PutRequest, Size, Sort, Thing, groups,
};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shelf: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> genl::Result<()> {
    let mut changes = Subscription::open(&FAMILY, &[groups::CHANGES])?;
    let mut connection = Connection::open()?;

    let tags = ["maps", "heavy"].map(Text::from);
    let atlas = Thing::new()
        .name("atlas")
        .sort(Sort::Book)
        .care(CareFlags::DRY | CareFlags::DARK)
        .size(Size::new().width(260).height(345).depth(40))
        .tag(&tags);
    connection.request(&PutRequest::new().thing(atlas))?;

    if let Some(Notice::Event(event)) = changes.next_within(Duration::from_secs(1))? {
        if let Some(Event::PutNtf(place)) = event.decode()? {
            show("announced", &place);
        }
    }
    for place in &connection.dump(&GetDumpRequest)? {
        show("listed", &place?);
    }
    Ok(())
}

fn show(how: &str, place: &GetReply<'_>) {
    let id = place.id.unwrap_or_default();
    let thing = place.thing.unwrap_or_default();
    let name = thing.name.unwrap_or_default().escaped();
    let tags: Vec<_> = thing
        .tag
        .iter()
        .map(|tag| tag.escaped().to_string())
        .collect();
    println!("{how}: {id} {name} ({})", tags.join(", "));
}
