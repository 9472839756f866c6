// SPDX-License-Identifier: MIT OR Apache-2.0

//! Batches: many requests in one send.

use crate::raw;
use crate::support::client::{Answers, Client, Connection};
use crate::support::module::Unloaded;
use crate::support::peer_names;
use anyhow::{Context, Result};
use greet::protocol::{PeerGetRequest, SettingsGetRequest, StatsGetRequest};
use greet::{Error, GreetRequest, Greeting};
use std::collections::BTreeSet;

crate::client_tests![
    replies_arrive_in_request_order,
    operations_can_be_mixed_in_a_batch,
    a_failed_request_does_not_affect_the_others,
    admin_operations_work_in_a_batch,
    two_thousand_requests_are_split_over_several_sends,
    a_small_receive_buffer_loses_no_reply,
    largest_replies_fit_the_receive_buffer,
    a_reload_resolves_the_family_again,
    an_unloaded_family_returns_no_family,
];

fn replies_arrive_in_request_order() -> Result<()> {
    let names: Vec<String> = peer_names(0..100).collect();
    let requests: Vec<_> = names
        .iter()
        .map(|name| GreetRequest::new().name(name).cookie(name.as_bytes()))
        .collect();
    let mut client = Client::open()?;
    let own_port = client.port();
    let is_blocking = matches!(client, Client::Blocking(_));
    let mut ports = BTreeSet::new();
    let mut id = 0;
    for (greeting, name) in greetings(&client.greet_all(&requests)?)
        .into_iter()
        .zip(&names)
    {
        let greeting = greeting?;
        id += 1;
        assert_eq!(greeting.id, id);
        ports.insert(greeting.portid);
        assert_eq!(greeting.cookie, Some(name.as_bytes()));
        let opening = format!("Hello, {name}!");
        assert!(greeting.message.as_bytes().starts_with(opening.as_bytes()));
    }
    assert_eq!(id, 100);
    // A batch of an async connection has its own socket.
    assert_eq!((ports.len(), ports.contains(&own_port)), (1, is_blocking));
    Ok(())
}

fn operations_can_be_mixed_in_a_batch() -> Result<()> {
    let mut client = Client::open()?;
    let mut batch = client.batch();
    batch.add(&StatsGetRequest)?;
    batch.add(&GreetRequest::new().name("World"))?;
    batch.add(&PeerGetRequest::new().name("World"))?;
    batch.add(&GreetRequest::new().name("World"))?;
    batch.add(&SettingsGetRequest)?;
    batch.add(&StatsGetRequest)?;
    let answers = batch.send()?;

    // Each request sees the effects of the requests before it.
    let greetings = answers.of::<StatsGetRequest>().into_iter();
    let greetings = greetings.map(|stats| Ok(stats?.greetings));
    assert_eq!(greetings.collect::<Result<Vec<_>>>()?, [Some(0), Some(2)]);
    let ids = answers.of::<GreetRequest<'_>>().into_iter();
    let ids = ids.map(|reply| Ok(reply?.id));
    assert_eq!(ids.collect::<Result<Vec<_>>>()?, [Some(1), Some(2)]);
    let peer = answers.of::<PeerGetRequest<'_>>().pop();
    assert_eq!(peer.context("no peer")??.greetings, Some(1));
    let settings = answers.of::<SettingsGetRequest>().pop();
    assert_eq!(settings.context("no settings")??.peer_limit, Some(1024));
    Ok(())
}

fn a_failed_request_does_not_affect_the_others() -> Result<()> {
    let requests = ["Ann", "", "Ben", "a\u{7}b", "Cid"].map(|name| GreetRequest::new().name(name));
    let mut client = Client::open()?;
    let answers = client.greet_all(&requests)?;
    let greetings = greetings(&answers);
    let ids: Vec<_> = greetings
        .iter()
        .flatten()
        .map(|greeting| greeting.id)
        .collect();
    assert_eq!(ids, [1, 2, 3]);
    for (at, errno, message) in [
        (1, libc::EINVAL, "name is empty"),
        (3, libc::EINVAL, "name has a control character"),
    ] {
        let error = greetings[at].as_ref().err().context("expected an error")?;
        let ext_ack = error.ext_ack().context("expected an error of the kernel")?;
        assert_eq!(ext_ack.errno.raw(), errno);
        assert_eq!(ext_ack.message.as_deref(), Some(message));
        assert_eq!(ext_ack.attribute.as_deref(), Some("name"));
    }
    let stats = client.stats()?;
    assert_eq!((stats.greetings, stats.replies, stats.refused), (3, 3, 2));
    Ok(())
}

fn admin_operations_work_in_a_batch() -> Result<()> {
    use greet::protocol::{PeerDelRequest, SettingsSetRequest};

    let mut client = Client::open()?;
    let mut batch = client.batch();
    batch.add(&GreetRequest::new().name("World"))?;
    batch.add(&SettingsSetRequest::new().peer_limit(7))?;
    batch.add(&PeerDelRequest::new().name("World"))?;
    batch.add(&PeerDelRequest::new().name("World"))?;
    let answers = batch.send()?;
    for changed in answers.of::<SettingsSetRequest>() {
        changed?;
    }
    let forgotten = answers.of::<PeerDelRequest<'_>>();
    assert!(forgotten[0].is_ok());
    let error = forgotten[1]
        .as_ref()
        .err()
        .context("the peer was deleted twice")?;
    let ext_ack = error.ext_ack().context("expected an error of the kernel")?;
    assert_eq!(ext_ack.errno.raw(), libc::ENOENT);
    assert_eq!(ext_ack.attribute.as_deref(), Some("name"));
    assert_eq!(client.settings()?.peer_limit, 7);
    Ok(())
}

/// Greets `count` times in one batch and checks that each reply arrives.
fn greet_many(connection: &mut Connection, count: u64) -> Result<()> {
    let mut batch = connection.batch();
    for _ in 0..count {
        batch.add(&GreetRequest::new().name("World"))?;
    }
    assert_ids(&batch.send()?, count)
}

fn assert_ids(answers: &Answers<'_>, count: u64) -> Result<()> {
    let ids = answers.of::<GreetRequest<'_>>().into_iter();
    let ids = ids.map(|reply| Ok(reply?.id));
    let ids: Vec<_> = ids.collect::<Result<_>>()?;
    assert!(ids.into_iter().eq((1..=count).map(Some)));
    Ok(())
}

fn two_thousand_requests_are_split_over_several_sends() -> Result<()> {
    const COUNT: u64 = 2_000;

    greet_many(&mut Connection::open()?, COUNT)?;
    let stats = Client::open()?.stats()?;
    assert_eq!((stats.greetings, stats.replies), (COUNT, COUNT));
    Ok(())
}

fn a_small_receive_buffer_loses_no_reply() -> Result<()> {
    for bytes in [1, 10_000, 30_000] {
        let mut connection = Connection::open()?;
        connection.set_receive_buffer(bytes)?;
        let before = Client::open()?.stats()?.greetings;
        let mut batch = connection.batch();
        for _ in 0..100 {
            batch.add(&GreetRequest::new().name("World"))?;
        }
        for (id, greeting) in (before + 1..).zip(batch.send()?.of::<GreetRequest<'_>>()) {
            assert_eq!(greeting?.id, Some(id), "with {bytes} bytes");
        }
    }
    Ok(())
}

fn largest_replies_fit_the_receive_buffer() -> Result<()> {
    const COUNT: u64 = 320;

    let (name, cookie) = ("n".repeat(64), [7; 32]);
    let mut connection = Connection::open()?;
    let mut batch = connection.batch();
    for _ in 0..COUNT {
        batch.add(&GreetRequest::new().name(&name).cookie(&cookie))?;
    }
    assert_ids(&batch.send()?, COUNT)
}

fn a_reload_resolves_the_family_again() -> Result<()> {
    let mut connection = Connection::open()?;
    greet_many(&mut connection, 40)?;
    // The id changes before the connection notices that the family was unregistered.
    Unloaded::unload()?.reload()?;
    greet_many(&mut connection, 40)?;
    assert_eq!(raw::Client::open()?.peer("World")?.greetings, 40);
    Ok(())
}

fn an_unloaded_family_returns_no_family() -> Result<()> {
    let mut client = Client::open()?;
    let requests = [GreetRequest::new().name("World"); 3];
    let greet_all = |client: &mut Client| -> Result<usize> {
        let answers = client.greet_all(&requests)?;
        Ok(greetings(&answers).into_iter().flatten().count())
    };
    assert_eq!(greet_all(&mut client)?, 3);

    let unloaded = Unloaded::unload()?;
    let answers = client.greet_all(&requests)?;
    let errors: Vec<_> = greetings(&answers)
        .into_iter()
        .filter_map(Result::err)
        .collect();
    // The blocking client has cached that the family is missing, so it sends nothing.
    let again = greet_all(&mut client);
    unloaded.reload()?;
    for error in &errors {
        let is_gone = matches!(error, Error::NoFamily(name) if name == "greet");
        assert!(is_gone, "{error}");
    }
    assert_eq!(errors.len(), 3);
    assert_eq!(again.unwrap_or_default(), 0);
    assert_eq!(greet_all(&mut client)?, 3);
    Ok(())
}

/// Returns the greetings in the answers to a batch.
fn greetings<'a>(answers: &'a Answers<'_>) -> Vec<greet::Result<Greeting<'a>>> {
    let replies = answers.of::<GreetRequest<'_>>().into_iter();
    replies
        .map(|reply| reply.and_then(Greeting::try_from))
        .collect()
}
