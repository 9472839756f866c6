// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every spec of a kernel tree, through the compiler. What is made for user space is compiled; what is
//! made for the kernel is by `tests/oracle`, for that takes a kernel.
//!
//! `GREET_KERNEL_SRC` names the tree; without it there is nothing to test.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model::{self, Family, Protocol};
use ynl_gen_rust::spec::Source;

/// What the kernel's side cannot have, and a word of why.
const NOT_IN_THE_KERNEL: [(&str, &str); 1] = [("netdev", "`sock-priv`")];

/// What is made for the kernel's side. Whether `kmodule/genl` has all that the family needs is another
/// question.
const MADE: &str = "types and tables";

/// The kernel whose specs are listed in `docs/reference/ynl.md`.
const LISTED: &str = "7.3.4";

/// What a crate of generated code for user space must be.
const RULES: &str =
    "//! Every family.\n\n#![deny(warnings, missing_docs)]\n#![forbid(unsafe_code)]\n";

#[test]
fn every_spec_is_made_into_code_or_refused_by_name() {
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
    // Not by a macro, whose output is shown only if the test fails.
    let shown = writeln!(std::io::stdout(), "\n{table}");
    shown.expect("it can be written");
    assert!(wrong.is_empty(), "{wrong:#?}");
    if version(tree) == LISTED {
        let page = checkout().join("docs/reference/ynl.md");
        let page = std::fs::read_to_string(page).expect("it is there");
        assert!(
            page.contains(&table),
            "docs/reference/ynl.md has another table"
        );
        assert!(page.contains(&format!("Linux {LISTED}")));
    }
    user.add_own();
    user.check();
}

/// The head of the table, as `docs/reference/ynl.md` has it.
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

/// The version of a kernel tree, by its Makefile.
fn version(tree: &Path) -> String {
    let makefile = std::fs::read_to_string(tree.join("Makefile")).expect("it is there");
    let numbers = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(|name| {
        let start = format!("{name} = ");
        let mut lines = makefile.lines();
        let found = lines.find_map(|line| line.strip_prefix(&start));
        found.expect("it has a version").to_owned()
    });
    numbers.join(".")
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

/// Returns protocol, kernel side and user side of a family, as the table shows them. Adds to `wrong`
/// each output that is missing, and each that should be missing.
fn outcome(name: &str, family: &Family, user: &mut Crate, wrong: &mut Vec<String>) -> [String; 3] {
    let header = emit::uapi(family, name).expect("C can have it");
    let page = emit::doc(family, name);
    assert!(header.contains("#define") && page.contains("## Operations"));
    let (protocol, kernel) = match family.protocol {
        Protocol::Genetlink => ("genetlink", kernel_side(name, family, wrong)),
        Protocol::GenetlinkC => ("genetlink-c", "–".to_owned()),
        Protocol::GenetlinkLegacy => ("genetlink-legacy", "–".to_owned()),
        Protocol::NetlinkRaw => unreachable!("it is refused before"),
    };
    let of_user = user_side(name, family, user, wrong);
    [protocol.to_owned(), kernel, of_user]
}

/// What the table says of the kernel's side.
fn kernel_side(name: &str, family: &Family, wrong: &mut Vec<String>) -> String {
    let expected = NOT_IN_THE_KERNEL.iter().find(|(other, _)| *other == name);
    match (emit::kernel(family, name), expected) {
        (Ok(_), None) => MADE.to_owned(),
        (Err(error), Some((_, why))) if error.to_string().contains(why) => format!("no: {why}"),
        (Ok(_), Some((_, why))) => {
            wrong.push(format!("{name}: it is made, whatever is said of {why}"));
            MADE.to_owned()
        }
        (Err(error), _) => {
            wrong.push(format!("{name}: {error}"));
            "no".to_owned()
        }
    }
}

/// What the table says of the user's side, which is added to `user` with and without serde.
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

    /// Adds a family whose names mean something else in Rust.
    fn add_own(&mut self) {
        let family = family(&checkout().join("tests/oracle/specs/names.yaml"));
        let options = UserOptions {
            genl: "genl",
            serde: true,
        };
        let text = emit::user(&family.expect("it is right"), "names", options);
        self.add("names", &text.expect("it can be made"));
    }

    /// Compiles it, with the packages that the workspace has.
    fn check(&self) {
        let checkout = checkout();
        let genl = checkout.join("userspace/genl");
        let lock = std::fs::read_to_string(checkout.join("Cargo.lock")).expect("it is there");
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
