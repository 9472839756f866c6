// SPDX-License-Identifier: MIT OR Apache-2.0

//! The modules form layers, without import cycles.

use std::fs::{read_dir, read_to_string};

/// The modules, each of which imports only from modules before it.
const LAYERS: &str = "wire/display wire/errno wire/value wire/attr wire/encode wire/traits \
    wire/nested wire/owned wire/multi wire/message schema request serialize debug/fold debug/fields debug/log \
    debug codegen raw nlctrl policy error extack socket/transport socket/netlink socket/asynchronous \
    conn/families conn/exchange conn/pending conn/slots conn/in_flight conn/owned conn/connection \
    conn/dump conn/batch conn/asynchronous conn/offloaded \
    ctrl/family ctrl/policies notify/event notify/listener notify/subscription notify/stream \
    testing/message testing/request testing/queue testing/expected testing/kernel \
    testing/socket testing/expectation";

#[test]
fn modules_import_only_from_layers_before_them() {
    let layers: Vec<_> = LAYERS.split_whitespace().collect();
    for module in modules("src/") {
        let text = read_to_string(format!("src/{module}.rs")).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let layer = module.split('/').next().unwrap_or_default();
        let code = code.replace("use super::", &format!("use crate::{layer}::"));
        let imports = code
            .lines()
            .filter_map(|line| line.strip_prefix("use crate::"));
        // Generated code imports from the root of the crate.
        for import in imports.filter(|_| module != "nlctrl") {
            let path = import.replace("::", "/").replace([';', ' '], "/");
            let is_target = |layer: &&str| path.starts_with(&format!("{layer}/"));
            let target = layers.iter().position(is_target);
            let place = layers.iter().position(|layer| *layer == module);
            assert!(
                target.is_some() && target < place,
                "{module} imports {import}"
            );
        }
    }
}

/// Returns the modules in a directory and below it, except for tests.
fn modules(directory: &str) -> Vec<String> {
    let entries = read_dir(directory)
        .expect("the source is readable")
        .map(|entry| entry.expect("the source is readable").path());
    let entries = entries.map(|path| path.to_string_lossy().into_owned());
    let modules = entries.flat_map(|path| match path.strip_suffix(".rs") {
        Some(module) => vec![module.trim_start_matches("src/").to_owned()],
        None => modules(&path),
    });
    modules.filter(|module| !module.contains("tests")).collect()
}
