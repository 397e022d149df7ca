//! Claims of mapping predicates: what is needed to resolve them, and of no other claim.

use std::sync::Arc;

use super::declared::Declared;
use super::{Facts, Names};
use crate::spill::{Heap, List, Memory, record};

/// The claims of mapping predicates.
pub(crate) struct Mapped {
    /// Where the schema declares each mapping; the numbers of their names are the first of all.
    pub(super) predicates: Vec<usize>,
    /// In the order of the claims table.
    pub(super) claims: List<MappedClaim>,
    /// Their ids and sources.
    pub(super) texts: Heap,
}

/// What is kept of such a claim beside the rest.
#[derive(Clone, Copy)]
pub(crate) struct MappedClaim {
    /// Its position among all claims.
    pub(super) at: u32,
    /// Where its id is.
    pub(super) id: u64,
    /// Where its source is, if one is named.
    pub(super) source: Option<u64>,
}

record!(MappedClaim { at: u32, id: u64, source: Option<u64> });

impl Mapped {
    /// Of no schema.
    pub(super) fn new(memory: &Arc<Memory>) -> Self {
        Self { predicates: Vec::new(), claims: List::new(memory), texts: Heap::new(memory) }
    }

    /// Takes a schema; gives the names of its mappings their numbers.
    fn declare(&mut self, declared: &Declared, names: &mut Names) {
        for (at, predicate) in declared.predicates.iter().enumerate().filter(|(_, one)| one.mapping.is_some()) {
            if names.number(&predicate.id) as usize == self.predicates.len() {
                self.predicates.push(at);
            }
        }
    }

    /// True for the number of a mapping.
    pub(super) fn has(&self, predicate: u32) -> bool {
        (predicate as usize) < self.predicates.len()
    }

    /// Takes a claim, if its predicate is a mapping.
    pub(super) fn claim(&mut self, at: usize, predicate: u32, id: &str) {
        if self.has(predicate) {
            let id = self.texts.push(id.as_bytes());
            self.claims.push(MappedClaim { at: at as u32, id, source: None });
        }
    }

    /// Takes what metadata name as the source of a claim.
    pub(super) fn source(&mut self, at: usize, source: &str) {
        let found = self.claims.partition_point(|claim| claim.at < at as u32);
        if self.claims.get(found).is_some_and(|claim| claim.at == at as u32) {
            let place = self.texts.push(source.as_bytes());
            self.claims.change(found, |claim| claim.source = Some(place));
        }
    }
}

impl Facts {
    /// Takes what the schema declares, before any table is read.
    pub(crate) fn declare(&mut self, declared: Declared) {
        self.mapped.declare(&declared, &mut self.predicates);
        self.declared = Some(declared);
    }
}
