// SPDX-License-Identifier: MIT OR Apache-2.0

//! The directory of one module.

use crate::ours::{self, Ours};
use crate::sources::{self, InC};
use crate::specs::Spec;
use crate::theirs::{self, Generator};
use crate::workshop::Workshop;
use anyhow::{Context, Result, anyhow};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The directory of the files that are not generated.
const FILES: [(&str, &str); 4] = [
    ("compare.c", "tests/oracle/module/compare.c"),
    ("helpers.c", "kmodule/genl/helpers.c"),
    ("genl.rs", "kmodule/genl.rs"),
    ("genl", "kmodule/genl"),
];

/// A module to build.
pub(crate) struct Module {
    /// Name in the tests.
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    spec: PathBuf,
    ours: Ours,
    /// The header with the flags of the groups.
    groups: String,
    /// Fields of a family in C that the kernel's generator does not write.
    fields: String,
    /// Whether the operations that depend on an unset kernel option are enabled.
    complete: bool,
    /// The family in C, unless it is the kernel generator's.
    in_c: Option<&'static InC>,
    inputs: String,
}

/// Returns the modules for a spec: one, and a second one if some operations depend on kernel
/// options.
pub(crate) fn of(
    workshop: &Workshop,
    generator: &Generator<'_>,
    spec: &Spec,
    common: &str,
) -> Result<Vec<Module>> {
    let path = generator.stage(&spec.name, &spec.text)?;
    let seen = match &spec.altered {
        Some(text) => generator.stage(&format!("{}_for_us", spec.name), text)?,
        None => path.clone(),
    };
    let failed = |message| anyhow!("ynl-gen-rust: {message}");
    let ours = ours::compile(&seen, None).map_err(failed)?;
    let groups = ours::groups(&path).map_err(failed)?;
    let fields = ours::family_fields(&path).map_err(failed)?;
    let module = |name: String, complete: bool| Module {
        directory: workshop.build_directory().join(&name),
        inputs: inputs(common, spec, &ours),
        spec: path.clone(),
        name,
        ours: ours.clone(),
        groups: groups.clone(),
        fields: fields.clone(),
        complete,
        in_c: None,
    };
    let mut modules = vec![module(spec.name.clone(), spec.altered.is_some())];
    if !ours.conditions.is_empty() && spec.altered.is_none() {
        modules.push(module(format!("{}_complete", spec.name), true));
    }
    if workshop.with_sources {
        if let Some(in_c) = sources::ALL.iter().find(|in_c| in_c.spec == spec.name) {
            let supplement =
                generator.stage(&format!("{}.supplement", spec.name), in_c.supplement)?;
            let supplement = (!in_c.supplement.is_empty()).then_some(supplement.as_path());
            let ours = ours::compile(&path, supplement).map_err(failed)?;
            modules.push(Module {
                inputs: inputs(common, spec, &ours),
                ours,
                in_c: Some(in_c),
                ..module(format!("{}_source", spec.name), true)
            });
        }
    }
    Ok(modules)
}

/// Returns a hash of everything that the module depends on.
fn inputs(common: &str, spec: &Spec, ours: &Ours) -> String {
    let mut hasher = DefaultHasher::new();
    [common, &spec.text, &ours.protocol, &ours.skeleton].hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Returns the text of the files that all modules share.
pub(crate) fn common(workshop: &Workshop, generator: &Generator<'_>) -> Result<String> {
    let mut text = workshop.identity.clone() + &generator.text()?;
    for (_, path) in FILES {
        read_all(&workshop.checkout.join(path), &mut text)?;
    }
    read_all(&workshop.checkout.join("tests/oracle/module"), &mut text)?;
    Ok(text)
}

fn read_all(path: &Path, text: &mut String) -> Result<()> {
    if !path.is_dir() {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        text.push_str(&String::from_utf8_lossy(&content));
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| read_all(entry, text))
}

impl Module {
    /// Returns the path of the built module.
    pub(crate) fn object(&self) -> PathBuf {
        self.directory.join(format!("{}.ko", self.kernel_name()))
    }

    fn kernel_name(&self) -> String {
        format!("oracle_{}", self.name)
    }

    /// Returns whether the module is up to date.
    pub(crate) fn is_built(&self) -> bool {
        self.object().exists()
            && fs::read_to_string(self.stamp()).is_ok_and(|inputs| inputs == self.inputs)
    }

    /// Records that the module is up to date.
    pub(crate) fn set_built(&self) -> Result<()> {
        Ok(fs::write(self.stamp(), &self.inputs)?)
    }

    fn stamp(&self) -> PathBuf {
        self.directory.join("inputs")
    }

    /// Writes the sources into an empty directory.
    pub(crate) fn write(&self, workshop: &Workshop, generator: &Generator<'_>) -> Result<()> {
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)?;
        }
        fs::create_dir_all(&self.directory)?;
        for (name, path) in FILES {
            symlink(workshop.checkout.join(path), self.directory.join(name))?;
        }
        let module = &self.ours.module;
        fs::write(self.rust(&format!("{module}_nl")), &self.ours.protocol)?;
        fs::write(self.rust(module), &self.ours.skeleton)?;
        fs::write(self.directory.join("groups.h"), &self.groups)?;
        if let Some(in_c) = self.in_c {
            let objects = in_c.write(&workshop.tree, &self.directory)?;
            self.fill_in(workshop, "ours.rs", "")?;
            return self.fill_in(workshop, "Kbuild", &objects.join(" "));
        }
        generator.write(&self.spec, &self.fields, &self.directory)?;
        if self.complete {
            theirs::meet_conditions(&self.directory.join("theirs.c"), &self.ours.conditions)?;
        }
        self.fill_in(workshop, "ours.rs", "")?;
        self.fill_in(workshop, "Kbuild", "")
    }

    fn rust(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension("rs")
    }

    /// Writes a file from its template, with the objects of the C source.
    fn fill_in(&self, workshop: &Workshop, name: &str, sources: &str) -> Result<()> {
        let pattern = format!("tests/oracle/module/{name}.in");
        let text = fs::read_to_string(workshop.checkout.join(pattern))?
            .replace("@module@", &self.kernel_name())
            .replace("@family@", &self.ours.module)
            .replace("@conditions@", &self.rust_flags())
            .replace("@sources@", sources);
        Ok(fs::write(self.directory.join(name), text)?)
    }

    fn rust_flags(&self) -> String {
        let conditions = self.ours.conditions.iter().filter(|_| self.complete);
        let flags: Vec<_> = conditions.map(|option| format!("--cfg {option}")).collect();
        flags.join(" ")
    }
}
