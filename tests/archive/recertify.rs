//! Further certificates beside a run: made by the program, and found where somebody had their hands on them.

use serde_json::Value;

use crate::support::{Package, Sandbox, git_dir};
use crate::tamper::finds;

/// The first certificate names rules that nobody knows; what its leaf says of it then is found each time.
const FORGED: [(&str, &str); 2] =
    [("R_LEAF_MISMATCH", "runs/x/certificate.json"), ("U_CERTIFICATE_RULES_UNKNOWN", "runs/x/certificate.json")];

#[test]
fn a_certificate_comes_beside_the_others_and_is_held_to_its_leaf() {
    for bare in [true, false] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", bare, "sha1");
        sandbox.add(&archive, "x", &Package::documented("x", 2));
        let tip = sandbox.tip(&archive);
        sandbox.batool(&archive, &["archive", "recertify", "x"]).ends(0).says(&["by these rules already"]);
        assert_eq!(sandbox.tip(&archive), tip);
        sandbox.batool(&archive, &["archive", "recertify", "y"]).fails(&["y", "archive list"]);
        // As if another version had made it.
        let bytes = sandbox.git_bytes(&archive, &["show", "main:runs/x/certificate.json"]);
        let mut value: Value = serde_json::from_slice(&bytes).expect("it is JSON");
        value["predicate"]["verifier"]["rules"] = "0".repeat(64).into();
        let other = format!("{value}\n").into_bytes();
        sandbox.edit(&archive, &[("runs/x/certificate.json", Some(&other))]);
        finds(&sandbox, &archive, 2, &FORGED);
        let said = sandbox.batool(&archive, &["archive", "recertify", "run:x", "--format", "json"]).ends(0).json();
        assert_eq!(
            (said["file"].as_str(), said["verdicts"][1].as_str()),
            (Some("certificate.2.json"), Some("VERIFIED"))
        );
        finds(&sandbox, &archive, 2, &FORGED);
        let second = sandbox.git_bytes(&archive, &["show", "main:runs/x/certificate.2.json"]);
        assert_eq!(second, bytes, "it is what the package gives");
        assert_eq!(std::fs::metadata(git_dir(&archive).join("batool-journal")).map_or(0, |it| it.len()), 0);
        if !bare {
            assert_eq!(sandbox.git(&archive, &["status", "--porcelain"]), "");
            assert_eq!(std::fs::read(archive.join("runs/x/certificate.2.json")).expect("it is there"), bytes);
        }
        // The commit that brought it is one that an archive makes.
        let said =
            sandbox.batool(&archive, &["archive", "verify", "--history", "--since", "main~1", "--format", "json"]);
        let said = said.ends(2).json();
        let codes: Vec<&str> = said["findings"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|finding| finding["code"].as_str())
            .collect();
        assert_eq!(codes, FORGED.map(|(code, _)| code), "{said}");
        let told = sandbox.batool(&archive, &["archive", "log", "x", "--format", "json"]).ends(0).out;
        let told = told.lines().map(|line| serde_json::from_str::<Value>(line).expect("each line is JSON"));
        let told: Vec<String> = told.filter_map(|entry| entry["commit"].as_str().map(str::to_owned)).collect();
        let changes = sandbox.git(&archive, &["log", "--format=%H", "main", "--", "runs/x"]);
        assert_eq!((told.len(), told.join("\n")), (3, changes));
        let good = sandbox.tip(&archive);
        let again = sandbox.batool(&archive, &["archive", "recertify", "x"]).ends(0);
        again.says(&["by these rules already"]);
        type Case<'a> = (&'a str, Option<&'a [u8]>, &'a [(&'a str, &'a str)]);
        let cases: [Case<'_>; 3] = [
            (
                "runs/x/certificate.2.json",
                Some(b"{}\n"),
                &[
                    ("R_CERTIFICATE_MISMATCH", "runs/x/certificate.2.json"),
                    ("R_LEAF_MISMATCH", "runs/x/certificate.2.json"),
                    ("U_CERTIFICATE_RULES_UNKNOWN", "runs/x/certificate.2.json"),
                ],
            ),
            (
                "runs/x/certificate.2.json",
                None,
                &[FORGED[0], ("R_LEAF_WITHOUT_RUN", "runs/x/certificate.2.json"), FORGED[1]],
            ),
            (
                "runs/x/certificate.4.json",
                Some(&bytes),
                &[
                    ("R_CERTIFICATE_REPEATED", "runs/x/certificate.4.json"),
                    FORGED[0],
                    ("R_RUN_LAYOUT", "runs/x/certificate.4.json"),
                    ("R_RUN_WITHOUT_LEAF", "runs/x/certificate.4.json"),
                    FORGED[1],
                ],
            ),
        ];
        for (path, bytes, expected) in cases {
            sandbox.edit(&archive, &[(path, bytes)]);
            finds(&sandbox, &archive, 2, expected);
            let said = sandbox.batool(&archive, &["archive", "verify", "--history", "--since", "main~1"]).ends(2);
            said.says(&["R_HISTORY_CHANGED"]);
            sandbox.git(&archive, &["update-ref", "refs/heads/main", &good]);
            if !bare {
                sandbox.git(&archive, &["reset", "-q", "--hard"]);
            }
        }
    }
}
