// SPDX-License-Identifier: MIT OR Apache-2.0

//! The specs to compare.

use crate::workshop::Workshop;
use crate::{altered, numbers};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A spec.
pub(crate) struct Spec {
    /// Name in the tests.
    pub(crate) name: String,
    /// Text for the kernel's generator.
    pub(crate) text: String,
    /// Text for our compiler, if it differs.
    pub(crate) altered: Option<String>,
}

/// Returns all specs, sorted by name.
pub(crate) fn all(workshop: &Workshop) -> Result<Vec<Spec>> {
    let mut specs = in_directory(&workshop.tree.join("Documentation/netlink/specs"))?;
    for directory in ["policy", "tests/families/shelf", "tests/oracle/specs"] {
        specs.extend(in_directory(&workshop.checkout.join(directory))?);
    }
    specs.retain(|spec| is_genetlink(&spec.text));
    let shapes = specs.iter().find(|spec| spec.name == "shapes");
    let shapes = shapes.context("no shapes.yaml")?.text.clone();
    specs.push(Spec {
        name: altered::NAME.to_owned(),
        altered: Some(altered::text(&shapes)),
        text: shapes,
    });
    specs.push(Spec {
        name: "numbers".to_owned(),
        text: numbers::spec(),
        altered: None,
    });
    specs.sort_by(|a, b| a.name.cmp(&b.name));
    // `policy` has a copy of one of the kernel's specs.
    specs.dedup_by(|a, b| a.name == b.name);
    Ok(specs)
}

fn in_directory(directory: &Path) -> Result<Vec<Spec>> {
    let read = || {
        let mut specs = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "yaml") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                specs.push(Spec {
                    // Module names have no hyphens.
                    name: name.replace('-', "_"),
                    text: fs::read_to_string(&path)?,
                    altered: None,
                });
            }
        }
        anyhow::Ok(specs)
    };
    read().with_context(|| format!("the specs in {}", directory.display()))
}

/// Returns whether a spec is of a generic netlink family.
fn is_genetlink(text: &str) -> bool {
    let protocol = text.lines().find_map(|line| line.strip_prefix("protocol:"));
    protocol.is_none_or(|protocol| protocol.trim().starts_with("genetlink"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_of_generic_netlink_are_selected() {
        assert!(is_genetlink("name: netdev\n"));
        assert!(is_genetlink("name: ovpn\nprotocol: genetlink\n"));
        assert!(is_genetlink("protocol: genetlink-legacy\n"));
        assert!(!is_genetlink("protocol: netlink-raw\n"));
    }
}
