// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command `new`, which creates a family in a new directory: spec, kernel module, client, and
//! tests that boot a kernel.

use crate::cli::CliError;
use crate::emit::{self, EmitError, UserOptions};
use crate::model;
use crate::naming::{PRELUDE, camel, snake, snake_words};
use crate::spec::Source;
use clap::Args;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The arguments of `new`.
#[derive(Args, Debug)]
pub struct New {
    /// Name of the family: at most 15 characters, of a to z, 0 to 9 and dashes
    name: String,
    /// Directory to create; it must not exist [default: NAME]
    dir: Option<PathBuf>,
    /// Checkout of greet that has the libraries and boots the kernel [default: the checkout that
    /// this program was built in]
    #[arg(long, value_name = "DIR", env = "GREET")]
    greet: Option<PathBuf>,
}

/// A file of the new family.
#[derive(Debug)]
pub struct NewFile {
    /// Path in the directory.
    pub path: PathBuf,
    /// Content.
    pub text: String,
}

/// Template files, by their path in the directory.
const TEMPLATE: [(&str, &str); 12] = [
    (".gitignore", include_str!("../template/gitignore")),
    ("@name@.yaml", SPEC),
    ("Makefile", include_str!("../template/Makefile")),
    ("README.md", include_str!("../template/README.md")),
    ("in-guest", include_str!("../template/in-guest")),
    (
        "client/Cargo.toml",
        include_str!("../template/client/manifest.toml"),
    ),
    (
        "client/src/lib.rs",
        include_str!("../template/client/src/lib.rs"),
    ),
    (
        "client/src/main.rs",
        include_str!("../template/client/src/main.rs"),
    ),
    (
        "client/tests/family.rs",
        include_str!("../template/client/tests/family.rs"),
    ),
    ("kmodule/@snake@.rs", OPERATIONS),
    (
        "kmodule/@snake@_main.rs",
        include_str!("../template/kmodule/main.rs"),
    ),
    ("kmodule/Kbuild", include_str!("../template/kmodule/Kbuild")),
];

const SPEC: &str = include_str!("../template/family.yaml");

/// The template file in which the family's name is the name of a type.
const OPERATIONS: &str = include_str!("../template/kmodule/family.rs");

/// Files copied from the checkout: the kernel library, the crate versions that the client library
/// is tested with, and the licence texts.
const TAKEN: [(&str, &str); 8] = [
    ("kmodule/genl.rs", "kmodule/genl.rs"),
    ("kmodule/genl", "kmodule/genl"),
    ("Cargo.lock", "client/Cargo.lock"),
    ("LICENSES/Apache-2.0", "LICENSES/Apache-2.0"),
    ("LICENSES/BSD-3-Clause", "LICENSES/BSD-3-Clause"),
    ("LICENSES/GPL-2.0", "LICENSES/GPL-2.0"),
    ("LICENSES/Linux-syscall-note", "LICENSES/Linux-syscall-note"),
    ("LICENSES/MIT", "LICENSES/MIT"),
];

impl New {
    /// Creates the directory with all files, or nothing.
    ///
    /// # Errors
    ///
    /// The name is not valid, the directory exists, the checkout is incomplete, or a file cannot be
    /// written.
    pub fn run(&self) -> Result<(), CliError> {
        check_name(&self.name)?;
        let dir = self.dir.as_deref().unwrap_or(Path::new(&self.name));
        // Removes a trailing slash.
        let dir: PathBuf = dir.components().collect();
        if dir.symlink_metadata().is_ok() {
            return Err(error(
                dir.display(),
                "the directory exists; choose a new one",
            ));
        }
        let greet = self.checkout()?;
        let mut files = files(&self.name, &greet)?;
        for (from, to) in TAKEN {
            take(&greet.join(from), Path::new(to), &mut files)?;
        }
        write(&dir, &files)?;
        let [name, dir] = [self.name.as_str(), &dir.display().to_string()];
        println!(
            "Created the family {name} in {dir}. {dir}/README.md describes it. To run its tests:\n"
        );
        println!("    make -C {dir} test");
        Ok(())
    }

    /// Returns the absolute path of the checkout.
    fn checkout(&self) -> Result<PathBuf, CliError> {
        let built_in = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let named = self.greet.clone().unwrap_or_else(built_in);
        let is_one = TAKEN.iter().all(|(from, _)| named.join(from).exists());
        let found = named.canonicalize().ok().filter(|_| is_one);
        let Some(greet) = found.as_ref().and_then(|path| path.to_str()) else {
            return Err(error(
                named.display(),
                "not a checkout of greet; set --greet or GREET",
            ));
        };
        let is_plain = |c: char| c.is_alphanumeric() || "/._+-".contains(c);
        match greet.chars().all(is_plain) {
            true => Ok(greet.into()),
            false => Err(error(
                greet,
                "make needs a path of letters, digits and `._+-`; move the checkout of greet",
            )),
        }
    }
}

/// Returns the files of a family except the files copied from the checkout.
///
/// # Errors
///
/// rustfmt fails.
pub fn files(name: &str, greet: &Path) -> Result<Vec<NewFile>, CliError> {
    let fill = |text: &str| {
        text.replace("@name@", name)
            .replace("@snake@", &snake_words(name))
            .replace("@type@", &camel(name))
            .replace("@greet@", &greet.display().to_string())
    };
    let mut files = Vec::new();
    for (path, text) in TEMPLATE {
        let path = fill(path);
        let text = match path.strip_suffix(".rs") {
            Some(_) => formatted(&path, &fill(text))?,
            None => fill(text),
        };
        files.push(NewFile {
            path: path.into(),
            text,
        });
    }
    files.extend(compiled(name, &fill(SPEC))?);
    Ok(files)
}

/// Formats Rust: where lines break depends on the length of the family's name.
fn formatted(path: &str, text: &str) -> Result<String, CliError> {
    let edition = if path.starts_with("kmodule/") {
        "2021"
    } else {
        "2024"
    };
    emit::rustfmt(text.to_owned(), edition).map_err(|problem| error(path, problem))
}

/// Compiles the spec, as `make codegen` does in the directory.
fn compiled(name: &str, text: &str) -> Result<[NewFile; 2], CliError> {
    let file = format!("{name}.yaml");
    let origin = crate::cli::origin(Path::new(&file));
    let source = Source {
        name: file,
        text: text.to_owned(),
    };
    let family = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| CliError::new(source.report(problem)))?;
    let user = UserOptions {
        genl: "genl",
        serde: false,
    };
    let kernel = emit::kernel(&family, &origin).map_err(|problem| failed(&source, problem))?;
    let user = emit::user(&family, &origin, user).map_err(|problem| failed(&source, problem))?;
    let kernel_path = format!("kmodule/{}_nl.rs", snake_words(name));
    Ok([
        (kernel_path.as_str(), kernel),
        ("client/src/protocol.rs", user),
    ]
    .map(|(path, text)| NewFile {
        path: path.into(),
        text,
    }))
}

fn failed(source: &Source, problem: EmitError) -> CliError {
    match problem {
        EmitError::Unsupported(problem) => CliError::new(source.report(problem)),
        EmitError::Rustfmt(_) => error(&source.name, problem),
    }
}

/// Adds a file, or the source files of a directory.
fn take(from: &Path, to: &Path, files: &mut Vec<NewFile>) -> Result<(), CliError> {
    let cannot = |problem: io::Error| error(from.display(), problem);
    if from.is_dir() {
        for entry in fs::read_dir(from).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            let is_source = path
                .extension()
                .is_some_and(|end| end == "rs" || end == "c");
            if let (true, Some(name)) = (is_source, path.file_name()) {
                take(&path, &to.join(name), files)?;
            }
        }
        return Ok(());
    }
    files.push(NewFile {
        path: to.to_owned(),
        text: fs::read_to_string(from).map_err(cannot)?,
    });
    Ok(())
}

/// Writes the files to a temporary directory and renames it, so that the directory is complete or
/// missing.
fn write(dir: &Path, files: &[NewFile]) -> Result<(), CliError> {
    let mut draft = dir.as_os_str().to_owned();
    draft.push(format!(".draft-{}", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = fs::create_dir(&draft)
        .and_then(|()| files.iter().try_for_each(|file| write_one(&draft, file)))
        .and_then(|()| fs::rename(&draft, dir));
    written.map_err(|problem| {
        let _ = fs::remove_dir_all(&draft);
        error(dir.display(), problem)
    })
}

fn write_one(directory: &Path, file: &NewFile) -> io::Result<()> {
    let path = directory.join(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, &file.text)
}

fn error(what: impl Display, why: impl Display) -> CliError {
    CliError::new(format!("{what}: {why}\n"))
}

/// Maximum length: `GENL_NAMSIZ` without the NUL.
const NAME_MAX: usize = 15;

/// Names of crates and modules used by the generated code or the compiler.
const OF_CRATES: [&str; 12] = [
    "alloc",
    "bindings",
    "core",
    "ffi",
    "genl",
    "kernel",
    "macros",
    "pin_init",
    "proc_macro",
    "std",
    "test",
    "uapi",
];

/// Words before `-y` or `-m` with a meaning in Kbuild.
const OF_KBUILD: [&str; 12] = [
    "always",
    "asflags",
    "ccflags",
    "dtb",
    "extra",
    "hostprogs",
    "ldflags",
    "lib",
    "obj",
    "rustflags",
    "subdir",
    "userprogs",
];

/// Families of the kernel that xtask boots.
const OF_FAMILIES: [&str; 2] = ["greet", "nlctrl"];

/// Rejects a name that is not valid in one of its uses: it is also the name of a type, modules, a
/// crate and a program.
fn check_name(name: &str) -> Result<(), CliError> {
    let reject = |why: &str| Err(error(format!("the name `{name}`"), why));
    let is_word = |word: &str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(is_part)
    };
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.split('-').all(is_word) {
        return reject("use a to z, 0 to 9 and single dashes, and begin with a letter");
    }
    if name.len() > NAME_MAX {
        return reject("use at most 15 characters");
    }
    if OF_FAMILIES.contains(&name) {
        return reject("another family has this name");
    }
    let module = snake_words(name);
    let words = [OF_CRATES.as_slice(), &OF_KBUILD].concat();
    if words.contains(&module.as_str()) || snake(name) != module || is_type(&camel(name)) {
        return reject("the name is reserved in Rust or Kbuild; choose another");
    }
    Ok(())
}

/// Returns whether the template uses the name for another type.
fn is_type(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = OPERATIONS.split(|c: char| !is_part(c));
    PRELUDE.contains(&name) || words.any(|word| word == name)
}
