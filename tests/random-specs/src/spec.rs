// SPDX-License-Identifier: MIT OR Apache-2.0

//! The text of a spec, and the outputs of the compiler for it.

use crate::compilers::Compiler;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use ynl_gen_rust::emit::EmitError;
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::Source;

const LICENCE: &str = "# SPDX-License-Identifier: GPL-2.0 OR MIT\n";

/// A spec.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Content.
    pub value: Value,
}

/// The result of the compiler.
#[derive(Debug)]
pub(crate) enum Made {
    /// Files of an output, by name.
    Files(Vec<(String, String)>),
    /// Rejected, with the reason.
    Rejected(String),
    /// Crashed.
    Broken(String),
}

impl Spec {
    /// Returns the text of the spec: JSON, which is valid YAML.
    pub fn text(&self) -> String {
        let text = format!("{LICENCE}{:#}\n", self.value);
        let mut escaped = String::new();
        for c in text.chars() {
            match c {
                // JSON allows these characters unescaped, YAML does not.
                '\u{7f}'..='\u{9f}' | '\u{feff}' => {
                    escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => escaped.push(c),
            }
        }
        escaped
    }

    /// Returns the family, or the error.
    pub fn family(&self) -> Result<Family, String> {
        let source = self.source();
        source
            .parse()
            .and_then(|document| model::build(&document, source.licence()?))
            .map_err(|problem| source.report(problem).to_string())
    }

    /// Returns the files of an output. Catches panics.
    pub(crate) fn make(&self, compiler: &dyn Compiler) -> Made {
        let make = || match self.family() {
            Err(problem) => Made::Rejected(problem),
            Ok(family) => match compiler.emit(&family) {
                Ok(files) => Made::Files(files),
                Err(EmitError::Unsupported(problem)) => {
                    Made::Rejected(self.source().report(problem).to_string())
                }
                Err(error) => Made::Broken(error.to_string()),
            },
        };
        catch_unwind(AssertUnwindSafe(make))
            .unwrap_or_else(|_| Made::Broken("error: ynl-gen-rust panics".to_owned()))
    }

    fn source(&self) -> Source {
        Source {
            name: "random.yaml".to_owned(),
            text: self.text(),
        }
    }
}
