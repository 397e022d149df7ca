//! From a source to a judgement: read once, judge, and quote the values that findings point at.

use std::io::Read as _;
use std::sync::Arc;

use crate::certificate::{Certificate, log_rules_digest, rules_digest};
use crate::digest::Digest;
use crate::error::{Doing, Result};
use crate::events::{self, EventLog, Terms};
use crate::finding::{Finding, Place, printable};
use crate::json::Scanner;
use crate::judge::{Judgement, Options, Profile, judge, judge_log};
use crate::lines::{Line, Lines};
use crate::package::{self, MAX_DEPTH, Package, Sink};
use crate::source::{Limits, LogInPackage, LogSource, PackageSource};
use crate::spill::Memory;

/// Longest value that is quoted, in characters.
const MAX_QUOTE: usize = 80;

/// A package that was read and judged.
pub struct Assessment {
    /// What was read.
    pub package: Package,
    /// What it comes to.
    pub judgement: Judgement,
    options: Options,
}

/// Reads a package once, giving its bytes to `sink`, and judges it.
///
/// Only where something was found are single rows read again, to say which values stand there.
///
/// # Errors
/// When bytes cannot be read or kept. What is wrong with the package itself is in the judgement.
pub fn assess(
    source: &mut dyn PackageSource,
    sink: &mut dyn Sink,
    limits: Limits,
    options: Options,
) -> Result<Assessment> {
    assess_within(source, sink, limits, options, &Memory::new(limits.memory))
}

fn assess_within(
    source: &mut dyn PackageSource,
    sink: &mut dyn Sink,
    limits: Limits,
    options: Options,
    memory: &Arc<Memory>,
) -> Result<Assessment> {
    let package = package::read_within(source, sink, limits, memory)?;
    let mut judgement = judge(&package, options)?;
    for finding in &mut judgement.findings {
        quote(source, finding, limits)?;
    }
    Ok(Assessment { package, judgement, options })
}

/// An event log that was read and judged.
pub struct LogAssessment {
    /// What was read.
    pub log: EventLog,
    /// What it comes to.
    pub judgement: Judgement,
    options: Options,
}

/// Reads an event log once, giving its bytes to `sink`, and judges it.
///
/// # Errors
/// When bytes cannot be read or kept. What is wrong with the log itself is in the judgement.
pub fn assess_log(
    source: &mut dyn LogSource,
    sink: &mut dyn Sink,
    terms: Terms,
    profile: Profile,
) -> Result<LogAssessment> {
    let log = events::read(source, sink, terms)?;
    let options = Options { strict: terms.strict, profile };
    let judgement = judge_log(&log, options);
    Ok(LogAssessment { log, judgement, options })
}

impl LogAssessment {
    /// The certificate, by this version of `batool`.
    pub fn certificate(&self) -> Certificate {
        Certificate::of_log(&self.log, self.options, &self.judgement)
    }
}

/// An input of either kind that was read and judged.
pub enum Assessed {
    /// An audit package, or what is no input at all.
    Package(Box<Assessment>),
    /// An event log.
    Log(Box<LogAssessment>),
}

/// Reads and judges what a source holds: an event log if it is `events.jsonl` and nothing else.
///
/// # Errors
/// As [`assess`] and [`assess_log`].
pub fn assess_any(
    source: &mut dyn PackageSource,
    sink: &mut dyn Sink,
    limits: Limits,
    options: Options,
    terms: Terms,
) -> Result<Assessed> {
    assess_any_within(source, sink, limits, options, terms, &Memory::new(limits.memory))
}

/// The same, with what is kept of rows in memory that others use as well.
pub(crate) fn assess_any_within(
    source: &mut dyn PackageSource,
    sink: &mut dyn Sink,
    limits: Limits,
    options: Options,
    terms: Terms,
    memory: &Arc<Memory>,
) -> Result<Assessed> {
    if let Some(mut log) = LogInPackage::of(source) {
        let terms = Terms { strict: options.strict, ..terms };
        return assess_log(&mut log, sink, terms, options.profile).map(|log| Assessed::Log(Box::new(log)));
    }
    assess_within(source, sink, limits, options, memory).map(|package| Assessed::Package(Box::new(package)))
}

impl Assessed {
    /// What it comes to.
    pub fn judgement(&self) -> &Judgement {
        match self {
            Assessed::Package(package) => &package.judgement,
            Assessed::Log(log) => &log.judgement,
        }
    }

    /// The digest that names what was read, as a package.
    pub fn dir_hash(&self) -> Digest {
        match self {
            Assessed::Package(package) => package.package.dir_hash(),
            Assessed::Log(log) => log.log.dir_hash(),
        }
    }

    /// The package, if it is none that is an event log.
    pub fn package(&self) -> Option<&Package> {
        match self {
            Assessed::Package(package) => Some(&package.package),
            Assessed::Log(_) => None,
        }
    }

    /// The digest of the rules that were asked.
    pub fn rules_digest(&self) -> Digest {
        match self {
            Assessed::Package(_) => rules_digest(),
            Assessed::Log(_) => log_rules_digest(),
        }
    }

    /// The certificate, by this version of `batool`.
    pub fn certificate(&self) -> Certificate {
        match self {
            Assessed::Package(package) => package.certificate(),
            Assessed::Log(log) => log.certificate(),
        }
    }
}

impl Assessment {
    /// The certificate, by this version of `batool`.
    pub fn certificate(&self) -> Certificate {
        Certificate::new(&self.package, self.options, &self.judgement)
    }
}

/// Puts the values that a finding's first place is about behind its text.
fn quote(source: &mut dyn PackageSource, finding: &mut Finding, limits: Limits) -> Result<()> {
    let Some((place, quote)) = finding.tally.to_quote() else { return Ok(()) };
    let seen = value_at(source, place, limits)?;
    let expected = quote.expected.as_ref().map(|place| value_at(source, place, limits)).transpose()?.flatten();
    let text = match (seen, expected) {
        (Some(seen), Some(expected)) => format!("; there is {seen}, and {expected} at its origin"),
        (Some(seen), None) => format!("; there is {seen}"),
        (None, _) => String::new(),
    };
    finding.tally.quote(&text);
    Ok(())
}

/// The JSON value at a place, cut short; nothing if it cannot be found again.
fn value_at(source: &mut dyn PackageSource, place: &Place, limits: Limits) -> Result<Option<String>> {
    let mut reader = source.open(&place.file)?;
    let mut buffer = vec![0; 64 << 10];
    let mut lines = Lines::new(limits.max_row_bytes);
    let mut found: Option<Vec<u8>> = None;
    loop {
        let n = match reader.read(&mut buffer) {
            Ok(n) => n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(error).doing(|| format!("cannot read {}", place.file)),
        };
        // A document is one line without a newline.
        let mut take = |number: u64, line: Line<'_>| {
            if let (true, Line::Whole(text)) = (number == place.line.max(1), line) {
                found = Some(text.to_vec());
            }
        };
        if n == 0 {
            lines.finish(&mut take);
        } else {
            lines.push(&buffer[..n], &mut take);
        }
        if n == 0 || found.is_some() {
            break;
        }
    }
    let Some(text) = found else { return Ok(None) };
    let mut scanner = Scanner::new(MAX_DEPTH);
    let value = scanner
        .scan(&text)
        .ok()
        .and_then(|document| document.root().at(&place.pointer).map(|value| value.raw().to_vec()));
    Ok(value.map(|raw| printable(&String::from_utf8_lossy(&raw), MAX_QUOTE)))
}
