//! `diff` of two ledgers that differ in a row of a thousand, and of whole packages that share no id, beside line diffs.

#![allow(clippy::print_stdout, reason = "a bench has no other way to answer")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use common::data::rows_package;
use common::{Sample, Step, Table, batool, mib, middle, quick, ratio, rounds, run_one, time, wanted};

fn main() -> ExitCode {
    common::main(|| {
        let rows = if quick() { 10_000 } else { 1_000_000 };
        let rows = std::env::var("BATOOL_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(rows);
        if wanted("ledgers")
            && let Some(data) = pair(rows)
        {
            ledgers(rows, &data);
        }
        if wanted("packages") {
            packages(rows);
        }
    })
}

/// Three packages of the documented dialect: `b` differs from `a` in a row of a thousand, `c` in every id alone.
fn pair(rows: u32) -> Option<PathBuf> {
    let data = common::data::root().join(format!("pair-{rows}"));
    if data.join("c/manifest.json").is_file() {
        return Some(data);
    }
    let generator = common::data::shared().join("bench/peers/gen.py");
    let made = Command::new("python3").arg(generator).arg("pair").arg(&data).arg(rows.to_string()).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("SKIPPED: no bench/peers/gen.py; set BATOOL_SHARED to the folder that holds it");
        return None;
    }
    for (name, from, id) in [("a", "a", ""), ("b", "b", ""), ("c", "a", "other-")] {
        package(&data.join(name), &data.join(format!("{from}.jsonl")), id).expect("the data folder can be written");
    }
    Some(data)
}

fn package(at: &Path, rows: &Path, id: &str) -> std::io::Result<()> {
    fs::create_dir_all(at.join("audit"))?;
    let mut out = BufWriter::new(fs::File::create(at.join("audit/run_ledger.jsonl"))?);
    for row in BufReader::new(fs::File::open(rows)?).lines() {
        let row = row?.replacen("{\"id\":\"", &format!("{{\"assertion_id\":\"{id}"), 1);
        writeln!(out, "{row}")?;
    }
    let mut listed = vec!["\"run_ledger\":\"audit/run_ledger.jsonl\"".to_owned()];
    for name in ["accept_failed", "accept_write_ledger", "candidate_ledger", "decision_log", "mapping_resolution"] {
        let (end, text) = if name == "mapping_resolution" { ("json", "{\"predicates\":[]}") } else { ("jsonl", "") };
        fs::write(at.join(format!("audit/{name}.{end}")), text)?;
        listed.push(format!("\"{name}\":\"audit/{name}.{end}\""));
    }
    let listed = listed.join(",");
    fs::write(
        at.join("manifest.json"),
        format!("{{\"package_kind\":\"audit\",\"paths\":{{\"audit_files\":{{{listed}}}}}}}"),
    )
}

fn ledgers(rows: u32, data: &Path) {
    let program = batool();
    let own = |b: &str, more: &[&str]| {
        let words = [&[program.as_str(), "diff", "a", b, "--format", "json"], more].concat();
        quiet(data, &words)
    };
    let lines =
        |words: &[&str]| quiet(data, &[words, &["a/audit/run_ledger.jsonl", "b/audit/run_ledger.jsonl"]].concat());
    let mut steps = vec![
        ("batool diff --no-verify", own("b", &["--no-verify"])),
        ("batool diff", own("b", &[])),
        ("batool diff --no-verify, all ids other", own("c", &["--no-verify"])),
        ("batool diff --no-verify, the same", own("a", &["--no-verify"])),
        ("GNU diff, lines", lines(&["diff"])),
        ("git diff --no-index, lines", lines(&["git", "diff", "--no-index"])),
    ];
    if let Some(python) = common::peers::duckdb() {
        // The same rows as they were before they were put into packages; it counts and shows none.
        let script = common::data::shared().join("bench/peers/duck.py");
        let words = [python.to_string_lossy(), script.to_string_lossy(), "a.jsonl".into(), "b.jsonl".into()];
        steps.push(("DuckDB, keyed join, counts only", quiet(data, &words.each_ref().map(|word| &**word))));
    }
    let size = common::data::size(&data.join("a")) as f64 / 1e6;
    report(&format!("diff of two ledgers of {rows} rows, {size:.0} MB each"), &steps, rounds(5));
}

/// Two whole packages of one run with other ids, and one beside itself.
fn packages(rows: u32) {
    let (Some(a), Some(b)) = (rows_package(rows, 1), rows_package(rows, 2)) else { return };
    let program = batool();
    let (one, other) = (a.to_string_lossy(), b.to_string_lossy());
    let own = |b: &str, more: &[&str]| {
        let words = [&[program.as_str(), "diff", &one, b, "--format", "json"], more].concat();
        quiet(&a, &words)
    };
    let steps = [
        ("batool diff --no-verify, all ids other", own(&other, &["--no-verify"])),
        ("batool diff, all ids other", own(&other, &[])),
        ("batool diff --no-verify, the same", own(&one, &["--no-verify"])),
        ("batool diff, the same", own(&one, &[])),
        ("GNU diff -r, lines, all ids other", quiet(&a, &["diff", "-r", &one, &other])),
        ("SHA-256 of both", quiet(&a, &["sh", "-c", "find \"$@\" -type f -exec sha256sum {} +", "sh", &one, &other])),
    ];
    let size = common::data::size(&a) as f64 / 1e6;
    report(&format!("diff of two packages of {rows} rows, {size:.0} MB each"), &steps, rounds(3));
}

/// Measures in turns; ratios are to the first.
fn report(title: &str, steps: &[(&str, Step)], rounds: usize) {
    let mut found = vec![Vec::new(); steps.len()];
    for _ in 0..rounds {
        for (at, (_, step)) in steps.iter().enumerate() {
            found[at].push(run_one(step));
        }
    }
    let found: Vec<Sample> = found.iter().map(|samples| middle(samples)).collect();
    let mut table = Table::new(title, &["what", "CPU", "wall", "peak RSS", "wall: batool / it", "RSS: batool / it"]);
    for ((name, _), sample) in steps.iter().zip(&found) {
        let ratios = [ratio(found[0].wall, sample.wall), ratio(found[0].rss, sample.rss)];
        table.row([(*name).to_owned(), time(sample.cpu), time(sample.wall), mib(sample.rss)].into_iter().chain(ratios));
    }
    table.print();
}

/// A comparison whose answer is thrown away; that things differ is no failure.
fn quiet(data: &Path, words: &[&str]) -> Step {
    let script = "\"$@\" > /dev/null; test $? -le 1";
    Step::new(data, &["sh", "-c", script, "sh"]).args(words.iter().map(|word| (*word).to_owned()))
}
