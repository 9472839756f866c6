// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every spec of a kernel tree, through the compiler.
//!
//! `GREET_KERNEL_SRC` names the tree; without it there is nothing to test.

use std::path::{Path, PathBuf};
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Family, Protocol};
use ynl_gen_rust::spec::Source;

/// What the kernel's side cannot have, and why.
const NOT_IN_THE_KERNEL: [(&str, &str); 1] = [("netdev", "sock-priv")];

#[test]
fn every_spec_is_made_into_code_or_refused_by_name() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let mut wrong = Vec::new();
    println!("{:20} {:18} {:4} kernel", "spec", "protocol", "C");
    for path in specs(Path::new(&tree)) {
        let name = path.file_stem().expect("a file").to_string_lossy();
        match family(&path) {
            Ok(family) => wrong.extend(table_row(&name, &family)),
            Err(problem) => {
                println!("{name:20} {problem}");
                if !problem.contains("`protocol: netlink-raw` is not supported") {
                    wrong.push(problem);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn specs(tree: &Path) -> Vec<PathBuf> {
    let folder = tree.join("Documentation/netlink/specs");
    let entries = std::fs::read_dir(folder).expect("the tree has specs");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut specs: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    specs.sort();
    specs
}

/// The family that a spec describes, or the first line of what is wrong with it.
fn family(path: &Path) -> Result<Family, String> {
    let source = Source::read(path).expect("it can be read");
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    built.map_err(|problem| {
        let report = source.report(problem).to_string();
        report.lines().next().unwrap_or_default().to_owned()
    })
}

/// Prints what can be made of a family. Returns what should have been made and was not.
fn table_row(name: &str, family: &Family) -> Option<String> {
    let protocol = format!("{:?}", family.protocol);
    let header = emit::uapi(family, name);
    let page = emit::doc(family, name);
    assert!(header.contains("#define") && page.contains("## Operations"));
    let kernel = emit::kernel(family, name);
    let shown = match &kernel {
        Ok(text) => format!("{} lines", text.lines().count()),
        Err(error) => error.to_string(),
    };
    println!("{name:20} {protocol:18} yes  {shown}");
    let expected = family.protocol == Protocol::Genetlink
        && NOT_IN_THE_KERNEL.iter().all(|(other, _)| *other != name);
    (expected && kernel.is_err()).then(|| format!("{name}: {shown}"))
}
