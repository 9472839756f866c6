// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dumps any family of the kernel by its YNL spec, which is read at run time:
//! `any_family SPEC.yaml OPERATION`.

use genl::{Attr, Attrs, Connection, RawRequest};
use std::error::Error;
use std::path::Path;
use ynl_gen_rust::model::{self, ByteOrder, Family, Int, Kind, SetId};
use ynl_gen_rust::spec::Source;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [spec, operation] = arguments.as_slice() else {
        return Err("usage: any_family SPEC.yaml OPERATION".into());
    };
    let source = Source::read(Path::new(spec))?;
    let family = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| source.report(problem).to_string())?;
    let operation = family.operations.iter().find(|one| one.name == *operation);
    let operation = operation.ok_or("the spec has no such operation")?;
    let command = operation.request.ok_or("the operation has no request")?;

    let mut connection = Connection::open()?;
    for item in connection.dump_iter(&RawRequest::new(&family.name, command))? {
        match operation.set {
            Some(set) => show(&family, set, item?.attrs(), 0),
            None => println!("{:?}", item?.attrs()),
        }
        println!();
    }
    Ok(())
}

/// Prints attributes of a set, one a line.
fn show(family: &Family, set: SetId, attrs: Attrs<'_>, depth: usize) {
    for attr in attrs {
        let attributes = &family.set(set).attributes;
        match attributes.iter().find(|one| one.number == attr.number()) {
            Some(attribute) => show_value(family, &attribute.name, &attribute.kind, attr, depth),
            None => println!("{:depth$}{attr:?}", ""),
        }
    }
}

fn show_value(family: &Family, name: &str, kind: &Kind, attr: Attr<'_>, depth: usize) {
    let inner = depth + 2;
    match kind {
        Kind::Nest(set) => {
            println!("{:depth$}{name}:", "");
            show(family, *set, attr.nested(), inner);
        }
        Kind::Array(item) => {
            println!("{:depth$}{name}:", "");
            for one in attr.nested() {
                show_value(family, &one.number().to_string(), item, one, inner);
            }
        }
        Kind::Text(_) => println!("{:depth$}{name}: {}", "", attr.text().escaped()),
        Kind::Int(int) => println!("{:depth$}{name}: {}", "", number(int, attr.payload())),
        Kind::Flag => println!("{:depth$}{name}", ""),
        _ => println!("{:depth$}{name}: {:02x?}", "", attr.payload()),
    }
}

/// Returns a number of any length and byte order.
fn number(int: &Int, payload: &[u8]) -> i128 {
    let mut bytes = payload.to_vec();
    let is_big = cfg!(target_endian = "big");
    let reversed = match int.order {
        Some(ByteOrder::BigEndian) => !is_big,
        Some(ByteOrder::LittleEndian) => is_big,
        None => false,
    };
    if reversed {
        bytes.reverse();
    }
    if is_big {
        bytes.reverse();
    }
    // From the least significant byte on.
    let value = bytes
        .iter()
        .rev()
        .fold(0, |value, &byte| value << 8 | i128::from(byte));
    let limit = 1 << (8 * bytes.len().clamp(1, 8) - 1);
    match int.kind.is_signed() && value >= limit {
        true => value - 2 * limit,
        false => value,
    }
}
