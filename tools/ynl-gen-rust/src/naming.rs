// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names in Rust, the same on both sides.

/// Keywords that cannot be raw identifiers.
const NEVER_RAW: [&str; 4] = ["crate", "self", "super", "_"];

/// Keywords that can be raw identifiers, `r#…`.
const KEYWORDS: [&str; 46] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "where", "yield",
];

/// Returns a name in the case of types and variants: `peer-get` is `PeerGet`.
pub(crate) fn camel(name: &str) -> String {
    let mut camel = String::new();
    for word in words(name) {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        if digit(camel.chars().last()) && digit(word.chars().next()) {
            camel.push('_');
        }
        let mut chars = word.chars();
        camel.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        camel.extend(chars);
    }
    identifier(camel)
}

/// Names with another meaning in generated code.
pub(crate) const PRELUDE: [&str; 27] = [
    "AsMut",
    "AsRef",
    "CStr",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Error",
    "Fn",
    "From",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Pin",
    "Result",
    "Send",
    "Some",
    "String",
    "Sync",
    "TryFrom",
    "Vec",
];

/// Returns the name of a type: the name in [`camel`] case, with the family's name as a prefix if
/// Rust's prelude has a type of this name.
pub(crate) fn type_name(family: &str, name: &str) -> String {
    let camel = camel(name);
    match PRELUDE.contains(&camel.as_str()) {
        true => self::camel(&format!("{family}-{name}")),
        false => camel,
    }
}

/// Returns a name in the case of functions and fields: `peer-get` is `peer_get`.
pub(crate) fn snake(name: &str) -> String {
    identifier(words(name).collect::<Vec<_>>().join("_"))
}

/// Returns a name in the case of constants and statics: `peer-get` is `PEER_GET`.
pub(crate) fn screaming(name: &str) -> String {
    identifier(snake_words(name).to_ascii_uppercase())
}

/// Returns a name as a part of another name: like [`snake`], but without escaping keywords.
pub(crate) fn snake_words(name: &str) -> String {
    words(name).collect::<Vec<_>>().join("_")
}

fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(['-', '_', ' '])
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
}

/// Escapes a keyword.
fn identifier(name: String) -> String {
    if name == "Self" {
        // `Self_` would not be in the case of types.
        "Itself".to_owned()
    } else if NEVER_RAW.contains(&name.as_str()) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

/// Returns a name that is not in `taken`; a name in it gets a suffix.
pub(crate) fn unless_taken(name: String, taken: &[&str]) -> String {
    match taken.contains(&name.as_str()) {
        true => format!("{name}_attr"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_habits_of_rust() {
        assert_eq!(camel("peer-get"), "PeerGet");
        assert_eq!(snake("peer-get"), "peer_get");
        assert_eq!(screaming("peer-get"), "PEER_GET");
        assert_eq!(camel("IP_map"), "IpMap");
    }

    #[test]
    fn words_of_rust_are_kept_apart() {
        assert_eq!(snake("type"), "r#type");
        assert_eq!(snake("self"), "self_");
        assert_eq!(camel("self"), "Itself");
        assert_eq!(screaming("type"), "TYPE");
    }

    #[test]
    fn types_of_rust_stay_in_reach() {
        assert_eq!(type_name("greet", "option"), "GreetOption");
        assert_eq!(type_name("greet", "style"), "Style");
    }

    #[test]
    fn digits_stay_readable() {
        assert_eq!(camel("2ghz"), "_2ghz");
        assert_eq!(camel("t1-2"), "T1_2");
        assert_eq!(snake("10base-t"), "_10base_t");
    }
}
