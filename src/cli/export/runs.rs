//! Packages out of the archive, or out of any other source.

use std::collections::BTreeMap;

use batool::archive::layout::{CERTIFICATE, EMPTY_DIRECTORIES, PACKAGE, SUMMARY, empty_directories_text};
use batool::archive::{Archive, Base, RunEntry};
use batool::digest::Digest;
use batool::error::{Doing as _, Error, Result};
use batool::export::{Form, NewFolder, Parcel, readme};
use batool::finding::printable;
use batool::source::Limits;

use super::Args;
use crate::cli::exit::{Exit, Failure};
use crate::cli::glob::{is_glob, matches};
use crate::cli::open::{Spec, archive_for, run_name};
use crate::cli::term::Term;

pub(super) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let specs: Vec<_> = args.sources.iter().map(|text| Spec::parse(text)).collect();
    let archive = archive_for(&specs, &args.archive)?;
    let parcels = Parcels { archive: archive.as_ref(), with_certificate: args.with_certificate, local: args.local };
    let mut chosen = Vec::new();
    for spec in &specs {
        chosen.extend(parcels.of(spec)?);
    }
    let several = chosen.len() > 1 || args.sources.iter().any(|text| is_glob(text));
    let form = match &args.format {
        Some(name) => Form::named(name).ok_or_else(|| Error::new(format!("there is no form {name}")))?,
        None if several => Form::named("dir").ok_or_else(|| Error::new("there is no form dir"))?,
        None => Form::of_path(&args.to),
    };
    let mut names: Vec<String> = Vec::new();
    if several {
        let all = NewFolder::beside(&args.to)?;
        for mut parcel in chosen {
            let place = format!("{}{}", parcel.name, form.end);
            if names.contains(&place) {
                return Err(Failure::usage(
                    format!("there are two packages called {}", parcel.name),
                    "export one by one",
                ));
            }
            let to = all.path().join(&place);
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder).doing(|| format!("cannot make the folder of {place}"))?;
            }
            form.write(&mut parcel, &to)?;
            names.push(place);
        }
        all.put(&args.to)?;
    } else {
        for mut parcel in chosen {
            form.write(&mut parcel, &args.to)?;
            names.push(String::new());
        }
    }
    let lines = names.iter().map(|name| {
        let to = if name.is_empty() { args.to.clone() } else { args.to.join(name) };
        format!("wrote {}\n", printable(&to.display().to_string(), 400))
    });
    term.answer(lines.collect::<String>().as_bytes())?;
    Ok(Exit::Done)
}

/// How packages are made ready.
struct Parcels<'a> {
    archive: Option<&'a Archive>,
    with_certificate: bool,
    local: bool,
}

impl<'a> Parcels<'a> {
    /// What a source stands for: one package, or the runs that match a pattern.
    fn of(&self, spec: &Spec<'_>) -> Result<Vec<Parcel<'a>>, Failure> {
        let (Spec::Run(name, rev), Some(archive)) = (spec, self.archive) else {
            if self.with_certificate {
                return Err(Failure::usage("--with-certificate is for archived runs", "name one, or leave it out"));
            }
            let package = spec.open(self.archive, Limits::default())?;
            let name = run_name(spec, None)?.to_string();
            return Ok(vec![Parcel { name, package, beside: BTreeMap::new(), expected: None }]);
        };
        let base = match rev {
            Some(rev) => archive.at(rev)?,
            None => archive.tip()?,
        };
        let runs = if is_glob(name) {
            let runs = archive.runs_like(&base, |other| matches(name, other))?;
            if runs.is_empty() {
                return Err(Error::new(format!("there is no run like {name} at {}", base.commit))
                    .hint("`batool archive list` shows all runs")
                    .into());
            }
            runs
        } else {
            vec![archive.run(&base, name)?]
        };
        Ok(runs.iter().map(|run| self.run(archive, &base, run)).collect::<Result<_>>()?)
    }

    fn run(&self, archive: &'a Archive, base: &Base, run: &RunEntry) -> Result<Parcel<'a>> {
        let package = archive.given(run, base.config.policy.limits())?;
        let mut parcel =
            Parcel { name: run.name.to_string(), package: Box::new(package), beside: BTreeMap::new(), expected: None };
        if self.with_certificate {
            self.enclose(archive, base, run, &mut parcel)?;
        }
        Ok(parcel)
    }

    /// Puts certificate, summary, proof and page next to the package.
    fn enclose(&self, archive: &Archive, base: &Base, run: &RunEntry, parcel: &mut Parcel<'_>) -> Result<()> {
        let certificate = archive.certificate(run)?;
        let (proof, _) = archive.prove(run.name.as_str(), self.local)?;
        let leaf: serde_json::Value = serde_json::from_slice(&proof.leaf).unwrap_or_default();
        let package = leaf["package"].as_str().and_then(|token| token.strip_prefix("dirHash:")).unwrap_or_default();
        let token = Digest::of(&certificate).token();
        let expected = Digest::from_hex(package.as_bytes());
        if leaf["certificate"] != token.as_str() || expected.is_none() {
            return Err(Error::new(format!("cannot export {} with its certificate", run.name))
                .because("its leaf in the log names another certificate")
                .hint("`batool archive verify` tells what is wrong with the archive"));
        }
        let tree = archive.repo().entry_at(run.tree, PACKAGE.as_bytes())?;
        let tree = tree.ok_or_else(|| Error::new(format!("{} has no package", run.name)))?.id;
        let empty = empty_directories_text(&parcel.package.listing().empty_directories);
        let page = readme(run.name.as_str(), package, tree, base.commit, empty.is_some());
        parcel.expected = expected;
        parcel.beside = [
            (CERTIFICATE, Some(certificate)),
            (SUMMARY, Some(archive.summary(run)?)),
            ("inclusion.tlog-proof", Some(proof.to_text().into_bytes())),
            ("README.md", Some(page.into_bytes())),
            (EMPTY_DIRECTORIES, empty.map(String::into_bytes)),
        ]
        .into_iter()
        .filter_map(|(name, bytes)| Some((name.to_owned(), bytes?)))
        .collect();
        Ok(())
    }
}
