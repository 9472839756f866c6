// SPDX-License-Identifier: MIT OR Apache-2.0

//! Snapshots of all outputs for a spec with all features.

use std::path::Path;
use ynl_gen_rust::model::{self, Family, KernelPolicy, Message, Role};
use ynl_gen_rust::spec::Source;
use ynl_gen_rust::{cli, emit};

const ORIGIN: &str = "every_type.yaml";
const ODD_TEXTS: &str = "odd_texts.yaml";
const OLD_FAMILY: &str = "old_family.yaml";

fn every_type() -> Family {
    family(ORIGIN)
}

fn family(spec: &str) -> Family {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/specs")
        .join(spec);
    let source = Source::read(&path).expect("a readable file");
    let document = source.parse().expect("a valid spec");
    model::build(&document, "MIT OR Apache-2.0").expect("a valid spec")
}

#[test]
fn kernel() {
    insta::assert_snapshot!(emit::kernel(&every_type(), ORIGIN).expect("the output"));
}

#[test]
fn old_family() {
    insta::assert_snapshot!(emit::kernel(&family(OLD_FAMILY), OLD_FAMILY).expect("the output"));
}

#[test]
fn policy_of_all_requests_has_the_attributes_of_each() {
    let mut family = family(OLD_FAMILY);
    family.kernel_policy = KernelPolicy::Global;
    let text = emit::kernel(&family, OLD_FAMILY).expect("the output");
    for part in [
        ".max_attr(5)",
        "policy OLD_FAMILY_POLICY.as_slice(), strict false, pre open_thing;",
        "SetDo: do set(OldFamilyRequest) = Set,",
        // The core does not validate this dump.
        "dump list_dump(ListDumpRequest) = List,",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn attributes_of_a_dump_without_validation_have_a_lax_policy() {
    let mut family = family(OLD_FAMILY);
    let mut roles = family.operations.iter_mut().map(|one| &mut one.role);
    let list = roles.find_map(|role| match role {
        Role::Call { doit: None, dumpit } => dumpit.as_mut(),
        _ => None,
    });
    list.expect("a dump").request = Some(Message {
        attributes: vec![1],
    });
    let text = emit::kernel(&family, OLD_FAMILY).expect("the output");
    for part in [
        "policy LIST_POLICY.as_slice(), strict false, cursor ListCursor",
        "static LIST_POLICY: [ThingAttr; 2] = {\n        Size: u64(),\n    }",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn skeleton() {
    insta::assert_snapshot!(emit::skeleton(&every_type(), ORIGIN).expect("the output"));
}

#[test]
fn uapi() {
    insta::assert_snapshot!(emit::uapi(&every_type(), ORIGIN).expect("the output"));
}

#[test]
fn doc() {
    insta::assert_snapshot!(emit::doc(&every_type(), ORIGIN));
}

#[test]
fn wireshark() {
    let script = emit::wireshark(&every_type(), ORIGIN);
    let (tables, _same_for_all) = script.split_once("-- The code below").expect("both parts");
    insta::assert_snapshot!(tables);
}

/// Docs cannot end a comment or a literal, the module documentation keeps its paragraphs, and an
/// enum without variants, which Rust does not allow, is omitted.
#[test]
fn unusual_texts_in_kernel_output() {
    let family = family(ODD_TEXTS);
    insta::assert_snapshot!(emit::kernel(&family, ODD_TEXTS).expect("the output"), @r#"
    // SPDX-License-Identifier: MIT OR Apache-2.0
    // Generated from odd_texts.yaml by `ynl-gen-rust --kernel`. Do not edit.

    //! The protocol of the family `odd-texts`: text that could end what it stands in.
    //!
    //! A first paragraph. A second sentence, which goes on.

    use crate::genl::{
        values,
        Family, //
    };
    use kernel::prelude::*;

    /// Name of the family.
    pub const FAMILY_NAME: &CStr = c"odd-texts";

    /// Version of the family.
    pub const FAMILY_VERSION: u8 = 1;

    /// Ends */ here \<b\> \[x\].
    pub const QUOTED: &CStr = c"a \"b\" \\c";

    values! {
        /// Ends */ int evil;.
        pub enum Kind {
            /// So does */ this.
            One = 0,
        }
    }

    /// The family. The module registers it.
    pub static FAMILY: Family = Family::const_new_events(
        kernel::module::this_module::<crate::LocalModule>(),
        FAMILY_NAME.to_bytes_with_nul(),
        FAMILY_VERSION as u32,
        &[],
    );
    "#);
}

#[test]
fn unusual_texts_in_c_header() {
    insta::assert_snapshot!(emit::uapi(&family(ODD_TEXTS), ODD_TEXTS).expect("the output"), @r#"
    /* SPDX-License-Identifier: MIT OR Apache-2.0 */
    /* Generated from odd_texts.yaml by `ynl-gen-rust --uapi`. Do not edit. */

    #ifndef _UAPI_LINUX_ODD_TEXTS_H
    #define _UAPI_LINUX_ODD_TEXTS_H

    #define ODD_TEXTS_FAMILY_NAME		"odd-texts"
    #define ODD_TEXTS_FAMILY_VERSION	1

    /* Ends * / here <b> [x]. */
    #define ODD_TEXTS_QUOTED	"a \"b\" \\c"

    /**
     * enum odd_texts_kind - Ends * / int evil;
     * @ODD_TEXTS_KIND_ONE: So does * / this.
     */
    enum odd_texts_kind {
    	ODD_TEXTS_KIND_ONE,
    };

    /* And * / this. */
    enum {
    	ODD_TEXTS_A_NOTHING_GONE = 1,

    	__ODD_TEXTS_A_NOTHING_MAX,
    	ODD_TEXTS_A_NOTHING_MAX = (__ODD_TEXTS_A_NOTHING_MAX - 1)
    };

    enum {

    	__ODD_TEXTS_CMD_MAX,
    	ODD_TEXTS_CMD_MAX = (__ODD_TEXTS_CMD_MAX - 1)
    };

    #endif /* _UAPI_LINUX_ODD_TEXTS_H */
    "#);
}

#[test]
fn difference_is_a_unified_diff() {
    let path = Path::new("there/greet.h");
    insta::assert_snapshot!(cli::difference(
        path,
        "one\ntwo\nthree\n",
        "one\n2\nthree\n"
    ), @r#"
    --- there/greet.h
    +++ there/greet.h (from the spec)
    @@ -1,3 +1,3 @@
     one
    -two
    +2
     three
    "#);
}

#[test]
fn origin_is_the_file_name_without_directories() {
    for path in ["/here/weather/weather.yaml", "weather.yaml"] {
        assert_eq!(cli::origin(Path::new(path)), "weather.yaml");
    }
    // The name is in a comment, and a file may have any name.
    let origin = cli::origin(Path::new("a\nb\u{202e}\u{1b}.yaml"));
    assert_eq!(origin, "a\u{fffd}b\u{fffd}\u{fffd}.yaml");
}
