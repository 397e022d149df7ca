//! Claims of mapping predicates: what is needed to resolve them, and of no other claim.

use super::declared::Declared;
use super::{Facts, Names};

/// The claims of mapping predicates.
#[derive(Default)]
pub(crate) struct Mapped {
    /// Where the schema declares each mapping; the numbers of their names are the first of all.
    pub(super) predicates: Vec<usize>,
    /// In the order of the claims table.
    pub(super) claims: Vec<MappedClaim>,
}

/// What is kept of such a claim beside the rest.
pub(crate) struct MappedClaim {
    /// Its position among all claims.
    pub(super) at: u32,
    pub(super) id: Box<str>,
    pub(super) source: Option<Box<str>>,
}

impl Mapped {
    /// Of a schema; gives the names of its mappings their numbers.
    pub(super) fn new(declared: &Declared, names: &mut Names) -> Self {
        let mut predicates = Vec::new();
        for (at, predicate) in declared.predicates.iter().enumerate().filter(|(_, one)| one.mapping.is_some()) {
            if names.number(&predicate.id) as usize == predicates.len() {
                predicates.push(at);
            }
        }
        Self { predicates, claims: Vec::new() }
    }

    /// True for the number of a mapping.
    pub(super) fn has(&self, predicate: u32) -> bool {
        (predicate as usize) < self.predicates.len()
    }

    /// Takes a claim, if its predicate is a mapping.
    pub(super) fn claim(&mut self, at: usize, predicate: u32, id: &str) {
        if self.has(predicate) {
            self.claims.push(MappedClaim { at: at as u32, id: id.into(), source: None });
        }
    }

    /// Takes what metadata name as the source of a claim.
    pub(super) fn source(&mut self, at: usize, source: &str) {
        if let Ok(found) = self.claims.binary_search_by_key(&(at as u32), |claim| claim.at) {
            self.claims[found].source = Some(source.into());
        }
    }
}

impl Facts {
    /// Takes what the schema declares, before any table is read.
    pub(crate) fn declare(&mut self, declared: Declared) {
        self.mapped = Mapped::new(&declared, &mut self.predicates);
        self.declared = Some(declared);
    }
}
