//! The pages for the three people: every command in them is run, in order, and says and ends as the page has it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use batool::digest::Digest;

use crate::drift::{etl, regressed};
use crate::shared::{copy, files};
use crate::support::{Sandbox, run, text};

/// What is fenced on a page, in order: language and text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let page = fs::read_to_string(page).expect("it is part of the project");
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            blocks.push((language.to_owned(), text));
        }
    }
    blocks
}

/// One command of a page, as a reader would give it to a shell.
fn shell(sandbox: &Sandbox, command: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_batool"));
    let mut path = vec![program.parent().expect("it lies in a folder").to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").expect("there is one")));
    let mut shell = sandbox.program("bash", &sandbox.path(""), &["-o", "pipefail", "-c", command]);
    shell.env("PATH", std::env::join_paths(path).expect("they were joined before")).env("GIT_TERMINAL_PROMPT", "0");
    shell
}

/// Every line of the page stands in what was said, in this order; `…` stands for anything.
#[track_caller]
fn holds(shown: &str, said: &str) {
    let mut said_lines = said.lines();
    for line in shown.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "…") {
        assert!(said_lines.any(|said| is_like(line, said.trim())), "{line:?} does not follow in:\n{said}");
    }
}

fn is_like(shown: &str, said: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| said.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let Some(at) = (if parts.peek().is_none() { rest.rfind(part) } else { rest.find(part) }) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

/// Does what a page says, as one who has nothing but what lies here, and counts the commands. A block that begins with the
/// name of a file is that file, and a text is what the commands above it say. `ready` is told each command that was done.
fn follow(page: &str, sandbox: &Sandbox, ready: impl Fn(&str)) -> usize {
    let (mut told, mut said) = (0, Some(String::new()));
    let mut variables = BTreeMap::new();
    for (language, block) in blocks(page) {
        match language.as_str() {
            "sh" if block.starts_with("python3 ") && !has_python() => said = None,
            "sh" => {
                let done: Vec<_> =
                    block.lines().filter_map(|line| obey(line, sandbox, &mut variables, &ready)).collect();
                told += done.len();
                said = Some(done.concat());
            }
            "text" => said.iter().for_each(|said| holds(&block, said)),
            _ => {
                let name = block.strip_prefix("# ").and_then(|block| block.split([' ', ':', '\n']).next());
                fs::write(sandbox.path(name.expect("a file has a name")), &block).expect("there is room");
            }
        }
    }
    told
}

/// Runs one line; what it said, or none if it only sets a variable.
fn obey(
    line: &str,
    sandbox: &Sandbox,
    variables: &mut BTreeMap<String, String>,
    ready: impl Fn(&str),
) -> Option<String> {
    assert!(!line.starts_with("cd "), "the next command would start from here: {line}");
    if let Some((name, value)) = line.strip_prefix("export ").and_then(|word| word.split_once('=')) {
        variables.insert(name.to_owned(), value.to_owned());
        return None;
    }
    let (_, note) = line.rsplit_once(" # ").unwrap_or((line, ""));
    let code = note.trim().strip_prefix("ends ").map_or(0, |code| code.parse().expect("a number"));
    let said = run(shell(sandbox, line).envs(variables)).ends(code);
    ready(line);
    Some(said.out)
}

#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn has_python() -> bool {
    let has_python = Command::new("python3").arg("-V").output().is_ok();
    if !has_python {
        eprintln!("skipped: there is no python3");
    }
    has_python
}

/// A package of the real producer at a place, in which this one approved what `cem` did; the digest of its facts is made anew.
fn real(sandbox: &Sandbox, at: &str, approver: &str) {
    let folder = sandbox.path(at);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/ok-full"), &folder);
    let facts = || {
        let names = "claim claim_arg claim_seq meta_bool meta_float meta_int meta_str meta_time revokes".split(' ');
        let table = |name| {
            let path = format!("facts/{name}.facts");
            [path.as_bytes(), b"\0", &fs::read(folder.join(&path)).expect("it is there")].concat()
        };
        Digest::of(&names.map(table).collect::<Vec<_>>().concat()).token()
    };
    let rewrite = |file: &Path, from: &str, to: &str| {
        let text = fs::read_to_string(file).expect("it is text");
        fs::write(file, text.replace(from, to)).expect("there is room");
    };
    let before = facts();
    for file in files(&folder) {
        rewrite(&file, "\"cem\"", &format!("\"{approver}\""));
        rewrite(&file, "\tcem\n", &format!("\t{approver}\n"));
    }
    rewrite(&folder.join("manifest.json"), &before, &facts());
}

#[test]
fn what_a_page_shows_is_held_against_what_was_said() {
    assert!(is_like("a … c…", "a b c") && is_like("…", "") && is_like("a", "a") && is_like("…x", "xyx"));
    assert!(!is_like("a", "ab") && !is_like("a…c", "ab") && !is_like("…b", "abc") && !is_like("ab…b", "ab"));
    holds("b\n\n…\nd…\n", "a\n  b\nc\ndd\n");
    for (shown, said) in [("b\na\n", "a\nb\n"), ("a\na\n", "a\n"), ("x\n", "")] {
        assert!(std::panic::catch_unwind(|| holds(shown, said)).is_err(), "{shown:?} of {said:?}");
    }
}

#[test]
fn the_guide_to_baselines_does_what_it_says() {
    let sandbox = Sandbox::new();
    let here = sandbox.path("");
    for (at, package) in
        [("runs/etl", etl("a", 5)), ("runs/rerun/etl", etl("b", 5)), ("runs/regressed/etl", regressed())]
    {
        package.folder(&sandbox.path(at));
    }
    let told = follow("baselines.md", &sandbox, |command| {
        // The packages here are of the dialect that an archive has to name.
        if let Some(name) = command.strip_prefix("batool archive init ") {
            sandbox.policy(&here.join(name), "[\"factgraph-0.3\"]", "[\"factgraph-0.3\", \"documented\"]");
            let remote = text(&sandbox.path("remote.git"));
            sandbox.git(&here, &["init", "-q", "--bare", "-b", "main", &remote]);
            sandbox.git(&here.join(name), &["remote", "add", "origin", &remote]);
        }
    });
    assert!(told >= 15, "{told} commands");
    gate(&sandbox);
    sandbox.clean(&here.join("audits"));
    sandbox.clean(&sandbox.path("remote.git"));
}

/// The job that the page gives CI: a harmless run passes all of its commands, and one that lost something ends at the check.
fn gate(sandbox: &Sandbox) {
    let summary = sandbox.path("summary.md");
    let job = fs::read_to_string(sandbox.path("audit.yml")).expect("the page has it");
    let commands: Vec<_> = job.lines().filter_map(|line| line.trim().strip_prefix("- run: batool ")).collect();
    let [verify, check] = commands.as_slice() else { panic!("{job}") };
    for (from, code, says) in [("rerun", 0, "VERIFIED"), ("regressed", 2, "R_DRIFT_ACCEPTANCE")] {
        fs::remove_dir_all(sandbox.path("runs/etl")).expect("it was there");
        copy(&sandbox.path(&format!("runs/{from}/etl")), &sandbox.path("runs/etl"));
        for (command, code) in [(verify, 0), (check, code)] {
            let mut step = shell(sandbox, &format!("batool {command}"));
            run(step.env("GITHUB_STEP_SUMMARY", &summary)).ends(code);
        }
        let told = fs::read_to_string(&summary).expect("it was written");
        assert!(told.contains(says), "{told}");
        fs::remove_file(&summary).expect("it is there");
    }
}

#[test]
fn the_guide_for_reviewers_does_what_it_says() {
    let sandbox = Sandbox::new();
    let here = sandbox.path("");
    let kept = sandbox.path("audits.git");
    sandbox.batool(&here, &["archive", "init", "--bare", "audits.git"]).ends(0);
    for (at, name, approver) in [("a", "release/etl", "cem"), ("b", "nightly/etl", "bob")] {
        real(&sandbox, at, approver);
        sandbox.batool(&kept, &["archive", "add", &text(&sandbox.path(at)), "--as", name]).ends(0);
    }
    sandbox.batool(&kept, &["baseline", "create", "v1.3", "release/etl"]).ends(0);
    let case = text(&sandbox.path("case.tar.gz"));
    sandbox.batool(&kept, &["export", "release/etl", "--to", &case, "--with-certificate"]).ends(0);
    let checkpoint = sandbox.batool(&kept, &["archive", "checkpoint"]).ends(0).out;
    fs::write(sandbox.path("checkpoint.txt"), checkpoint).expect("there is room");
    let told = follow("guide-reviewer.md", &sandbox, |_| ());
    assert!(told >= 15, "{told} commands");
    sandbox.clean(&here.join("audits"));
}

#[test]
fn the_guide_for_platform_engineers_does_what_it_says() {
    let sandbox = Sandbox::new();
    let here = sandbox.path("");
    for (at, approver) in [("runs/etl-1", "cem"), ("runs/etl-2", "bob")] {
        real(&sandbox, at, approver);
    }
    let told = follow("guide-platform.md", &sandbox, |_| ());
    assert!(told >= 20, "{told} commands");
    for archive in ["srv/audits.git", "ci", "far"] {
        sandbox.clean(&here.join(archive));
    }
}
