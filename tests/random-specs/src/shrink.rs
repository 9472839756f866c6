// SPDX-License-Identifier: MIT OR Apache-2.0

//! Shrinks a spec while it fails in the same way.

use crate::check::{Failure, check};
use crate::compilers::Compiler;
use crate::spec::{Made, Spec};
use anyhow::Result;
use serde_json::Value;
use std::path::Path;
use std::time::Instant;

/// Maximum number of specs tried at once.
const AT_ONCE: usize = 40;

/// Shrinks a spec until every removal fixes the failure, or the time is over.
pub fn shrink(
    compiler: &dyn Compiler,
    failure: Failure,
    directory: &Path,
    until: Instant,
) -> Result<Failure> {
    let kind = failure.kind();
    let mut least = failure;
    while Instant::now() < until {
        let mut smaller = candidates(&least.spec.value);
        smaller.sort_by_key(|value| value.to_string().len());
        let specs = smaller.into_iter().map(|value| Spec { value });
        let accepted = specs.filter(|spec| !matches!(spec.make(compiler), Made::Rejected(_)));
        let mut accepted = accepted.peekable();
        let mut found = None;
        while found.is_none() && accepted.peek().is_some() {
            let some: Vec<_> = accepted.by_ref().take(AT_ONCE).collect();
            let failures = check(compiler, some, directory)?.into_iter();
            found = failures
                .filter(|failure| failure.kind() == kind)
                .min_by_key(|failure| failure.spec.text().len());
        }
        match found {
            Some(found) => least = found,
            None => break,
        }
    }
    Ok(least)
}

/// Returns all values with one part removed.
fn candidates(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Array(items) => {
            let mut size = items.len().div_ceil(2);
            while size > 0 {
                for start in (0..items.len()).step_by(size) {
                    let end = (start + size).min(items.len());
                    let rest = [&items[..start], &items[end..]].concat();
                    all.push(rest.into());
                }
                size /= 2;
            }
            for (index, item) in items.iter().enumerate() {
                for smaller in candidates(item) {
                    let mut items = items.clone();
                    items[index] = smaller;
                    all.push(items.into());
                }
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                let mut rest = map.clone();
                rest.remove(key);
                all.push(rest.into());
                for smaller in candidates(item) {
                    let mut map = map.clone();
                    map.insert(key.clone(), smaller);
                    all.push(map.into());
                }
            }
        }
        Value::String(text) if text.len() > 1 => {
            let chars: Vec<char> = text.chars().collect();
            let (first, second) = chars.split_at(chars.len() / 2);
            all.push(first.iter().collect::<String>().into());
            all.push(second.iter().collect::<String>().into());
        }
        _ => {}
    }
    all
}
