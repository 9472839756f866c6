// SPDX-License-Identifier: MIT OR Apache-2.0

//! Replies to valid greet requests.

use crate::raw::{Client, Content, Greeting, Request};
use crate::support::tool::{public_greetctl, run_as_nobody};
use anyhow::{Result, bail};
use greet::protocol::greeting::{COOKIE, ID, NAME, STYLE};

crate::tests![
    a_reply_has_id_message_portid_and_style,
    ids_count_from_1,
    a_small_id_is_encoded_in_four_bytes,
    style_selects_the_opening,
    names_of_64_bytes_are_accepted,
    names_are_returned_unchanged,
    the_longest_reply_is_complete,
    cookies_are_returned_unchanged,
    the_last_of_several_names_is_used,
    other_family_versions_are_accepted,
    the_echo_flag_is_ignored,
    portid_is_the_senders,
    an_unprivileged_user_can_greet,
];

fn a_reply_has_id_message_portid_and_style() -> Result<()> {
    let mut client = Client::open()?;
    let portid = client.port();
    let expected = Greeting {
        id: 1,
        message: format!(
            "Hello, World! Your message from port {portid} has been processed by the kernel."
        ),
        portid,
        style: 0,
        cookie: None,
    };
    assert_eq!(client.greet("World")?, expected);
    Ok(())
}

fn ids_count_from_1() -> Result<()> {
    let mut client = Client::open()?;
    for id in 1..=10 {
        assert_eq!(client.greet("World")?.id, id);
    }
    Ok(())
}

/// A `uint` has minimal length.
fn a_small_id_is_encoded_in_four_bytes() -> Result<()> {
    let messages = Client::open()?.request(&Request::greet().name("World"))?;
    let Some(Content::Reply { attrs, .. }) = messages.first().map(|message| &message.content)
    else {
        bail!("expected a reply, got {messages:?}");
    };
    assert!(
        attrs.contains(&(ID, 1u32.to_ne_bytes().to_vec())),
        "{attrs:?}"
    );
    Ok(())
}

fn style_selects_the_opening() -> Result<()> {
    let mut client = Client::open()?;
    let openings = ["Hello, World!", "Good day, World.", "Hooray, World!!!"];
    for (style, opening) in (0..).zip(openings) {
        let greeting = greeting_for(
            &mut client,
            &Request::greet().name("World").u32(STYLE, style),
        )?;
        assert_eq!(greeting.style, style);
        assert_eq!(greeting.message, format!("{opening}{}", rest(&client)));
    }
    Ok(())
}

fn names_of_64_bytes_are_accepted() -> Result<()> {
    let mut client = Client::open()?;
    for name in ["n".repeat(64), "ü".repeat(32), "世".repeat(21) + "n"] {
        assert_eq!(name.len(), 64);
        assert_eq!(
            client.greet(&name)?.message,
            format!("Hello, {name}!{}", rest(&client))
        );
    }
    Ok(())
}

fn names_are_returned_unchanged() -> Result<()> {
    let mut client = Client::open()?;
    for name in ["Ünï", "世界", "👋🏽", "n", "a b", "%s%n", "\u{202e}", "{}"] {
        assert_eq!(
            client.greet(name)?.message,
            format!("Hello, {name}!{}", rest(&client))
        );
    }
    Ok(())
}

/// Uses the longest name, style, port and cookie.
fn the_longest_reply_is_complete() -> Result<()> {
    const PORT: u32 = u32::MAX - 1;

    let mut client = Client::open_at(PORT)?;
    let name = "n".repeat(64);
    let request = Request::greet()
        .name(&name)
        .u32(STYLE, 2)
        .attr(COOKIE, &[0xff; 32]);
    let greeting = greeting_for(&mut client, &request)?;
    assert_eq!(greeting.portid, PORT);
    assert_eq!(
        greeting.message,
        format!("Hooray, {name}!!!{}", rest(&client))
    );
    assert_eq!(greeting.cookie, Some(vec![0xff; 32]));
    Ok(())
}

fn cookies_are_returned_unchanged() -> Result<()> {
    let mut client = Client::open()?;
    let long: Vec<u8> = (0..32).collect();
    for cookie in [&b""[..], b"\0", b"abc", &long] {
        let request = Request::greet().name("World").attr(COOKIE, cookie);
        assert_eq!(
            greeting_for(&mut client, &request)?.cookie.as_deref(),
            Some(cookie)
        );
    }
    Ok(())
}

fn the_last_of_several_names_is_used() -> Result<()> {
    let mut client = Client::open()?;
    let greeting = greeting_for(
        &mut client,
        &Request::greet().name("you").text(NAME, "World"),
    )?;
    assert_eq!(greeting.message, format!("Hello, World!{}", rest(&client)));
    Ok(())
}

/// The core does not check versions, and a newer client must not fail because of its version.
fn other_family_versions_are_accepted() -> Result<()> {
    let mut client = Client::open()?;
    greeting_for(&mut client, &Request::greet().version(200).name("World"))?;
    Ok(())
}

fn the_echo_flag_is_ignored() -> Result<()> {
    let mut client = Client::open()?;
    let flags = libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_ECHO;
    assert_eq!(
        greeting_for(&mut client, &Request::greet().flags(flags).name("World"))?.id,
        1
    );
    Ok(())
}

fn portid_is_the_senders() -> Result<()> {
    let (mut one, mut two) = (Client::open()?, Client::open()?);
    one.greet("World")?;
    one.greet("World")?;
    assert_eq!(one.greet("World")?.portid, one.port());
    assert_eq!(two.greet("World")?.portid, two.port());
    assert_ne!(one.port(), two.port());
    Ok(())
}

/// Copies greetctl, because the user may be denied its directory.
fn an_unprivileged_user_can_greet() -> Result<()> {
    let greeting = run_as_nobody(&public_greetctl()?, &["greet", "World"])?.output()?;
    assert!(greeting.starts_with("Hello, World!"), "{greeting}");
    Ok(())
}

/// Sends a request and returns the greeting in the reply.
fn greeting_for(client: &mut Client, request: &Request) -> Result<Greeting> {
    let messages = client.request(request)?;
    match messages.first().map(|message| &message.content) {
        Some(Content::Reply { attrs, .. }) => Greeting::read(attrs),
        _ => bail!("expected a reply, got {messages:?}"),
    }
}

/// Returns the rest of a message after its opening.
fn rest(client: &Client) -> String {
    format!(
        " Your message from port {} has been processed by the kernel.",
        client.port()
    )
}
