// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names in Rust. Both sides use the same.

/// Words that cannot be names, not even as `r#…`.
const NEVER_RAW: [&str; 4] = ["crate", "self", "super", "_"];

/// Words that can be names only as `r#…`.
const KEYWORDS: [&str; 46] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "where", "yield",
];

/// A name as a type or variant has it: `peer-get` is `PeerGet`.
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

/// Names that generated code means something else by.
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

/// A name as a type of the family has it: as [`camel`], with the family's name before it where Rust
/// has a type of this name that is always in reach.
pub(crate) fn type_name(family: &str, name: &str) -> String {
    let camel = camel(name);
    match PRELUDE.contains(&camel.as_str()) {
        true => self::camel(&format!("{family}-{name}")),
        false => camel,
    }
}

/// A name as a function or field has it: `peer-get` is `peer_get`.
pub(crate) fn snake(name: &str) -> String {
    identifier(words(name).collect::<Vec<_>>().join("_"))
}

/// A name as a constant or static has it: `peer-get` is `PEER_GET`.
pub(crate) fn screaming(name: &str) -> String {
    identifier(snake_words(name).to_ascii_uppercase())
}

/// A name as a part of another: as [`snake`], but a keyword is nothing special.
pub(crate) fn snake_words(name: &str) -> String {
    words(name).collect::<Vec<_>>().join("_")
}

fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(['-', '_', ' '])
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
}

/// Makes a name one that Rust takes.
fn identifier(name: String) -> String {
    if name == "Self" {
        // Not `Self_`, which is not the case of types once something follows it.
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

/// A name that is not one of `taken`; those that would be get an ending.
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
