// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles every spec of a kernel tree. This test compiles the Rust for user space; `tests/oracle`
//! compiles the Rust for the kernel, which needs a kernel.
//!
//! `GREET_KERNEL_SRC` is the kernel tree. Without it, the test is skipped.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model::{self, Family, Protocol};
use ynl_gen_rust::spec::Source;

/// Families without kernel support, with a word of the reason.
const NOT_IN_THE_KERNEL: [(&str, &str); 2] = [
    ("netdev", "`sock-priv`"),
    ("nlctrl", "the name of the core's own family"),
];

/// The entry for families with kernel output. `kmodule/genl` may still lack features that the
/// family needs.
const MADE: &str = "types and tables";

/// The kernel whose specs `docs/reference/ynl.md` lists.
const LISTED: &str = "7.3.4";

/// Lints of the crate with the generated code.
const RULES: &str =
    "//! Every family.\n\n#![deny(warnings, missing_docs)]\n#![forbid(unsafe_code)]\n";

#[test]
fn every_kernel_spec_compiles_or_is_rejected_with_a_known_reason() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let tree = Path::new(&tree);
    let mut wrong = Vec::new();
    let mut user = Crate::new();
    let mut rows = BTreeMap::<[String; 3], Vec<String>>::new();
    for path in specs(tree) {
        let name = path.file_stem().expect("a file").to_string_lossy();
        match family(&path) {
            Ok(family) => {
                let result = outcome(&name, &family, &mut user, &mut wrong);
                rows.entry(result).or_default().push(name.into_owned());
            }
            Err(problem) if problem.contains("`protocol: netlink-raw` is not supported") => {}
            Err(problem) => wrong.push(problem),
        }
    }
    let table = table(&rows);
    // Unlike println!, this is shown if the test passes.
    let shown = writeln!(std::io::stdout(), "\n{table}");
    shown.expect("the file is written");
    assert!(wrong.is_empty(), "{wrong:#?}");
    if version(tree) == LISTED {
        let page = checkout().join("docs/reference/ynl.md");
        let page = std::fs::read_to_string(page).expect("it exists");
        assert!(
            page.contains(&table),
            "docs/reference/ynl.md has another table"
        );
        assert!(page.contains(&format!("Linux {LISTED}")));
    }
    user.add_own();
    user.check();
}

/// The C source of the core, which registers `nlctrl`.
const CORE: &str = "net/netlink/genetlink.c";

#[test]
fn page_lists_every_family_that_the_tree_defines() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let tree = Path::new(&tree);
    if version(tree) != LISTED {
        return;
    }
    let mut defined = Vec::new();
    for part in ["drivers", "fs", "kernel", "net"] {
        families(tree, &tree.join(part), &mut defined);
    }
    defined.retain(|source| source != CORE);
    defined.sort();
    let page = checkout().join("docs/reference/families.md");
    let page = std::fs::read_to_string(page).expect("it exists");
    let mut listed: Vec<_> = page.lines().flat_map(listed_sources).collect();
    listed.sort();
    assert_eq!(listed, defined);
    assert!(page.contains(&format!("registers {} generic", defined.len())));
}

/// Returns the source of each family in a line such as "- a, b (`dir/a.c`, `b.c`): …".
fn listed_sources(line: &str) -> Vec<String> {
    let parts = line
        .strip_prefix("- ")
        .and_then(|line| line.split_once(" (`"));
    let Some((names, rest)) = parts.filter(|(_, rest)| rest.contains(".c`")) else {
        return Vec::new();
    };
    let sources = rest.split(')').next().unwrap_or_default().split(", ");
    let sources: Vec<_> = sources.map(|one| one.trim_matches('`')).collect();
    let directory = sources[0]
        .rsplit_once('/')
        .map_or("", |(directory, _)| directory);
    let names = names.split(", ").enumerate();
    let source = names.map(|(index, _)| match sources.get(index) {
        Some(one) if !one.contains('/') => format!("{directory}/{one}"),
        Some(one) => (*one).to_owned(),
        None => sources[0].to_owned(),
    });
    source.collect()
}

/// Adds the source of each definition of a family in C below a directory.
fn families(tree: &Path, directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("a readable entry");
        let (path, kind) = (entry.path(), entry.file_type().expect("its type"));
        if kind.is_dir() {
            families(tree, &path, found);
        } else if path.extension().is_some_and(|end| end == "c") {
            let text = std::fs::read(&path).expect("a readable file");
            let text = String::from_utf8_lossy(&text);
            let is_definition = |line: &&str| {
                // Not an array of pointers.
                let start = line.contains("struct genl_family ") && !line.contains('*');
                start && line.ends_with("= {")
            };
            let source = path.strip_prefix(tree).expect("in the tree").display();
            found.extend(
                text.lines()
                    .filter(is_definition)
                    .map(|_| source.to_string()),
            );
        }
    }
}

/// The head of the table in `docs/reference/ynl.md`.
const HEAD: &str = "| specs | protocol | kernel side | user side |\n|---|---|---|---|\n";

/// Returns the table: a row for the specs with the same outcome.
fn table(rows: &BTreeMap<[String; 3], Vec<String>>) -> String {
    let row = |(outcome, names): (&[String; 3], &Vec<String>)| {
        format!("| {} | {} |\n", names.join(", "), outcome.join(" | "))
    };
    let rows: String = rows.iter().map(row).collect();
    HEAD.to_owned() + &rows
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the version in the Makefile of a kernel tree.
fn version(tree: &Path) -> String {
    let makefile = std::fs::read_to_string(tree.join("Makefile")).expect("it exists");
    let numbers = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(|name| {
        let start = format!("{name} = ");
        let mut lines = makefile.lines();
        let found = lines.find_map(|line| line.strip_prefix(&start));
        found.expect("a version").to_owned()
    });
    numbers.join(".")
}

fn specs(tree: &Path) -> Vec<PathBuf> {
    let directory = tree.join("Documentation/netlink/specs");
    let entries = std::fs::read_dir(directory).expect("a directory of specs");
    let paths = entries.map(|entry| entry.expect("a readable file").path());
    let mut specs: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    specs.sort();
    specs
}

/// Returns the family of a spec, or the first line of the report.
fn family(path: &Path) -> Result<Family, String> {
    let source = Source::read(path).expect("a readable file");
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    built.map_err(|problem| {
        let report = source.report(problem).to_string();
        report.lines().next().unwrap_or_default().to_owned()
    })
}

/// Returns protocol, kernel side and user side of a family as in the table. Adds unexpected results
/// to `wrong`.
fn outcome(name: &str, family: &Family, user: &mut Crate, wrong: &mut Vec<String>) -> [String; 3] {
    let header = emit::uapi(family, name).expect("a header");
    let page = emit::doc(family, name);
    assert!(header.contains("#define") && page.contains("## Operations"));
    let (protocol, kernel) = match family.protocol {
        Protocol::Genetlink => ("genetlink", kernel_side(name, family, wrong)),
        Protocol::GenetlinkC => ("genetlink-c", kernel_side(name, family, wrong)),
        Protocol::GenetlinkLegacy => ("genetlink-legacy", kernel_side(name, family, wrong)),
        Protocol::NetlinkRaw => unreachable!("rejected earlier"),
    };
    let of_user = user_side(name, family, user, wrong);
    [protocol.to_owned(), kernel, of_user]
}

/// Returns the entry for the kernel side.
fn kernel_side(name: &str, family: &Family, wrong: &mut Vec<String>) -> String {
    let expected = NOT_IN_THE_KERNEL.iter().find(|(other, _)| *other == name);
    match (emit::kernel(family, name), expected) {
        (Ok(_), None) => MADE.to_owned(),
        (Err(error), Some((_, why))) if error.to_string().contains(why) => format!("no: {why}"),
        (Ok(_), Some((_, why))) => {
            wrong.push(format!("{name}: compiles in spite of {why}"));
            MADE.to_owned()
        }
        (Err(error), _) => {
            wrong.push(format!("{name}: {error}"));
            "no".to_owned()
        }
    }
}

/// Returns the entry for the user side, and adds the output with and without serde to `user`.
fn user_side(name: &str, family: &Family, user: &mut Crate, wrong: &mut Vec<String>) -> String {
    for (ending, serde) in [("", false), ("-serde", true)] {
        let options = UserOptions {
            genl: "genl",
            serde,
        };
        match emit::user(family, name, options) {
            Ok(text) => user.add(&format!("{name}{ending}"), &text),
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                return "no".to_owned();
            }
        }
    }
    "yes".to_owned()
}

/// A crate of all outputs for user space.
struct Crate {
    directory: PathBuf,
    modules: String,
}

impl Crate {
    fn new() -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("every-spec");
        std::fs::create_dir_all(directory.join("src")).expect("the output");
        Self {
            directory,
            modules: RULES.to_owned(),
        }
    }

    fn add(&mut self, name: &str, text: &str) {
        // With a suffix, because a set may have the same name as the family.
        let module = format!("{}_protocol", name.replace('-', "_"));
        self.write(&format!("src/{module}.rs"), text);
        self.modules += &format!("\npub mod {module};");
    }

    /// Adds a family with names that have a meaning in Rust.
    fn add_own(&mut self) {
        let family = family(&checkout().join("tests/oracle/specs/names.yaml"));
        let options = UserOptions {
            genl: "genl",
            serde: true,
        };
        let text = emit::user(&family.expect("a valid spec"), "names", options);
        self.add("names", &text.expect("the output"));
    }

    /// Compiles the crate with the dependencies of the workspace.
    fn check(&self) {
        let checkout = checkout();
        let genl = checkout.join("userspace/genl");
        let lock = std::fs::read_to_string(checkout.join("Cargo.lock")).expect("it exists");
        self.write("src/lib.rs", &self.modules);
        self.write("Cargo.lock", &lock);
        self.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"every-spec\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 [workspace]\n[dependencies]\n\
                 genl = {{ path = {genl:?}, features = [\"serde\"] }}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n"
            ),
        );
        let output = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--offline", "--target-dir", "target"])
            .current_dir(&self.directory)
            .output()
            .expect("cargo runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.directory.join(path), text).expect("the file is written");
    }
}
