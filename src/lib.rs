//! `batool`: verifies, certifies, archives and compares audit packages, in plain git repositories.

pub mod digest;
pub mod error;
pub mod git;
pub mod source;
