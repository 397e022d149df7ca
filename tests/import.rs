//! Real logs of other systems import, or are refused with a reason; and the verdict claims nothing that they do not say.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

mod support;

use std::path::Path;

use batool::assess::assess_log;
use batool::error::Result;
use batool::events::Terms;
use batool::import::{IMPORTERS, ImportOptions, Imported, import};
use batool::judge::{Judgement, Profile};
use batool::source::{Limits, LogFile, LogSource};
use serde_json::Value;

use support::shared;

fn imported(
    format: &str,
    mut sources: Vec<(String, Box<dyn LogSource + '_>)>,
    options: ImportOptions,
) -> Result<Imported> {
    let importer = IMPORTERS.iter().find(|importer| importer.name == format).unwrap();
    import(importer, &mut sources, options)
}

fn of_files(format: &str, files: &[&Path], options: ImportOptions) -> Result<Imported> {
    let open = |path: &&Path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, Box::new(LogFile::open(path, Limits::default()).unwrap()) as Box<dyn LogSource>)
    };
    imported(format, files.iter().map(open).collect(), options)
}

fn of_texts(format: &str, texts: &[&str]) -> Result<Imported> {
    let named = texts.iter().map(|text| ("a.txt".to_owned(), Box::new(text.as_bytes()) as Box<dyn LogSource>));
    imported(format, named.collect(), ImportOptions::default())
}

fn judged(log: &[u8]) -> Judgement {
    assess_log(&mut { log }, &mut (), Terms::default(), Profile::Full).unwrap().judgement
}

fn claimed(judgement: &Judgement, name: &str) -> Option<String> {
    judgement.claims.iter().find(|claim| claim.name == name).map(|claim| claim.text.clone())
}

/// Format, file, verdict, floor of useful steps, codes. No floor where none is claimed.
const REAL: [(&str, &str, &str, &str, &[&str]); 18] = [
    ("mlperf", "v07_alibaba_v100-256_2.txt", "VERIFIED", "14 steps", &[]),
    ("mlperf", "v07_google_tpu-v4-16_transformer_7.txt", "VERIFIED", "4 steps", &[]),
    ("mlperf", "v07_inspur_transformer_0.txt", "VERIFIED", "3 steps", &[]),
    ("mlperf", "v07_nvidia_dgxa100_dlrm_0.txt", "UNDECIDABLE", "", &["U_END_MISSING", "U_NO_CLAIMS"]),
    ("mlperf", "v07_nvidia_dgxa100_transformer_0.txt", "VERIFIED", "3 steps", &[]),
    ("mlperf", "v07_siat_modelarts_resnet_1.txt", "VERIFIED", "6 steps", &[]),
    ("mlperf", "v31_google_tpuv5e_gpt3_0.txt", "UNDECIDABLE", "", &["U_NO_CLAIMS", "U_START_MISSING"]),
    ("mlperf", "v31_habana_gpt3_0.txt", "VERIFIED", "1 steps", &[]),
    ("mlperf", "v31_nvidia_eos_dlrm_0.txt", "UNDECIDABLE", "", &["U_END_MISSING", "U_NO_CLAIMS"]),
    ("kineto", "hta_amd_mi250_minitoy.json.gz", "VERIFIED", "2 steps", &[]),
    ("kineto", "hta_cpu_only_rank-34.json.gz", "VERIFIED", "1 steps", &[]),
    ("kineto", "hta_nccl_2ranks_rank0.reduced.json.gz", "VERIFIED", "3 steps", &[]),
    ("kineto", "hta_rank_unavailable.json.gz", "VERIFIED", "1 steps", &[]),
    ("kineto", "hta_sampled_rank-0.json.gz", "VERIFIED", "2 steps", &[]),
    ("kineto", "hta_sampled_rank-1.json.gz", "VERIFIED", "2 steps", &[]),
    ("megatron", "meg_ds_3d_n16_on.out", "UNDECIDABLE", "49 steps", &["U_END_MISSING"]),
    ("megatron", "meg_ds_zero_n16.out", "UNDECIDABLE", "3 steps", &["U_END_MISSING"]),
    ("otlp", "trace.json", "UNDECIDABLE", "", &["U_NO_CLAIMS", "U_RUN_START_MISSING"]),
];

#[test]
fn real_logs_get_a_verdict_that_their_source_supports() {
    let Some(root) = shared("data/third-party") else { return };
    for (format, file, verdict, floor, codes) in REAL {
        let imported = of_files(format, &[&root.join(format).join(file)], ImportOptions::default()).unwrap();
        let judgement = judged(&imported.log);
        let found: Vec<&str> = judgement.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!((judgement.verdict.word(), found.as_slice()), (verdict, codes), "{file}");
        assert_eq!(claimed(&judgement, "useful_compute_floor").unwrap_or_default(), floor, "{file}");
        // No source of these tells enough to say what most time went into.
        assert_eq!(claimed(&judgement, "dominant_time_component"), None, "{file}");
        let account: Value = serde_json::from_slice(&imported.account).unwrap();
        assert_eq!(account["sources"][0]["name"], file);
        assert_eq!(account["events"], imported.events);
    }
}

#[test]
fn skipped_iterations_are_no_useful_steps() {
    let Some(root) = shared("data/third-party/megatron") else { return };
    let imported = of_files("megatron", &[&root.join("meg_gpt2_base_n4.out")], ImportOptions::default()).unwrap();
    assert_eq!(claimed(&judged(&imported.log), "useful_compute_floor").as_deref(), Some("17 steps"));
    let account: Value = serde_json::from_slice(&imported.account).unwrap();
    assert_eq!(account["mapped"]["STEP that is not ok"], 3);
}

#[test]
fn two_traces_make_one_log_of_two_ranks() {
    let Some(root) = shared("data/third-party/kineto") else { return };
    let files = ["hta_sampled_rank-0.json.gz", "hta_sampled_rank-1.json.gz"].map(|name| root.join(name));
    let files: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    let imported = of_files("kineto", &files, ImportOptions::default()).unwrap();
    let judgement = judged(&imported.log);
    assert_eq!((judgement.verdict.word(), judgement.findings.len()), ("VERIFIED", 0));
    assert!(
        imported
            .log
            .starts_with(b"{\"attrs\":{\"logged_ranks\":[0,1],\"schema\":\"batool.events/1\",\"world_size\":128}")
    );
    let filled = of_files("kineto", &files, ImportOptions { fill_idle: true }).unwrap();
    let judgement = judged(&filled.log);
    assert_eq!(judgement.verdict.word(), "VERIFIED");
    assert!(
        claimed(&judgement, "time_coverage").is_some_and(|text| text.starts_with("10000 bp") || text.starts_with("99"))
    );
    let twice = of_files("kineto", &[files[0], files[0]], ImportOptions::default()).err().unwrap();
    assert!(twice.causes().concat().contains("another trace is of rank 0"), "{:?}", twice.causes());
}

#[test]
fn what_is_not_of_the_format_is_refused_with_its_line() {
    for (format, text, why) in [
        ("mlperf", "nothing\n", "no line with `:::MLLOG `"),
        ("mlperf", "x\n:::MLLOG {\"key\":1,}\n", "line 2: "),
        ("mlperf", ":::MLLOG {\"value\":1}\n", "line 1: an MLLOG entry without a key"),
        ("mlperf", ":::MLLOG {\"key\":\"epoch_start\",\"time_ms\":1}\n", "no run_start"),
        ("kineto", "{\n\"traceEvents\": [,]}", "line 2: "),
        ("kineto", "{\"traceEvents\": 1}", "no list `traceEvents`"),
        ("kineto", "{\"traceEvents\": [{\"ph\":\"X\",\"ts\":1}]}", "event 0"),
        ("kineto", "[]", "no ProfilerStep"),
        ("kineto", "{\"traceEvents\":[],\"baseTimeNanoseconds\":1.5}", "is no integer"),
        ("megatron", "iteration\n", "no line with an iteration"),
        ("megatron", " iteration 5/ 9 | elapsed time per iteration (ms): x |\n", "line 1: "),
        ("megatron", " iteration 1/ 9 | elapsed time per iteration (ms): 9e30 |\n", "line 1: "),
        ("otlp", "{}", "no spans"),
        (
            "otlp",
            "{}\n{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{}]}]}]}\n",
            "line 2: a span without a trace id",
        ),
        ("otlp", "{\"a\":", "line 1: "),
    ] {
        let error = of_texts(format, &[text]).err().unwrap_or_else(|| panic!("{format} took {text:?}"));
        let causes = error.causes().concat();
        assert!(error.doing().contains("a.txt") && causes.contains(why), "{format} {text:?}: {causes}");
    }
}

#[test]
fn opentelemetry_spans_named_as_kinds_become_a_run() {
    let span = |id: &str, name: &str, from: u64, to: &str, attributes: &str| {
        format!(
            r#"{{"traceId":"t1","spanId":"{id}","name":"{name}","startTimeUnixNano":"{from}","endTimeUnixNano":{to},"attributes":[{attributes}]}}"#
        )
    };
    let at = |step: u64| {
        format!(
            r#"{{"key":"batool.rank","value":{{"intValue":"0"}}}},{{"key":"batool.step","value":{{"intValue":{step}}}}}"#
        )
    };
    let spans = [
        span("s1", "STEP", 20, "\"30\"", &at(1)),
        span("s0", "STEP", 10, "20", &at(0)),
        span("c0", "COMPUTE", 10, "\"20\"", &at(0)),
        span("c1", "COMPUTE", 20, "\"30\"", &at(1)),
        span("r", "RUN", 10, "\"30\"", r#"{"key":"batool.world_size","value":{"intValue":"1"}}"#),
        span("o", "POST /x", 12, "\"0\"", &at(0)),
    ];
    let text =
        |spans: &[String]| format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    let whole = judged(&of_texts("otlp", &[&text(&spans[..5])]).unwrap().log);
    assert_eq!(claimed(&whole, "useful_compute_floor").as_deref(), Some("2 steps"));
    assert_eq!(claimed(&whole, "dominant_time_component").as_deref(), Some("COMPUTE_DOMINANT (evidence=low)"));
    let open = judged(&of_texts("otlp", &[&text(&spans)]).unwrap().log);
    assert_eq!(open.findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["U_END_MISSING"]);
    let twice = judged(&of_texts("otlp", &[&text(&[&spans[..5], &spans[..1]].concat())]).unwrap().log);
    assert!(twice.findings.iter().any(|finding| finding.code == "R_DUP_EVENT_ID"), "{:?}", twice.findings);
}
