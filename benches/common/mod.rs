//! What the benches share: running children and counting what they used, data, peers, tables.
//!
//! CPU is user + system time of waited-for children. A bench starts itself anew as a *helper*, which runs a list of
//! commands and answers, for each, what `getrusage` of its children grew by; a helper is small, so the peak RSS of a
//! child is not hidden by that of its parent (the kernel counts the moment before `exec` as the child's).

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench has no other way to answer")]
#![allow(dead_code, reason = "every bench uses a part")]

pub(crate) mod data;
pub(crate) mod peers;

use std::fs::{self, File};
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

const HELPER: &str = "--helper";
/// Fields of a step on the helper's input.
const FIELD: char = '\u{1f}';

/// Runs the bench, or the helper if that is what was started.
pub(crate) fn main(bench: impl FnOnce()) -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == HELPER) {
        helper();
    } else if args.iter().any(|arg| arg == "--bench") {
        bench();
    } else {
        println!("nothing measured: run it by `cargo bench`");
    }
    ExitCode::SUCCESS
}

/// True for a part that was asked for by name, as in `cargo bench --bench add -- growth`, or if none was.
pub(crate) fn wanted(part: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).peekable();
    names.peek().is_none() || names.any(|name| name == part)
}

/// True in quick mode: fewer rounds and less data, to see that everything works.
pub(crate) fn quick() -> bool {
    std::env::var_os("BATOOL_BENCH_QUICK").is_some_and(|value| !value.is_empty() && value != "0")
}

/// The number of interleaved rounds.
pub(crate) fn rounds(full: usize) -> usize {
    let own = std::env::var("BATOOL_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
    own.unwrap_or(if quick() { 1 } else { full })
}

/// The program under test: built with the benches, or what `BATOOL_BENCH_BIN` names.
pub(crate) fn batool() -> String {
    std::env::var("BATOOL_BENCH_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_batool").to_owned())
}

/// A command with all its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    dir: PathBuf,
    words: Vec<String>,
}

impl Step {
    /// A command to be run in a folder.
    pub(crate) fn new(dir: &Path, words: &[&str]) -> Self {
        Self { dir: dir.to_owned(), words: words.iter().map(|&word| word.to_owned()).collect() }
    }

    /// One more argument.
    pub(crate) fn arg(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// Some more arguments.
    pub(crate) fn args(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.words.extend(words);
        self
    }
}

/// What one command used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// User and system time in milliseconds.
    pub(crate) cpu: f64,
    /// Time that passed, in milliseconds.
    pub(crate) wall: f64,
    /// Peak resident set in MiB; of several commands in one helper, the largest so far.
    pub(crate) rss: f64,
}

impl Sample {
    /// Both one after the other.
    pub(crate) fn then(self, next: Self) -> Self {
        Self { cpu: self.cpu + next.cpu, wall: self.wall + next.wall, rss: self.rss.max(next.rss) }
    }
}

/// Runs commands one after the other in one fresh helper.
///
/// A command that fails is told loudly: its figures are worth nothing.
pub(crate) fn run(steps: &[Step]) -> Vec<Sample> {
    let own = std::env::current_exe().expect("the bench has a path");
    let errors = data::root().join("stderr");
    let mut child = Command::new(own)
        .arg(HELPER)
        .envs(peers::environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&errors).expect("the data folder can be written"))
        .spawn()
        .expect("the bench can start itself");
    let mut input = child.stdin.take().expect("it was asked for");
    let mut lines = String::new();
    for step in steps {
        let words = std::iter::once(step.dir.to_string_lossy().into_owned()).chain(step.words.iter().cloned());
        lines.push_str(&words.collect::<Vec<_>>().join(&FIELD.to_string()));
        lines.push('\n');
    }
    // The helper reads everything before it answers.
    input.write_all(lines.as_bytes()).expect("the helper listens");
    drop(input);
    let output = child.wait_with_output().expect("the helper ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let samples: Vec<Sample> = text.lines().zip(steps).map(|(line, step)| sample(line, step, &errors)).collect();
    assert_eq!(
        samples.len(),
        steps.len(),
        "the helper broke down: {}",
        fs::read_to_string(&errors).unwrap_or_default()
    );
    samples
}

/// Runs one command in a helper of its own.
pub(crate) fn run_one(step: &Step) -> Sample {
    run(std::slice::from_ref(step))[0]
}

fn sample(line: &str, step: &Step, errors: &Path) -> Sample {
    let mut words = line.split(' ').map(|word| word.parse::<f64>().unwrap_or(f64::NAN));
    let mut next = || words.next().unwrap_or(f64::NAN);
    let (cpu, wall, rss, code) = (next() / 1e3, next() / 1e3, next() / 1024.0, next());
    if code != 0.0 {
        let told = fs::read_to_string(errors).unwrap_or_default();
        eprintln!("FAILED ({code}): {}\n{}", step.words.join(" "), told.lines().last().unwrap_or_default());
    }
    Sample { cpu, wall, rss }
}

fn helper() {
    let steps: Vec<String> = std::io::stdin().lock().lines().collect::<Result<_, _>>().expect("the bench writes text");
    let mut out = std::io::stdout().lock();
    let mut before = cpu();
    for step in steps {
        let mut words = step.split(FIELD);
        let dir = words.next().unwrap_or(".");
        let start = Instant::now();
        let mut command = Command::new(words.next().unwrap_or_default());
        let status = command.args(words).current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null()).status();
        let wall = start.elapsed().as_micros();
        let code = match &status {
            Ok(status) => status.code().unwrap_or(-1),
            Err(error) => {
                eprintln!("{error}");
                -2
            }
        };
        let after = cpu();
        let rss = children().max_rss();
        writeln!(out, "{} {wall} {rss} {code}", after - before).expect("the bench listens");
        before = after;
    }
}

fn children() -> Usage {
    getrusage(UsageWho::RUSAGE_CHILDREN).expect("children can be asked for")
}

/// Microseconds that the children used so far.
fn cpu() -> i64 {
    let usage = children();
    usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
}

/// The middle one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    match values.get(low).zip(values.get(high)) {
        Some((low, high)) => f64::midpoint(*low, *high),
        None => f64::NAN,
    }
}

/// The middle of each figure on its own.
pub(crate) fn middle(samples: &[Sample]) -> Sample {
    let of = |pick: fn(&Sample) -> f64| median(samples.iter().map(pick));
    Sample { cpu: of(|s| s.cpu), wall: of(|s| s.wall), rss: of(|s| s.rss) }
}

/// The mean.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A Markdown table, printed when it is complete.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; prints its title at once.
    pub(crate) fn new(title: &str, columns: &[&str]) -> Self {
        println!("\n### {title}\n");
        let line = columns.iter().map(|_| "---".to_owned()).collect();
        Self { rows: vec![columns.iter().map(|&column| column.to_owned()).collect(), line] }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Prints it.
    pub(crate) fn print(self) {
        for row in self.rows {
            println!("| {} |", row.join(" | "));
        }
    }
}

/// Milliseconds, as milliseconds or seconds.
pub(crate) fn time(ms: f64) -> String {
    match ms {
        ms if ms.is_nan() => "–".into(),
        ms if ms < 1000.0 => format!("{ms:.1} ms"),
        ms => format!("{:.2} s", ms / 1000.0),
    }
}

/// MiB.
pub(crate) fn mib(mib: f64) -> String {
    if mib.is_nan() { "–".into() } else { format!("{mib:.1} MiB") }
}

/// How many times.
pub(crate) fn ratio(a: f64, b: f64) -> String {
    if (a / b).is_finite() { format!("{:.2}", a / b) } else { "–".into() }
}
