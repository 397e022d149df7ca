//! Drift: how a run differs from the one that was released, held against what its policy allows.

mod codes;
mod events;
pub mod form;
mod judge;
mod policy;
mod records;
mod report;

pub use codes::{DRIFT_CODES, DriftCode};
pub use judge::judge;
pub use policy::{Budget, EventTerms, LedgerTerms, May, Policy};
pub use report::{Form, Held, Report};
