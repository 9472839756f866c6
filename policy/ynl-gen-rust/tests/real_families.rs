// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generated code talks to families of the running kernel, and reads what the kernel's pyynl reads.
//!
//! `GREET_KERNEL_SRC` names a kernel tree; without it there is nothing to test.

mod support;

use std::path::Path;
use std::process::Command;
use support::{Crate, checkout};
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model;
use ynl_gen_rust::spec::Source;

const FROM_THE_TREE: [&str; 4] = ["ethtool", "netdev", "nlctrl", "tcp_metrics"];

#[test]
fn real_families_answer_what_pyynl_reads() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let program = Crate::new("real-families");
    program.write("src/main.rs", include_str!("programs/real_families.rs"));
    let specs = Path::new(&tree).join("Documentation/netlink/specs");
    let specs = FROM_THE_TREE.map(|name| specs.join(format!("{name}.yaml")));
    for spec in specs.iter().chain([&checkout().join("policy/greet.yaml")]) {
        let name = spec.file_stem().expect("a file").to_string_lossy();
        program.write(&format!("src/{name}.rs"), &made_of(spec));
    }
    program.cargo("build");

    // Most of it is there on any machine; what is not is skipped.
    let status = Command::new(program.program())
        .arg(&tree)
        .arg(checkout().join("policy/greet.yaml"))
        .status()
        .expect("it can be run");
    assert!(status.success());
}

fn made_of(spec: &Path) -> String {
    let source = Source::read(spec).expect("it can be read");
    let document = source.parse().expect("it is a spec");
    let family = model::build(&document, "any").expect("it is right");
    let options = UserOptions {
        genl: "genl",
        serde: true,
    };
    emit::user(&family, "a spec", options).expect("it can be made")
}
