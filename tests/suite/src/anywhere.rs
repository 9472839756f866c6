// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages from outside of a request, network namespaces, closed ports and the details of a request:
//! `tests/families/anywhere`.

use crate::child::Task;
use crate::permissions::as_user;
use crate::raw::{Attrs, Client, Content, ExtAckError, Message, Policy, Request, TIMEOUT, u32_at};
use crate::support::module::{load_fixture, unload_fixture};
use crate::support::namespace;
use crate::support::scale::scaled;
use crate::support::tool::{AS_NOBODY, run};
use anyhow::{Context, Result, bail, ensure};
use genl::Connection;
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

crate::tests![
    events_arrive_from_requests_work_items_and_timers,
    an_event_to_a_namespace_stays_there,
    an_event_to_all_namespaces_arrives_in_each,
    a_message_to_a_port_arrives_there_only,
    a_message_to_a_closed_port_fails_with_econnrefused,
    a_notification_has_the_port_of_the_request_and_honours_echo,
    a_closed_port_calls_port_closed,
    a_weak_reference_does_not_keep_a_namespace,
    a_reference_keeps_a_namespace_and_its_state,
    a_request_has_flags_command_and_capabilities,
    the_module_is_unloaded_while_it_sends_and_ports_close,
    a_request_that_succeeds_has_a_warning_and_a_cookie,
    an_error_has_a_formatted_text_and_an_attribute,
    several_replies_end_with_done,
    a_dump_that_owns_memory_frees_it_at_its_end,
    a_dump_that_owns_memory_frees_it_when_its_receiver_closes,
    a_dump_that_does_not_start_frees_its_memory,
    a_user_header_and_flags_arrive_and_return,
    lax_validation_ignores_unknown_attributes,
    requests_of_a_serial_family_do_not_overlap,
    a_family_of_the_initial_namespace_is_absent_elsewhere,
    a_group_is_notified_of_its_listeners,
    groups_require_cap_sys_admin_or_cap_net_admin,
    a_socket_can_leave_a_group_that_it_has_not_joined,
    a_dump_has_user_headers_in_receive_buffers_of_any_length,
    root_has_all_capabilities,
    an_unprivileged_user_is_rejected_with_the_reason,
    user_namespace_root_has_capabilities_over_its_network_namespace_only,
    a_rejected_value_comes_with_the_policy_it_violates,
    an_error_and_an_acknowledgement_can_be_sent_later,
    several_events_end_with_done_and_have_their_sequence_numbers,
    an_event_reaches_only_the_listeners_that_a_filter_selects,
    a_namespace_is_found_by_file_process_and_id,
    a_nest_is_validated_by_the_policy_for_another_attribute,
    an_item_can_be_longer_than_the_usual_buffer,
    data_without_attributes_arrives_and_returns,
    strict_validation_can_start_at_an_attribute,
    the_core_reports_the_maximum_attribute_of_an_old_family,
    the_value_of_a_generated_hook_is_dropped_after_the_reply,
    an_error_of_a_generated_hook_cancels_the_operation,
    a_generated_event_goes_to_a_port_or_one_or_all_namespaces,
    a_generated_hook_runs_after_an_operation,
    a_dump_without_validation_starts_with_a_generated_hook,
];

const NAME: &str = "anywhere";

/// The commands.
pub(crate) const SEND: u8 = 1;
pub(crate) const NOTIFY: u8 = 2;
pub(crate) const REGISTER: u8 = 3;
pub(crate) const KEEP: u8 = 4;
pub(crate) const KEPT: u8 = 5;
pub(crate) const DESCRIBE: u8 = 6;
pub(crate) const WARN: u8 = 7;
pub(crate) const LIST: u8 = 8;
pub(crate) const LIVING: u8 = 9;
const EVENT: u8 = 10;
pub(crate) const SEVERAL: u8 = 11;
pub(crate) const GUARDED: u8 = 12;
pub(crate) const LIMITED: u8 = 13;
pub(crate) const LATER: u8 = 14;
pub(crate) const STREAM: u8 = 15;
pub(crate) const FIND: u8 = 16;
pub(crate) const OPTIONS: u8 = 17;
pub(crate) const LARGE: u8 = 18;
pub(crate) const ECHO: u8 = 19;
const SELECT: u8 = 20;

/// The attributes.
pub(crate) const VALUE: u16 = 1;
pub(crate) const TO: u16 = 2;
pub(crate) const FROM: u16 = 3;
const CLOSED: u16 = 4;
pub(crate) const NEST: u16 = 5;

/// Values of [`TO`], if it is not a port.
pub(crate) const GROUP: u32 = 0;
pub(crate) const ALL_NAMESPACES: u32 = u32::MAX;

/// Values of [`FROM`].
pub(crate) const REQUEST: u32 = 0;
pub(crate) const WORK_ITEM: u32 = 1;
pub(crate) const TIMER: u32 = 2;

/// Values of [`VALUE`] for [`KEEP`].
pub(crate) const NOTHING: u32 = 0;
const WEAK: u32 = 1;
pub(crate) const STRONG: u32 = 2;

/// The wait for a message that must not arrive.
const SILENCE: Duration = Duration::from_millis(100);

fn events_arrive_from_requests_work_items_and_timers() -> Result<()> {
    with_family(|family| {
        let (mut listener, mut client) = (family.listener()?, Client::open()?);
        for from in [REQUEST, WORK_ITEM, TIMER] {
            client.done(&family.send(GROUP, from, 7 + from))?;
            assert_eq!(listener.event()?, 7 + from);
        }
        Ok(())
    })
}

fn an_event_to_a_namespace_stays_there() -> Result<()> {
    with_family(|family| {
        let mut listener = family.listener()?;
        namespace::in_new(|| {
            let mut inside = family.listener()?;
            Client::open()?.done(&family.send(GROUP, WORK_ITEM, 1))?;
            assert_eq!(inside.event()?, 1);
            Ok(())
        })?;
        listener.receives_nothing()
    })
}

fn an_event_to_all_namespaces_arrives_in_each() -> Result<()> {
    with_family(|family| {
        let mut listener = family.listener()?;
        for from in [REQUEST, WORK_ITEM, TIMER] {
            namespace::in_new(|| {
                let mut inside = family.listener()?;
                Client::open()?.done(&family.send(ALL_NAMESPACES, from, from))?;
                assert_eq!(inside.event()?, from);
                Ok(())
            })?;
            assert_eq!(listener.event()?, from);
        }
        Ok(())
    })
}

fn a_message_to_a_port_arrives_there_only() -> Result<()> {
    with_family(|family| {
        // A port that the kernel does not choose.
        let (mut receiver, mut other) = (Client::open_at(0x7654_3210)?, family.listener()?);
        for from in [REQUEST, WORK_ITEM, TIMER] {
            Client::open()?.done(&family.send(receiver.port(), from, 3))?;
            assert_eq!(receiver.event()?, 3);
        }
        // The same port of another namespace is another socket.
        let port = receiver.port();
        namespace::in_new(|| {
            let refused = Client::open()?.asked(&family.send(port, REQUEST, 4))?;
            assert_eq!(refused, Err(Errno::ECONNREFUSED));
            Ok(())
        })?;
        receiver.receives_nothing()?;
        other.receives_nothing()
    })
}

fn a_message_to_a_closed_port_fails_with_econnrefused() -> Result<()> {
    with_family(|family| {
        // A port that the kernel does not choose again.
        let port = Client::open_at(0x7654_3210)?.port();
        let refused = Client::open()?.asked(&family.send(port, REQUEST, 1))?;
        assert_eq!(refused, Err(Errno::ECONNREFUSED));
        Ok(())
    })
}

fn a_notification_has_the_port_of_the_request_and_honours_echo() -> Result<()> {
    with_family(|family| {
        let (mut listener, mut client) = (family.listener()?, Client::open()?);
        for (flags, echoes) in [(0, 0), (libc::NLM_F_ECHO, 1)] {
            let request = family.request(NOTIFY).u32(VALUE, 5);
            let request = request.flags(libc::NLM_F_REQUEST | libc::NLM_F_ACK | flags);
            let mut answers = client.request(&request)?;
            let ack = answers.pop().context("no answer")?;
            assert_eq!(ack.content, Content::Ack);
            assert_eq!(answers.len(), echoes, "{answers:?}");

            let event = listener.next_message()?;
            assert_eq!(value_of(&event)?, 5);
            assert_eq!((event.port, event.seq), (client.port(), ack.seq));
            if let Some(echo) = answers.first() {
                assert_eq!(*echo, event);
            }
        }
        Ok(())
    })
}

fn a_closed_port_calls_port_closed() -> Result<()> {
    with_family(|family| {
        let mut first = Client::open()?;
        let port = first.port();
        assert_eq!(first.register(family)?, (0, 0));
        let mut second = Client::open()?;
        assert_eq!(second.register(family)?, (port, 0));
        // No longer registered.
        drop(first);
        assert_eq!(second.register(family)?, (second.port(), 0));
        drop(second);
        // A socket of another namespace can have the same port.
        let third = Client::open()?.register(family)?;
        assert_eq!(third, (0, 1));
        namespace::in_new(|| {
            assert_eq!(Client::open()?.register(family)?, (0, 0));
            Ok(())
        })?;
        assert_eq!(Client::open()?.register(family)?, (0, 2));
        Ok(())
    })
}

fn a_weak_reference_does_not_keep_a_namespace() -> Result<()> {
    with_family(|family| {
        let mut client = Client::open()?;
        namespace::in_new(|| {
            Client::open()?.done(&family.keep(WEAK))?;
            let mut listener = family.listener()?;
            assert_eq!(kept(&mut client, family)?, Ok(0));
            assert_eq!(listener.event()?, 0);
            Ok(())
        })?;
        until(|| Ok(kept(&mut client, family)? == Err(Errno::ENOENT)))
    })
}

fn a_reference_keeps_a_namespace_and_its_state() -> Result<()> {
    with_family(|family| {
        let mut client = Client::open()?;
        namespace::in_new(|| {
            let mut daemon = Client::open()?;
            daemon.register(family)?;
            daemon.done(&family.keep(STRONG))
        })?;
        // It is not destroyed, but has no sockets.
        let start = Instant::now();
        while start.elapsed() < 2 * SILENCE {
            assert_eq!(kept(&mut client, family)?, Ok(Errno::ESRCH as u32));
        }
        client.done(&family.keep(NOTHING))?;
        let before = kept(&mut client, family)?;
        assert_eq!(before, Err(Errno::ENOENT));
        // The module is unloaded while it has a reference.
        namespace::in_new(|| Client::open()?.done(&family.keep(STRONG)))
    })
}

fn a_request_has_flags_command_and_capabilities() -> Result<()> {
    const ALL_CAPABILITIES: u32 = 0b111;
    const ACK: u32 = 0b100;
    const ECHO: u32 = 0b010;

    with_family(|family| {
        let mut client = Client::open()?;
        let mut describe = |flags| {
            let request = family.request(DESCRIBE).flags(libc::NLM_F_REQUEST | flags);
            match client
                .request(&request)?
                .first()
                .map(|answer| &answer.content)
            {
                Some(Content::Reply { attrs, .. }) => Ok([
                    number(attrs, VALUE)?,
                    number(attrs, TO)?,
                    number(attrs, FROM)?,
                ]),
                other => bail!("{other:?}"),
            }
        };
        let command = DESCRIBE.into();
        assert_eq!(describe(libc::NLM_F_ACK)?, [ALL_CAPABILITIES, ACK, command]);
        assert_eq!(
            describe(libc::NLM_F_ECHO)?,
            [ALL_CAPABILITIES, ECHO, command]
        );
        as_user(|| {
            assert_eq!(describe(0)?, [0, 0, command]);
            Ok(())
        })
    })
}

fn the_module_is_unloaded_while_it_sends_and_ports_close() -> Result<()> {
    for _ in 0..scaled(30).max(3) {
        let family = Loaded::new()?;
        thread::scope(|scope| {
            for from in [REQUEST, WORK_ITEM, TIMER] {
                let family = &family;
                scope.spawn(move || {
                    // Until the family is gone.
                    while let Ok(mut client) = Client::open() {
                        let _ = family.listener();
                        let registered = client.asked(&family.request(REGISTER));
                        let sent = client.asked(&family.send(GROUP, from, 1));
                        let to_all = client.asked(&family.send(ALL_NAMESPACES, from, 1));
                        if [registered, sent, to_all]
                            .iter()
                            .any(|asked| matches!(asked, Ok(Err(Errno::ENOENT))))
                        {
                            break;
                        }
                    }
                });
            }
            thread::sleep(Duration::from_millis(20));
            unload_fixture(NAME)
        })?;
    }
    Ok(())
}

fn a_request_that_succeeds_has_a_warning_and_a_cookie() -> Result<()> {
    with_family(|family| {
        let mut client = Client::open()?;
        let answers = client.request(&family.request(WARN))?;
        let mut expected = ext_ack(Errno::UnknownErrno, "the value is 0", None);
        set_cookie(&mut expected);
        assert!(
            matches!(answers.as_slice(), [answer] if answer.content == expected),
            "{answers:?}"
        );
        client.set_error_options(false, false)?;
        client.done(&family.request(WARN))
    })
}

fn an_error_has_a_formatted_text_and_an_attribute() -> Result<()> {
    with_family(|family| {
        let answers = Client::open()?.request(&family.request(WARN).u32(VALUE, 77))?;
        let mut expected = ext_ack(Errno::ERANGE, "the value is 77", Some(VALUE));
        set_cookie(&mut expected);
        assert!(
            matches!(answers.as_slice(), [answer] if answer.content == expected),
            "{answers:?}"
        );
        Ok(())
    })
}

/// Adds the cookie that the module sets.
fn set_cookie(content: &mut Content) {
    if let Content::Error(ext_ack) = content {
        ext_ack.cookie = Some(0x0102_0304_0506_0708);
    }
}

fn several_replies_end_with_done() -> Result<()> {
    with_family(|family| {
        let request = family.request(SEVERAL).u32(VALUE, 3);
        let answers = Client::open()?.request(&request)?;
        let [first, second, third, done, ack] = answers.as_slice() else {
            bail!("{answers:?}");
        };
        for (index, part) in (0..).zip([first, second, third]) {
            match &part.content {
                Content::Reply { attrs, .. } => assert_eq!(number(attrs, VALUE)?, index),
                other => bail!("{other:?}"),
            }
            assert_eq!(i32::from(part.flags), libc::NLM_F_MULTI);
        }
        assert_eq!(done.content, Content::Done);
        assert_eq!(i32::from(done.flags), libc::NLM_F_MULTI);
        assert_eq!((done.port, done.seq), (ack.port, ack.seq));
        assert_eq!(ack.content, Content::Ack);
        Ok(())
    })
}

fn a_dump_that_owns_memory_frees_it_at_its_end() -> Result<()> {
    const ITEMS: u32 = 10_000;

    with_family(|family| {
        let mut client = Client::open()?;
        let answers = client.request(&family.list(ITEMS))?;
        let (last, items) = answers.split_last().context("no answer")?;
        assert_eq!(last.content, Content::Done);
        for (index, item) in (0..ITEMS).zip(items) {
            match &item.content {
                Content::Reply { attrs, .. } => assert_eq!(number(attrs, VALUE)?, index),
                other => bail!("{other:?}"),
            }
        }
        assert_eq!(items.len(), ITEMS as usize);
        assert_eq!(living(family)?, 0);
        Ok(())
    })
}

fn a_dump_that_owns_memory_frees_it_when_its_receiver_closes() -> Result<()> {
    with_family(|family| {
        let mut client = Client::open()?;
        client.send(&family.list(10_000))?;
        assert_eq!(living(family)?, 10_000);
        drop(client);
        assert_eq!(living(family)?, 0);
        Ok(())
    })
}

fn a_dump_that_does_not_start_frees_its_memory() -> Result<()> {
    with_family(|family| {
        let answers = Client::open()?.request(&family.list(100).u32(TO, 1))?;
        let expected = ext_ack(Errno::EBUSY, "the dump does not start", None);
        assert!(
            matches!(answers.as_slice(), [answer] if answer.content == expected),
            "{answers:?}"
        );
        assert_eq!(living(family)?, 0);
        Ok(())
    })
}

fn a_user_header_and_flags_arrive_and_return() -> Result<()> {
    with_old(|old| {
        let flags = [
            libc::NLM_F_REPLACE,
            libc::NLM_F_EXCL,
            libc::NLM_F_CREATE,
            libc::NLM_F_APPEND,
        ];
        let mut client = Client::open()?;
        for (index, flag) in flags.into_iter().enumerate() {
            let wanted = libc::NLM_F_REQUEST | libc::NLM_F_ACK | flag;
            for command in [1, 2] {
                let attrs = client.asked(&old.request(command).bytes(&HEADER).flags(wanted))??;
                assert_eq!(attrs.first(), Some(&(9, Vec::new())), "the user header");
                assert_eq!(number(&attrs, TO)?, 0b1000 >> index);
            }
            // From `resv_start_op` on.
            let refused = client.request(&old.request(3).bytes(&HEADER).flags(wanted))?;
            let text = "ambiguous or reserved bits set in nlmsg_flags";
            let expected = ext_ack(Errno::EINVAL, text, None);
            assert!(
                matches!(refused.as_slice(), [answer] if answer.content == expected),
                "{refused:?}"
            );
        }
        let short = client.asked(&old.request(2))?;
        assert_eq!(short, Err(Errno::EINVAL), "without the user header");
        Ok(())
    })
}

fn lax_validation_ignores_unknown_attributes() -> Result<()> {
    with_old(|old| {
        let mut client = Client::open()?;
        let request = |command| old.request(command).bytes(&HEADER).u32(1000, 7);
        client.done(&request(1))?;
        assert_eq!(client.asked(&request(2))?, Err(Errno::EINVAL));
        Ok(())
    })
}

fn requests_of_a_serial_family_do_not_overlap() -> Result<()> {
    with_old(|old| {
        thread::scope(|scope| {
            let ask = || {
                let mut client = Client::open()?;
                (0..20).try_for_each(|_| client.done(&old.request(2).bytes(&HEADER)))
            };
            let other = scope.spawn(move || namespace::in_initial(ask));
            ask()?;
            other.join().unwrap_or_else(|_| bail!("a thread panicked"))
        })
    })
}

fn a_family_of_the_initial_namespace_is_absent_elsewhere() -> Result<()> {
    with_old(|old| {
        namespace::in_new(|| {
            let asked = Client::open()?.asked(&old.request(1).bytes(&HEADER))?;
            assert_eq!(asked, Err(Errno::ENOENT));
            Ok(())
        })
    })
}

fn a_group_is_notified_of_its_listeners() -> Result<()> {
    with_old(|old| {
        let mut client = Client::open()?;
        let mut listening = || -> Result<u32> {
            let attrs = client.asked(&old.request(1).bytes(&HEADER))??;
            number(&attrs, VALUE)
        };
        assert_eq!(listening()?, 0);
        let listener = old.listener()?;
        assert_eq!(listening()?, 1);
        drop(listener);
        assert_eq!(listening()?, 0);
        Ok(())
    })
}

fn groups_require_cap_sys_admin_or_cap_net_admin() -> Result<()> {
    with_old(|_| {
        let groups = Connection::open()?.family("anywhere-old")?.groups;
        assert_eq!(groups.len(), 2);
        let client = Client::open()?;
        for group in groups {
            let refused = as_user(|| Ok(client.join_id(group.id)))?.expect_err("not permitted");
            let errno = refused.downcast_ref::<std::io::Error>();
            let errno = errno.and_then(std::io::Error::raw_os_error);
            assert_eq!(errno, Some(libc::EPERM), "{refused:#}");
            client.join_id(group.id)?;
        }
        Ok(())
    })
}

fn a_socket_can_leave_a_group_that_it_has_not_joined() -> Result<()> {
    with_old(|old| {
        let mut client = Client::open()?;
        as_user(|| client.leave_id(old.group))?;
        let attrs = client.asked(&old.request(1).bytes(&HEADER))??;
        assert_eq!(number(&attrs, VALUE)?, u32::MAX, "-1");
        Ok(())
    })
}

/// The kernel's buffers are as long as the receiver's, from the end of an allocation on.
fn a_dump_has_user_headers_in_receive_buffers_of_any_length() -> Result<()> {
    const ITEMS: usize = 2_000;

    with_old(|old| {
        let request = old.request(4).bytes(&HEADER);
        let request = request.flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP);
        for len in 8_189..=8_192 {
            let answers = Client::open_with_buffer(len)?.request(&request)?;
            let (last, items) = answers.split_last().context("no answer")?;
            assert_eq!(last.content, Content::Done, "with {len} bytes");
            assert_eq!(items.len(), ITEMS);
            for item in items {
                assert_eq!(
                    i32::from(item.flags),
                    libc::NLM_F_MULTI | libc::NLM_F_DUMP_FILTERED
                );
                let Content::Reply { attrs, .. } = &item.content else {
                    bail!("{item:?}");
                };
                assert_eq!(*attrs, [(9, Vec::new())], "the user header");
            }
        }
        Ok(())
    })
}

/// The answer to [`GUARDED`] without each of the capabilities.
const REJECTIONS: [&str; 3] = [
    "CAP_NET_ADMIN is required",
    "CAP_NET_ADMIN is required over the network namespace",
    "CAP_SYS_ADMIN is required over the initial network namespace",
];

const PERMITTED: &str = "permitted";

fn root_has_all_capabilities() -> Result<()> {
    with_family(|_| {
        assert_eq!(ask_for_capabilities()?, [PERMITTED; 3]);
        Ok(())
    })
}

fn an_unprivileged_user_is_rejected_with_the_reason() -> Result<()> {
    with_family(|_| {
        assert_eq!(capabilities_with(&AS_NOBODY)?, REJECTIONS);
        // The socket is root's, the sender is not.
        let family = Loaded::of(NAME)?;
        let mut client = Client::open()?;
        let answers = as_user(|| guarded(&mut client, &family))?;
        assert_eq!(answers, REJECTIONS);
        Ok(())
    })
}

fn user_namespace_root_has_capabilities_over_its_network_namespace_only() -> Result<()> {
    with_family(|_| {
        let in_new = |words: &[&'static str]| [&AS_NOBODY[..], words].concat();
        let outside = in_new(&["unshare", "--user", "--map-root-user"]);
        assert_eq!(capabilities_with(&outside)?, REJECTIONS);
        let inside = in_new(&["unshare", "--user", "--map-root-user", "--net"]);
        let expected = [REJECTIONS[0], PERMITTED, REJECTIONS[2]];
        assert_eq!(capabilities_with(&inside)?, expected);
        // Its socket belongs to the namespace that it had before, where it has no capability any more.
        let inherited = Task::GuardedWithInheritedSocket.results(&[])?;
        assert_eq!(inherited, REJECTIONS);
        Ok(())
    })
}

/// Returns the answers to [`ask_for_capabilities`] in a child that `wrapper` starts.
fn capabilities_with(wrapper: &[&str]) -> Result<Vec<String>> {
    Task::Guarded.results(wrapper)
}

/// Asks for each capability, and returns the answers.
pub(crate) fn ask_for_capabilities() -> Result<Vec<String>> {
    guarded(&mut Client::open()?, &Loaded::of(NAME)?)
}

/// Asks for each capability with a socket that was opened before entering new user and network
/// namespaces.
pub(crate) fn ask_with_inherited_socket() -> Result<Vec<String>> {
    let (mut client, family) = (Client::open()?, Loaded::of(NAME)?);
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    guarded(&mut client, &family)
}

fn guarded(client: &mut Client, family: &Loaded) -> Result<Vec<String>> {
    let ask = |which| {
        let mut answers = client.request(&family.request(GUARDED).u32(VALUE, which))?;
        match answers.pop().map(|answer| answer.content) {
            Some(Content::Ack) => Ok(PERMITTED.to_owned()),
            Some(Content::Error(found)) => {
                let text = found.text.clone().unwrap_or_default();
                let expected = ext_ack(Errno::EPERM, &text, Some(VALUE));
                ensure!(Content::Error(found) == expected, "{expected:?}");
                Ok(text)
            }
            other => bail!("{other:?}"),
        }
    };
    (0..3).map(ask).collect()
}

fn a_rejected_value_comes_with_the_policy_it_violates() -> Result<()> {
    with_family(|family| {
        let mut client = Client::open()?;
        client.done(&family.request(LIMITED).u32(VALUE, 10))?;
        let refused = client.request(&family.request(LIMITED).u32(VALUE, 11))?;
        let expected = Content::Error(ExtAckError {
            policy: Some(up_to(10)),
            ..ext_ack_error(Errno::EDOM, "the value is limited now", Some(VALUE))
        });
        assert!(
            matches!(refused.as_slice(), [answer] if answer.content == expected),
            "{refused:?}"
        );
        Ok(())
    })
}

fn an_error_and_an_acknowledgement_can_be_sent_later() -> Result<()> {
    with_family(|family| {
        let mut client = Client::open()?;
        let error = Content::Error(ExtAckError {
            text: None,
            ..ext_ack_error(Errno::EIO, "", None)
        });
        for (value, expected) in [(0, Content::Ack), (1, error)] {
            let request = family.request(LATER).u32(VALUE, value);
            // No acknowledgement of the core.
            let sent = client.send(&request.flags(libc::NLM_F_REQUEST))?;
            let answers = client.answers(&sent, TIMEOUT)?;
            let [answer] = answers.as_slice() else {
                bail!("{answers:?}");
            };
            assert_eq!(answer.content, expected);
            assert_eq!(answer.port, client.port());
            assert_eq!(answer.seq, u32_at(&sent, 8)?);
        }
        Ok(())
    })
}

fn several_events_end_with_done_and_have_their_sequence_numbers() -> Result<()> {
    const COUNT: u32 = 3;

    with_family(|family| {
        let (mut listener, mut client) = (family.listener()?, Client::open()?);
        client.done(&family.request(STREAM).u32(VALUE, COUNT))?;
        let events = listener.event_messages()?;
        let (done, events) = events.split_last().context("no event")?;
        assert_eq!(events.len(), COUNT as usize);
        for (value, event) in (0..).zip(events) {
            assert_eq!(value_of(event)?, value);
            assert_eq!((event.port, event.seq), (client.port(), value + 1));
            assert_eq!(i32::from(event.flags), libc::NLM_F_MULTI);
        }
        assert_eq!(done.content, Content::Done);
        assert_eq!(i32::from(done.flags), libc::NLM_F_MULTI);
        Ok(())
    })
}

fn an_event_reaches_only_the_listeners_that_a_filter_selects() -> Result<()> {
    with_family(|family| {
        let select = |value| family.request(SELECT).u32(VALUE, value);
        let (mut one, mut other) = (family.listener()?, family.listener()?);
        let mut client = Client::open()?;
        one.done(&select(0))?;
        client.done(&select(7))?;
        assert_eq!(one.event()?, 7);
        other.receives_nothing()?;
        drop(one);
        assert_eq!(client.asked(&select(8))?, Err(Errno::ESRCH));
        other.receives_nothing()
    })
}

fn a_namespace_is_found_by_file_process_and_id() -> Result<()> {
    const BY_FILE: u32 = 0;
    const BY_PROCESS: u32 = 1;
    const BY_ID: u32 = 2;
    const ID: u32 = 7;

    with_family(|family| {
        let find = |value, how| family.request(FIND).u32(VALUE, value).u32(FROM, how);
        let mut listener = namespace::in_initial(|| family.listener())?;
        let mut client = Client::open()?;

        let file = File::open("/proc/1/ns/net")?;
        let fd = u32::try_from(file.as_raw_fd())?;
        client.done(&find(fd, BY_FILE))?;
        assert_eq!(listener.event()?, fd);
        client.done(&find(1, BY_PROCESS))?;
        assert_eq!(listener.event()?, 1);
        run("ip", &["netns", "attach", "initial", "1"])?.output()?;
        let named = run("ip", &["netns", "set", "initial", &ID.to_string()]);
        let deleted = run("ip", &["netns", "del", "initial"]);
        named?.output()?;
        deleted?.output()?;
        client.done(&find(ID, BY_ID))?;
        assert_eq!(listener.event()?, ID);

        let other = File::open("/dev/null")?;
        let other = u32::try_from(other.as_raw_fd())?;
        for (value, how, errno) in [
            (other, BY_FILE, Errno::EINVAL),
            (1_000_000, BY_FILE, Errno::EBADF),
            (u32::MAX >> 1, BY_PROCESS, Errno::ESRCH),
            (ID + 1, BY_ID, Errno::ENOENT),
        ] {
            let refused = client.contents(&find(value, how))?;
            let expected = ext_ack(errno, "no such network namespace", Some(VALUE));
            assert_eq!(refused, [expected]);
        }
        listener.receives_nothing()
    })
}

fn a_nest_is_validated_by_the_policy_for_another_attribute() -> Result<()> {
    with_family(|family| {
        let mut client = Client::open()?;
        let mut with_options = |which, options: Request| {
            let nested = NEST | libc::NLA_F_NESTED as u16;
            let request = family.request(OPTIONS).u32(VALUE, which);
            client.contents(&request.attr(nested, &options.attrs()))
        };
        let options = || family.request(OPTIONS);
        assert_eq!(with_options(0, options().u32(VALUE, 7))?, [Content::Ack]);
        assert_eq!(with_options(1, options().u32(VALUE, 8))?, [Content::Ack]);
        assert_eq!(with_options(1, options().u32(TO, 8))?, [Content::Ack]);

        let refused = with_options(0, options().u32(VALUE, 8))?;
        let expected = [Content::Error(ExtAckError {
            policy: Some(up_to(7)),
            ..ext_ack_error(Errno::ERANGE, "integer out of range", Some(VALUE))
        })];
        assert_eq!(refused, expected);
        let refused = with_options(0, options().u32(TO, 8))?;
        assert_eq!(
            refused,
            [ext_ack(Errno::EINVAL, "Unknown attribute type", Some(TO))]
        );
        Ok(())
    })
}

fn an_item_can_be_longer_than_the_usual_buffer() -> Result<()> {
    with_family(|family| {
        let request = family.request(LARGE);
        let request = request.flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP);
        let answers = Client::open()?.contents(&request)?;
        let [first, second, Content::Done] = answers.as_slice() else {
            bail!("{} answers", answers.len());
        };
        for item in [first, second] {
            match item {
                Content::Reply { attrs, .. } => assert_eq!(*attrs, [(VALUE, vec![7; 40_000])]),
                other => bail!("{other:?}"),
            }
        }
        Ok(())
    })
}

fn data_without_attributes_arrives_and_returns() -> Result<()> {
    with_family(|family| {
        let request = family.request(ECHO).u32(VALUE, 5).u32(TO, 6);
        let sent = Client::open()?.asked(&request)??;
        let nest = [8, 0, 1, 0, 1, 0, 0, 0].to_vec();
        let number = |value: u32| value.to_ne_bytes().to_vec();
        let expected = [(VALUE, number(5)), (TO, number(6)), (NEST, nest)];
        assert_eq!(sent, expected);
        Ok(())
    })
}

fn strict_validation_can_start_at_an_attribute() -> Result<()> {
    with_old(|old| {
        let mut client = Client::open()?;
        let request = |number| old.request(1).bytes(&HEADER).attr(number, &[0; 8]);
        client.done(&request(VALUE))?;
        let refused = client.contents(&request(TO))?;
        let [Content::Error(refused)] = refused.as_slice() else {
            bail!("{refused:?}");
        };
        let text = refused.text.as_deref();
        assert_eq!(
            (refused.errno, text, refused.bad),
            (Errno::EINVAL, Some("invalid attribute length"), Some(TO))
        );
        Ok(())
    })
}

fn the_core_reports_the_maximum_attribute_of_an_old_family() -> Result<()> {
    with_old(|_| {
        let mut connection = Connection::open()?;
        assert_eq!(connection.family("anywhere-old")?.max_attr, u32::from(TO));
        assert_eq!(connection.family(NAME)?.max_attr, 0);
        Ok(())
    })
}

fn the_value_of_a_generated_hook_is_dropped_after_the_reply() -> Result<()> {
    with_generated(|family| {
        let answers = Client::open()?.contents(&family.get(&[8], 0))?;
        let [reply, event, Content::Ack] = answers.as_slice() else {
            bail!("{answers:?}");
        };
        let expected = [(GET_REPLY, Some(8)), (GROWN, Some(8))];
        assert_eq!([size_in(reply)?, size_in(event)?], expected);
        Ok(())
    })
}

fn an_error_of_a_generated_hook_cancels_the_operation() -> Result<()> {
    with_generated(|family| {
        let mut client = Client::open()?;
        let missing = Content::Error(ExtAckError {
            missing: Some(SIZE),
            ..ext_ack_error(Errno::EINVAL, "size is required", None)
        });
        assert_eq!(client.contents(&family.get(&[], 0))?, [missing]);
        let bad = ext_ack(Errno::ERANGE, "a thing is not empty", Some(SIZE));
        assert_eq!(client.contents(&family.get(&[0], 0))?, [bad]);
        // An error of the operation drops the value, too.
        let answers = client.contents(&family.get(&[7], 0))?;
        let [event, error] = answers.as_slice() else {
            bail!("{answers:?}");
        };
        assert_eq!(size_in(event)?, (GROWN, Some(7)));
        assert_eq!(*error, ext_ack(Errno::EBUSY, "the size is odd", Some(SIZE)));
        Ok(())
    })
}

fn a_generated_event_goes_to_a_port_or_one_or_all_namespaces() -> Result<()> {
    const SENDER: u32 = 0;
    const NAMESPACE: u32 = 1;
    const ALL: u32 = 2;

    with_generated(|family| {
        let (mut listener, mut client) = (family.listener()?, Client::open()?);
        namespace::in_new(|| {
            let mut outside = family.listener()?;
            for (to, expected) in [
                (SENDER, [1, 0, 0]),
                (NAMESPACE, [0, 1, 0]),
                (ALL, [0, 1, 1]),
            ] {
                let answers = client.contents(&family.get(&[8], to))?;
                // Without the reply and the acknowledgement.
                let heard = [
                    answers.len() - 2,
                    listener.event_messages()?.len(),
                    outside.event_messages()?.len(),
                ];
                assert_eq!(heard, expected, "{answers:?}");
            }
            Ok(())
        })
    })
}

fn a_generated_hook_runs_after_an_operation() -> Result<()> {
    const PART: u16 = 4 | libc::NLA_F_NESTED as u16;

    with_generated(|family| {
        let mut client = Client::open()?;
        let set = family.request(6).bytes(&HEADER);
        let missing = Content::Error(ExtAckError {
            missing: Some(PART & 0xff),
            ..ext_ack_error(Errno::EINVAL, "part is required", None)
        });
        for (request, end) in [(set.clone().attr(PART, &[]), Content::Ack), (set, missing)] {
            let answers = client.contents(&request)?;
            let [notification, last] = answers.as_slice() else {
                bail!("{answers:?}");
            };
            assert_eq!((size_in(notification)?, last), ((SET_NTF, None), &end));
        }
        Ok(())
    })
}

fn a_dump_without_validation_starts_with_a_generated_hook() -> Result<()> {
    with_generated(|family| {
        let request = family.request(7).bytes(&HEADER);
        let request = request.flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP);
        // An invalid length, and an unknown number.
        let request = request.attr(SIZE, &[1]).u32(99, 1);
        let answers = Client::open()?.contents(&request)?;
        let [items @ .., Content::Done] = answers.as_slice() else {
            bail!("{answers:?}");
        };
        let sizes: Vec<_> = items.iter().map(size_in).collect::<Result<_>>()?;
        assert_eq!(sizes, [3, 2, 1].map(|size| (LIST_REPLY, Some(size))));
        Ok(())
    })
}

/// The messages of the family with generated code, and an attribute.
const GET_REPLY: u8 = 9;
const LIST_REPLY: u8 = 10;
const SET_NTF: u8 = 11;
const GROWN: u8 = 12;
const SIZE: u16 = 1;

/// Returns the command and the size in a message of the family with generated code.
fn size_in(message: &Content) -> Result<(u8, Option<u64>)> {
    let Content::Reply { command, attrs, .. } = message else {
        bail!("{message:?}");
    };
    let size = attrs.iter().find(|(number, _)| *number == SIZE);
    let size = size.map(|(_, bytes)| bytes.as_slice().try_into());
    Ok((*command, size.transpose()?.map(u64::from_ne_bytes)))
}

/// A user header of the old family, which looks like an empty attribute with number 9.
const HEADER: [u8; 4] = 0x0009_0004_u32.to_le_bytes();

fn ext_ack(errno: Errno, text: &str, bad: Option<u16>) -> Content {
    Content::Error(ext_ack_error(errno, text, bad))
}

fn ext_ack_error(errno: Errno, text: &str, bad: Option<u16>) -> ExtAckError {
    ExtAckError {
        errno,
        text: Some(text.to_owned()),
        bad,
        missing: None,
        cookie: None,
        policy: None,
    }
}

/// The policy of a `u32` with this maximum.
fn up_to(max: u64) -> Policy {
    const NL_ATTR_TYPE_U32: u32 = 4;

    Policy {
        kind: NL_ATTR_TYPE_U32,
        max_value: Some(max),
        max_length: None,
    }
}

/// Returns the number of items that dumps own.
pub(crate) fn living(family: &Loaded) -> Result<u32> {
    number(&Client::open()?.asked(&family.request(LIVING))??, VALUE)
}

/// The ids of a family of the module.
pub(crate) struct Loaded {
    id: u16,
    group: u32,
}

impl Loaded {
    fn new() -> Result<Self> {
        load_fixture(NAME).context("cannot load it")?;
        Self::of(NAME)
    }

    /// Resolves a family of the module.
    fn of(name: &str) -> Result<Self> {
        let family = Connection::open()?.family(name)?;
        let group = family.groups.first().context("it has no group")?;
        Ok(Self {
            id: family.id,
            group: group.id,
        })
    }

    pub(crate) fn request(&self, command: u8) -> Request {
        Request::greet().family(self.id).command(command)
    }

    pub(crate) fn send(&self, to: u32, from: u32, value: u32) -> Request {
        let request = self.request(SEND).u32(VALUE, value);
        request.u32(TO, to).u32(FROM, from)
    }

    pub(crate) fn list(&self, count: u32) -> Request {
        let request = self.request(LIST).u32(VALUE, count);
        request.flags(libc::NLM_F_REQUEST | libc::NLM_F_DUMP)
    }

    /// Creates a `get` of the family with generated code.
    fn get(&self, sizes: &[u64], sides: u32) -> Request {
        const SIDES: u16 = 2;
        const SELECTOR: u32 = 3;

        let mut request = self.request(5).bytes(&HEADER);
        for size in sizes {
            request = request.attr(SIZE, &size.to_ne_bytes());
        }
        request.attr(SIDES, &[sides, SELECTOR].map(u32::to_ne_bytes).concat())
    }

    pub(crate) fn keep(&self, how: u32) -> Request {
        self.request(KEEP).u32(VALUE, how)
    }

    /// Opens a socket that listens to the group.
    pub(crate) fn listener(&self) -> Result<Client> {
        let client = Client::open()?;
        client.join_id(self.group)?;
        Ok(client)
    }
}

/// Loads the module, runs a test, and unloads the module.
pub(crate) fn with_family(test: impl FnOnce(&Loaded) -> Result<()>) -> Result<()> {
    let family = Loaded::new()?;
    let unload = UnloadAfterPanic;
    let result = test(&family);
    std::mem::forget(unload);
    unload_fixture(NAME)?;
    result
}

/// Unloads the module when an assertion fails, so that the next test can load it.
struct UnloadAfterPanic;

impl Drop for UnloadAfterPanic {
    fn drop(&mut self) {
        if let Err(error) = unload_fixture(NAME) {
            eprintln!("{error:#}");
        }
    }
}

/// Runs a test with the family that has all options of old families, in the initial namespace.
fn with_old(test: impl FnOnce(&Loaded) -> Result<()> + Send) -> Result<()> {
    with_family(|_| namespace::in_initial(|| test(&Loaded::of("anywhere-old")?)))
}

/// Runs a test with the family that has generated code.
fn with_generated(test: impl FnOnce(&Loaded) -> Result<()>) -> Result<()> {
    with_family(|_| test(&Loaded::of("old-family")?))
}

impl Client {
    /// Sends a request that succeeds.
    fn done(&mut self, request: &Request) -> Result<()> {
        Ok(self.asked(request)?.map(drop)?)
    }

    /// Sends a request; returns the attributes of its reply, if any, or the errno.
    fn asked(&mut self, request: &Request) -> Result<Result<Attrs, Errno>> {
        let mut answers = self.request(request)?;
        let last = answers.pop().context("no answer")?;
        match (last.content, answers.pop().map(|answer| answer.content)) {
            (Content::Ack, None | Some(Content::Reply { command: EVENT, .. })) => {
                Ok(Ok(Vec::new()))
            }
            (Content::Ack, Some(Content::Reply { attrs, .. })) => Ok(Ok(attrs)),
            (Content::Error(ExtAckError { errno, .. }), None) => Ok(Err(errno)),
            other => bail!("{other:?}"),
        }
    }

    /// Registers as the daemon. Returns the port of the previous one, and the number of daemons whose
    /// socket was closed.
    fn register(&mut self, family: &Loaded) -> Result<(u32, u32)> {
        let attrs = self.asked(&family.request(REGISTER))??;
        Ok((number(&attrs, VALUE)?, number(&attrs, CLOSED)?))
    }

    /// Waits for the value of an event.
    fn event(&mut self) -> Result<u32> {
        value_of(&self.next_message()?)
    }

    fn next_message(&mut self) -> Result<Message> {
        let start = Instant::now();
        loop {
            match self.event_messages()?.as_slice() {
                [] => ensure!(start.elapsed() < TIMEOUT, "no message within {TIMEOUT:?}"),
                [message] => return Ok(message.clone()),
                others => bail!("several messages: {others:?}"),
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn receives_nothing(&mut self) -> Result<()> {
        thread::sleep(SILENCE);
        let heard = self.event_messages()?;
        ensure!(heard.is_empty(), "{heard:?}");
        Ok(())
    }
}

/// Returns the errno of an event to the namespace that is kept, or 0.
fn kept(client: &mut Client, family: &Loaded) -> Result<Result<u32, Errno>> {
    match client.asked(&family.request(KEPT))? {
        Ok(attrs) => Ok(Ok(number(&attrs, VALUE)?)),
        Err(errno) => Ok(Err(errno)),
    }
}

fn value_of(message: &Message) -> Result<u32> {
    match &message.content {
        Content::Reply {
            command: EVENT,
            attrs,
            ..
        } => number(attrs, VALUE),
        other => bail!("{other:?}"),
    }
}

fn number(attrs: &Attrs, wanted: u16) -> Result<u32> {
    let attr = attrs.iter().find(|(number, _)| *number == wanted);
    let (_, payload) = attr.with_context(|| format!("no attribute {wanted}: {attrs:?}"))?;
    Ok(u32::from_ne_bytes(payload.as_slice().try_into()?))
}

fn until(mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !is_so()? {
        ensure!(
            start.elapsed() < 4 * TIMEOUT,
            "the condition does not hold in time"
        );
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
