// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `new` writes, and what it refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use ynl_gen_rust::new;

/// A folder of one test alone, which goes with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ynl-new-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    /// Runs `new` in it.
    fn run(&self, args: &[&str]) -> Output {
        self.command()
            .arg("new")
            .args(args)
            .output()
            .expect("it runs")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ynl-gen-rust"));
        command.current_dir(&self.0).env_remove("GREET");
        command
    }

    /// What `make check` does in the folder of the family `weather`.
    fn check(&self, folder: &str) {
        let check = self
            .command()
            .args(["--check", "--spec", "weather.yaml"])
            .args(["--kernel", "kmodule/weather_nl.rs"])
            .args(["--user", "client/src/protocol.rs"])
            .current_dir(self.0.join(folder))
            .output()
            .expect("it runs");
        let difference = String::from_utf8_lossy(&check.stdout);
        assert!(check.status.success(), "{}{difference}", said(&check));
    }

    /// Makes a family, and tells its folder.
    fn family(&self) -> PathBuf {
        let output = self.run(&["weather"]);
        assert!(output.status.success(), "{}", said(&output));
        self.0.join("weather")
    }

    fn is_empty(&self) -> bool {
        fs::read_dir(&self.0).expect("it is there").next().is_none()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What is made from the spec has snapshots of its own.
#[test]
fn the_files_of_a_family() {
    let greet = Path::new("/opt/greet");
    let files = new::files("two-words", greet).expect("they can be made");
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
fn a_family_is_whole_and_follows_its_spec() {
    let scratch = Scratch::new("whole");
    let output = scratch.run(&["weather", "there/"]);
    assert!(output.status.success(), "{}", said(&output));
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
fn a_family_follows_its_spec_in_a_folder_of_another_name() {
    let scratch = Scratch::new("renamed");
    fs::rename(scratch.family(), scratch.0.join("other")).expect("it is renamed");
    scratch.check("other");
}

#[test]
fn the_makefile_alone_says_where_greet_is() {
    let files = new::files("weather", Path::new("/opt/greet")).expect("they can be made");
    let names_it = |file: &&new::NewFile| file.text.contains("/opt/greet");
    let paths: Vec<_> = files
        .iter()
        .filter(names_it)
        .map(|file| &file.path)
        .collect();
    assert_eq!(paths, [Path::new("Makefile")]);
}

#[test]
fn the_client_finds_greet_where_make_is_told() {
    let scratch = Scratch::new("link");
    let family = scratch.family();
    for place in ["one", "two"] {
        let library = scratch.0.join(place).join("userspace/genl");
        fs::create_dir_all(library).expect("a folder");
        let greet = format!("GREET=../{place}");
        let output = make(&family, &["greet", &greet, "CARGO=true"]);
        assert!(output.status.success(), "{}", said(&output));
        let link = fs::read_link(family.join("greet")).expect("a link");
        assert_eq!(link, scratch.0.join(place));
    }
    let output = make(&family, &["greet", "GREET=/nowhere"]);
    let expected = "make: no checkout of greet in /nowhere; GREET= names one\n";
    assert!(said(&output).starts_with(expected), "{}", said(&output));
}

#[test]
fn each_licence_has_its_text() {
    let scratch = Scratch::new("licences");
    let family = scratch.family();
    let source = ["client/src/main.rs", "kmodule/genl.rs", "weather.yaml"];
    let mut named = BTreeSet::new();
    for path in source {
        let text = fs::read_to_string(family.join(path)).expect("it is there");
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
fn the_kernels_library_is_copied_anew() {
    let scratch = Scratch::new("genl");
    let family = scratch.family();
    let genl = family.join("kmodule/genl");
    let begun = sources(&family);
    fs::write(family.join("kmodule/genl.rs"), "old").expect("it is changed");
    fs::write(genl.join("gone.rs"), "").expect("it is added");
    fs::remove_file(genl.join("helpers.c")).expect("it is removed");
    let old = sources(&family);

    let output = make(&family, &["genl", "GREET=/nowhere"]);
    assert!(!output.status.success());
    assert_eq!(sources(&family), old);

    let output = make(&family, &["genl"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(sources(&family), begun);
}

#[test]
fn a_module_that_was_not_built_is_not_installed() {
    let scratch = Scratch::new("install");
    let output = make(&scratch.family(), &["install", "KDIR=/nowhere"]);
    let expected = "make: first run make modules, as yourself\n";
    assert!(said(&output).starts_with(expected), "{}", said(&output));
}

#[test]
fn a_name_without_a_folder_is_that_of_the_folder() {
    let scratch = Scratch::new("name");
    assert!(scratch.run(&["weather"]).status.success());
    assert!(scratch.0.join("weather/weather.yaml").is_file());
}

#[test]
fn bad_names_are_refused() {
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
        shown += &said(&output);
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_folder_that_is_there_is_left_alone() {
    let scratch = Scratch::new("there");
    fs::create_dir(scratch.0.join("there")).expect("a folder");
    let output = scratch.run(&["weather", "there"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        "there: it is there already; a family begins in a new folder\n"
    );
    let there = Scratch(scratch.0.join("there"));
    assert!(there.is_empty());
}

#[test]
fn a_folder_in_none_leaves_nothing() {
    let scratch = Scratch::new("none");
    let output = scratch.run(&["weather", "no/there"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).starts_with("no/there: "), "{}", said(&output));
    assert!(scratch.is_empty());
}

#[test]
fn a_checkout_that_is_none_is_refused() {
    let scratch = Scratch::new("checkout");
    let output = scratch.run(&["weather", "there", "--greet", "."]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        ".: this is no checkout of greet; --greet or GREET names one\n"
    );
    assert!(scratch.is_empty());
}

/// What of a family is for the kernel.
fn sources(family: &Path) -> BTreeMap<PathBuf, String> {
    let mut sources = BTreeMap::new();
    for folder in ["kmodule", "kmodule/genl"] {
        for entry in fs::read_dir(family.join(folder)).expect("it is there") {
            let path = entry.expect("it can be read").path();
            if path.is_file() {
                let text = fs::read_to_string(&path).expect("it is text");
                sources.insert(path, text);
            }
        }
    }
    sources
}

/// `make` in the folder of a family.
fn make(family: &Path, args: &[&str]) -> Output {
    let mut make = Command::new("make");
    make.arg("--silent").args(args).current_dir(family);
    for variable in ["GREET", "MAKEFLAGS"] {
        make.env_remove(variable);
    }
    make.output().expect("make is there")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
