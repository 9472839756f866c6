// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is refused: with which errno, which text, and which attribute. After each refusal the family
//! still answers, and nothing was counted.

use crate::raw::{Client, Content, ExtAckError, Policy, Request};
use crate::support::namespace;
use anyhow::{Result, bail};
use greet::protocol::greeting::{COOKIE, MESSAGE, NAME, PORTID, STYLE};
use greet::protocol::settings::{DEFAULT_STYLE, PEER_LIMIT};
use greet::protocol::{GREET, PEER_DEL, PEER_GET, SETTINGS_GET, SETTINGS_SET, STATS_GET, peer};
use libc::{NLM_F_ACK, NLM_F_REQUEST};
use nix::errno::Errno::{self, EINVAL, ENOENT, EOPNOTSUPP, ERANGE};

crate::tests![
    no_name,
    empty_name,
    name_of_65_bytes,
    name_without_nul,
    name_without_bytes,
    name_that_is_not_utf8,
    name_with_a_control_character,
    name_with_a_control_character_beyond_ascii,
    name_with_a_nul_inside,
    name_with_bytes_behind_the_nul,
    name_marked_as_a_nest,
    style_out_of_range,
    style_of_two_bytes,
    style_of_eight_bytes,
    cookie_of_33_bytes,
    message_is_not_for_requests,
    portid_is_not_for_requests,
    attribute_beyond_the_last,
    attribute_zero,
    unknown_command,
    dump_of_an_operation_without_one,
    events_are_no_operations,
    peer_get_without_a_name,
    peer_get_of_nobody,
    peer_get_with_what_is_for_replies,
    peer_del_without_a_name,
    peer_del_of_nobody,
    peer_names_of_65_bytes,
    attributes_for_what_takes_none,
    peer_limit_of_0,
    peer_limit_of_65537,
    peer_limit_of_eight_bytes,
    default_style_out_of_range,
    setting_beyond_the_last,
    unknown_family,
    trailing_bytes,
    attribute_cut_short,
    attribute_shorter_than_its_header,
    reserved_field_set,
    unknown_flags,
    without_the_request_flag_it_is_ignored,
    without_the_request_flag_it_is_only_acknowledged,
    longer_than_its_bytes_it_is_ignored,
];

/// `enum netlink_attribute_type` of the uapi header `linux/netlink.h`.
const NL_ATTR_TYPE_U32: u32 = 4;
const NL_ATTR_TYPE_BINARY: u32 = 10;
const NL_ATTR_TYPE_NUL_STRING: u32 = 12;

const NAME_POLICY: Policy = Policy {
    kind: NL_ATTR_TYPE_NUL_STRING,
    max_value: None,
    max_length: Some(64),
};
const STYLE_POLICY: Policy = Policy {
    kind: NL_ATTR_TYPE_U32,
    max_value: Some(2),
    max_length: None,
};
const LIMIT_POLICY: Policy = Policy {
    kind: NL_ATTR_TYPE_U32,
    max_value: Some(65_536),
    max_length: None,
};
/// The core does not tell the limit of what `NLA_POLICY_MAX_LEN()` has made.
const COOKIE_POLICY: Policy = Policy {
    kind: NL_ATTR_TYPE_BINARY,
    max_value: None,
    max_length: None,
};

fn no_name() -> Result<()> {
    refused(
        Request::greet().u32(STYLE, 1),
        ExtAckError {
            missing: Some(NAME),
            ..ext_ack(EINVAL, "name is required")
        },
    )
}

fn empty_name() -> Result<()> {
    refused(
        Request::greet().name(""),
        bad(NAME, EINVAL, "name is empty"),
    )
}

fn name_of_65_bytes() -> Result<()> {
    refused(
        Request::greet().name(&"n".repeat(65)),
        broken(
            NAME_POLICY,
            NAME,
            EINVAL,
            "Attribute failed policy validation",
        ),
    )
}

fn name_without_nul() -> Result<()> {
    refused(
        Request::greet().attr(NAME, b"World"),
        broken(
            NAME_POLICY,
            NAME,
            EINVAL,
            "Attribute failed policy validation",
        ),
    )
}

fn name_without_bytes() -> Result<()> {
    refused(
        Request::greet().attr(NAME, b""),
        broken(
            NAME_POLICY,
            NAME,
            EINVAL,
            "Attribute failed policy validation",
        ),
    )
}

fn name_that_is_not_utf8() -> Result<()> {
    refused(
        Request::greet().attr(NAME, b"W\xf6rld\0"),
        bad(NAME, EINVAL, "name is not valid UTF-8"),
    )
}

fn name_with_a_control_character() -> Result<()> {
    refused(
        Request::greet().name("Wor\x1bld"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_with_a_control_character_beyond_ascii() -> Result<()> {
    refused(
        Request::greet().name("Wor\u{85}ld"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_with_a_nul_inside() -> Result<()> {
    refused(
        Request::greet().attr(NAME, b"Wor\0ld\0"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_with_bytes_behind_the_nul() -> Result<()> {
    refused(
        Request::greet().attr(NAME, b"World\0!"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_marked_as_a_nest() -> Result<()> {
    const NLA_F_NESTED: u16 = 1 << 15;

    refused(
        Request::greet().text(NAME | NLA_F_NESTED, "World"),
        broken(NAME_POLICY, NAME, EINVAL, "NLA_F_NESTED not expected"),
    )
}

fn style_out_of_range() -> Result<()> {
    refused(
        Request::greet().name("World").u32(STYLE, 3),
        broken(STYLE_POLICY, STYLE, ERANGE, "integer out of range"),
    )
}

fn style_of_two_bytes() -> Result<()> {
    refused(
        Request::greet().name("World").attr(STYLE, &[1, 0]),
        broken(STYLE_POLICY, STYLE, EINVAL, "invalid attribute length"),
    )
}

fn style_of_eight_bytes() -> Result<()> {
    refused(
        Request::greet()
            .name("World")
            .attr(STYLE, &[1, 0, 0, 0, 0, 0, 0, 0]),
        broken(STYLE_POLICY, STYLE, EINVAL, "invalid attribute length"),
    )
}

fn cookie_of_33_bytes() -> Result<()> {
    refused(
        Request::greet().name("World").attr(COOKIE, &[7; 33]),
        broken(
            COOKIE_POLICY,
            COOKIE,
            ERANGE,
            "binary attribute size out of range",
        ),
    )
}

fn message_is_not_for_requests() -> Result<()> {
    refused(
        Request::greet().name("World").text(MESSAGE, "Hello"),
        bad(MESSAGE, EINVAL, "Unknown attribute type"),
    )
}

fn portid_is_not_for_requests() -> Result<()> {
    refused(
        Request::greet().name("World").u32(PORTID, 1),
        bad(PORTID, EINVAL, "Unknown attribute type"),
    )
}

fn attribute_beyond_the_last() -> Result<()> {
    refused(
        Request::greet().name("World").u32(99, 1),
        bad(99, EINVAL, "Unknown attribute type"),
    )
}

fn attribute_zero() -> Result<()> {
    refused(
        Request::greet().name("World").u32(0, 1),
        bad(0, EINVAL, "Unknown attribute type"),
    )
}

fn unknown_command() -> Result<()> {
    refused(
        Request::greet().command(200).name("World"),
        bare(EOPNOTSUPP),
    )
}

fn dump_of_an_operation_without_one() -> Result<()> {
    refused(Request::dump(&GREET).name("World"), bare(EOPNOTSUPP))?;
    for operation in [&PEER_DEL, &STATS_GET, &SETTINGS_GET, &SETTINGS_SET] {
        refused_here(Request::dump(operation), bare(EOPNOTSUPP))?;
    }
    Ok(())
}

/// They have numbers of commands, but cannot be asked for.
fn events_are_no_operations() -> Result<()> {
    for event in [7, 8] {
        refused_here(Request::greet().command(event), bare(EOPNOTSUPP))?;
    }
    Ok(())
}

fn peer_get_without_a_name() -> Result<()> {
    refused(Request::of(&PEER_GET), missing_name())
}

fn peer_get_of_nobody() -> Result<()> {
    // Among them what could not be greeted.
    for name in [b"nobody\0".as_slice(), b"\0", b"\xff\0", b"\x1b[2J\0"] {
        refused_here(Request::of(&PEER_GET).attr(peer::NAME, name), nobody())?;
    }
    Ok(())
}

fn peer_get_with_what_is_for_replies() -> Result<()> {
    for number in peer::GREETINGS..=peer::LAST_SEEN + 1 {
        refused_here(
            Request::of(&PEER_GET)
                .text(peer::NAME, "World")
                .u32(number, 1),
            bad(number, EINVAL, "Unknown attribute type"),
        )?;
    }
    Ok(())
}

fn peer_del_without_a_name() -> Result<()> {
    refused(Request::of(&PEER_DEL), missing_name())
}

fn peer_del_of_nobody() -> Result<()> {
    refused(Request::of(&PEER_DEL).text(peer::NAME, "nobody"), nobody())
}

fn peer_names_of_65_bytes() -> Result<()> {
    let name = "n".repeat(65);
    for operation in [&PEER_GET, &PEER_DEL] {
        refused_here(
            Request::of(operation).text(peer::NAME, &name),
            broken(
                NAME_POLICY,
                peer::NAME,
                EINVAL,
                "Attribute failed policy validation",
            ),
        )?;
    }
    Ok(())
}

fn attributes_for_what_takes_none() -> Result<()> {
    for request in [
        Request::of(&STATS_GET),
        Request::of(&SETTINGS_GET),
        Request::dump(&PEER_GET),
    ] {
        for number in [1, 2, 99] {
            refused_here(
                request.clone().u32(number, 1),
                bad(number, EINVAL, "Unknown attribute type"),
            )?;
        }
    }
    Ok(())
}

fn peer_limit_of_0() -> Result<()> {
    refused(
        Request::of(&SETTINGS_SET).u32(PEER_LIMIT, 0),
        broken(LIMIT_POLICY, PEER_LIMIT, ERANGE, "integer out of range"),
    )
}

fn peer_limit_of_65537() -> Result<()> {
    refused(
        Request::of(&SETTINGS_SET).u32(PEER_LIMIT, 65_537),
        broken(LIMIT_POLICY, PEER_LIMIT, ERANGE, "integer out of range"),
    )
}

fn peer_limit_of_eight_bytes() -> Result<()> {
    refused(
        Request::of(&SETTINGS_SET).attr(PEER_LIMIT, &[1, 0, 0, 0, 0, 0, 0, 0]),
        broken(LIMIT_POLICY, PEER_LIMIT, EINVAL, "invalid attribute length"),
    )
}

fn default_style_out_of_range() -> Result<()> {
    refused(
        Request::of(&SETTINGS_SET).u32(DEFAULT_STYLE, 3),
        broken(STYLE_POLICY, DEFAULT_STYLE, ERANGE, "integer out of range"),
    )
}

fn setting_beyond_the_last() -> Result<()> {
    refused(
        Request::of(&SETTINGS_SET).u32(PEER_LIMIT + 1, 1),
        bad(PEER_LIMIT + 1, EINVAL, "Unknown attribute type"),
    )
}

fn unknown_family() -> Result<()> {
    const NO_FAMILY: u16 = 1000;

    refused(
        Request::greet().family(NO_FAMILY).name("World"),
        bare(ENOENT),
    )
}

fn trailing_bytes() -> Result<()> {
    refused(
        Request::greet().name("World").bytes(&[0]),
        ext_ack(EINVAL, "bytes leftover after parsing attributes"),
    )
}

fn attribute_cut_short() -> Result<()> {
    refused(
        Request::greet()
            .name("World")
            .attr_that_says(40, COOKIE, &[7; 8]),
        ext_ack(EINVAL, "bytes leftover after parsing attributes"),
    )
}

fn attribute_shorter_than_its_header() -> Result<()> {
    refused(
        Request::greet()
            .name("World")
            .attr_that_says(3, COOKIE, &[]),
        ext_ack(EINVAL, "bytes leftover after parsing attributes"),
    )
}

fn reserved_field_set() -> Result<()> {
    refused(
        Request::greet().reserved(1).name("World"),
        ext_ack(EINVAL, "genlmsghdr.reserved field is not 0"),
    )
}

fn unknown_flags() -> Result<()> {
    const UNKNOWN: i32 = 0x4000;

    refused(
        Request::greet()
            .flags(NLM_F_REQUEST | NLM_F_ACK | UNKNOWN)
            .name("World"),
        ext_ack(EINVAL, "ambiguous or reserved bits set in nlmsg_flags"),
    )
}

fn without_the_request_flag_it_is_ignored() -> Result<()> {
    answered_with(&Request::greet().flags(0).name("World"), &[])
}

fn without_the_request_flag_it_is_only_acknowledged() -> Result<()> {
    answered_with(
        &Request::greet().flags(NLM_F_ACK).name("World"),
        &[Content::Ack],
    )
}

fn longer_than_its_bytes_it_is_ignored() -> Result<()> {
    let request = Request::greet().flags(NLM_F_REQUEST).name("World");
    answered_with(&request.short_of(4), &[])
}

/// Asserts the same in a namespace of its own, for tests of several requests.
fn refused_here(request: Request, expected: ExtAckError) -> Result<()> {
    namespace::in_new(|| refused(request, expected))
}

/// Asserts that a request is refused in this way and changes nothing.
fn refused(request: Request, expected: ExtAckError) -> Result<()> {
    answered_with(&request, &[Content::Error(expected)])
}

/// Asserts that this and no more comes back, and that the family then answers with its first
/// greeting.
fn answered_with(request: &Request, expected: &[Content]) -> Result<()> {
    let mut client = Client::open()?;
    let contents: Vec<Content> = client
        .ask(request)?
        .into_iter()
        .map(|message| message.content)
        .collect();
    assert_eq!(contents, expected);

    match client.greet("World")?.id {
        1 => Ok(()),
        id => bail!("what was refused was counted: the next greeting is number {id}"),
    }
}

/// No more than an errno.
fn bare(errno: Errno) -> ExtAckError {
    ExtAckError {
        errno,
        text: None,
        bad: None,
        missing: None,
        policy: None,
    }
}

fn missing_name() -> ExtAckError {
    ExtAckError {
        missing: Some(peer::NAME),
        ..ext_ack(EINVAL, "name is required")
    }
}

fn nobody() -> ExtAckError {
    bad(peer::NAME, ENOENT, "nobody of that name was greeted")
}

/// No one attribute is to blame.
fn ext_ack(errno: Errno, text: &str) -> ExtAckError {
    ExtAckError {
        text: Some(text.to_owned()),
        ..bare(errno)
    }
}

/// The attribute `number` is to blame.
fn bad(number: u16, errno: Errno, text: &str) -> ExtAckError {
    ExtAckError {
        bad: Some(number),
        ..ext_ack(errno, text)
    }
}

/// The attribute `number` is not as `policy` wants it.
fn broken(policy: Policy, number: u16, errno: Errno, text: &str) -> ExtAckError {
    ExtAckError {
        policy: Some(policy),
        ..bad(number, errno, text)
    }
}
