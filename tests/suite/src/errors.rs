// SPDX-License-Identifier: MIT OR Apache-2.0

//! Invalid requests: their errno, extack text, attribute and policy. After each of them the family
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
    greet_without_a_name_returns_einval,
    empty_name_returns_einval,
    name_of_65_bytes_returns_einval,
    name_without_nul_returns_einval,
    name_without_payload_returns_einval,
    name_with_invalid_utf8_returns_einval,
    name_with_a_control_character_returns_einval,
    name_with_a_c1_control_character_returns_einval,
    name_with_an_embedded_nul_returns_einval,
    name_with_bytes_after_the_nul_returns_einval,
    name_with_the_nested_flag_returns_einval,
    style_out_of_range_returns_erange,
    style_of_two_bytes_returns_einval,
    style_of_eight_bytes_returns_einval,
    cookie_of_33_bytes_returns_erange,
    message_in_a_request_returns_einval,
    portid_in_a_request_returns_einval,
    unknown_attribute_returns_einval,
    attribute_0_returns_einval,
    unknown_command_returns_eopnotsupp,
    dump_of_a_do_operation_returns_eopnotsupp,
    request_with_the_command_of_an_event_returns_eopnotsupp,
    peer_get_without_a_name_returns_einval,
    peer_get_of_an_unknown_name_returns_enoent,
    peer_get_with_reply_attributes_returns_einval,
    peer_del_without_a_name_returns_einval,
    peer_del_of_an_unknown_name_returns_enoent,
    peer_name_of_65_bytes_returns_einval,
    attribute_for_an_operation_without_attributes_returns_einval,
    peer_limit_0_returns_erange,
    peer_limit_65537_returns_erange,
    peer_limit_of_eight_bytes_returns_einval,
    default_style_out_of_range_returns_erange,
    unknown_setting_returns_einval,
    unknown_family_id_returns_enoent,
    trailing_bytes_return_einval,
    truncated_attribute_returns_einval,
    attribute_shorter_than_its_header_returns_einval,
    nonzero_reserved_field_returns_einval,
    unknown_flags_return_einval,
    message_without_the_request_flag_is_ignored,
    message_without_the_request_flag_is_only_acknowledged,
    message_with_an_excess_length_is_ignored,
];

/// From `enum netlink_attribute_type` in the uapi header `linux/netlink.h`.
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
/// The core omits the limit of `NLA_POLICY_MAX_LEN()`.
const COOKIE_POLICY: Policy = Policy {
    kind: NL_ATTR_TYPE_BINARY,
    max_value: None,
    max_length: None,
};

fn greet_without_a_name_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().u32(STYLE, 1),
        ExtAckError {
            missing: Some(NAME),
            cookie: None,
            ..ext_ack(EINVAL, "name is required")
        },
    )
}

fn empty_name_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name(""),
        bad(NAME, EINVAL, "name is empty"),
    )
}

fn name_of_65_bytes_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name(&"n".repeat(65)),
        policy_violation(
            NAME_POLICY,
            NAME,
            EINVAL,
            "Attribute failed policy validation",
        ),
    )
}

fn name_without_nul_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().attr(NAME, b"World"),
        policy_violation(
            NAME_POLICY,
            NAME,
            EINVAL,
            "Attribute failed policy validation",
        ),
    )
}

fn name_without_payload_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().attr(NAME, b""),
        policy_violation(
            NAME_POLICY,
            NAME,
            EINVAL,
            "Attribute failed policy validation",
        ),
    )
}

fn name_with_invalid_utf8_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().attr(NAME, b"W\xf6rld\0"),
        bad(NAME, EINVAL, "name is not valid UTF-8"),
    )
}

fn name_with_a_control_character_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("Wor\x1bld"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_with_a_c1_control_character_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("Wor\u{85}ld"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_with_an_embedded_nul_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().attr(NAME, b"Wor\0ld\0"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_with_bytes_after_the_nul_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().attr(NAME, b"World\0!"),
        bad(NAME, EINVAL, "name has a control character"),
    )
}

fn name_with_the_nested_flag_returns_einval() -> Result<()> {
    const NLA_F_NESTED: u16 = 1 << 15;

    assert_error(
        Request::greet().text(NAME | NLA_F_NESTED, "World"),
        policy_violation(NAME_POLICY, NAME, EINVAL, "NLA_F_NESTED not expected"),
    )
}

fn style_out_of_range_returns_erange() -> Result<()> {
    assert_error(
        Request::greet().name("World").u32(STYLE, 3),
        policy_violation(STYLE_POLICY, STYLE, ERANGE, "integer out of range"),
    )
}

fn style_of_two_bytes_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("World").attr(STYLE, &[1, 0]),
        policy_violation(STYLE_POLICY, STYLE, EINVAL, "invalid attribute length"),
    )
}

fn style_of_eight_bytes_returns_einval() -> Result<()> {
    assert_error(
        Request::greet()
            .name("World")
            .attr(STYLE, &[1, 0, 0, 0, 0, 0, 0, 0]),
        policy_violation(STYLE_POLICY, STYLE, EINVAL, "invalid attribute length"),
    )
}

fn cookie_of_33_bytes_returns_erange() -> Result<()> {
    assert_error(
        Request::greet().name("World").attr(COOKIE, &[7; 33]),
        policy_violation(
            COOKIE_POLICY,
            COOKIE,
            ERANGE,
            "binary attribute size out of range",
        ),
    )
}

fn message_in_a_request_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("World").text(MESSAGE, "Hello"),
        bad(MESSAGE, EINVAL, "Unknown attribute type"),
    )
}

fn portid_in_a_request_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("World").u32(PORTID, 1),
        bad(PORTID, EINVAL, "Unknown attribute type"),
    )
}

fn unknown_attribute_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("World").u32(99, 1),
        bad(99, EINVAL, "Unknown attribute type"),
    )
}

fn attribute_0_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("World").u32(0, 1),
        bad(0, EINVAL, "Unknown attribute type"),
    )
}

fn unknown_command_returns_eopnotsupp() -> Result<()> {
    assert_error(
        Request::greet().command(200).name("World"),
        bare(EOPNOTSUPP),
    )
}

fn dump_of_a_do_operation_returns_eopnotsupp() -> Result<()> {
    assert_error(Request::dump(&GREET).name("World"), bare(EOPNOTSUPP))?;
    for operation in [&PEER_DEL, &STATS_GET, &SETTINGS_GET, &SETTINGS_SET] {
        assert_error_in_new_namespace(Request::dump(operation), bare(EOPNOTSUPP))?;
    }
    Ok(())
}

/// Events have command numbers, but no operations.
fn request_with_the_command_of_an_event_returns_eopnotsupp() -> Result<()> {
    for event in [7, 8] {
        assert_error_in_new_namespace(Request::greet().command(event), bare(EOPNOTSUPP))?;
    }
    Ok(())
}

fn peer_get_without_a_name_returns_einval() -> Result<()> {
    assert_error(Request::of(&PEER_GET), missing_name())
}

fn peer_get_of_an_unknown_name_returns_enoent() -> Result<()> {
    // Some of these names could never be greeted.
    for name in [b"unknown\0".as_slice(), b"\0", b"\xff\0", b"\x1b[2J\0"] {
        assert_error_in_new_namespace(
            Request::of(&PEER_GET).attr(peer::NAME, name),
            unknown_peer(),
        )?;
    }
    Ok(())
}

fn peer_get_with_reply_attributes_returns_einval() -> Result<()> {
    for number in peer::GREETINGS..=peer::LAST_SEEN + 1 {
        assert_error_in_new_namespace(
            Request::of(&PEER_GET)
                .text(peer::NAME, "World")
                .u32(number, 1),
            bad(number, EINVAL, "Unknown attribute type"),
        )?;
    }
    Ok(())
}

fn peer_del_without_a_name_returns_einval() -> Result<()> {
    assert_error(Request::of(&PEER_DEL), missing_name())
}

fn peer_del_of_an_unknown_name_returns_enoent() -> Result<()> {
    assert_error(
        Request::of(&PEER_DEL).text(peer::NAME, "unknown"),
        unknown_peer(),
    )
}

fn peer_name_of_65_bytes_returns_einval() -> Result<()> {
    let name = "n".repeat(65);
    for operation in [&PEER_GET, &PEER_DEL] {
        assert_error_in_new_namespace(
            Request::of(operation).text(peer::NAME, &name),
            policy_violation(
                NAME_POLICY,
                peer::NAME,
                EINVAL,
                "Attribute failed policy validation",
            ),
        )?;
    }
    Ok(())
}

fn attribute_for_an_operation_without_attributes_returns_einval() -> Result<()> {
    for request in [
        Request::of(&STATS_GET),
        Request::of(&SETTINGS_GET),
        Request::dump(&PEER_GET),
    ] {
        for number in [1, 2, 99] {
            assert_error_in_new_namespace(
                request.clone().u32(number, 1),
                bad(number, EINVAL, "Unknown attribute type"),
            )?;
        }
    }
    Ok(())
}

fn peer_limit_0_returns_erange() -> Result<()> {
    assert_error(
        Request::of(&SETTINGS_SET).u32(PEER_LIMIT, 0),
        policy_violation(LIMIT_POLICY, PEER_LIMIT, ERANGE, "integer out of range"),
    )
}

fn peer_limit_65537_returns_erange() -> Result<()> {
    assert_error(
        Request::of(&SETTINGS_SET).u32(PEER_LIMIT, 65_537),
        policy_violation(LIMIT_POLICY, PEER_LIMIT, ERANGE, "integer out of range"),
    )
}

fn peer_limit_of_eight_bytes_returns_einval() -> Result<()> {
    assert_error(
        Request::of(&SETTINGS_SET).attr(PEER_LIMIT, &[1, 0, 0, 0, 0, 0, 0, 0]),
        policy_violation(LIMIT_POLICY, PEER_LIMIT, EINVAL, "invalid attribute length"),
    )
}

fn default_style_out_of_range_returns_erange() -> Result<()> {
    assert_error(
        Request::of(&SETTINGS_SET).u32(DEFAULT_STYLE, 3),
        policy_violation(STYLE_POLICY, DEFAULT_STYLE, ERANGE, "integer out of range"),
    )
}

fn unknown_setting_returns_einval() -> Result<()> {
    assert_error(
        Request::of(&SETTINGS_SET).u32(PEER_LIMIT + 1, 1),
        bad(PEER_LIMIT + 1, EINVAL, "Unknown attribute type"),
    )
}

fn unknown_family_id_returns_enoent() -> Result<()> {
    const NO_FAMILY: u16 = 1000;

    assert_error(
        Request::greet().family(NO_FAMILY).name("World"),
        bare(ENOENT),
    )
}

fn trailing_bytes_return_einval() -> Result<()> {
    assert_error(
        Request::greet().name("World").bytes(&[0]),
        ext_ack(EINVAL, "bytes leftover after parsing attributes"),
    )
}

fn truncated_attribute_returns_einval() -> Result<()> {
    assert_error(
        Request::greet()
            .name("World")
            .attr_with_len(40, COOKIE, &[7; 8]),
        ext_ack(EINVAL, "bytes leftover after parsing attributes"),
    )
}

fn attribute_shorter_than_its_header_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().name("World").attr_with_len(3, COOKIE, &[]),
        ext_ack(EINVAL, "bytes leftover after parsing attributes"),
    )
}

fn nonzero_reserved_field_returns_einval() -> Result<()> {
    assert_error(
        Request::greet().reserved(1).name("World"),
        ext_ack(EINVAL, "genlmsghdr.reserved field is not 0"),
    )
}

fn unknown_flags_return_einval() -> Result<()> {
    const UNKNOWN: i32 = 0x4000;

    assert_error(
        Request::greet()
            .flags(NLM_F_REQUEST | NLM_F_ACK | UNKNOWN)
            .name("World"),
        ext_ack(EINVAL, "ambiguous or reserved bits set in nlmsg_flags"),
    )
}

fn message_without_the_request_flag_is_ignored() -> Result<()> {
    assert_answer(&Request::greet().flags(0).name("World"), &[])
}

fn message_without_the_request_flag_is_only_acknowledged() -> Result<()> {
    assert_answer(
        &Request::greet().flags(NLM_F_ACK).name("World"),
        &[Content::Ack],
    )
}

fn message_with_an_excess_length_is_ignored() -> Result<()> {
    let request = Request::greet().flags(NLM_F_REQUEST).name("World");
    assert_answer(&request.excess_len(4), &[])
}

/// Asserts the error in a new namespace, for tests with several requests.
fn assert_error_in_new_namespace(request: Request, expected: ExtAckError) -> Result<()> {
    namespace::in_new(|| assert_error(request, expected))
}

/// Asserts that a request returns this error and changes nothing.
fn assert_error(request: Request, expected: ExtAckError) -> Result<()> {
    assert_answer(&request, &[Content::Error(expected)])
}

/// Asserts the answer to a request, and that the next greeting is still the first.
fn assert_answer(request: &Request, expected: &[Content]) -> Result<()> {
    let mut client = Client::open()?;
    assert_eq!(client.contents(request)?, expected);

    match client.greet("World")?.id {
        1 => Ok(()),
        id => bail!("the request was counted: the next greeting is number {id}"),
    }
}

/// Creates an error without an extended ack.
fn bare(errno: Errno) -> ExtAckError {
    ExtAckError {
        errno,
        text: None,
        bad: None,
        missing: None,
        cookie: None,
        policy: None,
    }
}

fn missing_name() -> ExtAckError {
    ExtAckError {
        missing: Some(peer::NAME),
        cookie: None,
        ..ext_ack(EINVAL, "name is required")
    }
}

fn unknown_peer() -> ExtAckError {
    bad(peer::NAME, ENOENT, "no peer has this name")
}

/// Creates an error without an attribute.
fn ext_ack(errno: Errno, text: &str) -> ExtAckError {
    ExtAckError {
        text: Some(text.to_owned()),
        ..bare(errno)
    }
}

/// Creates an error about the attribute `number`.
fn bad(number: u16, errno: Errno, text: &str) -> ExtAckError {
    ExtAckError {
        bad: Some(number),
        ..ext_ack(errno, text)
    }
}

/// Creates an error about the attribute `number`, which violates `policy`.
fn policy_violation(policy: Policy, number: u16, errno: Errno, text: &str) -> ExtAckError {
    ExtAckError {
        policy: Some(policy),
        ..bad(number, errno, text)
    }
}
