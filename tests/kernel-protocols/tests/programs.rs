// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs that a new user of the library would write.

use genl::nlctrl::{GetfamilyDumpRequest, GetfamilyRequest};
use genl::{Connection, RawRequest, Text};

/// The error of a program.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Netlink(#[from] genl::Error),
    #[error("the family {0} is enough")]
    Enough(String),
}

#[test]
fn the_callers_error_stops_a_dump() {
    let mut connection = Connection::open().unwrap();
    let mut seen = 0;
    let result = connection.dump_each(&GetfamilyDumpRequest, |family| {
        seen += 1;
        match family.family_name {
            Some(name) => Err(Failure::Enough(name.to_string())),
            None => Ok(()),
        }
    });
    assert!(matches!(result, Err(Failure::Enough(_))), "{result:?}");
    assert_eq!(seen, 1);
    // The rest of the dump was received.
    connection.family("nlctrl").unwrap();
}

#[test]
fn two_replies_are_held_at_once() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    let by_name = connection.request_owned(&GetfamilyRequest::new().family_name("nlctrl"))?;
    let by_id = connection.request_owned(&GetfamilyRequest::new().family_name("nlctrl"))?;
    let (by_name, by_id) = (by_name.get()?, by_id.get()?);
    assert_eq!(by_name.family_name, by_id.family_name);
    assert_eq!(by_name.family_id, Some(16));
    Ok(())
}

#[test]
fn text_compares_with_strings_and_converts_to_them() {
    let mut connection = Connection::open().unwrap();
    let request = GetfamilyRequest::new().family_name("nlctrl");
    let name = connection.request(&request).unwrap().family_name.unwrap();
    let expected = String::from("nlctrl");
    assert!(name == "nlctrl" && name == expected && expected == name && "nlctrl" == name);
    assert_eq!(name.to_string(), expected);

    let hostile = Text::from("a\u{1b}[2J\u{202e}b");
    assert_eq!(hostile.to_string(), "a\u{1b}[2J\u{202e}b");
    assert_eq!(hostile.escaped().to_string(), "a\\u{1b}[2J\\u{202e}b");
    assert_eq!(
        format!("{:>8}|{:<3}|", Text::from("right"), Text::from("l")),
        "   right|l  |"
    );
}

#[test]
fn the_name_of_a_family_is_known_at_run_time() -> genl::Result<()> {
    let name = std::env::var("FAMILY").unwrap_or_else(|_| "nlctrl".to_owned());
    let mut connection = Connection::open()?;
    let request = RawRequest::new(&name, 3).attributes(|to| to.put_text(2, &name));
    let reply = connection.request_owned(&request)?;
    assert_eq!(
        reply.get()?.get(2).map(|attr| attr.text()),
        Some(Text::from(&name))
    );

    // Errors have numbers for names.
    let wrong = RawRequest::new(&name, 3).attributes(|to| to.put_u16(1, 7));
    let error = connection.request(&wrong).unwrap_err();
    assert_eq!(
        error.to_string(),
        "command 3: No such file or directory (ENOENT)"
    );
    let unencodable = RawRequest::new(&name, 3).attributes(|to| {
        to.nest(4, |to| to.put_text(2, "a\0b"));
    });
    let error = connection.request(&unencodable).unwrap_err();
    assert_eq!(
        error.to_string(),
        "command 3: the string attribute 4.2 contains a NUL"
    );
    let unknown = RawRequest::new("no-such-family", 1);
    let error = connection.request(&unknown).unwrap_err();
    assert!(matches!(error, genl::Error::NoFamily(name) if name == "no-such-family"));

    let mut batch = connection.batch();
    batch.add(&request)?;
    batch.add(&GetfamilyRequest::new().family_name("nlctrl"))?;
    batch.add(&request)?;
    let names: Vec<_> = batch
        .send()
        .of::<RawRequest>()
        .map(|reply| reply.map(|attrs| attrs.get(2).map(|attr| attr.text())))
        .collect::<genl::Result<_>>()?;
    assert_eq!(names, [Some(Text::from(&name)); 2]);
    Ok(())
}

#[test]
fn items_of_a_dump_are_owned() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    let mut kept = Vec::new();
    for family in connection.dump(&GetfamilyDumpRequest)? {
        kept.push(family);
    }
    let whole = kept.len();
    let has_nlctrl = kept.iter().any(|family| {
        let family = family.get().unwrap();
        family.family_name.is_some_and(|name| name == "nlctrl")
    });
    assert!(has_nlctrl);

    let items = connection.dump_iter(&GetfamilyDumpRequest)?;
    let items = items.collect::<genl::Result<Vec<_>>>()?;
    assert_eq!(items.len(), whole);
    Ok(())
}

#[test]
fn a_dump_stops_early() -> genl::Result<()> {
    let mut connection = Connection::open()?;
    for family in connection.dump_iter(&GetfamilyDumpRequest)? {
        if family?.get()?.family_id == Some(16) {
            break;
        }
    }
    // The rest of the dump was received.
    assert!(!connection.dump(&GetfamilyDumpRequest)?.is_empty());
    Ok(())
}
