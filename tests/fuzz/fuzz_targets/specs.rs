// SPDX-License-Identifier: MIT OR Apache-2.0

//! Arbitrary specs: each compiles, or has an error that can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::hint::black_box;
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::{Problem, Source};

fuzz_target!(|text: String| {
    let source = Source {
        name: "spec.yaml".to_owned(),
        text,
    };
    match family(&source) {
        Ok(family) => {
            black_box(emit::doc(&family, "spec.yaml"));
            let _ = black_box(emit::uapi(&family, "spec.yaml"));
            black_box(emit::wireshark(&family, "spec.yaml"));
            let _ = black_box(emit::syzkaller(&family, "spec.yaml"));
        }
        Err(problem) => {
            black_box(format!("{}", source.report(problem)));
        }
    }
});

fn family(source: &Source) -> Result<Family, Problem> {
    let document = source.parse()?;
    model::build(&document, source.licence()?)
}
