// SPDX-License-Identifier: MIT OR Apache-2.0

//! The specs that are compared.

use crate::workshop::Workshop;
use crate::{altered, numbers};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A spec.
pub(crate) struct Spec {
    /// Its name in the tests.
    pub(crate) name: String,
    /// What the kernel's generator sees.
    pub(crate) text: String,
    /// What our compiler sees, if not the same.
    pub(crate) altered: Option<String>,
}

/// All of them, sorted by name.
pub(crate) fn all(workshop: &Workshop) -> Result<Vec<Spec>> {
    let mut specs = in_folder(&workshop.tree.join("Documentation/netlink/specs"))?;
    for folder in ["policy", "tests/families/shelf", "tests/oracle/specs"] {
        specs.extend(in_folder(&workshop.checkout.join(folder))?);
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
    Ok(specs)
}

fn in_folder(folder: &Path) -> Result<Vec<Spec>> {
    let read = || {
        let mut specs = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "yaml") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                specs.push(Spec {
                    // Modules have no hyphens in their names.
                    name: name.replace('-', "_"),
                    text: fs::read_to_string(&path)?,
                    altered: None,
                });
            }
        }
        anyhow::Ok(specs)
    };
    read().with_context(|| format!("the specs in {}", folder.display()))
}

/// Whether a spec is for generic netlink of today, as it is if it does not say so.
fn is_genetlink(text: &str) -> bool {
    let protocol = text.lines().find_map(|line| line.strip_prefix("protocol:"));
    protocol.is_none_or(|protocol| protocol.trim() == "genetlink")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_netlink_is_what_is_not_said() {
        assert!(is_genetlink("name: netdev\n"));
        assert!(is_genetlink("name: ovpn\nprotocol: genetlink\n"));
        assert!(!is_genetlink("protocol: genetlink-legacy\n"));
        assert!(!is_genetlink("protocol: netlink-raw\n"));
    }
}
