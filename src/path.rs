//! Which names may stand in a package or an archive, and when two names are one to some file system.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

/// Says what is wrong with one component of a path, or nothing if it may stand in a package and in an archive.
///
/// The answer completes "the name …": `"has a backslash"`. A component is good if git, Windows, macOS and a shell
/// pipeline all take it as it is: no control character, backslash or `<>:"|?*`, no leading `-`, no trailing dot or
/// space, nothing that some file system takes for `.git…`, no device name of Windows.
pub fn check_component(component: &str) -> Option<&'static str> {
    if component.is_empty() {
        return Some("has an empty component");
    }
    if component == "." || component == ".." {
        return Some("has a component `.` or `..`");
    }
    if component.chars().any(|c| c < ' ' || c == '\u{7f}') {
        return Some("has a control character");
    }
    if component.contains('/') {
        return Some("has a slash inside a component");
    }
    if component.contains('\\') {
        return Some("has a backslash");
    }
    if component.starts_with('-') {
        return Some("has a component that starts with `-`");
    }
    if is_git_name(component) {
        return Some("has a component that git keeps for itself");
    }
    if component.contains(['<', '>', ':', '"', '|', '?', '*']) {
        return Some("has a character that Windows refuses");
    }
    if component.ends_with(['.', ' ']) {
        return Some("has a component that ends with a dot or a space, which Windows drops");
    }
    if is_windows_device(component) {
        return Some("has a component that is reserved on Windows");
    }
    None
}

/// Says what is wrong with a relative, `/`-separated path, or nothing if all of its components are good.
pub fn check_path(path: &str) -> Option<&'static str> {
    path.split('/').find_map(check_component)
}

/// Reads the list of empty directories of a package with these files.
///
/// # Errors
/// Why the list cannot be right: it is sorted, without repetition, of safe paths, none of which is a file or holds
/// anything.
pub fn parse_empty_directories(text: &[u8], files: &[&str]) -> Result<Vec<String>, String> {
    let Ok(text) = std::str::from_utf8(text) else { return Err("is not UTF-8".into()) };
    if text.is_empty() || !text.ends_with('\n') {
        return Err("is empty or does not end with a newline".into());
    }
    let taken: BTreeSet<&str> = files.iter().copied().chain(text.lines()).collect();
    let files: BTreeSet<&str> = files.iter().copied().collect();
    let mut last = "";
    for path in text.lines() {
        if let Some(why) = check_path(path) {
            return Err(format!("the path {path:?} {why}"));
        }
        if path <= last {
            return Err(format!("{path:?} is not sorted, or stands twice"));
        }
        let below = format!("{path}/");
        if files.contains(path) {
            return Err(format!("{path:?} is a file"));
        }
        if taken.range(below.as_str()..).next().is_some_and(|first| first.starts_with(&below)) {
            return Err(format!("{path:?} holds something"));
        }
        if path.match_indices('/').any(|(at, _)| files.contains(&path[..at])) {
            return Err(format!("{path:?} lies in a file"));
        }
        last = path;
    }
    Ok(text.lines().map(str::to_owned).collect())
}

/// The form in which names that differ only by case or Unicode form are equal. Works on a component or a whole path.
///
/// Each character is folded on its own (`ß` stays, the two small sigmas meet), between two passes of NFC.
pub fn collision_key(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    path.nfc().map(fold).flat_map(char::to_lowercase).nfc().collect()
}

/// The upper-case form where that is one character: through it, letters with two lower-case forms meet.
fn fold(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// True for names that start with `.git`, also to HFS+ (which ignores some characters) and as NTFS short names.
fn is_git_name(component: &str) -> bool {
    let seen = if component.is_ascii() {
        component.to_ascii_lowercase()
    } else {
        component.chars().filter(|c| !is_ignored_by_hfs(*c)).collect::<String>().to_lowercase()
    };
    if seen.starts_with(".git") {
        return true;
    }
    // Windows shortens `.git` to `git~1` and `.gitmodules` to `gitmod~1` or, when those are taken, to `gi7eba~1`.
    const SHORTENED: [&str; 7] = ["git", "gitmod", "gitatt", "gitign", "gi7eba", "gi7d29", "gi250a"];
    seen.split_once('~').is_some_and(|(stem, number)| {
        SHORTENED.contains(&stem) && number.starts_with(|digit: char| digit.is_ascii_digit())
    })
}

fn is_ignored_by_hfs(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

fn is_windows_device(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or(component).trim_end_matches(' ').to_lowercase();
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") {
        return true;
    }
    let number = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    number.is_some_and(|number| {
        let mut digits = number.chars();
        matches!((digits.next(), digits.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_may_stand() {
        for name in [
            "a",
            "a b",
            "run_ledger.jsonl",
            ".hidden",
            "...a",
            "git",
            "github",
            "gitmod",
            "com",
            "com10",
            "com0",
            "console",
            "nul-1",
            "ünïcode",
            "日本",
            "FOOOOO~1.JPG",
            "a-",
            "~",
        ] {
            assert_eq!(check_component(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_that_somebody_takes_otherwise_may_not() {
        for name in [
            "",
            ".",
            "..",
            "a\nb",
            "\u{7f}",
            "a/b",
            "a\\b",
            "-rf",
            ".git",
            ".GIT",
            ".gitattributes",
            ".g\u{200c}it",
            "\u{feff}.Git",
            "git~1",
            "GIT~12",
            "GITMOD~1",
            "gi7eba~9",
            "a:b",
            "a?",
            "a*",
            "<",
            ">",
            "|",
            "\"",
            "a.",
            "a ",
            "con",
            "CON.txt",
            "con .txt",
            "aux",
            "nul.tar.gz",
            "com1",
            "LPT9.x",
            "com²",
            "...",
        ] {
            assert!(check_component(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn names_that_some_file_system_takes_for_equal_have_one_key() {
        for (one, other) in [("A", "a"), ("É", "e\u{301}"), ("ΟΔΟΣ", "οδος"), ("İ", "i\u{307}"), ("dir/A", "DIR/a")]
        {
            assert_eq!(collision_key(one), collision_key(other), "{one} {other}");
        }
        assert_ne!(collision_key("straße"), collision_key("strasse"));
    }

    #[test]
    fn a_list_of_empty_directories_fits_between_the_files() {
        let files = ["a/b", "c"];
        assert_eq!(parse_empty_directories(b"a/c\nd\n", &files), Ok(vec!["a/c".to_owned(), "d".to_owned()]));
        for wrong in ["", "d", "d\nd\n", "e\nd\n", "a\n", "c\n", "c/d\n", "d\nd/e\n", "d\nd-\nd/e\n", "../x\n", "/x\n"]
        {
            assert!(parse_empty_directories(wrong.as_bytes(), &files).is_err(), "{wrong:?}");
        }
        assert!(parse_empty_directories(b"\xff\n", &files).is_err());
    }
}
