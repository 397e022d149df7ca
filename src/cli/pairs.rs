//! The two sides of a comparison: a source, or the runs of a baseline, which pair by name.

use std::io::Write;

use batool::archive::{Archive, pair_names};
use batool::error::{Doing as _, Result};
use batool::finding::printable;
use serde_json::json;

use super::open::{ArchiveArgs, Spec};

/// One of what a side stands for.
pub(crate) struct Member {
    /// What is opened.
    pub(crate) source: String,
    /// What it is called in the answer.
    pub(crate) called: String,
    /// What it pairs by.
    name: Option<String>,
}

/// What was named, and what it stands for.
pub(crate) struct Side {
    called: String,
    members: Vec<Member>,
}

impl Side {
    /// What a user named.
    pub(crate) fn of(text: &str, place: &ArchiveArgs) -> Result<Self> {
        let spec = Spec::parse(text);
        if let Spec::Baseline(name) = spec {
            return Self::of_baseline(&place.open()?, name, text);
        }
        let member = Member { source: text.to_owned(), called: text.to_owned(), name: spec.default_name() };
        Ok(Self { called: text.to_owned(), members: vec![member] })
    }

    /// The runs of a baseline.
    pub(crate) fn of_baseline(archive: &Archive, name: &str, called: &str) -> Result<Self> {
        let runs = archive.baseline(&archive.tip()?, name)?.runs.into_iter().map(|run| run.name);
        let member = |run: String| Member { source: format!("run:{run}"), called: run.clone(), name: Some(run) };
        Ok(Self { called: called.to_owned(), members: runs.map(member).collect() })
    }

    fn names(&self) -> Vec<Option<&str>> {
        self.members.iter().map(|member| member.name.as_deref()).collect()
    }
}

/// A member of either side that are compared, or one that stands alone.
type Paired<'s> = (Option<&'s Member>, Option<&'s Member>);

/// The members of both sides, paired by name.
pub(crate) fn pair_up(sides: &[Side; 2]) -> Vec<Paired<'_>> {
    let [a, b] = sides;
    let pairs = pair_names(&a.names(), &b.names()).into_iter();
    pairs.map(|(n, m)| (n.map(|n| &a.members[n]), m.map(|m| &b.members[m]))).collect()
}

/// How it is said which of several pairs an answer is about.
#[derive(Clone, Copy)]
pub(crate) enum Head {
    /// The answer says it itself.
    Within,
    /// In a line above.
    Line,
    /// In a JSON document above.
    Json,
}

impl Head {
    fn of_pair(self, a: &Member, b: &Member) -> String {
        match self {
            Head::Within => String::new(),
            Head::Line => format!("{} <- {}\n", printable(&a.called, 300), printable(&b.called, 300)),
            Head::Json => format!("{}\n", json!({ "a": a.called, "b": b.called, "line": "pair" })),
        }
    }

    fn of_one(self, side: &Side, letter: &str, member: &Member) -> String {
        match self {
            Head::Json => format!("{}\n", json!({ "line": "unpaired", "run": member.called, "side": letter })),
            _ => format!("only in {}: {}\n", printable(&side.called, 300), printable(&member.called, 300)),
        }
    }
}

/// Compares pair by pair and writes the answers one after the other; true if nothing differs.
pub(crate) fn compare_each(
    sides: &[Side; 2],
    head: Head,
    out: &mut dyn Write,
    mut compare: impl FnMut([&Member; 2], &mut dyn Write) -> Result<bool>,
) -> Result<bool> {
    let pairs = pair_up(sides);
    let mut is_same = true;
    for pair in &pairs {
        let (text, both) = match *pair {
            (Some(a), Some(b)) if pairs.len() > 1 => (head.of_pair(a, b), Some([a, b])),
            (Some(a), Some(b)) => (String::new(), Some([a, b])),
            (Some(a), None) => (head.of_one(&sides[0], "a", a), None),
            (None, Some(b)) => (head.of_one(&sides[1], "b", b), None),
            (None, None) => continue,
        };
        out.write_all(text.as_bytes()).doing(|| "cannot write an answer".into())?;
        is_same &= both.map_or(Ok(false), |both| compare(both, out))?;
    }
    Ok(is_same)
}
