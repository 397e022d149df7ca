//! What identifies records of a kind, taken apart once and asked of many.

use super::role::{Kind, Role, role_of};
use crate::json::Value;

/// The parts of a kind's key.
pub(super) struct Key<'k> {
    pub(super) kind: &'k Kind,
    parts: Vec<Part<'k>>,
}

/// One part, as [`Kind::key`] spells it.
struct Part<'k> {
    /// It counts only if no part before it is there.
    is_last_resort: bool,
    /// The list whose items are asked, if not the record itself.
    list: Option<&'k str>,
    /// The first of these that is present, and what it is.
    names: Vec<(&'k str, Role)>,
}

impl<'k> Key<'k> {
    /// The key of a kind.
    pub(super) fn of(kind: &'k Kind) -> Self {
        let parts = kind.key.iter().map(|part| {
            let (is_last_resort, part) = part.strip_prefix('?').map_or((false, *part), |part| (true, part));
            match part.split_once("/*/") {
                Some((list, name)) => {
                    Part { is_last_resort, list: Some(list), names: vec![(name, role_of(kind.members, part))] }
                }
                None => {
                    let names = part.split('|').map(|name| (name, role_of(kind.members, name)));
                    Part { is_last_resort, list: None, names: names.collect() }
                }
            }
        });
        Self { kind, parts: parts.collect() }
    }

    /// Gives the values of each part that a record has. `parted` hears of each part how many there were, and whether it
    /// is a last resort; true if there was any at all.
    pub(super) fn values<'v, T>(
        &self,
        row: Value<'v>,
        into: &mut T,
        mut each: impl FnMut(&mut T, Role, Value<'v>),
        mut parted: impl FnMut(&mut T, usize, bool),
    ) -> bool {
        let mut found = self.parts.is_empty();
        for part in &self.parts {
            let count =
                if part.is_last_resort && found { 0 } else { part.values(row, |role, value| each(into, role, value)) };
            found |= count > 0;
            parted(into, count, part.is_last_resort);
        }
        found
    }
}

impl Part<'_> {
    fn values<'v>(&self, row: Value<'v>, mut each: impl FnMut(Role, Value<'v>)) -> usize {
        if let Some(list) = self.list {
            let items = row.get(list).into_iter().flat_map(|list| list.items());
            let named =
                items.filter_map(|item| self.names.iter().find_map(|(name, role)| Some((*role, item.get(name)?))));
            return named.map(|(role, value)| each(role, value)).count();
        }
        let found = self.names.iter().find_map(|(name, role)| Some((*role, row.get(name)?)));
        found.map_or(0, |(role, value)| {
            each(role, value);
            1
        })
    }
}
