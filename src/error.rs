//! What stopped *us*: files, git, a lost race. Never about the package; that is a [`crate::finding::Finding`].

use std::error::Error as StdError;
use std::fmt;

/// A job that could not be done: what was being done, what lay beneath, what to try next.
///
/// Printed as `error: …`, `  cause: …`, `  hint: …`. There is no verdict beside an error.
#[derive(Debug)]
pub struct Error {
    doing: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    hint: Option<String>,
}

/// The result of a job of ours.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a deeper cause; `doing` completes the sentence "error: …".
    pub fn new(doing: impl Into<String>) -> Self {
        Self { doing: doing.into(), cause: None, hint: None }
    }

    /// Adds what lay beneath.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds the next step; the first hint given wins, as it is nearest to the fault.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// What could not be done.
    pub fn doing(&self) -> &str {
        &self.doing
    }

    /// The causes beneath, outermost first, each once.
    pub fn causes(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut next = self.cause.as_deref().map(|cause| cause as &dyn StdError);
        while let Some(cause) = next {
            let text = cause.to_string();
            if all.last() != Some(&text) {
                all.push(text);
            }
            next = cause.source();
        }
        all
    }

    /// The next step to try, if one is known here or beneath.
    pub fn next_step(&self) -> Option<&str> {
        if let Some(hint) = &self.hint {
            return Some(hint);
        }
        let mut next = self.cause.as_deref().map(|cause| cause as &dyn StdError);
        while let Some(cause) = next {
            if let Some(hint) = cause.downcast_ref::<Error>().and_then(|error| error.hint.as_deref()) {
                return Some(hint);
            }
            next = cause.source();
        }
        None
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

/// Says what was being done when something beneath failed.
pub trait Doing<T> {
    /// Turns any error into an [`Error`] whose sentence is `what()`: "cannot read manifest.json".
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::new(what()).because(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_nearest_to_the_fault_is_found_through_the_chain() {
        let below: Result<()> = Err(Error::new("cannot move the branch").hint("run the command again"));
        let above = below.doing(|| "cannot add run-7".into()).expect_err("an error stays one");
        assert_eq!(above.doing(), "cannot add run-7");
        assert_eq!(above.causes(), ["cannot move the branch"]);
        assert_eq!(above.next_step(), Some("run the command again"));
    }
}
