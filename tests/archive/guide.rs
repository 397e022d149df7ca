//! The page for release managers: every command in it is run, and ends as it says.

use std::fs;
use std::path::Path;

use crate::drift::{etl, regressed};
use crate::support::{Sandbox, run, text};

/// The blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}");
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line == fence {
            blocks.push(lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect());
        } else if line.starts_with("```") {
            lines.by_ref().take_while(|line| *line != "```").for_each(drop);
        }
    }
    blocks
}

#[test]
fn the_guide_to_baselines_does_what_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/baselines.md");
    let page = fs::read_to_string(page).expect("it is part of the project");
    let sandbox = Sandbox::new();
    let here = sandbox.path("");
    for (at, package) in
        [("runs/etl", etl("a", 5)), ("runs/rerun/etl", etl("b", 5)), ("runs/regressed/etl", regressed())]
    {
        package.folder(&sandbox.path(at));
    }
    let [policy] = blocks(&page, "toml").try_into().expect("there is one");
    fs::write(sandbox.path("drift.toml"), policy).expect("there is room");
    let mut told = 0;
    for command in blocks(&page, "sh").concat().lines() {
        let (command, note) = command.split_once('#').unwrap_or((command, ""));
        let words: Vec<&str> = command.split_whitespace().collect();
        let code = if note.trim() == "ends 2" { 2 } else { 0 };
        let said = match words.as_slice() {
            ["batool", args @ ..] => sandbox.batool(&here, args).ends(code),
            ["git", args @ ..] => run(&mut sandbox.program("git", &here, args)).ends(code),
            _ => panic!("{command}"),
        };
        match words.as_slice() {
            // The packages here are of the dialect that an archive has to name.
            ["batool", "archive", "init", name] => {
                sandbox.policy(&here.join(name), "[\"factgraph-0.3\"]", "[\"factgraph-0.3\", \"documented\"]");
                let remote = text(&sandbox.path("remote.git"));
                sandbox.git(&here, &["init", "-q", "--bare", "-b", "main", &remote]);
                sandbox.git(&here.join(name), &["remote", "add", "origin", &remote]);
            }
            _ if code == 2 => {
                drop(said.says(&["Verdict: REJECT", "release/etl <- runs/regressed/etl", "R_DRIFT_ACCEPTANCE x2"]))
            }
            _ => {}
        }
        told += 1;
    }
    assert!(told >= 15, "{told} commands");
    sandbox.clean(&here.join("audits"));
    sandbox.clean(&sandbox.path("remote.git"));
}
