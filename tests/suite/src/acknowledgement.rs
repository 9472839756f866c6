// SPDX-License-Identifier: MIT OR Apache-2.0

//! The acknowledge flag (`NLM_F_ACK`) decides whether there is a reply.

use crate::raw::{Client, Content, Greeting, Request};
use anyhow::{Result, bail};
use libc::NLM_F_REQUEST;
use nix::errno::Errno;

crate::tests![
    with_the_flag_a_reply_then_an_ack,
    without_the_flag_nothing_comes_back,
    without_the_flag_the_greeting_counts,
    without_the_flag_a_refusal_is_told,
    several_requests_are_answered_in_order,
    a_full_receive_buffer_loses_the_reply_not_the_greeting,
];

fn with_the_flag_a_reply_then_an_ack() -> Result<()> {
    let mut client = Client::open()?;
    let messages = client.ask(&Request::greet().name("World"))?;

    let [reply, ack] = messages.as_slice() else {
        bail!("not two messages: {messages:?}");
    };
    let Content::Reply { family, .. } = reply.content else {
        bail!("no reply: {reply:?}");
    };
    assert_eq!(family, client.family_id());
    assert_eq!(ack.content, Content::Ack);
    assert_eq!(reply.seq, ack.seq);
    assert_eq!((reply.port, ack.port), (client.port(), client.port()));
    Ok(())
}

fn without_the_flag_nothing_comes_back() -> Result<()> {
    let messages = Client::open()?.ask(&unacknowledged())?;
    assert_eq!(messages, []);
    Ok(())
}

fn without_the_flag_the_greeting_counts() -> Result<()> {
    let mut client = Client::open()?;
    for _ in 0..3 {
        client.ask(&unacknowledged())?;
    }
    assert_eq!(client.greet("World")?.id, 4);
    Ok(())
}

fn without_the_flag_a_refusal_is_told() -> Result<()> {
    let messages = Client::open()?.ask(&Request::greet().flags(NLM_F_REQUEST))?;

    let [message] = messages.as_slice() else {
        bail!("not one message: {messages:?}");
    };
    let Content::Error(ext_ack) = &message.content else {
        bail!("no refusal: {message:?}");
    };
    assert_eq!(ext_ack.errno, Errno::EINVAL);
    assert_eq!(ext_ack.text.as_deref(), Some("name is required"));
    Ok(())
}

fn several_requests_are_answered_in_order() -> Result<()> {
    let names = ["one", "two", "three"];
    let requests = names.map(|name| Request::greet().name(name));
    let messages = Client::open()?.ask_together(&requests)?;

    assert_eq!(messages.len(), 2 * names.len());
    let mut last_seq = None;
    for (index, (pair, name)) in messages.chunks(2).zip(names).enumerate() {
        let Content::Reply { attrs, .. } = &pair[0].content else {
            bail!("no reply: {pair:?}");
        };
        let greeting = Greeting::read(attrs)?;
        assert_eq!(greeting.id, index as u64 + 1);
        assert!(greeting.message.contains(name), "{greeting:?}");
        assert_eq!(pair[1].content, Content::Ack);
        assert_eq!(pair[0].seq, pair[1].seq);
        assert!(last_seq < Some(pair[0].seq));
        last_seq = Some(pair[0].seq);
    }
    Ok(())
}

fn a_full_receive_buffer_loses_the_reply_not_the_greeting() -> Result<()> {
    const GREETINGS: u64 = 100;

    let mut deaf = Client::open()?;
    deaf.shrink_receive_buffer()?;
    let mut sent = Vec::new();
    for _ in 0..GREETINGS {
        sent.extend(deaf.send(&Request::greet().name("World"))?);
    }
    let (_, lost) = deaf.drain(&sent)?;
    assert!(lost, "all replies came, so the buffer was not full");
    assert_eq!(Client::open()?.greet("World")?.id, GREETINGS + 1);
    assert_eq!(deaf.greet("World")?.id, GREETINGS + 2);
    Ok(())
}

fn unacknowledged() -> Request {
    Request::greet().flags(NLM_F_REQUEST).name("World")
}
