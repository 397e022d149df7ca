//! What can be shown to others: a checkpoint, and a proof that a run is in the log of one.

use std::collections::HashMap;

use super::codes::CHECKPOINT_CODE;
use super::layout::{CHECKPOINT, empty_directories_text};
use super::leaf::Leaf;
use super::seal::unsigned;
use super::tlog::{Log, MAX_FILE, leaves_in};
use super::{Archive, Base, token};
use crate::error::{Error, Result};
use crate::git::Id;
use crate::judge::Verdict;
use crate::package::Package;
use crate::tlog::{Checkpoint, InclusionProof, Tree, VerifierKey, leaf_hash, split_note};

/// A checkpoint of the archive, and where it stands.
#[derive(Debug, Clone)]
pub struct Published {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The lines of its signatures; empty if it has none.
    pub signatures: String,
    /// The commit that holds it.
    pub commit: Id,
    /// False if it has leaves that only this clone knows.
    pub is_published: bool,
}

/// What a proof came to.
#[derive(Debug, Clone)]
pub struct ProofReport {
    /// VERIFIED if the package is in the log of the kept checkpoint.
    pub verdict: Verdict,
    /// Why not.
    pub reasons: Vec<String>,
    /// The run's name in the log.
    pub name: String,
    /// The token of the certificate in the log.
    pub certificate: String,
}

impl Archive {
    /// The newest checkpoint: the last published one, or with `local` that of this clone.
    ///
    /// # Errors
    /// When runs were added that are not published, and `local` does not ask for them; when the log is damaged.
    pub fn checkpoint(&self, local: bool) -> Result<Published> {
        if let Some(alarm) = self.alarms()?.into_iter().next().filter(|_| !local) {
            return Err(alarm.error("cannot give a checkpoint of what is published"));
        }
        let tip = self.tip()?;
        let here = Log::at(self.repo(), &tip)?.checkpoint();
        let signatures = self.signatures(&tip)?;
        let Some(id) = self.published()?.filter(|id| *id != tip.commit) else {
            return Ok(Published { checkpoint: here, signatures, commit: tip.commit, is_published: true });
        };
        let published = Base::read(self.repo(), id)?;
        let there = Log::at(self.repo(), &published)?.checkpoint();
        let is_published = here.size <= there.size;
        if local {
            return Ok(Published { checkpoint: here, signatures, commit: tip.commit, is_published });
        }
        if !is_published {
            return Err(Error::new("cannot give a checkpoint of what others do not have")
                .because(format!("{} runs were added here and not pushed", here.size - there.size))
                .hint("`batool archive push` first, or ask for one of this clone with --local"));
        }
        let signatures = self.signatures(&published)?;
        Ok(Published { checkpoint: there, signatures, commit: published.commit, is_published: true })
    }

    /// The lines of signatures below the checkpoint of a state.
    fn signatures(&self, base: &Base) -> Result<String> {
        let repo = self.repo();
        let entry = repo.entry_at(base.tree, CHECKPOINT.as_bytes())?;
        let note = entry.map(|entry| repo.read_blob(entry.id, MAX_FILE)).transpose()?.unwrap_or_default();
        Ok(split_note(&note).map(|(_, lines)| lines.to_owned()).unwrap_or_default())
    }

    /// Proofs of runs in the log of [`Archive::checkpoint`], which is read once for all of them.
    ///
    /// # Errors
    /// As [`Archive::checkpoint`].
    pub fn proofs(&self, local: bool) -> Result<Proofs> {
        let published = self.checkpoint(local)?;
        let base = Base::read(self.repo(), published.commit)?;
        let leaves = leaves_in(self.repo(), base.tree)?;
        let tree = Tree::over(leaves.iter().map(|leaf| leaf_hash(leaf)).collect());
        let mut by_name = HashMap::new();
        for (index, bytes) in leaves.iter().enumerate() {
            if let Some(Leaf::Run { name, .. }) = Leaf::parse(bytes) {
                by_name.entry(name).or_insert(index);
            }
        }
        Ok(Proofs { published, leaves, tree, by_name })
    }

    /// What the others have of the archive's branch; nothing where nobody is known.
    pub(super) fn published(&self) -> Result<Option<Id>> {
        let short = self.short_branch();
        let known: Vec<(String, Id)> = self.repo().refs_below("refs/remotes/")?;
        let of = |remote: &str| {
            let name = format!("refs/remotes/{remote}/{short}");
            known.iter().find(|(other, _)| *other == name).map(|(_, id)| *id)
        };
        let configured = self.repo().config(&format!("branch.{short}.remote")).and_then(|remote| of(&remote));
        let any = || self.repo().remotes().iter().find_map(|remote| of(remote));
        Ok(configured.or_else(|| of("origin")).or_else(any))
    }
}

/// The log of a checkpoint, ready to prove which runs are in it.
pub struct Proofs {
    published: Published,
    leaves: Vec<Vec<u8>>,
    tree: Tree,
    by_name: HashMap<String, usize>,
}

impl Proofs {
    /// The checkpoint.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// A proof that a run is in the log.
    ///
    /// # Errors
    /// When the log has no leaf of this run, or its leaves do not give its checkpoint.
    pub fn of(&self, name: &str) -> Result<InclusionProof> {
        let Published { checkpoint, signatures, commit, .. } = &self.published;
        let Some(&index) = self.by_name.get(name) else {
            return Err(Error::new(format!("there is no run called {name} in the log at {commit}"))
                .hint("`batool archive list` shows all runs"));
        };
        let proof = InclusionProof {
            leaf: self.leaves[index].clone(),
            index: index as u64,
            hashes: self.tree.inclusion_proof(index),
            checkpoint: checkpoint.clone(),
            signatures: signatures.clone(),
        };
        if !proof.holds() {
            return Err(Error::new("cannot prove anything by the archive's log")
                .because("its leaves do not give its checkpoint")
                .hint("`batool archive verify` tells what is wrong with it"));
        }
        Ok(proof)
    }
}

/// A checkpoint that somebody kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Why it is not signed as it must be, if it must be and is not.
    pub unsigned: Option<String>,
}

impl Kept {
    /// Reads a checkpoint, which must be signed with `key` if there is one.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn parse(bytes: &[u8], key: Option<&VerifierKey>) -> Result<Self> {
        let checkpoint = Checkpoint::parse(bytes)?;
        Ok(Self { checkpoint, unsigned: key.and_then(|key| unsigned(bytes, None, key)) })
    }
}

/// Checks a proof against a checkpoint that somebody kept and a package that somebody has. No archive is needed.
pub fn check_proof(proof: &InclusionProof, kept: &Kept, package: &Package) -> ProofReport {
    let (mut wrong, mut unclear) = (Vec::new(), Vec::new());
    wrong.extend(kept.unsigned.iter().map(|why| format!("the checkpoint {why}")));
    let (ours, theirs) = (&proof.checkpoint, &kept.checkpoint);
    if ours.origin != theirs.origin {
        wrong.push(format!("the proof is for the archive {}, and the checkpoint is of {}", ours.origin, theirs.origin));
    } else if ours.size != theirs.size {
        unclear.push(format!(
            "the proof is for a log of {} leaves, and the checkpoint is of one of {}",
            ours.size, theirs.size
        ));
    } else if ours.root != theirs.root {
        wrong.push("the proof and the checkpoint are of equal size and have other roots".to_owned());
    }
    if !proof.holds() {
        wrong.push("the proof does not lead from the leaf to its checkpoint".to_owned());
    }
    let mut report =
        ProofReport { verdict: Verdict::Reject, reasons: Vec::new(), name: String::new(), certificate: String::new() };
    match Leaf::parse(&proof.leaf) {
        None => wrong.push("its leaf is none that this version knows".to_owned()),
        Some(Leaf::Run { name, certificate, package: bound, empty_directories, .. }) => {
            let here = format!("dirHash:{}", package.dir_hash());
            if here != bound {
                wrong.push(format!("the package is {here}, and the leaf says {bound}"));
            }
            let listed = empty_directories_text(&package.empty_directories).map(|text| token(text.as_bytes()));
            // Many ways of handing a package on lose empty directories.
            if listed.is_some() && listed != empty_directories {
                wrong.push("the package has other empty directories than the leaf says".to_owned());
            }
            (report.name, report.certificate) = (name, certificate);
        }
        Some(other) => wrong.push(format!("its leaf is that of {}, which is no package", other.path())),
    }
    report.verdict = match (wrong.is_empty(), unclear.is_empty()) {
        (false, _) => Verdict::Reject,
        (true, false) => Verdict::Undecidable,
        (true, true) => Verdict::Verified,
    };
    report.reasons = [wrong, unclear].concat();
    report
}

/// Why a log does not continue a checkpoint that somebody kept; nothing if it does.
pub(super) fn not_continued(kept: &Checkpoint, origin: &str, leaves: &[Vec<u8>]) -> Option<(&'static str, String)> {
    let why = if kept.origin != origin {
        format!("it is of the archive {}, and this is {origin}", kept.origin)
    } else {
        match usize::try_from(kept.size).ok().and_then(|size| leaves.get(..size)) {
            None => format!("it is of a log of {} leaves, and this one has {}", kept.size, leaves.len()),
            Some(first) => {
                let hashes: Vec<_> = first.iter().map(|leaf| leaf_hash(leaf)).collect();
                if crate::tlog::root(&hashes) == kept.root {
                    return None;
                }
                format!("the first {} leaves of this log are others", kept.size)
            }
        }
    };
    Some((CHECKPOINT_CODE, why))
}
