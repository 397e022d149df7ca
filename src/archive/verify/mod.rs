//! Verifying an archive: every stored byte of the tip is read, every certificate derived again and compared.

mod baselines;
mod certificates;
mod history;
mod judging;
mod policies;
mod run;
mod shape;
mod shared_out;
mod tlog;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::thread;

use super::codes::{CHECKPOINT_CODE, INCOMPLETE, OBJECT, OVERDUE};
use super::earlier::Earlier;
use super::layout::{BASELINES, LOG, RUNS};
use super::leaf::Leaf;
use super::policy::Policy;
use super::prove::Kept;
use super::read::RunEntry;
use super::step::Step;
use super::tlog::leaves_in;
use super::{Archive, Base, Freshness, Secret};
use crate::error::{Error, Result};
use crate::finding::{Finding, Place, Tally, Weight};
use crate::git::Id;
use crate::judge::Verdict;
pub(super) use certificates::rules_of;
use policies::Policies;
use tlog::Leaves;

/// What is to be verified.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// These runs only; all without any.
    pub names: Vec<String>,
    /// Walk the commits as well.
    pub history: bool,
    /// With history: judge every run that was ever stored, whether it is still there or not.
    pub full: bool,
    /// Only what came after this revision.
    pub since: Option<String>,
    /// A checkpoint that somebody kept, which the log must continue.
    pub checkpoint: Option<Kept>,
    /// The newest run must be as fresh.
    pub expected: Option<Freshness>,
    /// What earlier verifications came to counts if it was sealed with this; with `full` it does not.
    pub secret: Option<Secret>,
}

/// How packages came to be judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judgements {
    /// So many were judged by this verification.
    pub now: usize,
    /// So many by an earlier one, of the same bytes by the same rules and options.
    pub earlier: usize,
}

/// What verifying an archive came to.
#[derive(Debug, Clone)]
pub struct ArchiveReport {
    /// The commit that was verified.
    pub commit: Id,
    /// The worst that was found.
    pub verdict: Verdict,
    /// What was found, by code; places are paths in the archive.
    pub findings: Vec<Finding>,
    /// Every run that was looked at.
    pub runs: Vec<RunReport>,
    /// How many runs there are in all.
    pub all: usize,
    /// How they came to be judged; one run may be so more than once, by the policies of its certificates.
    pub judged: Judgements,
    /// How many commits were walked, if history was.
    pub commits: Option<usize>,
    /// Only what came after this commit was looked at.
    pub since: Option<Id>,
}

/// What came of one run.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// Its name.
    pub name: String,
    /// The verdict in its certificate; empty if that cannot be read.
    pub certified: String,
    /// The verdict today, if the package could be read.
    pub verdict: Option<Verdict>,
    /// The package's `dirHash`, if it could be read.
    pub package_digest: Option<String>,
    /// Nothing was found about it.
    pub clean: bool,
}

struct Check<'a> {
    archive: &'a Archive,
    base: Base,
    tallies: BTreeMap<&'static str, Tally>,
    leaves: Arc<Leaves>,
    policies: Policies,
    /// What runs are held to beside the policy of their time.
    held: Option<&'a Policy>,
    /// What earlier verifications came to, if that counts.
    earlier: Option<Earlier>,
    judged: Judgements,
}

impl Archive {
    /// Reads every stored byte of the tip (or of the runs that are asked for) and derives every certificate again; walks
    /// history if that is asked for.
    ///
    /// `progress` is told of every run that is done.
    ///
    /// # Errors
    /// When a run or revision that is named is not there, or the disk refuses. What is wrong with the archive is in the
    /// report.
    pub fn verify(&self, options: &VerifyOptions, progress: &mut dyn FnMut(usize, usize)) -> Result<ArchiveReport> {
        let base = self.tip()?;
        let since = options.since.as_deref().map(|rev| self.repo().resolve_commit(rev)).transpose()?;
        let mut check = Check::of(self, base, Leaves::default());
        check.earlier = options.secret.clone().filter(|_| !options.full).map(|secret| Earlier::of(self.repo(), secret));
        check.root()?;
        check.log()?;
        if let Some(kept) = options.checkpoint.as_ref().filter(|_| check.leaves.is_read) {
            check.continues(kept)?;
        }
        for alarm in self.alarms()? {
            check.say(CHECKPOINT_CODE, Place::file(alarm.reference), || alarm.text);
        }
        if let Some(freshness) = options.expected {
            let newest = self.newest_run(&check.base);
            let newest = check.unless_damaged(RUNS, newest)?;
            let why = match newest {
                Some(None) => Some("holds no run whose age can be told".to_owned()),
                Some(newest) => freshness.why_not(newest).map(|why| format!("the newest run {why}")),
                None => None,
            };
            if let Some(why) = why {
                check.say(OVERDUE, Place::file(RUNS), || why);
            }
        }
        let (chosen, all, mut runs, walked) = thread::scope(|scope| {
            let history = options.history.then(|| check.spawn(scope, move |check| check.history(since)));
            let looked = check.chosen(options, since).and_then(|(chosen, all)| {
                let runs = check.run_all(&chosen, progress)?;
                Ok((chosen, all, runs))
            });
            let walked = history.map(|history| check.join(history)).transpose()?;
            looked.map(|(chosen, all, runs)| (chosen, all, runs, walked))
        })?;
        let commits = walked.as_ref().map(|walked| walked.commits);
        if let Some(walked) = walked.filter(|_| options.full) {
            let gone = Check::gone(walked.stored, &chosen);
            runs.extend(check.run_all(&gone, progress)?);
        }
        let (commit, judged) = (check.base.commit, check.judged);
        let findings = check.findings();
        let verdict = match findings.iter().map(|finding| finding.weight).max() {
            Some(Weight::Violation) => Verdict::Reject,
            Some(Weight::Gap) => Verdict::Undecidable,
            _ => Verdict::Verified,
        };
        Ok(ArchiveReport { commit, verdict, findings, runs, all, judged, commits, since })
    }
}

impl Archive {
    /// Judges what commits brought to a state by their leaves, and says what was found about it. Where new runs are `held` to
    /// a policy, it must take them as well.
    pub(super) fn judge_brought(
        &self,
        base: Base,
        brought: Step,
        held: Option<&Policy>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Finding>> {
        let all = brought.stored.len() + brought.recertified.len();
        // Of runs, the commits' own leaves tell all; what came beside or names older ones asks for theirs.
        let are_all_new = brought.leaves.iter().all(|leaf| matches!(leaf, Leaf::Run { .. }));
        let leaves = if are_all_new {
            Leaves::of(brought.leaves)
        } else {
            let leaves = leaves_in(self.repo(), base.tree)?;
            Leaves::of(leaves.iter().filter_map(|bytes| Leaf::parse(bytes)))
        };
        let mut check = Check::of(self, base, leaves);
        check.held = held;
        check.run_all(&brought.stored, &mut |done, _| progress(done, all))?;
        check.held = None;
        check.run_all(&brought.recertified, &mut |done, _| progress(brought.stored.len() + done, all))?;
        for baseline in &brought.baselines {
            let checked = check.baseline(baseline);
            check.unless_damaged(&baseline.name.file(), checked)?;
        }
        Ok(check.findings())
    }
}

impl<'a> Check<'a> {
    /// A look at a state of an archive, of which nothing was looked at yet.
    fn of(archive: &'a Archive, base: Base, leaves: Leaves) -> Self {
        let (tallies, policies, judged) = Default::default();
        Self { archive, base, tallies, leaves: Arc::new(leaves), policies, held: None, earlier: None, judged }
    }
}

impl Check<'_> {
    /// The runs to look at, and how many there are in all. What stands around them is looked at on the way.
    fn chosen(&mut self, options: &VerifyOptions, since: Option<Id>) -> Result<(Vec<RunEntry>, usize)> {
        if let Some(older) = since {
            return Ok((self.since(older)?, self.leaves.runs()));
        }
        let there = self.runs()?;
        let all = there.len();
        if !options.names.is_empty() {
            let named = options.names.iter().map(|name| self.archive.run(&self.base, name));
            return Ok((named.collect::<Result<_>>()?, all));
        }
        if self.leaves.is_read {
            let looked_for = self.vanished(&there);
            self.unless_damaged(LOG, looked_for)?;
        }
        let checked = self.baselines();
        self.unless_damaged(BASELINES, checked)?;
        Ok((there, all))
    }

    /// What was found, by code.
    fn findings(self) -> Vec<Finding> {
        let tallies = self.tallies.into_iter();
        tallies.map(|(code, tally)| Finding::new(code, tally)).collect()
    }

    fn say(&mut self, code: &'static str, place: Place, text: impl FnOnce() -> String) {
        self.tallies.entry(code).or_default().add(place, text);
    }

    /// Damage of stored objects is a finding about this place; anything else stops the job.
    fn unless_damaged<T>(&mut self, place: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_damage(&error) => {
                // What was left out on purpose is not lost.
                let code = if self.archive.repo().is_partial() { INCOMPLETE } else { OBJECT };
                self.say(code, Place::file(place.to_owned()), || damage(&error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// How much was found so far, notes aside.
    fn weighty(&self) -> u64 {
        self.tallies
            .iter()
            .filter(|(code, _)| Weight::of_code(code) > Weight::Note)
            .map(|(_, tally)| tally.count())
            .sum()
    }
}

/// True for errors that mean lost or replaced objects, not a refusing disk.
fn is_damage(error: &Error) -> bool {
    use std::error::Error as _;
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            // The doors say `Other` of stored bytes that are damaged.
            use ErrorKind::{InvalidData, InvalidInput, NotFound, Other, UnexpectedEof};
            return matches!(io.kind(), InvalidData | InvalidInput | NotFound | Other | UnexpectedEof);
        }
        next = cause.source();
    }
    true
}

fn damage(error: &Error) -> String {
    std::iter::once(error.doing().to_owned()).chain(error.causes()).collect::<Vec<_>>().join(": ")
}
