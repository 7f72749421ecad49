//! What `#[derive(ShmSafe)]` refuses, with which words, and what it accepts.
//!
//! `TRYBUILD=overwrite cargo test -p shm-tests --test ui` writes the `.stderr` files anew, with the compiler that
//! `RECORDED_RELEASE` names; read the difference before it is committed.

use std::path::{Path, PathBuf};

use shm_tests::ui::case::Case;
use shm_tests::ui::compiler::{Compiler, Effort, RECORDED_RELEASE, release};
use shm_tests::ui::message::{Message, says};
use shm_tests::ui::rules::violations;

/// What the cases may use.
const CRATES: [&str; 3] = ["shmcore", "evil_macros", "serde"];

fn cases(folder: &str) -> Vec<Case> {
    Case::all_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("ui").join(folder))
}

#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}

#[test]
fn refused_cases_are_refused_and_accepted_ones_run() {
    let release = release();
    if release == RECORDED_RELEASE {
        let cases = trybuild::TestCases::new();
        cases.compile_fail("ui/refused/*/*.rs");
        cases.pass("ui/accepted/*.rs");
        return;
    }
    eprintln!("rustc {release}: only verdicts and our own words are compared, not whole messages");
    let compiler = Compiler::with_crates(&CRATES);
    let mut found = compiler.judge_all(&cases("refused"), Effort::Check, |case, verdict| {
        if verdict.success {
            return vec!["is accepted".to_owned()];
        }
        let recorded = case.recorded().unwrap_or_default();
        let words = Message::all_in(&recorded).into_iter().flat_map(|message| message.own_words());
        let missing = words.filter(|words| !says(&verdict.output, words));
        missing.map(|words| format!("the message does not say: {words}")).collect()
    });
    found.extend(compiler.judge_all(&cases("accepted"), Effort::Run, |_, verdict| {
        if verdict.success { Vec::new() } else { vec![format!("is refused, or fails: {}", verdict.output)] }
    }));
    assert_none(&found);
}

#[test]
fn recorded_messages_are_short_and_stand_at_the_token_to_change() {
    let mut found = Vec::new();
    for case in cases("refused") {
        let violations = match case.recorded() {
            Some(recorded) => violations(&case, &recorded),
            None => vec!["has no .stderr file".to_owned()],
        };
        found.extend(violations.into_iter().map(|violation| format!("{}: {violation}", case.path.display())));
    }
    assert_none(&found);
}

#[test]
fn a_case_is_one_mistake_in_at_most_30_lines() {
    let long = cases("refused").into_iter().filter(|case| case.source.lines().count() > 30);
    let long: Vec<PathBuf> = long.map(|case| case.path).collect();
    assert!(long.is_empty(), "{long:?}");
}

/// The message has a number in it that changes with the compiler and with `shmcore`.
#[test]
fn cases_with_varying_words_are_refused() {
    let compiler = Compiler::with_crates(&CRATES);
    let found = compiler.judge_all(&cases("refused_with_varying_words"), Effort::Check, |_, verdict| {
        if verdict.success { vec!["is accepted".to_owned()] } else { Vec::new() }
    });
    assert_none(&found);
}

#[test]
fn accepted_types_are_accepted_in_every_edition() {
    let compiler = Compiler::with_crates(&CRATES);
    let mut found = Vec::new();
    for case in cases("editions") {
        for edition in ["2015", "2018", "2021", "2024"] {
            let verdict = compiler.compile(&case, edition, Effort::Check);
            if !verdict.success {
                found.push(format!("{} in {edition}: {}", case.path.display(), verdict.output));
            }
        }
    }
    assert_none(&found);
}
