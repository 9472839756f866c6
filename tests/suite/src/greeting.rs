// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the kernel answers to a good request.

use crate::raw::{Client, Content, Greeting, Request};
use crate::support::nobody::{public_greetctl, run_as_nobody};
use anyhow::{Result, bail};
use greet::protocol::greeting::{COOKIE, ID, NAME, STYLE};

crate::tests![
    a_greeting,
    ids_count_from_1,
    a_small_id_takes_four_bytes,
    each_style_opens_in_its_way,
    names_of_64_bytes_pass,
    names_come_back_whole,
    the_longest_greeting_comes_back_whole,
    cookies_come_back_unchanged,
    the_last_of_several_names_counts,
    another_version_of_the_family_is_answered,
    the_echo_flag_changes_nothing,
    port_and_sequence_are_the_senders,
    anyone_may_greet,
];

fn a_greeting() -> Result<()> {
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

/// A `uint` is as short as it can be.
fn a_small_id_takes_four_bytes() -> Result<()> {
    let messages = Client::open()?.ask(&Request::greet().name("World"))?;
    let Some(Content::Reply { attrs, .. }) = messages.first().map(|message| &message.content)
    else {
        bail!("no reply: {messages:?}");
    };
    assert!(
        attrs.contains(&(ID, 1u32.to_ne_bytes().to_vec())),
        "{attrs:?}"
    );
    Ok(())
}

fn each_style_opens_in_its_way() -> Result<()> {
    let mut client = Client::open()?;
    let openings = ["Hello, World!", "Good day, World.", "Hooray, World!!!"];
    for (style, opening) in (0..).zip(openings) {
        let greeting = answer(
            &mut client,
            &Request::greet().name("World").u32(STYLE, style),
        )?;
        assert_eq!(greeting.style, style);
        assert_eq!(greeting.message, format!("{opening}{}", rest(&client)));
    }
    Ok(())
}

fn names_of_64_bytes_pass() -> Result<()> {
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

fn names_come_back_whole() -> Result<()> {
    let mut client = Client::open()?;
    for name in ["Ünï", "世界", "👋🏽", "n", "a b", "%s%n", "\u{202e}", "{}"] {
        assert_eq!(
            client.greet(name)?.message,
            format!("Hello, {name}!{}", rest(&client))
        );
    }
    Ok(())
}

/// The longest name, style and port.
fn the_longest_greeting_comes_back_whole() -> Result<()> {
    const PORT: u32 = u32::MAX - 1;

    let mut client = Client::open_at(PORT)?;
    let name = "n".repeat(64);
    let request = Request::greet()
        .name(&name)
        .u32(STYLE, 2)
        .attr(COOKIE, &[0xff; 32]);
    let greeting = answer(&mut client, &request)?;
    assert_eq!(greeting.portid, PORT);
    assert_eq!(
        greeting.message,
        format!("Hooray, {name}!!!{}", rest(&client))
    );
    assert_eq!(greeting.cookie, Some(vec![0xff; 32]));
    Ok(())
}

fn cookies_come_back_unchanged() -> Result<()> {
    let mut client = Client::open()?;
    let long: Vec<u8> = (0..32).collect();
    for cookie in [&b""[..], b"\0", b"abc", &long] {
        let request = Request::greet().name("World").attr(COOKIE, cookie);
        assert_eq!(
            answer(&mut client, &request)?.cookie.as_deref(),
            Some(cookie)
        );
    }
    Ok(())
}

fn the_last_of_several_names_counts() -> Result<()> {
    let mut client = Client::open()?;
    let greeting = answer(
        &mut client,
        &Request::greet().name("you").text(NAME, "World"),
    )?;
    assert_eq!(greeting.message, format!("Hello, World!{}", rest(&client)));
    Ok(())
}

/// The core does not compare versions; a newer client must not fail for its number alone.
fn another_version_of_the_family_is_answered() -> Result<()> {
    let mut client = Client::open()?;
    answer(&mut client, &Request::greet().version(200).name("World"))?;
    Ok(())
}

fn the_echo_flag_changes_nothing() -> Result<()> {
    let mut client = Client::open()?;
    let flags = libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_ECHO;
    assert_eq!(
        answer(&mut client, &Request::greet().flags(flags).name("World"))?.id,
        1
    );
    Ok(())
}

fn port_and_sequence_are_the_senders() -> Result<()> {
    let (mut one, mut two) = (Client::open()?, Client::open()?);
    one.greet("World")?;
    one.greet("World")?;
    assert_eq!(one.greet("World")?.portid, one.port());
    assert_eq!(two.greet("World")?.portid, two.port());
    assert_ne!(one.port(), two.port());
    Ok(())
}

/// A user without rights, who may not read the folder that greetctl is in.
fn anyone_may_greet() -> Result<()> {
    let greeting = run_as_nobody(&public_greetctl()?, &["greet", "World"])?.output()?;
    assert!(greeting.starts_with("Hello, World!"), "{greeting}");
    Ok(())
}

/// The greeting with which a request is answered.
fn answer(client: &mut Client, request: &Request) -> Result<Greeting> {
    let messages = client.ask(request)?;
    match messages.first().map(|message| &message.content) {
        Some(Content::Reply { attrs, .. }) => Greeting::read(attrs),
        _ => bail!("no reply: {messages:?}"),
    }
}

/// What follows the opening of a greeting.
fn rest(client: &Client) -> String {
    format!(
        " Your message from port {} has been processed by the kernel.",
        client.port()
    )
}
