//! Pages that are printed from tables: `BATOOL_BLESS=1 cargo test --test docs` writes them, a plain run compares.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use batool::archive::ARCHIVE_CODES;
use batool::drift::DRIFT_CODES;
use batool::rules::Page;
use batool::{claim, rules};

#[test]
fn the_page_of_rules_is_printed_from_the_tables() {
    let mut out = String::from(
        "# Codes\n\nPrinted from the tables by `tests/docs.rs`; `batool explain CODE` shows one page.\n\n\
         `R_` is a violation (REJECT), `U_` a gap (UNDECIDABLE), `N_` a note, `NC_` the reason of a non-claim. In strict mode a gap\n\
         about the package itself becomes `R_STRICT_…`; these are marked. Where a page names findings that one may follow from, it is\n\
         counted as a consequence of theirs if they are about the same thing; so is whatever else is wrong with a row or member that\n\
         misses its form.\n\n## Packages\n",
    );
    for rule in rules::PACKAGE {
        let strict = if rule.promoted { "; a violation in strict mode" } else { "" };
        let invariants =
            if rule.invariants.is_empty() { String::new() } else { format!("; invariants {}", rule.invariants) };
        let causes: Vec<String> = rules::follows(rule.code).iter().map(|cause| format!("`{cause}`")).collect();
        let causes = if causes.is_empty() { String::new() } else { format!(" May follow from {}.", causes.join(", ")) };
        page(&mut out, rule.code, &format!("Revision {}{invariants}{strict}.{causes}", rule.revision), &rule.page);
    }
    out.push_str("\n## Event logs\n");
    for rule in rules::EVENTS {
        let strict = if rule.promoted { "; a violation in strict mode" } else { "" };
        page(&mut out, rule.code, &format!("Revision {}{strict}.", rule.revision), &rule.page);
    }
    out.push_str("\n## Archives\n");
    for code in ARCHIVE_CODES {
        page(&mut out, code.code, "", &code.page);
    }
    out.push_str("\n## Drift\n");
    for code in DRIFT_CODES {
        page(&mut out, code.code, "", &code.page);
    }
    out.push_str("\n## Claims\n\n| claim | revision | means |\n|---|---|---|\n");
    for claim in claim::PACKAGE {
        writeln!(out, "| `{}` | {} | {} |", claim.name, claim.revision, claim.means).expect("a string takes all");
    }
    out.push_str("\n## Claims about event logs\n\nA gap blocks what it concerns: every gap those of time, some gaps those of counting.\n\n");
    out.push_str("| claim | class | revision | means |\n|---|---|---|---|\n");
    for (class, claim) in claim::EVENTS {
        let class = if *class == claim::Class::Count { "counting" } else { "time" };
        writeln!(out, "| `{}` | {class} | {} | {} |", claim.name, claim.revision, claim.means)
            .expect("a string takes all");
    }
    out.push_str("\n## Reasons of non-claims\n\nBeside these, the codes of gaps.\n\n| reason | means |\n|---|---|\n");
    for reason in claim::REASONS {
        writeln!(out, "| `{}` | {} |", reason.code, reason.means).expect("a string takes all");
    }
    compare("docs/rules.md", &out);
}

fn page(out: &mut String, code: &str, about: &str, page: &Page) {
    let about = if about.is_empty() { String::new() } else { format!("{about}\n\n") };
    writeln!(
        out,
        "\n### {code}\n\n{}\n\n{about}- **Means:** {}\n- **Matters:** {}\n- **Innocently:** {}\n- **Next:** {}",
        page.title, page.means, page.matters, page.innocent, page.next
    )
    .expect("a string takes all");
}

#[test]
fn the_page_of_commands_is_what_help_prints() {
    let mut out = String::from("# Commands\n\nWhat `--help` prints, collected by `tests/docs.rs`.\n");
    let mut open = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let help = help(&path);
        let name = std::iter::once("batool").chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        let text: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        writeln!(out, "\n## `{name}`\n\n```text\n{text}```").expect("a string takes all");
        let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
        let names = listed.lines().take_while(|line| line.starts_with("  ")).filter(|line| !line.starts_with("   "));
        let mut below: Vec<Vec<String>> = names
            .filter_map(|line| line.split_whitespace().next())
            .map(|name| path.iter().cloned().chain([name.to_owned()]).collect())
            .collect();
        below.reverse();
        open.extend(below);
    }
    compare("docs/cli.md", &out);
}

fn help(path: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batool"));
    let output =
        command.args(path).arg("--help").env("COLUMNS", "120").env_remove("BATOOL_ARCHIVE").output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "help ends well");
    String::from_utf8(output.stdout).expect("help is UTF-8")
}

fn compare(page: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("BATOOL_BLESS").is_some() {
        std::fs::write(&path, wanted).expect("the page can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(there.as_str(), wanted);
    assert!(there == wanted, "{page} is not up to date; run with BATOOL_BLESS=1\n{}", diff.unified_diff());
}
