//! Nobody reaches upstairs: modules use only what stands on the floors beneath them.

mod support;

use std::fs;
use std::path::Path;

use support::files;

/// The modules of the library by floor; in a list of one place, modules use each other.
const FLOORS: &[(&str, &[&[&str]])] = &[
    ("0 words", &[&["digest"], &["finding"], &["error"], &["path"], &["lines"], &["json"], &["tlog"]]),
    ("1 doors", &[&["spill"], &["git"], &["source"]]),
    ("2 reading", &[&["ledger"], &["facts"], &["documented"], &["package"], &["events"], &["import"]]),
    (
        "3 judging",
        &[
            &["verdict"],
            &["rules"],
            &["claim"],
            &["judge"],
            &["certificate"],
            &["assess"],
            &["summary"],
            &["diff"],
            &["drift"],
        ],
    ),
    ("4 keeping", &[&["archive"]]),
    ("5 giving out", &[&["export"]]),
];
const LONGEST_FILE: usize = 500;
const PRINTING: [&str; 5] = ["println!", "eprintln!", "print!", "eprint!", "dbg!"];
const SURROUNDINGS: [&str; 4] = ["std::env", "SystemTime::now", "Instant::now", "IsTerminal"];

/// How high a module stands; modules of one place stand equally high.
fn height(module: &str) -> Option<usize> {
    FLOORS.iter().flat_map(|(_, places)| *places).position(|place| place.contains(&module))
}

fn read(inside: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)).expect("it is part of the project")
}

/// The source of the project: path below `src/` and text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let name = |path: &Path| path.strip_prefix(&root).expect("it lies there").to_string_lossy().into_owned();
    files(&root).iter().map(|path| (name(path), fs::read_to_string(path).expect("sources are text"))).collect()
}

/// Lines of code, without comments and without what follows one.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines =
        text.lines().enumerate().map(|(n, line)| (n + 1, line.split_once("// ").map_or(line, |(code, _)| code)));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The modules of the crate that the code of a file names, with the line of each.
fn used(path: &str, text: &str) -> Vec<(usize, String)> {
    let names = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = names.split('/').count();
    let lines: Vec<_> = code(text).collect();
    let mut inline = 0;
    let mut found = Vec::new();
    for (n, (number, line)) in lines.iter().enumerate() {
        inline += usize::from(line.trim_start().starts_with("mod ") && line.ends_with('{'));
        // `super::` as often as the module is deep leads to the root as well.
        let up = "super::".repeat(depth + inline);
        for root in ["crate::", up.as_str()] {
            for (at, _) in line.match_indices(root) {
                let before = &line[..at];
                if before.ends_with("::") || before.ends_with(|c: char| c.is_alphanumeric() || c == '$') {
                    continue;
                }
                let mut rest = line[at + root.len()..].to_owned();
                if rest.starts_with('{') {
                    rest.extend(lines[n + 1..].iter().take(40).map(|(_, line)| *line));
                }
                found.extend(heads(&rest).into_iter().map(|name| (*number, name)));
            }
        }
    }
    found
}

/// The first names of a path or of each path in a group: `a::b` gives a, `{a::{b, c}, d}` gives a and d.
fn heads(rest: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let mut heads = vec![word(group.trim_start())];
    let mut open = 1;
    for (at, c) in group.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            ',' if open == 1 => heads.push(word(group[at + 1..].trim_start())),
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// Everything in which a file of the library breaks the rules of the house.
fn complaints(path: &str, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let module = path.split(['/', '.']).next().unwrap_or_default();
    let is_program = module == "cli" || module == "main";
    let own = height(module);
    if own.is_none() && !is_program && module != "lib" {
        out.push(format!("{path}: the module {module} stands on no floor"));
    }
    if let Some(own) = own {
        for (line, name) in used(path, text) {
            match height(&name) {
                Some(other) if other < own || name == module => {}
                // Two modules of one place.
                Some(other) if other == own => {}
                Some(_) => out.push(format!("{path}:{line}: {module} reaches upstairs, to {name}")),
                None => out.push(format!("{path}:{line}: there is no module {name} on any floor")),
            }
        }
    }
    for (line, code) in code(text) {
        let is_word = |word: &str| code.match_indices(word).any(|(at, _)| !code[..at].ends_with(char::is_alphanumeric));
        if module != "git" && is_word("gix") {
            out.push(format!("{path}:{line}: only src/git names gix"));
        }
        if path != "cli/term.rs" && PRINTING.iter().any(|word| is_word(word)) {
            out.push(format!("{path}:{line}: only src/cli/term.rs prints"));
        }
        if module != "git" && !is_program && SURROUNDINGS.iter().any(|word| code.contains(word)) {
            out.push(format!("{path}:{line}: the library asks no environment, clock or terminal"));
        }
    }
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        out.push(format!("{path}: {lines} lines are more than {LONGEST_FILE}"));
    }
    out
}

#[test]
fn nobody_reaches_upstairs() {
    let sources = sources();
    assert!(sources.len() > 50, "the source was not found");
    let complaints: Vec<_> = sources.iter().flat_map(|(path, text)| complaints(path, text)).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_document_and_this_test_tell_the_same_floors() {
    let document = read("docs/architecture.md");
    let rows = document.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let floors: Vec<_> = rows
        .map(|row| row.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells[1].starts_with(|c: char| c.is_ascii_digit()))
        .map(|cells| (cells[1].to_owned(), cells[2].to_owned()))
        .collect();
    let place = |place: &&[&str]| place.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("+");
    let wanted: Vec<_> = FLOORS
        .iter()
        .map(|(floor, places)| ((*floor).to_owned(), places.iter().map(place).collect::<Vec<_>>().join(" ")))
        .collect();
    assert_eq!(floors, wanted);
}

#[test]
fn every_module_of_the_library_stands_on_a_floor() {
    let library = read("src/lib.rs");
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let homeless: Vec<_> = modules.filter(|module| height(module).is_none()).collect();
    assert_eq!(homeless, [""; 0]);
}

#[test]
fn a_house_that_breaks_its_rules_is_noticed() {
    let bad = [
        ("digest.rs", "use crate::json::Scanner;", "digest.rs:1: digest reaches upstairs, to json"),
        (
            "git/id.rs",
            "use crate::{\n    error::Error,\n    source,\n};",
            "git/id.rs:1: git reaches upstairs, to source",
        ),
        (
            "ledger/run.rs",
            "use crate::{digest::{Digest, Hasher}, rules};",
            "ledger/run.rs:1: ledger reaches upstairs, to rules",
        ),
        (
            "ledger/run.rs",
            "fn f() -> crate::package::Package {}",
            "ledger/run.rs:1: ledger reaches upstairs, to package",
        ),
        ("ledger/run.rs", "use super::super::package;", "ledger/run.rs:1: ledger reaches upstairs, to package"),
        ("ledger/mod.rs", "use super::package;", "ledger/mod.rs:1: ledger reaches upstairs, to package"),
        (
            "ledger/mod.rs",
            "mod tests {\n    use super::super::judge;\n}",
            "ledger/mod.rs:2: ledger reaches upstairs, to judge",
        ),
        ("attic.rs", "", "attic.rs: the module attic stands on no floor"),
        ("json/mod.rs", "use crate::attic::x;", "json/mod.rs:1: there is no module attic on any floor"),
        ("source/tree.rs", "use gix::Repository;", "source/tree.rs:1: only src/git names gix"),
        ("summary.rs", "\n    println!(\"x\");", "summary.rs:2: only src/cli/term.rs prints"),
        ("cli/verify.rs", "eprintln!(\"x\");", "cli/verify.rs:1: only src/cli/term.rs prints"),
        ("judge.rs", "std::env::var(\"X\");", "judge.rs:1: the library asks no environment, clock or terminal"),
    ];
    for (path, text, complaint) in bad {
        assert_eq!(complaints(path, text).join("\n"), complaint, "{path}: {text}");
    }
    assert_eq!(complaints("path.rs", &"\n".repeat(501)), ["path.rs: 501 lines are more than 500"]);
    let good = [
        ("certificate.rs", "use crate::judge::{Judgement, Options};\nuse crate::rules;"),
        ("claim/mod.rs", "use crate::verdict::Options;\nuse super::finding::Finding;"),
        ("ledger/run.rs", "use super::shape::Shape;\nmod tests {\n    use super::super::run;\n}"),
        ("cli/verify.rs", "use batool::judge::judge; use std::env;"),
        ("rules/mod.rs", "//! Like gix, println! and crate::archive.\nlet x = 1; // crate::archive"),
        ("git/repo.rs", "use gix::Repository; // as git does\nstd::env::var(\"GIT_DIR\");"),
    ];
    for (path, text) in good {
        assert_eq!(complaints(path, text), [""; 0], "{path}: {text}");
    }
}
