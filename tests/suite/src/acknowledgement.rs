// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests with and without `NLM_F_ACK`.

use crate::raw::{Client, Content, Greeting, Request};
use anyhow::{Result, bail};
use libc::NLM_F_REQUEST;
use nix::errno::Errno;

crate::tests![
    with_nlm_f_ack_reply_and_ack_arrive,
    without_nlm_f_ack_nothing_arrives,
    without_nlm_f_ack_the_greeting_is_counted,
    without_nlm_f_ack_errors_still_arrive,
    several_requests_are_answered_in_order,
    a_full_receive_buffer_drops_the_reply_but_counts_the_greeting,
];

fn with_nlm_f_ack_reply_and_ack_arrive() -> Result<()> {
    let mut client = Client::open()?;
    let messages = client.request(&Request::greet().name("World"))?;

    let [reply, ack] = messages.as_slice() else {
        bail!("expected two messages, got {messages:?}");
    };
    let Content::Reply { family, .. } = reply.content else {
        bail!("expected a reply, got {reply:?}");
    };
    assert_eq!(family, client.family_id());
    assert_eq!(ack.content, Content::Ack);
    assert_eq!(reply.seq, ack.seq);
    assert_eq!((reply.port, ack.port), (client.port(), client.port()));
    Ok(())
}

fn without_nlm_f_ack_nothing_arrives() -> Result<()> {
    let messages = Client::open()?.request(&unacknowledged())?;
    assert_eq!(messages, []);
    Ok(())
}

fn without_nlm_f_ack_the_greeting_is_counted() -> Result<()> {
    let mut client = Client::open()?;
    for _ in 0..3 {
        client.request(&unacknowledged())?;
    }
    assert_eq!(client.greet("World")?.id, 4);
    Ok(())
}

fn without_nlm_f_ack_errors_still_arrive() -> Result<()> {
    let messages = Client::open()?.request(&Request::greet().flags(NLM_F_REQUEST))?;

    let [message] = messages.as_slice() else {
        bail!("expected one message, got {messages:?}");
    };
    let Content::Error(ext_ack) = &message.content else {
        bail!("expected an error, got {message:?}");
    };
    assert_eq!(ext_ack.errno, Errno::EINVAL);
    assert_eq!(ext_ack.text.as_deref(), Some("name is required"));
    Ok(())
}

fn several_requests_are_answered_in_order() -> Result<()> {
    let names = ["one", "two", "three"];
    let requests = names.map(|name| Request::greet().name(name));
    let messages = Client::open()?.request_batch(&requests)?;

    assert_eq!(messages.len(), 2 * names.len());
    let mut last_seq = None;
    for (index, (pair, name)) in messages.chunks(2).zip(names).enumerate() {
        let Content::Reply { attrs, .. } = &pair[0].content else {
            bail!("expected a reply, got {pair:?}");
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

fn a_full_receive_buffer_drops_the_reply_but_counts_the_greeting() -> Result<()> {
    const GREETINGS: u64 = 100;

    let mut client = Client::open()?;
    client.overflow_receive_buffer(GREETINGS)?;
    assert_eq!(Client::open()?.greet("World")?.id, GREETINGS + 1);
    assert_eq!(client.greet("World")?.id, GREETINGS + 2);
    Ok(())
}

fn unacknowledged() -> Request {
    Request::greet().flags(NLM_F_REQUEST).name("World")
}
