//! Whether runs come as often as they should.

use super::changes::Changes;
use super::codes::OVERDUE;
use super::layout::{RUNS, RunName};
use super::{Archive, Base};
use crate::error::Result;
use crate::finding::{Finding, Place, Tally};

/// Clocks of two machines may differ by so much; what is dated later than that is no sign of life.
const AHEAD: i64 = 600;

/// How old the newest may be.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// What time it is, in seconds since 1970.
    pub now: i64,
    /// Seconds.
    pub most: u32,
}

impl Freshness {
    /// Why something that was archived then is not fresh; nothing if it is.
    pub(super) fn why_not(self, brought: Option<i64>) -> Option<String> {
        let Some(brought) = brought else {
            return Some("is not archived, so that nobody can tell how old it is".into());
        };
        let age = self.now.saturating_sub(brought);
        if age < -AHEAD {
            return Some(format!("is dated {} in the future", words(age.saturating_neg())));
        }
        let most = i64::from(self.most);
        (age > most).then(|| format!("was added {} ago, and {} are allowed", words(age), words(most)))
    }

    pub(super) fn finding(self, name: &str, brought: Option<i64>) -> Option<Finding> {
        let why = self.why_not(brought)?;
        let mut tally = Tally::default();
        tally.add(Place::file(name), || why);
        Some(Finding::new(OVERDUE, tally))
    }
}

fn words(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

impl Archive {
    /// When the commit that added a run was made, in seconds since 1970, as it says itself.
    ///
    /// # Errors
    /// When objects cannot be read.
    pub fn brought(&self, base: &Base, name: &RunName) -> Result<Option<i64>> {
        let mut found = None;
        self.history(base.commit, &mut |_, commit| {
            let is_there = self.repo().entry_at(commit.tree, name.folder().as_bytes())?.is_some();
            if is_there {
                found = commit.seconds();
            }
            Ok(is_there)
        })?;
        Ok(found)
    }

    /// When the newest run was added.
    pub(super) fn newest_run(&self, base: &Base) -> Result<Option<i64>> {
        let repo = self.repo();
        let mut found = None;
        self.history(base.commit, &mut |_, commit| {
            let parent = commit.parents.first().filter(|parent| repo.has(**parent));
            let before = parent.map(|parent| Ok(repo.read_commit(*parent)?.tree)).transpose()?;
            let runs = |tree| Ok(repo.entry_at(tree, RUNS.as_bytes())?.map(|entry| entry.id));
            if before.map(runs).transpose()?.flatten() == runs(commit.tree)? {
                return Ok(true);
            }
            if Changes::between(repo, before, commit.tree)?.added.is_empty() {
                return Ok(true);
            }
            found = commit.seconds();
            Ok(false)
        })?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_or_dated_ahead_or_not_dated_is_told() {
        let freshness = Freshness { now: 1_000_000, most: 3600 };
        assert_eq!(freshness.why_not(Some(1_000_000 - 3600)), None);
        assert_eq!(freshness.why_not(Some(1_000_300)), None, "clocks differ");
        let late = freshness.why_not(Some(1_000_000 - 10_800));
        assert_eq!(late.as_deref(), Some("was added 3 hours ago, and 60 minutes are allowed"));
        assert!(freshness.why_not(Some(1_100_000)).is_some_and(|why| why.contains("future")));
        assert!(freshness.why_not(None).is_some());
    }
}
