//! `batool`: verifies, certifies, archives and compares audit packages, in plain git repositories.

pub mod archive;
pub mod assess;
pub mod certificate;
pub mod claim;
pub mod diff;
pub mod digest;
mod documented;
pub mod drift;
pub mod error;
pub mod events;
pub mod export;
mod facts;
pub mod finding;
pub mod git;
pub mod import;
pub mod json;
pub mod judge;
pub mod ledger;
mod lines;
pub mod package;
pub mod path;
pub mod rules;
pub mod source;
pub mod spill;
pub mod summary;
pub mod tlog;
pub mod verdict;
