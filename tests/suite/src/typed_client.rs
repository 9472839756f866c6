// SPDX-License-Identifier: MIT OR Apache-2.0

//! Typed requests: replies and errors.

use crate::support::client::Client;
use crate::support::peer_names;
use anyhow::{Context, Result};
use greet::{GreetRequest, Greeting, Style};

crate::client_tests![
    greet_returns_all_fields_of_the_reply,
    an_error_has_errno_message_attribute_and_policy,
    an_error_names_the_missing_attribute,
    greet_unacknowledged_is_counted,
    greet_unacknowledged_returns_errors,
    peers_each_visits_all_peers_in_order,
];

fn greet_returns_all_fields_of_the_reply() -> Result<()> {
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

fn an_error_has_errno_message_attribute_and_policy() -> Result<()> {
    let request = GreetRequest::new().name("World").style(Style::Unknown(7));
    let error = error_of(Client::open()?.greet(&request))?;

    let ext_ack = error.ext_ack().context("expected an error of the kernel")?;
    assert_eq!(ext_ack.errno.raw(), libc::ERANGE);
    assert_eq!(ext_ack.message.as_deref(), Some("integer out of range"));
    assert_eq!(ext_ack.attribute.as_deref(), Some("style"));
    assert_eq!(ext_ack.missing, None);
    let policy = ext_ack.policy.as_ref().context("expected a policy")?;
    assert_eq!((policy.min, policy.max), (Some(0), Some(2)));
    Ok(())
}

fn an_error_names_the_missing_attribute() -> Result<()> {
    let error = error_of(Client::open()?.greet(&GreetRequest::new()))?;
    let sentence = "greet: name is required (EINVAL); attribute name is missing";
    assert_eq!(error.to_string(), sentence);
    Ok(())
}

fn greet_unacknowledged_is_counted() -> Result<()> {
    let mut client = Client::open()?;
    let request = GreetRequest::new().name("World");
    for _ in 0..3 {
        client.greet_unacknowledged(&request)?;
    }
    assert_eq!(client.greet(&request)?.id, 4);
    Ok(())
}

fn greet_unacknowledged_returns_errors() -> Result<()> {
    let request = GreetRequest::new().name("");
    let error = error_of(Client::open()?.greet_unacknowledged(&request))?;
    let sentence = "greet: name is empty (EINVAL); attribute name";
    assert_eq!(error.to_string(), sentence);
    Ok(())
}

/// Returns the error of a request that must fail.
fn error_of<T>(result: greet::Result<T>) -> Result<greet::Error> {
    result.err().context("expected an error")
}

/// Uses more peers than one part of a dump holds.
fn peers_each_visits_all_peers_in_order() -> Result<()> {
    const PEERS: u64 = 1_000;

    let mut client = Client::open()?;
    let names: Vec<_> = peer_names(0..PEERS).collect();
    let requests: Vec<_> = names
        .iter()
        .map(|name| GreetRequest::new().name(name))
        .collect();
    for greeting in client.greet_all(&requests)?.of::<GreetRequest<'_>>() {
        greeting?;
    }
    let mut visited = Vec::new();
    client.peers_each(|peer| -> Result<()> {
        visited.push(peer.name.to_string());
        Ok(())
    })?;
    assert_eq!(visited, names);
    Ok(())
}
