// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares the compiler with a kernel tree: every spec compiles, headers match the output of the
//! kernel's own generator, and our spec of nlctrl matches the kernel's. The Rust for user space is
//! compiled here; `tests/oracle` compiles the Rust for the kernel, which needs a kernel.
//!
//! `GREET_KERNEL_SRC` is the kernel tree. Without it, the tests are skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model::{self, Family, Protocol, Role};
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

/// Specs for which the kernel's generator fails.
const NO_ORACLE: [&str; 2] = ["ovs_datapath", "ovs_flow"];

/// Families with separate numbers for each direction, which the kernel's generator ignores, and the
/// prefix of the names for which it therefore returns wrong values.
const NUMBERED_APART: [(&str, &str); 3] = [
    ("devlink", "DEVLINK_CMD_"),
    ("nl80211", "NL80211_CMD_"),
    ("nlctrl", "CTRL_CMD_"),
];

#[test]
fn headers_match_the_kernels_generator() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let tree = Path::new(&tree);
    let mut compared = 0;
    for path in specs(tree) {
        let name = path.file_stem().expect("a file").to_string_lossy();
        let Ok(family) = family(&path) else {
            continue;
        };
        if NO_ORACLE.contains(&name.as_ref()) {
            continue;
        }
        let mut ours = values(&emit::uapi(&family, &name).expect("a header"));
        let mut theirs = values(&oracle(tree, &path));
        for (_, prefix) in NUMBERED_APART.iter().filter(|(other, _)| *other == name) {
            ours.retain(|name, _| !name.trim_start_matches('_').starts_with(prefix));
            theirs.retain(|name, _| !name.trim_start_matches('_').starts_with(prefix));
        }
        println!("{name:20} {:4} names and values", ours.len());
        assert!(ours.len() > 4, "{name}");
        assert_eq!(ours, theirs, "{name}");
        compared += 1;
    }
    assert!(compared >= 20);
}

/// Returns the header of the kernel's generator.
fn oracle(tree: &Path, spec: &Path) -> String {
    let output = Command::new("python3")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(tree.join("tools/net/ynl/pyynl/ynl_gen_c.py"))
        .args(["--mode", "uapi", "--header", "--spec"])
        .arg(spec)
        .output()
        .expect("Python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {error}", spec.display());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns the defines and the members of enums in a header, with their values.
fn values(header: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut next: i128 = 0;
    for line in without_comments(header).lines() {
        let line = line.trim().trim_end_matches(',');
        if let Some(define) = line.strip_prefix("#define ") {
            let (name, value) = define.split_once(['\t', ' ']).unwrap_or((define, ""));
            let value = value.trim().to_owned();
            values.insert(name.to_owned(), value);
        } else if line.starts_with("enum") {
            next = 0;
            values.insert(line.to_owned(), String::new());
        } else if is_member(line) {
            let (name, value) = line.split_once(" = ").unwrap_or((line, ""));
            let number = match value.strip_prefix('(') {
                None if value.is_empty() => next,
                None => value.parse().expect("a number"),
                // Only `(COUNT - 1)` occurs, after COUNT.
                Some(_) => next - 2,
            };
            values.insert(name.to_owned(), number.to_string());
            next = number + 1;
        }
    }
    values
}

fn is_member(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once("*/").map_or("", |(_, code)| code)
    })
}

/// Attributes whose numbers are swapped in the kernel's spec. The test compares ours with the
/// kernel's header.
const SWAPPED: [&str; 2] = ["policy-attrs pad", "policy-attrs mask"];

#[test]
fn nlctrl_spec_matches_the_kernels_spec() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let tree = Path::new(&tree);
    let theirs = tree.join("Documentation/netlink/specs/nlctrl.yaml");
    let [ours, theirs] = [checkout().join("policy/nlctrl.yaml"), theirs]
        .map(|path| family(&path).expect("a valid spec"));
    let policy_attrs = ours.sets.iter().find(|set| set.name == "policy-attrs");
    let policy_attrs = &policy_attrs.expect("the set").attributes;
    let [ours, theirs] = [&ours, &theirs].map(numbers);
    let only: Vec<_> = theirs.difference(&ours).collect();
    assert!(only.is_empty(), "{only:#?}");
    assert!(theirs.len() >= 50);

    let header = tree.join("include/uapi/linux/netlink.h");
    let header = std::fs::read_to_string(header).expect("a readable file");
    let start = header.find("\nenum netlink_policy_type_attr {");
    let names = header[start.expect("it exists")..].lines().skip(2).take(13);
    let names: Vec<_> = names
        .map(|line| line.trim().trim_end_matches(','))
        .collect();
    for attribute in policy_attrs {
        let name = format!("nl-policy-type-attr-{}", attribute.name);
        let name = name.replace('-', "_").to_uppercase();
        assert_eq!(names[usize::from(attribute.number)], name);
    }
}

/// Returns the names of a family with their numbers and types, except the swapped ones.
fn numbers(family: &Family) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    for one in &family.enums {
        for entry in &one.entries {
            let (name, value) = (&entry.name, entry.value);
            numbers.insert(format!("{} {name} {value}", one.name));
        }
    }
    for set in &family.sets {
        for attribute in &set.attributes {
            let name = format!("{} {}", set.name, attribute.name);
            if !SWAPPED.contains(&name.as_str()) {
                let (number, kind) = (attribute.number, &attribute.kind);
                numbers.insert(format!("{name} {number} {kind:?}"));
            }
        }
    }
    for operation in &family.operations {
        if let Role::Call { doit, dumpit } = &operation.role {
            let name = &operation.name;
            let (request, reply) = (operation.request, operation.reply);
            numbers.insert(format!("{name} {request:?} {reply:?}"));
            numbers.insert(format!("{name} {doit:?} {dumpit:?}"));
        }
    }
    numbers
}
