//! Certifying a run again, by the rules of today: beside the older certificates, never in their place.

use std::collections::BTreeSet;

use serde_json::Value;

use super::delivery::{Delivery, Folder};
use super::layout::{certificate_file, certificate_number};
use super::leaf::Leaf;
use super::verify::rules_of;
use super::{Archive, Base, RunEntry, token};
use crate::assess::assess_any;
use crate::error::{Doing, Error, Result};
use crate::git::{Id, Kind, PackWriter, Repo};

/// A certificate that was put beside a run.
#[derive(Debug, Clone)]
pub struct Recertification {
    /// What it is called.
    pub file: String,
    /// The commit that brought it.
    pub commit: Id,
    /// The verdict of the newest certificate before, and of this one.
    pub verdicts: [String; 2],
    /// What else changed, a line each.
    pub changes: Vec<String>,
}

/// A certificate whose bytes are in an unfinished pack.
struct Further<'r> {
    run: &'r RunEntry,
    file: String,
    blob: Id,
    token: String,
    verdict: String,
}

impl Archive {
    /// Certifies an archived run by today's rules and the policy of the tip. None: it has a certificate by these rules.
    ///
    /// # Errors
    /// When there is no such run, it is not the one that was certified, or as [`Archive::add`].
    pub fn recertify(&self, name: &str) -> Result<Option<Recertification>> {
        let repo = self.repo();
        let base = self.tip()?;
        let run = self.run(&base, name)?;
        let Some((file, certificate)) = self.certify_again(&base, &run)? else { return Ok(None) };
        let (_, before) = self.newest_certificate(&run)?;
        let [before, after] = [&before, &certificate].map(|bytes| serde_json::from_slice::<Value>(bytes));
        let doing = || format!("cannot certify {name} again");
        let (before, after) = (before.doing(doing)?, after.doing(doing)?);
        let who = repo.identity()?;
        let mut pack = PackWriter::new(repo);
        let blob = pack.add(Kind::Blob, &certificate)?;
        let verdicts = [&before, &after].map(|side| text(&side["predicate"]["verdict"]));
        let (token, verdict) = (token(&certificate), verdicts[1].clone());
        let further = Further { run: &run, file: file.clone(), blob, token, verdict };
        let commit = self.commit(base, pack, &further, &who)?;
        Ok(Some(Recertification { file, commit, verdicts, changes: changes(&before, &after) }))
    }
}

impl Archive {
    /// What a run gets by today's rules and the policy of a state: what the file is called, and its bytes. None: it has a
    /// certificate by these rules.
    pub(super) fn certify_again(&self, base: &Base, run: &RunEntry) -> Result<Option<(String, Vec<u8>)>> {
        let doing = || format!("cannot certify {} again", run.name);
        let policy = &base.config.policy;
        let mut source = self.package(run, policy.limits())?;
        let assessed = assess_any(&mut source, &mut (), policy.limits(), policy.options(), policy.terms())?;
        if self.certificates(run)?.iter().any(|bytes| rules_of(bytes) == assessed.rules_digest().to_string()) {
            return Ok(None);
        }
        let (newest, before) = self.newest_certificate(run)?;
        let certificate = assessed.certificate().to_bytes()?;
        let subject = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).map(|value| value["subject"].clone());
        if subject(&before).doing(doing)? != subject(&certificate).doing(doing)? {
            return Err(Error::new(doing())
                .because(format!("its {newest} is about another package"))
                .hint("`batool archive verify` tells what happened to it"));
        }
        let file = certificate_file(certificate_number(&newest).unwrap_or(1) + 1);
        Ok(Some((file, certificate)))
    }
}

impl Delivery for Further<'_> {
    fn settle(&self, repo: &Repo, base: &Base) -> Result<()> {
        if base.run(repo, &self.run.name)? == Some(self.run.tree) {
            return Ok(());
        }
        Err(Error::new(format!("cannot certify {} again", self.run.name))
            .because("somebody else changed what stands beside it in the meantime")
            .hint("run the command again; nothing was changed"))
    }

    fn folders(&self) -> Vec<Folder> {
        vec![(self.run.name.inside(&self.file), vec![(String::new(), self.blob)])]
    }

    fn leaves(&self, policy: &str) -> Vec<Leaf> {
        let (name, file) = (self.run.name.to_string(), self.file.clone());
        vec![Leaf::Certificate { name, file, certificate: self.token.clone(), policy: policy.to_owned() }]
    }

    fn message(&self) -> String {
        format!("archive: recertify {} ({})\n", self.run.name, self.verdict)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What one certificate says and the other does not.
fn changes(before: &Value, after: &Value) -> Vec<String> {
    let names = |side: &Value, list: &str, member: &str| -> BTreeSet<String> {
        side["predicate"][list].as_array().into_iter().flatten().map(|item| text(&item[member])).collect()
    };
    let mut changes = Vec::new();
    for (list, member, what) in [("claims", "claim", "claim"), ("findings", "code", "finding")] {
        let (was, is) = (names(before, list, member), names(after, list, member));
        changes.extend(was.difference(&is).map(|name| format!("{what} gone: {name}")));
        changes.extend(is.difference(&was).map(|name| format!("{what} new: {name}")));
    }
    for name in ["rules", "version"] {
        let [was, is] = [before, after].map(|side| text(&side["predicate"]["verifier"][name]));
        if was != is {
            changes.push(format!("{name}: {was} -> {is}"));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::archive::VerifyOptions;
    use crate::archive::guard::Update;
    use crate::archive::layout::{CERTIFICATE, PACKAGE, RunName, SUMMARY};
    use crate::archive::released::RELEASED;
    use crate::git::{Moved, ObjectFormat};
    use crate::judge::Verdict;
    use crate::source::{Limits, open_path};
    use crate::summary;

    /// A run as an older version left it: its rules were others, and its verdict was VERIFIED.
    struct Older {
        name: RunName,
        files: Vec<(String, Id)>,
        certificate: String,
        package: String,
    }

    impl Delivery for Older {
        fn settle(&self, _: &Repo, _: &Base) -> Result<()> {
            Ok(())
        }

        fn folders(&self) -> Vec<Folder> {
            vec![(self.name.folder(), self.files.clone())]
        }

        fn leaves(&self, policy: &str) -> Vec<Leaf> {
            let (name, policy) = (self.name.to_string(), policy.to_owned());
            let (certificate, package) = (self.certificate.clone(), self.package.clone());
            vec![Leaf::Run { name, certificate, package, empty_directories: None, policy }]
        }

        fn message(&self) -> String {
            "by an older version\n".into()
        }
    }

    fn put(archive: &Archive, folder: &Path) -> Result<()> {
        let base = archive.tip()?;
        let mut pack = PackWriter::new(archive.repo());
        let mut files = Vec::new();
        let mut open = vec![folder.to_owned()];
        while let Some(here) = open.pop() {
            for entry in fs::read_dir(here).expect("it is a folder") {
                let path = entry.expect("it can be listed").path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let inside = path.strip_prefix(folder).expect("it lies below").to_str().expect("it is text").to_owned();
                let id = pack.add(Kind::Blob, &fs::read(&path).expect("it can be read"))?;
                files.push((format!("{PACKAGE}/{inside}"), id));
            }
        }
        let policy = &base.config.policy;
        let mut source = open_path(folder, Limits::default())?;
        let assessed = assess_any(&mut *source, &mut (), policy.limits(), policy.options(), policy.terms())?;
        let mut old: Value = serde_json::from_slice(&assessed.certificate().to_bytes()?).expect("it is JSON");
        old["predicate"]["verifier"]["rules"] = RELEASED[0].into();
        old["predicate"]["verdict"] = Verdict::Verified.word().into();
        let certificate = format!("{old}\n").into_bytes();
        files.push((CERTIFICATE.into(), pack.add(Kind::Blob, &certificate)?));
        files.push((SUMMARY.into(), pack.add(Kind::Blob, summary::render(&certificate)?.as_bytes())?));
        let older = Older {
            name: RunName::parse("x")?,
            files,
            certificate: token(&certificate),
            package: format!("dirHash:{}", assessed.dir_hash()),
        };
        let who = archive.repo().identity()?;
        archive.commit(base, pack, &older, &who).map(drop)
    }

    /// An archive with such a run; `spoil` does something to the package first.
    fn with_older(place: &Path, bare: bool, spoil: impl FnOnce(&Path)) -> Archive {
        let at = place.join("archive");
        let repo = Repo::init(&at, bare, ObjectFormat::Sha1, "main").expect("there is room");
        repo.configure(&[("user.name", "A"), ("user.email", "a@example.org")]).expect("there is room");
        let archive = Archive::init(&at, bare, ObjectFormat::Sha1).expect("there is room");
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/ok-full");
        let folder = place.join("package");
        let mut open = vec![fixture.clone()];
        while let Some(here) = open.pop() {
            let to = folder.join(here.strip_prefix(&fixture).expect("it lies below"));
            fs::create_dir_all(&to).expect("there is room");
            for entry in fs::read_dir(here).expect("it is a folder") {
                let path = entry.expect("it can be listed").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    fs::copy(&path, to.join(path.file_name().expect("it has one"))).expect("there is room");
                }
            }
        }
        spoil(&folder);
        put(&archive, &folder).expect("it can be put there");
        archive
    }

    fn verified(archive: &Archive) -> (Verdict, Vec<String>) {
        let options = VerifyOptions { history: true, ..VerifyOptions::default() };
        let report = archive.verify(&options, &mut |_, _| {}).expect("it can be read");
        (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn what_older_rules_accepted_is_certified_again_once() {
        let place = tempfile::tempdir().expect("there is room");
        let archive = with_older(place.path(), false, |_| {});
        assert_eq!(verified(&archive), (Verdict::Verified, vec![]), "known rules are no gap");
        let made = archive.recertify("x").expect("it can be").expect("the rules are others");
        assert_eq!(
            (made.file.as_str(), made.verdicts.map(|it| it == "VERIFIED")),
            ("certificate.2.json", [true, true])
        );
        assert!(made.changes.iter().any(|line| line.starts_with("rules: ")), "{:?}", made.changes);
        assert_eq!(verified(&archive), (Verdict::Verified, vec![]));
        assert!(place.path().join("archive/runs/x/certificate.2.json").is_file());
        assert!(archive.recertify("x").expect("it can be").is_none());
    }

    #[test]
    fn a_certificate_by_rules_that_have_one_is_neither_made_nor_taken() {
        let place = tempfile::tempdir().expect("there is room");
        let archive = with_older(place.path(), true, |_| {});
        archive.recertify("x").expect("it can be").expect("the rules are others");
        let before = archive.tip().expect("it is there");
        // By somebody who has the log's arithmetic right.
        let run = archive.run(&before, "x").expect("it is there");
        for (n, again) in archive.certificates(&run).expect("they are there").into_iter().enumerate() {
            let mut pack = PackWriter::new(archive.repo());
            let blob = pack.add(Kind::Blob, &again).expect("there is room");
            let (file, token) = (certificate_file(3), token(&again));
            let further = Further { run: &run, file, blob, token, verdict: "VERIFIED".into() };
            let who = archive.repo().identity().expect("it is told");
            let commit = archive.commit(before.clone(), pack, &further, &who).expect("there is room");
            assert_eq!(verified(&archive), (Verdict::Reject, vec!["R_CERTIFICATE_REPEATED".to_owned()]), "{n}");
            assert!(archive.recertify("x").expect("it can be").is_none());
            let back = (commit, before.commit);
            let moved = archive.repo().compare_and_swap(archive.branch(), Some(back.0), back.1, "back", &who.committer);
            assert_eq!(moved.expect("there is room"), Moved::Moved);
            let pushed = Update { name: archive.branch().to_owned(), old: before.commit, new: commit };
            let ruling = archive.receive(&[pushed], &mut |_, _| {}).expect("it can be judged");
            assert!(ruling.reasons.iter().any(|reason| reason.starts_with("R_CERTIFICATE_REPEATED")), "{ruling:?}");
        }
    }

    #[test]
    fn a_pending_certificate_comes_along_unless_others_made_one() {
        let place = tempfile::tempdir().expect("there is room");
        let theirs = with_older(place.path(), true, |_| {});
        let bundle = place.path().join("bundle");
        theirs.bundle(&bundle).expect("there is room");
        let pending = |name: &str| {
            let at = place.path().join(name);
            let ours = Archive::unbundle(&bundle, &at).expect("it is one");
            let url = place.path().join("archive").display().to_string();
            let fetch = "+refs/heads/*:refs/remotes/origin/*";
            let settings = [
                ("user.name", "A"),
                ("user.email", "a@example.org"),
                ("remote.origin.url", &url),
                ("remote.origin.fetch", fetch),
            ];
            Repo::open(&at).and_then(|repo| repo.configure(&settings)).expect("there is room");
            drop(ours);
            let ours = Archive::open(&at).expect("it is there");
            ours.recertify("x").expect("it can be").expect("the rules are others");
            ours
        };
        let (early, late) = (pending("early"), pending("late"));
        let name = crate::archive::layout::BaselineName::parse("v1").expect("it is one");
        theirs.create_baseline(name, &["x".to_owned()], crate::drift::Policy::default()).expect("there is room");
        let pulled = early.pull(None).expect("it is there");
        assert_eq!((pulled.fetched, pulled.replayed, pulled.left_out.len()), (1, 1, 0));
        let run = early.run(&early.tip().expect("it is there"), "x").expect("it is there");
        assert_eq!(early.certificates(&run).expect("they are there").len(), 2);
        assert_eq!(verified(&early), (Verdict::Verified, vec![]));
        theirs.recertify("x").expect("it can be").expect("the rules are others");
        let pulled = late.pull(None).expect("it is there");
        assert_eq!((pulled.fetched, pulled.replayed, pulled.left_out.len()), (2, 0, 1));
        assert_eq!(late.tip().expect("it is there").commit, theirs.tip().expect("it is there").commit);
    }

    #[test]
    fn what_todays_rules_reject_is_a_violation_until_it_is_on_record() {
        let place = tempfile::tempdir().expect("there is room");
        let spoil = |folder: &Path| fs::remove_file(folder.join("audit/decision_log.jsonl")).expect("it is there");
        let archive = with_older(place.path(), true, spoil);
        assert_eq!(verified(&archive), (Verdict::Reject, vec!["R_RUN_REJECTED_SINCE".to_owned()]));
        let made = archive.recertify("x").expect("it can be").expect("the rules are others");
        assert_eq!(made.verdicts, ["VERIFIED", "REJECT"]);
        assert_eq!(verified(&archive), (Verdict::Verified, vec!["N_RUN_JUDGED_STRICTER".to_owned()]));
    }
}
