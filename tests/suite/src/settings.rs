// SPDX-License-Identifier: MIT OR Apache-2.0

//! `settings-get` and `settings-set`.

use crate::raw::{Client, Content, Greeting, Request, Settings};
use anyhow::{Result, bail};
use greet::protocol::greeting::STYLE;
use greet::protocol::settings::{DEFAULT_STYLE, PEER_LIMIT};
use greet::protocol::{SETTINGS_SET, groups};

crate::tests![
    a_new_namespace_has_the_documented_defaults,
    settings_set_changes_only_the_given_setting,
    settings_set_changes_both_settings,
    settings_set_without_attributes_succeeds,
    peer_limits_1_and_65536_are_accepted,
    greetings_without_a_style_use_the_default_style,
    a_rejected_settings_set_changes_nothing,
];

const DEFAULTS: Settings = Settings {
    default_style: 0,
    peer_limit: 1024,
};

fn a_new_namespace_has_the_documented_defaults() -> Result<()> {
    assert_eq!(Client::open()?.settings()?, DEFAULTS);
    Ok(())
}

fn settings_set_changes_only_the_given_setting() -> Result<()> {
    let mut client = Client::open()?;
    client.set_default_style(2)?;
    let expected = Settings {
        default_style: 2,
        ..DEFAULTS
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

fn settings_set_changes_both_settings() -> Result<()> {
    let mut client = Client::open()?;
    let request = Request::of(&SETTINGS_SET)
        .u32(PEER_LIMIT, 9)
        .u32(DEFAULT_STYLE, 1);
    assert_eq!(client.contents(&request)?, [Content::Ack]);
    let expected = Settings {
        default_style: 1,
        peer_limit: 9,
    };
    assert_eq!(client.settings()?, expected);
    Ok(())
}

fn settings_set_without_attributes_succeeds() -> Result<()> {
    let mut client = Client::open()?;
    assert_eq!(
        client.contents(&Request::of(&SETTINGS_SET))?,
        [Content::Ack]
    );
    assert_eq!(client.settings()?, DEFAULTS);
    Ok(())
}

fn peer_limits_1_and_65536_are_accepted() -> Result<()> {
    let mut client = Client::open()?;
    for limit in [1, 65_536] {
        client.set_peer_limit(limit)?;
        assert_eq!(client.settings()?.peer_limit, limit);
    }
    Ok(())
}

fn greetings_without_a_style_use_the_default_style() -> Result<()> {
    let (mut client, mut listener) = (Client::open()?, Client::open()?);
    listener.join(groups::GREETINGS)?;
    client.set_default_style(1)?;

    let greeting = client.greet("World")?;
    assert_eq!(greeting.style, 1);
    assert!(greeting.message.starts_with("Good day, World."));
    assert_eq!(client.peer("World")?.last_style, 1);
    let events = listener.greeted_events()?;
    assert_eq!(events[0].style, 1);
    assert_eq!(events[0].message, greeting.message);

    // A given style is used, even style 0.
    let request = Request::greet().name("World").u32(STYLE, 0);
    let [Content::Reply { attrs, .. }, Content::Ack] = &client.contents(&request)?[..] else {
        bail!("expected a reply and an ACK");
    };
    assert_eq!(Greeting::read(attrs)?.style, 0);
    Ok(())
}

fn a_rejected_settings_set_changes_nothing() -> Result<()> {
    let mut client = Client::open()?;
    for request in [
        Request::of(&SETTINGS_SET)
            .u32(DEFAULT_STYLE, 1)
            .u32(PEER_LIMIT, 0),
        Request::of(&SETTINGS_SET)
            .u32(PEER_LIMIT, 7)
            .u32(DEFAULT_STYLE, 3),
    ] {
        let contents = client.contents(&request)?;
        assert!(matches!(&contents[..], [Content::Error(_)]), "{contents:?}");
        assert_eq!(client.settings()?, DEFAULTS);
    }
    Ok(())
}
