//! Walking a record beside its declaration: what identifies it, what it says in any run, and which ids it names.

use std::cell::RefCell;

use super::key::Key;
use super::names::Names;
use super::role::{Kind, Pool, Role, role_of};
use super::tree::Tree;
use crate::digest::Fingerprint;
use crate::json::{self, Value};

/// How far into a text the id behind a colon is looked for.
const MOST_COLONS: usize = 4;

/// Looks at records of one side.
pub(super) struct Mask<'n> {
    pub(super) names: &'n Names,
    /// Clocks and what follows from them count as well.
    pub(super) volatile: bool,
}

/// What a member is once the record around it is known.
fn settle(role: Role, around: Value<'_>) -> Role {
    match role {
        Role::VolatileBeside(other) if around.get(other).is_some() => Role::Volatile,
        Role::VolatileBeside(_) => Role::Plain,
        Role::IdWhere(pool, name, text) if around.get(name).is_some_and(|value| value.is_text(text)) => Role::Id(pool),
        Role::IdWhere(..) => Role::Plain,
        role => role,
    }
}

/// What is said by some values, in parts that are told apart by their lengths; hashed at once, as parts are short.
struct Said(Vec<u8>);

impl Default for Said {
    fn default() -> Self {
        Self(Vec::with_capacity(512))
    }
}

impl Said {
    fn part(&mut self, part: &[u8]) {
        self.0.extend_from_slice(&part.len().to_ne_bytes());
        self.0.extend_from_slice(part);
    }

    fn finish(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

/// A key as it is shown, while its parts come.
#[derive(Default)]
struct Shown {
    all: Vec<Tree>,
    /// How many of them reach to the last part that is there.
    known: usize,
    part: Vec<Tree>,
}

impl Mask<'_> {
    /// What identifies the record in any run.
    pub(super) fn key(&self, key: &Key<'_>, row: Value<'_>) -> Fingerprint {
        let mut said = Said::default();
        said.part(key.kind.name.as_bytes());
        let each = |said: &mut Said, role, value| self.value(value, settle(role, row), said);
        let found = key.values(row, &mut said, each, |said, count, _| said.part(&count.to_ne_bytes()));
        if !found {
            // Nothing tells it from others but all that it says.
            self.value(row, Role::Record(key.kind.members), &mut said);
        }
        said.finish()
    }

    /// What the record says in any run.
    pub(super) fn body(&self, kind: &Kind, row: Value<'_>) -> Fingerprint {
        Fingerprint::of(&self.one(row, Role::Record(kind.members)))
    }

    /// The same, but for one member.
    pub(super) fn body_without(&self, kind: &Kind, row: Value<'_>, without: &str) -> Fingerprint {
        let mut said = Said::default();
        for (name, value) in row.members().filter(|(name, _)| name != without) {
            let role = settle(role_of(kind.members, &name), row);
            if self.counts(role) {
                said.part(name.as_bytes());
                self.value(value, role, &mut said);
            }
        }
        said.finish()
    }

    fn value(&self, value: Value<'_>, role: Role, out: &mut Said) {
        let text = || value.bytes().unwrap_or_default();
        match (role, value.kind()) {
            (Role::Id(pool), json::Kind::String) => out.part(&self.names.meaning(pool, &text()).to_bytes()),
            (Role::Ids(pool), json::Kind::Array) => {
                let mut all: Vec<[u8; 16]> = value.items().map(|item| self.one(item, Role::Id(pool))).collect();
                all.sort_unstable();
                all.iter().for_each(|item| out.part(item));
                out.part(b"]");
            }
            (Role::Step, json::Kind::String) => {
                let (trace, step) = split_step(value);
                out.part(&self.names.meaning(Pool::Trace, trace.as_bytes()).to_bytes());
                out.part(step.as_bytes());
            }
            (Role::Anywhere, json::Kind::String) => match self.inside(&text()) {
                Some((before, meaning)) => {
                    out.part(before);
                    out.part(&meaning.to_bytes());
                }
                None => out.part(value.raw()),
            },
            (Role::Each(_) | Role::Anywhere, json::Kind::Array) => {
                let role = if let Role::Each(role) = role { *role } else { Role::Anywhere };
                value.items().for_each(|item| self.value(item, role, out));
                out.part(b"]");
            }
            (Role::Record(_) | Role::Anywhere, json::Kind::Object) => {
                for (key, member) in value.pairs() {
                    let name = key.text().unwrap_or_default();
                    let role = member_role(role, &name);
                    let role = settle(role, value);
                    if self.counts(role) {
                        out.part(name.as_bytes());
                        self.value(member, role, out);
                    }
                }
                out.part(b"}");
            }
            _ => out.part(value.raw()),
        }
    }

    fn one(&self, value: Value<'_>, role: Role) -> [u8; 16] {
        let mut said = Said::default();
        self.value(value, role, &mut said);
        said.finish().to_bytes()
    }

    fn counts(&self, role: Role) -> bool {
        match role {
            Role::Own => false,
            Role::Volatile => self.volatile,
            _ => true,
        }
    }

    /// What an id in a text stands for, and what stands before it.
    fn inside<'t>(&self, text: &'t [u8]) -> Option<(&'t [u8], Fingerprint)> {
        starts(text).find_map(|at| Some((&text[..at], self.names.any(&text[at..])?)))
    }

    /// The record as it is shown; `alias` gives what to call an id.
    pub(super) fn tree(&self, kind: &Kind, row: Value<'_>, alias: &dyn Fn(Pool, &str) -> String) -> Tree {
        self.shown(row, Role::Record(kind.members), alias)
    }

    /// What identifies the record, as it is shown; a part that is not there is null, unless none follows.
    pub(super) fn key_tree(&self, kind: &Kind, row: Value<'_>, alias: &dyn Fn(Pool, &str) -> String) -> Vec<Tree> {
        let mut shown = Shown::default();
        let each = |shown: &mut Shown, role, value| shown.part.push(self.shown(value, settle(role, row), alias));
        Key::of(kind).values(row, &mut shown, each, |shown, count, is_last_resort| {
            match count {
                0 => shown.all.push(Tree::Token("null".into())),
                _ if is_last_resort => shown.all = std::mem::take(&mut shown.part),
                _ => shown.all.append(&mut shown.part),
            }
            shown.known = if count > 0 { shown.all.len() } else { shown.known };
        });
        shown.all.truncate(shown.known);
        shown.all
    }

    fn shown(&self, value: Value<'_>, role: Role, alias: &dyn Fn(Pool, &str) -> String) -> Tree {
        let text = || value.text().unwrap_or_default();
        match (role, value.kind()) {
            (Role::Id(pool), json::Kind::String) => Tree::Text(alias(pool, &text())),
            (Role::Ids(pool), json::Kind::Array) => {
                let mut all: Vec<Tree> = value.items().map(|item| self.shown(item, Role::Id(pool), alias)).collect();
                all.sort_unstable();
                Tree::List(all)
            }
            (Role::Step, json::Kind::String) => {
                let (trace, step) = split_step(value);
                Tree::Text(format!("{}{step}", alias(Pool::Trace, &trace)))
            }
            (Role::Anywhere, json::Kind::String) => {
                let text = text();
                let found = starts(text.as_bytes()).find_map(|at| {
                    let id = text.get(at..)?;
                    Some(format!("{}{}", &text[..at], alias(self.names.pool_of(id.as_bytes())?, id)))
                });
                Tree::Text(found.unwrap_or_else(|| text.into_owned()))
            }
            (Role::Each(_) | Role::Anywhere, json::Kind::Array) => {
                let role = if let Role::Each(role) = role { *role } else { Role::Anywhere };
                Tree::List(value.items().map(|item| self.shown(item, role, alias)).collect())
            }
            (Role::Record(_) | Role::Anywhere, json::Kind::Object) => {
                let mut members = Vec::new();
                for (name, member) in value.members() {
                    let role = settle(member_role(role, &name), value);
                    if self.counts(role) {
                        members.push((name.into_owned(), self.shown(member, role, alias)));
                    }
                }
                Tree::record(members)
            }
            _ => Tree::of(value),
        }
    }

    /// Every id that the record names.
    pub(super) fn ids(&self, kind: &Kind, row: Value<'_>, each: &mut dyn FnMut(Pool, &str)) {
        self.listen(each, |alias| drop(self.tree(kind, row, alias)));
        self.key_ids(kind, row, each);
    }

    /// Every id in what identifies the record.
    pub(super) fn key_ids(&self, kind: &Kind, row: Value<'_>, each: &mut dyn FnMut(Pool, &str)) {
        self.listen(each, |alias| drop(self.key_tree(kind, row, alias)));
    }

    /// Whoever shows a record asks for the alias of every id.
    fn listen(&self, each: &mut dyn FnMut(Pool, &str), show: impl FnOnce(&dyn Fn(Pool, &str) -> String)) {
        let each = RefCell::new(each);
        show(&|pool, id| {
            (each.borrow_mut())(pool, id);
            String::new()
        });
    }
}

fn member_role(role: Role, name: &str) -> Role {
    match role {
        Role::Record(members) => role_of(members, name),
        other => other,
    }
}

/// Where in a text an id may begin: at once, or behind one of the first colons.
fn starts(text: &[u8]) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(memchr::memchr_iter(b':', text).take(MOST_COLONS).map(|at| at + 1))
}

fn split_step(value: Value<'_>) -> (String, String) {
    let text = value.text().unwrap_or_default();
    let at = text.rfind(":i").unwrap_or(text.len());
    (text[..at].to_owned(), text[at..].to_owned())
}
