//! `support_artifacts`: what a derived fact rests on; a row may carry its own digest.

use super::{Ledger, digests};

pub(super) static LEDGER: Ledger = Ledger { name: "support_artifacts", identities: &[], observe: digests::support };
