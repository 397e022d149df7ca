//! `manifest.json`: the authority on what a package holds.

use std::collections::BTreeMap;

use super::{Shape, tables};
use crate::json::{Kind, Value};
use crate::ledger::shape::{self, Members, Misfit, Type};

/// Where the manifest stands.
pub(crate) const PATH: &str = "manifest.json";

/// The name under which the mapping resolution is listed, and its place.
pub(crate) const MAPPING: (&str, &str) = ("mapping_resolution", "audit/mapping_resolution.json");

/// What is kept of the manifest.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) export_version: Option<String>,
    pub(crate) package_kind: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) generated_at: Option<i128>,
    pub(crate) policy_mode: Option<String>,
    /// `protocol_version` as written.
    pub(crate) protocol_version: Vec<u8>,
    pub(crate) digests: BTreeMap<String, String>,
    pub(crate) entrypoints: Vec<String>,
    /// `outputs_map` as name and value as written, in order.
    pub(crate) outputs_map: Vec<(String, Vec<u8>)>,
    /// `paths.audit_files`: ledger name and stated path; none if there is no such object.
    pub(crate) audit_files: Option<Vec<(String, Option<String>)>>,
    /// All texts below `paths` by pointer.
    pub(crate) paths: BTreeMap<String, String>,
    /// `schema_version`, if it is a text or number.
    pub(crate) schema_version: Option<String>,
    /// How many rules `rule_versions` gives a version, all of them texts or numbers.
    pub(crate) rule_versions: usize,
    /// Digests that the documented dialect may state beside everything else.
    pub(crate) stated_digests: BTreeMap<&'static str, String>,
    /// What makes it a package of 0.3.0: the marks of `spec/package.md`, section 12, in the order written there.
    pub(crate) marks: Vec<&'static str>,
}

/// Digests of section 5 whose inputs have fixed places.
const STATED: [&str; 3] = ["policy_digest", "rules_digest", "schema_digest"];

const PROTOCOL: Type = Type::Record(&[("export_v1", Type::Text), ("idref_v1", Type::Text), ("tup_v1", Type::Text)]);
const MODE: Type = Type::OneOf(&["edb", "idb"]);

const AUDIT_ONLY: Members = &[
    ("export_version", Type::Text),
    ("generated_at", Type::Integer),
    ("package_kind", Type::Text),
    ("paths", Type::Record(&[("audit", Type::Any), ("audit_files", Type::Any)])),
    ("policy_mode", MODE),
    ("protocol_version", PROTOCOL),
    ("run_id", Type::MaybeText),
    ("target_engine", Type::Name),
];

const FULL: Members = &[
    ("dialect_version", Type::Name),
    (
        "digests",
        Type::Record(&[
            ("edb_digest", Type::Digest),
            ("policy_digest", Type::Digest),
            ("rules_digest", Type::Digest),
            ("schema_digest", Type::Digest),
        ]),
    ),
    ("entrypoints", Type::SortedTexts),
    ("export_version", Type::Text),
    ("generated_at", Type::Integer),
    ("outputs_map", Type::Object),
    ("package_kind", Type::Text),
    (
        "paths",
        Type::Record(&[
            ("audit", Type::Any),
            ("audit_files", Type::Any),
            (
                "facts",
                Type::Record(&[
                    ("claim", Type::Text),
                    ("claim_arg", Type::Text),
                    ("claim_seq", Type::Text),
                    ("meta_bool", Type::Text),
                    ("meta_float", Type::Text),
                    ("meta_int", Type::Text),
                    ("meta_str", Type::Text),
                    ("meta_time", Type::Text),
                    ("revokes", Type::Text),
                ]),
            ),
            ("outputs", Type::Text),
            ("policy", Type::Text),
            ("rules", Type::Record(&[("idb", Type::Text), ("view", Type::Text)])),
            ("schema", Type::Text),
        ]),
    ),
    ("policy_mode", MODE),
    ("protocol_version", PROTOCOL),
    ("run_id", Type::MaybeText),
    ("target_engine", Type::Name),
];

impl Manifest {
    /// Takes what rules need from the document.
    pub(super) fn read(root: Value<'_>) -> Self {
        let text = |name: &str| root.get_text(name).map(|text| text.into_owned());
        let mut paths = BTreeMap::new();
        if let Some(value) = root.get("paths") {
            collect_texts(value, &mut "/paths".to_owned(), &mut paths);
        }
        let files = root.at("/paths/audit_files").filter(|files| files.kind() == Kind::Object);
        Self {
            export_version: text("export_version"),
            package_kind: text("package_kind"),
            run_id: text("run_id"),
            generated_at: root.get("generated_at").and_then(whole_number),
            policy_mode: text("policy_mode"),
            protocol_version: root.get("protocol_version").map(|value| value.raw().to_vec()).unwrap_or_default(),
            digests: root.get("digests").map(texts_of).unwrap_or_default(),
            entrypoints: root
                .get("entrypoints")
                .into_iter()
                .flat_map(|list| list.items())
                .filter_map(|item| item.text())
                .map(Into::into)
                .collect(),
            outputs_map: root
                .get("outputs_map")
                .into_iter()
                .flat_map(|map| map.members())
                .map(|(name, value)| (name.into_owned(), value.raw().to_vec()))
                .collect(),
            audit_files: files.map(|files| {
                files.members().map(|(name, path)| (name.into_owned(), path.text().map(Into::into))).collect()
            }),
            paths,
            schema_version: root.get("schema_version").and_then(version),
            rule_versions: rule_versions(root),
            stated_digests: STATED.iter().filter_map(|name| Some((*name, text(name)?))).collect(),
            marks: marks(root),
        }
    }

    /// Which of the three shapes it states.
    pub(super) fn shape(&self) -> Shape {
        match self.package_kind.as_deref() {
            Some("inference") => Shape::Inference,
            _ if !self.digests.is_empty() || self.marks.contains(&"digests") || self.marks.contains(&"paths.facts") => {
                Shape::Full
            }
            _ => Shape::AuditOnly,
        }
    }

    /// True if it lists a ledger under this name.
    pub(crate) fn lists(&self, name: &str) -> bool {
        self.audit_files.iter().flatten().any(|(listed, _)| listed == name)
    }
}

/// Checks the members and types that the shape prescribes.
pub(super) fn check(root: Value<'_>, shape: Shape, report: &mut dyn FnMut(String, Misfit)) {
    let members = if shape == Shape::AuditOnly { AUDIT_ONLY } else { FULL };
    shape::record(root, members, report);
    for name in ["/paths/audit", "/paths/audit_files"] {
        let Some(value) = root.at(name) else { continue };
        let (fits, wanted) = match (shape, name) {
            (Shape::Inference, _) => (value.is_null(), "null, as an inference package has no ledgers"),
            (_, "/paths/audit") => (value.kind() == Kind::String, "a string"),
            _ => (value.kind() == Kind::Object, "an object"),
        };
        if !fits {
            report(name.into(), Misfit::Type(format!("should be {wanted}")));
        }
    }
}

/// The paths that the format fixes, by pointer into the manifest.
pub(crate) fn fixed_paths(shape: Shape) -> Vec<(String, String)> {
    let mut fixed: Vec<(String, String)> = Vec::new();
    if shape != Shape::Inference {
        fixed.push(("/paths/audit".into(), "audit".into()));
    }
    if shape != Shape::AuditOnly {
        fixed.extend(
            [
                ("outputs", "outputs"),
                ("policy", "policy/policy_ir.json"),
                ("rules/idb", "rules/idb.dl"),
                ("rules/view", "rules/view.dl"),
                ("schema", "schema/schema_ir.json"),
            ]
            .map(|(name, path)| (format!("/paths/{name}"), path.into())),
        );
        fixed.extend(tables::TABLES.iter().map(|table| (format!("/paths/facts/{}", table.name), table.path.into())));
    }
    fixed
}

/// An integer of any size that fits i128.
pub(super) fn whole_number(value: Value<'_>) -> Option<i128> {
    (value.kind() == Kind::Integer).then(|| std::str::from_utf8(value.raw()).ok()?.parse().ok()).flatten()
}

/// A version: a text that is not empty, or a number.
fn version(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::String => value.text().filter(|text| !text.is_empty()).map(Into::into),
        Kind::Integer | Kind::Float => Some(String::from_utf8_lossy(value.raw()).into_owned()),
        _ => None,
    }
}

fn rule_versions(root: Value<'_>) -> usize {
    let versions: Option<Vec<_>> = root
        .get("rule_versions")
        .into_iter()
        .flat_map(|rules| rules.members())
        .map(|(_, value)| version(value))
        .collect();
    versions.map_or(0, |versions| versions.len())
}

fn texts_of(value: Value<'_>) -> BTreeMap<String, String> {
    value.members().filter_map(|(name, value)| Some((name.into_owned(), value.text()?.into_owned()))).collect()
}

fn collect_texts(value: Value<'_>, pointer: &mut String, out: &mut BTreeMap<String, String>) {
    for (name, value) in value.members() {
        let length = pointer.len();
        crate::json::push_pointer(pointer, &name);
        if let Some(text) = value.text() {
            out.insert(pointer.clone(), text.into_owned());
        } else if pointer.matches('/').count() < 4 {
            collect_texts(value, pointer, out);
        }
        pointer.truncate(length);
    }
}

fn marks(root: Value<'_>) -> Vec<&'static str> {
    let mut marks: Vec<_> =
        ["export_version", "protocol_version", "digests", "policy_mode", "outputs_map", "dialect_version"]
            .into_iter()
            .filter(|name| root.get(name).is_some())
            .collect();
    if root.at("/paths/facts").is_some() {
        marks.push("paths.facts");
    }
    marks
}
