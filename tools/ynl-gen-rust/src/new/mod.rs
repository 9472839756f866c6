// SPDX-License-Identifier: MIT OR Apache-2.0

//! A family to begin with, in a folder of its own: spec, kernel module, client, and a test that
//! boots a kernel.

mod name;

use crate::cli::CliError;
use crate::emit::{self, EmitError, UserOptions};
use crate::model;
use crate::naming::{camel, snake_words};
use crate::spec::Source;
use clap::Args;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The arguments of `new`.
#[derive(Args, Debug)]
pub struct New {
    /// The family's name: at most 15 characters, of a to z, 0 to 9 and dashes
    name: String,
    /// The folder to make, which must not be there yet [default: NAME]
    dir: Option<PathBuf>,
    /// The checkout of greet, for the library of either side and the kernel that is booted [default:
    /// the one that this program was built in]
    #[arg(long, value_name = "DIR", env = "GREET")]
    greet: Option<PathBuf>,
}

/// A file of the new family.
#[derive(Debug)]
pub struct NewFile {
    /// Where it is in the folder.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// What is written once, by where it goes.
const TEMPLATE: [(&str, &str); 12] = [
    (".gitignore", include_str!("../../template/gitignore")),
    ("@name@.yaml", SPEC),
    ("Makefile", include_str!("../../template/Makefile")),
    ("README.md", include_str!("../../template/README.md")),
    ("in-guest", include_str!("../../template/in-guest")),
    (
        "client/Cargo.toml",
        include_str!("../../template/client/manifest.toml"),
    ),
    (
        "client/src/lib.rs",
        include_str!("../../template/client/src/lib.rs"),
    ),
    (
        "client/src/main.rs",
        include_str!("../../template/client/src/main.rs"),
    ),
    (
        "client/tests/family.rs",
        include_str!("../../template/client/tests/family.rs"),
    ),
    ("kmodule/@snake@.rs", OPERATIONS),
    (
        "kmodule/@snake@_main.rs",
        include_str!("../../template/kmodule/main.rs"),
    ),
    (
        "kmodule/Kbuild",
        include_str!("../../template/kmodule/Kbuild"),
    ),
];

const SPEC: &str = include_str!("../../template/family.yaml");

/// The file in which the family's name is that of a type.
const OPERATIONS: &str = include_str!("../../template/kmodule/family.rs");

/// What is taken from the checkout: the kernel's library, the versions of crates that the user's is
/// tested with, and the texts of the licences that the files name.
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
    /// Makes the folder, or nothing.
    pub fn run(&self) -> Result<(), CliError> {
        name::check(&self.name)?;
        let dir = self.dir.as_deref().unwrap_or(Path::new(&self.name));
        // Without a slash at its end.
        let dir: PathBuf = dir.components().collect();
        if dir.symlink_metadata().is_ok() {
            return Err(error(
                dir.display(),
                "it is there already; a family begins in a new folder",
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
            "The family {name} is in {dir}. What to do with it is in {dir}/README.md; first:\n"
        );
        println!("    make -C {dir} test");
        Ok(())
    }

    /// Where greet is.
    fn checkout(&self) -> Result<PathBuf, CliError> {
        let built_in = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let named = self.greet.clone().unwrap_or_else(built_in);
        let is_one = TAKEN.iter().all(|(from, _)| named.join(from).exists());
        let found = named.canonicalize().ok().filter(|_| is_one);
        let Some(greet) = found.as_ref().and_then(|path| path.to_str()) else {
            return Err(error(
                named.display(),
                "this is no checkout of greet; --greet or GREET names one",
            ));
        };
        let is_plain = |c: char| c.is_alphanumeric() || "/._+-".contains(c);
        match greet.chars().all(is_plain) {
            true => Ok(greet.into()),
            false => Err(error(
                greet,
                "make takes a path of letters, digits and `._+-` alone; give greet another one",
            )),
        }
    }
}

/// What is written for a family of the name, but for what is taken from the checkout of greet.
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
            Some(_) => laid_out(&path, &fill(text))?,
            None => fill(text),
        };
        files.push(NewFile {
            path: path.into(),
            text,
        });
    }
    files.extend(made_from_spec(name, &fill(SPEC))?);
    Ok(files)
}

/// Where lines break depends on the name's length.
fn laid_out(path: &str, text: &str) -> Result<String, CliError> {
    let edition = if path.starts_with("kmodule/") {
        "2021"
    } else {
        "2024"
    };
    emit::rustfmt(text.to_owned(), edition).map_err(|problem| error(path, problem))
}

/// What comes out of the spec, as `make codegen` in the folder does it.
fn made_from_spec(name: &str, text: &str) -> Result<[NewFile; 2], CliError> {
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

/// Adds a file, or the sources in a folder.
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

/// Writes all beside the folder first, so that it is there whole or not at all.
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

fn write_one(folder: &Path, file: &NewFile) -> io::Result<()> {
    let path = folder.join(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, &file.text)
}

fn error(what: impl Display, why: impl Display) -> CliError {
    CliError::new(format!("{what}: {why}\n"))
}
