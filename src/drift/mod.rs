//! Drift: how a run differs from the one that was released, held against what its policy allows.

mod policy;

pub use policy::{Budget, EventTerms, LedgerTerms, May, Policy};
