//! Holding sources against the runs of a baseline.

use serde_json::Value;

use super::BaselineRun;
use super::pairs::pair_names;
use crate::archive::fresh::Freshness;
use crate::archive::layout::{CERTIFICATE, certificate_number};
use crate::archive::read::MAX_CERTIFICATE;
use crate::archive::{Archive, Base, token};
use crate::assess::assess_any;
use crate::diff::{self, Door};
use crate::drift::{self, Held, Policy, Report};
use crate::error::{Doing, Error, Result};
use crate::finding::Finding;

/// A source that is held against a baseline.
pub struct Candidate<'c> {
    /// What a user calls it.
    pub name: String,
    /// The name by which it is paired; none if it has none.
    pub run: Option<String>,
    /// When it was archived, in seconds since 1970; none if it was not.
    pub brought: Option<i64>,
    /// How to read it.
    pub door: &'c dyn Door,
}

impl Archive {
    /// Holds sources against a baseline's runs and its drift policy; `stored` gives the archived run of a name. Sources are
    /// judged by the archive's policy.
    ///
    /// # Errors
    /// When there is no such baseline, its runs are not as it says, or bytes cannot be read.
    pub fn check_baseline(
        &self,
        name: &str,
        candidates: &[Candidate<'_>],
        stored: &dyn Fn(&str) -> Box<dyn Door>,
        freshness: Option<Freshness>,
    ) -> Result<Report> {
        let base = self.tip()?;
        let baseline = self.baseline(&base, name)?;
        let runs: Vec<Option<&str>> = baseline.runs.iter().map(|run| Some(run.name.as_str())).collect();
        let sources: Vec<Option<&str>> = candidates.iter().map(|candidate| candidate.run.as_deref()).collect();
        let mut held = Vec::new();
        for pair in pair_names(&runs, &sources) {
            held.push(match pair {
                (Some(n), Some(m)) => {
                    let (run, candidate) = (&baseline.runs[n], &candidates[m]);
                    let doing = || format!("cannot hold {} against {}", candidate.name, run.name);
                    let mut findings =
                        self.hold(&base, &baseline.drift, run, &*stored(&run.name), candidate).doing(doing)?;
                    let overdue = freshness.and_then(|freshness| freshness.finding(&candidate.name, candidate.brought));
                    findings.extend(overdue);
                    Held { run: Some(run.name.clone()), source: Some(candidate.name.clone()), findings }
                }
                (n, m) => {
                    Held::unpaired(n.map(|n| baseline.runs[n].name.clone()), m.map(|m| candidates[m].name.clone()))
                }
            });
        }
        Ok(Report { baseline: name.to_owned(), runs: held })
    }

    fn hold(
        &self,
        base: &Base,
        drift: &Policy,
        run: &BaselineRun,
        stored: &dyn Door,
        candidate: &Candidate<'_>,
    ) -> Result<Vec<Finding>> {
        let policy = &base.config.policy;
        let limits = policy.limits();
        let before = self.certificate_of(base, run)?;
        let mut after = Value::Null;
        candidate.door.enter(&mut |source| {
            let assessed = assess_any(source, &mut (), limits, policy.options(), policy.terms())?;
            let certificate = assessed.certificate().to_bytes()?;
            after = serde_json::from_slice(&certificate).doing(|| "cannot read a certificate".into())?;
            Ok(())
        })?;
        let are_packages = [&before, &after].iter().all(|side| side["predicate"]["kind"] == "audit-package");
        let answer = if are_packages {
            Some(diff::compare([stored, candidate.door], limits, diff::Options::default())?.0)
        } else {
            None
        };
        drift::judge(drift, [&before, &after], answer.as_ref())
    }

    /// The certificate that a baseline names.
    fn certificate_of(&self, base: &Base, run: &BaselineRun) -> Result<Value> {
        let entry = self.run(base, &run.name)?;
        for file in self.repo().read_tree(entry.tree)? {
            let name = file.name_lossy();
            if name != CERTIFICATE && certificate_number(&name).is_none() {
                continue;
            }
            let bytes = self.repo().read_blob(file.id, MAX_CERTIFICATE)?;
            if token(&bytes) == run.certificate {
                return serde_json::from_slice(&bytes).doing(|| format!("cannot read {}", entry.name.inside(&name)));
            }
        }
        Err(Error::new(format!("{} has not the certificate that the baseline names", run.name))
            .hint("`batool archive verify` tells what happened to it"))
    }
}
