// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every spec of a kernel tree, through the compiler.
//!
//! `GREET_KERNEL_SRC` names the tree; without it there is nothing to test.

use std::path::{Path, PathBuf};
use std::process::Command;
use ynl_gen_rust::emit::{self, EmitError, UserOptions};
use ynl_gen_rust::model::{self, Family, Protocol};
use ynl_gen_rust::spec::Source;

/// What the kernel's side cannot have, and why.
const NOT_IN_THE_KERNEL: [(&str, &str); 1] = [("netdev", "sock-priv")];

/// What a crate of generated code for user space must be.
const RULES: &str =
    "//! Every family.\n\n#![deny(warnings, missing_docs)]\n#![forbid(unsafe_code)]\n";

#[test]
fn every_spec_is_made_into_code_or_refused_by_name() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let mut wrong = Vec::new();
    let mut user = Crate::new();
    println!(
        "{:20} {:18} {:4} {:12} {:12} why not",
        "spec", "protocol", "C", "kernel", "user"
    );
    for path in specs(Path::new(&tree)) {
        let name = path.file_stem().expect("a file").to_string_lossy();
        match family(&path) {
            Ok(family) => wrong.extend(table_row(&name, &family, &mut user)),
            Err(problem) => {
                println!("{name:20} {problem}");
                if !problem.contains("`protocol: netlink-raw` is not supported") {
                    wrong.push(problem);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    user.check();
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
fn table_row(name: &str, family: &Family, user: &mut Crate) -> Vec<String> {
    let protocol = format!("{:?}", family.protocol);
    let header = emit::uapi(family, name);
    let page = emit::doc(family, name);
    assert!(header.contains("#define") && page.contains("## Operations"));
    let kernel = emit::kernel(family, name);
    let plain = UserOptions {
        genl: "genl",
        serde: false,
    };
    let of_user = emit::user(family, name, plain);
    let serialisable = UserOptions {
        serde: true,
        ..plain
    };
    if let Ok(text) = emit::user(family, name, serialisable) {
        user.add(&format!("{name}-serde"), &text);
    }
    let lines = |made: &Result<String, EmitError>| match made {
        Ok(text) => format!("{} lines", text.lines().count()),
        Err(_) => "no".to_owned(),
    };
    let problems = [&kernel, &of_user]
        .into_iter()
        .filter_map(|made| made.as_ref().err());
    let problems: Vec<_> = problems.map(EmitError::to_string).collect();
    println!(
        "{name:20} {protocol:18} yes  {:12} {:12} {}",
        lines(&kernel),
        lines(&of_user),
        problems.join("; ")
    );
    let expected = family.protocol == Protocol::Genetlink
        && NOT_IN_THE_KERNEL.iter().all(|(other, _)| *other != name);
    let mut wrong = Vec::new();
    if let (true, Err(error)) = (expected, kernel) {
        wrong.push(format!("{name}: {error}"));
    }
    match of_user {
        Ok(text) => user.add(name, &text),
        Err(error) => wrong.push(format!("{name}: {error}")),
    }
    wrong
}

/// A crate of all that is made for user space.
struct Crate {
    folder: PathBuf,
    modules: String,
}

impl Crate {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("every-spec");
        std::fs::create_dir_all(folder.join("src")).expect("it can be made");
        Self {
            folder,
            modules: RULES.to_owned(),
        }
    }

    fn add(&mut self, name: &str, text: &str) {
        // Not the family's name alone, for a set may have it too.
        let module = format!("{}_protocol", name.replace('-', "_"));
        self.write(&format!("src/{module}.rs"), text);
        self.modules += &format!("\npub mod {module};");
    }

    /// Compiles it, with the packages that the workspace has.
    fn check(&self) {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let genl = checkout.join("userspace/genl");
        let lock = std::fs::read_to_string(checkout.join("Cargo.lock")).expect("it is there");
        self.write("src/lib.rs", &self.modules);
        self.write("Cargo.lock", &lock);
        self.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"every-spec\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 [workspace]\n[dependencies]\n\
                 greet-genl = {{ path = {genl:?}, features = [\"serde\"] }}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n"
            ),
        );
        let output = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--offline", "--target-dir", "target"])
            .current_dir(&self.folder)
            .output()
            .expect("cargo is there");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.join(path), text).expect("it can be written");
    }
}
