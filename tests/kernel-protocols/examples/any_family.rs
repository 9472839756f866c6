// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sends a request to any family of the kernel by its YNL spec, which is read at run time, and prints
//! the replies: `any_family SPEC.yaml do|dump OPERATION [ATTRIBUTE=TEXT]...`.

use genl::{Connection, Kind, OwnedAttribute, OwnedKind, RawRequest, Schema};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use ynl_gen_rust::model::{
    self, Binary, ByteOrder, Content, Enum, Family, Int, Kind as SpecKind, Meaning,
};
use ynl_gen_rust::spec::Source;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [spec, mode, operation, texts @ ..] = arguments.as_slice() else {
        return Err("usage: any_family SPEC.yaml do|dump OPERATION [ATTRIBUTE=TEXT]...".into());
    };
    let schema = read(Path::new(spec))?;
    let operation = schema
        .operations()
        .iter()
        .find(|one| one.name == *operation)
        .ok_or("the spec has no such operation")?;
    let mut request = RawRequest::of(&schema, operation.command);
    for text in texts {
        let (name, text) = text.split_once('=').ok_or("not ATTRIBUTE=TEXT")?;
        let attributes = schema.attributes(&operation.set).iter();
        let number = attributes.clone().find(|one| one.name == name);
        let number = number.ok_or("the set has no such attribute")?.number;
        request = request.attributes(|to| to.put_text(number, text));
    }

    let mut connection = Connection::open()?;
    if mode == "do" {
        let reply = connection.request(&request)?;
        println!("{:#?}", schema.show(operation.command, reply));
        return Ok(());
    }
    for item in connection.dump_iter(&request)? {
        println!("{:#?}", schema.show(operation.command, item?.attrs()));
    }
    Ok(())
}

/// Reads a spec.
fn read(spec: &Path) -> Result<Schema, Box<dyn Error>> {
    let source = Source::read(spec)?;
    let family = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| source.report(problem).to_string())?;
    let mut schema = Schema::new(&family.name, u8::try_from(family.version)?);
    for operation in &family.operations {
        if let Some(command) = operation.request {
            let set = operation.set.map(|set| &family.set(family.whole(set)).name);
            let set = set.map_or("", String::as_str);
            schema = schema.with_operation(command, &operation.name, set);
        }
        if let Some(header) = operation.fixed_header {
            schema = schema.with_header(family.structs[header.0].len);
        }
    }
    for set in &family.sets {
        let attributes = set.attributes.iter().map(|one| {
            let kind = kind(&family, &one.kind);
            OwnedAttribute::new(one.number, &one.name, kind)
        });
        schema = schema.with_set(&set.name, attributes);
    }
    Ok(schema)
}

fn kind(family: &Family, kind: &SpecKind) -> OwnedKind {
    let array = |item| OwnedKind::Array(Box::new(item));
    match kind {
        SpecKind::Flag => Kind::Flag.into(),
        SpecKind::Int(int) => number(family, int),
        SpecKind::Text(_) => Kind::Text.into(),
        SpecKind::Nest(set) => OwnedKind::Nest(family.set(family.whole(*set)).name.clone()),
        SpecKind::Array(item) => array(self::kind(family, item)),
        SpecKind::TypeValue { levels, item } => levels
            .iter()
            .fold(self::kind(family, item), |item, _| array(item)),
        SpecKind::Binary(Binary {
            content: Content::Numbers(int),
            ..
        }) => Kind::Numbers(int.kind.bytes(), &Kind::Unsigned).into(),
        _ => Kind::Binary.into(),
    }
}

fn number(family: &Family, int: &Int) -> OwnedKind {
    match (int.meaning, int.order) {
        (_, Some(ByteOrder::BigEndian)) => Kind::BigEndian.into(),
        (_, Some(ByteOrder::LittleEndian)) => Kind::LittleEndian.into(),
        (Meaning::Enum(id), None) => OwnedKind::Enum(names(&family.enums[id.0], false)),
        (Meaning::Flags(id), None) => OwnedKind::Flags(names(&family.enums[id.0], true)),
        (Meaning::Number, None) if int.kind.is_signed() => Kind::Signed.into(),
        (Meaning::Number, None) => Kind::Unsigned.into(),
    }
}

fn names(names: &Enum, as_flags: bool) -> Vec<(u64, String)> {
    let entries = names.entries.iter();
    let named = entries.filter_map(|entry| {
        let value = u64::try_from(names.value_of(entry, as_flags)).ok()?;
        Some((value, entry.name.clone()))
    });
    named.collect()
}
