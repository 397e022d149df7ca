//! The terminal: answers to stdout, talk to stderr, and nothing else prints.

use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use batool::error::{Doing, Error, Result};
use batool::finding::{Finding, printable};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

/// How many places of a finding are shown beside the answer.
const SHOWN_PLACES: usize = 3;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How an answer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: one JSON document, or one a line
    Json,
}

/// Where answers and talk go.
pub(crate) struct Term {
    quiet: bool,
    color: bool,
}

impl Term {
    pub(crate) fn new(quiet: bool, color: Color) -> Self {
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Self { quiet, color }
    }

    /// True if nothing but the answer is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Writes an answer to stdout. A closed pipe is no failure: whoever closed it has seen enough.
    pub(crate) fn answer(&self, bytes: &[u8]) -> Result<()> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).doing(|| "cannot write the answer".into())
            }
            _ => Ok(()),
        }
    }

    /// Talks to people, beside the answer.
    pub(crate) fn say(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Passes on what another program says to people.
    pub(crate) fn relay(&self, said: &[u8]) {
        if !self.quiet {
            let _ = io::stderr().lock().write_all(said);
        }
    }

    /// Tells where findings are, what stands there, and the next step; beside the answer, so never in a script's way.
    pub(crate) fn explain(&self, findings: &[Finding]) {
        if self.quiet || findings.is_empty() {
            return;
        }
        let mut text = String::new();
        for finding in findings {
            for (place, said) in finding.tally.places().take(SHOWN_PLACES) {
                text.push_str(&format!(
                    "{}: {} {}\n",
                    finding.code,
                    printable(&place.to_string(), 300),
                    printable(said, 400)
                ));
            }
            let more = finding.tally.count().saturating_sub(SHOWN_PLACES as u64);
            if more > 0 {
                text.push_str(&format!("  and {more} more\n"));
            }
            if finding.consequences() > 0 {
                text.push_str(&format!(" {}\n", finding.aftermath()));
            }
            text.push_str(&format!("  hint: batool explain {}\n", finding.code));
        }
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Tells what stopped the job.
    pub(crate) fn fail(&self, error: &Error) {
        let mut text = format!("error: {}\n", printable(error.doing(), 600));
        for cause in error.causes() {
            text.push_str(&format!("  cause: {}\n", printable(&cause, 600)));
        }
        if let Some(hint) = error.next_step() {
            text.push_str(&format!("  hint: {}\n", printable(hint, 600)));
        }
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Colours the word after `Verdict: ` in an answer for people.
    pub(crate) fn paint(&self, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        [("VERIFIED", "32"), ("UNDECIDABLE", "33"), ("REJECT", "31")].iter().fold(
            text.to_owned(),
            |text, (word, color)| {
                text.replace(&format!("Verdict: {word}\n"), &format!("Verdict: \u{1b}[1;{color}m{word}\u{1b}[0m\n"))
            },
        )
    }

    /// A line of a comparison for people in its colour, if it has one.
    pub(crate) fn paint_diff(&self, line: &str) -> Option<String> {
        let line = line.strip_suffix('\n').filter(|_| self.color)?;
        let color = match line.as_bytes().first()? {
            b'-' => "31",
            b'+' => "32",
            b'@' => "36",
            _ if line.starts_with("warning: ") => "33",
            _ => return None,
        };
        Some(format!("\u{1b}[{color}m{line}\u{1b}[0m\n"))
    }

    /// A bar for work that may take longer than a second; it appears only then, and only on a terminal.
    pub(crate) fn progress(&self, what: &str, total: u64) -> Progress {
        let shown = !self.quiet && io::stderr().is_terminal();
        Progress { what: what.to_owned(), total, started: Instant::now(), bar: None, shown, done: 0 }
    }
}

/// Tells what stops no job, and must not be overlooked.
pub(crate) fn warn(text: &str, hint: &str) {
    let text = format!("warning: {}\n  hint: {}\n", printable(text, 1000), printable(hint, 600));
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Progress on stderr.
pub(crate) struct Progress {
    what: String,
    total: u64,
    started: Instant,
    bar: Option<ProgressBar>,
    shown: bool,
    done: u64,
}

impl Progress {
    /// More bytes are done.
    pub(crate) fn advance(&mut self, bytes: u64) {
        self.done += bytes;
        if self.shown && self.bar.is_none() && self.started.elapsed() > Duration::from_secs(1) {
            // A stream does not tell how long it is.
            let known = "{msg} [{bar:30}] {bytes}/{total_bytes} {eta}";
            let style =
                ProgressStyle::with_template(if self.total > 0 { known } else { "{msg} {bytes} {bytes_per_sec}" })
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
            self.bar = Some(ProgressBar::new(self.total).with_message(self.what.clone()).with_style(style));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
