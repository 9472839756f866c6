// SPDX-License-Identifier: MIT OR Apache-2.0

//! The typed client says what the kernel says.

use anyhow::{Context, Result};
use greet::{Client, GreetRequest, Greeting, Style};

crate::tests![
    every_field_of_a_greeting,
    a_refusal_names_the_bad_attribute,
    a_refusal_names_the_missing_attribute,
    without_an_ack_it_counts,
    without_an_ack_a_refusal_is_told,
    peers_are_handed_over_one_by_one,
];

fn every_field_of_a_greeting() -> Result<()> {
    let mut client = Client::open()?;
    let portid = client.port();
    let request = GreetRequest::new()
        .name("世界")
        .style(Style::Enthusiastic)
        .cookie(&[0, 1, 0xff]);
    let message = format!(
        "Hooray, 世界!!! Your message from port {portid} has been processed by the kernel."
    );
    let expected = Greeting {
        id: 1,
        message: message.as_str().into(),
        portid,
        style: Style::Enthusiastic,
        cookie: Some(&[0, 1, 0xff]),
    };
    assert_eq!(client.greet(&request)?, expected);
    Ok(())
}

fn a_refusal_names_the_bad_attribute() -> Result<()> {
    let request = GreetRequest::new().name("World").style(Style::Unknown(7));
    let error = error_of(Client::open()?.greet(&request))?;

    let ext_ack = error.ext_ack().context("no refusal")?;
    assert_eq!(ext_ack.errno.raw(), libc::ERANGE);
    assert_eq!(ext_ack.message.as_deref(), Some("integer out of range"));
    assert_eq!(ext_ack.attribute.as_deref(), Some("style"));
    assert_eq!(ext_ack.missing, None);
    let policy = ext_ack.policy.as_ref().context("no policy")?;
    assert_eq!((policy.min, policy.max), (Some(0), Some(2)));
    Ok(())
}

fn a_refusal_names_the_missing_attribute() -> Result<()> {
    let error = error_of(Client::open()?.greet(&GreetRequest::new()))?;
    let sentence = "greet: name is required (EINVAL); attribute name is missing";
    assert_eq!(error.to_string(), sentence);
    Ok(())
}

fn without_an_ack_it_counts() -> Result<()> {
    let mut client = Client::open()?;
    let request = GreetRequest::new().name("World");
    for _ in 0..3 {
        client.greet_unacknowledged(&request)?;
    }
    assert_eq!(client.greet(&request)?.id, 4);
    Ok(())
}

fn without_an_ack_a_refusal_is_told() -> Result<()> {
    let request = GreetRequest::new().name("");
    let error = error_of(Client::open()?.greet_unacknowledged(&request))?;
    let sentence = "greet: name is empty (EINVAL); attribute name";
    assert_eq!(error.to_string(), sentence);
    Ok(())
}

/// What went wrong, which something must.
fn error_of<T>(result: greet::Result<T>) -> Result<greet::Error> {
    result.err().context("the kernel refused nothing")
}

/// In a namespace with more peers than one part of a list holds.
fn peers_are_handed_over_one_by_one() -> Result<()> {
    const PEERS: u64 = 1_000;

    let mut client = Client::open()?;
    let names: Vec<_> = (0..PEERS).map(|number| format!("peer {number}")).collect();
    let requests: Vec<_> = names
        .iter()
        .map(|name| GreetRequest::new().name(name))
        .collect();
    for greeting in client.greet_all(&requests)? {
        greeting?;
    }
    let mut handed_over = Vec::new();
    client.peers_each(|peer| {
        handed_over.push(peer.name.to_string());
        Ok(())
    })?;
    assert_eq!(handed_over, names);
    Ok(())
}
