//! `integrity`: no rule found a violation or a gap.

use super::{Claim, Outcome, facts};

pub(super) static CLAIM: Claim = Claim {
    name: "integrity",
    revision: 1,
    core: true,
    means: "Every rule for this kind of package was asked and none found a violation or a gap.",
    derive: |_| Outcome::Stands("OK (contract_ok=true)".into(), facts([("contract_ok", true.into())])),
};
