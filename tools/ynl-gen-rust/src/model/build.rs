// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the model from a spec.

use super::definitions::{Definitions, enum_name};
use super::lookup::{Names, check_name, doc, text};
use super::types::*;
use super::{attributes, operations};
use crate::spec::{self, At, DefinitionType, Document, EnumModel, Place, Problem};

/// Builds the model of the family.
///
/// # Errors
///
/// The spec is not valid, or uses a feature that no output supports.
pub fn build(document: &Document, licence: &str) -> Result<Family, Problem> {
    let protocol = document.protocol.as_ref().map(|protocol| protocol.value);
    let protocol = protocol.unwrap_or_default();
    let lenient = protocol != Protocol::Genetlink;
    check_name(&document.name, document.name.place, lenient)?;
    operations::check_len(&document.name)?;
    check_protocol(document, protocol)?;
    check_names_in_code(document)?;

    let definitions = Definitions::build(document, lenient)?;
    let sets = attributes::build(document, &definitions, lenient)?;
    let (groups, group_names) = operations::groups(document, lenient)?;
    let operations = operations::build(document, &definitions, &sets, &group_names, lenient)?;
    let kernel = document.kernel_family.as_ref();
    let policy = document.kernel_policy.as_ref();
    Ok(Family {
        name: document.name.value.clone(),
        place: document.name.place,
        doc: doc(Some(&document.doc)),
        licence: licence.to_owned(),
        protocol,
        version: version(document)?,
        consts: definitions.consts,
        enums: definitions.enums,
        structs: definitions.structs,
        definitions: definitions.order,
        operations,
        groups,
        directional: is_directional(document),
        kernel_policy: policy.map(|policy| policy.value).unwrap_or_default(),
        sock_priv: kernel.and_then(|kernel| text(kernel.sock_priv.as_ref())),
        options: options(document, &sets.names)?,
        c: c_names(document),
        sets: sets.sets,
    })
}

/// Returns the options of the family in the kernel.
fn options(document: &Document, sets: &Names<SetId>) -> Result<FamilyOptions, Problem> {
    let options = &document.kernel_options;
    let unflagged = options.unflagged_nests.iter().map(|name| sets.find(name));
    Ok(FamilyOptions {
        resv_start_op: options.resv_start_op.as_ref().map(|command| command.value),
        serial: options.serial,
        initial_netns_only: options.initial_netns_only,
        unflagged_nests: unflagged.collect::<Result<_, _>>()?,
    })
}

fn is_directional(document: &Document) -> bool {
    let model = document.operations.enum_model.as_ref();
    model.is_some_and(|model| model.value == EnumModel::Directional)
}

fn version(document: &Document) -> Result<u32, Problem> {
    let Some(version) = &document.version else {
        return Ok(1);
    };
    // The message header has eight bits for the version.
    u8::try_from(version.value)
        .ok()
        .filter(|&version| version > 0)
        .map(u32::from)
        .ok_or_else(|| Problem::at(version.place, "invalid version").expected("1 to 255"))
}

fn c_names(document: &Document) -> FamilyC {
    let operations = &document.operations;
    FamilyC {
        uapi_header: text(document.uapi_header.as_ref()),
        family_name: text(document.c_family_name.as_ref()),
        version_name: text(document.c_version_name.as_ref()),
        max_by_define: document.max_by_define.as_ref().is_some_and(|max| max.value),
        cmd_max_name: text(document.cmd_max_name.as_ref()),
        cmd_cnt_name: text(document.cmd_cnt_name.as_ref()),
        name_prefix: text(operations.name_prefix.as_ref()),
        enum_name: enum_name(operations.enum_name.as_ref()),
        async_prefix: text(operations.async_prefix.as_ref()),
        async_enum: enum_name(operations.async_enum.as_ref()),
    }
}

/// Rejects keys that the protocol does not have.
fn check_protocol(document: &Document, protocol: Protocol) -> Result<(), Problem> {
    if protocol == Protocol::GenetlinkLegacy {
        return Ok(());
    }
    let mut legacy = legacy_keys(document);
    if protocol == Protocol::Genetlink {
        legacy.extend(c_keys(document));
    }
    match legacy
        .into_iter()
        .find_map(|(key, place)| Some((key, place?)))
    {
        None => Ok(()),
        Some((key, place)) => {
            let name = match protocol {
                Protocol::Genetlink => "genetlink",
                _ => "genetlink-c",
            };
            let problem = format!("`protocol: {name}` does not have {key}");
            Err(Problem::at(place, problem).expected("`protocol: genetlink-legacy`"))
        }
    }
}

/// Rejects invalid names for C and Rust. The names in the spec itself are checked elsewhere,
/// because the rules depend on the protocol.
fn check_names_in_code(document: &Document) -> Result<(), Problem> {
    let operations = &document.operations;
    let mut names = vec![
        &document.c_family_name,
        &document.c_version_name,
        &document.cmd_max_name,
        &document.cmd_cnt_name,
        &operations.name_prefix,
        &operations.async_prefix,
    ];
    for definition in &document.definitions {
        names.extend([&definition.name_prefix, &definition.enum_cnt_name]);
        check_enum_name(&definition.enum_name, definition.name.place)?;
    }
    for set in &document.attribute_sets {
        names.extend([&set.name_prefix, &set.attr_cnt_name, &set.attr_max_name]);
        check_enum_name(&set.enum_name, set.name.place)?;
    }
    names.extend(attributes_of(document).map(|attribute| &attribute.name_prefix));
    for operation in &operations.list {
        names.push(&operation.config_cond);
        let exchanges = [&operation.doit, &operation.dumpit].into_iter().flatten();
        names.extend(exchanges.flat_map(|one| [&one.pre, &one.post]));
    }
    let groups = document.mcast_groups.iter().flat_map(|groups| &groups.list);
    names.extend(groups.map(|group| &group.c_define_name));
    for name in names.into_iter().flatten() {
        check_name_in_code(name, name.place)?;
    }
    check_enum_name(&operations.enum_name, document.operations.place)?;
    check_enum_name(&operations.async_enum, document.operations.place)
}

fn check_enum_name(name: &Option<Option<String>>, place: Place) -> Result<(), Problem> {
    match name {
        Some(Some(name)) => check_name_in_code(name, place),
        _ => Ok(()),
    }
}

/// Checks a name in C. A prefix may be empty.
fn check_name_in_code(name: &str, place: Place) -> Result<(), Problem> {
    match name.is_empty() {
        true => Ok(()),
        false => check_name(name, place, true),
    }
}

/// Keys with the place of their use.
type Uses = Vec<(&'static str, Option<Place>)>;

fn place<T>(key: &Option<At<T>>) -> Option<Place> {
    key.as_ref().map(|key| key.place)
}

/// Returns keys of legacy families.
fn legacy_keys(document: &Document) -> Uses {
    let operations = &document.operations;
    let structs = document
        .definitions
        .iter()
        .find(|definition| definition.kind.value == DefinitionType::Struct);
    let directional = operations.enum_model.as_ref();
    let mut uses = vec![
        ("`version`", place(&document.version)),
        ("`kernel-policy`", place(&document.kernel_policy)),
        ("`fixed-header`", place(&operations.fixed_header)),
        ("structs", structs.map(|definition| definition.kind.place)),
        (
            "`enum-model: directional`",
            directional
                .filter(|model| model.value == EnumModel::Directional)
                .map(|model| model.place),
        ),
    ];
    for operation in &operations.list {
        uses.push(("`fixed-header`", place(&operation.fixed_header)));
    }
    for attribute in attributes_of(document) {
        let kind = attribute.kind.as_ref();
        let bitfield = kind.filter(|kind| kind.value == spec::AttributeType::Bitfield32);
        uses.push(("`bitfield32`", bitfield.map(|kind| kind.place)));
        uses.push(("structs", place(&attribute.structure)));
    }
    uses
}

/// Returns keys of families whose C header is older than their spec.
fn c_keys(document: &Document) -> Uses {
    let mut uses = vec![
        ("`c-family-name`", place(&document.c_family_name)),
        ("`c-version-name`", place(&document.c_version_name)),
        ("`max-by-define`", place(&document.max_by_define)),
        ("`cmd-max-name`", place(&document.cmd_max_name)),
        ("`cmd-cnt-name`", place(&document.cmd_cnt_name)),
    ];
    for definition in &document.definitions {
        let start = definition.enum_name.as_ref().map(|_| definition.place);
        uses.push(("`enum-name` for definitions", start));
        uses.push((
            "`name-prefix` for definitions",
            place(&definition.name_prefix),
        ));
        uses.push(("`enum-cnt-name`", place(&definition.enum_cnt_name)));
    }
    for set in &document.attribute_sets {
        uses.push(("`attr-cnt-name`", place(&set.attr_cnt_name)));
        uses.push(("`attr-max-name`", place(&set.attr_max_name)));
        uses.push(("`header` for attribute sets", place(&set.header)));
    }
    for attribute in attributes_of(document) {
        let checks = attribute.checks.as_ref();
        let unterminated = checks.and_then(|checks| place(&checks.unterminated_ok));
        uses.push(("`unterminated-ok`", unterminated));
        uses.push((
            "`name-prefix` for attributes",
            place(&attribute.name_prefix),
        ));
    }
    for group in document.mcast_groups.iter().flat_map(|groups| &groups.list) {
        uses.push(("`c-define-name`", place(&group.c_define_name)));
    }
    uses
}

fn attributes_of(document: &Document) -> impl Iterator<Item = &At<spec::Attribute>> {
    document
        .attribute_sets
        .iter()
        .flat_map(|set| &set.value.attributes)
}
