// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command `new`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use ynl_gen_rust::new;

/// A directory for one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("ynl-new-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        Self(directory)
    }

    /// Runs `new` in the directory.
    fn run(&self, args: &[&str]) -> Output {
        self.command()
            .arg("new")
            .args(args)
            .output()
            .expect("the command runs")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ynl-gen-rust"));
        command.current_dir(&self.0).env_remove("GREET");
        command
    }

    /// Runs the command of `make check` in the directory of the family `weather`.
    fn check(&self, directory: &str) {
        let check = self
            .command()
            .args(["--check", "--spec", "weather.yaml"])
            .args(["--kernel", "kmodule/weather_nl.rs"])
            .args(["--user", "client/src/protocol.rs"])
            .current_dir(self.0.join(directory))
            .output()
            .expect("the command runs");
        let difference = String::from_utf8_lossy(&check.stdout);
        assert!(check.status.success(), "{}{difference}", stderr(&check));
    }

    /// Creates a family, and returns its directory.
    fn family(&self) -> PathBuf {
        let output = self.run(&["weather"]);
        assert!(output.status.success(), "{}", stderr(&output));
        self.0.join("weather")
    }

    fn is_empty(&self) -> bool {
        fs::read_dir(&self.0).expect("it exists").next().is_none()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The snapshot excludes the generated files, which have their own snapshots.
#[test]
fn template_files() {
    let greet = Path::new("/opt/greet");
    let files = new::files("two-words", greet).expect("the files");
    let mut shown = String::new();
    for file in files {
        let path = file.path.display().to_string();
        let is_made = ["_nl.rs", "protocol.rs"]
            .iter()
            .any(|end| path.ends_with(end));
        let text = if is_made { "" } else { file.text.as_str() };
        shown += &format!("=== {path}\n{text}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn new_family_is_complete_and_up_to_date() {
    let scratch = Scratch::new("whole");
    let output = scratch.run(&["weather", "there/"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for path in [
        "kmodule/genl.rs",
        "kmodule/genl/helpers.c",
        "client/Cargo.lock",
    ] {
        assert!(scratch.0.join("there").join(path).is_file(), "{path}");
    }
    scratch.check("there");
}

#[test]
fn generated_files_do_not_depend_on_directory_name() {
    let scratch = Scratch::new("renamed");
    fs::rename(scratch.family(), scratch.0.join("other")).expect("the directory is renamed");
    scratch.check("other");
}

#[test]
fn only_the_makefile_contains_the_path_of_greet() {
    let files = new::files("weather", Path::new("/opt/greet")).expect("the files");
    let names_it = |file: &&new::NewFile| file.text.contains("/opt/greet");
    let paths: Vec<_> = files
        .iter()
        .filter(names_it)
        .map(|file| &file.path)
        .collect();
    assert_eq!(paths, [Path::new("Makefile")]);
}

#[test]
fn make_links_client_to_the_given_checkout() {
    let scratch = Scratch::new("link");
    let family = scratch.family();
    for place in ["one", "two"] {
        let library = scratch.0.join(place).join("userspace/genl");
        fs::create_dir_all(library).expect("a directory");
        let greet = format!("GREET=../{place}");
        let output = make(&family, &["greet", &greet, "CARGO=true"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let link = fs::read_link(family.join("greet")).expect("a link");
        assert_eq!(link, scratch.0.join(place));
    }
    let output = make(&family, &["greet", "GREET=/nowhere"]);
    let expected = "make: /nowhere is not a checkout of greet; set GREET=\n";
    assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
}

#[test]
fn every_licence_in_a_file_has_its_text() {
    let scratch = Scratch::new("licences");
    let family = scratch.family();
    let source = ["client/src/main.rs", "kmodule/genl.rs", "weather.yaml"];
    let mut named = BTreeSet::new();
    for path in source {
        let text = fs::read_to_string(family.join(path)).expect("it exists");
        let first = text.lines().next().unwrap_or_default().to_owned();
        let (_, licences) = first.split_once("Identifier: ").expect("a licence");
        let words = licences.split([' ', '(', ')']).map(str::to_owned);
        named.extend(words.filter(|word| !["", "OR", "WITH"].contains(&word.as_str())));
    }
    for licence in &named {
        let text = family.join("LICENSES").join(licence);
        assert!(text.is_file(), "{licence}");
    }
    assert_eq!(named.len(), 5, "{named:?}");
}

#[test]
fn make_genl_replaces_the_kernel_library() {
    let scratch = Scratch::new("genl");
    let family = scratch.family();
    let genl = family.join("kmodule/genl");
    let begun = sources(&family);
    fs::write(family.join("kmodule/genl.rs"), "old").expect("the file is changed");
    fs::write(genl.join("gone.rs"), "").expect("the file is added");
    fs::remove_file(genl.join("helpers.c")).expect("the file is removed");
    let old = sources(&family);

    let output = make(&family, &["genl", "GREET=/nowhere"]);
    assert!(!output.status.success());
    assert_eq!(sources(&family), old);

    let output = make(&family, &["genl"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(sources(&family), begun);
}

#[test]
fn make_install_without_module_fails() {
    let scratch = Scratch::new("install");
    let output = make(&scratch.family(), &["install", "KDIR=/nowhere"]);
    let expected = "make: run make modules first, not as root\n";
    assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
}

#[test]
fn directory_defaults_to_the_name() {
    let scratch = Scratch::new("name");
    assert!(scratch.run(&["weather"]).status.success());
    assert!(scratch.0.join("weather/weather.yaml").is_file());
}

#[test]
fn invalid_family_names_are_rejected() {
    let scratch = Scratch::new("names");
    let names = [
        "",
        "Weather",
        "wetter-ö",
        "../weather",
        "2ghz",
        "two--words",
        "two-",
        "two_words",
        "sixteen-letters-",
        "sixteen-letter-x",
        "type",
        "core",
        "obj",
        "genl",
        "greet",
        "get-reply",
        "option",
    ];
    let mut shown = String::new();
    for name in names {
        let output = scratch.run(&[name, "there"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(scratch.is_empty(), "{name}");
        shown += &stderr(&output);
    }
    insta::assert_snapshot!(shown, @r#"
    the name ``: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `Weather`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `wetter-ö`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `../weather`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `2ghz`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `two--words`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `two-`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `two_words`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `sixteen-letters-`: use a to z, 0 to 9 and single dashes, and begin with a letter
    the name `sixteen-letter-x`: use at most 15 characters
    the name `type`: the name is reserved in Rust or Kbuild; choose another
    the name `core`: the name is reserved in Rust or Kbuild; choose another
    the name `obj`: the name is reserved in Rust or Kbuild; choose another
    the name `genl`: the name is reserved in Rust or Kbuild; choose another
    the name `greet`: another family has this name
    the name `get-reply`: the name is reserved in Rust or Kbuild; choose another
    the name `option`: the name is reserved in Rust or Kbuild; choose another
    "#);
}

#[test]
fn existing_directory_is_rejected_and_unchanged() {
    let scratch = Scratch::new("there");
    fs::create_dir(scratch.0.join("there")).expect("a directory");
    let output = scratch.run(&["weather", "there"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "there: the directory exists; choose a new one\n"
    );
    let there = Scratch(scratch.0.join("there"));
    assert!(there.is_empty());
}

#[test]
fn missing_parent_directory_leaves_no_files() {
    let scratch = Scratch::new("none");
    let output = scratch.run(&["weather", "no/there"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).starts_with("no/there: "),
        "{}",
        stderr(&output)
    );
    assert!(scratch.is_empty());
}

#[test]
fn incomplete_checkout_is_rejected() {
    let scratch = Scratch::new("checkout");
    let output = scratch.run(&["weather", "there", "--greet", "."]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        ".: not a checkout of greet; set --greet or GREET\n"
    );
    assert!(scratch.is_empty());
}

/// Returns the kernel sources of a family.
fn sources(family: &Path) -> BTreeMap<PathBuf, String> {
    let mut sources = BTreeMap::new();
    for directory in ["kmodule", "kmodule/genl"] {
        for entry in fs::read_dir(family.join(directory)).expect("it exists") {
            let path = entry.expect("a readable file").path();
            if path.is_file() {
                let text = fs::read_to_string(&path).expect("UTF-8");
                sources.insert(path, text);
            }
        }
    }
    sources
}

/// Runs `make` in the directory of a family.
fn make(family: &Path, args: &[&str]) -> Output {
    let mut make = Command::new("make");
    make.arg("--silent").args(args).current_dir(family);
    for variable in ["GREET", "MAKEFLAGS"] {
        make.env_remove(variable);
    }
    make.output().expect("make runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
