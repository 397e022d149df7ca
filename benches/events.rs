//! Event logs: `batool verify` on one core against the reference verifier, and against SHA-256 plus a strict scan of the
//! same bytes.
//!
//! `BATOOL_BENCH_EVENTS` sets how many events (ten million unless set, fewer in quick mode); `BATOOL_SHARED` tells where
//! the generator and the reference are.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench has no other way to answer")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use batool::digest::Hasher;
use batool::json::Scanner;
use common::data::{scratch, size};
use common::{Sample, Step, Table, batool, mib, middle, quick, ratio, rounds, run_one, time};

/// The reference holds the whole log in memory; it is given a part, and compared by the byte.
const REFERENCE_EVENTS: u64 = 100_000;

fn main() -> ExitCode {
    common::main(|| {
        let shared = std::env::var_os("BATOOL_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
        let tools = shared.join("tools");
        if !tools.join("gen_big_events.py").exists() {
            eprintln!("skipped: {} is not there (set BATOOL_SHARED)", tools.display());
            return;
        }
        let asked = std::env::var("BATOOL_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
        let events = asked.unwrap_or(if quick() { 200_000 } else { 10_000_000 });
        let folder = scratch("events");
        let columns = [
            "log",
            "MB",
            "CPU",
            "MB/s of CPU",
            "wall",
            "peak",
            "floor",
            "times the floor",
            "reference, as long a log",
            "faster by",
        ];
        let mut table = Table::new(&format!("batool verify, {events} events, one core"), &columns);
        for (name, extra) in [("counted ids", ""), ("random ids", "--plain-ids"), ("counted ids, chained", "--chain")] {
            let log = generate(&tools, &folder, events, extra);
            let part = generate(&tools, &folder, REFERENCE_EVENTS.min(events), extra);
            let share = size(&log) as f64 / size(&part) as f64;
            let ours = middle(&(0..rounds(3)).map(|_| verify(&folder, &log)).collect::<Vec<_>>());
            let floor = middle(&(0..rounds(3)).map(|_| sample(|| floor(&log))).collect::<Vec<_>>());
            let reference = run_one(
                &python(&folder, &fs::canonicalize(&tools).expect("it is there"), "ref_verify_events.py")
                    .arg("--input")
                    .arg(part.to_string_lossy()),
            );
            let megabytes = size(&log) as f64 / 1e6;
            table.row([
                name.to_owned(),
                format!("{megabytes:.0}"),
                time(ours.cpu),
                format!("{:.0}", megabytes / ours.cpu * 1e3),
                time(ours.wall),
                mib(ours.rss),
                time(floor.wall),
                ratio(ours.cpu, floor.wall),
                time(reference.cpu * share),
                ratio(reference.cpu * share, ours.cpu),
            ]);
            fs::remove_file(&log).expect("it was made here");
        }
        table.print();
    })
}

fn python(folder: &Path, tools: &Path, script: &str) -> Step {
    Step::new(folder, &["python3", &tools.join(script).to_string_lossy()])
}

fn generate(tools: &Path, folder: &Path, events: u64, extra: &str) -> PathBuf {
    let log = folder.join(format!("{events}{extra}.jsonl"));
    let tools = fs::canonicalize(tools).expect("it is there");
    let step = python(folder, &tools, "gen_big_events.py").arg(log.to_string_lossy());
    let count = ["--events".to_owned(), events.to_string()];
    run_one(&step.args(count).args(Some(extra.to_owned()).filter(|extra| !extra.is_empty())));
    log
}

/// The program on one core; its digests have a thread of their own, so this is all its work.
fn verify(folder: &Path, log: &Path) -> Sample {
    let program = batool();
    run_one(&Step::new(folder, &["taskset", "-c", "0", &program, "verify", "--quiet", &log.to_string_lossy()]))
}

fn sample(work: impl FnOnce()) -> Sample {
    let started = std::time::Instant::now();
    work();
    Sample { wall: started.elapsed().as_secs_f64() * 1e3, ..Sample::default() }
}

/// What any verifier must do at least: hash the bytes, and scan every line for what is no strict JSON.
fn floor(log: &Path) {
    let text = fs::read(log).expect("it was made");
    let (mut hasher, mut scanner) = (Hasher::new(), Scanner::new(16));
    hasher.update(&text);
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        assert!(scanner.scan(line).is_ok());
    }
    std::hint::black_box(hasher.finish());
}
