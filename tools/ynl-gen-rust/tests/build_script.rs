// SPDX-License-Identifier: MIT OR Apache-2.0

//! A program with clients of four families of the kernel, in an empty cargo project whose build script
//! compiles the specs. rustfmt is not in its `PATH`.
//!
//! `GREET_KERNEL_SRC` is the kernel tree. Without it, the test is skipped.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const FAMILIES: [&str; 4] = ["ethtool", "nl80211", "devlink", "wireguard"];

/// Any warning of the program is an error.
const MANIFEST: &str = r#"
[package]
name = "client"
version = "0.0.0"
edition = "2024"

[dependencies]
genl = { path = "@checkout@/userspace/genl" }

[build-dependencies]
ynl-gen-rust = { path = "@checkout@/tools/ynl-gen-rust", default-features = false }

[lints.rust]
warnings = "deny"

[workspace]
"#;

const BUILD: &str = r#"
fn main() -> Result<(), ynl_gen_rust::BuildError> {
    for family in [@families@] {
        ynl_gen_rust::Build::new().compile(format!("specs/{family}.yaml"))?;
    }
    Ok(())
}
"#;

const MAIN: &str = r#"
genl::include_family!("ethtool");
genl::include_family!("nl80211");
genl::include_family!("devlink");
genl::include_family!("wireguard");

fn main() -> genl::Result<()> {
    let mut connection = genl::Connection::open()?;
    let loopback = ethtool::Header::new().dev_name("lo");
    let rings = connection.request(&ethtool::RingsGetRequest::new().header(loopback))?;
    println!("{rings:?}");
    for device in &connection.dump(&devlink::GetDumpRequest)? {
        println!("{:?}", device?.dev_name);
    }
    Ok(())
}
"#;

#[test]
fn a_build_script_compiles_specs_without_rustfmt_and_without_warnings() {
    let families = FAMILIES.map(|name| format!("{name:?}")).join(", ");
    check(&BUILD.replace("@families@", &families), MAIN);
}

#[test]
fn the_program_in_the_documentation_compiles() {
    let page = fs::read_to_string(checkout().join("docs/tutorials/first-client.md"));
    let page = page.expect("the page");
    let block = |start: &str| {
        let (_, rest) = page.split_once(start).expect("the block");
        rest.split("```").next().unwrap_or_default()
    };
    check(
        block("```rust\n// build.rs"),
        block("```rust\n// src/main.rs"),
    );
}

/// Checks a program in an empty project, which has the kernel's specs in `specs`.
fn check(build: &str, main: &str) {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let project = tempfile::tempdir().expect("a directory");
    let write = |path: &str, text: &str| {
        fs::write(project.path().join(path), text).expect("the file is written");
    };
    for directory in ["src", "bin"] {
        fs::create_dir(project.path().join(directory)).expect("a directory");
    }
    let manifest = MANIFEST.replace("@checkout@", &checkout().to_string_lossy());
    write("Cargo.toml", &manifest);
    write("build.rs", build);
    write("src/main.rs", main);
    let specs = Path::new(&tree).join("Documentation/netlink/specs");
    symlink(specs, project.path().join("specs")).expect("a link");
    let lock = project.path().join("Cargo.lock");
    fs::copy(checkout().join("Cargo.lock"), lock).expect("the file is copied");

    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["check", "--offline", "--quiet"])
        .current_dir(&project)
        .env("PATH", programs(&project.path().join("bin")))
        // A second run is fast.
        .env("CARGO_TARGET_DIR", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("RUSTFLAGS");
    let output = cargo.output().expect("cargo runs");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && messages.is_empty(), "{messages}");
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Links the programs that cargo needs into a directory, and returns it.
fn programs(directory: &Path) -> &Path {
    let path = std::env::var_os("PATH").expect("there is a PATH");
    let all: Vec<_> = std::env::split_paths(&path).collect();
    for name in ["cc", "ld", "as", "rustc"] {
        let found = all
            .iter()
            .map(|one| one.join(name))
            .find(|one| one.exists());
        if let Some(found) = found {
            symlink(found, directory.join(name)).expect("a link");
        }
    }
    directory
}
