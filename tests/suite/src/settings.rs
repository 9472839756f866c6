// SPDX-License-Identifier: MIT OR Apache-2.0

//! `settings-get` and `settings-set`.

use crate::raw::{Client, Content, Greeting, Request, Settings};
use anyhow::{Result, bail};
use greet::protocol::greeting::STYLE;
use greet::protocol::settings::{DEFAULT_STYLE, PEER_LIMIT};
use greet::protocol::{SETTINGS_SET, groups};

crate::tests![
    at_first_are_the_documented_ones,
    those_that_are_named_change,
    both_may_be_named_at_once,
    none_need_be_named,
    the_limits_of_the_limit_pass,
    the_default_style_is_that_of_greetings_without_one,
    a_refused_change_changes_nothing,
];

const AT_FIRST: Settings = Settings {
    default_style: 0,
    peer_limit: 1024,
};

fn at_first_are_the_documented_ones() -> Result<()> {
    assert_eq!(Client::open()?.settings()?, AT_FIRST);
    Ok(())
}

fn those_that_are_named_change() -> Result<()> {
    let mut client = Client::open()?;
    client.set_default_style(2)?;
    let expected = Settings {
        default_style: 2,
        ..AT_FIRST
    };
    assert_eq!(client.settings()?, expected);
    client.set_peer_limit(7)?;
    let expected = Settings {
        peer_limit: 7,
        ..expected
    };
    assert_eq!(client.settings()?, expected);
    Ok(())
}

fn both_may_be_named_at_once() -> Result<()> {
    let mut client = Client::open()?;
    let request = Request::of(&SETTINGS_SET)
        .u32(PEER_LIMIT, 9)
        .u32(DEFAULT_STYLE, 1);
    assert_eq!(contents(&mut client, &request)?, [Content::Ack]);
    let expected = Settings {
        default_style: 1,
        peer_limit: 9,
    };
    assert_eq!(client.settings()?, expected);
    Ok(())
}

fn none_need_be_named() -> Result<()> {
    let mut client = Client::open()?;
    assert_eq!(
        contents(&mut client, &Request::of(&SETTINGS_SET))?,
        [Content::Ack]
    );
    assert_eq!(client.settings()?, AT_FIRST);
    Ok(())
}

fn the_limits_of_the_limit_pass() -> Result<()> {
    let mut client = Client::open()?;
    for limit in [1, 65_536] {
        client.set_peer_limit(limit)?;
        assert_eq!(client.settings()?.peer_limit, limit);
    }
    Ok(())
}

fn the_default_style_is_that_of_greetings_without_one() -> Result<()> {
    let (mut client, mut listener) = (Client::open()?, Client::open()?);
    listener.join(groups::GREETINGS)?;
    client.set_default_style(1)?;

    let greeting = client.greet("World")?;
    assert_eq!(greeting.style, 1);
    assert!(greeting.message.starts_with("Good day, World."));
    assert_eq!(client.peer("World")?.last_style, 1);
    let events = listener.events()?;
    assert_eq!(events[0].style, 1);
    assert_eq!(events[0].message, greeting.message);

    // One that is named counts, also if it is the first.
    let request = Request::greet().name("World").u32(STYLE, 0);
    let [Content::Reply { attrs, .. }, Content::Ack] = &contents(&mut client, &request)?[..] else {
        bail!("no greeting");
    };
    assert_eq!(Greeting::read(attrs)?.style, 0);
    Ok(())
}

fn a_refused_change_changes_nothing() -> Result<()> {
    let mut client = Client::open()?;
    for request in [
        Request::of(&SETTINGS_SET)
            .u32(DEFAULT_STYLE, 1)
            .u32(PEER_LIMIT, 0),
        Request::of(&SETTINGS_SET)
            .u32(PEER_LIMIT, 7)
            .u32(DEFAULT_STYLE, 3),
    ] {
        let contents = contents(&mut client, &request)?;
        assert!(matches!(&contents[..], [Content::Error(_)]), "{contents:?}");
        assert_eq!(client.settings()?, AT_FIRST);
    }
    Ok(())
}

fn contents(client: &mut Client, request: &Request) -> Result<Vec<Content>> {
    let messages = client.ask(request)?;
    Ok(messages
        .into_iter()
        .map(|message| message.content)
        .collect())
}
