//! How the program ends. Every number stands here; nothing else calls `exit`.

use std::process::ExitCode;

use batool::error::Error;
use batool::judge::Verdict;

/// An ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command did what was asked.
    Done,
    /// Two things that were compared differ, and the exit code was asked to say so.
    Differ,
    /// The answer was a verdict.
    Verdict(Verdict),
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done | Exit::Verdict(Verdict::Verified) => 0,
            Exit::Differ | Exit::Verdict(Verdict::Undecidable) => 1,
            Exit::Verdict(Verdict::Reject) => 2,
        }
    }
}

/// Why a command could not answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense (64).
    Usage(Error),
    /// The job could not be done (74): files, git, a lost race. No verdict, nothing written.
    Job(Error),
}

impl Failure {
    /// A command line that makes no sense.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Failure::Usage(Error::new(what).hint(hint))
    }

    pub(crate) fn error(&self) -> &Error {
        match self {
            Failure::Usage(error) | Failure::Job(error) => error,
        }
    }

    /// The number that the shell sees.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::Usage(_) => USAGE,
            Failure::Job(_) => 74,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Job(error)
    }
}

/// `EX_USAGE`; clap's own 2 would read as REJECT.
pub(crate) const USAGE: u8 = 64;

/// The worst of several codes: a job that failed over verdicts, then REJECT over UNDECIDABLE over VERIFIED.
pub(crate) fn worst(codes: impl IntoIterator<Item = u8>) -> u8 {
    codes.into_iter().max().unwrap_or(0)
}

/// For the end of `main`.
pub(crate) fn to_process(code: u8) -> ExitCode {
    ExitCode::from(code)
}
