//! Packages out of the archive, or out of any other source.

use std::cell::OnceCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use batool::archive::layout::{CERTIFICATE, EMPTY_DIRECTORIES, PACKAGE, SUMMARY, empty_directories_text};
use batool::archive::{Archive, Base, Lookup, Proofs, RunEntry};
use batool::digest::Digest;
use batool::error::{Doing as _, Error, Result};
use batool::export::{Form, NewFolder, Parcel, readme};
use batool::finding::printable;
use batool::source::Limits;

use super::Args;
use crate::cli::exit::{Exit, Failure};
use crate::cli::glob::{is_glob, runs_of};
use crate::cli::open::{Spec, archive_for, run_name};
use crate::cli::term::Term;

pub(super) fn run(args: &Args, term: &mut Term) -> Result<Exit, Failure> {
    let specs: Vec<_> = args.sources.iter().map(|text| Spec::parse(text)).collect();
    let archive = archive_for(&specs, &args.archive)?;
    let mut sources = Sources { archive: archive.as_ref(), states: BTreeMap::new() };
    let mut chosen = Vec::new();
    for spec in &specs {
        if args.with_certificate && !matches!(spec, Spec::Run(..)) {
            return Err(Failure::usage("--with-certificate is for archived runs", "name one, or leave it out"));
        }
        chosen.extend(sources.of(spec)?);
    }
    let several = chosen.len() > 1 || args.sources.iter().any(|text| is_glob(text));
    let form = match &args.format {
        Some(name) => Form::named(name).ok_or_else(|| Error::new(format!("there is no form {name}")))?,
        None if several => Form::named("dir").ok_or_else(|| Error::new("there is no form dir"))?,
        None => Form::of_path(&args.to),
    };
    let enclosure = args.with_certificate.then(|| Enclosure { local: args.local, proofs: OnceCell::new() });
    let parcels = Parcels { sources, enclosure };
    let written = if several {
        let places = places(&chosen, form)?;
        let all = NewFolder::beside(&args.to)?;
        for (one, place) in chosen.iter().zip(&places) {
            let to = all.path().join(place);
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder).doing(|| format!("cannot make the folder of {place}"))?;
            }
            form.write(&mut parcels.of(one)?, &to)?;
        }
        all.put(&args.to)?;
        places.iter().map(|place| args.to.join(place)).collect()
    } else {
        for one in &chosen {
            form.write(&mut parcels.of(one)?, &args.to)?;
        }
        vec![args.to.clone()]
    };
    let line = |to: &Path| format!("wrote {}\n", printable(&to.display().to_string(), 400));
    term.answer(written.iter().map(|to| line(to)).collect::<String>().as_bytes())?;
    Ok(Exit::Done)
}

/// One package that is to be exported.
enum Chosen<'s> {
    /// A run in a state of the archive: the newest, or that at a revision.
    Run(Option<&'s str>, RunEntry),
    /// Any other source, and what it is called.
    Other(&'s Spec<'s>, String),
}

impl Chosen<'_> {
    fn name(&self) -> &str {
        match self {
            Chosen::Run(_, run) => run.name.as_str(),
            Chosen::Other(_, name) => name,
        }
    }
}

/// Where several packages go below one folder: each under its name, and none into another.
fn places(chosen: &[Chosen<'_>], form: &Form) -> Result<Vec<String>, Failure> {
    let places: Vec<String> = chosen.iter().map(|one| format!("{}{}", one.name(), form.end)).collect();
    let mut taken = BTreeSet::new();
    for (one, place) in chosen.iter().zip(&places) {
        if !taken.insert(place.as_str()) {
            let what = format!("there are two packages called {}", one.name());
            return Err(Failure::usage(what, "export one by one"));
        }
    }
    for place in &places {
        let above = place.match_indices('/').map(|(at, _)| &place[..at]).find(|above| taken.contains(above));
        if let Some(above) = above {
            let what = format!("{place} would go into the package {above}");
            return Err(Failure::usage(what, "export one by one"));
        }
    }
    Ok(places)
}

/// Where packages come from. Each state of the archive is read once.
struct Sources<'a, 's> {
    archive: Option<&'a Archive>,
    states: BTreeMap<Option<&'s str>, (Base, Lookup<'a>)>,
}

impl<'a, 's> Sources<'a, 's> {
    /// What a source stands for: one package, or the runs that match a pattern.
    fn of(&mut self, spec: &'s Spec<'s>) -> Result<Vec<Chosen<'s>>> {
        let (Spec::Run(name, rev), Some(archive)) = (spec, self.archive) else {
            // A file may be called as no run can be.
            let name = run_name(spec, None).map_or_else(|_| PACKAGE.to_owned(), |name| name.to_string());
            return Ok(vec![Chosen::Other(spec, name)]);
        };
        let (base, lookup) = match self.states.entry(*rev) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let base = rev.map_or_else(|| archive.tip(), |rev| archive.at(rev))?;
                let lookup = archive.lookup(&base);
                new.insert((base, lookup))
            }
        };
        let runs = runs_of(archive, base, lookup, name)?;
        Ok(runs.into_iter().map(|run| Chosen::Run(*rev, run)).collect())
    }
}

/// How packages are made ready, one at a time.
struct Parcels<'a, 's> {
    sources: Sources<'a, 's>,
    enclosure: Option<Enclosure>,
}

impl<'a> Parcels<'a, '_> {
    fn of(&self, one: &Chosen<'_>) -> Result<Parcel<'a>> {
        let archive = self.sources.archive;
        let name = one.name().to_owned();
        let (rev, run) = match one {
            Chosen::Run(rev, run) => (rev, run),
            Chosen::Other(spec, _) => {
                let package = spec.open(archive, Limits::default())?;
                return Ok(Parcel { name, package, beside: BTreeMap::new(), expected: None });
            }
        };
        let known = archive.zip(self.sources.states.get(rev));
        let (archive, (base, _)) = known.expect("a run was found in a state of the archive");
        let package = archive.given(run, base.config.policy.limits())?;
        let mut parcel = Parcel { name, package: Box::new(package), beside: BTreeMap::new(), expected: None };
        if let Some(enclosure) = &self.enclosure {
            enclosure.enclose(archive, base, run, &mut parcel)?;
        }
        Ok(parcel)
    }
}

/// What goes next to packages. The log is read once for all of them.
struct Enclosure {
    local: bool,
    proofs: OnceCell<Proofs>,
}

impl Enclosure {
    fn proofs(&self, archive: &Archive) -> Result<&Proofs> {
        if let Some(proofs) = self.proofs.get() {
            return Ok(proofs);
        }
        let proofs = archive.proofs(self.local)?;
        Ok(self.proofs.get_or_init(|| proofs))
    }

    /// Puts certificate, summary, proof and page next to the package.
    fn enclose(&self, archive: &Archive, base: &Base, run: &RunEntry, parcel: &mut Parcel<'_>) -> Result<()> {
        let certificate = archive.certificate(run)?;
        let proof = self.proofs(archive)?.of(run.name.as_str())?;
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
