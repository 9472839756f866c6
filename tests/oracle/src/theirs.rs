// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family in C by the kernel's generator, with everything that it needs for linking.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The distribution's Python, which has the packages of the generator.
const PYTHON: &str = "/usr/bin/python3";

/// The kernel's generator.
pub(crate) struct Generator<'a> {
    tree: &'a Path,
    /// A minimal kernel tree: the generator looks for other files relative to the spec.
    stage: PathBuf,
}

impl<'a> Generator<'a> {
    /// Prepares a directory for the specs.
    pub(crate) fn new(tree: &'a Path, stage: PathBuf) -> Result<Self> {
        let netlink = Path::new("Documentation/netlink");
        fs::create_dir_all(stage.join(netlink).join("specs"))?;
        // Without it, the generator searches for the root of the tree forever.
        fs::write(stage.join("MAINTAINERS"), "")?;
        for entry in fs::read_dir(tree.join(netlink))? {
            let path = entry?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                fs::copy(&path, stage.join(netlink).join(name))?;
            }
        }
        Ok(Self { tree, stage })
    }

    /// Writes a spec where the generator expects it.
    pub(crate) fn stage(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = format!("Documentation/netlink/specs/{name}.yaml");
        let path = self.stage.join(path);
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Returns the text of the generator.
    pub(crate) fn text(&self) -> Result<String> {
        let directory = self.program();
        let directory = directory.parent().context("the generator's directory")?;
        let mut text = String::new();
        for part in [directory.to_owned(), directory.join("lib")] {
            let mut files: Vec<_> = fs::read_dir(part)?
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<_>>()?;
            files.retain(|file| file.extension().is_some_and(|end| end == "py"));
            files.sort();
            for file in files {
                text.push_str(&fs::read_to_string(file)?);
            }
        }
        Ok(text)
    }

    fn program(&self) -> PathBuf {
        self.tree.join("tools/net/ynl/pyynl/ynl_gen_c.py")
    }

    /// Writes `theirs.c`, `theirs.h` and `stubs.c` for a spec, and its uapi header if the kernel
    /// has none. `fields` are the fields of the family, if the generator does not write them.
    pub(crate) fn write(&self, spec: &Path, fields: &str, directory: &Path) -> Result<()> {
        let header = directory.join("theirs.h");
        self.run(spec, &["--mode", "kernel", "--header"], &header)?;
        let source = directory.join("theirs.c");
        self.run(spec, &["--mode", "kernel", "--source"], &source)?;
        fix(&source)?;
        let header = fs::read_to_string(header)?;
        fs::write(directory.join("stubs.c"), stubs(&header, fields)?)?;
        for name in uapi_headers(&header) {
            if !self.tree.join("include").join(name).exists() {
                let path = directory.join("include").join(name);
                fs::create_dir_all(path.parent().context("no directory")?)?;
                self.run(spec, &["--mode", "uapi", "--header"], &path)?;
            }
        }
        Ok(())
    }

    fn run(&self, spec: &Path, mode: &[&str], output: &Path) -> Result<()> {
        let done = Command::new("timeout")
            .args(["60", PYTHON])
            .arg(self.program())
            .args(mode)
            .arg("--spec")
            .arg(spec)
            .arg("-o")
            .arg(output)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .context("cannot run Python")?;
        if !done.status.success() {
            let message = [done.stdout, done.stderr].concat();
            let message = String::from_utf8_lossy(&message);
            let last = message.trim_end().lines().last().unwrap_or_default();
            bail!("ynl_gen_c.py fails ({}): {last}", done.status);
        }
        Ok(())
    }
}

/// Fixes C code that does not compile: the generator uses the macro for unsigned numbers for wide
/// ranges of signed numbers.
fn fix(source: &Path) -> Result<()> {
    const WRONG: &str = "NLA_POLICY_FULL_RANGE(NLA_S";
    const RIGHT: &str = "NLA_POLICY_FULL_RANGE_SIGNED(NLA_S";

    let text = fs::read_to_string(source)?;
    Ok(fs::write(source, text.replace(WRONG, RIGHT))?)
}

/// Enables all operations that depend on a kernel option.
pub(crate) fn meet_conditions(source: &Path, conditions: &[String]) -> Result<()> {
    let mut text = fs::read_to_string(source)?;
    for condition in conditions {
        text = text.replace(&format!("#ifdef {condition}\n"), "#if 1\n");
    }
    Ok(fs::write(source, text)?)
}

/// Returns stubs of the functions that a header declares, and a function that returns the family.
fn stubs(header: &str, fields: &str) -> Result<String> {
    let declared = header.lines().find_map(|line| {
        line.strip_prefix("extern struct genl_family ")?
            .strip_suffix(';')
    });
    let (family, definition) = match declared {
        Some(family) => (family, String::new()),
        None => ("family", legacy_family(header, fields)?),
    };
    let mut text = format!(
        "#include <linux/kernel.h>\n#include \"theirs.h\"\n\n{definition}\
         struct genl_family *oracle_theirs(void);\n\n\
         struct genl_family *oracle_theirs(void)\n{{\n\treturn &{family};\n}}\n"
    );
    for declaration in declarations(header) {
        let body = match declaration.starts_with("int") {
            true => "\treturn -EOPNOTSUPP;\n",
            false => "",
        };
        text.push_str(&format!("\n{declaration}\n{{\n{body}}}\n"));
    }
    Ok(text)
}

/// Returns a family with the table of operations that a header declares, and with the family's policy
/// if the operations share one.
fn legacy_family(header: &str, fields: &str) -> Result<String> {
    const KINDS: [(&str, &str); 3] = [
        ("genl_split_ops", "split_ops"),
        ("genl_small_ops", "small_ops"),
        ("genl_ops", "ops"),
    ];

    let find = |kind: &str| {
        let start = format!("extern const struct {kind} ");
        let mut lines = header.lines();
        let rest = lines.find_map(|line| line.strip_prefix(&start))?;
        Some(rest.split('[').next().unwrap_or_default())
    };
    let mut found = KINDS
        .iter()
        .filter_map(|(kind, field)| Some((find(kind)?, *field)));
    let (table, field) = found.next().context("the header declares no operations")?;
    let mut fields =
        format!("{fields}\t.{field} = {table},\n\t.n_{field} = ARRAY_SIZE({table}),\n");
    if field == "small_ops" {
        let policy = table.replace("_ops", "_policy");
        fields += &format!("\t.policy = {policy},\n\t.maxattr = ARRAY_SIZE({policy}) - 1,\n");
    }
    Ok(format!(
        "static struct genl_family family = {{\n{fields}}};\n\n"
    ))
}

/// Returns the function declarations in a header.
fn declarations(header: &str) -> Vec<String> {
    let is_code = |line: &&str| !line.starts_with(['#', '/']);
    let code: Vec<_> = header.lines().filter(is_code).collect();
    let code = code.join("\n");
    let returns = |statement: &&str| {
        let first = statement.split_whitespace().next();
        matches!(first, Some("int" | "void"))
    };
    let statements = code.split(';').map(str::trim).filter(returns);
    statements.map(str::to_owned).collect()
}

/// Returns the uapi headers that a header includes.
fn uapi_headers(header: &str) -> impl Iterator<Item = &str> {
    header
        .lines()
        .filter_map(|line| line.strip_prefix("#include <")?.strip_suffix('>'))
        .filter(|name| name.starts_with("uapi/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "/* A comment. */\n#include <uapi/linux/x.h>\n#include <asm/page.h>\n\n\
        extern const struct nla_policy x_nl_policy[X_A_Y + 1];\n\n\
        int x_nl_get_doit(struct sk_buff *skb,\n\t\t  struct genl_info *info);\n\
        void\nx_post(void);\n\nenum {\n\tX_NLGRP_A,\n};\n\nextern struct genl_family x_nl_family;\n";

    #[test]
    fn every_undefined_function_gets_a_stub() {
        let stubs = stubs(HEADER, "").expect("a family");
        let expected = "int x_nl_get_doit(struct sk_buff *skb,\n\t\t  struct genl_info *info)\n\
            {\n\treturn -EOPNOTSUPP;\n}\n\nvoid\nx_post(void)\n{\n}\n";
        assert!(stubs.ends_with(expected), "{stubs}");
        assert!(stubs.contains("\treturn &x_nl_family;\n"), "{stubs}");
    }

    #[test]
    fn legacy_family_has_the_policy_of_small_operations() {
        let header = "extern const struct genl_small_ops x_nl_ops[3];\n";
        let stubs = stubs(header, "\t.name = \"x\",\n").expect("operations");
        for field in [
            ".name = \"x\"",
            ".small_ops = x_nl_ops",
            ".policy = x_nl_policy",
        ] {
            assert!(stubs.contains(field), "{stubs}");
        }
    }

    #[test]
    fn uapi_headers_are_found() {
        let headers: Vec<_> = uapi_headers(HEADER).collect();
        assert_eq!(headers, ["uapi/linux/x.h"]);
    }
}
